/**
 * Values on their way to JavaScript and back. What JavaScript sees of references is the embedding API's to
 * say: it hands in a bridge.
 */
import { F32, F64, I32, I64, isPacked, isRef, UsageError, V128, type ValType } from '../../syntax/index.ts';
import { type Bits, checkRef, nameOf, ofBytes, ofPair, ofRef, ofWord } from './bits.ts';
import { parseValue } from './parse-value.ts';

/** Between references as the store keeps them and what JavaScript sees of them. Types are in canonical ids. */
export interface ValueBridge {
  fromRef(ref: unknown, type: ValType): unknown;
  /** @throws {UsageError} for a value that is no reference of the type */
  toRef(value: unknown, type: ValType): unknown;
  /** Is told before something is changed. @throws {UsageError} when it cannot be now */
  edits?(): void;
}

/** References as the store keeps them: functions are `Func`, objects `StructInst` and `ArrayInst`. */
export const rawReferences: ValueBridge = {
  fromRef: (ref) => ref,
  toRef: (value) => value,
};

const view = new DataView(new ArrayBuffer(16));

function bytesOf({ lo, hi, x2, x3 }: Bits): Uint8Array {
  [lo, hi, x2, x3].forEach((word, i) => {
    view.setInt32(4 * i, word, true);
  });
  return new Uint8Array(view.buffer.slice(0));
}

/** A value as JavaScript sees it: number, bigint, 16 bytes of a v128, or what the bridge says of a reference. */
export function toJs(type: ValType, bits: Bits, bridge: ValueBridge): unknown {
  if (isRef(type)) return bridge.fromRef(bits.ref, type);
  if (type === V128) return bytesOf(bits);
  if (type === I32 || isPacked(type)) return bits.lo;
  view.setInt32(0, bits.lo, true);
  if (type === F32) return view.getFloat32(0, true);
  view.setInt32(4, bits.hi, true);
  return type === F64 ? view.getFloat64(0, true) : view.getBigInt64(0, true);
}

/**
 * The bits of a JavaScript value. Numbers and vectors may also come as text in the text format's spelling.
 *
 * @param what names the place in messages: `local 2 of function 1`
 * @throws {UsageError} for a value that the type does not hold
 */
export function fromJs(type: ValType, value: unknown, bridge: ValueBridge, what: string): Bits {
  if (isRef(type)) {
    const ref = value === null ? null : bridge.toRef(value, type);
    checkRef(type, ref, what);
    return ofRef(ref);
  }
  if (typeof value === 'string') return parseValue(type, value, what);
  if (type === V128) return vectorOf(value, what);
  if (type === I64) return integerOf(value, what);
  if (typeof value !== 'number') {
    throw new UsageError(`${what} takes a number, not ${nameOf(value)}: pass a number, or text such as '5'`);
  }
  if (type === F32) {
    view.setFloat32(0, value, true);
    return ofWord(view.getInt32(0, true));
  }
  if (type === F64) {
    view.setFloat64(0, value, true);
    return ofPair(view.getInt32(0, true), view.getInt32(4, true));
  }
  if (!Number.isInteger(value) || value < -0x8000_0000 || value > 0xffff_ffff) {
    throw new UsageError(`${what} takes an integer of 32 bits, not ${value}`);
  }
  return ofWord(value | 0);
}

function integerOf(value: unknown, what: string): Bits {
  const isInteger = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (!isInteger) throw new UsageError(`${what} takes a bigint, not ${nameOf(value)}: pass one such as 5n, or text`);
  const big = BigInt(value);
  if (BigInt.asIntN(64, big) !== big && BigInt.asUintN(64, big) !== big) {
    throw new UsageError(`${what} takes an integer of 64 bits; ${big} has more`);
  }
  view.setBigInt64(0, big, true);
  return ofPair(view.getInt32(0, true), view.getInt32(4, true));
}

function vectorOf(value: unknown, what: string): Bits {
  if (value instanceof Uint8Array && value.length === 16) return ofBytes(value);
  throw new UsageError(`${what} takes a v128: pass a Uint8Array of 16 bytes, or text such as 'i32x4 1 2 3 4'`);
}
