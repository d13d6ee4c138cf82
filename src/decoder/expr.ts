/**
 * Finds the end of an instruction sequence that no length precedes: constant expressions.
 * It checks the form of what it passes, not whether the expression is constant or typed.
 */
import { type Expr, type InstrId, instrId } from '../syntax/index.ts';
import type { InstructionReader } from './instruction-reader.ts';

const blockStarts = new Set<InstrId>((['block', 'loop', 'if', 'try', 'try_table'] as const).map(instrId));
const end = instrId('end');
const delegate = instrId('delegate');
const elseId = instrId('else');

const I32_CONST = 0x41;
const I64_CONST = 0x42;
const END = 0x0b;
/** Bytes of an integer whose last byte cannot be too large. */
const SAFE_BYTES = 4;

/** One past an expression that is one short integer and `end`, as nearly all are; 0 when it is something else. */
function plainConstantEnd(bytes: Uint8Array, byteOffset: number, end: number): number {
  const opcode = bytes[byteOffset];
  if (opcode !== I32_CONST && opcode !== I64_CONST) return 0;
  const limit = Math.min(byteOffset + 1 + SAFE_BYTES, end - 1);
  for (let at = byteOffset + 1; at < limit; at++) {
    if ((bytes[at] as number) < 0x80) return bytes[at + 1] === END ? at + 2 : 0;
  }
  return 0;
}

/** Reads up to and with the `end` that closes the sequence at the reader's offset. */
export function readExpr(reader: InstructionReader): Expr {
  const byteOffset = reader.offset;
  const constantEnd = plainConstantEnd(reader.bytes, byteOffset, reader.end);
  if (constantEnd > 0) {
    reader.offset = constantEnd;
    return { byteOffset, byteLength: constantEnd - byteOffset };
  }
  let depth = 0;
  for (;;) {
    reader.next();
    const { id } = reader;
    if (blockStarts.has(id)) depth++;
    else if (id === end || id === delegate) {
      if (depth === 0) break;
      depth--;
    } else if (id === elseId && depth === 0) reader.fail('END opcode expected', reader.at);
  }
  if (reader.id !== end) reader.fail('END opcode expected', reader.at);
  return { byteOffset, byteLength: reader.offset - byteOffset };
}
