/**
 * f64 operators that are not one JavaScript operator. A result that is NaN has no chosen bits here:
 * whoever writes it to the value stack writes the canonical NaN. `abs`, `neg` and `copysign` are no
 * arithmetic; they work on words.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations
 */

/** From here on every f64 is an integer. */
const TWO_52 = 0x10_0000_0000_0000;

/** `f64.min` — NaN if either is; −0 is below +0. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-fmin */
export function f64Min(a: number, b: number): number {
  return Math.min(a, b);
}

/** `f64.max` — NaN if either is; +0 is above −0. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-fmax */
export function f64Max(a: number, b: number): number {
  return Math.max(a, b);
}

/** `f64.ceil` — keeps zero's sign: −0.5 gives −0. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-fceil */
export function f64Ceil(a: number): number {
  return Math.ceil(a);
}

/** `f64.floor` — keeps zero's sign. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ffloor */
export function f64Floor(a: number): number {
  return Math.floor(a);
}

/** `f64.trunc` — toward zero; −0.5 gives −0. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ftrunc */
export function f64Trunc(a: number): number {
  return Math.trunc(a);
}

/**
 * `f64.nearest` — the nearest integer, ties to the even one, zero's sign kept.
 *
 * Adding 2^52 leaves no room for a fraction, so the hardware rounds it, ties to even.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#op-fnearest
 */
export function f64Nearest(a: number): number {
  if (a > 0) return a < TWO_52 ? a + TWO_52 - TWO_52 : a;
  // Negating a magnitude keeps −0.3 at −0. Zeros and NaN come back as they are.
  if (a < 0) return a > -TWO_52 ? -(TWO_52 - a - TWO_52) : a;
  return a;
}
