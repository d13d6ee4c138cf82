/**
 * Reads a snapshot's bytes, which may be anything: nothing is read past the end, and no number is believed
 * before it is compared with what it counts.
 */
import { SnapshotError } from '../../syntax/index.ts';
import {
  CHECKSUM_AT,
  checksum,
  type FileFormat,
  HEADER_BYTES,
  LENGTH_AT,
  snapshotFormat,
  VERSION_AT,
} from './format.ts';

const TWO_POW_32 = 2 ** 32;
/** Code units that are joined at once. */
const TEXT_CHUNK = 4096;

export class SnapshotReader {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly format: FileFormat;
  offset = HEADER_BYTES;
  /** Bytes after `offset` that something already read says must follow. */
  private claimed = 0;

  /** @throws {SnapshotError} when the bytes are no snapshot, of another version, cut off or damaged */
  constructor(bytes: Uint8Array, format: FileFormat = snapshotFormat) {
    this.bytes = bytes;
    this.format = format;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.checkHeader();
  }

  private checkHeader(): void {
    const { bytes, view } = this;
    const { magic, version: known, noun } = this.format;
    const magicLength = Math.min(magic.length, bytes.length);
    for (let i = 0; i < magicLength; i++) if (bytes[i] !== magic[i]) this.fail(`this is no ${noun}`, 0);
    if (bytes.length < HEADER_BYTES) this.fail(`the ${noun} is cut off`, bytes.length);
    const version = view.getUint32(VERSION_AT, true);
    if (version !== known) {
      this.fail(`the ${noun} has version ${version}; this Glassbox reads version ${known}`, VERSION_AT);
    }
    const byteLength = view.getUint32(LENGTH_AT, true) + view.getUint32(LENGTH_AT + 4, true) * TWO_POW_32;
    if (byteLength !== bytes.length || byteLength % 4 !== 0) {
      this.fail(`the ${noun} says it is ${byteLength} bytes long, but is ${bytes.length}`, LENGTH_AT);
    }
    if (view.getInt32(CHECKSUM_AT, true) !== checksum(bytes)) {
      this.fail(`the ${noun} is damaged: its checksum is wrong`, CHECKSUM_AT);
    }
  }

  /** Fails at `at`, or at the next byte. */
  fail(message: string, at = this.offset): never {
    throw new SnapshotError(message, at);
  }

  private take(byteCount: number): number {
    const start = this.offset;
    if (byteCount > this.bytes.length - start) this.fail(`the ${this.format.noun} ends too early`);
    this.offset += byteCount;
    return start;
  }

  /**
   * Says that at least `byteCount` bytes follow for something which is about to be allocated: so all of that
   * is bounded by the snapshot's length.
   */
  claim(byteCount: number): void {
    this.claimed += byteCount;
    if (this.claimed > this.bytes.length - this.offset)
      this.fail(`the ${this.format.noun} ends too early for what it announces`);
  }

  /** What was announced is read. */
  releaseClaims(): void {
    this.claimed = 0;
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }

  flag(): boolean {
    const byte = this.u8();
    if (byte > 1) this.fail(`a flag is ${byte}`, this.offset - 1);
    return byte === 1;
  }

  count(): number {
    const start = this.offset;
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) this.fail('a number is too large', start);
      if (byte < 0x80) return value;
    }
  }

  /** The number of things that take at least `leastBytes` bytes each. */
  countOf(what: string, leastBytes = 1): number {
    const start = this.offset;
    const count = this.count();
    if (count * leastBytes > this.bytes.length - this.offset) {
      this.fail(`the ${this.format.noun} ends before its ${count} ${what}`, start);
    }
    return count;
  }

  /** A number below `limit`. */
  index(limit: number, what: string): number {
    const start = this.offset;
    const index = this.count();
    if (index >= limit) this.fail(`there is no ${what} ${index}, only ${limit}`, start);
    return index;
  }

  word(): number {
    return this.view.getInt32(this.take(4), true);
  }

  f64(): number {
    return this.view.getFloat64(this.take(8), true);
  }

  /** Borrowed from the snapshot. */
  raw(byteCount: number): Uint8Array {
    const start = this.take(byteCount);
    return this.bytes.subarray(start, start + byteCount);
  }

  /** Borrowed from the snapshot. */
  blob(): Uint8Array {
    return this.raw(this.count());
  }

  text(): string {
    const length = this.countOf('code units', 2);
    let text = '';
    for (let from = 0; from < length; from += TEXT_CHUNK) {
      const units: number[] = [];
      for (let i = from; i < Math.min(from + TEXT_CHUNK, length); i++)
        units.push(this.view.getUint16(this.take(2), true));
      text += String.fromCharCode(...units);
    }
    return text;
  }

  /** Whether only the padding is left. */
  get isDone(): boolean {
    return this.bytes.length - this.offset < 4 && this.bytes.subarray(this.offset).every((byte) => byte === 0);
  }
}
