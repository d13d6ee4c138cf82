/** Where in a file a descriptor stands: `fd_seek`, `fd_tell`. */
import { addressOf, type GuestMemory, storeU64 } from './abi.ts';
import type { WasiContext } from './context.ts';
import { type FileDescriptor, isStream } from './descriptors.ts';
import { Errno } from './errno.ts';
import { MAX_OFFSET } from './offset.ts';
import { Whence } from './types.ts';

/**
 * `fd_seek(fd: i32, offset: i64, whence: i32, newoffset: i32) -> errno` — moves a file's offset.
 *
 * @param offset       signed distance in bytes
 * @param whence       from where: 0 the start, 1 the current offset, 2 the end
 * @param newOffsetPtr guest byte address of the result, a multiple of 8: bytes from the start, u64
 * @returns errno
 *   - `success` (0); the offset may lie behind the file's end
 *   - `badf` (8): `fd` stands for nothing, or for a directory
 *   - `spipe` (70): `fd` is a stream
 *   - `inval` (28): no such `whence`, or the new offset would be below 0 or above 2^53 - 1; the offset stays
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For a file of 5 bytes, `offset = -3n`, `whence = 2`, `newOffsetPtr = 8`:
 *
 *     byte      7  8  9 10 11 12 13 14 15 16
 *     memory    ?  02 00 00 00 00 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_seek
 */
export function fdSeek(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  offset: bigint,
  whence: number,
  newOffsetPtr: number,
): Errno {
  addressOf(memory, newOffsetPtr, 8, 8);
  const descriptor = context.descriptors.get(fd);
  if (isStream(descriptor)) return Errno.spipe;
  if (descriptor.kind !== 'file') return Errno.badf;
  const start = seekStart(descriptor, whence);
  if (start === undefined) return Errno.inval;
  const moved = start + BigInt.asIntN(64, offset);
  if (moved < 0 || moved > MAX_OFFSET) return Errno.inval;
  descriptor.offset = Number(moved);
  storeU64(memory, newOffsetPtr, moved);
  return Errno.success;
}

function seekStart(descriptor: FileDescriptor, whence: number): bigint | undefined {
  switch (whence) {
    case Whence.set:
      return BigInt(0);
    case Whence.current:
      return BigInt(descriptor.offset);
    case Whence.end:
      return descriptor.file.stat().sizeBytes;
    default:
      return undefined;
  }
}

/**
 * `fd_tell(fd: i32, offset: i32) -> errno` — tells a file's offset.
 *
 * @param offsetPtr guest byte address of the result, a multiple of 8: bytes from the start, u64
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` stands for nothing, or for a directory
 *   - `spipe` (70): `fd` is a stream
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For an offset of 5, `offsetPtr = 8`:
 *
 *     byte      7  8  9 10 11 12 13 14 15 16
 *     memory    ?  05 00 00 00 00 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_tell
 */
export function fdTell(context: WasiContext, memory: GuestMemory, fd: number, offsetPtr: number): Errno {
  const descriptor = context.descriptors.get(fd);
  if (isStream(descriptor)) return Errno.spipe;
  if (descriptor.kind !== 'file') return Errno.badf;
  storeU64(memory, offsetPtr, BigInt(descriptor.offset));
  return Errno.success;
}
