/** Memory as `x/FMT` shows it: rows of numbers, characters, strings. */
import { Failure } from '../failure.ts';
import {
  addressOf,
  byteLengthOf,
  formatted,
  intValue,
  type NumberType,
  quotedText,
  readNumber,
  type Scope,
  type Value,
} from './expression/index.ts';
import { hex } from './names.ts';

interface MemoryFormat {
  readonly count: number;
  readonly letter: string;
  readonly unit: string;
}

/** gdb's units: byte, half-word, word, giant word. */
const unitBytes: Readonly<Record<string, number>> = { b: 1, h: 2, w: 4, g: 8 };
const BYTES_PER_ROW = 16;
const MAX_COUNT = 65_536;
/** Longer strings are cut. */
const MAX_STRING_BYTES = 200;

/** Is a display's format one of memory: a unit, a count, a string? */
export function isMemoryFormat(format: string): boolean {
  return /^\d+/.test(format) || /[bhwgs]/.test(format);
}

/** `16xb`: how many, as what, of which size. What is left out is 1, `x`, words. @throws {Failure} */
function parseFormat(text: string): MemoryFormat {
  const match = /^(\d*)([a-z]{0,2})$/.exec(text);
  const letters = [...(match?.[2] ?? '')];
  const units = letters.filter((letter) => unitBytes[letter] !== undefined);
  const kinds = letters.filter((letter) => unitBytes[letter] === undefined);
  const isKnown = kinds.every((letter) => 'xduotcazfs'.includes(letter));
  if (match === null || units.length > 1 || kinds.length > 1 || !isKnown) {
    throw new Failure(
      `'/${text}' is no format of memory`,
      'a count, a letter of x d u o t c f s, a unit of b h w g: x/16xb',
    );
  }
  const letter = kinds[0] ?? 'x';
  const count = match[1] === '' ? 1 : Number(match[1]);
  if (count > MAX_COUNT) throw new Failure(`x shows ${MAX_COUNT} at most`);
  return { count, letter, unit: units[0] ?? (letter === 'c' ? 'b' : 'w') };
}

function typeOfUnit({ letter, unit }: MemoryFormat): NumberType {
  if (letter === 'f') return unit === 'g' ? 'f64' : 'f32';
  const signs: Readonly<Record<string, readonly [NumberType, NumberType]>> = {
    b: ['i8', 'u8'],
    h: ['i16', 'u16'],
    w: ['i32', 'u32'],
    g: ['i64', 'u64'],
  };
  return signs[unit]![letter === 'd' || letter === 'c' ? 0 : 1];
}

export interface Examined {
  readonly rows: readonly string[];
  /** Behind the last item, for an `x` that goes on. */
  readonly next: Value;
}

/** @throws {Failure} beyond the memory's end when not even the first item is inside */
export function examine(scope: Scope, place: Value, formatText: string): Examined {
  const format = parseFormat(formatText);
  const start = place.kind === 'list' && place.address !== undefined ? place.address : place;
  const memidx = (start.kind === 'int' ? start.memory : undefined) ?? 0;
  const bytes = scope.memory(memidx);
  if (bytes === undefined) throw new Failure(memidx === 0 ? 'there is no memory' : `there is no memory ${memidx}`);
  const from = addressOf(start);
  const { rows, end } = format.letter === 's' ? strings(bytes, from, format.count) : numbers(bytes, from, format);
  return { rows, next: { ...intValue('int', BigInt(end)), memory: memidx } };
}

function strings(bytes: Uint8Array, from: number, count: number): { rows: string[]; end: number } {
  let at = from;
  const rows: string[] = [];
  for (let i = 0; i < count; i++) {
    // Fails as a read of the byte does.
    readNumber(bytes, at, 'u8');
    const zero = bytes.indexOf(0, at);
    const end = zero < 0 ? bytes.length : zero;
    const isCut = end - at > MAX_STRING_BYTES;
    rows.push(`${hex(at)}: ${quotedText(bytes.subarray(at, Math.min(end, at + MAX_STRING_BYTES)))}${isCut ? '…' : ''}`);
    at = end + 1;
    if (at >= bytes.length) break;
  }
  return { rows, end: at };
}

function numbers(bytes: Uint8Array, from: number, format: MemoryFormat): { rows: string[]; end: number } {
  const type = typeOfUnit(format);
  const step = byteLengthOf(type);
  const perRow = format.letter === 'c' ? 8 : BYTES_PER_ROW / step;
  const letter = format.letter === 'x' ? 'z' : format.letter;
  const cells: string[] = [];
  let at = from;
  for (let i = 0; i < format.count; i++, at += step) {
    if (i > 0 && at + step > bytes.length) break;
    cells.push(formatted(readNumber(bytes, at, type), letter));
  }
  const width = Math.max(...cells.map((cell) => cell.length));
  const rows: string[] = [];
  for (let i = 0; i < cells.length; i += perRow) {
    const row = cells.slice(i, i + perRow).map((cell) => cell.padStart(width));
    const text =
      format.unit === 'b' && format.letter === 'x'
        ? `  ${asciiOf(bytes, from + i, row.length, Math.min(perRow, cells.length))}`
        : '';
    rows.push(`${hex(from + i * step)}: ${row.join(' ')}${text}`);
  }
  return { rows, end: at };
}

/** Bytes as characters beside their numbers, aligned with the rows above. */
function asciiOf(bytes: Uint8Array, from: number, count: number, perRow: number): string {
  const text = [...bytes.subarray(from, from + count)]
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    .join('');
  return `${' '.repeat(5 * (perRow - count))}${text}`;
}
