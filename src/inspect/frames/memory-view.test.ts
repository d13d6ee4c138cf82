/** Looking into memories: rows, searches, typed reads and writes, and their ends. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Budget, Memory } from '../../runtime/index.ts';
import { I32, UsageError } from '../../syntax/index.ts';
import {
  findBytes,
  hexRows,
  type MemoryNumberType,
  readBytes,
  readNumber,
  readText,
  writeBytes,
  writeNumber,
} from './memory-view.ts';

/** A memory of single-byte pages. */
function memoryOf(bytes: ArrayLike<number>): Memory {
  const limits = { min: bytes.length, max: undefined };
  const memory = new Memory({ address: I32, limits, shared: false, pageSizeLog2: 0 }, new Budget(1e9));
  memory.bytes.set(bytes);
  return memory;
}

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

test('rows show bytes as hex and ASCII', () => {
  const memory = memoryOf([...ascii('Hi ~\x7f'), 0, 255, 10]);
  const rows = hexRows(memory, 1, 3, 4);
  expect(rows.map(({ address, hex, ascii: text }) => [address, hex, text])).toEqual([
    [1, '69 20 7e 7f', 'i ~.'],
    [5, '00 ff 0a', '...'],
  ]);
  expect(rows[1]!.bytes).toEqual(Uint8Array.of(0, 255, 10));
  expect(hexRows(memory, 8)).toEqual([]);
});

test('bytes that another agent has added are there', () => {
  const type = { address: I32, limits: { min: 1, max: 4 }, shared: true, pageSizeLog2: 0 } as const;
  const memory = new Memory(type, new Budget(1e9));
  const there = new Memory(type, new Budget(1e9), memory.share());
  expect(() => readBytes(memory, 2, 1)).toThrow('bytes 2 to 3 are not within the memory of 1 bytes');
  there.grow(2);
  there.bytes[2] = 7;
  expect(readBytes(memory, 2, 1)).toEqual(Uint8Array.of(7));
  expect(() => readBytes(memory, 2, 2)).toThrow('bytes 2 to 4 are not within the memory of 3 bytes');
});

test('rows are copies', () => {
  const memory = memoryOf([1, 2]);
  const [row] = hexRows(memory, 0);
  memory.bytes[0] = 9;
  expect(row!.bytes[0]).toBe(1);
});

test.each([
  ['beyond the end', 9, 1, 1],
  ['before the start', -1, 1, 1],
  ['at no whole number', 0.5, 1, 1],
  ['no row', 0, 0, 1],
  ['too many rows', 0, 1e6, 1],
  ['rows of nothing', 0, 1, 0],
  ['endless rows', 0, 1, 1e6],
])('rows refuse %s', (_name, address, rowCount, rowBytes) => {
  expect(() => hexRows(memoryOf(new Uint8Array(8)), address, rowCount, rowBytes)).toThrow(UsageError);
});

describe('a search', () => {
  test('finds what indexOf finds', () => {
    // Few letters, so that patterns nearly repeat.
    const letters = (least: number, most: number) =>
      fc.array(fc.constantFrom(0x61, 0x62), { minLength: least, maxLength: most });
    fc.assert(
      fc.property(letters(0, 60), letters(1, 5), fc.nat(60), fc.nat(60), (bytes, pattern, a, b) => {
        const [from, to] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
        const text = String.fromCharCode(...bytes).slice(0, to);
        const found = findBytes(memoryOf(bytes), Uint8Array.from(pattern), from, to);
        expect(found).toBe(text.indexOf(String.fromCharCode(...pattern), from));
      }),
    );
  });

  test('for what nearly repeats is linear, and finds the same', () => {
    const bytes = new Uint8Array(400_000);
    bytes[399_999] = 1;
    const pattern = new Uint8Array(100_001);
    pattern[100_000] = 1;
    expect(findBytes(memoryOf(bytes), pattern)).toBe(299_999);
    expect(findBytes(memoryOf(bytes), pattern, 299_999)).toBe(299_999);
    expect(findBytes(memoryOf(bytes), pattern, 300_000)).toBe(-1);
    expect(findBytes(memoryOf(bytes), pattern, 0, 399_999)).toBe(-1);
  });

  test('needs something to find, within the memory', () => {
    const memory = memoryOf([1, 2, 3]);
    expect(() => findBytes(memory, new Uint8Array(0))).toThrow('there is nothing to find');
    expect(() => findBytes(memory, Uint8Array.of(1), 0, 4)).toThrow(
      'bytes 0 to 4 are not within the memory of 3 bytes',
    );
    expect(() => findBytes(memory, Uint8Array.of(1), 2, 1)).toThrow(UsageError);
  });
});

const pattern = Uint8Array.of(0, 0x80, 0xff, 0xc0, 0x7f, 0x01, 0x02, 0x83, 0x84);

test.each<[MemoryNumberType, number | bigint]>([
  ['u8', 0x80],
  ['s8', -0x80],
  ['u16', 0xff80],
  ['s16', -0x80],
  ['u32', 0x7fc0ff80],
  ['s32', 0x7fc0ff80],
  ['u64', BigInt('0x848302017fc0ff80')],
  ['s64', BigInt.asIntN(64, BigInt('0x848302017fc0ff80'))],
  ['f64', new DataView(pattern.buffer).getFloat64(1, true)],
])('%s is read little-endian, at any alignment, and written back', (type, value) => {
  const memory = memoryOf(pattern);
  expect(readNumber(memory, 1, type)).toBe(value);
  const copy = memoryOf(new Uint8Array(9));
  writeNumber(copy, 1, type, value);
  expect(readNumber(copy, 1, type)).toBe(value);
});

test('f32 is rounded', () => {
  const memory = memoryOf(new Uint8Array(4));
  writeNumber(memory, 0, 'f32', 0.1);
  expect(readNumber(memory, 0, 'f32')).toBe(Math.fround(0.1));
});

test.each<[MemoryNumberType, number]>([
  ['u8', 4],
  ['u16', 3],
  ['f32', 1],
  ['u64', 0],
  ['s32', -1],
  ['s32', Number.NaN],
])('%s at %d is not within 4 bytes, and nothing is written', (type, address) => {
  const memory = memoryOf(new Uint8Array(4));
  expect(() => readNumber(memory, address, type)).toThrow('not within the memory of 4 bytes');
  const value = type === 'u64' ? BigInt(-1) : -1;
  expect(() => writeNumber(memory, address, type, value)).toThrow(UsageError);
  expect(memory.bytes).toEqual(new Uint8Array(4));
});

test('numbers and bigints are told apart', () => {
  const memory = memoryOf(new Uint8Array(8));
  expect(() => writeNumber(memory, 0, 'u64', 1)).toThrow('u64 takes a bigint, not a number');
  expect(() => writeNumber(memory, 0, 'u32', BigInt(1))).toThrow('u32 takes a number, not a bigint');
});

test('bytes and text', () => {
  const memory = memoryOf(new Uint8Array(8));
  writeBytes(memory, 1, Uint8Array.of(0xc3, 0xbc, 0x21));
  expect(readText(memory, 1, 3)).toBe('ü!');
  expect(readText(memory, 2, 1)).toBe(undefined);
  expect(readBytes(memory, 0, 4)).toEqual(Uint8Array.of(0, 0xc3, 0xbc, 0x21));
  expect(() => writeBytes(memory, 6, new Uint8Array(3))).toThrow('bytes 6 to 9 are not within the memory of 8 bytes');
  expect(() => readBytes(memory, 0, -1)).toThrow(UsageError);
  expect(() => readText(memory, 0, 2 ** 53)).toThrow(UsageError);
});
