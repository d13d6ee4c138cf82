/**
 * A cursor over the binary format: bytes, LEB128 integers, names and types. Every failure is a
 * DecodeError with the specification suite's words and the offset of the offending byte.
 *
 * It knows nothing of sections or instructions; those are sections.ts and instruction-reader.ts.
 *
 * @see https://webassembly.github.io/spec/core/binary/values.html
 */
import {
  abstractHeapTypes,
  concreteHeapType,
  DecodeError,
  type HeapType,
  I8,
  I16,
  MAX_TYPE_COUNT,
  namedTypes,
  refType,
  SHARED_EVERYTHING,
  SHARED_TYPE,
  UnsupportedFeatureError,
  type ValType,
} from '../syntax/index.ts';
import { decodeUtf8 } from './utf8.ts';

const abstractHeapTypeBytes = new Set<number>(Object.values(abstractHeapTypes));
const UNEXPECTED_END = 'unexpected end of section or function';
const REF = 0x64;
const REF_NULL = 0x63;
const valueTypeBytes = new Set<number>(Object.values(namedTypes).filter((type) => type !== I8 && type !== I16));

export class Reader {
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  offset: number;
  /** One past the last byte that may be read. */
  end: number;
  /** High half of the last 64-bit integer read; the low half is returned. */
  hi = 0;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  /** Goes on at `offset`, up to `end`: one reader serves many ranges. */
  seek(offset: number, end: number): void {
    this.offset = offset;
    this.end = end;
  }

  get done(): boolean {
    return this.offset >= this.end;
  }

  fail(reason: string, byteOffset = this.offset): never {
    throw new DecodeError(reason, byteOffset);
  }

  /** For what shared-everything-threads would make well-formed. */
  failShared(reason: string, byteOffset: number): never {
    throw new UnsupportedFeatureError(reason, SHARED_EVERYTHING, byteOffset);
  }

  u8(): number {
    if (this.offset >= this.end) this.fail(UNEXPECTED_END);
    return this.bytes[this.offset++] as number;
  }

  /** Skips `length` bytes and returns where they start. */
  skip(length: number, reason = UNEXPECTED_END): number {
    const start = this.offset;
    if (length > this.end - start) this.fail(reason, start);
    this.offset = start + length;
    return start;
  }

  /** Unsigned LEB128 of at most 32 bits. */
  u32(): number {
    const { offset } = this;
    const first = offset < this.end ? (this.bytes[offset] as number) : this.u8();
    this.offset = offset + 1;
    if (first < 0x80) return first;
    let result = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.u8();
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    const last = this.u8();
    if (last >= 0x80) this.fail('integer representation too long', this.offset - 1);
    if (last > 0x0f) this.fail('integer too large', this.offset - 1);
    return (result | (last << 28)) >>> 0;
  }

  /** Signed LEB128 of at most 32 bits. */
  s32(): number {
    let result = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (result << (25 - shift)) >> (25 - shift);
    }
    const last = this.u8();
    if (last >= 0x80) this.fail('integer representation too long', this.offset - 1);
    const sign = last & 0x78;
    if (sign !== 0 && sign !== 0x78) this.fail('integer too large', this.offset - 1);
    return result | (last << 28);
  }

  /** Signed LEB128 of at most 33 bits, as a number: heap types and block types. */
  s33(): number {
    let result = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (result << (25 - shift)) >> (25 - shift);
    }
    const last = this.u8();
    if (last >= 0x80) this.fail('integer representation too long', this.offset - 1);
    const sign = last & 0x70;
    if (sign !== 0 && sign !== 0x70) this.fail('integer too large', this.offset - 1);
    const low = (result | (last << 28)) >>> 0;
    return sign === 0 ? low : low - 2 ** 32;
  }

  /** Unsigned LEB128 of at most 64 bits: returns the low 32 bits, `hi` holds the high ones (both signed). */
  u64(): number {
    return this.leb64(false);
  }

  /** Unsigned LEB128 of at most 64 bits, rounded beyond 2^53. */
  u64AsNumber(): number {
    const lo = this.u64();
    return (this.hi >>> 0) * 2 ** 32 + (lo >>> 0);
  }

  /** Signed LEB128 of at most 64 bits: returns the low 32 bits, `hi` holds the high ones (both signed). */
  s64(): number {
    return this.leb64(true);
  }

  private leb64(signed: boolean): number {
    const { offset } = this;
    const first = offset < this.end ? (this.bytes[offset] as number) : 0x80;
    if (first < 0x40) {
      this.offset = offset + 1;
      this.hi = 0;
      return first;
    }
    let lo = 0;
    let hi = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = this.u8();
      const group = byte & 0x7f;
      if (shift < 28) lo |= group << shift;
      else if (shift === 28) {
        lo |= group << 28;
        hi = group >> 4;
      } else hi |= group << (shift - 32);
      if (byte >= 0x80) continue;
      const isNegative = signed && (group & 0x40) !== 0;
      const width = shift + 7;
      if (isNegative && width < 32) {
        lo |= -1 << width;
        hi = -1;
      } else if (isNegative) hi |= -1 << (width - 32);
      this.hi = hi;
      return lo;
    }
    const last = this.u8();
    if (last >= 0x80) this.fail('integer representation too long', this.offset - 1);
    const valid = signed ? last === 0 || last === 0x7f : last <= 1;
    if (!valid) this.fail('integer too large', this.offset - 1);
    this.hi = hi | (last << 31);
    return lo;
  }

  /** A vector's length, checked against what can follow: each element takes at least a byte. */
  vectorLength(limit: number, what: string): number {
    const start = this.offset;
    const length = this.u32();
    if (length > limit) this.fail(`${what} count of ${length} exceeds the limit of ${limit}`, start);
    if (length > this.end - start) this.fail('length out of bounds', start);
    if (length > this.end - this.offset) this.fail(UNEXPECTED_END, start);
    return length;
  }

  /** A UTF-8 name of at most `limit` bytes. */
  name(limit = this.end): string {
    const length = this.vectorLength(limit, 'name byte');
    const start = this.skip(length);
    return decodeUtf8(this.bytes, start, start + length) ?? this.fail('malformed UTF-8 encoding', start);
  }

  heapType(): HeapType {
    const start = this.offset;
    const code = this.s33();
    if (code >= 0) {
      if (code >= MAX_TYPE_COUNT) this.fail('unknown type', start);
      return concreteHeapType(code);
    }
    const byte = code + 0x80;
    if (byte === SHARED_TYPE) this.failShared('malformed heap type (shared)', start);
    if (!abstractHeapTypeBytes.has(byte)) this.fail('malformed heap type', start);
    return byte as HeapType;
  }

  /** A value type; its first byte tells references from numbers. */
  valType(): ValType {
    const start = this.offset;
    return this.valTypeFrom(this.u8(), start);
  }

  /** A value type whose first byte is already read, at `start`. */
  valTypeFrom(byte: number, start: number, reason = 'malformed value type'): ValType {
    if (valueTypeBytes.has(byte)) return byte as ValType;
    if (byte === REF || byte === REF_NULL) return refType(this.heapType(), byte === REF_NULL);
    if (abstractHeapTypeBytes.has(byte)) return refType(byte as HeapType, true);
    if (byte === SHARED_TYPE) this.failShared(`${reason} (shared)`, start);
    return this.fail(reason, start);
  }

  refType(): ValType {
    const start = this.offset;
    const byte = this.u8();
    if (valueTypeBytes.has(byte)) this.fail('malformed reference type', start);
    return this.valTypeFrom(byte, start, 'malformed reference type');
  }
}
