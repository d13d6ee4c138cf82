/**
 * What each wasm instruction becomes: one rule an instruction, by id. Rules of instructions with a fixed
 * signature come from the instruction table; the others stand in the files beside this one.
 */
import {
  abstractHeapTypes,
  assert,
  type InstrId,
  type InstructionRow,
  instructions,
  type Mnemonic,
  namedTypes,
  refType,
  signatureOf,
  type ValType,
  valTypeByKeyword,
} from '../../syntax/index.ts';
import { findSlotOp } from '../slot-numbers.ts';
import { aggregateRules } from './aggregate-rules.ts';
import { chain } from './branches.ts';
import { controlRules } from './control-rules.ts';
import { CONST, type Emitter, slotOp } from './emitter.ts';
import type { Lowering } from './lowering.ts';
import { atomicRules, memoryRules } from './memory-rules.ts';
import { variableRules } from './variable-rules.ts';
import { vectorRules } from './vector-rules.ts';

export interface Rule {
  /** Runs in dead code too: it opens or closes a block. */
  readonly isStructural?: boolean;
  /** Before the checker takes the instruction: operands are on both stacks. */
  before(lowering: Lowering): void;
  /** After it: the checker's stack holds the results. */
  after?(lowering: Lowering): void;
}

// Not one object: putting it together left 0.8 MB of garbage at every start.
const explicitRules: readonly Partial<Record<Mnemonic, Rule>>[] = [
  controlRules,
  variableRules,
  memoryRules,
  atomicRules,
  aggregateRules,
  vectorRules,
];

const commutative = new Set([
  ...['add', 'mul', 'and', 'or', 'xor', 'eq', 'ne'].flatMap((name) => [`i32.${name}`, `i64.${name}`]),
  ...['add', 'mul'].flatMap((name) => [`f32.${name}`, `f64.${name}`]),
]);

/** The comparison with its operands exchanged. */
const mirroredSuffix: Readonly<Record<string, string>> = {
  lt_s: 'gt_s',
  lt_u: 'gt_u',
  gt_s: 'lt_s',
  gt_u: 'lt_u',
  le_s: 'ge_s',
  le_u: 'ge_u',
  ge_s: 'le_s',
  ge_u: 'le_u',
};

/** A type as the table's signatures write it. */
function typeOf(keyword: string): ValType {
  if (keyword === '(ref i31)') return refType(abstractHeapTypes.i31, false);
  return namedTypes[keyword as keyof typeof namedTypes] ?? valTypeByKeyword(keyword)!;
}

/** Operands in `a`, `b`, `d`; the result in `c`. */
function simpleRule(op: number, operandCount: number, result: ValType | undefined): Rule {
  return {
    before({ emitter }) {
      const first = emitter.height - operandCount;
      const a = operandCount > 0 ? emitter.operand(first) : 0;
      const b = operandCount > 1 ? emitter.operand(first + 1) : 0;
      const d = operandCount > 2 ? emitter.operand(first + 2) : 0;
      emitter.popMany(operandCount);
      const instr = result === undefined ? emitter.emit(op) : emitter.emitResult(op, result);
      instr.a = a;
      instr.b = b;
      instr.d = d;
    },
  };
}

/** A binary operation that also has an immediate form. */
function binaryRule(name: string, op: number, immediateOp: number, result: ValType): Rule {
  const [type, suffix] = name.split('.') as [string, string];
  const mirrored = commutative.has(name) ? name : mirroredSuffix[suffix] && `${type}.${mirroredSuffix[suffix]}`;
  const mirroredOp = mirrored === undefined ? undefined : slotOp(`${mirrored}_i`);
  const registers = simpleRule(op, 2, result);
  return {
    before(lowering) {
      const { emitter } = lowering;
      const left = emitter.height - 2;
      const right = left + 1;
      const usesRight = emitter.kinds[right] === CONST;
      const usesLeft = !usesRight && mirroredOp !== undefined && emitter.kinds[left] === CONST;
      if (!usesRight && !usesLeft) {
        if (!chainRegisters(emitter, op, commutative.has(name), result)) registers.before(lowering);
        return;
      }

      const constant = usesRight ? right : left;
      const other = usesRight ? left : right;
      const slotOperation = usesRight ? immediateOp : mirroredOp!;
      const lo = emitter.lo[constant]!;
      const hi = emitter.hi[constant]!;
      const chained = chainOn(emitter, other, slotOperation);
      if (chained !== undefined) {
        emitter.extendResult(chained, 2, result).d = lo;
        return;
      }
      const a = emitter.operand(other);
      emitter.popMany(2);
      const instr = emitter.emitResult(slotOperation, result);
      instr.a = a;
      instr.b = lo;
      instr.d = hi;
      if (type === 'i64') instr.k = bigIntOf(lo, hi);
      else if (type !== 'i32') instr.k = floatOf(type, lo, hi);
    },
  };
}

/** The operation that does `op` on operand `i`, when the last instruction computed it and the two make a pair. */
function chainOn(emitter: Emitter, i: number, op: number): number | undefined {
  return emitter.isResult(i) ? chain(emitter.result!.op, op) : undefined;
}

/** Fuses a binary operation on registers with the instruction that computed one of them. */
function chainRegisters(emitter: Emitter, op: number, isCommutative: boolean, result: ValType): boolean {
  const left = emitter.height - 2;
  const right = left + 1;
  const fromLeft = chainOn(emitter, left, op);
  const fromRight = isCommutative ? chainOn(emitter, right, op) : undefined;
  const chained = fromLeft ?? fromRight;
  if (chained === undefined) return false;
  const d = emitter.operand(fromLeft === undefined ? left : right);
  emitter.extendResult(chained, 2, result).d = d;
  return true;
}

/** Two halves as the BigInt that the 64-bit view of the value stack holds. */
function bigIntOf(lo: number, hi: number): bigint {
  return (BigInt(hi) << BigInt(32)) | BigInt(lo >>> 0);
}

const scratch = new DataView(new ArrayBuffer(8));

/** The number that float bits are. As an operand its NaN payload does not matter: results are canonical. */
function floatOf(type: string, lo: number, hi: number): number {
  scratch.setInt32(0, lo, true);
  scratch.setInt32(4, hi, true);
  return type === 'f32' ? scratch.getFloat32(0, true) : scratch.getFloat64(0, true);
}

/** Operands that the operation finds side by side from `a` on; results side by side from `c` on. */
function blockRule(op: number, operandCount: number, results: readonly ValType[]): Rule {
  return {
    before({ emitter }) {
      const first = emitter.height - operandCount;
      emitter.flushFrom(first);
      const a = emitter.at[first]!;
      emitter.popMany(operandCount);
      const instr = emitter.emit(op);
      instr.a = a;
      instr.b = a + 2;
      instr.c = a;
      for (const type of results) emitter.pushTemp(type);
    },
  };
}

function ruleFromSignature(row: InstructionRow): Rule | undefined {
  const signature = signatureOf(row);
  const op = findSlotOp(row.name);
  if (signature === undefined || op === undefined || row.imm !== 'none') return undefined;
  const results = signature.results.map(typeOf);
  if (results.length > 1) return blockRule(op, signature.operands.length, results);
  const immediateOp = findSlotOp(`${row.name}_i`);
  if (immediateOp !== undefined) return binaryRule(row.name, op, immediateOp, results[0]!);
  return simpleRule(op, signature.operands.length, results[0]);
}

const rules: (Rule | undefined)[] = [];

/** An instruction's rule, made when it is first asked for: a program has few of them. */
export function ruleOf(id: InstrId): Rule {
  const known = rules[id];
  if (known !== undefined) return known;
  const made = makeRule(instructions[id]!);
  rules[id] = made;
  return made;
}

function makeRule(row: InstructionRow & { readonly name: Mnemonic }): Rule {
  const rule = explicitRules.find((table) => table[row.name] !== undefined)?.[row.name] ?? ruleFromSignature(row);
  assert(rule !== undefined, `no rule lowers ${row.name}`);
  return rule;
}
