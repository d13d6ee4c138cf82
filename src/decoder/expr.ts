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

/** Reads up to and with the `end` that closes the sequence at the reader's offset. */
export function readExpr(reader: InstructionReader): Expr {
  const byteOffset = reader.offset;
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
