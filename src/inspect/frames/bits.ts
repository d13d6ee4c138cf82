/** A value with its exact bits, wherever it is kept. */
import { hasHeapType } from '../../runtime/index.ts';
import {
  abstractHeapTypes,
  heapTypeOf,
  I8,
  isNullable,
  isPacked,
  typeRegistry,
  UsageError,
  type ValType,
} from '../../syntax/index.ts';

/** i32 and f32 in `lo`; i64 and f64 in `lo` and `hi`; v128 in all four words; references in `ref`. */
export interface Bits {
  readonly lo: number;
  readonly hi: number;
  readonly x2: number;
  readonly x3: number;
  readonly ref: unknown;
}

const zero = { lo: 0, hi: 0, x2: 0, x3: 0, ref: null };
/** The default value of any type that has one. */
export const ZERO: Bits = zero;

export function ofWord(lo: number): Bits {
  return { ...zero, lo };
}

export function ofPair(lo: number, hi: number): Bits {
  return { ...zero, lo, hi };
}

export function ofRef(ref: unknown): Bits {
  return { ...zero, ref };
}

export function ofBytes(bytes: Uint8Array): Bits {
  const words = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const word = (i: number) => words.getInt32(4 * i, true);
  return { lo: word(0), hi: word(1), x2: word(2), x3: word(3), ref: null };
}

/** @throws {UsageError} unless a reference is one of the type, which is in canonical ids */
export function checkRef(type: ValType, ref: unknown, what: string): void {
  if (ref === null) {
    if (isNullable(type)) return;
    throw new UsageError(`${what} is of a type without null: pass a reference`);
  }
  const heap = heapTypeOf(type);
  if (hasHeapType(ref, heap)) return;
  throw new UsageError(
    `${what} does not take ${nameOf(ref)}: pass ${isNullable(type) ? 'null or ' : ''}a reference of its type`,
  );
}

/** A JavaScript value's kind, for messages. */
export function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function') return 'a function';
  return `${typeof value} ${String(value).slice(0, 80)}`;
}

/** Is a reference type below `extern`, so that numbers in it are the host's and no i31? The type is canonical. */
export function isExternType(type: ValType): boolean {
  return typeRegistry.topOf(heapTypeOf(type)) === abstractHeapTypes.extern;
}

/** What a value of a storage type is once stored: packed fields keep their low bits, with the sign. */
export function wrapped(storage: ValType, bits: Bits): Bits {
  if (!isPacked(storage)) return bits;
  const spare = storage === I8 ? 24 : 16;
  return ofWord((bits.lo << spare) >> spare);
}
