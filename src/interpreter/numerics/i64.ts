/**
 * i64 operators on two int32 words. Operands stand in the value stack, low word at `I[a]`, high word
 * at `I[a + 1]`; results go to `I[d]` and `I[d + 1]`. `d` may be an operand: words are read before
 * any is written. Nothing allocates and nothing uses BigInt.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#integer-operations
 */
import { i32Ctz, i32Popcnt, trapDivideByZero, trapIntegerOverflow } from './i32.ts';

const I32_MIN = -0x80000000;
const TWO_32 = 0x1_0000_0000;
/** High words below this make values below 2^53, which a double holds exactly. */
const EXACT_HIGH = 0x20_0000;

/** High 32 bits of the 64-bit product of two unsigned words. Signed int32 in and out. */
export function mulHighU32(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16);
  const cross = Math.imul(a0, b1) + (middle & 0xffff);
  return (Math.imul(a1, b1) + (middle >>> 16) + (cross >>> 16)) | 0;
}

/** `i64.add`. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-iadd */
export function i64Add(I: Int32Array, d: number, a: number, b: number): void {
  const aLo = I[a]!;
  const lo = (aLo + I[b]!) | 0;
  const hi = I[a + 1]! + I[b + 1]! + (lo >>> 0 < aLo >>> 0 ? 1 : 0);
  I[d] = lo;
  I[d + 1] = hi;
}

/** `i64.sub`. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-isub */
export function i64Sub(I: Int32Array, d: number, a: number, b: number): void {
  const aLo = I[a]!;
  const bLo = I[b]!;
  const hi = I[a + 1]! - I[b + 1]! - (aLo >>> 0 < bLo >>> 0 ? 1 : 0);
  I[d] = aLo - bLo;
  I[d + 1] = hi;
}

/** `i64.mul` — the low 64 bits of the product. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-imul */
export function i64Mul(I: Int32Array, d: number, a: number, b: number): void {
  const aLo = I[a]!;
  const bLo = I[b]!;
  const hi = mulHighU32(aLo, bLo) + Math.imul(aLo, I[b + 1]!) + Math.imul(I[a + 1]!, bLo);
  I[d] = Math.imul(aLo, bLo);
  I[d + 1] = hi;
}

/** Writes 0 − the i64 at `d` to `d`. */
function negateInPlace(I: Int32Array, d: number): void {
  const lo = I[d]!;
  I[d] = -lo;
  I[d + 1] = ~I[d + 1]! + (lo === 0 ? 1 : 0);
}

/**
 * Unsigned 64/64 division for operands below 2^53: doubles hold them exactly, and rounding a quotient
 * of such integers never reaches the next integer.
 */
function divRemExact(I: Int32Array, d: number, dividend: number, divisor: number, remainder: boolean): void {
  const result = remainder ? dividend % divisor : Math.floor(dividend / divisor);
  I[d] = result | 0;
  I[d + 1] = (result / TWO_32) | 0;
}

/**
 * Unsigned division by a divisor below 2^32: schoolbook, in base 2^32 for the high word and then in
 * base 2^16, where a remainder and the next digit fit a double's integers.
 */
function divRemByWord(I: Int32Array, d: number, lo: number, hi: number, divisor: number, remainder: boolean): void {
  const qHi = Math.floor(hi / divisor);
  const upper = (hi - qHi * divisor) * 0x10000 + (lo >>> 16);
  const q1 = Math.floor(upper / divisor);
  const lower = (upper - q1 * divisor) * 0x10000 + (lo & 0xffff);
  const q0 = Math.floor(lower / divisor);
  if (remainder) {
    I[d] = lower - q0 * divisor;
    I[d + 1] = 0;
  } else {
    I[d] = (q1 << 16) | q0;
    I[d + 1] = qHi;
  }
}

/**
 * Unsigned division by a divisor of 2^32 or more, so that the quotient is one word. Dividing rounded
 * doubles errs by less than 2^-19; an estimate lowered by more than that is the quotient or one less,
 * and the remainder tells which.
 */
function divRemLong(
  I: Int32Array,
  d: number,
  aLo: number,
  aHi: number,
  bLo: number,
  bHi: number,
  remainder: boolean,
): void {
  const dividend = (aHi >>> 0) * TWO_32 + (aLo >>> 0);
  const divisor = (bHi >>> 0) * TWO_32 + (bLo >>> 0);
  let quotient = Math.floor(Math.max(0, dividend / divisor - 0.001)) | 0;
  const productLo = Math.imul(quotient, bLo);
  const productHi = mulHighU32(quotient, bLo) + Math.imul(quotient, bHi);
  let restLo = (aLo - productLo) | 0;
  let restHi = (aHi - productHi - (aLo >>> 0 < productLo >>> 0 ? 1 : 0)) | 0;
  if (i64GeU(restLo, restHi, bLo, bHi) === 1) {
    quotient = (quotient + 1) | 0;
    restHi = (restHi - bHi - (restLo >>> 0 < bLo >>> 0 ? 1 : 0)) | 0;
    restLo = (restLo - bLo) | 0;
  }
  I[d] = remainder ? restLo : quotient;
  I[d + 1] = remainder ? restHi : 0;
}

/** Unsigned quotient or remainder; the divisor is not 0. */
function divRem(
  I: Int32Array,
  d: number,
  aLo: number,
  aHi: number,
  bLo: number,
  bHi: number,
  remainder: boolean,
): void {
  if (aHi >>> 0 < EXACT_HIGH && bHi >>> 0 < EXACT_HIGH) {
    divRemExact(I, d, aHi * TWO_32 + (aLo >>> 0), bHi * TWO_32 + (bLo >>> 0), remainder);
  } else if (bHi === 0) {
    divRemByWord(I, d, aLo, aHi >>> 0, bLo >>> 0, remainder);
  } else {
    divRemLong(I, d, aLo, aHi, bLo, bHi, remainder);
  }
}

/** Quotient or remainder of the operands' magnitudes; the caller gives the result its sign. */
function divRemMagnitudes(
  I: Int32Array,
  d: number,
  aLo: number,
  aHi: number,
  bLo: number,
  bHi: number,
  remainder: boolean,
): void {
  const aNegative = aHi < 0;
  const bNegative = bHi < 0;
  divRem(
    I,
    d,
    aNegative ? -aLo | 0 : aLo,
    aNegative ? (~aHi + (aLo === 0 ? 1 : 0)) | 0 : aHi,
    bNegative ? -bLo | 0 : bLo,
    bNegative ? (~bHi + (bLo === 0 ? 1 : 0)) | 0 : bHi,
    remainder,
  );
}

/**
 * `i64.div_s` — signed division, rounded toward zero.
 *
 * @throws {Trap} `integer divide by zero` when the divisor is 0
 * @throws {Trap} `integer overflow` for -2^63 / -1
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-idiv-s
 */
export function i64DivS(I: Int32Array, d: number, a: number, b: number): void {
  const aLo = I[a]!;
  const aHi = I[a + 1]!;
  const bLo = I[b]!;
  const bHi = I[b + 1]!;
  if ((bLo | bHi) === 0) trapDivideByZero();
  if ((bLo & bHi) === -1 && aLo === 0 && aHi === I32_MIN) trapIntegerOverflow();
  divRemMagnitudes(I, d, aLo, aHi, bLo, bHi, false);
  if ((aHi ^ bHi) < 0) negateInPlace(I, d);
}

/**
 * `i64.div_u` — unsigned division, rounded toward zero.
 *
 * @throws {Trap} `integer divide by zero` when the divisor is 0
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-idiv-u
 */
export function i64DivU(I: Int32Array, d: number, a: number, b: number): void {
  const bLo = I[b]!;
  const bHi = I[b + 1]!;
  if ((bLo | bHi) === 0) trapDivideByZero();
  divRem(I, d, I[a]!, I[a + 1]!, bLo, bHi, false);
}

/**
 * `i64.rem_s` — remainder with the dividend's sign; -2^63 rem -1 is 0 and no overflow.
 *
 * @throws {Trap} `integer divide by zero` when the divisor is 0
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-irem-s
 */
export function i64RemS(I: Int32Array, d: number, a: number, b: number): void {
  const aHi = I[a + 1]!;
  const bLo = I[b]!;
  const bHi = I[b + 1]!;
  if ((bLo | bHi) === 0) trapDivideByZero();
  divRemMagnitudes(I, d, I[a]!, aHi, bLo, bHi, true);
  if (aHi < 0) negateInPlace(I, d);
}

/**
 * `i64.rem_u` — remainder of the unsigned division.
 *
 * @throws {Trap} `integer divide by zero` when the divisor is 0
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-irem-u
 */
export function i64RemU(I: Int32Array, d: number, a: number, b: number): void {
  const bLo = I[b]!;
  const bHi = I[b + 1]!;
  if ((bLo | bHi) === 0) trapDivideByZero();
  divRem(I, d, I[a]!, I[a + 1]!, bLo, bHi, true);
}

/** Shifts left by a JavaScript number, taken modulo 64. */
export function i64ShlBy(I: Int32Array, d: number, a: number, count: number): void {
  const lo = I[a]!;
  const hi = I[a + 1]!;
  const n = count & 63;
  if (n === 0) {
    I[d] = lo;
    I[d + 1] = hi;
  } else if (n < 32) {
    I[d] = lo << n;
    I[d + 1] = (hi << n) | (lo >>> (32 - n));
  } else {
    I[d] = 0;
    I[d + 1] = lo << (n - 32);
  }
}

/** Shifts right by a JavaScript number, taken modulo 64, keeping the sign. */
export function i64ShrSBy(I: Int32Array, d: number, a: number, count: number): void {
  const lo = I[a]!;
  const hi = I[a + 1]!;
  const n = count & 63;
  if (n === 0) {
    I[d] = lo;
    I[d + 1] = hi;
  } else if (n < 32) {
    I[d] = (lo >>> n) | (hi << (32 - n));
    I[d + 1] = hi >> n;
  } else {
    I[d] = hi >> (n - 32);
    I[d + 1] = hi >> 31;
  }
}

/** Shifts right by a JavaScript number, taken modulo 64, filling with zeros. */
export function i64ShrUBy(I: Int32Array, d: number, a: number, count: number): void {
  const lo = I[a]!;
  const hi = I[a + 1]!;
  const n = count & 63;
  if (n === 0) {
    I[d] = lo;
    I[d + 1] = hi;
  } else if (n < 32) {
    I[d] = (lo >>> n) | (hi << (32 - n));
    I[d + 1] = hi >>> n;
  } else {
    I[d] = hi >>> (n - 32);
    I[d + 1] = 0;
  }
}

/** `i64.clz` — leading zeros; 64 for 0. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-iclz */
export function i64Clz(I: Int32Array, d: number, a: number): void {
  const hi = I[a + 1]!;
  I[d] = hi === 0 ? 32 + Math.clz32(I[a]!) : Math.clz32(hi);
  I[d + 1] = 0;
}

/** `i64.ctz` — trailing zeros; 64 for 0. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ictz */
export function i64Ctz(I: Int32Array, d: number, a: number): void {
  const lo = I[a]!;
  I[d] = lo === 0 ? 32 + i32Ctz(I[a + 1]!) : i32Ctz(lo);
  I[d + 1] = 0;
}

/** `i64.popcnt` — bits that are 1. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ipopcnt */
export function i64Popcnt(I: Int32Array, d: number, a: number): void {
  I[d] = i32Popcnt(I[a]!) + i32Popcnt(I[a + 1]!);
  I[d + 1] = 0;
}

/** `i64.eq`, as 0 or 1. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ieq */
export function i64Eq(aLo: number, aHi: number, bLo: number, bHi: number): 0 | 1 {
  return aLo === bLo && aHi === bHi ? 1 : 0;
}

/** `i64.ne`, as 0 or 1. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ine */
export function i64Ne(aLo: number, aHi: number, bLo: number, bHi: number): 0 | 1 {
  return aLo !== bLo || aHi !== bHi ? 1 : 0;
}

/** `i64.lt_s`, as 0 or 1. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ilt-s */
export function i64LtS(aLo: number, aHi: number, bLo: number, bHi: number): 0 | 1 {
  return aHi < bHi || (aHi === bHi && aLo >>> 0 < bLo >>> 0) ? 1 : 0;
}

/** `i64.gt_s`, as 0 or 1. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-igt-s */
export function i64GtS(aLo: number, aHi: number, bLo: number, bHi: number): 0 | 1 {
  return aHi > bHi || (aHi === bHi && aLo >>> 0 > bLo >>> 0) ? 1 : 0;
}

/** `i64.le_s`, as 0 or 1. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ile-s */
export function i64LeS(aLo: number, aHi: number, bLo: number, bHi: number): 0 | 1 {
  return aHi < bHi || (aHi === bHi && aLo >>> 0 <= bLo >>> 0) ? 1 : 0;
}

/** `i64.ge_s`, as 0 or 1. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ige-s */
export function i64GeS(aLo: number, aHi: number, bLo: number, bHi: number): 0 | 1 {
  return aHi > bHi || (aHi === bHi && aLo >>> 0 >= bLo >>> 0) ? 1 : 0;
}

/** `i64.ge_u`, as 0 or 1. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ige-u */
export function i64GeU(aLo: number, aHi: number, bLo: number, bHi: number): 0 | 1 {
  return aHi >>> 0 > bHi >>> 0 || (aHi === bHi && aLo >>> 0 >= bLo >>> 0) ? 1 : 0;
}
