/**
 * Float literals → bits, correctly rounded: decimal and hexadecimal of any length, infinities and
 * NaN payloads.
 *
 * Decimal f64 literals go through `Number`, which rounds correctly in every engine we know. Decimal
 * f32 must not be rounded twice: where the f64 lies exactly between two f32, the literal itself decides.
 *
 * @see https://webassembly.github.io/spec/core/text/values.html#floating-point
 */
import { hexDigitValue } from './characters.ts';
import { type IntegerBits, readInteger } from './number-literals.ts';

const doubles = new Float64Array(1);
const doubleWords = new Int32Array(doubles.buffer);
const singles = new Float32Array(1);
const singleWords = new Int32Array(singles.buffer);
const LO = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
const HI = 1 - LO;

const SIGN = 0x8000_0000 | 0;
const F32_INFINITY_BITS = 0x7f80_0000;
const F64_INFINITY_HI = 0x7ff0_0000;
const F32_QUIET_BIT = 0x0040_0000;
const F64_QUIET_BIT_HI = 0x0008_0000;

/** Bits of an f64 value. */
export function f64Bits(value: number): IntegerBits {
  doubles[0] = value;
  return { lo: doubleWords[LO]!, hi: doubleWords[HI]! };
}

/** Bits of the f32 nearest to a value. */
export function f32Bits(value: number): number {
  singles[0] = value;
  return singleWords[0]!;
}

/** The f32 with these bits; 2^128, one step above the greatest, for those of infinity. */
function f32Magnitude(bits: number): number {
  if (bits === F32_INFINITY_BITS) return 2 ** 128;
  singleWords[0] = bits;
  return singles[0]!;
}

interface FloatText {
  readonly negative: boolean;
  /** The literal without its sign and underscores. */
  readonly magnitude: string;
}

function splitSign(text: string): FloatText {
  const negative = text.startsWith('-');
  const unsigned = negative || text.startsWith('+') ? text.slice(1) : text;
  return { negative, magnitude: unsigned.includes('_') ? unsigned.replace(/_/g, '') : unsigned };
}

/** Bits of a literal of form `nat`, `int` or `float`; `undefined` when out of range. */
export function readF32(text: string): number | undefined {
  const { negative, magnitude } = splitSign(text);
  const bits = f32MagnitudeBits(magnitude);
  return bits === undefined ? undefined : negative ? bits | SIGN : bits;
}

function f32MagnitudeBits(magnitude: string): number | undefined {
  if (magnitude === 'inf') return F32_INFINITY_BITS;
  if (magnitude === 'nan') return F32_INFINITY_BITS | F32_QUIET_BIT;
  if (magnitude.startsWith('nan:')) {
    const { lo, hi, overflow } = readInteger(magnitude, 4);
    const isPayload = !overflow && hi === 0 && lo >= 1 && lo < 2 ** 23;
    return isPayload ? F32_INFINITY_BITS | lo : undefined;
  }
  const bits = magnitude.startsWith('0x') ? f32Bits(readHexFloat(magnitude, 24, -126)) : decimalF32Bits(magnitude);
  return bits === F32_INFINITY_BITS ? undefined : bits;
}

/** Bits of a literal of form `nat`, `int` or `float`; `undefined` when out of range. */
export function readF64(text: string): IntegerBits | undefined {
  const { negative, magnitude } = splitSign(text);
  const bits = f64MagnitudeBits(magnitude);
  return bits === undefined || !negative ? bits : { lo: bits.lo, hi: bits.hi | SIGN };
}

function f64MagnitudeBits(magnitude: string): IntegerBits | undefined {
  if (magnitude === 'inf') return { lo: 0, hi: F64_INFINITY_HI };
  if (magnitude === 'nan') return { lo: 0, hi: F64_INFINITY_HI | F64_QUIET_BIT_HI };
  if (magnitude.startsWith('nan:')) {
    const { lo, hi, overflow } = readInteger(magnitude, 4);
    const isPayload = !overflow && hi < 2 ** 20 && (lo !== 0 || hi !== 0);
    return isPayload ? { lo: lo | 0, hi: F64_INFINITY_HI | hi } : undefined;
  }
  const value = magnitude.startsWith('0x') ? readHexFloat(magnitude, 53, -1022) : Number(magnitude);
  return value === Infinity ? undefined : f64Bits(value);
}

/** 2^exponent for −1074 ≤ exponent ≤ 1023, exactly. */
function powerOfTwo(exponent: number): number {
  const isNormal = exponent >= -1022;
  doubleWords[LO] = !isNormal && exponent < -1042 ? 1 << (exponent + 1074) : 0;
  doubleWords[HI] = isNormal ? (exponent + 1023) << 20 : exponent >= -1042 ? 1 << (exponent + 1042) : 0;
  return doubles[0]!;
}

/** A hexadecimal literal's significand: its leading 64 bits, top bit set, and what was cut off. */
interface Significand {
  readonly hi: number;
  readonly lo: number;
  /** Bits beyond the 64 that are not all zero. */
  readonly sticky: boolean;
  /** Exponent of the leading bit. */
  readonly exponent: number;
}

/** Reads `0x1.8p3`; `undefined` for zero. */
function readSignificand(text: string): Significand | undefined {
  const mark = text.search(/[pP]/);
  const end = mark < 0 ? text.length : mark;
  const point = text.indexOf('.');
  const integerEnd = point < 0 ? end : point;
  let hi = 0;
  let lo = 0;
  let digitCount = 0;
  let sticky = false;
  let leadingAt = -1;
  for (let i = 2; i < end; i++) {
    if (i === point) continue;
    const digit = hexDigitValue(text.charCodeAt(i));
    if (digitCount === 0 && digit === 0) continue;
    if (digitCount === 0) leadingAt = i;
    if (digitCount < 16) {
      hi = ((hi << 4) | (lo >>> 28)) >>> 0;
      lo = ((lo << 4) | digit) >>> 0;
    } else if (digit !== 0) sticky = true;
    digitCount++;
  }
  if (leadingAt < 0) return undefined;
  for (let i = digitCount; i < 16; i++) {
    hi = ((hi << 4) | (lo >>> 28)) >>> 0;
    lo = (lo << 4) >>> 0;
  }
  // The digit before the point has weight 16^0.
  const digitExponent = leadingAt < integerEnd ? integerEnd - 1 - leadingAt : integerEnd - leadingAt;
  const written = mark < 0 ? 0 : Number(text.slice(mark + 1));
  let exponent = digitExponent * 4 + 3 + Math.max(-1e9, Math.min(1e9, written));
  // Sixteen digits fill 64 bits from the top, but for the leading digit's own zero bits.
  while (hi < 0x8000_0000) {
    hi = ((hi << 1) | (lo >>> 31)) >>> 0;
    lo = (lo << 1) >>> 0;
    exponent--;
  }
  return { hi, lo, sticky, exponent };
}

/**
 * Value of a hexadecimal literal rounded to `precision` bits, ties to even, with subnormals below
 * 2^minExponent; infinity when too great.
 */
function readHexFloat(text: string, precision: number, minExponent: number): number {
  const significand = readSignificand(text);
  if (significand === undefined) return 0;
  const { hi, lo, sticky, exponent } = significand;
  if (exponent > 1023) return Infinity;
  const kept = precision - Math.max(0, minExponent - exponent);
  if (kept < 0) return 0;
  const top = kept <= 32 ? shiftRight(hi, 32 - kept) : hi * 2 ** (kept - 32) + shiftRight(lo, 64 - kept);
  const isRoundBitSet = kept < 32 ? ((hi >>> (31 - kept)) & 1) === 1 : ((lo >>> (63 - kept)) & 1) === 1;
  const restHi = kept < 31 ? hi & (2 ** (31 - kept) - 1) : 0;
  const restLo = kept < 31 ? lo : kept < 63 ? lo & (2 ** (63 - kept) - 1) : 0;
  const isAboveHalf = sticky || restHi !== 0 || (kept === 31 ? lo !== 0 : restLo !== 0);
  const rounded = isRoundBitSet && (isAboveHalf || top % 2 === 1) ? top + 1 : top;
  // With top == 2^precision the product is the next power of two, which is exact as well.
  return rounded * powerOfTwo(exponent - kept + 1);
}

/** `value >>> count` that knows 32 shifts everything out. */
function shiftRight(value: number, count: number): number {
  return count >= 32 ? 0 : value >>> count;
}

function decimalF32Bits(text: string): number {
  const value = Number(text);
  const bits = f32Bits(value);
  const rounded = f32Magnitude(bits);
  if (rounded === value || value === Infinity) return bits;
  const other = rounded < value ? bits + 1 : bits - 1;
  const isTie = (rounded + f32Magnitude(other)) / 2 === value;
  if (!isTie) return bits;
  const order = compareDecimal(text, value);
  if (order === 0) return bits;
  return order > 0 ? Math.max(bits, other) : Math.min(bits, other);
}

/** A decimal number 0.d1d2d3… × 10^exponent, without leading or trailing zeros. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/** Negative, 0 or positive as the literal is below, at or above `value`, which is finite and positive. */
function compareDecimal(text: string, value: number): number {
  const literal = decimalOf(text);
  const exact = exactDecimal(value);
  if (literal.exponent !== exact.exponent) return literal.exponent - exact.exponent;
  if (literal.digits === exact.digits) return 0;
  return literal.digits < exact.digits ? -1 : 1;
}

function normalized(digits: string, exponent: number): Decimal {
  let start = 0;
  let end = digits.length;
  while (digits[start] === '0') start++;
  while (end > start && digits[end - 1] === '0') end--;
  return { digits: digits.slice(start, end), exponent: exponent - start };
}

function decimalOf(text: string): Decimal {
  const [mantissa, exponent] = text.toLowerCase().split('e') as [string, string | undefined];
  const [integer, fraction] = mantissa.split('.') as [string, string | undefined];
  return normalized(integer + (fraction ?? ''), integer.length + Number(exponent ?? 0));
}

const LIMB = 1e7;
const LIMB_DIGITS = 7;

/** Every digit of a double: an integer times a power of 2 is an integer times one of 5 and 10. */
function exactDecimal(value: number): Decimal {
  let integer = value;
  let exponent2 = 0;
  while (integer !== Math.floor(integer)) {
    integer *= 2;
    exponent2--;
  }
  while (integer >= 2 ** 53) {
    integer /= 2;
    exponent2++;
  }
  const limbs = [integer % LIMB, Math.floor(integer / LIMB) % LIMB, Math.floor(integer / LIMB / LIMB)];
  const factor = exponent2 < 0 ? 5 : 2;
  for (let i = Math.abs(exponent2); i > 0; i--) multiplyLimbs(limbs, factor);
  const digits = limbs
    .reverse()
    .map((limb) => String(limb).padStart(LIMB_DIGITS, '0'))
    .join('');
  return normalized(digits, digits.length + Math.min(0, exponent2));
}

function multiplyLimbs(limbs: number[], factor: number): void {
  let carry = 0;
  for (let i = 0; i < limbs.length; i++) {
    const product = limbs[i]! * factor + carry;
    limbs[i] = product % LIMB;
    carry = Math.floor(product / LIMB);
  }
  if (carry > 0) limbs.push(carry);
}
