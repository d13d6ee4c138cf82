/** Guest memory: what is stored is loaded, nothing beside it changes, bad pointers trap. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HostExit, Trap } from '../../syntax/index.ts';
import { addressOf, loadU8, loadU16, loadU32, loadU64, storeU8, storeU16, storeU32, storeU64 } from './abi.ts';
import { errnoRows } from './errno.ts';
import { callFunction } from './functions.ts';
import { type FunctionName, signatures } from './signatures.ts';
import { TestGuest, TestMemory } from './test-guest.ts';

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

describe('loads and stores', () => {
  test.each([
    ['u8', 1, storeU8, loadU8],
    ['u16', 2, storeU16, loadU16],
    ['u32', 4, storeU32, loadU32],
  ] as const)('%s: little-endian, between guards', (_, size, store, load) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** (size * 8) - 1 }), fc.integer({ min: 0, max: 3 }), (value, slot) => {
        const memory = new TestMemory(4 * size);
        memory.bytes.fill(0x3f);
        store(memory, slot * size, value);
        expect(load(memory, slot * size)).toBe(value);
        const expected = new Uint8Array(4 * size).fill(0x3f);
        const view = new DataView(expected.buffer);
        for (let index = 0; index < size; index++)
          view.setUint8(slot * size + index, Math.floor(value / 2 ** (8 * index)));
        expect(memory.bytes).toEqual(expected);
      }),
    );
  });

  test('u64: little-endian, between guards', () => {
    fc.assert(
      fc.property(u64, fc.integer({ min: 0, max: 2 }), (value, slot) => {
        const memory = new TestMemory(24);
        memory.bytes.fill(0x3f);
        storeU64(memory, slot * 8, value);
        expect(loadU64(memory, slot * 8)).toBe(value);
        const expected = new Uint8Array(24).fill(0x3f);
        new DataView(expected.buffer).setBigUint64(slot * 8, value, true);
        expect(memory.bytes).toEqual(expected);
      }),
    );
  });
});

describe('addresses', () => {
  const memory = new TestMemory(64);
  test.each([
    ['at the end, no bytes', 64, 0, 1, 64],
    ['the last 8 bytes', 56, 8, 8, 56],
  ] as const)('%s', (_, pointer, byteLength, alignment, expected) => {
    expect(addressOf(memory, pointer, byteLength, alignment)).toBe(expected);
  });

  test.each([
    ['one byte too far', 57, 8, 1, 'out of bounds memory access: 8 bytes at 57, memory has 64 bytes'],
    ['negative is huge', -8, 8, 8, 'out of bounds memory access: 8 bytes at 4294967288, memory has 64 bytes'],
    ['misaligned', 4, 8, 8, 'unaligned pointer: 4 is no multiple of 8'],
    ['out of bounds comes first', 60, 8, 8, 'out of bounds memory access: 8 bytes at 60, memory has 64 bytes'],
  ] as const)('%s', (_, pointer, byteLength, alignment, message) => {
    expect(() => addressOf(memory, pointer, byteLength, alignment)).toThrow(message);
  });
});

test('whatever a guest passes, the answer is an errno, a trap or an exit', () => {
  const small = fc.integer({ min: -1, max: 260 });
  const i32 = fc.oneof({ weight: 4, arbitrary: small }, fc.integer());
  const i64 = fc.oneof(fc.bigInt({ min: -2n, max: 70n }), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }));
  const names = Object.keys(signatures) as FunctionName[];
  const call = fc.constantFrom(...names).chain((name) => {
    const kinds = signatures[name].parameters.map(([, kind]) => kind);
    return fc.tuple(
      fc.constant(name),
      fc.tuple(
        ...kinds.map((kind) =>
          kind === 'u64' || kind === 'i64' ? i64 : kind === 'fd' ? fc.integer({ min: -1, max: 7 }) : i32,
        ),
      ),
    );
  });
  const tree = { a: 'text', d: { b: 'more' } };
  fc.assert(
    fc.property(
      fc.array(call, { minLength: 1, maxLength: 12 }),
      fc.uint8Array({ minLength: 256, maxLength: 256 }),
      (calls, bytes) => {
        const guest = new TestGuest({ tree, args: ['p', 'x'], environ: ['A=b'], stdin: 'input' });
        // Paths that exist, so that calls get further than a missing name.
        bytes.set([0x61, 0x64, 0x2f, 0x62, 0x2e, 0x2e, 0x2f, 0x61], 64);
        guest.memory.bytes.set(bytes);
        for (const [name, args] of calls) {
          try {
            const errno = callFunction(name, guest.context, guest.memory, args as never);
            expect(errnoRows[errno as number]?.number).toBe(errno);
          } catch (error) {
            expect(error instanceof Trap || error instanceof HostExit).toBe(true);
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
});
