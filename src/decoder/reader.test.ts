/** LEB128, types and UTF-8 of the reader, against BigInt and the host's TextDecoder. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError, valTypeText } from '../syntax/index.ts';
import { Reader } from './reader.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** LEB128 by the specification's definition, padded with redundant bytes up to `length`. */
function leb(value: bigint, signed: boolean, length = 0): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const group = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = signed ? (rest === 0n && group < 64) || (rest === -1n && group >= 64) : rest === 0n;
    if (isLast && bytes.length + 1 >= length) return [...bytes, group];
    bytes.push(group | 0x80);
  }
}

const reader = (bytes: readonly number[]) => new Reader(Uint8Array.from(bytes));

function joined(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}

describe('LEB128', () => {
  const length = fc.integer({ min: 0, max: 5 });
  const length64 = fc.integer({ min: 0, max: 10 });

  it.each<[string, fc.Arbitrary<bigint>, fc.Arbitrary<number>, boolean, (from: Reader) => bigint]>([
    ['u32', fc.bigInt(0n, 2n ** 32n - 1n), length, false, (from) => BigInt(from.u32())],
    ['s32', fc.bigInt(-(2n ** 31n), 2n ** 31n - 1n), length, true, (from) => BigInt(from.s32())],
    ['s33', fc.bigInt(-(2n ** 32n), 2n ** 32n - 1n), length, true, (from) => BigInt(from.s33())],
    ['u64', fc.bigInt(0n, 2n ** 64n - 1n), length64, false, (from) => BigInt.asUintN(64, joined(from.u64(), from.hi))],
    ['s64', fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), length64, true, (from) => joined(from.s64(), from.hi)],
    ['u64 as a number', fc.bigInt(0n, 2n ** 53n), length64, false, (from) => BigInt(from.u64AsNumber())],
  ])('%s reads any encoding of any value', (_name, values, lengths, signed, read) => {
    fc.assert(
      fc.property(values, lengths, (value, padding) => {
        const bytes = leb(value, signed, padding);
        const from = reader([...bytes, 0xee]);
        expect(read(from)).toBe(value);
        expect(from.offset).toBe(bytes.length);
      }),
    );
  });

  it.each<[string, number[], (from: Reader) => unknown, string]>([
    ['u32 of 33 bits', [0xff, 0xff, 0xff, 0xff, 0x1f], (from) => from.u32(), 'integer too large'],
    ['u32 of 6 bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0], (from) => from.u32(), 'integer representation too long'],
    ['s32 whose sign bits differ', [0xff, 0xff, 0xff, 0xff, 0x4f], (from) => from.s32(), 'integer too large'],
    ['s32 of 6 bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0], (from) => from.s32(), 'integer representation too long'],
    ['s33 of 34 bits', [0xff, 0xff, 0xff, 0xff, 0x1f], (from) => from.s33(), 'integer too large'],
    ['u64 of 65 bits', [...Array(9).fill(0xff), 0x02], (from) => from.u64(), 'integer too large'],
    ['s64 whose sign bits differ', [...Array(9).fill(0x80), 0x40], (from) => from.s64(), 'integer too large'],
    ['s64 of 11 bytes', [...Array(10).fill(0x80), 0], (from) => from.s64(), 'integer representation too long'],
    ['u32 that ends early', [0x80, 0x80], (from) => from.u32(), 'unexpected end'],
    ['u64 that ends early', [0x80], (from) => from.u64(), 'unexpected end'],
    ['u64 of no bytes', [], (from) => from.u64(), 'unexpected end'],
  ])('%s is ill-formed', (_name, bytes, read, reason) => {
    expect(() => read(reader(bytes))).toThrow(DecodeError);
    expect(() => read(reader(bytes))).toThrow(reason);
  });

  it('any bytes give a value or a DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        for (const key of ['u32', 's32', 's33', 'u64', 's64', 'valType', 'heapType', 'name'] as const) {
          try {
            new Reader(bytes)[key]();
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
      }),
    );
  });
});

describe('types', () => {
  it.each<[string, number[], string]>([
    ['a number', [0x7f], 'i32'],
    ['a vector', [0x7b], 'v128'],
    ['an abbreviation', [0x70], 'funcref'],
    ['a long form', [0x63, 0x70], 'funcref'],
    ['a reference without null', [0x64, 0x6b], '(ref struct)'],
    ['an index of two bytes', [0x63, 0x80, 0x01], '(ref null 128)'],
  ])('%s', (_name, bytes, text) => {
    expect(valTypeText(reader(bytes).valType())).toBe(text);
  });

  it.each<[string, number[], string]>([
    ['packed, as a value', [0x78], 'malformed value type'],
    ['unknown', [0x40], 'malformed value type'],
    ['an unknown heap type', [0x64, 0x40], 'malformed heap type'],
    ['an index past the limit', [0x64, 0xc0, 0x84, 0x3d], 'unknown type'],
  ])('%s is ill-formed', (_name, bytes, reason) => {
    expect(() => reader(bytes).valType()).toThrow(reason);
  });
});

describe('UTF-8', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  it('agrees with TextDecoder on any bytes', () => {
    // Bytes near the borders of the encoding's classes come up often.
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0x80, 0x9f, 0xbf),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 8 }), (values) => {
        const bytes = Uint8Array.from(values);
        let expected: string | undefined;
        try {
          expected = strict.decode(bytes);
        } catch {
          expected = undefined;
        }
        expect(decodeUtf8(bytes, 0, bytes.length)).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it('encodes as TextEncoder does and decodes what it encodes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = encodeUtf8(text);
        expect(Buffer.compare(bytes, new TextEncoder().encode(text))).toBe(0);
        expect(decodeUtf8(bytes, 0, bytes.length)).toBe(text);
      }),
    );
  });
});
