/**
 * A growing byte buffer that writes the binary format's values: LEB128 integers from 32-bit halves,
 * names, types. The other direction of decoder/reader.ts; it knows nothing of sections.
 *
 * @see https://webassembly.github.io/spec/core/binary/values.html
 */
import { encodeUtf8 } from '../decoder/index.ts';
import { type HeapType, heapTypeOf, isConcrete, isNullable, isRef, typeidxOf, type ValType } from '../syntax/index.ts';

const INITIAL_CAPACITY = 256;
const REF = 0x64;
const REF_NULL = 0x63;

export class ByteWriter {
  private buffer = new Uint8Array(INITIAL_CAPACITY);
  /** Bytes written so far. */
  length = 0;

  private reserve(byteCount: number): void {
    const needed = this.length + byteCount;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer);
    this.buffer = grown;
  }

  u8(byte: number): void {
    if (this.length === this.buffer.length) this.reserve(1);
    this.buffer[this.length++] = byte;
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Appends what another writer (or this one) holds in `[start, end)`. */
  copy(from: ByteWriter, start: number, end: number): void {
    this.reserve(end - start);
    this.buffer.set(from.buffer.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** Forgets everything from `length` on. */
  truncate(length: number): void {
    this.length = length;
  }

  /** Unsigned LEB128 of 32 bits; negative numbers count as their unsigned twin. */
  u32(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.u8(rest);
  }

  /** Signed LEB128 of a signed 32-bit integer. */
  s32(value: number): void {
    this.s64(value, value >> 31);
  }

  /** Signed LEB128 of a 33-bit integer, −2^32 ≤ value < 2^32: type indices among heap and block types. */
  s33(value: number): void {
    this.s64(value | 0, value < 0 ? -1 : 0);
  }

  /** Unsigned LEB128 of 64 bits, given as halves. */
  u64(lo: number, hi: number): void {
    let low = lo >>> 0;
    let high = hi >>> 0;
    while (high !== 0 || low >= 0x80) {
      this.u8((low & 0x7f) | 0x80);
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.u8(low);
  }

  /** Signed LEB128 of 64 bits, given as halves. */
  s64(lo: number, hi: number): void {
    let low = lo | 0;
    let high = hi | 0;
    for (;;) {
      const byte = low & 0x7f;
      low = (low >>> 7) | (high << 25);
      high >>= 7;
      const sign = byte & 0x40 ? -1 : 0;
      if (low === sign && high === sign) {
        this.u8(byte);
        return;
      }
      this.u8(byte | 0x80);
    }
  }

  /** Four bytes, little-endian. */
  word(bits: number): void {
    this.u8(bits & 0xff);
    this.u8((bits >>> 8) & 0xff);
    this.u8((bits >>> 16) & 0xff);
    this.u8(bits >>> 24);
  }

  /** A name: its length in bytes, then UTF-8. */
  name(text: string): void {
    const utf8 = encodeUtf8(text);
    this.u32(utf8.length);
    this.bytes(utf8);
  }

  heapType(heap: HeapType): void {
    if (isConcrete(heap)) this.s33(typeidxOf(heap));
    else this.u8(heap);
  }

  /** A value or storage type, in its shortest form: `funcref` is one byte. */
  valType(type: ValType): void {
    if (!isRef(type)) {
      this.u8(type);
      return;
    }
    const heap = heapTypeOf(type);
    const isAbbreviated = isNullable(type) && !isConcrete(heap);
    if (!isAbbreviated) this.u8(isNullable(type) ? REF_NULL : REF);
    this.heapType(heap);
  }

  /** A vector of value types. */
  valTypes(types: readonly ValType[]): void {
    this.u32(types.length);
    for (const type of types) this.valType(type);
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}
