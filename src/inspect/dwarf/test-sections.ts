/** DWARF sections written by hand, for tests: units of `.debug_line` of any version, in modules made of text. */
import { decodeModule, encodeUtf8 } from '../../decoder/index.ts';
import { ByteWriter } from '../../encoder/index.ts';
import type { Module } from '../../syntax/index.ts';
import { parseModule } from '../../text/index.ts';

export interface TestRow {
  readonly address: number;
  readonly file: number;
  readonly line: number;
  readonly column: number;
  readonly isStatement?: boolean;
}

export interface TestUnit {
  readonly version: number;
  readonly is64?: boolean;
  /** Version 5: the first is the compile unit's own. */
  readonly directories: readonly string[];
  readonly files: readonly { readonly name: string; readonly directory: number }[];
  readonly sequences: readonly { readonly rows: readonly TestRow[]; readonly end: number }[];
  /** Use special opcodes where they fit. */
  readonly special?: boolean;
  readonly lineRange?: number;
}

const LINE_BASE = -5;
const LINE_RANGE = 14;
const OPERAND_COUNTS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
const OPCODE_BASE = OPERAND_COUNTS.length + 1;

export function littleEndian(value: number, byteLength: number): number[] {
  return Array.from({ length: byteLength }, (_, i) => Math.floor(value / 256 ** i) % 256);
}

export function cString(text: string): number[] {
  return [...encodeUtf8(text), 0];
}

export function uleb(value: number): number[] {
  const writer = new ByteWriter();
  writer.u32(value);
  return [...writer.toBytes()];
}

export function sleb(value: number): number[] {
  const writer = new ByteWriter();
  writer.s32(value);
  return [...writer.toBytes()];
}

/** With the length in front, of 4 bytes or as DWARF64 has it. */
export function withLength(contents: readonly number[], is64 = false): number[] {
  return is64
    ? [0xff, 0xff, 0xff, 0xff, ...littleEndian(contents.length, 8), ...contents]
    : [...littleEndian(contents.length, 4), ...contents];
}

function tables({ version, directories, files }: TestUnit): number[] {
  if (version < 5) {
    const entries = files.flatMap(({ name, directory }) => [...cString(name), ...uleb(directory), 0, 0]);
    return [...directories.flatMap(cString), 0, ...entries, 0];
  }
  // Directories: path as a string. Files: path as a string, directory as udata, MD5 as data16.
  const entries = files.flatMap(({ name, directory }) => [
    ...cString(name),
    ...uleb(directory),
    ...new Array<number>(16).fill(7),
  ]);
  return [
    ...[1, 1, 0x08, ...uleb(directories.length), ...directories.flatMap(cString)],
    ...[3, 1, 0x08, 2, 0x0f, 5, 0x1e, ...uleb(files.length), ...entries],
  ];
}

function program({ sequences, special = false }: TestUnit): number[] {
  return sequences.flatMap(({ rows, end }) => {
    const bytes: number[] = [];
    const state = { address: 0, file: 1, line: 1, column: 0, isStatement: true };
    for (const row of rows) bytes.push(...step(state, row, special, bytes.length === 0));
    return [...bytes, 2, ...uleb(end - state.address), 0, 1, 1];
  });
}

/** Brings the state machine to a row and lets it emit that. */
function step(
  state: { -readonly [Key in keyof TestRow]-?: TestRow[Key] },
  row: TestRow,
  special: boolean,
  isFirst: boolean,
): number[] {
  const { file, column, isStatement = true } = row;
  const bytes: number[] = [];
  if (isFirst) {
    bytes.push(0, 5, 2, ...littleEndian(row.address, 4));
    state.address = row.address;
  }
  if (file !== state.file) bytes.push(4, ...uleb(file));
  if (column !== state.column) bytes.push(5, ...uleb(column));
  if (isStatement !== state.isStatement) bytes.push(6);
  const advance = row.address - state.address;
  const opcode = row.line - state.line - LINE_BASE + LINE_RANGE * advance + OPCODE_BASE;
  const fits = row.line - state.line >= LINE_BASE && row.line - state.line < LINE_BASE + LINE_RANGE && opcode <= 255;
  if (special && fits) bytes.push(opcode);
  else bytes.push(2, ...uleb(advance), 3, ...sleb(row.line - state.line), 1);
  Object.assign(state, row, { isStatement });
  return bytes;
}

/** A unit of `.debug_line` with its length. */
export function unitBytes(unit: TestUnit): number[] {
  const { version, is64 = false, lineRange = LINE_RANGE } = unit;
  const header = [
    1,
    ...(version >= 4 ? [1] : []),
    1,
    LINE_BASE + 256,
    lineRange,
    OPCODE_BASE,
    ...OPERAND_COUNTS,
    ...tables(unit),
  ];
  return withLength(
    [
      ...littleEndian(version, 2),
      ...(version >= 5 ? [4, 0] : []),
      ...littleEndian(header.length, is64 ? 8 : 4),
      ...header,
      ...program(unit),
    ],
    is64,
  );
}

function quote(bytes: readonly number[]): string {
  return bytes.map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}

/** A module with two functions of 60 instructions, these sections, and what else its text may say. */
export function moduleWith(sections: Readonly<Record<string, readonly number[]>>, fields = ''): Module {
  const customs = Object.entries(sections).map(([name, bytes]) => `(@custom "${name}" "${quote(bytes)}")`);
  const nops = 'nop '.repeat(60);
  return decodeModule(parseModule(`(module (func ${nops}) (func ${nops}) ${fields} ${customs.join(' ')})`).bytes);
}
