/**
 * A guest that has gone through a snapshot's bytes into a store of its own: it must have the same bytes again, come
 * to the same end as the guest that it was copied from, and leave everything as that one does.
 */

import { outward } from '../../src/api/exception.ts';
import { type Instance, Store, type Value } from '../../src/api/index.ts';
import { setStore } from '../../src/api/ownership.ts';
import { emptyArguments, readExact } from '../../src/api/values.ts';
import { decodeSnapshot, encodeSnapshot, type MachineState } from '../../src/inspect/index.ts';
import { advance, Fiber, type FiberState, restoreFiber, takeResults } from '../../src/interpreter/index.ts';
import type { Instance as RuntimeInstance } from '../../src/runtime/index.ts';
import { valueText } from '../../src/script/expected.ts';
import { GlassboxError } from '../../src/syntax/index.ts';

/** How values of the host are saved. */
export interface SnapshotHooks {
  readonly saveExtern?: (value: unknown) => Uint8Array | undefined;
  readonly loadExtern?: (bytes: Uint8Array) => unknown;
}

/** All state of the instances and, when one is given, of a fiber. */
export function saveAll(
  { meter }: Store,
  instances: readonly { readonly entry: RuntimeInstance }[],
  fiber: FiberState | undefined,
  hooks: SnapshotHooks = {},
): Uint8Array {
  const state: MachineState = {
    fiber,
    instances: instances.map(({ entry }) => entry),
    instructionCount: fiber?.instructionCount ?? meter.instructionCount,
    callCount: fiber?.callCount ?? meter.callCount,
    fuelLeft: Number.POSITIVE_INFINITY,
    parts: new Map(),
  };
  return encodeSnapshot(state, { saveExtern: hooks.saveExtern });
}

/** What a call has come to, to be compared. */
export function outcomeText(outcome: unknown): string {
  if (Array.isArray(outcome)) return outcome.map((value: Value) => valueText(value)).join(' ');
  if (!(outcome instanceof GlassboxError)) return String((outcome as Error).stack ?? outcome);
  const { backtrace = [] } = outcome as { backtrace?: readonly { funcidx: number; byteOffset: number }[] };
  const places = backtrace.map(({ funcidx, byteOffset }) => `${funcidx}@${byteOffset}`);
  const stack = outcome.name === 'InternalError' ? `\n${outcome.stack}` : '';
  return `${outcome.name}: ${outcome.message}, at ${places.join(' ')}${stack}`;
}

/** Before it are magic, version and a checksum. */
const CONTENTS_AT = 16;

export function firstDifference(a: Uint8Array, b: Uint8Array): string | undefined {
  if (Buffer.compare(a, b) === 0) return undefined;
  const at = a.findIndex((byte, i) => i >= CONTENTS_AT && byte !== b[i]);
  return `${a.length} and ${b.length} bytes, different from byte ${at} on`;
}

export class SnapshotCopy {
  private readonly state: FiberState;
  private readonly store: Store;
  private readonly instances: readonly { readonly entry: RuntimeInstance }[];
  private readonly fiber: Fiber;
  private readonly hooks: SnapshotHooks | undefined;

  private constructor(
    state: FiberState,
    store: Store,
    instances: readonly RuntimeInstance[],
    hooks: SnapshotHooks | undefined,
  ) {
    this.state = state;
    this.store = store;
    this.instances = instances.map((entry) => ({ entry }));
    this.hooks = hooks;
    this.fiber = new Fiber(store.meter, instances[0]!);
  }

  /** @param withModules take the modules at hand, not those of the bytes */
  static of(
    from: Store,
    instances: readonly Instance[],
    fiber: FiberState,
    hooks: SnapshotHooks | undefined,
    withModules: boolean,
  ): SnapshotCopy {
    const bytes = saveAll(from, instances, fiber, hooks);
    const store = new Store({ clock: from.meter.clock, maxFrames: from.meter.maxFrames });
    const state = decodeSnapshot(bytes, {
      budgets: store.budgets,
      own: (instance) => setStore(instance, store),
      modules: withModules ? instances.map(({ module }) => module.code) : [],
      ...(hooks?.loadExtern && { loadExtern: hooks.loadExtern }),
    });
    const copy = new SnapshotCopy(state.fiber!, store, state.instances.slice(0, instances.length), hooks);
    const difference = firstDifference(bytes, saveAll(store, copy.instances, state.fiber, hooks));
    if (difference !== undefined) throw new Error(`a snapshot that is read and written anew has ${difference}`);
    return copy;
  }

  /** Runs to the end. @param end the bytes of all state in which the original has ended */
  compare(outcome: unknown, end: Uint8Array): void {
    const { state, store, instances, hooks } = this;
    const own = this.run();
    if (outcomeText(own) !== outcomeText(outcome)) {
      throw new Error(`from instruction ${state.instructionCount} a snapshot has come to ${outcomeText(own)}`);
    }
    const difference = firstDifference(end, saveAll(store, instances, undefined, hooks));
    if (difference !== undefined) {
      throw new Error(`from instruction ${state.instructionCount} a snapshot has ended in ${difference}`);
    }
  }

  private run(): Value[] | unknown {
    const { fiber, state } = this;
    const { entry } = state;
    try {
      restoreFiber(fiber, state);
      for (let standing = advance(fiber); standing !== 'exited'; standing = advance(fiber)) {
        if (standing !== 'yielded') throw new Error(`a snapshot is ${standing}`);
      }
      const args = emptyArguments([], entry.type.results);
      takeResults(fiber, state.frames[0]!.fp, entry, args);
      return readExact(args, entry.type.results);
    } catch (error) {
      return outward(error);
    }
  }
}
