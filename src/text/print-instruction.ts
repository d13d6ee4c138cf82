/**
 * One instruction as text: its name and immediates, without its operands.
 *
 * Printer, backtraces, debugger and dumps use it; blocks, indentation and folding are print-code.ts's.
 *
 * @see https://webassembly.github.io/spec/core/text/instructions.html
 */
import type { InstructionReader } from '../decoder/index.ts';
import { BOTTOM, type HeapType, type ImmediateKind, instructions } from '../syntax/index.ts';
import { type IndexNames, plainNames } from './print-names.ts';
import { f32Text, f64Text, s64Text, u64Text } from './print-numbers.ts';
import { powerOfTwoText, printHeapType, printTypes, printValType } from './print-types.ts';

type ImmediatePrinter = (reader: InstructionReader, names: IndexNames) => string;

/**
 * The instruction that `reader.next()` has just read, as one line: `i32.load offset=8`, `br_if 1`.
 * Without `names` all indices are numbers.
 */
export function printInstruction(reader: InstructionReader, names: IndexNames = plainNames): string {
  const row = instructions[reader.id]!;
  const immediates = immediatePrinters[row.imm](reader, names);
  return keywords[reader.id] + immediates;
}

/** Rows whose name is more than the keyword: it tells apart forms that the text tells apart by an immediate. */
const keywords = instructions.map(({ name }) => (name === 'select_t' ? 'select' : (name.split(' ')[0] as string)));

/** ` $t`, or nothing for index 0, which the format lets out. */
function optional(space: 'table' | 'memory', index: number, names: IndexNames): string {
  return index === 0 ? '' : ` ${names.index(space, index)}`;
}

/** Two indices of one space, which are left out together. */
function optionalPair(space: 'table' | 'memory', { index, index2 }: InstructionReader, names: IndexNames): string {
  if (index === 0 && index2 === 0) return '';
  return ` ${names.index(space, index)} ${names.index(space, index2)}`;
}

function printBlockType(reader: InstructionReader, names: IndexNames): string {
  const { blockTypeidx, blockValType } = reader;
  if (blockTypeidx >= 0) return ` (type ${names.index('type', blockTypeidx)})${names.signature(blockTypeidx)}`;
  return blockValType === BOTTOM ? '' : printTypes('result', [blockValType], names);
}

function printMemarg(reader: InstructionReader, names: IndexNames): string {
  const natural = Math.log2(instructions[reader.id]!.accessBytes as number);
  const memory = optional('memory', reader.memidx, names);
  const isZero = reader.memOffsetLo === 0 && reader.memOffsetHi === 0;
  const offset = isZero ? '' : ` offset=${u64Text(reader.memOffsetLo, reader.memOffsetHi)}`;
  const align = reader.alignLog2 === natural ? '' : ` align=${powerOfTwoText(reader.alignLog2)}`;
  return memory + offset + align;
}

function printRef(heap: HeapType, nullable: boolean, names: IndexNames): string {
  return `(ref ${nullable ? 'null ' : ''}${printHeapType(heap, names)})`;
}

function printCatches(reader: InstructionReader, names: IndexNames): string {
  return reader.catches
    .map(({ kind, tagidx, labelidx }) => {
      const tag = tagidx < 0 ? '' : ` ${names.index('tag', tagidx)}`;
      return ` (${kind}${tag} ${names.label(labelidx)})`;
    })
    .join('');
}

function printLabels(reader: InstructionReader, names: IndexNames): string {
  let text = '';
  for (let i = 0; i < reader.labelCount; i++) text += ` ${names.label(reader.labels[i] as number)}`;
  return text;
}

function printV128({ bytes, lanesAt }: InstructionReader): string {
  let text = ' i32x4';
  for (let lane = 0; lane < 4; lane++) {
    const at = lanesAt + 4 * lane;
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    text += ` 0x${(word >>> 0).toString(16).padStart(8, '0')}`;
  }
  return text;
}

const index = (space: 'type' | 'func' | 'table' | 'global' | 'tag' | 'elem' | 'data'): ImmediatePrinter => {
  return (reader, names) => ` ${names.index(space, reader.index)}`;
};

const typeAnd = (space: 'type' | 'elem' | 'data'): ImmediatePrinter => {
  return (reader, names) => ` ${names.index('type', reader.index)} ${names.index(space, reader.index2)}`;
};

const label: ImmediatePrinter = (reader, names) => ` ${names.label(reader.index)}`;

const immediatePrinters: Record<ImmediateKind, ImmediatePrinter> = {
  none: () => '',
  blocktype: printBlockType,
  labelidx: label,
  br_table: printLabels,
  br_on_cast: (reader, names) => {
    const from = printRef(reader.heap, reader.nullable, names);
    return `${label(reader, names)} ${from} ${printRef(reader.heap2, reader.nullable2, names)}`;
  },
  try_table: (reader, names) => printBlockType(reader, names) + printCatches(reader, names),
  tagidx: index('tag'),
  funcidx: index('func'),
  typeidx: index('type'),
  typeidx_tableidx: (reader, names) => {
    return `${optional('table', reader.index2, names)} (type ${names.index('type', reader.index)})`;
  },
  typeidx_fieldidx: (reader, names) => {
    return ` ${names.index('type', reader.index)} ${names.field(reader.index, reader.index2)}`;
  },
  typeidx_u32: (reader, names) => ` ${names.index('type', reader.index)} ${reader.index2}`,
  typeidx_dataidx: typeAnd('data'),
  typeidx_elemidx: typeAnd('elem'),
  typeidx_typeidx: typeAnd('type'),
  valtypes: (reader, names) => ` (result${reader.valTypes.map((type) => ` ${printValType(type, names)}`).join('')})`,
  localidx: (reader, names) => ` ${names.local(reader.index)}`,
  globalidx: index('global'),
  tableidx: index('table'),
  tableidx_tableidx: (reader, names) => optionalPair('table', reader, names),
  elemidx: index('elem'),
  elemidx_tableidx: (reader, names) => {
    return `${optional('table', reader.index2, names)} ${names.index('elem', reader.index)}`;
  },
  memidx: (reader, names) => optional('memory', reader.index, names),
  memidx_memidx: (reader, names) => optionalPair('memory', reader, names),
  dataidx: index('data'),
  dataidx_memidx: (reader, names) => {
    return `${optional('memory', reader.index2, names)} ${names.index('data', reader.index)}`;
  },
  memarg: printMemarg,
  memarg_laneidx: (reader, names) => `${printMemarg(reader, names)} ${reader.index}`,
  laneidx: (reader) => ` ${reader.index}`,
  lanes16: ({ bytes, lanesAt }) => ` ${bytes.subarray(lanesAt, lanesAt + 16).join(' ')}`,
  heaptype: (reader, names) => {
    const { name } = instructions[reader.id]!;
    if (name === 'ref.null') return ` ${printHeapType(reader.heap, names)}`;
    return ` ${printRef(reader.heap, name.endsWith(' null'), names)}`;
  },
  fence: () => '',
  i32: (reader) => ` ${reader.lo}`,
  i64: (reader) => ` ${s64Text(reader.lo, reader.hi)}`,
  f32: (reader) => ` ${f32Text(reader.lo)}`,
  f64: (reader) => ` ${f64Text(reader.lo, reader.hi)}`,
  v128: printV128,
};
