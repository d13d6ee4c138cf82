/**
 * What an instruction is about to touch: bytes of memories and elements of tables, from the operands that
 * stand on the stack. Addresses past the end are given as they are; the instruction will trap.
 */
import { InstructionReader } from '../../decoder/index.ts';
import { type Fiber, widthOf, wordsOf } from '../../interpreter/index.ts';
import type { Memory, Table } from '../../runtime/index.ts';
import { I32, instructions, V128 } from '../../syntax/index.ts';
import { idsOf, type Site } from './looked-at.ts';

export interface MemoryAccess {
  readonly memory: Memory;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly isWrite: boolean;
}

export interface TableAccess {
  readonly table: Table;
  readonly index: number;
  readonly count: number;
  readonly isWrite: boolean;
}

/** Instructions that may write memory, and those that may read it. */
export const memoryWriters = idsOf('*.store*', '*.atomic.rmw*', 'memory.fill', 'memory.copy', 'memory.init');
export const memoryReaders = idsOf('*.load*', '*.atomic.rmw*', 'memory.copy', 'memory.atomic.wait*');
export const tableWriters = idsOf('table.set', 'table.fill', 'table.copy', 'table.init', 'table.grow');
export const tableReaders = idsOf('table.get', 'table.copy', 'call_indirect', 'return_call_indirect');

type MemoryShape = (t: Fiber, site: Site, reader: InstructionReader) => MemoryAccess[];
type TableShape = (t: Fiber, site: Site, reader: InstructionReader) => TableAccess[];

/** An address or count operand: the slot that ends `words` below the top. */
function operand(t: Fiber, { endAt }: Site, words: number, is64: boolean): number {
  const at = t.fp + endAt - words;
  const lo = t.I[at]! >>> 0;
  return is64 ? (t.I[at + 1]! >>> 0) * 2 ** 32 + lo : lo;
}

const memoryShapes: Readonly<Record<string, MemoryShape>> = {
  'memory.fill': (t, site, { index }) => {
    const memory = site.instance.memories[index]!;
    return [bytesOf(t, site, memory, 6, 2, true)];
  },
  'memory.init': (t, site, { index2 }) => {
    const memory = site.instance.memories[index2]!;
    return [{ ...bytesOf(t, site, memory, 6, 2, true), byteLength: operand(t, site, 2, false) }];
  },
  'memory.copy': (t, site, { index, index2 }) => {
    const target = site.instance.memories[index]!;
    const source = site.instance.memories[index2]!;
    const byteLength = operand(t, site, 2, target.is64 && source.is64);
    return [
      { memory: target, byteOffset: operand(t, site, 6, target.is64), byteLength, isWrite: true },
      { memory: source, byteOffset: operand(t, site, 4, source.is64), byteLength, isWrite: false },
    ];
  },
};

function bytesOf(t: Fiber, site: Site, memory: Memory, from: number, length: number, isWrite: boolean): MemoryAccess {
  const byteOffset = operand(t, site, from, memory.is64);
  return { memory, byteOffset, byteLength: operand(t, site, length, memory.is64), isWrite };
}

/** Words of the operands from the address on, by signature. */
function operandWords(sig: string): number {
  const operands = sig.slice(1, sig.indexOf(']')).split(' ');
  return wordsOf(operands.map((type) => (type === 'v128' ? V128 : I32)));
}

/** Loads, stores and atomics: one address, with the memarg's offset. */
function plainAccess(t: Fiber, site: Site, reader: InstructionReader): MemoryAccess[] {
  const { name, sig, accessBytes } = instructions[site.id]!;
  if (sig === undefined || accessBytes === undefined) return [];
  const memory = site.instance.memories[reader.memidx]!;
  const offset = reader.memOffsetLo + reader.memOffsetHi * 2 ** 32;
  const byteOffset = operand(t, site, operandWords(sig), memory.is64) + offset;
  const access = { memory, byteOffset, byteLength: accessBytes };
  if (name.includes('rmw'))
    return [
      { ...access, isWrite: true },
      { ...access, isWrite: false },
    ];
  return [{ ...access, isWrite: name.includes('store') }];
}

/** The bytes that the instruction at `site`, about to run, reads and writes. */
export function memoryAccesses(t: Fiber, site: Site): MemoryAccess[] {
  const { name, imm } = instructions[site.id]!;
  const shape = memoryShapes[name] ?? (imm === 'memarg' || imm === 'memarg_laneidx' ? plainAccess : undefined);
  return shape === undefined ? [] : shape(t, site, readerAt(site));
}

const REF_WORDS = widthOf(I32);

const tableShapes: Readonly<Record<string, TableShape>> = {
  'table.get': (t, site, { index }) => [element(t, site, index, REF_WORDS, false)],
  'table.set': (t, site, { index }) => [element(t, site, index, 2 * REF_WORDS, true)],
  'table.fill': (t, site, { index }) => [range(t, site, index, 6, true)],
  'table.init': (t, site, { index2 }) => [range(t, site, index2, 6, true)],
  'table.copy': (t, site, { index, index2 }) => [range(t, site, index, 6, true), range(t, site, index2, 4, false)],
  'table.grow': (t, site, { index }) => {
    const table = site.instance.tables[index]!;
    return [{ table, index: table.length, count: operand(t, site, 2, table.is64), isWrite: true }];
  },
  call_indirect: (t, site, { index2 }) => [element(t, site, index2, REF_WORDS, false)],
  return_call_indirect: (t, site, { index2 }) => [element(t, site, index2, REF_WORDS, false)],
};

function element(t: Fiber, site: Site, tableidx: number, words: number, isWrite: boolean): TableAccess {
  const table = site.instance.tables[tableidx]!;
  return { table, index: operand(t, site, words, table.is64), count: 1, isWrite };
}

function range(t: Fiber, site: Site, tableidx: number, words: number, isWrite: boolean): TableAccess {
  const table = site.instance.tables[tableidx]!;
  return { table, index: operand(t, site, words, table.is64), count: operand(t, site, 2, table.is64), isWrite };
}

/** The elements that the instruction at `site`, about to run, reads and writes. */
export function tableAccesses(t: Fiber, site: Site): TableAccess[] {
  const shape = tableShapes[instructions[site.id]!.name];
  return shape === undefined ? [] : shape(t, site, readerAt(site));
}

/** A reader of the instruction at a site, its immediates read. */
export function readerAt({ instance, pc }: Site): InstructionReader {
  const { bytes } = instance.code.module;
  const reader = new InstructionReader(bytes, pc, bytes.length);
  reader.next();
  return reader;
}
