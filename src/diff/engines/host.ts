/**
 * The host's own `WebAssembly` as an engine: V8, where this runs in Node. It has no time limit; workers are watched.
 */

import type { TrapKind } from '../../syntax/index.ts';
import type { Bits, Ending, Engine, LogEntry, MissingEngine, Observation, Outcome, PreparedCase } from '../case.ts';
import { endingWithLog, i64Bits, type MemoryWatch, MemoryWatches, trapKinds, type Words } from './observe.ts';

/** V8's words for traps. */
const words: Words = [
  [/^unreachable/, ['unreachable']],
  // Of an atomic access that is both unaligned and out of bounds, V8 names the bounds, the specification the other.
  [/^memory access out of bounds|^data segment/, ['memory-out-of-bounds', 'unaligned-atomic']],
  [/^table access out of bounds|^table element|^element segment/, ['table-out-of-bounds']],
  [/^table index is out of bounds/, ['undefined-element', 'table-out-of-bounds']],
  [/^null function or function signature/, ['uninitialized-element', 'indirect-call-type']],
  [/^divide by zero|^remainder by zero/, ['integer-divide-by-zero']],
  [/^divide result unrepresentable/, ['integer-overflow']],
  [/^float unrepresentable/, ['integer-overflow', 'invalid-conversion']],
  [/^operation does not support unaligned/, ['unaligned-atomic']],
  [/^Atomics\.wait cannot be called/, ['expected-shared-memory']],
  [/^rethrowing null value/, ['null-exception-reference', 'null-reference']],
  [
    /^dereferencing a null pointer/,
    [
      'null-reference',
      'null-function-reference',
      'null-structure-reference',
      'null-array-reference',
      'null-i31-reference',
    ],
  ],
  [/^illegal cast/, ['cast-failure']],
  [/^array element access out of bounds|^array index out of bounds/, ['array-out-of-bounds']],
];

/** The kinds that a host's message can mean; none when the words are not known. */
export function hostTrapKinds(message: string): readonly TrapKind[] {
  return trapKinds(message, words);
}

interface HostExports {
  readonly [name: string]: unknown;
}

interface HostMemory {
  readonly buffer: ArrayBuffer;
}

interface HostWebAssembly {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: HostExports };
  readonly RuntimeError: new () => Error;
  readonly CompileError: new () => Error;
  readonly Exception?: new (tag: object, payload: readonly unknown[]) => Error;
}

const host = (globalThis as unknown as { readonly WebAssembly?: HostWebAssembly }).WebAssembly;

/** @throws what is no guest's fault */
function endingOf(error: unknown, { RuntimeError, Exception }: HostWebAssembly): Ending {
  if (error instanceof RuntimeError) {
    const message = error.message.replace(/^WebAssembly\.\w+\(\): /, '');
    const traps = hostTrapKinds(message);
    const isLimit = traps.length === 0 && /array (is )?too large|allocation/i.test(message);
    if (isLimit) return { kind: 'inconclusive', reason: 'memory', message };
    return { kind: 'trap', traps, message };
  }
  if (error instanceof RangeError) {
    const reason = /call stack/i.test(error.message) ? 'stack' : 'memory';
    return { kind: 'inconclusive', reason, message: error.message };
  }
  if (Exception !== undefined && error instanceof Exception) return { kind: 'exception', tagidx: -1, payload: [] };
  throw error;
}

/**
 * What all runs of an engine share. V8 keeps an instance in its old space, and with it what its imports hold, until a
 * whole collection: the function that it imports holds no run.
 */
class Observer {
  readonly watches = new MemoryWatches();
  entries: LogEntry[] = [];
  readonly imports = {
    glassbox: {
      log: (id: number, bits: bigint) => {
        this.entries.push([id >>> 0, i64Bits(bits)]);
      },
    },
  };
}

/** A module that lives in the host. */
class Run {
  private readonly prepared: PreparedCase;
  private readonly engine: HostWebAssembly;
  private exports: HostExports | undefined;
  private memories: readonly HostMemory[] = [];
  private readonly watches: readonly MemoryWatch[];
  private readonly observer: Observer;

  constructor(prepared: PreparedCase, engine: HostWebAssembly, observer: Observer) {
    this.prepared = prepared;
    this.engine = engine;
    this.observer = observer;
    this.watches = observer.watches.take(prepared.memories.length);
  }

  observations(module: object): Observation[] {
    const { prepared } = this;
    const first = this.step(() => {
      this.exports = new this.engine.Instance(module, prepared.importsLog ? this.observer.imports : {}).exports;
      this.memories = prepared.memories.map((name) => this.exports![name] as HostMemory);
      return [];
    });
    const observations = [first];
    if (first.ending.kind !== 'results') return observations;
    for (const { name, args } of prepared.calls) {
      if (prepared.fuelGlobal !== undefined) {
        (this.exports![prepared.fuelGlobal] as { value: number }).value = prepared.fuel;
      }
      const seen = this.step(() => this.call(name, args));
      observations.push(seen);
      if (seen.ending.kind === 'inconclusive') break;
    }
    return observations;
  }

  private call(name: string, args: readonly Bits[] = []): Bits[] {
    const values = args.map((bits) => BigInt.asIntN(64, BigInt(`0x${bits}`)));
    const result = (this.exports![name] as (...values: bigint[]) => unknown)(...values);
    if (result === undefined) return [];
    return (Array.isArray(result) ? (result as bigint[]) : [result as bigint]).map(i64Bits);
  }

  private step(act: () => Bits[]): Observation {
    const log: LogEntry[] = [];
    this.observer.entries = log;
    let ending: Ending;
    try {
      ending = { kind: 'results', bits: act() };
    } catch (error) {
      ending = endingOf(error, this.engine);
    }
    const { prepared, exports } = this;
    const isAlive = exports !== undefined && ending.kind !== 'inconclusive';
    return {
      ending: endingWithLog(ending, log),
      log,
      memories: isAlive ? this.memories.map(({ buffer }, i) => this.watches[i]!.look(new Uint8Array(buffer))) : [],
      state: isAlive && prepared.state !== undefined ? this.call(prepared.state.name) : [],
    };
  }
}

function outcomeOf(prepared: PreparedCase, engine: HostWebAssembly, observer: Observer): Outcome {
  let module: object;
  try {
    module = new engine.Module(prepared.bytes);
  } catch (error) {
    return { kind: 'unsupported', message: (error as Error).message };
  }
  try {
    return { kind: 'ran', observations: new Run(prepared, engine, observer).observations(module) };
  } catch (error) {
    return { kind: 'died', message: String(error) };
  }
}

export function hostEngine(): Engine | MissingEngine {
  const version = process.versions.v8;
  if (host === undefined || version === undefined) {
    return { name: 'v8', missing: 'this host has no WebAssembly: run in Node without --jitless' };
  }
  const observer = new Observer();
  return {
    name: 'v8',
    version: `${version} (Node ${process.versions.node})`,
    seesState: true,
    run: (cases) => Promise.resolve(cases.map((each) => outcomeOf(each, host, observer))),
    close: () => {},
  };
}
