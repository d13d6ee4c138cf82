/**
 * f32 operators that are not one JavaScript operator. An f32 is a number that `Math.fround` leaves as
 * it is; the operators of f64.ts that choose or round to integers give such a number from such
 * numbers. NaN as in f64.ts.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations
 */
export {
  f64Ceil as f32Ceil,
  f64Floor as f32Floor,
  f64Max as f32Max,
  f64Min as f32Min,
  f64Nearest as f32Nearest,
  f64Trunc as f32Trunc,
} from './f64.ts';
