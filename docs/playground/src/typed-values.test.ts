/** What is typed into fields becomes values, or is refused with words. */
import { describe, expect, test } from 'vitest';
import { InputError, parseAddress, parseValue } from './typed-values.ts';

describe('parseValue', () => {
  test.each([
    ['5', 'i32', 5],
    [' -1 ', 'i32', -1],
    ['0xffff_ffff', 'i32', -1],
    ['4294967295', 'i32', -1],
    ['-9223372036854775808', 'i64', -(2n ** 63n)],
    ['0xffffffffffffffff', 'i64', -1n],
    ['1.5', 'f64', 1.5],
    ['-2e3', 'f64', -2000],
    ['0.1', 'f32', Math.fround(0.1)],
    ['inf', 'f64', Number.POSITIVE_INFINITY],
    ['-inf', 'f32', Number.NEGATIVE_INFINITY],
    ['nan', 'f64', Number.NaN],
    ['null', 'funcref', null],
  ])('%s as %s', (input, type, value) => {
    expect(parseValue(input, type)).toEqual(value);
  });

  test('lanes of a v128', () => {
    expect(parseValue('i32x4 1 0 0 -1', 'v128')).toEqual(
      Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255),
    );
  });

  test.each([
    ['', 'i32'],
    ['1.5', 'i32'],
    ['4294967296', 'i32'],
    ['-2147483649', 'i32'],
    ['1n', 'i64'],
    ['', 'f64'],
    ['one', 'f32'],
    ['1 2 3', 'v128'],
    ['5', 'externref'],
  ])('refuses %s as %s', (input, type) => {
    expect(() => parseValue(input, type)).toThrow(InputError);
  });
});

describe('parseAddress', () => {
  test.each([
    ['16', 16],
    ['0x10', 16],
    ['0', 0],
  ])('%s', (input, value) => {
    expect(parseAddress(input)).toBe(value);
  });

  test.each(['', '-1', 'x', '0x', '99999999999999999999'])('refuses %s', (input) => {
    expect(() => parseAddress(input)).toThrow(InputError);
  });
});
