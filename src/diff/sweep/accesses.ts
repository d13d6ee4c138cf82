/** Loads and stores of every width: many that stay within the memory, and one at a time where it ends. */
import { I32, V128, type ValType } from '../../syntax/index.ts';
import { randomBits } from '../calls.ts';
import { Code, pushNumber } from '../prepare/index.ts';
import type { Random } from '../random.ts';
import { type Made, MEMORY_BYTES, type Row, writeLanes } from './expressions.ts';
import { subsetOf } from './subsets.ts';

const ACCESSES = 20;
/** Where what is loaded is stored. */
const RESULTS_AT = 2048;

/** Address and offset of an access that is the last there is, one beyond, or wraps to the start of the memory. */
function boundary(accessBytes: number, random: Random): readonly [address: number, offset: number] {
  const last = MEMORY_BYTES - accessBytes;
  const beyond = random.below(3);
  const wrap = random.below(16);
  switch (random.below(6)) {
    case 0:
      return [last - 16, 16 + beyond];
    case 1:
      return [random.below(8), last + beyond];
    case 2:
      return [-1 - wrap, 1 + wrap + random.below(4)];
    case 3:
      return [16 + wrap, -1 - wrap];
    default:
      return [last + beyond, 0];
  }
}

function accessesOf(rows: readonly Row[]): readonly Row[] {
  return subsetOf(rows, 'loads and stores', ({ accessBytes, name }) => accessBytes > 0 && !name.startsWith('memory.'));
}

/** One access at a boundary; its address is a parameter's or a constant, which run in other ways. */
export function boundFunction(random: Random, rows: readonly Row[]): Made {
  const accesses = accessesOf(rows);
  const isPlain = subsetOf(accesses, 'plain', ({ name }) => !/^v128.*\d|atomic/.test(name));
  const row = random.pick(random.below(3) === 0 ? accesses : isPlain);
  const code = new Code();
  const [address, offset] = boundary(row.accessBytes, random);
  const params = [I32, ...row.operands.slice(1)];
  if (random.below(2) === 0) code.i32(address);
  // A parameter whose value is known.
  else code.i32(address).at('local.set', 0).at('local.get', 0);
  for (const [i, type] of row.operands.slice(1).entries()) {
    if (random.below(3) === 0) pushNumber(code, type, randomBits(type, random));
    else code.at('local.get', i + 1);
  }
  code.at(row.name, row.name.includes('atomic') ? Math.log2(row.accessBytes) : 0);
  code.out.u32(offset);
  writeLanes(code, row, random);
  return { type: { kind: 'func', params, results: row.results }, locals: [], code };
}

export function accessFunction(
  random: Random,
  rows: readonly Row[],
  params: readonly ValType[],
  storeOf: (type: ValType) => Parameters<Code['at']>[0],
): Made {
  const code = new Code();
  const accesses = accessesOf(rows);
  const isScalar = subsetOf(accesses, 'scalar', ({ operands, results }) => ![...operands, ...results].includes(V128));
  const push = (type: ValType) => {
    if (random.below(4) === 0) pushNumber(code, type, randomBits(type, random));
    else code.at('local.get', params.indexOf(type) + (params.length / 2) * random.below(2));
  };
  for (let i = 0; i < ACCESSES; i++) {
    const row = random.pick(random.below(2) === 0 ? accesses : isScalar);
    const { accessBytes, name } = row;
    const isAtomic = name.includes('atomic');
    if (row.results.length > 0) code.i32(RESULTS_AT + 16 * i);
    if (random.below(4) === 0) code.i32(accessBytes * random.below(12));
    else {
      push(I32);
      code.i32(isAtomic ? 128 - accessBytes : 127).op('i32.and');
    }
    for (const type of row.operands.slice(1)) push(type);
    const natural = Math.log2(accessBytes);
    code.at(name, isAtomic ? natural : random.below(natural + 1));
    code.out.u32(random.below(2) === 0 ? 0 : accessBytes * random.below(4));
    writeLanes(code, row, random);
    if (row.results.length > 0) code.at(storeOf(row.results[0]!), 0).out.u32(0);
  }
  return { type: { kind: 'func', params, results: [] }, locals: [], code };
}
