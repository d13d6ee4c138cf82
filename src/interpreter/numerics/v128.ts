/**
 * What vector lanes need beyond the scalar operators and what vector-ops.ts spells out: operators on
 * parts of a vector. Most vector operations are generated from their lanes' texts there.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html
 */
import { mulHighU32 } from './i64.ts';

/** `i8x16.popcnt` of the four bytes in a word. @see https://webassembly.github.io/spec/core/exec/numerics.html#op-ipopcnt */
export function i8x4Popcnt(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return (nibbles + (nibbles >>> 4)) & 0x0f0f0f0f;
}

/** Lane of `i64x2.extmul_*_s`: the i64 product at `d` of two signed words. */
export function i64ExtmulS(I: Int32Array, d: number, x: number, y: number): void {
  I[d] = Math.imul(x, y);
  I[d + 1] = mulHighU32(x, y) - (x < 0 ? y : 0) - (y < 0 ? x : 0);
}

/** Lane of `i64x2.extmul_*_u`: the i64 product at `d` of two unsigned words. */
export function i64ExtmulU(I: Int32Array, d: number, x: number, y: number): void {
  I[d] = Math.imul(x, y);
  I[d + 1] = mulHighU32(x, y);
}

/**
 * `i8x16.shuffle` — each byte picked from any word. A pick is the word's index from `base` times 32, plus
 * the shift that brings the byte to the bottom: a shift count is taken modulo 32 anyway.
 *
 * @see https://webassembly.github.io/spec/core/exec/instructions.html#exec-vec-shuffle
 */
export function i8x16Shuffle(I: Int32Array, d: number, base: number, picks: Int32Array): void {
  const x0 = shuffledWord(I, base, picks, 0);
  const x1 = shuffledWord(I, base, picks, 4);
  const x2 = shuffledWord(I, base, picks, 8);
  I[d + 3] = shuffledWord(I, base, picks, 12);
  I[d] = x0;
  I[d + 1] = x1;
  I[d + 2] = x2;
}

function shuffledWord(I: Int32Array, base: number, picks: Int32Array, from: number): number {
  const p = picks[from]!;
  const q = picks[from + 1]!;
  const r = picks[from + 2]!;
  const s = picks[from + 3]!;
  return (
    ((I[base + (p >> 5)]! >>> p) & 0xff) |
    (((I[base + (q >> 5)]! >>> q) & 0xff) << 8) |
    (((I[base + (r >> 5)]! >>> r) & 0xff) << 16) |
    ((I[base + (s >> 5)]! >>> s) << 24)
  );
}
