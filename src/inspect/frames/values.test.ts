/** Values as text and back, against the text format's own parser and printer. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ANYREF,
  abstractHeapTypes,
  EXTERNREF,
  F32,
  F64,
  FUNCREF,
  I8,
  I31REF,
  I32,
  I64,
  refType,
  UsageError,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import { type Bits, ofPair, ofRef, ofWord, wrapped } from './bits.ts';
import { fromJs, rawReferences, toJs } from './js-values.ts';
import { parseValue } from './parse-value.ts';
import { hostText, valueText } from './values.ts';

const word = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
/** Words that are often parts of NaNs, infinities and zeros. */
const anyWord = fc.oneof(
  word,
  fc.constantFrom(0, 1, -1, 0x7f80_0000, 0x7f80_0001, 0x7fc0_0000, 0x7ff0_0000, -0x8000_0000),
);
const bitsOf: readonly (readonly [string, ValType, fc.Arbitrary<Bits>])[] = [
  ['i32', I32, anyWord.map(ofWord)],
  ['f32', F32, anyWord.map(ofWord)],
  ['i64', I64, fc.tuple(anyWord, anyWord).map(([lo, hi]) => ofPair(lo, hi))],
  ['f64', F64, fc.tuple(anyWord, anyWord).map(([lo, hi]) => ofPair(lo, hi))],
  [
    'v128',
    V128,
    fc.tuple(anyWord, anyWord, anyWord, anyWord).map(([lo, hi, x2, x3]) => ({ lo, hi, x2, x3, ref: null })),
  ],
];

describe('every value', () => {
  test.each(bitsOf)('of %s is what its text says', (_name, type, bits) => {
    fc.assert(
      fc.property(bits, (value) => {
        expect(parseValue(type, valueText(type, value, undefined), 'it')).toEqual(value);
      }),
    );
  });

  const exact = bitsOf.filter(([name]) => !name.startsWith('f'));
  test.each(exact)('of %s comes back from JavaScript', (_name, type, bits) => {
    fc.assert(
      fc.property(bits, (value) => {
        expect(fromJs(type, toJs(type, value, rawReferences), rawReferences, 'it')).toEqual(value);
      }),
    );
  });

  test('of f32 and f64 that is no NaN comes back from JavaScript', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(toJs(F64, fromJs(F64, value, rawReferences, 'it'), rawReferences)).toBe(value);
        expect(toJs(F32, fromJs(F32, value, rawReferences, 'it'), rawReferences)).toBe(Math.fround(value));
      }),
    );
  });
});

test.each([
  [I32, '0xffff_ffff', ofWord(-1)],
  [I32, ' -5 ', ofWord(-5)],
  [I64, '18446744073709551615', ofPair(-1, -1)],
  [F32, '-inf', ofWord(0xff80_0000 | 0)],
  [F32, 'nan:0x7fffff', ofWord(0x7fff_ffff)],
  [F64, 'nan:0x1', ofPair(1, 0x7ff0_0000)],
  [F64, '0x1p-1', ofPair(0, 0x3fe0_0000)],
  [V128, 'f32x4 1 -0 nan inf', { lo: 0x3f80_0000, hi: -0x8000_0000, x2: 0x7fc0_0000, x3: 0x7f80_0000, ref: null }],
  [V128, 'i8x16 -1 255 0 0 0 0 0 0 0 0 0 0 0 0 0 -128', { lo: 0xffff, hi: 0, x2: 0, x3: -0x8000_0000, ref: null }],
  [EXTERNREF, 'null', ofRef(null)],
  [ANYREF, 'i31 0x3fffffff', ofRef(0x3fff_ffff)],
  [I31REF, 'i31 -0x40000000', ofRef(-0x4000_0000)],
] as const)('%d reads %s', (type, text, bits) => {
  expect(parseValue(type, text, 'it')).toEqual(bits);
});

test.each([
  [I32, '', "it takes an integer of 32 bits, such as '-5' or '0xff', not \"\""],
  [I32, '4294967296', 'takes an integer of 32 bits'],
  [I32, '-2147483649', 'takes an integer of 32 bits'],
  [I32, '1.0', 'takes an integer of 32 bits'],
  [I32, '1 2', 'takes an integer of 32 bits'],
  [I32, '(i32.const 1)', 'takes an integer of 32 bits'],
  [I64, '18446744073709551616', 'takes an integer of 64 bits'],
  [F32, '1e39', 'takes a float'],
  [F32, 'nan:0x800000', 'takes a float'],
  [F64, 'Infinity', 'takes a float'],
  [V128, 'i32x4 1 2 3 4 5', 'takes 16 bytes as lanes'],
  [V128, 'i32x4 1 2 3 1.5', 'takes 16 bytes as lanes'],
  [V128, '5', 'takes 16 bytes as lanes'],
  [FUNCREF, 'func 3', "takes 'null' or 'i31 5' as text"],
  [EXTERNREF, 'i31 5', "takes 'null' or 'i31 5' as text"],
  [I31REF, 'i31 0x80000000', "takes 'null' or 'i31 5' as text"],
  [refType(abstractHeapTypes.i31, false), 'null', 'is of a type without null'],
] as const)('%d refuses %s', (type, text, message) => {
  expect(() => parseValue(type, text, 'it')).toThrow(UsageError);
  expect(() => parseValue(type, text, 'it')).toThrow(message);
});

test.each([
  ['an i31 in any', ANYREF, 5, 'i31 5'],
  ['a number in extern', EXTERNREF, 5, 'extern 5'],
  ['a host value in any', ANYREF, 'x', 'extern "x"'],
  ['a large number in any', ANYREF, 2 ** 40, 'extern 1099511627776'],
  ['undefined', EXTERNREF, undefined, 'extern undefined'],
  ['null', EXTERNREF, null, 'null'],
])('%s is shown', (_name, type, ref, text) => {
  expect(valueText(type, ofRef(ref), undefined)).toBe(text);
});

class Named {}

test.each([
  ['text', '"text"'],
  ['line\nbreak', '"line\\nbreak"'],
  ['x'.repeat(100), `"${'x'.repeat(60)}…"`],
  [BigInt(5), '5'],
  [Symbol('s'), 'Symbol(s)'],
  [function named() {}, 'function named'],
  [() => {}, 'function'],
  [new Named(), 'Named'],
  [Object.create(null), 'object'],
  [
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    ),
    'object',
  ],
  [{ constructor: { name: 'y'.repeat(1000) } }, 'y'.repeat(60)],
])('a host value in a few words: case %#', (value, text) => {
  expect(hostText(value)).toBe(text);
});

test.each([
  [0x7f, 127],
  [0x80, -128],
  [-1, -1],
  [0x1ff, -1],
])('%d is packed into 8 bits as %d', (value, packed) => {
  expect(wrapped(I8, ofWord(value)).lo).toBe(packed);
});
