/**
 * Values of attributes: how long each form is, and the few that are read: numbers and places of strings.
 *
 * @see https://dwarfstd.org/doc/DWARF5.pdf §7.5.6
 */
import type { DwarfReader } from './dwarf-reader.ts';
import type { DwarfSectionName } from './sections.ts';

/** Where a string stands: in the section that is being read at an absolute place, or in a string section. */
export type StringPlace =
  | { readonly kind: 'here'; readonly byteOffset: number }
  | { readonly kind: 'section'; readonly section: DwarfSectionName; readonly offset: number };

/** What a form gave: a number, a string's place, or nothing that is of use here. */
export interface FormValue {
  readonly number?: number;
  readonly string?: StringPlace;
}

const nothing: FormValue = {};

const STRING = 0x08;
const STRP = 0x0e;
const LINE_STRP = 0x1f;
const INDIRECT = 0x16;
const IMPLICIT_CONST = 0x21;
const SEC_OFFSET = 0x17;

/** Forms of a fixed length that hold a number. */
const numberBytes = new Map<number, number>([
  [0x0b, 1],
  [0x05, 2],
  [0x06, 4],
  [0x07, 8],
]);

/** Forms of a fixed length that are passed over; −1: as wide as an address. */
const skippedBytes = new Map<number, number>([
  [0x01, -1], // addr
  [0x0c, 1], // flag
  [0x11, 1], // ref1
  [0x12, 2],
  [0x13, 4],
  [0x14, 8],
  [0x19, 0], // flag_present
  [0x1c, 4], // ref_sup4
  [0x1e, 16], // data16
  [0x20, 8], // ref_sig8
  [0x24, 8], // ref_sup8
  [0x25, 1], // strx1
  [0x26, 2],
  [0x27, 3],
  [0x28, 4],
  [0x29, 1], // addrx1
  [0x2a, 2],
  [0x2b, 3],
  [0x2c, 4],
]);

/** Forms that are one LEB128 number which is not needed: sdata, ref_udata, strx, addrx, loclistx, rnglistx. */
const skippedLebs = new Set([0x0d, 0x15, 0x1a, 0x1b, 0x22, 0x23]);

/** Forms as wide as an offset, passed over: ref_addr, strp_sup. */
const skippedOffsets = new Set([0x10, 0x1d]);

/** Widths of the length before a block: block1, block2, block4; block and exprloc have a LEB128. */
const blockLengthBytes = new Map<number, number>([
  [0x0a, 1],
  [0x03, 2],
  [0x04, 4],
]);

const UDATA = 0x0f;
const BLOCK = 0x09;
const EXPRLOC = 0x18;

/**
 * Reads a value of `form`.
 *
 * @param implicitConst what the abbreviation holds for `DW_FORM_implicit_const`
 * @throws {DecodeError} for a form that is not known: what follows it cannot be found
 */
export function readForm(reader: DwarfReader, form: number, addressBytes: number, implicitConst = 0): FormValue {
  const width = numberBytes.get(form);
  if (width !== undefined) return { number: reader.unsigned(width) };
  if (form === UDATA) return { number: reader.uleb() };
  if (form === SEC_OFFSET) return { number: reader.sectionOffset() };
  if (form === IMPLICIT_CONST) return { number: implicitConst };
  if (form === STRING) return { string: { kind: 'here', byteOffset: reader.skipString() } };
  if (form === STRP) return { string: { kind: 'section', section: '.debug_str', offset: reader.sectionOffset() } };
  if (form === LINE_STRP) {
    return { string: { kind: 'section', section: '.debug_line_str', offset: reader.sectionOffset() } };
  }
  skipForm(reader, form, addressBytes);
  return nothing;
}

function skipForm(reader: DwarfReader, form: number, addressBytes: number): void {
  const skipped = skippedBytes.get(form);
  const lengthBytes = blockLengthBytes.get(form);
  if (skipped !== undefined) reader.skip(skipped < 0 ? addressBytes : skipped);
  else if (skippedLebs.has(form)) reader.uleb();
  else if (skippedOffsets.has(form)) reader.sectionOffset();
  else if (form === BLOCK || form === EXPRLOC) reader.skip(reader.uleb());
  else if (lengthBytes !== undefined) reader.skip(reader.unsigned(lengthBytes));
  else if (form === INDIRECT) {
    const actual = reader.uleb();
    // One that names itself would not end.
    if (actual === INDIRECT || actual === IMPLICIT_CONST) reader.fail('an indirect form of an indirect form');
    readForm(reader, actual, addressBytes);
  } else reader.fail(`attributes of form 0x${form.toString(16)} are not known`);
}
