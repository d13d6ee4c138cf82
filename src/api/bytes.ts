/** Bytes as embedders hand them over. */
import { UsageError } from '../syntax/index.ts';

/** @param what says in the error what was expected: `a module is bytes …` @throws {UsageError} for what is no bytes */
export function bytesOf(source: unknown, what: string): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  throw new UsageError(what);
}
