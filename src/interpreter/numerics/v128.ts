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
 * `i8x16.shuffle` — picks bytes from `a` (lanes 0–15) and `b` (16–31).
 *
 * @see https://webassembly.github.io/spec/core/exec/instructions.html#exec-vec-shuffle
 */
export function i8x16Shuffle(I: Int32Array, d: number, a: number, b: number, lanes: Uint8Array): void {
  const x0 = shuffledWord(I, a, b, lanes, 0);
  const x1 = shuffledWord(I, a, b, lanes, 4);
  const x2 = shuffledWord(I, a, b, lanes, 8);
  I[d + 3] = shuffledWord(I, a, b, lanes, 12);
  I[d] = x0;
  I[d + 1] = x1;
  I[d + 2] = x2;
}

function shuffledWord(I: Int32Array, a: number, b: number, lanes: Uint8Array, from: number): number {
  return (
    pickedByte(I, a, b, lanes[from]!) |
    (pickedByte(I, a, b, lanes[from + 1]!) << 8) |
    (pickedByte(I, a, b, lanes[from + 2]!) << 16) |
    (pickedByte(I, a, b, lanes[from + 3]!) << 24)
  );
}

function pickedByte(I: Int32Array, a: number, b: number, lane: number): number {
  const word = lane < 16 ? I[a + (lane >>> 2)]! : I[b + ((lane & 15) >>> 2)]!;
  return (word >>> ((lane & 3) << 3)) & 0xff;
}
