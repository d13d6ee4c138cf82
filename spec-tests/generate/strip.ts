/** Modules without what carries no meaning. */
import type { Module } from '../../src/syntax/index.ts';

/** The module's binary without its custom sections. */
export function withoutCustoms({ bytes, sections }: Module): Uint8Array {
  const header = 8;
  const kept: Uint8Array[] = [bytes.subarray(0, header)];
  let start = header;
  for (const { id, byteOffset, byteLength } of sections) {
    const end = byteOffset + byteLength;
    if (id !== 0) kept.push(bytes.subarray(start, end));
    start = end;
  }
  return Buffer.concat(kept);
}
