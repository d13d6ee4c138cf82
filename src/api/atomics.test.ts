/**
 * Every atomic instruction beside a model on whole numbers: results, what is in memory afterwards, and which trap comes
 * first — on shared and unshared memory, of 32 and 64 bits of address, in fast and clear code.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type InstructionRow, instructions, Trap } from '../syntax/index.ts';
import { compile, type Instance, instantiate, Memory } from './index.ts';

const PAGE_BYTES = 65536;
const rows = (instructions as readonly InstructionRow[]).filter(({ proposal }) => proposal === 'threads');

type ValueType = 'i32' | 'i64';

interface AtomicOp {
  readonly name: string;
  readonly operands: readonly ValueType[];
  readonly result: ValueType | undefined;
  readonly accessBytes: number;
}

const ops: readonly AtomicOp[] = rows
  .filter(({ name }) => name !== 'atomic.fence')
  .map(({ name, sig, accessBytes }) => {
    const [operands = '', results = ''] = (sig ?? '').split(' -> ').map((list) => list.slice(1, -1));
    const [, ...others] = operands.split(' ');
    return {
      name,
      operands: others as ValueType[],
      result: results === '' ? undefined : (results as ValueType),
      accessBytes: accessBytes!,
    };
  });

test('B1.3: there are 67 atomic instructions', () => {
  expect(rows).toHaveLength(67);
  const kinds = ['load', 'store', 'add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'];
  const counts = kinds.map((kind) => rows.filter(({ name }) => new RegExp(`\\.${kind}(\\d|_|$)`).test(name)).length);
  expect(counts).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 7]);
});

/** What an instruction does to a cell of `accessBytes`: what it gives, and the cell afterwards. */
function model(op: AtomicOp, cell: bigint, operands: readonly bigint[], isShared: boolean) {
  const bits = op.accessBytes * 8;
  const wrap = (value: bigint) => BigInt.asUintN(bits, value);
  const [a = 0n, b = 0n] = operands.map(wrap);
  if (op.name === 'memory.atomic.notify') return { result: 0n, cell };
  if (op.name.startsWith('memory.atomic.wait')) {
    if (!isShared) return { trap: 'expected shared memory', cell };
    return { result: cell === a ? 2n : 1n, cell };
  }
  if (op.name.includes('.load')) return { result: cell, cell };
  if (op.name.includes('.store')) return { cell: a };
  const after: Record<string, bigint> = {
    add: wrap(cell + a),
    sub: wrap(cell - a),
    and: cell & a,
    or: cell | a,
    xor: cell ^ a,
    xchg: a,
    cmpxchg: cell === a ? b : cell,
  };
  return { result: cell, cell: after[op.name.split('.')[3]!.replace(/_u$/, '')]! };
}

function moduleText(offset: number, address: ValueType, isShared: boolean): string {
  const funcs = ops.map(({ name, operands, result }) => {
    const params = operands.map((type) => `(param ${type})`).join('');
    const gets = operands.map((_, i) => `(local.get ${i + 1})`).join('');
    const results = result === undefined ? '' : `(result ${result})`;
    return `(func (export "${name}") (param ${address}) ${params} ${results} (${name} offset=${offset} (local.get 0) ${gets}))`;
  });
  const limits = address === 'i64' ? 'i64 1 1' : '1 1';
  return `(module (memory (import "" "m") ${limits} ${isShared ? 'shared' : ''}) ${funcs.join('\n')})`;
}

const OFFSET = 8;
const interesting = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 0x80n, 0xffn, 0x8000n, 0xffffn, 0x7fffffffn, -0x80000000n, 2n ** 63n - 1n),
);
/** What is added to `OFFSET`: inside, near the end of memory, around 2^31 and 2^32, and wrapped if it were. */
const addresses = fc.oneof(
  fc.integer({ min: 0, max: 64 }),
  fc.integer({ min: PAGE_BYTES - 24, max: PAGE_BYTES + 8 }),
  fc.integer({ min: 2 ** 31 - 8, max: 2 ** 31 + 8 }),
  fc.integer({ min: 2 ** 32 - 24, max: 2 ** 32 - 1 }),
);

const asValue = (type: ValueType, value: bigint) =>
  type === 'i64' ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value));

function outcome(instance: Instance, op: AtomicOp, args: readonly unknown[]): unknown {
  try {
    return instance.call(op.name, ...args);
  } catch (error) {
    if (error instanceof Trap) return error.message;
    throw error;
  }
}

describe.each([
  ['shared, fast code', true, 'i32', 'fast'],
  ['unshared, fast code', false, 'i32', 'fast'],
  ['shared, clear code', true, 'i32', 'clear'],
  ['shared, 64-bit addresses', true, 'i64', 'fast'],
  ['unshared, 64-bit addresses, clear code', false, 'i64', 'clear'],
] as const)('B1.3: on memory that is %s,', (_, isShared, address, lowering) => {
  const memory = new Memory({ initial: 1, maximum: 1, shared: isShared, address });
  const view = new DataView(memory.bytes.buffer);
  const instance = instantiate(compile(moduleText(OFFSET, address, isShared), { lowering }), { '': { m: memory } });

  test.each(ops)('$name does as the model', (op) => {
    fc.assert(
      fc.property(addresses, interesting, interesting, interesting, fc.boolean(), (at, before, a, b, matches) => {
        const ea = at + OFFSET;
        // Half of the comparisons find what they expect, in wider operands with other high bits.
        const high = BigInt.asIntN(64, before & ~(2n ** BigInt(op.accessBytes * 8) - 1n));
        const first = matches
          ? BigInt.asIntN(64, before ^ (op.operands[0] === 'i64' && op.accessBytes < 8 ? high : 0n))
          : a;
        const timed = op.name.includes('wait');
        const operands = [first, timed ? 0n : b].slice(0, op.operands.length);
        const args = [asValue(address, BigInt(at)), ...operands.map((value, i) => asValue(op.operands[i]!, value))];
        const isInside = ea + op.accessBytes <= PAGE_BYTES;
        const span = ea - (ea % 8);
        if (ea + 16 <= PAGE_BYTES) view.setBigInt64(span, before, true);
        const bytesBefore = memory.bytes.slice(span, span + 16);

        const got = outcome(instance, op, args);

        if (ea % op.accessBytes !== 0) {
          expect(got).toBe('unaligned atomic');
          expect(memory.bytes.slice(span, span + 16)).toEqual(bytesBefore);
          return;
        }
        if (!isInside) {
          expect(got).toBe('out of bounds memory access');
          return;
        }
        const cellBefore = readCell(bytesBefore, ea - span, op.accessBytes);
        const expected = model(op, cellBefore, operands, isShared);
        if ('trap' in expected) expect(got).toBe(expected.trap);
        else expect(got).toEqual(expected.result === undefined ? undefined : asValue(op.result!, expected.result));
        const wanted = bytesBefore.slice();
        writeCell(wanted, ea - span, op.accessBytes, expected.cell);
        expect(memory.bytes.slice(span, span + 16)).toEqual(wanted);
      }),
      { numRuns: 40 },
    );
  });
});

function readCell(bytes: Uint8Array, at: number, accessBytes: number): bigint {
  let value = 0n;
  for (let i = accessBytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
  return value;
}

function writeCell(bytes: Uint8Array, at: number, accessBytes: number, value: bigint): void {
  for (let i = 0; i < accessBytes; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}
