/** Loads, stores and bulk operations on memories and tables. */
import type { InstructionReader } from '../../decoder/index.ts';
import {
  F32,
  F64,
  I32,
  I64,
  type InstructionRow,
  instructions,
  type Mnemonic,
  signatureOf,
  V128,
  type ValType,
  valTypeByKeyword,
} from '../../syntax/index.ts';
import type { FarAccess } from '../cold/memory.ts';
import { findSlotOp } from '../slot-numbers.ts';
import { CONST, type Emitter, slotOp } from './emitter.ts';
import type { Lowering } from './lowering.ts';
import type { Rule } from './rules.ts';

/** Offsets from here on are no small integers; such accesses are far. */
const FIRST_FAR_OFFSET = 2 ** 30;

/** Is this an access that the loop does itself: memory 0, 32-bit, a small offset? */
function isNear(lowering: Lowering, { memidx, memOffset }: InstructionReader): boolean {
  return memidx === 0 && memOffset < FIRST_FAR_OFFSET && isNearMemory(lowering);
}

function farAccess({ memidx, memOffset }: InstructionReader): FarAccess {
  return { memidx, offset: memOffset };
}

/** @param access the integer access that moves the same bits */
function load(access: string, result: ValType): Rule {
  const near = slotOp(access);
  const far = slotOp(`far.${access}`);
  return {
    before(lowering) {
      const { emitter, checker } = lowering;
      const { reader } = checker;
      const a = emitter.operand(emitter.pop());
      const nearby = isNear(lowering, reader);
      const instr = emitter.emitResult(nearby ? near : far, result);
      instr.a = a;
      if (nearby) instr.d = reader.memOffset;
      else instr.k = farAccess(reader);
    },
  };
}

function store(access: string): Rule {
  const near = slotOp(access);
  const far = slotOp(`far.${access}`);
  const immediate = findSlotOp(`${access}_i`);
  return {
    before(lowering) {
      const { emitter, checker } = lowering;
      const { reader } = checker;
      const nearby = isNear(lowering, reader);
      const value = emitter.height - 1;
      const isImmediate = nearby && immediate !== undefined && emitter.kinds[value] === CONST;
      const a = emitter.operand(value - 1);
      const b = isImmediate ? emitter.lo[value]! : emitter.operand(value);
      emitter.popMany(2);
      const instr = emitter.emit(isImmediate ? immediate : nearby ? near : far);
      instr.a = a;
      instr.b = b;
      if (nearby) instr.d = reader.memOffset;
      else instr.k = farAccess(reader);
    },
  };
}

/** Operands in `a b d`, a result in `c`, the access in `k`. */
function atomic(row: InstructionRow): Rule {
  const op = slotOp(row.name);
  const { operands, results } = signatureOf(row)!;
  const result = results[0] === undefined ? undefined : valTypeByKeyword(results[0]);
  return {
    before({ emitter, checker }) {
      const first = emitter.height - operands.length;
      const [a = 0, b = 0, d = 0] = operands.map((_, i) => emitter.operand(first + i));
      emitter.popMany(operands.length);
      const instr = result === undefined ? emitter.emit(op) : emitter.emitResult(op, result);
      instr.a = a;
      instr.b = b;
      instr.d = d;
      instr.k = farAccess(checker.reader);
    },
  };
}

/** Atomic accesses and `atomic.fence`, by name. */
export const atomicRules: Partial<Record<Mnemonic, Rule>> = Object.fromEntries(
  instructions.filter(({ proposal }) => proposal === 'threads').map((row) => [row.name, atomic(row)]),
);

/** Is memory 0 the one that the loop accesses itself: with 32-bit addresses? */
function isNearMemory({ code }: Lowering): boolean {
  return code.module.spaces.memories[0]!.address === I32;
}

/**
 * Three operands in `a b d`, index immediates in `k`.
 *
 * @param near what does it in the loop, on memory 0 alone
 */
function bulk(op: number, immediates: (reader: InstructionReader) => number | readonly number[], near = op): Rule {
  return {
    before(lowering) {
      const { emitter, checker } = lowering;
      const first = emitter.height - 3;
      const a = emitter.operand(first);
      const b = emitter.operand(first + 1);
      const d = emitter.operand(first + 2);
      emitter.popMany(3);
      const indices = immediates(checker.reader);
      const isNear = near !== op && [indices].flat().every((index) => index === 0) && isNearMemory(lowering);
      const instr = emitter.emit(isNear ? near : op);
      instr.a = a;
      instr.b = b;
      instr.d = d;
      instr.k = indices;
    },
  };
}

const firstIndex = ({ index }: InstructionReader) => index;
const bothIndices = ({ index, index2 }: InstructionReader) => [index, index2] as const;

function drop(op: number): Rule {
  return {
    before({ emitter, checker }) {
      emitter.emit(op).a = checker.reader.index;
    },
  };
}

function memoryAddress({ code }: Lowering, memidx: number): ValType {
  return code.module.spaces.memories[memidx]!.address;
}

function tableAddress({ code }: Lowering, tableidx: number): ValType {
  return code.module.spaces.tables[tableidx]!.address;
}

/** One operand in `a`, one result, the table in `k`. */
function tableAccess(emitter: Emitter, op: number, tableidx: number, operands: number, result?: ValType): void {
  const first = emitter.height - operands;
  const a = operands > 0 ? emitter.operand(first) : 0;
  const b = operands > 1 ? emitter.operand(first + 1) : 0;
  emitter.popMany(operands);
  const instr = result === undefined ? emitter.emit(op) : emitter.emitResult(op, result);
  instr.a = a;
  instr.b = b;
  instr.k = tableidx;
}

const TABLE_GET = slotOp('table.get');
const TABLE_SET = slotOp('table.set');
const TABLE_SIZE = slotOp('table.size');
const TABLE_GROW = slotOp('table.grow');
const MEMORY_SIZE = slotOp('memory.size');
const MEMORY_GROW = slotOp('memory.grow');

export const memoryRules = {
  'i32.load': load('i32.load', I32),
  'i64.load': load('i64.load', I64),
  'f32.load': load('i32.load', F32),
  'f64.load': load('i64.load', F64),
  'v128.load': load('v128.load', V128),
  'i32.load8_s': load('i32.load8_s', I32),
  'i32.load8_u': load('i32.load8_u', I32),
  'i32.load16_s': load('i32.load16_s', I32),
  'i32.load16_u': load('i32.load16_u', I32),
  'i64.load8_s': load('i64.load8_s', I64),
  'i64.load8_u': load('i64.load8_u', I64),
  'i64.load16_s': load('i64.load16_s', I64),
  'i64.load16_u': load('i64.load16_u', I64),
  'i64.load32_s': load('i64.load32_s', I64),
  'i64.load32_u': load('i64.load32_u', I64),
  'i32.store': store('i32.store'),
  'i64.store': store('i64.store'),
  'f32.store': store('i32.store'),
  'f64.store': store('i64.store'),
  'v128.store': store('v128.store'),
  'i32.store8': store('i32.store8'),
  'i32.store16': store('i32.store16'),
  'i64.store8': store('i32.store8'),
  'i64.store16': store('i32.store16'),
  'i64.store32': store('i32.store'),
  'memory.size': {
    before(lowering) {
      const { index } = lowering.checker.reader;
      lowering.emitter.emitResult(MEMORY_SIZE, memoryAddress(lowering, index)).a = index;
    },
  },
  'memory.grow': {
    before(lowering) {
      const { emitter, checker } = lowering;
      const a = emitter.operand(emitter.pop());
      const instr = emitter.emitResult(MEMORY_GROW, memoryAddress(lowering, checker.reader.index));
      instr.a = a;
      instr.b = checker.reader.index;
    },
  },
  'memory.fill': bulk(slotOp('far.memory.fill'), firstIndex, slotOp('memory.fill')),
  'memory.copy': bulk(slotOp('far.memory.copy'), bothIndices, slotOp('memory.copy')),
  'memory.init': bulk(slotOp('memory.init'), bothIndices),
  'data.drop': drop(slotOp('data.drop')),
  'table.get': {
    before({ emitter, checker, code }) {
      const { index } = checker.reader;
      tableAccess(emitter, TABLE_GET, index, 1, code.module.spaces.tables[index]!.element);
    },
  },
  'table.set': {
    before({ emitter, checker }) {
      tableAccess(emitter, TABLE_SET, checker.reader.index, 2);
    },
  },
  'table.size': {
    before(lowering) {
      const { index } = lowering.checker.reader;
      tableAccess(lowering.emitter, TABLE_SIZE, index, 0, tableAddress(lowering, index));
    },
  },
  'table.grow': {
    before(lowering) {
      const { index } = lowering.checker.reader;
      tableAccess(lowering.emitter, TABLE_GROW, index, 2, tableAddress(lowering, index));
    },
  },
  'table.fill': bulk(slotOp('table.fill'), firstIndex),
  'table.copy': bulk(slotOp('table.copy'), bothIndices),
  'table.init': bulk(slotOp('table.init'), bothIndices),
  'elem.drop': drop(slotOp('elem.drop')),
} satisfies Partial<Record<Mnemonic, Rule>>;
