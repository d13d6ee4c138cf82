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
import { findSlotOp, slotOpNames } from '../slot-numbers.ts';
import { aggregateRules } from './aggregate-rules.ts';
import { chain } from './branches.ts';
import { controlRules } from './control-rules.ts';
import { CONST, type Emitter } from './emitter.ts';
import { bigIntOf, floatOf } from './immediates.ts';
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
  lt: 'gt',
  lt_s: 'gt_s',
  lt_u: 'gt_u',
  gt: 'lt',
  gt_s: 'lt_s',
  gt_u: 'lt_u',
  le: 'ge',
  le_s: 'ge_s',
  le_u: 'ge_u',
  ge: 'le',
  ge_s: 'le_s',
  ge_u: 'le_u',
};

/** Of integers, `a gt k` is `a ge k + 1`, and so on. */
const nextSuffix: Readonly<Record<string, string>> = { gt_s: 'ge_s', gt_u: 'ge_u', le_s: 'lt_s', le_u: 'lt_u' };

/** `a sub k` is `a add −k`, and so on. */
const negatedSuffix: Readonly<Record<string, string>> = { sub: 'add', rotr: 'rotl' };

const SIGN_BIT = -0x80000000;

/** A type as the table's signatures write it. */
function typeOf(keyword: string): ValType {
  if (keyword === '(ref i31)') return refType(abstractHeapTypes.i31, false);
  return namedTypes[keyword as keyof typeof namedTypes] ?? valTypeByKeyword(keyword)!;
}

/** Operands in `a`, `b`, `d`, the first two perhaps exchanged; the result in `c`. */
function simpleRule(op: number, operandCount: number, result: ValType | undefined, isMirrored = false): Rule {
  return {
    before({ emitter }) {
      const first = emitter.height - operandCount;
      const a = operandCount > 0 ? emitter.operand(first) : 0;
      const b = operandCount > 1 ? emitter.operand(first + 1) : 0;
      const d = operandCount > 2 ? emitter.operand(first + 2) : 0;
      emitter.popMany(operandCount);
      const instr = result === undefined ? emitter.emit(op) : emitter.emitResult(op, result);
      instr.a = isMirrored ? b : a;
      instr.b = isMirrored ? a : b;
      instr.d = d;
    },
  };
}

/** A constant's words. */
type Words = readonly [lo: number, hi: number];

interface ImmediateForm {
  readonly op: number;
  /** What stands in the instruction for a constant; undefined when there is nothing for it. */
  readonly immediate: (lo: number, hi: number) => Words | undefined;
}

/** The operation on an operand and a constant at its right, if there is one. */
function immediateForm(type: string, suffix: string): ImmediateForm | undefined {
  const negated = negatedSuffix[suffix];
  const next = nextSuffix[suffix];
  const op = findSlotOp(`${type}.${negated ?? next ?? suffix}_i`);
  if (op === undefined) return undefined;
  if (negated !== undefined) return { op, immediate: (lo, hi) => negate(type, lo, hi) };
  if (next !== undefined) return { op, immediate: (lo, hi) => nextInteger(type, suffix.endsWith('_s'), lo, hi) };
  return { op, immediate: (lo, hi) => [lo, hi] };
}

function negate(type: string, lo: number, hi: number): Words {
  if (type === 'i32') return [-lo | 0, 0];
  if (type === 'i64') return [-lo | 0, lo === 0 ? -hi | 0 : ~hi];
  return type === 'f32' ? [lo ^ SIGN_BIT, 0] : [lo, hi ^ SIGN_BIT];
}

/** Undefined for the greatest one. */
function nextInteger(type: string, isSigned: boolean, lo: number, hi: number): Words | undefined {
  const greatest = isSigned ? ~SIGN_BIT : -1;
  if (type === 'i32') return lo === greatest ? undefined : [(lo + 1) | 0, 0];
  if (lo !== -1) return [(lo + 1) | 0, hi];
  return hi === greatest ? undefined : [0, (hi + 1) | 0];
}

/** A binary operation that also has an immediate form. */
function binaryRule(name: string, registers: Rule, op: number, result: ValType): Rule {
  const [type, suffix] = name.split('.') as [string, string];
  const isCommutative = commutative.has(name);
  const mirrored = isCommutative ? suffix : mirroredSuffix[suffix];
  const onRight = immediateForm(type, suffix);
  const onLeft = mirrored === undefined ? undefined : immediateForm(type, mirrored);
  return {
    before(lowering) {
      const { emitter } = lowering;
      const left = emitter.height - 2;
      const right = left + 1;
      const usesRight = emitter.kinds[right] === CONST;
      const constant = usesRight ? right : left;
      const other = usesRight ? left : right;
      const form = usesRight ? onRight : onLeft;
      const words =
        emitter.kinds[constant] === CONST ? form?.immediate(emitter.lo[constant]!, emitter.hi[constant]!) : undefined;
      if (form === undefined || words === undefined) {
        if (!chainRegisters(emitter, op, isCommutative, result)) registers.before(lowering);
        return;
      }

      const [lo, hi] = words;
      const chained = chainOn(emitter, other, form.op);
      if (chained !== undefined) {
        emitter.extendResult(chained, 2, result).d = lo;
        return;
      }
      const a = emitter.operand(other);
      emitter.popMany(2);
      const instr = emitter.emitResult(form.op, result);
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
  const ownOp = findSlotOp(row.name);
  const op = ownOp ?? mirroredOp(row.name);
  if (signature === undefined || op === undefined || row.imm !== 'none') return undefined;
  const results = signature.results.map(typeOf);
  if (results.length > 1) return blockRule(op, signature.operands.length, results);
  const registers = simpleRule(op, signature.operands.length, results[0], ownOp === undefined);
  const [type, suffix] = slotOpNames[op]!.split('.') as [string, string];
  const hasImmediateForm = signature.operands.length === 2 && immediateForm(type, suffix) !== undefined;
  return hasImmediateForm ? binaryRule(row.name, registers, op, results[0]!) : registers;
}

/** The operation that compares the operands exchanged. */
function mirroredOp(name: string): number | undefined {
  const [type, suffix] = name.split('.') as [string, string?];
  const mirrored = suffix === undefined ? undefined : mirroredSuffix[suffix];
  return mirrored === undefined ? undefined : findSlotOp(`${type}.${mirrored}`);
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
