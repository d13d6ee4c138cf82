/**
 * A decoded module → its canonical binary: every integer in its shortest LEB128, types and segments
 * in their shortest form. Custom sections are copied as they are, so that byte offsets inside them
 * (branch hints, DWARF) describe the original and not the copy.
 */
import { InstructionReader } from '../decoder/index.ts';
import { type Expr, type ImmediateKind, instructions, type Module } from '../syntax/index.ts';
import { ByteWriter } from './byte-writer.ts';
import { encodableData, encodeModule } from './encode-module.ts';
import {
  writeBlockType,
  writeCastTypes,
  writeCatches,
  writeLabels,
  writeMemarg,
  writeOpcode,
} from './instruction-writer.ts';

type ImmediateWriter = (out: ByteWriter, reader: InstructionReader) => void;

const index: ImmediateWriter = (out, reader) => out.u32(reader.index);
const twoIndices: ImmediateWriter = (out, reader) => {
  out.u32(reader.index);
  out.u32(reader.index2);
};
const memarg: ImmediateWriter = (out, reader) =>
  writeMemarg(out, reader.alignLog2, reader.memidx, reader.memOffsetLo, reader.memOffsetHi);
const lanes: ImmediateWriter = (out, reader) => out.bytes(reader.bytes.subarray(reader.lanesAt, reader.lanesAt + 16));

const immediateWriters: Record<ImmediateKind, ImmediateWriter> = {
  none: () => {},
  blocktype: (out, reader) => writeBlockType(out, reader.blockTypeidx, reader.blockValType),
  labelidx: index,
  br_table: (out, reader) => writeLabels(out, reader.labels, reader.labelCount),
  br_on_cast: (out, reader) =>
    writeCastTypes(
      out,
      reader.index,
      { heap: reader.heap, nullable: reader.nullable },
      { heap: reader.heap2, nullable: reader.nullable2 },
    ),
  try_table: (out, reader) => {
    writeBlockType(out, reader.blockTypeidx, reader.blockValType);
    writeCatches(out, reader.catches);
  },
  tagidx: index,
  funcidx: index,
  typeidx: index,
  typeidx_tableidx: twoIndices,
  typeidx_fieldidx: twoIndices,
  typeidx_u32: twoIndices,
  typeidx_dataidx: twoIndices,
  typeidx_elemidx: twoIndices,
  typeidx_typeidx: twoIndices,
  valtypes: (out, reader) => out.valTypes(reader.valTypes),
  localidx: index,
  globalidx: index,
  tableidx: index,
  tableidx_tableidx: twoIndices,
  elemidx: index,
  elemidx_tableidx: twoIndices,
  memidx: index,
  memidx_memidx: twoIndices,
  dataidx: index,
  dataidx_memidx: twoIndices,
  memarg,
  memarg_laneidx: (out, reader) => {
    memarg(out, reader);
    out.u8(reader.index);
  },
  laneidx: (out, reader) => out.u8(reader.index),
  lanes16: lanes,
  heaptype: (out, reader) => out.heapType(reader.heap),
  fence: (out) => out.u8(0),
  i32: (out, reader) => out.s32(reader.lo),
  i64: (out, reader) => out.s64(reader.lo, reader.hi),
  f32: (out, reader) => out.word(reader.lo),
  f64: (out, reader) => {
    out.word(reader.lo);
    out.word(reader.hi);
  },
  v128: lanes,
};

const writersById = instructions.map((row) => immediateWriters[row.imm]);

/** Writes the instruction that a reader has just read, its immediates in their shortest form. */
export function writeInstruction(out: ByteWriter, reader: InstructionReader): void {
  writeOpcode(out, reader.id);
  writersById[reader.id]!(out, reader);
}

/** Re-encodes. @throws {DecodeError} at ill-formed instructions, which decoding a module does not find */
export function encodeDecoded(module: Module): Uint8Array {
  const pool = new ByteWriter();
  const copied = (byteOffset: number, byteLength: number) => {
    const start = pool.length;
    pool.bytes(module.bytes.subarray(byteOffset, byteOffset + byteLength));
    return { byteOffset: start, byteLength };
  };
  const expr = ({ byteOffset, byteLength }: Expr): Expr => {
    const start = pool.length;
    const reader = new InstructionReader(module.bytes, byteOffset, byteOffset + byteLength);
    while (!reader.done) {
      reader.next();
      writeInstruction(pool, reader);
    }
    return { byteOffset: start, byteLength: pool.length - start };
  };
  const mode = <M extends { kind: 'active'; offset: Expr } | { kind: 'passive' | 'declarative' }>(source: M): M =>
    source.kind === 'active' ? { ...source, offset: expr(source.offset) } : source;

  const parts = {
    recGroups: module.recGroups,
    imports: module.imports,
    funcs: module.funcs.map((func) => ({ ...func, body: expr(func.body) })),
    tables: module.tables.map((table) => ({ ...table, init: table.init && expr(table.init) })),
    memories: module.memories,
    globals: module.globals.map((global) => ({ ...global, init: expr(global.init) })),
    tags: module.tags,
    exports: module.exports,
    start: module.start,
    elems: module.elems.map((elem) => ({
      ...elem,
      mode: mode(elem.mode),
      items: elem.items.kind === 'expr' ? { kind: 'expr' as const, exprs: elem.items.exprs.map(expr) } : elem.items,
    })),
    hasDataCount: module.dataCount !== undefined,
    datas: module.datas.map(encodableData).map(({ content, mode: source }) => ({
      content: copied(content.byteOffset, content.byteLength),
      mode: mode(source),
    })),
    customs: module.customs.map((custom) => ({
      ...custom,
      content: copied(custom.content.byteOffset, custom.content.byteLength),
    })),
    names: undefined,
  };
  return encodeModule({ ...parts, bytes: pool.toBytes() }).bytes;
}
