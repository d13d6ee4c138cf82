/**
 * Values on their way between JavaScript and a guest's slots.
 *
 * i32, f32 and f64 are numbers, i64 is a bigint, references are JavaScript values (`null` is null; a
 * function is an exported function). Conversions follow the WebAssembly JavaScript interface, except that
 * what it would convert silently to something else is a UsageError here.
 *
 * @see https://webassembly.github.io/spec/js-api/#towebassemblyvalue
 */

import { widthOf, wordsOf } from '../interpreter/index.ts';
import type { HostArguments } from '../runtime/index.ts';
import { Func, hasHeapType } from '../runtime/index.ts';
import {
  abstractHeapTypes,
  F32,
  F64,
  heapTypeOf,
  I32,
  I64,
  isNullable,
  isRef,
  typeRegistry,
  UsageError,
  V128,
  type ValType,
  valTypeText,
} from '../syntax/index.ts';
import { exportedFunction, funcBehind } from './function.ts';

/** A value with its exact bits: i32 and f32 in `lo`; i64 and f64 in `lo`, `hi`; v128 in all four words. */
export interface Value {
  readonly type: ValType;
  readonly lo: number;
  readonly hi: number;
  readonly x2: number;
  readonly x3: number;
  readonly ref: unknown;
}

const scratch = new DataView(new ArrayBuffer(8));
const WORD = 4;

/** Room for arguments of `params` and, afterwards, results of `results`. */
export function emptyArguments(params: readonly ValType[], results: readonly ValType[]): HostArguments {
  const words = Math.max(wordsOf(params), wordsOf(results));
  return { words: new Int32Array(words), refs: new Array(words >> 1).fill(null) };
}

/** Writes JavaScript values as `types`. @throws {UsageError} for a value that its type cannot hold */
export function writeValues(args: HostArguments, types: readonly ValType[], values: ArrayLike<unknown>): void {
  let at = 0;
  types.forEach((type, i) => {
    writeValue(args, at, type, values[i], i);
    at += widthOf(type);
  });
}

/** Reads `types` as JavaScript values. */
export function readValues(args: HostArguments, types: readonly ValType[]): unknown[] {
  let at = 0;
  return types.map((type) => {
    const value = readValue(args, at, type);
    at += widthOf(type);
    return value;
  });
}

/** As `readValues`; a vector is its 16 bytes. */
export function jsValues(args: HostArguments, types: readonly ValType[]): unknown[] {
  let at = 0;
  return types.map((type) => {
    const from = at;
    at += widthOf(type);
    return type === V128 ? vectorBytes(args.words.subarray(from, at)) : readValue(args, from, type);
  });
}

function vectorBytes(words: Int32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((word, i) => {
    bytes.setInt32(WORD * i, word, true);
  });
  return new Uint8Array(bytes.buffer);
}

function writeValue({ words, refs }: HostArguments, at: number, type: ValType, value: unknown, i: number): void {
  if (type === I32) words[at] = toNumber(value, type, i);
  else if (type === F32) {
    scratch.setFloat32(0, toNumber(value, type, i), true);
    words[at] = scratch.getInt32(0, true);
  } else if (type === F64) {
    scratch.setFloat64(0, toNumber(value, type, i), true);
    words[at] = scratch.getInt32(0, true);
    words[at + 1] = scratch.getInt32(WORD, true);
  } else if (type === I64) writeI64(words, at, toBigInt(value, i));
  else if (type === V128)
    throw new UsageError(`value ${i + 1} is a v128, which JavaScript cannot hold; use callValues`);
  else refs[at >> 1] = toRef(type, value, i);
}

function writeI64(words: Int32Array, at: number, value: bigint): void {
  scratch.setBigInt64(0, value, true);
  words[at] = scratch.getInt32(0, true);
  words[at + 1] = scratch.getInt32(WORD, true);
}

function toNumber(value: unknown, type: ValType, i: number): number {
  if (typeof value === 'bigint' || typeof value === 'symbol') {
    throw new UsageError(`value ${i + 1} must be a number for ${valTypeText(type)}, not a ${typeof value}`);
  }
  return Number(value);
}

function toBigInt(value: unknown, i: number): bigint {
  if (typeof value === 'bigint' || typeof value === 'boolean') return BigInt(value);
  throw new UsageError(`value ${i + 1} must be a bigint for i64, such as 5n, not ${typeof value} ${String(value)}`);
}

/** What a reference slot of `type` holds for a JavaScript value. @throws {UsageError} when it does not fit */
export function toRef(type: ValType, value: unknown, i: number): unknown {
  const heap = heapTypeOf(type);
  if (value === null) {
    if (isNullable(type)) return null;
    throw new UsageError(`value ${i + 1} must not be null for ${valTypeText(type)}`);
  }
  const ref = typeRegistry.topOf(heap) === abstractHeapTypes.func ? funcBehind(value) : value;
  if (ref !== undefined && hasHeapType(ref, heap)) return ref;
  if (heap === abstractHeapTypes.extern || heap === abstractHeapTypes.any) return value;
  throw new UsageError(`value ${i + 1} does not fit ${valTypeText(type)}: pass null or a reference of that type`);
}

function readValue({ words, refs }: HostArguments, at: number, type: ValType): unknown {
  const lo = words[at]!;
  if (type === I32) return lo;
  if (isRef(type)) return fromRef(refs[at >> 1]);
  scratch.setInt32(0, lo, true);
  if (type === F32) return scratch.getFloat32(0, true);
  scratch.setInt32(WORD, words[at + 1]!, true);
  if (type === F64) return scratch.getFloat64(0, true);
  if (type === I64) return scratch.getBigInt64(0, true);
  throw new UsageError('a v128 cannot become a JavaScript value; use callValues');
}

/** A reference as JavaScript sees it. */
export function fromRef(ref: unknown): unknown {
  return ref instanceof Func ? exportedFunction(ref) : ref;
}

/** Writes exact values as `types`. @throws {UsageError} for a value of another type */
export function writeExact(args: HostArguments, types: readonly ValType[], values: readonly Value[]): void {
  let at = 0;
  types.forEach((type, i) => {
    const value = values[i]!;
    if (isRef(type)) args.refs[at >> 1] = toRef(type, value.ref, i);
    else if (value.type === type) args.words.set(wordsOfValue(value), at);
    else throw new UsageError(`value ${i + 1} must be of type ${valTypeText(type)}`);
    at += widthOf(type);
  });
}

function wordsOfValue({ type, lo, hi, x2, x3 }: Value): number[] {
  return type === V128 ? [lo, hi, x2, x3] : [lo, hi];
}

/** Reads exact values. */
export function readExact({ words, refs }: HostArguments, types: readonly ValType[]): Value[] {
  let at = 0;
  return types.map((type) => {
    const [lo = 0, hi = 0, x2 = 0, x3 = 0] = words.subarray(at, at + widthOf(type));
    const ref = isRef(type) ? fromRef(refs[at >> 1]) : null;
    at += widthOf(type);
    return { type, lo, hi, x2, x3, ref };
  });
}
