/**
 * Values from text as the text format spells them: numbers, NaNs with payloads, vectors by lanes, `null` and
 * `i31 5`. Other references have no text that could be read back.
 *
 * @see https://webassembly.github.io/spec/core/text/values.html
 */
import {
  abstractHeapTypes,
  F32,
  F64,
  heapTypeOf,
  I32,
  I64,
  isPacked,
  isRef,
  UsageError,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import { integerBits, numberForm, readF32, readF64, readInteger } from '../../text/index.ts';
import { type Bits, checkRef, ofBytes, ofPair, ofRef, ofWord } from './bits.ts';

const laneTypes = {
  i8x16: { bytes: 1, isFloat: false },
  i16x8: { bytes: 2, isFloat: false },
  i32x4: { bytes: 4, isFloat: false },
  i64x2: { bytes: 8, isFloat: false },
  f32x4: { bytes: 4, isFloat: true },
  f64x2: { bytes: 8, isFloat: true },
} as const;

/**
 * @param what names the place in messages
 * @throws {UsageError} for text that is no value of the type
 */
export function parseValue(type: ValType, text: string, what: string): Bits {
  const trimmed = text.trim();
  const bits = read(type, trimmed, what);
  if (bits !== undefined) return bits;
  throw new UsageError(`${what} takes ${exampleOf(type)}, not ${JSON.stringify(trimmed.slice(0, 80))}`);
}

function exampleOf(type: ValType): string {
  if (isRef(type)) return "'null' or 'i31 5' as text";
  if (type === V128) return "16 bytes as lanes, such as 'i32x4 1 2 3 4'";
  if (type === F32 || type === F64) return "a float, such as '1.5', 'inf' or 'nan:0x1'";
  return `an integer of ${type === I64 ? 64 : 32} bits, such as '-5' or '0xff'`;
}

function read(type: ValType, text: string, what: string): Bits | undefined {
  if (isRef(type)) return readRef(type, text, what);
  if (type === V128) return readVector(text);
  const scalar = readScalar(type === F32 || type === F64, type === I64 || type === F64 ? 8 : 4, text);
  return scalar && (type === I32 || type === F32 || isPacked(type) ? ofWord(scalar.lo) : ofPair(scalar.lo, scalar.hi));
}

function readScalar(isFloat: boolean, bytes: number, text: string): { lo: number; hi: number } | undefined {
  const form = numberForm(text);
  if (form === 'none') return undefined;
  if (!isFloat) return form === 'float' ? undefined : integerBits(readInteger(text), 8 * bytes);
  if (bytes === 8) return readF64(text);
  const lo = readF32(text);
  return lo === undefined ? undefined : { lo, hi: 0 };
}

function readVector(text: string): Bits | undefined {
  const [shape = '', ...lanes] = text.split(/\s+/);
  if (!Object.prototype.hasOwnProperty.call(laneTypes, shape)) return undefined;
  const { bytes, isFloat } = laneTypes[shape as keyof typeof laneTypes];
  if (lanes.length !== 16 / bytes) return undefined;
  const vector = new Uint8Array(16);
  for (let lane = 0; lane < lanes.length; lane++) {
    const bits = readScalar(isFloat, bytes, lanes[lane] as string);
    if (bits === undefined) return undefined;
    for (let i = 0; i < bytes; i++) vector[lane * bytes + i] = (i < 4 ? bits.lo : bits.hi) >>> (8 * (i & 3));
  }
  return ofBytes(vector);
}

/** Hierarchies in which a JavaScript number is an i31. */
const i31Supertypes: ReadonlySet<number> = new Set([
  abstractHeapTypes.i31,
  abstractHeapTypes.eq,
  abstractHeapTypes.any,
]);

function readRef(type: ValType, text: string, what: string): Bits | undefined {
  if (text === 'null') {
    checkRef(type, null, what);
    return ofRef(null);
  }
  const number = /^i31\s+(\S+)$/.exec(text)?.[1];
  if (number === undefined || !i31Supertypes.has(heapTypeOf(type))) return undefined;
  const form = numberForm(number);
  const bits = form === 'nat' || form === 'int' ? integerBits(readInteger(number), 31) : undefined;
  return bits && ofRef((bits.lo << 1) >> 1);
}
