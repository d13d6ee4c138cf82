/**
 * Directories of compile units: what relative paths of line tables up to version 4 begin at. Only the first
 * entry of each unit is read.
 *
 * @see https://dwarfstd.org/doc/DWARF5.pdf §7.5
 */
import type { DwarfReader } from './dwarf-reader.ts';
import { type FormValue, readForm, type StringPlace } from './forms.ts';
import type { DwarfSections } from './sections.ts';

const AT_STMT_LIST = 0x10;
const AT_COMP_DIR = 0x1b;
const IMPLICIT_CONST = 0x21;
const unitTypes = { type: 2, skeleton: 4, splitCompile: 5, splitType: 6 } as const;
/** Sections made to be slow declare more abbreviations than these before the one that is asked for. */
const MAX_DECLARATIONS = 1_000_000;

interface Attribute {
  readonly name: number;
  readonly form: number;
  readonly implicitConst: number;
}

/** Where the directory's name stands, by the offset of the unit's line table in `.debug_line`. */
export function compileDirectories(sections: DwarfSections): ReadonlyMap<number, StringPlace> {
  const directories = new Map<number, StringPlace>();
  if (!sections.has('.debug_info') || !sections.has('.debug_abbrev')) return directories;
  const reader = sections.reader('.debug_info');
  const sectionEnd = reader.end;
  const budget = { declarationsLeft: MAX_DECLARATIONS };
  while (reader.offset < sectionEnd) {
    reader.seek(reader.offset, sectionEnd);
    const length = reader.unitLength();
    const unitEnd = reader.offset + length;
    if (unitEnd > sectionEnd) reader.fail('a unit of .debug_info that passes its end');
    reader.seek(reader.offset, unitEnd);
    readUnit(sections, reader, budget, directories);
    reader.seek(unitEnd, sectionEnd);
  }
  return directories;
}

function readUnit(
  sections: DwarfSections,
  reader: DwarfReader,
  budget: { declarationsLeft: number },
  directories: Map<number, StringPlace>,
): void {
  const version = reader.u16();
  if (version < 2 || version > 5) return;
  let unitType = 0;
  let addressBytes = 0;
  if (version >= 5) {
    unitType = reader.u8();
    addressBytes = reader.u8();
  }
  const abbrevOffset = reader.sectionOffset();
  if (version < 5) addressBytes = reader.u8();
  if (unitType === unitTypes.skeleton || unitType === unitTypes.splitCompile) reader.skip(8);
  if (unitType === unitTypes.type || unitType === unitTypes.splitType) return;
  const attributes = declarationOf(sections.reader('.debug_abbrev', abbrevOffset), reader.uleb(), budget);
  let lineTable: FormValue = {};
  let directory: FormValue = {};
  for (const { name, form, implicitConst } of attributes) {
    const value = readForm(reader, form, addressBytes, implicitConst);
    if (name === AT_STMT_LIST) lineTable = value;
    else if (name === AT_COMP_DIR) directory = value;
  }
  if (lineTable.number !== undefined && directory.string !== undefined) {
    directories.set(lineTable.number, directory.string);
  }
}

/** The attributes of an abbreviation; none for code 0, which stands for no entry. */
function declarationOf(reader: DwarfReader, code: number, budget: { declarationsLeft: number }): Attribute[] {
  if (code === 0) return [];
  for (;;) {
    const found = reader.uleb();
    if (found === 0) return reader.fail(`abbreviation ${code} is not declared`);
    reader.uleb();
    reader.u8();
    const attributes = attributesOf(reader, budget);
    if (found === code) return attributes;
  }
}

function attributesOf(reader: DwarfReader, budget: { declarationsLeft: number }): Attribute[] {
  const attributes: Attribute[] = [];
  for (;;) {
    if (budget.declarationsLeft-- <= 0) reader.fail('too many abbreviations');
    const name = reader.uleb();
    const form = reader.uleb();
    const implicitConst = form === IMPLICIT_CONST ? reader.sleb() : 0;
    if (name === 0 && form === 0) return attributes;
    attributes.push({ name, form, implicitConst });
  }
}
