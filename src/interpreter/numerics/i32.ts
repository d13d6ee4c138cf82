/**
 * i32 operators that are more than one JavaScript expression. Operands and results are signed
 * int32 numbers, the engine's normal form; unsigned operators take and give that form too.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#integer-operations
 */
import { Trap } from '../../syntax/index.ts';

const I32_MIN = -0x80000000;

/** Thrown from here, so that the operators stay small enough to be inlined. */
export function trapDivideByZero(): never {
  throw new Trap('integer-divide-by-zero');
}

/** The quotient or the truncated float has no place in the result's type. */
export function trapIntegerOverflow(): never {
  throw new Trap('integer-overflow');
}

/**
 * `i32.div_s` — signed division, rounded toward zero.
 *
 * @throws {Trap} `integer divide by zero` when `divisor` is 0
 * @throws {Trap} `integer overflow` for -2^31 / -1, whose quotient 2^31 is no i32
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-idiv-s
 */
export function i32DivS(dividend: number, divisor: number): number {
  if (divisor === 0) trapDivideByZero();
  if (dividend === I32_MIN && divisor === -1) trapIntegerOverflow();
  return (dividend / divisor) | 0;
}

/**
 * `i32.div_u` — unsigned division, rounded toward zero.
 *
 * @throws {Trap} `integer divide by zero` when `divisor` is 0
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-idiv-u
 */
export function i32DivU(dividend: number, divisor: number): number {
  if (divisor === 0) trapDivideByZero();
  return ((dividend >>> 0) / (divisor >>> 0)) | 0;
}

/**
 * `i32.rem_s` — remainder with the dividend's sign; -2^31 rem -1 is 0 and no overflow.
 *
 * @throws {Trap} `integer divide by zero` when `divisor` is 0
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-irem-s
 */
export function i32RemS(dividend: number, divisor: number): number {
  if (divisor === 0) trapDivideByZero();
  return (dividend % divisor) | 0;
}

/**
 * `i32.rem_u` — remainder of the unsigned division.
 *
 * @throws {Trap} `integer divide by zero` when `divisor` is 0
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-irem-u
 */
export function i32RemU(dividend: number, divisor: number): number {
  if (divisor === 0) trapDivideByZero();
  return ((dividend >>> 0) % (divisor >>> 0)) | 0;
}

/** `i32.ctz` — trailing zeros; 32 for 0. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ictz */
export function i32Ctz(value: number): number {
  return value === 0 ? 32 : 31 - Math.clz32(value & -value);
}

/** `i32.popcnt` — bits that are 1. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ipopcnt */
export function i32Popcnt(value: number): number {
  const pairs = value - ((value >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  const bytes = (nibbles + (nibbles >>> 4)) & 0x0f0f0f0f;
  return Math.imul(bytes, 0x01010101) >>> 24;
}
