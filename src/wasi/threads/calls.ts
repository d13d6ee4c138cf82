/** How threads and host agent number the functions that the host answers, and how values stand in a slot. */
import type { HostFunctionType } from '../../api/index.ts';
import { type FuncType, type Module, UsageError, type ValType, valTypeText } from '../../syntax/index.ts';
import { PREVIEW1_MODULE_NAME, UNSTABLE_MODULE_NAME, usesMemory } from '../preview1/bind.ts';
import { coreTypeOf, type FunctionName, signatures } from '../preview1/signatures.ts';

export const SPAWN_MODULE_NAME = 'wasi';
export const SPAWN_NAME = 'thread-spawn';
export const START_NAME = 'wasi_thread_start';

/** `thread-spawn`. */
export const SPAWN = 0;
const FIRST_PREVIEW1 = 1;
const names = Object.keys(signatures) as FunctionName[];
/** Embedders' own, by the number of their import. */
export const FIRST_OWN = FIRST_PREVIEW1 + 2 * names.length;

/** The number of an imported function of WASI; undefined: it is none. */
export function numberOf(module: string, name: string): number | undefined {
  if (module === SPAWN_MODULE_NAME && name === SPAWN_NAME) return SPAWN;
  const index = names.indexOf(name as FunctionName);
  if (index < 0) return undefined;
  if (module === PREVIEW1_MODULE_NAME) return FIRST_PREVIEW1 + 2 * index;
  return module === UNSTABLE_MODULE_NAME && name !== 'sock_accept' ? FIRST_PREVIEW1 + 2 * index + 1 : undefined;
}

/** The function of preview 1 that a number stands for. */
export function functionOf(number: number): { readonly name: FunctionName; readonly isUnstable: boolean } | undefined {
  if (number < FIRST_PREVIEW1 || number >= FIRST_OWN) return undefined;
  const index = number - FIRST_PREVIEW1;
  return { name: names[index >> 1]!, isUnstable: index % 2 === 1 };
}

/** An imported function that the host answers. */
export interface RemoteFunction {
  readonly number: number;
  readonly type: HostFunctionType;
  readonly usesMemory: boolean;
}

/** WASI's functions have one type; embedders' have the one that they are imported with. */
export function remoteFunction(number: number, module: Module, typeidx: number): RemoteFunction {
  const wasi = functionOf(number);
  if (wasi !== undefined) {
    const { parameters, result } = signatures[wasi.name];
    const params = parameters.map(([, kind]) => coreTypeOf(kind));
    return {
      number,
      type: { params, results: result === 'errno' ? ['i32'] : [] },
      usesMemory: usesMemory(wasi.name),
    };
  }
  if (number === SPAWN) return { number, type: { params: ['i32'], results: ['i32'] }, usesMemory: false };
  const { params, results } = module.types[typeidx]!.comp as FuncType;
  const texts = (types: readonly ValType[]) => types.map(valTypeText);
  return { number, type: { params: texts(params), results: texts(results) }, usesMemory: false };
}

/** Value types by their keywords. */
export type TypeNames = readonly string[];

const VALUE_BYTES = 8;

/** @throws {UsageError} for a value that no slot holds */
export function writeValues(view: DataView, types: TypeNames, values: readonly unknown[]): void {
  types.forEach((type, i) => {
    const at = VALUE_BYTES * i;
    if (type === 'i32') view.setInt32(at, Number(values[i]), true);
    else if (type === 'i64') view.setBigInt64(at, BigInt(values[i] as bigint), true);
    else if (type === 'f32') view.setFloat32(at, Number(values[i]), true);
    else if (type === 'f64') view.setFloat64(at, Number(values[i]), true);
    else throw new UsageError(`a ${type} cannot be passed from one thread to another`);
  });
}

export function readValues(view: DataView, types: TypeNames): (number | bigint)[] {
  return types.map((type, i) => {
    const at = VALUE_BYTES * i;
    if (type === 'i32') return view.getInt32(at, true);
    if (type === 'i64') return view.getBigInt64(at, true);
    return type === 'f32' ? view.getFloat32(at, true) : view.getFloat64(at, true);
  });
}
