/**
 * Instructions and their immediates as bytes: the other direction of decoder/instruction-reader.ts.
 * Callers give immediates in the binary format's order; nothing is checked here.
 *
 * @see https://webassembly.github.io/spec/core/binary/instructions.html
 */
import type { CatchClause } from '../decoder/index.ts';
import { BOTTOM, type HeapType, type InstrId, instructions, PREFIX_BYTES, type ValType } from '../syntax/index.ts';
import type { ByteWriter } from './byte-writer.ts';

const EMPTY_BLOCK_TYPE = 0x40;
const HAS_MEMIDX = 0x40;
const catchCodes = { catch: 0, catch_ref: 1, catch_all: 2, catch_all_ref: 3 } as const satisfies Record<
  CatchClause['kind'],
  number
>;

/** The opcode: one byte, or prefix and LEB128 sub-opcode. */
export function writeOpcode(out: ByteWriter, id: InstrId): void {
  const { code } = instructions[id]!;
  const prefix = code >> 16;
  if (!PREFIX_BYTES.some((byte) => byte === prefix)) {
    out.u8(code);
    return;
  }
  out.u8(prefix);
  out.u32(code & 0xffff);
}

/** A block type: a type index, or (with `typeidx` −1) at most one result, `BOTTOM` for none. */
export function writeBlockType(out: ByteWriter, typeidx: number, result: ValType): void {
  if (typeidx >= 0) out.s33(typeidx);
  else if (result === BOTTOM) out.u8(EMPTY_BLOCK_TYPE);
  else out.valType(result);
}

/** A memarg; memory 0 needs no index. */
export function writeMemarg(
  out: ByteWriter,
  alignLog2: number,
  memidx: number,
  offsetLo: number,
  offsetHi: number,
): void {
  out.u32(memidx === 0 ? alignLog2 : alignLog2 | HAS_MEMIDX);
  if (memidx !== 0) out.u32(memidx);
  out.u64(offsetLo, offsetHi);
}

/** Labels of `br_table`, the default last. */
export function writeLabels(out: ByteWriter, labels: readonly number[], count = labels.length): void {
  out.u32(count - 1);
  for (let i = 0; i < count; i++) out.u32(labels[i]!);
}

/** The clauses of `try_table`. */
export function writeCatches(out: ByteWriter, catches: readonly CatchClause[]): void {
  out.u32(catches.length);
  for (const { kind, tagidx, labelidx } of catches) {
    out.u8(catchCodes[kind]);
    if (kind === 'catch' || kind === 'catch_ref') out.u32(tagidx);
    out.u32(labelidx);
  }
}

/** Immediates of `br_on_cast` and `br_on_cast_fail`. */
export function writeCastTypes(
  out: ByteWriter,
  labelidx: number,
  from: { heap: HeapType; nullable: boolean },
  to: { heap: HeapType; nullable: boolean },
): void {
  out.u8((from.nullable ? 1 : 0) | (to.nullable ? 2 : 0));
  out.u32(labelidx);
  out.heapType(from.heap);
  out.heapType(to.heap);
}
