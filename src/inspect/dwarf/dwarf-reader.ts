/**
 * A cursor over DWARF sections: little-endian integers, LEB128, strings, offsets of 32 or 64 bits.
 * Failures are DecodeErrors, which never leave this folder: line-table.ts turns them into words.
 */
import { decodeUtf8, Reader } from '../../decoder/index.ts';

/** Longer names are no paths. */
const MAX_NAME_BYTES = 4096;
const DWARF64 = 0xffffffff;
const FIRST_RESERVED_LENGTH = 0xfffffff0;
const OUT_OF_SECTION = 'unexpected end of the section';

export class DwarfReader extends Reader {
  /** Offsets of the unit being read have 8 bytes. */
  is64 = false;

  s8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    const at = this.skip(2, OUT_OF_SECTION);
    return this.bytes[at]! | (this.bytes[at + 1]! << 8);
  }

  /** Four bytes, not LEB128. */
  word(): number {
    const at = this.skip(4, OUT_OF_SECTION);
    const { bytes } = this;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  /** Eight bytes, rounded beyond 2^53. */
  doubleWord(): number {
    const lo = this.word();
    return this.word() * 2 ** 32 + lo;
  }

  /** An unsigned integer of 1, 2, 4 or 8 bytes. */
  unsigned(byteLength: number): number {
    if (byteLength === 1) return this.u8();
    if (byteLength === 2) return this.u16();
    if (byteLength === 4) return this.word();
    if (byteLength === 8) return this.doubleWord();
    return this.fail(`integers of ${byteLength} bytes are not known`);
  }

  uleb(): number {
    return this.u64AsNumber();
  }

  sleb(): number {
    const lo = this.s64() >>> 0;
    return this.hi * 2 ** 32 + lo;
  }

  /** An offset into a section, as wide as the unit has them. */
  sectionOffset(): number {
    return this.is64 ? this.doubleWord() : this.word();
  }

  /** The length of a unit, which also says how wide its offsets are. */
  unitLength(): number {
    const length = this.word();
    this.is64 = length === DWARF64;
    if (this.is64) return this.doubleWord();
    if (length >= FIRST_RESERVED_LENGTH) this.fail('a unit of a reserved length');
    return length;
  }

  /** Passes a string that ends with a zero byte; returns where it starts. */
  skipString(): number {
    const start = this.offset;
    while (this.u8() !== 0);
    return start;
  }

  /** The string at `at` of the reader's bytes, up to its zero byte. Bytes that are not UTF-8 stand for themselves. */
  stringAt(at: number): string {
    let end = at;
    while (end < this.end && this.bytes[end] !== 0) end++;
    if (end >= this.end) this.fail('a string without an end', at);
    if (end - at > MAX_NAME_BYTES) this.fail(`a name of more than ${MAX_NAME_BYTES} bytes`, at);
    return decodeUtf8(this.bytes, at, end) ?? String.fromCharCode(...this.bytes.subarray(at, end));
  }
}
