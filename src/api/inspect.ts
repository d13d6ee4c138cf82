/** Looking inside of instances: sessions of the inspector, in terms of the embedding API. */

import {
  type Breakpoint,
  type BreakpointOptions,
  type Frame,
  globalByName,
  type History,
  localByName,
  type Machine,
  type Probe,
  type ProbeCallbacks,
  Session,
  type SessionOptions,
  type Stop,
  type Visit,
  type WatchAccess,
  type Watchpoint,
  type WatchTarget,
} from '../inspect/index.ts';
import { captureFiber, type Fiber, runningFibers, visitorsOf } from '../interpreter/index.ts';
import { Func, type HostArguments, type Instance as RuntimeInstance } from '../runtime/index.ts';
import { UsageError, type ValType } from '../syntax/index.ts';
import { printModuleLines, type SourceMap } from '../text/index.ts';
import { nextTurn } from './event-loop.ts';
import { outward } from './exception.ts';
import { funcBehind } from './function.ts';
import type { GuestCall } from './guest-call.ts';
import { type Instance, startOf } from './instance.ts';
import { storeOf } from './ownership.ts';
import { type SnapshotOptions, type StoppedCall, saveSnapshot } from './snapshot.ts';
import { emptyArguments, fromRef, jsValues, readExact, toRef, type Value, writeExact, writeValues } from './values.ts';

/** What a watchpoint watches. */
export type WatchSpec = { readonly access?: WatchAccess | undefined } & (
  | { readonly memory?: number | undefined; readonly byteOffset: number; readonly byteLength: number }
  | { readonly global: number | string }
  /** Of the function of `frame`, in that frame only; of the innermost frame unless told. */
  | { readonly local: number | string; readonly frame?: Frame | undefined }
  | { readonly table?: number | undefined; readonly element: number }
);

/** A session over an instance and those that it can call. Make one with `inspect`. */
export class InstanceSession extends Session {
  readonly instance: Instance;

  /** @internal Use `inspect`. */
  constructor(instance: Instance, instances: readonly RuntimeInstance[], options: SessionOptions) {
    super(machineOf(instance, instances), instances, options);
    this.instance = instance;
  }

  /**
   * Calls an exported function, and stops before its first instruction.
   *
   * @param callee its name, or the function itself
   * @throws {UsageError} for a name that is no function's, or values that do not fit
   */
  call(callee: string | ((...values: never[]) => unknown), ...values: unknown[]): Stop {
    const func = typeof callee === 'string' ? this.instance.entry.exports.get(callee) : funcBehind(callee);
    if (!(func instanceof Func)) throw new UsageError(`there is no exported function ${JSON.stringify(callee)}`);
    return this.begin(func, values);
  }

  /**
   * Takes up a call that has stopped, such as one that `restoreSnapshot` gives; it stands where it stood. The
   * session goes on with it from here, not the `GuestCall`.
   *
   * @throws {UsageError} when it has ended, or is of another store
   */
  takeUp(call: GuestCall): Stop {
    if (call.store !== this.instance.store) throw new UsageError('the call is of another store than the session');
    return this.beginAt(call.handOver());
  }

  /** As `call`, with exact values. */
  callValues(callee: string, values: readonly Value[]): Stop {
    const func = this.instance.entry.exports.get(callee);
    if (!(func instanceof Func)) throw new UsageError(`there is no exported function ${JSON.stringify(callee)}`);
    const args = emptyArguments(func.type.params, func.type.results);
    writeExact(args, func.type.params, values);
    return this.beginWith(func, args);
  }

  /** Calls the start function of an instance made with `omitStart`; undefined when it has none, or the host's. */
  callStart(): Stop | undefined {
    const func = startOf(this.instance);
    return func === undefined || func.instance === null ? undefined : this.beginWith(func, emptyArguments([], []));
  }

  /** The results of the call that has ended, with their exact bits. */
  get resultValues(): readonly Value[] {
    const { ownCall, stop } = this;
    if (ownCall === undefined || stop?.reason !== 'exit') throw new UsageError('the call has not ended');
    return stop.error === undefined ? readExact(ownCall.args, ownCall.func.type.results) : [];
  }

  /** Pauses before an instruction. @throws {UsageError} for a place that is none */
  addBreakpoint(options: BreakpointOptions): Breakpoint {
    return this.points.addBreakpoint(options);
  }

  /** Pauses after an instruction, or a host function, that has written (or read) something. */
  addWatchpoint(spec: WatchSpec): Watchpoint {
    return this.points.addWatchpoint(this.targetOf(spec), spec.access);
  }

  /** Calls back at every instruction of a class: `call`, `*.load`, `*`. */
  addProbe(pattern: string, callbacks: ProbeCallbacks): Probe {
    return this.points.addProbe(pattern, callbacks);
  }

  /** Calls back at every entry of a function. */
  onEnter(callback: (visit: Visit) => void): Probe {
    return this.points.onEnter(callback);
  }

  /**
   * All state of the instance, of what it leads to, and of the call that stands: what `restoreSnapshot` takes.
   *
   * @throws {SnapshotError} for what cannot be saved, saying what it is and where
   */
  save(options: SnapshotOptions = {}): Uint8Array {
    const { currentFiber: fiber, instance, stop } = this;
    if (stop?.reason === 'trap') throw new UsageError('the call has trapped: there is nothing to go on with');
    const call =
      fiber === undefined || stop?.reason === 'exit' ? undefined : stoppedCall(instance, fiber, this.history);
    return saveSnapshot([instance], call, options);
  }

  /** What a specification means in this instance. @throws {UsageError} when there is no such thing */
  targetOf(spec: WatchSpec): WatchTarget {
    const { entry } = this.instance;
    if ('global' in spec) {
      const globalidx = typeof spec.global === 'number' ? spec.global : globalByName(entry, spec.global);
      return { kind: 'global', global: found(entry.globals, globalidx, 'global', spec.global) };
    }
    if ('local' in spec) return this.localTarget(spec.local, spec.frame ?? this.frame);
    if ('element' in spec) {
      const table = found(entry.tables, spec.table ?? 0, 'table', spec.table ?? 0);
      if (!(spec.element >= 0 && spec.element < table.length))
        throw new UsageError(`the table has no element ${spec.element}`);
      return { kind: 'table', table, index: spec.element };
    }
    const memory = found(entry.memories, spec.memory ?? 0, 'memory', spec.memory ?? 0);
    const { byteOffset, byteLength } = spec;
    if (!(byteOffset >= 0 && byteLength > 0 && byteOffset + byteLength <= memory.byteLength)) {
      throw new UsageError(
        `bytes ${byteOffset} to ${byteOffset + byteLength} are not in the memory of ${memory.byteLength}`,
      );
    }
    return { kind: 'memory', memory, byteOffset, byteLength };
  }

  private localTarget(local: number | string, frame: Frame): WatchTarget {
    if (frame.kind !== 'wasm') throw new UsageError('a host function has no locals');
    const { instance, funcidx, fp } = frame;
    const localidx = typeof local === 'number' ? local : localByName(instance, funcidx, local);
    if (localidx === undefined || frame.locals[localidx] === undefined) {
      throw new UsageError(`the function has no local ${JSON.stringify(local)}`);
    }
    return { kind: 'local', func: instance.funcs[funcidx]!, localidx, fp };
  }
}

/** Replays need no fuel: of the past, the history knows what was left. */
function stoppedCall({ store }: Instance, fiber: Fiber, history: History | undefined): StoppedCall {
  return {
    store,
    fuelLeft: history?.isReplaying ? history.fuelLeft : undefined,
    capture() {
      const state = captureFiber(fiber);
      if (state === undefined) throw new UsageError('the guest stands inside of an instruction; pause it first');
      return state;
    },
  };
}

function found<Entry>(
  entries: readonly Entry[],
  index: number | undefined,
  kind: string,
  name: number | string,
): Entry {
  const entry = index === undefined ? undefined : entries[index];
  if (entry === undefined) throw new UsageError(`the instance has no ${kind} ${JSON.stringify(name)}`);
  return entry;
}

/**
 * Begins to look at an instance and those whose functions it imports. From here on they run clear code,
 * also in calls that are in progress; `close` ends it.
 *
 * @throws {UsageError} when another session looks at the store
 */
export function inspect(instance: Instance, options: SessionOptions = {}): InstanceSession {
  return new InstanceSession(instance, linked(instance.entry), options);
}

/** An instance and all that its functions may call directly, transitively. */
function linked(first: RuntimeInstance): RuntimeInstance[] {
  const seen = new Set([first]);
  for (const instance of seen) {
    for (const { instance: other } of instance.funcs) if (other !== null) seen.add(other);
  }
  return [...seen];
}

/** Text of modules that came as bytes is printed when a line is asked for. */
const printed = new WeakMap<object, ReadonlyMap<number, readonly number[]>>();

function linesOf({ code: { module } }: RuntimeInstance): ReadonlyMap<number, readonly number[]> {
  const known = printed.get(module);
  if (known !== undefined) return known;
  const lines = new Map<number, number[]>();
  for (const { line, byteOffset } of printModuleLines(module).lines) {
    lines.set(line, [...(lines.get(line) ?? []), byteOffset]);
  }
  printed.set(module, lines);
  return lines;
}

function byteOffsetsOnLine(entry: RuntimeInstance, sourceMap: SourceMap | undefined, line: number): readonly number[] {
  const offsets = sourceMap === undefined ? (linesOf(entry).get(line) ?? []) : sourceMap.byteOffsetsOnLine(line);
  return [...offsets].sort((a, b) => a - b);
}

function machineOf({ store, entry, module }: Instance, instances: readonly RuntimeInstance[]): Machine {
  const stores = new Set(instances.map(storeOf));
  return {
    meter: store.meter,
    budgets: store.budgets,
    bridge: { fromRef: (ref) => fromRef(ref), toRef: (value, type: ValType) => toRef(type, value, 0) },
    fibers() {
      const own = [...stores].flatMap((each) => each.fibers());
      // Instances link across stores, and whoever calls them runs them.
      return [...new Set([...own, ...runningFibers(), ...instances.flatMap(visitorsOf)])];
    },
    takeFiber: (instance) => store.takeFiber(instance),
    giveFiber: (fiber: Fiber) => store.giveFiber(fiber),
    argumentsOf(f, values) {
      const args = emptyArguments(f.type.params, f.type.results);
      writeValues(args, f.type.params, values);
      return args;
    },
    emptyArguments: ({ type }) => emptyArguments(type.params, type.results),
    resultsOf: (f: Func, args: HostArguments) => jsValues(args, f.type.results),
    outward,
    byteOffsetsOnLine: (instance, line) =>
      byteOffsetsOnLine(instance, instance === entry ? module.sourceMap : undefined, line),
    nextTurn,
  };
}
