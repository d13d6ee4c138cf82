/**
 * The bytes of a snapshot: header, codes, checksum. What stands in which section is in encode.ts, in the order
 * in which it is written.
 *
 *     byte  0   magic, 8 bytes
 *           8   version, u32 little-endian
 *          12   checksum of all other words
 *          16   byte length of the whole, two words
 *          24   sections …, zeros up to a multiple of 4
 */

/** A zero byte and line ends: text tools damage it visibly. */
export const MAGIC = Uint8Array.of(0x00, 0x67, 0x62, 0x73, 0x6e, 0x61, 0x70, 0x0a);
export const VERSION = 1;
export const VERSION_AT = 8;
export const CHECKSUM_AT = 12;
export const LENGTH_AT = 16;
export const HEADER_BYTES = 24;

/** What begins a file: a snapshot's, or that of something which holds one and is framed as one. */
export interface FileFormat {
  readonly magic: Uint8Array;
  readonly version: number;
  /** What messages call it. */
  readonly noun: string;
}

export const snapshotFormat: FileFormat = { magic: MAGIC, version: VERSION, noun: 'snapshot' };

/** Memories are looked at in pages of this size; those of zeros only are not written. */
export const SPARSE_PAGE_BYTES = 4096;

/** What a reference is. */
export const refCodes = {
  null: 0,
  undefined: 1,
  false: 2,
  true: 3,
  /** A number that is a 32-bit integer; an i31 is one. */
  integer: 4,
  number: 5,
  /** A function of an instance: its number, funcidx. */
  func: 6,
  /** A function of the host: its number. */
  hostFunc: 7,
  /** What stands in the list of objects. */
  object: 8,
} as const;

/** What an object is. */
export const objectCodes = { struct: 0, array: 1, exception: 2, string: 3, bigint: 4, extern: 5 } as const;

/** What a module's bytes are. */
export const moduleCodes = { absent: 0, present: 1 } as const;

/** Both steps can be undone, so that changing one word always changes the sum. */
export function checksum(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4) {
    if (at === CHECKSUM_AT) continue;
    sum = Math.imul(sum ^ view.getInt32(at, true), 0x9e3779b1);
    sum ^= sum >>> 15;
  }
  return sum;
}
