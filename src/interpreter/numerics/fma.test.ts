/** Fused multiply-add against exact rational arithmetic in BigInt, over interesting and random operands. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f32Fma, f64Fma } from './index.ts';

const scratch = new DataView(new ArrayBuffer(8));

/** `value` as an integer times 2^−1074. */
function inUnits(value: number): bigint {
  scratch.setFloat64(0, value);
  const bits = scratch.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = biased === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(biased - 1);
  return value < 0 ? -magnitude : magnitude;
}

/** A format: bits of precision, and the exponents of its smallest subnormal and of what overflows. */
interface Format {
  readonly precision: number;
  readonly lowest: number;
  readonly overflow: number;
}
const f32: Format = { precision: 24, lowest: -149, overflow: 128 };
const f64: Format = { precision: 53, lowest: -1074, overflow: 1024 };

/** `numerator` · 2^−2148 to the nearest number of the format, ties to even. */
function rounded(numerator: bigint, { precision, lowest, overflow }: Format): number {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const length = magnitude.toString(2).length;
  const place = Math.max(length - precision, lowest + 2148);
  const kept = place <= 0 ? magnitude : magnitude >> BigInt(place);
  const rest = place <= 0 ? 0n : magnitude - (kept << BigInt(place));
  const half = place <= 0 ? 1n : 1n << BigInt(place - 1);
  const isUp = rest > half || (rest === half && (kept & 1n) === 1n);
  const mantissa = isUp ? kept + 1n : kept;
  const isOverflow = mantissa.toString(2).length + place - 2148 > overflow;
  const value = isOverflow ? Number.POSITIVE_INFINITY : timesPowerOfTwo(Number(mantissa), place - 2148);
  return numerator < 0n ? -value : value;
}

/** Exact when the result is a number of the format. */
function timesPowerOfTwo(mantissa: number, exponent: number): number {
  let value = mantissa;
  for (let e = exponent; e !== 0; e -= Math.sign(e)) value = e > 0 ? value * 2 : value / 2;
  return value;
}

function reference(a: number, b: number, c: number, format: Format): number {
  const isPlain = [a, b, c].every((value) => Number.isFinite(value) && value !== 0);
  const sum = isPlain ? inUnits(a) * inUnits(b) + (inUnits(c) << 1074n) : 0n;
  // What is not finite or has a zero needs no rounding but the product's own.
  if (isPlain) return sum === 0n ? 0 : rounded(sum, format);
  if (c === 0 && Number.isFinite(a) && Number.isFinite(b) && a !== 0 && b !== 0) {
    const product = inUnits(a) * inUnits(b);
    const value = rounded(product, format);
    return value === 0 && product < 0n ? -0 : value;
  }
  // An exact product of finite factors is finite.
  const product = Number.isFinite(a) && Number.isFinite(b) && !Number.isFinite(c) ? 0 : a * b;
  return product + c;
}

const interesting = [
  0,
  -0,
  1,
  -1,
  1.5,
  3,
  0.1,
  -1 / 3,
  Math.PI,
  1e10,
  -1e-10,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const f64Edges = [
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  2 ** -1022,
  2 ** -1022 - 2 ** -1074,
  2 ** -537,
  -(2 ** -537),
  2 ** -511 * (1 + 2 ** -52),
  1 + 2 ** -52,
  1 - 2 ** -53,
  2 ** 53 - 1,
  2 ** 1023,
  2 ** 511,
  2 ** -500,
];
const f32Edges = [
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  Math.fround(3.4028234663852886e38),
  -(2 ** 127),
  1 + 2 ** -23,
  1 - 2 ** -24,
  2 ** 24 - 1,
  2 ** -75,
  2 ** -74 * (1 + 2 ** -23),
  2 ** 64,
  2 ** -63 * (1 + 2 ** -23),
];

/** Numbers of any exponent, and whose exponents cancel: where rounding is hard. */
const anyF64 = fc.oneof(
  fc.double(),
  fc.tuple(fc.integer({ min: 1, max: 2 ** 53 - 1 }), fc.integer({ min: -1074, max: 970 })).map(([m, e]) => m * 2 ** e),
  fc.constantFrom(...interesting, ...f64Edges),
);

describe('f64Fma', () => {
  const operands = [...interesting, ...f64Edges];
  it('agrees with the reference on interesting operands', () => {
    for (const a of operands)
      for (const b of operands)
        for (const c of operands) expect(f64Fma(a, b, c), `${a} * ${b} + ${c}`).toBe(reference(a, b, c, f64));
  });

  it('agrees with the reference on random operands', () => {
    fc.assert(
      fc.property(anyF64, anyF64, anyF64, (a, b, c) => Object.is(f64Fma(a, b, c), reference(a, b, c, f64))),
      { numRuns: 5000 },
    );
  });

  it('agrees where the addend nearly cancels the product, and in subnormal results', () => {
    const mantissa = fc.integer({ min: 2 ** 52, max: 2 ** 53 - 1 });
    const nudge = fc.integer({ min: -4, max: 4 });
    const exponent = fc.integer({ min: -1130, max: -1000 });
    fc.assert(
      fc.property(mantissa, mantissa, nudge, exponent, (x, y, ulps, e) => {
        const a = x * 2 ** -52;
        const b = y * 2 ** -52 * 2 ** (e >> 1) * 2 ** (e - (e >> 1) + 40);
        const near = a * b;
        const c = -near + ulps * Math.max(Math.abs(near) * 2 ** -52, Number.MIN_VALUE);
        return (
          Object.is(f64Fma(a, b, c), reference(a, b, c, f64)) &&
          Object.is(f64Fma(a, b * 2 ** -40, c * 2 ** -41), reference(a, b * 2 ** -40, c * 2 ** -41, f64))
        );
      }),
      { numRuns: 5000 },
    );
  });
});

describe('f32Fma', () => {
  const operands = [...interesting, ...f32Edges].map(Math.fround);
  it('agrees with the reference on interesting operands', () => {
    for (const a of operands)
      for (const b of operands)
        for (const c of operands) expect(f32Fma(a, b, c), `${a} * ${b} + ${c}`).toBe(reference(a, b, c, f32));
  });

  it('agrees with the reference on random operands', () => {
    const anyF32 = fc.oneof(
      fc.float(),
      fc
        .tuple(fc.integer({ min: 1, max: 2 ** 24 - 1 }), fc.integer({ min: -149, max: 104 }))
        .map(([m, e]) => m * 2 ** e),
      fc.constantFrom(...operands),
    );
    fc.assert(
      fc.property(anyF32, anyF32, anyF32, (a, b, c) => Object.is(f32Fma(a, b, c), reference(a, b, c, f32))),
      { numRuns: 5000 },
    );
  });
});
