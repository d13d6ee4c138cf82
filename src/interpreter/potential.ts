/**
 * How fuel is counted without counting every instruction, and the cold questions about places in code.
 *
 * Every byte offset of a body has a *potential*: the number of instructions between it and the last call
 * before it in the text (or the body's start). Straight-line code, joins included, moves along it for
 * free; a taken branch from y to z charges potential(y) + 1 − potential(z), a call or return charges
 * potential(y) + 1. So instructions executed = fuel charged + potential(where the fiber stands), exactly,
 * and suspended callers stand at potential 0. In clear code `check` charges one by one and costs are 0.
 */
import { InstructionReader } from '../decoder/index.ts';
import type { Code, ModuleCode } from '../runtime/index.ts';
import { type InstrId, InternalError, instrId, instructions } from '../syntax/index.ts';

/** By id: 1 for `else`, `end` and the like, and for calls. */
const delimiters = new Uint8Array(instructions.length);
const calls = new Uint8Array(instructions.length);
for (const name of ['else', 'end', 'catch', 'catch_all', 'delegate'] as const) delimiters[instrId(name)] = 1;
for (const name of ['call', 'call_indirect', 'call_ref'] as const) calls[instrId(name)] = 1;

/** `else`, `end` and the like only delimit; they are no instructions and cost nothing. */
export function isDelimiter(id: InstrId): boolean {
  return delimiters[id] === 1;
}

/** The potential after an instruction that stands at `potential`. */
export function potentialAfter(id: InstrId, potential: number): number {
  return calls[id] === 1 ? 0 : potential + 1 - delimiters[id]!;
}

function readerOf(code: Code): InstructionReader {
  const { body } = code.func;
  return new InstructionReader(code.module.module.bytes, body.byteOffset, body.byteOffset + body.byteLength);
}

/** The potential of a byte offset; linear in the body's length. */
export function potentialAt(code: Code, pc: number): number {
  const reader = readerOf(code);
  let potential = 0;
  while (reader.offset < pc) {
    reader.next();
    potential = potentialAfter(reader.id, potential);
  }
  return potential;
}

/** Byte offset of the instruction after the one at `pc`. */
export function nextPc(code: Code, pc: number): number {
  const reader = readerOf(code);
  reader.offset = pc;
  reader.next();
  return reader.offset;
}

/** The function whose body holds a byte offset. */
export function codeAt({ codes }: ModuleCode, pc: number): Code {
  let low = 0;
  let high = codes.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (codes[middle]!.func.body.byteOffset <= pc) low = middle;
    else high = middle - 1;
  }
  return codes[low] ?? fail(pc);
}

function fail(pc: number): never {
  throw new InternalError(`no function holds byte ${pc}`);
}
