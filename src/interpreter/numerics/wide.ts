/**
 * Wide arithmetic: 128-bit sums and products as two i64, low then high. Operands are word indices of
 * i64 values as in i64.ts; the result's low i64 goes to `d`, its high i64 to the next slot, `d + 2`.
 * All words are read before any is written.
 *
 * @see https://github.com/WebAssembly/wide-arithmetic/blob/main/proposals/wide-arithmetic/Overview.md
 */
import { mulHighU32 } from './i64.ts';

const TWO_32 = 0x1_0000_0000;

/** `i64.add128` — (aHi:aLo) + (bHi:bLo) modulo 2^128. */
export function i64Add128(I: Int32Array, d: number, aLo: number, aHi: number, bLo: number, bHi: number): void {
  const w0 = (I[aLo]! >>> 0) + (I[bLo]! >>> 0);
  const w1 = (I[aLo + 1]! >>> 0) + (I[bLo + 1]! >>> 0) + (w0 >= TWO_32 ? 1 : 0);
  const w2 = (I[aHi]! >>> 0) + (I[bHi]! >>> 0) + (w1 >= TWO_32 ? 1 : 0);
  const w3 = I[aHi + 1]! + I[bHi + 1]! + (w2 >= TWO_32 ? 1 : 0);
  I[d] = w0;
  I[d + 1] = w1;
  I[d + 2] = w2;
  I[d + 3] = w3;
}

/** `i64.sub128` — (aHi:aLo) − (bHi:bLo) modulo 2^128. */
export function i64Sub128(I: Int32Array, d: number, aLo: number, aHi: number, bLo: number, bHi: number): void {
  const w0 = (I[aLo]! >>> 0) - (I[bLo]! >>> 0);
  const w1 = (I[aLo + 1]! >>> 0) - (I[bLo + 1]! >>> 0) - (w0 < 0 ? 1 : 0);
  const w2 = (I[aHi]! >>> 0) - (I[bHi]! >>> 0) - (w1 < 0 ? 1 : 0);
  const w3 = I[aHi + 1]! - I[bHi + 1]! - (w2 < 0 ? 1 : 0);
  I[d] = w0;
  I[d + 1] = w1;
  I[d + 2] = w2;
  I[d + 3] = w3;
}

/** `i64.mul_wide_u` — the whole 128-bit product of unsigned operands. */
export function i64MulWideU(I: Int32Array, d: number, a: number, b: number): void {
  const aLo = I[a]!;
  const aHi = I[a + 1]!;
  const bLo = I[b]!;
  const bHi = I[b + 1]!;
  const word1 = (mulHighU32(aLo, bLo) >>> 0) + (Math.imul(aLo, bHi) >>> 0) + (Math.imul(aHi, bLo) >>> 0);
  const word2 =
    (mulHighU32(aLo, bHi) >>> 0) +
    (mulHighU32(aHi, bLo) >>> 0) +
    (Math.imul(aHi, bHi) >>> 0) +
    Math.floor(word1 / TWO_32);
  I[d] = Math.imul(aLo, bLo);
  I[d + 1] = word1;
  I[d + 2] = word2;
  I[d + 3] = mulHighU32(aHi, bHi) + Math.floor(word2 / TWO_32);
}

/**
 * `i64.mul_wide_s` — the whole 128-bit product of signed operands: the unsigned product, less the
 * other operand's 2^64-fold for each negative one.
 */
export function i64MulWideS(I: Int32Array, d: number, a: number, b: number): void {
  const aLo = I[a]! >>> 0;
  const aHi = I[a + 1]!;
  const bLo = I[b]! >>> 0;
  const bHi = I[b + 1]!;
  i64MulWideU(I, d, a, b);
  const lessLo = (aHi < 0 ? bLo : 0) + (bHi < 0 ? aLo : 0);
  const lessHi = (aHi < 0 ? bHi : 0) + (bHi < 0 ? aHi : 0);
  const lo = (I[d + 2]! >>> 0) - lessLo;
  I[d + 2] = lo;
  I[d + 3] = I[d + 3]! - lessHi + Math.floor(lo / TWO_32);
}
