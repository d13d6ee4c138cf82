/**
 * A linear memory for people: hex rows, searches, typed reads and writes. Every access is checked against
 * the memory's end and says so in a UsageError; nothing is kept, so growth between two looks is harmless.
 */
import { decodeUtf8 } from '../../decoder/index.ts';
import type { Memory } from '../../runtime/index.ts';
import { UsageError } from '../../syntax/index.ts';

export interface HexRow {
  /** Of the first byte. */
  readonly address: number;
  readonly bytes: Uint8Array;
  /** `00 0a ff`. */
  readonly hex: string;
  /** Printable ASCII as itself, the rest as dots. */
  readonly ascii: string;
}

/** Rows that one call gives at most. */
const MAX_ROWS = 65_536;
const MAX_ROW_BYTES = 1024;

/** How a number lies in memory, little-endian: `u8` unsigned, `s8` signed. */
export type MemoryNumberType = 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32' | 'u64' | 's64' | 'f32' | 'f64';

const byteLengths: Readonly<Record<MemoryNumberType, number>> = {
  u8: 1,
  s8: 1,
  u16: 2,
  s16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  s64: 8,
  f32: 4,
  f64: 8,
};

/** @throws {UsageError} unless `[address, address + byteLength)` is within the memory */
function checkRange(memory: Memory, address: number, byteLength: number): void {
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (isCount(address) && isCount(byteLength) && memory.reaches(address + byteLength)) return;
  const range = `bytes ${address} to ${address + byteLength}`;
  throw new UsageError(`${range} are not within the memory of ${memory.byteLength} bytes`);
}

/**
 * Bytes from `address` on as rows. The last row ends with the memory.
 *
 * @throws {UsageError} when `address` is beyond the memory, or for counts that make no sense
 */
export function hexRows(memory: Memory, address: number, rowCount = 16, rowBytes = 16): HexRow[] {
  checkRange(memory, address, 0);
  checkCount('rowCount', rowCount, MAX_ROWS);
  checkCount('rowBytes', rowBytes, MAX_ROW_BYTES);
  const rows: HexRow[] = [];
  for (let at = address; rows.length < rowCount && at < memory.byteLength; at += rowBytes) {
    // Copied: the memory may be another thread's too, and may grow.
    const bytes = Uint8Array.from(memory.bytes.subarray(at, at + rowBytes));
    rows.push({ address: at, bytes, hex: hexText(bytes), ascii: asciiText(bytes) });
  }
  return rows;
}

function checkCount(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new UsageError(`${name} must be a whole number from 1 to ${most}, not ${value}`);
}

function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function asciiText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}

/**
 * The address of the first occurrence of `pattern` that lies within `[from, to)`; −1 for none.
 *
 * @throws {UsageError} for a range that is not within the memory, or an empty pattern
 */
export function findBytes(memory: Memory, pattern: Uint8Array, from = 0, to = memory.byteLength): number {
  checkRange(memory, from, to - from);
  const first = pattern[0];
  if (first === undefined) throw new UsageError('there is nothing to find: pass at least one byte');
  const { bytes } = memory;
  const last = to - pattern.length;
  let repeats = 0;
  for (let at = bytes.indexOf(first, from); at >= 0 && at <= last; at = bytes.indexOf(first, at + 1)) {
    let i = 1;
    while (i < pattern.length && bytes[at + i] === pattern[i]) i++;
    if (i === pattern.length) return at;
    // A pattern that nearly repeats itself costs its length at every byte: search without looking back.
    repeats += i;
    if (repeats > MAX_REPEATED) return searchLinear(bytes, pattern, at + 1, to);
  }
  return -1;
}

/** Bytes compared in vain before the search is made linear. */
const MAX_REPEATED = 1 << 20;

/** Knuth, Morris and Pratt's search. */
function searchLinear(bytes: Uint8Array, pattern: Uint8Array, from: number, to: number): number {
  const borders = new Int32Array(pattern.length);
  for (let i = 1, length = 0; i < pattern.length; i++) {
    while (length > 0 && pattern[i] !== pattern[length]) length = borders[length - 1] as number;
    if (pattern[i] === pattern[length]) length++;
    borders[i] = length;
  }
  for (let at = from, length = 0; at < to; at++) {
    while (length > 0 && bytes[at] !== pattern[length]) length = borders[length - 1] as number;
    if (bytes[at] === pattern[length]) length++;
    if (length === pattern.length) return at - length + 1;
  }
  return -1;
}

/** A copy of bytes. @throws {UsageError} when they are not within the memory */
export function readBytes(memory: Memory, address: number, byteLength: number): Uint8Array {
  checkRange(memory, address, byteLength);
  return Uint8Array.from(memory.bytes.subarray(address, address + byteLength));
}

/** Writes bytes. @throws {UsageError} when there is no room for them; nothing is written then */
export function writeBytes(memory: Memory, address: number, bytes: Uint8Array): void {
  checkRange(memory, address, bytes.length);
  memory.bytes.set(bytes, address);
}

/** UTF-8 text; undefined when the bytes are none. @throws {UsageError} when they are not within the memory */
export function readText(memory: Memory, address: number, byteLength: number): string | undefined {
  return decodeUtf8(readBytes(memory, address, byteLength), 0, byteLength);
}

/**
 * A number; 64-bit integers as bigint. At any alignment.
 *
 * @throws {UsageError} when it is not within the memory
 */
export function readNumber(memory: Memory, address: number, type: MemoryNumberType): number | bigint {
  checkRange(memory, address, byteLengths[type]);
  const { view } = memory;
  if (type === 'u8') return view.getUint8(address);
  if (type === 's8') return view.getInt8(address);
  if (type === 'u16') return view.getUint16(address, true);
  if (type === 's16') return view.getInt16(address, true);
  if (type === 'u32') return view.getUint32(address, true);
  if (type === 's32') return view.getInt32(address, true);
  if (type === 'u64') return view.getBigUint64(address, true);
  if (type === 's64') return view.getBigInt64(address, true);
  return type === 'f32' ? view.getFloat32(address, true) : view.getFloat64(address, true);
}

/**
 * Writes a number; integers keep their low bits.
 *
 * @throws {UsageError} when it is not within the memory, or is no number or bigint as the type asks
 */
export function writeNumber(memory: Memory, address: number, type: MemoryNumberType, value: number | bigint): void {
  checkRange(memory, address, byteLengths[type]);
  const wantsBigint = type === 'u64' || type === 's64';
  if (typeof value !== (wantsBigint ? 'bigint' : 'number')) {
    throw new UsageError(`${type} takes a ${wantsBigint ? 'bigint' : 'number'}, not a ${typeof value}`);
  }
  const { view } = memory;
  if (typeof value === 'bigint') view.setBigInt64(address, value, true);
  else if (type === 'f32') view.setFloat32(address, value, true);
  else if (type === 'f64') view.setFloat64(address, value, true);
  else if (byteLengths[type] === 1) view.setUint8(address, value);
  else if (byteLengths[type] === 2) view.setUint16(address, value, true);
  else view.setUint32(address, value, true);
}
