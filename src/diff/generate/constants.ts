/**
 * Constants worth computing with: what sits at the limits of a type, on both sides of a rounding or a conversion, and
 * NaNs of every kind. As words, the lowest first.
 */
import { F32, F64, I32, I64, type ValType } from '../../syntax/index.ts';
import type { Choices } from './choices.ts';

const small = [0, 1, -1, 2, -2, 3, 4, 5, 7, 8, 10, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100] as const;

/** Limits of all integer widths, alternating bits, a De Bruijn sequence. */
const words = [
  ...small,
  ...[0x7f, 0x80, 0x81, 0xff, 0x100, -0x80, -0x81, 0x7fff, 0x8000, 0xffff, 0x1_0000, -0x8000, -0x8001],
  ...[0x7fff_ffff, -0x8000_0000, -0x7fff_ffff, 0x7fff_fffe, 0x5555_5555, -0x5555_5556, 0x0123_4567, 0x077c_b531],
] as const;

const view = new DataView(new ArrayBuffer(8));

function f32Word(value: number): number {
  view.setFloat32(0, value);
  return view.getInt32(0);
}

function f64Words(value: number): readonly [number, number] {
  view.setFloat64(0, value);
  return [view.getInt32(4), view.getInt32(0)];
}

/** Both signs of zeros, small integers, ties of rounding, limits of integer types and of the formats. */
const floats = [
  ...[0, 1, 2, 3, 7, 10, 100, 0.5, 1.5, 2.5, 0.25, 0.75, 0.9, 1.1, 0.1, 1 / 3, 255, 256, 32_767, 32_768],
  ...[
    2 ** 23 - 0.5,
    2 ** 23 + 1,
    2 ** 24 - 1,
    2 ** 24 + 1,
    2 ** 31,
    2 ** 31 - 128,
    2 ** 31 - 1,
    2 ** 32,
    2 ** 32 - 256,
  ],
  ...[
    2 ** 52 - 0.5,
    2 ** 52 + 1,
    2 ** 53 - 1,
    2 ** 53,
    2 ** 63,
    2 ** 63 - 2 ** 39,
    2 ** 63 - 1024,
    2 ** 64,
    2 ** 64 - 2048,
  ],
  ...[2 ** -149, 2 ** -126, 2 ** -126 - 2 ** -149, 2 ** -150, 3.4028234663852886e38, 3.4028235677973366e38],
  ...[2 ** -1074, 2 ** -1022, 2 ** -1022 - 2 ** -1074, Number.MAX_VALUE, 1 + 2 ** -24, 1 + 2 ** -52, 1e10, 1e-10],
  Number.POSITIVE_INFINITY,
] as const;
const signed = floats.flatMap((value) => [value, -value]);

/** Canonical and other quiet NaNs, signalling ones, of both signs. */
const f32Nans = [0x7fc0_0000, -0x40_0000, 0x7fc0_1234, 0x7f80_0001, 0x7fa0_0000, -0x5a_5a5b, 0x7fff_ffff, -1] as const;
const f64Nans = [
  [0, 0x7ff8_0000],
  [0, -0x8_0000],
  [0x1234_5678, 0x7ff8_0000],
  [1, 0x7ff0_0000],
  [0, 0x7ff4_0000],
  [-0x2152_4111, -0xb_5a5b],
  [-1, 0x7fff_ffff],
] as const;

const f32Words = [...signed.map(f32Word), ...f32Nans];
const f64Pairs = [...signed.map(f64Words), ...f64Nans];

const i64Pairs = [
  ...words.map((word) => [word, word >> 31] as const),
  ...[1, 2, 0x10, 0x20_0000, 0x1f_ffff, 0x7fff_ffff, -0x8000_0000, -1].flatMap((hi) =>
    [0, 1, -1].map((lo) => [lo, hi] as const),
  ),
] as const;

function i32Word(choices: Choices): number {
  return choices.chance(5) ? choices.word() : choices.pick(words);
}

/** Words whose lanes are all the same in some width. */
const laneFills = [
  ...[0, 1, -1, 2, 3, 4, 7, 8, 16, 31, 32, 100, -0x8000_0000, 0x7fff_ffff],
  ...[-0x7f7f_7f80, 0x7f7f_7f7f, -0x7fff_8000, 0x7fff_7fff, 0xff_00ff],
] as const;

/** Lanes of one width: all the same, or each another. */
function vectorWords(choices: Choices): number[] {
  const kind = choices.below(8);
  if (kind === 0) return new Array<number>(4).fill(choices.pick(laneFills));
  if (kind === 1) return Array.from({ length: 4 }, () => choices.pick(f32Words));
  if (kind === 2) return [...choices.pick(f64Pairs), ...choices.pick(f64Pairs)];
  if (kind === 3) return [...choices.pick(i64Pairs), ...choices.pick(i64Pairs)];
  if (kind === 4) return Array.from({ length: 4 }, () => i32Word(choices));
  // Lanes of 16 bits, then of 8, at the limits of their type: what saturates needs limits on both sides.
  const half = () => choices.pick([0, 0x8000, 0x7fff, 0xffff, 1, 0x8001, 0x4000, 0xff]);
  if (kind < 7) return Array.from({ length: 4 }, () => half() | (half() << 16));
  const byte = () => choices.pick([0, 1, 0x7f, 0x80, 0xff, 0x81, 2, 0x40]);
  return Array.from({ length: 4 }, () => byte() | (byte() << 8) | (byte() << 16) | (byte() << 24));
}

/** A constant of a number or vector type; the first choice is zero. */
export function constantWords(type: ValType, choices: Choices): readonly number[] {
  if (type === I32) return [i32Word(choices)];
  if (type === I64) return choices.chance(6) ? [choices.word(), choices.word()] : choices.pick(i64Pairs);
  if (type === F32) return choices.chance(12) ? [choices.word()] : [choices.pick(f32Words)];
  if (type === F64) return choices.chance(12) ? [choices.word(), choices.word()] : choices.pick(f64Pairs);
  return vectorWords(choices);
}

/** A float that every conversion to an integer takes: small and not negative. */
export function tameFloatWords(type: ValType, choices: Choices): readonly number[] {
  const value = choices.pick([0, 1, 2.5, 3, 0.5, 7.9, 100, 127, 1000.25]);
  return type === F32 ? [f32Word(value)] : f64Words(value);
}
