/**
 * Conversions between integers and floats. A float operand is a JavaScript number, f32 or f64 alike:
 * every f32 is a number, and the bounds below are right for both. An i64 is two words as in i64.ts.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#conversions
 */
import { Trap } from '../../syntax/index.ts';

const TWO_31 = 0x8000_0000;
const TWO_32 = 0x1_0000_0000;
const TWO_63 = TWO_31 * TWO_32;
const TWO_64 = TWO_32 * TWO_32;
/** High words from −2^21 to below 2^21 make values that a double holds exactly. */
const EXACT_HIGH = 0x20_0000;

/** Why a float is no integer of the type: it is NaN, or it is too large. */
function trapConversion(value: number): never {
  // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN
  throw new Trap(value !== value ? 'invalid-conversion' : 'integer-overflow');
}

/**
 * `i32.trunc_f32_s`, `i32.trunc_f64_s` — toward zero, to a signed int32.
 *
 * @throws {Trap} `invalid conversion to integer` for NaN
 * @throws {Trap} `integer overflow` when the truncated value is no i32
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-trunc-s
 */
export function i32TruncS(value: number): number {
  if (!(value > -TWO_31 - 1 && value < TWO_31)) trapConversion(value);
  return value | 0;
}

/**
 * `i32.trunc_f32_u`, `i32.trunc_f64_u` — toward zero; the u32 comes as a signed int32.
 *
 * @throws {Trap} `invalid conversion to integer` for NaN
 * @throws {Trap} `integer overflow` when the truncated value is no u32
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-trunc-u
 */
export function i32TruncU(value: number): number {
  if (!(value > -1 && value < TWO_32)) trapConversion(value);
  return value | 0;
}

/** `i32.trunc_sat_*_s` — NaN gives 0, the rest the nearest i32. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-trunc-sat-s */
export function i32TruncSatS(value: number): number {
  if (value >= TWO_31) return TWO_31 - 1;
  if (value <= -TWO_31) return -TWO_31;
  return value | 0;
}

/** `i32.trunc_sat_*_u` — NaN gives 0, the rest the nearest u32. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-trunc-sat-u */
export function i32TruncSatU(value: number): number {
  if (value >= TWO_32) return -1;
  return value > 0 ? value | 0 : 0;
}

/** Writes a number that truncates into −2^63 … 2^64 − 1 as two words; every step is exact. */
function writeTruncated(I: Int32Array, d: number, value: number): void {
  const whole = Math.trunc(value);
  const hi = Math.floor(whole / TWO_32);
  I[d] = whole - hi * TWO_32;
  I[d + 1] = hi;
}

/**
 * `i64.trunc_f32_s`, `i64.trunc_f64_s` — toward zero, to the i64 at `d`.
 *
 * @throws {Trap} `invalid conversion to integer` for NaN
 * @throws {Trap} `integer overflow` when the truncated value is no i64
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-trunc-s
 */
export function i64TruncS(I: Int32Array, d: number, value: number): void {
  if (!(value >= -TWO_63 && value < TWO_63)) trapConversion(value);
  writeTruncated(I, d, value);
}

/**
 * `i64.trunc_f32_u`, `i64.trunc_f64_u` — toward zero, to the u64 at `d`.
 *
 * @throws {Trap} `invalid conversion to integer` for NaN
 * @throws {Trap} `integer overflow` when the truncated value is no u64
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-trunc-u
 */
export function i64TruncU(I: Int32Array, d: number, value: number): void {
  if (!(value > -1 && value < TWO_64)) trapConversion(value);
  writeTruncated(I, d, value);
}

/** `i64.trunc_sat_*_s` — NaN gives 0, the rest the nearest i64. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-trunc-sat-s */
export function i64TruncSatS(I: Int32Array, d: number, value: number): void {
  if (value >= TWO_63) {
    I[d] = -1;
    I[d + 1] = TWO_31 - 1;
  } else if (value >= -TWO_63) {
    writeTruncated(I, d, value);
  } else {
    I[d] = 0;
    // Only NaN is left beside what lies below −2^63.
    I[d + 1] = value < 0 ? -TWO_31 : 0;
  }
}

/** `i64.trunc_sat_*_u` — NaN gives 0, the rest the nearest u64. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-trunc-sat-u */
export function i64TruncSatU(I: Int32Array, d: number, value: number): void {
  if (value >= TWO_64) {
    I[d] = -1;
    I[d + 1] = -1;
  } else if (value > 0) {
    writeTruncated(I, d, value);
  } else {
    I[d] = 0;
    I[d + 1] = 0;
  }
}

/** `f64.convert_i64_s` — rounded once: the high word's part is exact. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-convert-s */
export function f64ConvertI64S(lo: number, hi: number): number {
  return hi * TWO_32 + (lo >>> 0);
}

/** `f64.convert_i64_u` — rounded once: the high word's part is exact. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-convert-u */
export function f64ConvertI64U(lo: number, hi: number): number {
  return (hi >>> 0) * TWO_32 + (lo >>> 0);
}

/**
 * The low word of a value of 2^53 or more, made exact for a double without changing what an f32 of
 * the value is: bits 0–10, far below an f32's last place, are gathered into bit 11.
 */
function stickyLow(lo: number): number {
  return (lo & 0x7ff) === 0 ? lo : (lo & ~0x7ff) | 0x800;
}

/**
 * `f32.convert_i64_s` — to the nearest f32, ties to even. Going by a rounded f64 would round twice.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-convert-s
 */
export function f32ConvertI64S(lo: number, hi: number): number {
  const exact = hi >= -EXACT_HIGH && hi < EXACT_HIGH;
  return Math.fround(hi * TWO_32 + ((exact ? lo : stickyLow(lo)) >>> 0));
}

/**
 * `f32.convert_i64_u` — to the nearest f32, ties to even. Going by a rounded f64 would round twice.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-convert-u
 */
export function f32ConvertI64U(lo: number, hi: number): number {
  const exact = hi >>> 0 < EXACT_HIGH;
  return Math.fround((hi >>> 0) * TWO_32 + ((exact ? lo : stickyLow(lo)) >>> 0));
}
