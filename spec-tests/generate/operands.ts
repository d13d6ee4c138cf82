/**
 * Operands worth trying, as bits: what sits at the limits of a type, on both sides of a rounding or a
 * conversion, and every kind of NaN. Tables only; spec-tests/instructions.test.ts crosses them.
 */

export type NumberType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

export const bitsOfType: Readonly<Record<NumberType, number>> = { i32: 32, i64: 64, f32: 32, f64: 64, v128: 128 };

const scratch = new DataView(new ArrayBuffer(8));

export function f32Bits(value: number): bigint {
  scratch.setFloat32(0, value);
  return BigInt(scratch.getUint32(0));
}

export function f64Bits(value: number): bigint {
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}

const unsigned = (width: number) => (value: bigint | number) => BigInt.asUintN(width, BigInt(value));

/** Shift counts below, at and beyond the width; signs of every narrower integer. */
const i32 = [
  0, 1, -1, 2, -2, 7, 8, 31, 32, 33, 63, 64, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff,
  0x8000_0000, 0x8000_0001, 0x5555_5555, 0x1234_5678,
].map(unsigned(32));

const i64 = [
  0n,
  1n,
  -1n,
  2n,
  -2n,
  31n,
  32n,
  63n,
  64n,
  65n,
  0x80n,
  0x8000n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 31n + 1n,
  -(2n ** 31n),
  -(2n ** 31n) - 1n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 32n + 1n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 63n + 1n,
  0x5555_5555_5555_5555n,
  0x0123_4567_89ab_cdefn,
].map(unsigned(64));

/** NaNs: canonical, negative, with a payload, signalling, and all bits set. */
const f32Nans = [0x7fc0_0000n, 0xffc0_0000n, 0x7fc0_1234n, 0x7f80_0001n, 0xffa5_a5a5n, 0x7fff_ffffn];
const f64Nans = [
  0x7ff8_0000_0000_0000n,
  0xfff8_0000_0000_0000n,
  0x7ff8_0000_dead_beefn,
  0x7ff0_0000_0000_0001n,
  0xfff5_a5a5_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
];

/** Numbers of both formats: zeros, ties of rounding to an integer, limits of the integer types. */
const sharedFloats = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  -1.5,
  2.5,
  -0.9,
  3,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 63,
  -(2 ** 63),
  2 ** 64,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

const f32 = [
  ...[
    ...sharedFloats,
    2 ** -149,
    -(2 ** -149),
    2 ** -126 - 2 ** -149,
    2 ** -126,
    0.5 - 2 ** -25,
    2 ** 23 - 0.5,
    2 ** 23 + 1,
    2 ** 24 - 1,
    2 ** 31 - 2 ** 7,
    -(2 ** 31) - 2 ** 8,
    2 ** 32 - 2 ** 8,
    2 ** 63 - 2 ** 39,
    -(2 ** 63) - 2 ** 40,
    2 ** 64 - 2 ** 40,
    3.4028234663852886e38,
    -3.4028234663852886e38,
    0.1,
  ].map(f32Bits),
  ...f32Nans,
];

const f64 = [
  ...[
    ...sharedFloats,
    2 ** -1074,
    -(2 ** -1074),
    2 ** -1022 - 2 ** -1074,
    2 ** -1022,
    0.5 - 2 ** -54,
    2 ** 52 - 0.5,
    2 ** 52 + 1,
    2 ** 53 - 1,
    2 ** 31 - 0.5,
    -(2 ** 31) - 0.5,
    -(2 ** 31) - 1,
    2 ** 32 - 0.5,
    2 ** 63 - 2 ** 10,
    -(2 ** 63) - 2 ** 11,
    2 ** 64 - 2 ** 11,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    0.1,
    // Where an f64 becomes an f32: ties, the smallest numbers, the largest.
    1 + 2 ** -24,
    1 + 2 ** -24 + 2 ** -52,
    2 ** -150,
    2 ** -150 + 2 ** -202,
    3.4028235677973366e38,
    3.4028235677973362e38,
  ].map(f64Bits),
  ...f64Nans,
];

/** Lanes of one width side by side, from the lowest. */
export function vectorOf(laneBits: number, lanes: readonly bigint[]): bigint {
  return lanes.reduceRight((vector, lane) => (vector << BigInt(laneBits)) | lane, 0n);
}

/** The values of a type in vectors of as many lanes as fit, the last filled up with the first values. */
function packed(laneBits: number, values: readonly bigint[]): bigint[] {
  const laneCount = 128 / laneBits;
  const vectors: bigint[] = [];
  for (let i = 0; i < values.length; i += laneCount) {
    const lanes = Array.from({ length: laneCount }, (_, lane) => values[(i + lane) % values.length] as bigint);
    vectors.push(vectorOf(laneBits, lanes));
  }
  return vectors;
}

const bytes = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 2, 0x81, 15, 16, 17, 31, 0x55, 0xaa, 100, 200].map(BigInt);
const halves = [0, 1, 0x7fff, 0x8000, 0xffff, 0x8001, 0x00ff, 0xff80].map(BigInt);

const v128 = [
  0n,
  2n ** 128n - 1n,
  ...packed(8, bytes),
  ...packed(8, bytes.slice(5).concat(bytes.slice(0, 5))),
  ...packed(16, halves),
  ...packed(16, halves.slice(3).concat(halves.slice(0, 3))),
  ...packed(
    32,
    i32.filter((_, i) => i % 2 === 0),
  ),
  ...packed(
    64,
    i64.filter((_, i) => i % 3 === 0),
  ),
  ...packed(32, f32),
  ...packed(64, f64),
];

export const operands: Readonly<Record<NumberType, readonly bigint[]>> = { i32, i64, f32, f64, v128 };

/** A few of a type's operands, for cases that cross more than two. */
export function someOperands(type: NumberType, count: number): bigint[] {
  const all = operands[type];
  return Array.from({ length: Math.min(count, all.length) }, (_, i) => all[Math.floor((i * all.length) / count)]!);
}
