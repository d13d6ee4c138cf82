/**
 * The header of a unit in `.debug_line`, versions 2 to 5: how its program is encoded, and its files.
 * Names are left where they stand until a row needs them.
 *
 * @see https://dwarfstd.org/doc/DWARF5.pdf §6.2.4
 */
import type { DwarfReader } from './dwarf-reader.ts';
import { readForm, type StringPlace } from './forms.ts';

export interface FileEntry {
  readonly name: StringPlace;
  /** Number of its directory in `LineHeader.directories`. */
  readonly directory: number;
}

export interface LineHeader {
  readonly version: number;
  readonly minInstructionBytes: number;
  readonly maxOperations: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  /** Operand counts of the standard opcodes, from opcode 1 on. */
  readonly operandCounts: readonly number[];
  /** Version 5: 0 is the compile unit's. Before: 0 is missing, for the compile unit's is not in this section. */
  readonly directories: readonly (StringPlace | undefined)[];
  /** By the number that the program uses: from 0 in version 5, from 1 before. */
  readonly files: FileEntry[];
}

const contentTypes = { path: 1, directory: 2 } as const;

/** Reads from after the unit's length; the reader is then at the program's first byte. @throws {DecodeError} */
export function readLineHeader(reader: DwarfReader): LineHeader {
  const version = reader.u16();
  if (version < 2 || version > 5) reader.fail(`line tables of version ${version} are not known`);
  let addressBytes = 4;
  if (version >= 5) {
    addressBytes = reader.u8();
    reader.u8();
  }
  const headerLength = reader.sectionOffset();
  const programAt = reader.offset + headerLength;
  if (programAt > reader.end) reader.fail('a header that passes its unit');
  const minInstructionBytes = reader.u8();
  const maxOperations = version >= 4 ? Math.max(1, reader.u8()) : 1;
  const defaultIsStatement = reader.u8() !== 0;
  const lineBase = reader.s8();
  const lineRange = reader.u8();
  if (lineRange === 0) reader.fail('a line range of 0');
  const operandCounts: number[] = [];
  for (let opcode = reader.u8(); opcode > 1; opcode--) operandCounts.push(reader.u8());
  const { directories, files } = version >= 5 ? readEntries(reader, addressBytes) : readOldEntries(reader);
  reader.skip(programAt - reader.offset);
  return {
    version,
    minInstructionBytes,
    maxOperations,
    defaultIsStatement,
    lineBase,
    lineRange,
    operandCounts,
    directories,
    files,
  };
}

type Entries = Pick<LineHeader, 'directories' | 'files'>;

function here(byteOffset: number): StringPlace {
  return { kind: 'here', byteOffset };
}

/** Up to version 4: strings up to an empty one. */
function readOldEntries(reader: DwarfReader): Entries {
  const directories: (StringPlace | undefined)[] = [undefined];
  while (!endsList(reader)) directories.push(here(reader.skipString()));
  // No file has number 0.
  const files: FileEntry[] = [{ name: here(reader.offset - 1), directory: 0 }];
  while (!endsList(reader)) files.push(readOldFile(reader));
  return { directories, files };
}

/** Passes the zero byte that ends a list, if it stands here. */
function endsList(reader: DwarfReader): boolean {
  if (reader.u8() === 0) return true;
  reader.offset--;
  return false;
}

/** Name, directory, and time and length, which nobody needs; also what `DW_LNE_define_file` holds. */
export function readOldFile(reader: DwarfReader): FileEntry {
  const name = here(reader.skipString());
  const directory = reader.uleb();
  reader.uleb();
  reader.uleb();
  return { name, directory };
}

/** Version 5: lists that say what their entries consist of. */
function readEntries(reader: DwarfReader, addressBytes: number): Entries {
  const directories = readList(reader, addressBytes).map(({ name }) => name);
  return { directories, files: readList(reader, addressBytes) };
}

function readList(reader: DwarfReader, addressBytes: number): FileEntry[] {
  const formats: { type: number; form: number }[] = [];
  for (let count = reader.u8(); count > 0; count--) formats.push({ type: reader.uleb(), form: reader.uleb() });
  const count = reader.uleb();
  if (count > 0 && formats.length === 0) reader.fail('entries without a format');
  const entries: FileEntry[] = [];
  for (let i = 0; i < count; i++) {
    const start = reader.offset;
    let name = here(start);
    let directory = 0;
    for (const { type, form } of formats) {
      const value = readForm(reader, form, addressBytes);
      if (type === contentTypes.path) name = value.string ?? name;
      else if (type === contentTypes.directory) directory = value.number ?? 0;
    }
    // Entries of no bytes could be as many as a number can say.
    if (reader.offset === start) reader.fail('entries of no bytes');
    entries.push({ name, directory });
  }
  return entries;
}
