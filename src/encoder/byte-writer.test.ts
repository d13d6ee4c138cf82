/** LEB128 against BigInt, and against the decoder's reader; types and names in their shortest form. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader } from '../decoder/index.ts';
import { abstractHeapTypes, concreteHeapType, I8, I32, refType, V128 } from '../syntax/index.ts';
import { ByteWriter } from './byte-writer.ts';

function written(write: (out: ByteWriter) => void): number[] {
  const out = new ByteWriter();
  write(out);
  return [...out.toBytes()];
}

/** The definition, with unbounded integers: seven bits a byte until the rest is only sign. */
function lebReference(value: bigint, signed: boolean): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const group = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = signed ? rest === (group & 0x40 ? -1n : 0n) : rest === 0n;
    bytes.push(isLast ? group : group | 0x80);
    if (isLast) return bytes;
  }
}

const lo = (value: bigint) => Number(BigInt.asIntN(32, value));
const hi = (value: bigint) => Number(BigInt.asIntN(32, value >> 32n));
const MAX_U64 = 2n ** 64n - 1n;
const MIN_S64 = -(2n ** 63n);
const MAX_S64 = 2n ** 63n - 1n;

describe('LEB128', () => {
  it('writes u32 as defined, whatever the sign of its number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        const expected = lebReference(BigInt(value), false);
        expect(written((out) => out.u32(value))).toEqual(expected);
        expect(written((out) => out.u32(value | 0))).toEqual(expected);
      }),
    );
  });

  it('writes s32 as defined', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(written((out) => out.s32(value))).toEqual(lebReference(BigInt(value), true));
      }),
    );
  });

  it('writes s33 as defined', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
        expect(written((out) => out.s33(value))).toEqual(lebReference(BigInt(value), true));
      }),
    );
  });

  it('writes u64 from halves as defined', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_U64 }), (value) => {
        expect(written((out) => out.u64(lo(value), hi(value)))).toEqual(lebReference(value, false));
      }),
    );
  });

  it('writes s64 from halves as defined', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: MIN_S64, max: MAX_S64 }), (value) => {
        expect(written((out) => out.s64(lo(value), hi(value)))).toEqual(lebReference(value, true));
      }),
    );
  });

  it.each([
    ['0', 0n],
    ['63', 63n],
    ['64', 64n],
    ['-64', -64n],
    ['-65', -65n],
    ['2^31', 2n ** 31n],
    ['2^32 - 1', 2n ** 32n - 1n],
    ['greatest', MAX_S64],
    ['least', MIN_S64],
  ])('reads back the s64 %s', (_name, value) => {
    const out = new ByteWriter();
    out.s64(lo(value), hi(value));
    const reader = new Reader(out.toBytes());
    expect([reader.s64(), reader.hi]).toEqual([lo(value), hi(value)]);
    expect(reader.done).toBe(true);
  });
});

describe('types', () => {
  it.each([
    ['i32', I32, [0x7f]],
    ['v128', V128, [0x7b]],
    ['i8', I8, [0x78]],
    ['funcref', refType(abstractHeapTypes.func, true), [0x70]],
    ['(ref func)', refType(abstractHeapTypes.func, false), [0x64, 0x70]],
    ['(ref null 1)', refType(concreteHeapType(1), true), [0x63, 0x01]],
    ['(ref 64)', refType(concreteHeapType(64), false), [0x64, 0xc0, 0x00]],
    ['(ref 200)', refType(concreteHeapType(200), false), [0x64, 0xc8, 0x01]],
  ])('writes %s', (_name, type, expected) => {
    expect(written((out) => out.valType(type))).toEqual(expected);
  });
});

describe('the buffer', () => {
  it('grows, copies from itself and forgets', () => {
    const out = new ByteWriter();
    for (let i = 0; i < 1000; i++) out.u8(i & 0xff);
    out.copy(out, 10, 20);
    expect(out.length).toBe(1010);
    expect([...out.toBytes().slice(1000)]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    out.truncate(2);
    expect([...out.toBytes()]).toEqual([0, 1]);
  });

  it('writes words little-endian and names with their length', () => {
    expect(written((out) => out.word(0x89abcdef | 0))).toEqual([0xef, 0xcd, 0xab, 0x89]);
    expect(written((out) => out.name('aλ'))).toEqual([3, 0x61, 0xce, 0xbb]);
  });
});
