/**
 * The short way through code: instructions that only move numbers, four of five in real programs, checked in one
 * small loop that hosts compile early.
 *
 * It only accepts what the rules accept. Whatever is rare, does not fit or is ill-formed is left where it stands,
 * for `BodyChecker.next` and `check`: rules.ts alone says what is valid and what the message is.
 */
import { I32, type InstructionRow, idByOpcode, instructions, type Mnemonic, type ValType } from '../syntax/index.ts';
import type { BodyChecker } from './body-checker.ts';
import { naturalAlignLog2, signatures32 } from './signatures.ts';

// What an instruction does.
const OTHER = 0;
const BY_SIGNATURE = 1;
const ACCESS = 2;
const LOCAL_GET = 3;
const LOCAL_SET = 4;
const LOCAL_TEE = 5;

/** Operands of numeric instructions and accesses. */
const MAX_OPERANDS = 2;

/** Bytes of opcode and immediates: the fewest, and the most of which no integer can be too large. */
const lengthsByImmediate: Partial<Record<InstructionRow['imm'], readonly [number, number]>> = {
  none: [1, 1],
  localidx: [2, 2],
  i32: [2, 5],
  i64: [2, 10],
  f32: [5, 5],
  f64: [9, 9],
  memarg: [3, 6],
};

/** So many bytes are left before the end of code that no instruction of the short way passes it. */
const MARGIN = 12;

const formByMnemonic: Partial<Record<Mnemonic, number>> = {
  'local.get': LOCAL_GET,
  'local.set': LOCAL_SET,
  'local.tee': LOCAL_TEE,
};

function formOf(id: number): number {
  const row = instructions[id]!;
  const signature = signatures32[id];
  if (lengthsByImmediate[row.imm] === undefined) return OTHER;
  if (signature === undefined) return formByMnemonic[row.name] ?? OTHER;
  if (signature.operands.length > MAX_OPERANDS || signature.results.length > 1) return OTHER;
  return row.imm === 'memarg' ? ACCESS : BY_SIGNATURE;
}

const OPCODES = 0x100;
// Facts of the instructions of one byte, by opcode; 0 for bytes that are none.
const forms = new Uint8Array(OPCODES);
const lengths = new Uint8Array(OPCODES);
const maxLengths = new Uint8Array(OPCODES);
const alignLimits = new Uint8Array(OPCODES);
// Signatures. Types of numbers are bytes; 0 where there is none.
const operandCounts = new Uint8Array(OPCODES);
const firsts = new Uint8Array(OPCODES);
const seconds = new Uint8Array(OPCODES);
const results = new Uint8Array(OPCODES);

for (let opcode = 0; opcode < OPCODES; opcode++) {
  const id = idByOpcode[opcode]!;
  if (id < 0) continue;
  const signature = signatures32[id];
  const range = lengthsByImmediate[instructions[id]!.imm];
  forms[opcode] = formOf(id);
  lengths[opcode] = range?.[0] ?? 0;
  maxLengths[opcode] = range?.[1] ?? 0;
  alignLimits[opcode] = naturalAlignLog2[id]!;
  operandCounts[opcode] = signature?.operands.length ?? 0;
  firsts[opcode] = signature?.operands[0] ?? 0;
  seconds[opcode] = signature?.operands[1] ?? 0;
  results[opcode] = signature?.results[0] ?? 0;
}

/**
 * Checks instructions from the reader's offset on, and leaves the reader at the first that is not for the short way.
 *
 * @param locals types of the first locals, all of which have defaults
 */
export function checkFrequent(checker: BodyChecker, locals: readonly ValType[]): void {
  const { reader, stack, floor } = checker;
  const { bytes } = reader;
  const hasMemory32 = checker.context.memories[0]?.address === I32;
  const lastOffset = reader.end - MARGIN;
  let { height } = checker;
  let at = reader.offset;
  while (at <= lastOffset) {
    const opcode = bytes[at] as number;
    const form = forms[opcode] as number;
    let next = at + (lengths[opcode] as number);
    if (form <= ACCESS) {
      if (form === OTHER) break;
      if (next < at + maxLengths[opcode]!) {
        if (form === ACCESS && (!hasMemory32 || bytes[at + 1]! > alignLimits[opcode]!)) break;
        while ((bytes[next - 1] as number) >= 0x80) next++;
        if (next > at + maxLengths[opcode]!) break;
      }
      const count = operandCounts[opcode] as number;
      if (height - count < floor) break;
      if (count > 0) {
        if (count > 1 && stack[height - 1] !== seconds[opcode]) break;
        if (stack[height - count] !== firsts[opcode]) break;
        height -= count;
      }
      const result = results[opcode] as ValType;
      if (result !== 0) stack[height++] = result;
    } else {
      const localidx = bytes[at + 1] as number;
      if (localidx >= 0x80 || localidx >= locals.length) break;
      if (form === LOCAL_GET) stack[height++] = locals[localidx] as ValType;
      else {
        if (height <= floor || stack[height - 1] !== locals[localidx]) break;
        if (form === LOCAL_SET) height--;
      }
    }
    at = next;
  }
  checker.height = height;
  reader.offset = at;
}
