/** Instances: a module linked with its imports, its exports callable. */
import { instantiate as instantiateCode } from '../interpreter/index.ts';
import {
  type Extern,
  Func,
  Global as RuntimeGlobal,
  type Instance as RuntimeInstance,
  Memory as RuntimeMemory,
  Table as RuntimeTable,
} from '../runtime/index.ts';
import { type FuncType, type Import, LinkError, mapCompType, translateValType, UsageError } from '../syntax/index.ts';
import { Global, globalOf, Memory, memoryOf, newGlobal, Table, Tag, tableOf, tagOf } from './externs.ts';
import {
  type AsyncCallOptions,
  call,
  callAsync,
  exportedFunction,
  type HostFunction,
  importedFunction,
  requireFunction,
  resultOf,
} from './function.ts';
import { Module } from './module.ts';
import { setStore } from './ownership.ts';
import { Store } from './store.ts';
import { emptyArguments, writeValues } from './values.ts';

export type ImportValue =
  | ((...args: never[]) => unknown)
  | HostFunction
  | Memory
  | Table
  | Global
  | Tag
  | number
  | bigint
  | null;

/** By module name, then by name. */
export type Imports = Readonly<Record<string, Readonly<Record<string, ImportValue>>>>;

// biome-ignore lint/suspicious/noExplicitAny: an export's type is the module's, which TypeScript does not know
export type ExportValue = any;

export interface InstantiateOptions {
  /** Limits and stacks; a store of its own unless told. */
  readonly store?: Store | undefined;
  /** Is given the instance before its start function runs: to look at that too. */
  readonly beforeStart?: ((instance: Instance) => void) | undefined;
  /** Leave the start function to the caller, who runs it by `GuestCall.ofStart`. Default: false. */
  readonly omitStart?: boolean | undefined;
  /**
   * The shared memories that are imported are in use already, by other threads of the same guest: active data segments
   * are not copied into them again. Default: false.
   */
  readonly keepsSharedData?: boolean | undefined;
}

export class Instance {
  readonly module: Module;
  readonly store: Store;
  /** Functions as JavaScript functions, the rest as Memory, Table, Global, Tag. */
  readonly exports: Readonly<Record<string, ExportValue>>;
  /** @internal */
  readonly entry: RuntimeInstance;

  /** @internal Use `instantiate`. */
  constructor(module: Module, store: Store, entry: RuntimeInstance) {
    this.module = module;
    this.store = store;
    this.entry = entry;
    const exports: Record<string, ExportValue> = Object.create(null);
    for (const [name, extern] of entry.exports) exports[name] = wrap(extern);
    this.exports = Object.freeze(exports);
  }

  /**
   * Calls an exported function.
   *
   * @returns nothing, one value, or an array of several
   * @throws {Trap | Exhaustion | UncaughtException} with a wasm backtrace
   */
  call(name: string, ...values: unknown[]): unknown {
    const f = this.func(name);
    const args = emptyArguments(f.type.params, f.type.results);
    writeValues(args, f.type.params, values);
    call(f, args);
    return resultOf(f, args);
  }

  /** As `call`; host functions may return promises, and the event loop gets a turn every 8 ms. */
  async callAsync(name: string, values: readonly unknown[] = [], options: AsyncCallOptions = {}): Promise<unknown> {
    const f = this.func(name);
    const args = emptyArguments(f.type.params, f.type.results);
    writeValues(args, f.type.params, values);
    await callAsync(f, args, options);
    return resultOf(f, args);
  }

  private func(name: string): Func {
    const extern = this.entry.exports.get(name);
    if (extern instanceof Func) return extern;
    const known = [...this.entry.exports].filter(([, found]) => found instanceof Func).map(([key]) => key);
    const hint = known.length === 0 ? 'it exports none' : `it exports ${known.slice(0, 20).join(', ')}`;
    throw new UsageError(`the module exports no function ${JSON.stringify(name)}; ${hint}`);
  }
}

function wrap(extern: Extern): ExportValue {
  if (extern instanceof Func) return exportedFunction(extern);
  if (extern instanceof RuntimeMemory) return memoryOf(extern);
  if (extern instanceof RuntimeTable) return tableOf(extern);
  return extern instanceof RuntimeGlobal ? globalOf(extern) : tagOf(extern);
}

/** The start function, when there is one, is not yet called. */
function prepare(module: Module, imports: Imports, options: InstantiateOptions): Instance {
  const { store = new Store(), keepsSharedData } = options;
  if (!(module instanceof Module)) throw new UsageError('instantiate takes a Module: compile the bytes or text first');
  if (!(store instanceof Store)) throw new UsageError('store must be a Store: new Store({ … })');
  const { code } = module;
  const externs = code.module.imports.map((entry) => resolve(module, entry, imports));
  const entry = instantiateCode(code, externs, store.budgets, (made) => setStore(made, store), keepsSharedData);
  return new Instance(module, store, entry);
}

/** @internal The function that runs when a module is instantiated. */
export function startOf({ entry }: Instance): Func | undefined {
  const { start } = entry.code.module;
  return start === undefined ? undefined : entry.funcs[start.funcidx];
}

/** A function of the host that is the start function cannot stop: there is nothing to leave to the caller. */
function startToRun(instance: Instance, { omitStart = false }: InstantiateOptions): Func | undefined {
  const start = startOf(instance);
  return omitStart && start?.host === null ? undefined : start;
}

/**
 * Links a module with `imports` and runs its start function.
 *
 * @throws {LinkError} for an import that is missing or does not fit, naming it
 * @throws {Trap | Exhaustion} when an active segment or the start function does
 */
export function instantiate(module: Module, imports: Imports = {}, options: InstantiateOptions = {}): Instance {
  const instance = prepare(module, imports, options);
  options.beforeStart?.(instance);
  const start = startToRun(instance, options);
  if (start !== undefined) call(start, emptyArguments([], []));
  return instance;
}

/** As `instantiate`, with a start function whose host functions may return promises. */
export async function instantiateAsync(
  module: Module,
  imports: Imports = {},
  options: InstantiateOptions & AsyncCallOptions = {},
): Promise<Instance> {
  const instance = prepare(module, imports, options);
  options.beforeStart?.(instance);
  const start = startToRun(instance, options);
  if (start !== undefined) await callAsync(start, emptyArguments([], []), options);
  return instance;
}

function lookUp(imports: Imports, { module, name, type }: Import): ImportValue {
  const value = ownProperty(ownProperty(imports, module), name) as ImportValue | undefined;
  if (value !== undefined) return value;
  throw new LinkError(
    `unknown import: ${JSON.stringify(module)} ${JSON.stringify(name)} (${type.kind}) is not provided`,
  );
}

/** Nothing inherited: a guest must not reach `Object.keys` as import "constructor" "keys". */
/** @internal */
export function ownProperty(from: unknown, name: string): unknown {
  const isObject = (typeof from === 'object' && from !== null) || typeof from === 'function';
  if (!isObject || !Object.prototype.hasOwnProperty.call(from, name)) return undefined;
  return (from as Record<string, unknown>)[name];
}

function resolve({ code }: Module, entry: Import, imports: Imports): Extern {
  const { type } = entry;
  const value = lookUp(imports, entry);
  const what = `${JSON.stringify(entry.module)} ${JSON.stringify(entry.name)}`;
  if (value instanceof Memory || value instanceof Table || value instanceof Global || value instanceof Tag) {
    return value.entry;
  }
  if (type.kind === 'func') {
    const funcType = mapCompType(code.funcType(type.typeidx), (t) => translateValType(t, code.typeIds)) as FuncType;
    return importedFunction(requireFunction(value, what), funcType, what);
  }
  if (type.kind === 'global' && !type.type.mutable && typeof value !== 'function') {
    return newGlobal(translateValType(type.type.content, code.typeIds), false, value);
  }
  throw new LinkError(`incompatible import type for ${what}: expected a ${type.kind}, found ${describe(value)}`);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : `a ${typeof value}`;
}
