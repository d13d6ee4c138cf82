/** Writes a snapshot's bytes: a growing buffer with counts, words and texts. It knows nothing of what they mean. */
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

const FIRST_CAPACITY = 1 << 12;
const TWO_POW_32 = 2 ** 32;
/** The other word is zero, as new bytes are. */
const NAN_HIGH_WORD = 0x7ff80000;

export class SnapshotWriter {
  private buffer = new Uint8Array(FIRST_CAPACITY);
  private view = new DataView(this.buffer.buffer);
  private length = HEADER_BYTES;
  private readonly format: FileFormat;

  constructor(format: FileFormat = snapshotFormat) {
    this.format = format;
  }

  /** Makes room for `byteCount` bytes, and returns where they go. */
  private reserve(byteCount: number): number {
    const start = this.length;
    this.length += byteCount;
    if (this.length <= this.buffer.length) return start;
    const former = this.buffer;
    this.buffer = allocate(Math.max(this.length, former.length * 2), this.length, this.format.noun);
    this.buffer.set(former.subarray(0, start));
    this.view = new DataView(this.buffer.buffer);
    return start;
  }

  u8(byte: number): void {
    const at = this.reserve(1);
    this.buffer[at] = byte;
  }

  flag(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  /** A whole number from 0 up to 2^53, seven bits a byte, the low ones first. */
  count(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  /** Four bytes, little-endian. */
  word(bits: number): void {
    const at = this.reserve(4);
    this.view.setInt32(at, bits, true);
  }

  /** A number of the host; its NaN has no bits of its own. */
  f64(value: number): void {
    const at = this.reserve(8);
    if (Number.isNaN(value)) this.view.setInt32(at + 4, NAN_HIGH_WORD, true);
    else this.view.setFloat64(at, value, true);
  }

  /** Bytes whose number the reader knows. */
  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }

  /** Bytes with their number before them. */
  blob(bytes: Uint8Array): void {
    this.count(bytes.length);
    this.raw(bytes);
  }

  /** A text as UTF-16 code units: it need not be well-formed. */
  text(text: string): void {
    this.count(text.length);
    let at = this.reserve(2 * text.length);
    for (let i = 0; i < text.length; i++, at += 2) this.view.setUint16(at, text.charCodeAt(i), true);
  }

  /** The whole file, with its header. The writer is then used up. */
  finish(): Uint8Array {
    this.reserve((4 - (this.length % 4)) % 4);
    const bytes = this.buffer.subarray(0, this.length);
    bytes.set(this.format.magic);
    this.view.setUint32(VERSION_AT, this.format.version, true);
    this.view.setUint32(LENGTH_AT, this.length % TWO_POW_32, true);
    this.view.setUint32(LENGTH_AT + 4, Math.floor(this.length / TWO_POW_32), true);
    this.view.setInt32(CHECKSUM_AT, checksum(bytes), true);
    return bytes.length === this.buffer.length ? bytes : bytes.slice();
  }
}

/** @throws {SnapshotError} when the host cannot give as many bytes */
function allocate(wanted: number, needed: number, noun: string): Uint8Array<ArrayBuffer> {
  for (const byteLength of [wanted, needed]) {
    try {
      return new Uint8Array(byteLength);
    } catch {
      // The host's limit may lie between the two.
    }
  }
  throw new SnapshotError(`the ${noun} takes more than ${needed} bytes, which this host cannot hold`);
}
