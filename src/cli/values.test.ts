/** Arguments and results of `--invoke`: text to value and back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { F32, F64, FUNCREF, I32, I64, V128, type ValType } from '../syntax/index.ts';
import { parseValue, valueText } from './values.ts';

const roundTrip = (text: string, type: ValType) => valueText(parseValue(text, type));

it.each([
  { type: I32, text: '-1', shown: '-1' },
  { type: I32, text: '4294967295', shown: '-1' },
  { type: I32, text: '0x7fff_ffff', shown: '2147483647' },
  { type: I64, text: '18446744073709551615', shown: '-1' },
  { type: I64, text: '-9223372036854775808', shown: '-9223372036854775808' },
  { type: V128, text: '340282366920938463463374607431768211455', shown: '340282366920938463463374607431768211455' },
  { type: F64, text: '1e-7', shown: '0.0000001' },
  { type: F64, text: '-1.5e21', shown: '-1500000000000000000000' },
  { type: F64, text: '.5', shown: '0.5' },
  { type: F64, text: '-0', shown: '-0' },
  { type: F64, text: '-inf', shown: '-inf' },
  { type: F64, text: 'nan', shown: 'NaN' },
  { type: F32, text: '0.1', shown: '0.1' },
  { type: F32, text: '16777217', shown: '16777216' },
  { type: F32, text: '3.4028235e38', shown: '340282350000000000000000000000000000000' },
  { type: FUNCREF, text: 'null', shown: '<null funcref>' },
])('$text shows as $shown', ({ type, text, shown }) => expect(roundTrip(text, type)).toBe(shown));

it.each([
  { type: I32, text: '4294967296' },
  { type: I32, text: '-2147483649' },
  { type: I32, text: '1.0' },
  { type: I32, text: '' },
  { type: I64, text: '18446744073709551616' },
  { type: V128, text: '-170141183460469231731687303715884105729' },
  { type: F64, text: '0x1p3' },
  { type: F64, text: 'e5' },
  { type: FUNCREF, text: '0' },
])('$text is refused', ({ type, text }) => expect(() => parseValue(text, type)).toThrow(`'${text}' is no `));

describe('what is shown names the value again', () => {
  it.each([
    { name: 'i32', type: I32, any: fc.integer({ min: -0x80000000, max: 0x7fffffff }).map(String) },
    { name: 'i64', type: I64, any: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(String) },
    { name: 'v128', type: V128, any: fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(String) },
    { name: 'f32', type: F32, any: fc.float({ noNaN: true, noDefaultInfinity: true }).map(String) },
    { name: 'f64', type: F64, any: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
  ])('$name', ({ type, any }) => {
    fc.assert(
      fc.property(any, (text) => {
        const value = parseValue(text, type);
        const shown = valueText(value);
        expect(shown).toMatch(/^-?[\d.]+$/);
        expect(parseValue(shown, type)).toEqual(value);
      }),
    );
  });
});
