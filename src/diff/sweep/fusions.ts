/**
 * Functions of what an engine may do in one step: a comparison and the branch on it, an operation on what the last one
 * gave. They add up what came of each, so that one call shows many.
 */
import { F32, F64, I32, I64, type Mnemonic, type ValType } from '../../syntax/index.ts';
import { randomBits } from '../calls.ts';
import { Code, pushNumber } from '../prepare/index.ts';
import type { Random } from '../random.ts';
import type { Made, Row } from './expressions.ts';

const BRANCHES = 16;
const CHAINS = 8;
const CHAIN_LENGTH = 4;
/** Where chains leave their results. */
const RESULTS_AT = 4096;

const types = [I32, I64, F32, F64] as const;
const params: readonly ValType[] = [...types, ...types];
const isCondition = /^(i32|i64|f32|f64)\.(eqz|eq|ne|[lg][te](_[su])?)$|^i32\.and$/;

/** One of two parameters, or a constant: most of these are on the right, as they are in programs. */
function operand(code: Code, type: ValType, isLast: boolean, random: Random): void {
  if (random.below(isLast ? 3 : 30) === 0) pushNumber(code, type, randomBits(type, random));
  else code.at('local.get', types.indexOf(type as (typeof types)[number]) + types.length * random.below(2));
}

/** Branches on comparisons in several ways; a bit of the result is set where one was taken. */
export function branchFunction(random: Random, rows: readonly Row[]): Made {
  const code = new Code();
  const conditions = rows.filter(({ name }) => isCondition.test(name));
  const sum = params.length;
  for (let i = 0; i < BRANCHES; i++) {
    const row = random.pick(conditions);
    // An `if` turns its comparison round: most ask as programs' loops do.
    const way = random.below(12);
    const isBranch = way < 8;
    if (isBranch) code.block('block');
    for (const [place, type] of row.operands.entries()) operand(code, type, place > 0, random);
    code.op(row.name);
    if (way === 7) code.op('i32.eqz');
    if (isBranch) code.at('br_if', 0);
    else if (way < 10) code.block('if');
    else code.i32(-1).i32(0).at('local.get', 0).op('select').op('i32.and').block('if');
    const bit = 1 << i;
    code.at('local.get', sum).i32(bit).op('i32.or').at('local.set', sum).op('end');
  }
  code.at('local.get', sum);
  return { type: { kind: 'func', params, results: [I32] }, locals: [I32], code };
}

const steps: readonly Mnemonic[] = [
  ...(['i32.and', 'i32.and', 'i32.add', 'i32.add', 'i32.xor', 'i32.or', 'i32.shl', 'i32.shl'] as const),
  ...(['i32.shr_u', 'i32.mul', 'i32.sub'] as const),
];

/** Operations on i32, each on what the one before gave. */
export function chainFunction(random: Random): Made {
  const code = new Code();
  for (let i = 0; i < CHAINS; i++) {
    code.i32(RESULTS_AT + 4 * i).at('local.get', types.length * random.below(2));
    for (let k = 0; k < CHAIN_LENGTH; k++) {
      if (random.below(2) === 0) code.i32(random.pick([1, 3, 7, 31, 255, 0x7f_ffff, -2, random.word() | 0]));
      else code.at('local.get', types.length * random.below(2));
      code.op(random.pick(steps));
    }
    code.at('i32.store', 0);
    code.out.u32(0);
  }
  return { type: { kind: 'func', params, results: [] }, locals: [], code };
}
