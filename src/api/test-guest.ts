/** For tests: runs guests up to an instruction, takes their state as a snapshot, and lets a snapshot go on. */

import {
  type DecodeOptions,
  decodeSnapshot,
  type EncodeOptions,
  encodeSnapshot,
  type ImportRequest,
  type MachineState,
} from '../inspect/index.ts';
import { abandon, advance, captureFiber, Fiber, restoreFiber, stand, takeResults } from '../interpreter/index.ts';
import type { Extern, Func, Instance } from '../runtime/index.ts';
import { importedFunction } from './function.ts';
import { compile, type Imports, instantiate, type Module, Store, type StoreOptions } from './index.ts';
import { setStore } from './ownership.ts';
import { emptyArguments, readValues, writeValues } from './values.ts';

export interface Guest {
  readonly store: Store;
  readonly fiber: Fiber;
  readonly instances: readonly Instance[];
  /** What runs, and where its results will be. */
  readonly entry: Func;
  readonly base: number;
}

/** Stands a guest before the first instruction of one of its functions. */
export function call(
  module: Module | string,
  imports: Imports,
  name: string,
  args: readonly unknown[] = [],
  options: StoreOptions = {},
): Guest {
  const store = new Store(options);
  const instance = instantiate(typeof module === 'string' ? compile(module) : module, imports, { store }).entry;
  const entry = instance.exports.get(name) as Func;
  const values = emptyArguments(entry.type.params, entry.type.results);
  writeValues(values, entry.type.params, args);
  const fiber = new Fiber(store.meter, instance);
  return { store, fiber, instances: [instance], entry, base: stand(fiber, entry, values) };
}

/** Runs until `instructionCount`; true when the guest has ended before. */
export function runTo({ store, fiber }: Guest, instructionCount: number): boolean {
  store.meter.pauseAt = instructionCount;
  for (;;) {
    const standing = advance(fiber);
    if (standing === 'exited') return true;
    if (standing !== 'yielded') return false;
  }
}

/** Runs to the end; the results. */
export function finish(guest: Guest): unknown[] {
  if (!runTo(guest, Number.POSITIVE_INFINITY)) throw new Error('the guest does not end');
  const { entry, fiber, base } = guest;
  const results = emptyArguments([], entry.type.results);
  takeResults(fiber, base, entry, results);
  abandon(fiber);
  return readValues(results, entry.type.results);
}

export function stateOf({ store, fiber, instances }: Guest): MachineState {
  const state = captureFiber(fiber);
  if (state === undefined) throw new Error('inside of an instruction');
  const { instructionCount, callCount } = state;
  return { fiber: state, instances, instructionCount, callCount, fuelLeft: store.fuel, parts: new Map() };
}

export function save(guest: Guest, options?: EncodeOptions): Uint8Array {
  return encodeSnapshot(stateOf(guest), options);
}

/** Host functions by the names of their imports; wrappers of the embedding API for the rest. */
export function resolverOf(imports: Imports) {
  return ({ module, name, funcType, kind }: ImportRequest): Extern | undefined => {
    const value = imports[module]?.[name];
    if (value === undefined || value === null) return undefined;
    if (kind === 'func') return importedFunction(value as () => unknown, funcType!, name);
    return (value as { entry?: Extern }).entry;
  };
}

/** Puts a snapshot on a fiber of a new store. */
export function load(
  bytes: Uint8Array,
  imports: Imports = {},
  options: Partial<DecodeOptions> = {},
  storeOptions: StoreOptions = {},
): Guest {
  const store = new Store(storeOptions);
  const state = decodeSnapshot(bytes, {
    imports: resolverOf(imports),
    budgets: store.budgets,
    own: (instance) => setStore(instance, store),
    ...options,
  });
  return adopt(state, store);
}

export function adopt(state: MachineState, store: Store): Guest {
  const fiber = new Fiber(store.meter, state.instances[0]!);
  restoreFiber(fiber, state.fiber!);
  store.fuel = state.fuelLeft;
  return { store, fiber, instances: state.instances, entry: state.fiber!.entry, base: 0 };
}
