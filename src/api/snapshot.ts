/** Snapshots in terms of the embedding API: a guest's whole state as bytes, and back in any process. */
import {
  type Difference,
  decodeSnapshot,
  diffSnapshotBytes,
  encodeSnapshot,
  type ImportRequest,
} from '../inspect/index.ts';
import type { Extern, ModuleCode, Instance as RuntimeInstance } from '../runtime/index.ts';
import { UsageError } from '../syntax/index.ts';
import { bytesOf } from './bytes.ts';
import { Global, Memory, Table, Tag } from './externs.ts';
import { importedFunction, requireFunction } from './function.ts';
import { GuestCall } from './guest-call.ts';
import { type Imports, Instance, ownProperty } from './instance.ts';
import { Module } from './module.ts';
import { setStore } from './ownership.ts';
import { Store } from './store.ts';

const NO_SNAPSHOT = 'a snapshot is bytes (Uint8Array, ArrayBuffer), as saveSnapshot gives them';

export interface SnapshotOptions {
  /** Leave the modules' bytes out: who restores must have the modules. Default: false. */
  readonly omitModuleBytes?: boolean | undefined;
  /** Bytes for an external reference that is no null, boolean, number, string or bigint; undefined: not to be saved. */
  readonly saveExtern?: ((value: unknown) => Uint8Array | undefined) | undefined;
  /** What else belongs to the state, by name, such as that of `Wasi`. */
  readonly parts?: Readonly<Record<string, Uint8Array>> | undefined;
}

export interface RestoreSnapshotOptions {
  /** Where the instances go; a store of its own unless told. It must be one that runs nothing. */
  readonly store?: Store | undefined;
  /** Fuel to go on with, in place of what was left. */
  readonly fuel?: number | undefined;
  /** Modules at hand: needed for a snapshot without their bytes, else used in place of those. */
  readonly modules?: readonly Module[] | undefined;
  /** The value behind bytes of `saveExtern`. */
  readonly loadExtern?: ((bytes: Uint8Array) => unknown) | undefined;
}

export interface Restored {
  readonly store: Store;
  /** Those that were saved, in their order, then all that they lead to. */
  readonly instances: readonly Instance[];
  /** The call that was in progress. */
  readonly call: GuestCall | undefined;
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/** A call that has stopped: a GuestCall, or that of a session. */
export type StoppedCall = Pick<GuestCall, 'store' | 'capture'> & {
  /** Fuel left where it stands, when that is not the store's. */
  readonly fuelLeft?: number | undefined;
};

/**
 * All state of instances and of what they lead to, and of a call that has stopped.
 *
 * @throws {SnapshotError} for what cannot be saved, saying what it is and where
 */
export function saveSnapshot(
  instances: Instance | readonly Instance[],
  call?: StoppedCall,
  options: SnapshotOptions = {},
): Uint8Array {
  const list = instances instanceof Instance ? [instances] : instances;
  const store = call?.store ?? list[0]?.store;
  if (store === undefined) throw new UsageError('a snapshot needs an instance');
  const fiber = call?.capture();
  // Code that waits for the host may have run more than is booked.
  const unbooked = fiber === undefined ? 0 : fiber.instructionCount - store.instructionCount;
  const state = {
    fiber,
    instances: list.map(({ entry }) => entry),
    instructionCount: fiber?.instructionCount ?? store.instructionCount,
    callCount: fiber?.callCount ?? store.callCount,
    fuelLeft: call?.fuelLeft ?? store.fuel - unbooked,
    parts: new Map(Object.entries(options.parts ?? {})),
  };
  return encodeSnapshot(state, options);
}

/**
 * Makes anew what a snapshot holds. Instructions are counted on from there.
 *
 * @param imports what the instances import from the host: functions must be given; memories, tables, globals and
 *   tags may be, and get the saved contents
 * @throws {SnapshotError} for bytes that are damaged or forged, missing modules, imports that do not fit
 * @throws {Exhaustion} when the store's limits are too low for it
 */
export function restoreSnapshot(
  bytes: Uint8Array,
  imports: Imports = {},
  options: RestoreSnapshotOptions = {},
): Restored {
  const { store = new Store(), modules = [], fuel, loadExtern } = options;
  const state = decodeSnapshot(bytesOf(bytes, NO_SNAPSHOT), {
    imports: (request) => provided(imports, request),
    budgets: store.budgets,
    own: (instance) => setStore(instance, store),
    modules: modules.map(({ code }) => code),
    loadExtern,
  });
  const { meter } = store;
  meter.instructionCount = state.instructionCount;
  meter.callCount = state.callCount;
  const call = state.fiber === undefined ? undefined : GuestCall.ofState(state.fiber);
  meter.fuelLeft = fuel ?? state.fuelLeft;
  return { store, instances: wrapInstances(state.instances, store, modules), call, parts: state.parts };
}

/** One thing that differs between two snapshots; `where` tells its place, `a` and `b` what stands there in each. */
export type SnapshotDifference = Difference;

/**
 * What two snapshots have different, for people: the most telling first, at most a thousand things.
 *
 * @param modules of snapshots without their bytes
 * @throws {SnapshotError} when one of them is none
 */
export function diffSnapshots(
  a: Uint8Array,
  b: Uint8Array,
  { modules = [] }: { readonly modules?: readonly Module[] } = {},
): readonly SnapshotDifference[] {
  return diffSnapshotBytes(bytesOf(a, NO_SNAPSHOT), bytesOf(b, NO_SNAPSHOT), {
    modules: modules.map(({ code }) => code),
  });
}

/** @internal As the embedding API shows them. */
export function wrapInstances(
  entries: readonly RuntimeInstance[],
  store: Store,
  modules: readonly Module[],
): Instance[] {
  const byCode = new Map<ModuleCode, Module>(modules.map((module) => [module.code, module]));
  return entries.map((entry) => {
    const module = byCode.get(entry.code) ?? new Module(entry.code, undefined);
    byCode.set(entry.code, module);
    return new Instance(module, store, entry);
  });
}

function provided(imports: Imports, { module, name, kind, funcType }: ImportRequest): Extern | undefined {
  const value = ownProperty(ownProperty(imports, module), name);
  if (value === undefined) return undefined;
  if (value instanceof Memory || value instanceof Table || value instanceof Global || value instanceof Tag) {
    return value.entry;
  }
  if (kind !== 'func' || funcType === undefined) return undefined;
  const what = `${JSON.stringify(module)} ${JSON.stringify(name)}`;
  return importedFunction(requireFunction(value, what), funcType, what);
}
