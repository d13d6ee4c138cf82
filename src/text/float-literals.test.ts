/** Float literals against DataView, Math.fround and exact rational arithmetic. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readF32, readF64 } from './float-literals.ts';

const view = new DataView(new ArrayBuffer(8));

function f64BitsOf(value: number): { lo: number; hi: number } {
  view.setFloat64(0, value);
  return { lo: view.getInt32(4), hi: view.getInt32(0) };
}

function f32BitsOf(value: number): number {
  view.setFloat32(0, value);
  return view.getInt32(0);
}

function f32Of(bits: number): number {
  view.setInt32(0, bits);
  return view.getFloat32(0);
}

/** Every digit of a finite double, by BigInt. */
function exactText(value: number): string {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & (2n ** 52n - 1n);
  const significand = exponent === 0 ? fraction : fraction | (2n ** 52n);
  const power = Math.max(exponent, 1) - 1075;
  const sign = bits >> 63n ? '-' : '';
  if (power >= 0) return `${sign}${significand << BigInt(power)}`;
  return `${sign}${significand * 5n ** BigInt(-power)}e${power}`;
}

/** A double's hexadecimal literal. */
function hexText(value: number): string {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = (bits & (2n ** 52n - 1n)).toString(16).padStart(13, '0');
  const sign = bits >> 63n ? '-' : '';
  return exponent === 0 ? `${sign}0x0.${fraction}p-1022` : `${sign}0x1.${fraction}p${exponent - 1023}`;
}

const doubles = fc.double({ noNaN: true, noDefaultInfinity: true });
/** Doubles near those of f32, where rounding is decided. */
const nearSingles = fc
  .tuple(fc.integer({ min: 0, max: 0x7f7f_ffff }), fc.integer({ min: -2, max: 2 }), fc.boolean())
  .map(([bits, steps, isMidpoint]) => {
    const single = f32Of(bits);
    const base = isMidpoint ? (single + f32Of(Math.min(bits + 1, 0x7f7f_ffff))) / 2 : single;
    view.setFloat64(0, base);
    const moved = view.getBigInt64(0) + BigInt(steps);
    view.setBigInt64(0, moved < 0n ? 0n : moved);
    return view.getFloat64(0);
  });

describe('f64', () => {
  it('reads back every digit, the shortest decimal and hexadecimal', () => {
    fc.assert(
      fc.property(doubles, (value) => {
        const bits = f64BitsOf(value);
        expect(readF64(exactText(value))).toEqual(bits);
        expect(readF64(Object.is(value, -0) ? '-0' : String(value))).toEqual(bits);
        expect(readF64(hexText(value))).toEqual(bits);
      }),
    );
  });
});

describe('f32', () => {
  it('rounds exact decimals and hexadecimals of doubles once', () => {
    fc.assert(
      fc.property(fc.oneof(doubles, nearSingles), (value) => {
        const single = Math.fround(value);
        const bits = Number.isFinite(single) ? f32BitsOf(single) : undefined;
        expect(readF32(exactText(value))).toBe(bits);
        expect(readF32(hexText(value))).toBe(bits);
      }),
      { numRuns: 500 },
    );
  });

  it('decides ties by digits that a double has no room for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7f7f_fffe }), fc.integer({ min: 1, max: 40 }), (bits, zeros) => {
        const [integer, power] = exactText((f32Of(bits) + f32Of(bits + 1)) / 2).split('e') as [string, string?];
        const shifted = Number(power ?? 0) - zeros - 1;
        const tie = BigInt(integer) * 10n ** BigInt(zeros + 1);
        expect(readF32(`${tie + 1n}e${shifted}`)).toBe(bits + 1);
        expect(readF32(`${tie - 1n}e${shifted}`)).toBe(bits);
        expect(readF32(`${tie}e${shifted}`)).toBe(bits + (bits & 1));
      }),
      { numRuns: 200 },
    );
  });
});

const f32Cases: readonly [text: string, bits: number | undefined][] = [
  ['0', 0],
  ['-0.0', 0x8000_0000 | 0],
  ['0x0p-99999999999', 0],
  ['inf', 0x7f80_0000],
  ['-inf', 0xff80_0000 | 0],
  ['nan', 0x7fc0_0000],
  ['-nan:0x1', 0xff80_0001 | 0],
  ['nan:0x7f_ffff', 0x7fff_ffff],
  ['nan:0x80_0000', undefined],
  ['nan:0x0', undefined],
  ['nan:0x1_0000_0000_0000_0000_0', undefined],
  ['0x1p-149', 1],
  ['0x1p-150', 0],
  ['0x1.00000000000000000001p-150', 1],
  ['0x0.000001p-126', 0],
  ['0x0.000003p-126', 2],
  ['0x1.fffffep127', 0x7f7f_ffff],
  ['0x1.fffffeffffffffffffffp127', 0x7f7f_ffff],
  ['0x1.ffffffp127', undefined],
  ['0x1p128', undefined],
  ['340282346638528859811704183484516925440', 0x7f7f_ffff],
  ['340282356779733661637539395458142568447.9', 0x7f7f_ffff],
  ['340282356779733661637539395458142568448', undefined],
  ['1e39', undefined],
  ['1e-400', 0],
  ['16777217.0000000000000000000000000001', 0x4b80_0001],
  ['1_6777_217', 0x4b80_0000],
  ['0x01.00000100000000000000000000000000000001', 0x3f80_0001],
];

const f64Cases: readonly [text: string, hi: number | undefined, lo?: number][] = [
  ['inf', 0x7ff0_0000, 0],
  ['-nan', 0xfff8_0000 | 0, 0],
  ['nan:0x1', 0x7ff0_0000, 1],
  ['nan:0xf_ffff_ffff_ffff', 0x7fff_ffff, -1],
  ['nan:0x10_0000_0000_0000', undefined],
  ['0x1p-1074', 0, 1],
  ['0x1p-1075', 0, 0],
  ['0x1.0000000000001p-1075', 0, 1],
  ['0x1.fffffffffffffp1023', 0x7fef_ffff, -1],
  ['0x1.fffffffffffff7ffffp1023', 0x7fef_ffff, -1],
  ['0x1.fffffffffffff8p1023', undefined],
  ['0x1p1024', undefined],
  ['0x1p999999999999', undefined],
  ['0x1.00000000000008p0', 0x3ff0_0000, 0],
  ['0x1.000000000000080000000000001p0', 0x3ff0_0000, 1],
  ['1e309', undefined],
  ['4.9e-324', 0, 1],
];

describe('literals at the edges', () => {
  it.each(f32Cases)('f32 %s', (text, bits) => {
    expect(readF32(text)).toBe(bits);
  });

  it.each(f64Cases)('f64 %s', (text, hi, lo) => {
    expect(readF64(text)).toEqual(hi === undefined ? undefined : { lo, hi });
  });

  it('takes long literals without long pauses', () => {
    const zeros = '0'.repeat(200_000);
    expect(readF32(`0.${zeros}1e200001`)).toBe(f32BitsOf(1));
    expect(readF32(`16777217.${zeros}1`)).toBe(0x4b80_0001);
    expect(readF64(`0x0.${zeros}1p800004`)).toEqual(f64BitsOf(1));
  });
});
