/**
 * Fused multiply-add, rounded once, which JavaScript lacks: `relaxed_madd` in the deterministic profile.
 *
 * Error-free transformations split a product or a sum into the rounded value and the exact rest; the rests
 * are summed with rounding to odd, which keeps the last rounding, to nearest, from rounding twice.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-frelaxed-madd
 * @see S. Boldo and G. Melquiond, Emulation of FMA and correctly rounded sums, IEEE Transactions on Computers 57 (2008)
 */

const float = new Float64Array(1);
/** The same number as two words, low first. */
const halves = new Int32Array(float.buffer);

const EXPONENT_BIAS = 1023;
const MANTISSA_BITS = 52;
/** Exponent of the smallest subnormal. */
const MIN_EXPONENT = -1074;
/** Multiplying by it and rounding splits 53 bits into 26 and 27. */
const SPLITTER = 2 ** 27 + 1;
/** An addend whose exponent is so far above the product's is the result. */
const ADDEND_ALONE = 60;
/** Below the product's by this, an addend only says to which side the product is off. */
const ADDEND_NEGLIGIBLE = -120;
const STICKY_EXPONENT = -110;

/** 2^exponent, for normal results. */
function powerOfTwo(exponent: number): number {
  halves[0] = 0;
  halves[1] = (exponent + EXPONENT_BIAS) << 20;
  return float[0]!;
}

/** The exponent of a finite number that is not 0: its magnitude is in [2^e, 2^(e + 1)). */
function exponentOf(value: number): number {
  float[0] = value;
  const biased = (halves[1]! >>> 20) & 0x7ff;
  if (biased !== 0) return biased - EXPONENT_BIAS;
  float[0] = value * 2 ** 54;
  return ((halves[1]! >>> 20) & 0x7ff) - EXPONENT_BIAS - 54;
}

/** `value` · 2^exponent in two steps, since 2^exponent alone may be out of range. */
function scale(value: number, exponent: number): number {
  const half = exponent >> 1;
  return value * powerOfTwo(half) * powerOfTwo(exponent - half);
}

/** What rounding took from `a + b = sum`. Exact; NaN when the sum is not finite. */
function sumError(a: number, b: number, sum: number): number {
  const bRounded = sum - a;
  return a - (sum - bRounded) + (b - bRounded);
}

/** What rounding took from `a * b = product`, for operands in [1, 2). Exact. */
function productError(a: number, b: number, product: number): number {
  const aHigh = SPLITTER * a - (SPLITTER * a - a);
  const bHigh = SPLITTER * b - (SPLITTER * b - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** `a + b`, and when that is inexact the neighbour whose last bit is 1. */
function sumToOdd(a: number, b: number): number {
  const sum = a + b;
  const error = sumError(a, b, sum);
  if (!(error < 0 || error > 0)) return sum;
  float[0] = sum;
  if ((halves[0]! & 1) !== 0) return sum;
  if (error > 0 === sum > 0) halves[0]! |= 1;
  else {
    // One less in magnitude: the low word is even, so only 0 borrows.
    if (halves[0] === 0) halves[1]!--;
    halves[0]!--;
  }
  return float[0]!;
}

/**
 * `a · b + c`, rounded once to f32. The product of two f32 is exact as a number, and a sum rounded to odd
 * at 53 bits may be rounded again at 24.
 */
export function f32Fma(a: number, b: number, c: number): number {
  return Math.fround(sumToOdd(a * b, c));
}

/** `a · b + c`, rounded once to f64. */
export function f64Fma(a: number, b: number, c: number): number {
  // The product alone may overflow, so it is no summand of an infinite `c`.
  if (!Number.isFinite(a) || !Number.isFinite(b)) return a * b + c;
  if (!Number.isFinite(c)) return c;
  if (a === 0 || b === 0) return a * b + c;
  if (c === 0) return a * b;

  const aExponent = exponentOf(a);
  const bExponent = exponentOf(b);
  const cExponent = exponentOf(c);
  const exponent = aExponent + bExponent;
  const distance = cExponent - exponent;
  if (distance >= ADDEND_ALONE) return c;

  const addend = scale(c, -cExponent);
  const isSticky = distance <= ADDEND_NEGLIGIBLE;
  return fmaScaled(
    scale(a, -aExponent),
    scale(b, -bExponent),
    addend * powerOfTwo(isSticky ? STICKY_EXPONENT : distance),
    exponent,
  );
}

/** `(a · b + c) · 2^exponent` with magnitudes of `a` and `b` in [1, 2) and `c` not far from them. */
function fmaScaled(a: number, b: number, c: number, exponent: number): number {
  const product = a * b;
  const productRest = productError(a, b, product);
  const low = c + productRest;
  const lowRest = sumError(c, productRest, low);
  const high = product + low;
  const highRest = sumError(product, low, high);
  const rest = sumToOdd(lowRest, highRest);
  const result = high + rest;
  if (result === 0) return 0;

  const lowest = MIN_EXPONENT - exponent;
  const resultRest = sumError(high, rest, result);
  const bits = exponentOf(result) - lowest;
  // Rounding belongs at the lowest subnormal's place when that is above the last place of 53 bits.
  const isSubnormal = bits < MANTISSA_BITS || (bits === MANTISSA_BITS && resultRest * result < 0);
  return isSubnormal ? roundSubnormal(result, resultRest, lowest) : scale(result, exponent);
}

/** `result + rest`, where `rest` is below `result`'s last place, to a multiple of 2^lowest, which becomes 2^−1074. */
function roundSubnormal(result: number, rest: number, lowest: number): number {
  const magnitude = Math.abs(result);
  // Below a quarter of the unit nothing is left to decide; its own power of two may be out of range.
  if (exponentOf(magnitude) < lowest - 1) return result < 0 ? -0 : 0;
  const units = scale(magnitude, -lowest);
  const whole = Math.floor(units);
  const fraction = units - whole;
  const outward = result < 0 ? -rest : rest;
  const isUp = fraction > 0.5 || (fraction === 0.5 && (outward > 0 || (outward === 0 && whole % 2 === 1)));
  const rounded = (isUp ? whole + 1 : whole) * Number.MIN_VALUE;
  return result < 0 ? -rounded : rounded;
}
