/** Integer literals against BigInt, and the forms of numbers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integerBits, type NumberForm, numberForm, readInteger, unsignedValue } from './number-literals.ts';

const forms: readonly [text: string, form: NumberForm][] = [
  ['0', 'nat'],
  ['1_000', 'nat'],
  ['0x1F_ff', 'nat'],
  ['+0', 'int'],
  ['-0x10', 'int'],
  ['1.', 'float'],
  ['1.5', 'float'],
  ['1e5', 'float'],
  ['-1.5E-1_0', 'float'],
  ['0x1.8p3', 'float'],
  ['0x1p+3', 'float'],
  ['0x.8', 'none'],
  ['inf', 'float'],
  ['-nan', 'float'],
  ['nan:0x1_0', 'float'],
  ['nan:1', 'none'],
  ['nan:0x', 'none'],
  ['nan:canonical', 'none'],
  ['1_', 'none'],
  ['_1', 'none'],
  ['1__0', 'none'],
  ['0x', 'none'],
  ['0x_1', 'none'],
  ['0xg', 'none'],
  ['1e', 'none'],
  ['1e+', 'none'],
  ['1p3', 'none'],
  ['1._5', 'none'],
  ['+', 'none'],
  ['+-1', 'none'],
  ['1x', 'none'],
  ['.5', 'none'],
];

describe('numberForm', () => {
  it.each(forms)('%s is %s', (text, form) => {
    expect(numberForm(text)).toBe(form);
  });
});

/** A magnitude as decimal or hexadecimal digits, with underscores at the positions whose bit is set. */
function spell(magnitude: bigint, hex: boolean, underscores: number): string {
  const digits = magnitude.toString(hex ? 16 : 10);
  const spaced = [...digits].map((digit, i) => (i > 0 && (underscores >> (i % 31)) & 1 ? `_${digit}` : digit)).join('');
  return hex ? `0x${spaced}` : spaced;
}

describe('integerBits', () => {
  it.each([8, 16, 32, 64])('reads i%i as BigInt does, and refuses what is out of range', (bitCount) => {
    const limit = 2n ** BigInt(bitCount);
    const values = fc.oneof(
      fc.bigInt({ min: -limit * 2n, max: limit * 2n }),
      fc.bigInt({ min: -limit / 2n - 2n, max: -limit / 2n + 2n }),
      fc.bigInt({ min: limit - 2n, max: limit + 2n }),
    );
    fc.assert(
      fc.property(values, fc.boolean(), fc.nat(), (value, hex, underscores) => {
        const magnitude = value < 0n ? -value : value;
        const text = (value < 0n ? '-' : '') + spell(magnitude, hex, underscores);
        const isInRange = value >= -limit / 2n && value < limit;
        const expected = {
          lo: Number(BigInt.asIntN(32, value)),
          hi: Number(BigInt.asIntN(32, value >> 32n)),
        };
        expect(integerBits(readInteger(text), bitCount)).toEqual(isInRange ? expected : undefined);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['18446744073709551616', '0x1_0000_0000_0000_0000', '9'.repeat(1000)])('refuses %s', (text) => {
    expect(integerBits(readInteger(text), 64)).toBeUndefined();
  });
});

describe('unsignedValue', () => {
  it.each([
    ['255', 8, 255],
    ['256', 8, undefined],
    ['0xffffffff', 32, 4294967295],
    ['4294967296', 32, undefined],
    ['0x1_0000_0000_0000_0000_0', 32, undefined],
  ])('%s in %i bits is %s', (text, bitCount, value) => {
    expect(unsignedValue(text, bitCount)).toBe(value);
  });
});
