/** Reading and writing: `fd_read`, `fd_pread`, `fd_write`, `fd_pwrite`. */
import { HostError } from '../host/host.ts';
import { addressOf, byteCount, checkIovecs, type GuestMemory, loadIovecs, storeU32 } from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import { type Descriptor, type FileDescriptor, isStream } from './descriptors.ts';
import { Errno } from './errno.ts';
import { MAX_OFFSET, offsetOf, readOffsetOf } from './offset.ts';
import { readStream, writeStream } from './streaming.ts';
import { Fdflags } from './types.ts';

/**
 * `fd_read(fd: i32, iovs: i32, iovs_len: i32, nread: i32) -> errno` — reads from a stream or file.
 *
 * A file's offset moves on by what was read. A stream or socket gives what it has, waiting for at least one byte: a
 * guest that runs asynchronously is suspended meanwhile.
 *
 * @param iovsPtr   guest byte address of the buffers' list, a multiple of 4 (picture at `loadIovecs`)
 * @param iovsCount number of buffers, filled one after the other
 * @param nreadPtr  guest byte address of the result, a multiple of 4: bytes read, u32; 0 at the end
 * @returns errno
 *   - `success` (0)
 *   - `again` (6): nothing has arrived, and the socket has the flag `nonblock`
 *   - `badf` (8): `fd` is not open for reading, or a directory; or it was closed while the call waited
 *   - `connreset` (15): the socket's other side is gone
 *   - `inval` (28): the buffers hold more than 2^32 - 1 bytes
 *   - `io` (29) and what else the host reports
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`, before anything is read
 *
 * For a file `hello`, buffers of 2 and 8 bytes at 40 and 50, and `nreadPtr = 60`:
 *
 *     byte     39 40 41 42 … 49 50 51 52 53 … 59 60 61 62 63 64
 *     memory    ?  h  e  ? …  ?  l  l  o  ? …  ? 05 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_read
 */
export function fdRead(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  iovsPtr: number,
  iovsCount: number,
  nreadPtr: number,
): Outcome {
  checkIovecs(memory, iovsPtr, iovsCount);
  const descriptor = context.descriptors.get(fd);
  if (descriptor.kind === 'input' || descriptor.kind === 'socket') {
    loadIovecs(memory, iovsPtr, iovsCount);
    addressOf(memory, nreadPtr, 4, 4);
    return readStream(context, memory, descriptor, iovsPtr, iovsCount, (count) => {
      storeU32(memory, nreadPtr, count);
    });
  }
  const file = fileOf(descriptor);
  const buffers = loadIovecs(memory, iovsPtr, iovsCount);
  if (!file.readable) return Errno.badf;
  addressOf(memory, nreadPtr, 4, 4);
  const count = readFile(file, buffers, file.offset);
  file.offset += count;
  storeU32(memory, nreadPtr, count);
  return Errno.success;
}

/** What is wrong is told in wasmtime's order: list, kind of descriptor, buffers, how it is open, result. */
function fileOf(descriptor: Descriptor): FileDescriptor {
  if (descriptor.kind !== 'file') throw new HostError('EBADF');
  return descriptor;
}

function readFile({ file }: FileDescriptor, buffers: readonly Uint8Array[], offset: number): number {
  return oneByOne(buffers, (buffer, done) => file.read(buffer, offset + done));
}

/** Ends where a buffer is not used whole. A failure after that much was done is told by the next call. */
function oneByOne(buffers: readonly Uint8Array[], act: (buffer: Uint8Array, done: number) => number): number {
  let done = 0;
  for (const buffer of buffers) {
    try {
      const count = act(buffer, done);
      done += count;
      if (count < buffer.length) break;
    } catch (error) {
      if (done === 0 || !(error instanceof HostError)) throw error;
      break;
    }
  }
  return done;
}

/**
 * `fd_pread(fd: i32, iovs: i32, iovs_len: i32, offset: i64, nread: i32) -> errno` — reads from a place in a file.
 *
 * As `fd_read`, but the descriptor's own offset is neither used nor moved.
 *
 * @param offset where to begin, in bytes, u64
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is not open for reading, or a directory
 *   - `spipe` (70): `fd` is a stream that can be read from, or a socket
 *   - `inval` (28): the offset is 2^63 or more, or the buffers hold more than 2^32 - 1 bytes
 *   - `io` (29) and what else the host reports
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`, before anything is read
 *
 * For a file `hello`, `offset = 3`, one buffer of 8 bytes at 40 and `nreadPtr = 48`:
 *
 *     byte     39 40 41 42 43 44 45 46 47 48 49 50 51 52
 *     memory    ?  l  o  ?  ?  ?  ?  ?  ? 02 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_pread
 */
export function fdPread(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  iovsPtr: number,
  iovsCount: number,
  offset: bigint,
  nreadPtr: number,
): Errno {
  checkIovecs(memory, iovsPtr, iovsCount);
  const descriptor = context.descriptors.get(fd);
  if (isStream(descriptor)) return descriptor.kind === 'output' ? Errno.badf : Errno.spipe;
  const file = fileOf(descriptor);
  if (!file.readable) return Errno.badf;
  const buffers = loadIovecs(memory, iovsPtr, iovsCount);
  addressOf(memory, nreadPtr, 4, 4);
  storeU32(memory, nreadPtr, readFile(file, buffers, readOffsetOf(offset, byteCount(buffers))));
  return Errno.success;
}

/**
 * `fd_write(fd: i32, iovs: i32, iovs_len: i32, nwritten: i32) -> errno` — writes to a stream or file.
 *
 * A file's offset moves on by what was written; with the flag `append` writing begins at the file's end.
 * A gap between the file's end and the offset reads as zeros. A stream or socket takes everything; while it has no
 * room, a guest that runs asynchronously is suspended.
 *
 * @param iovsPtr     guest byte address of the buffers' list, a multiple of 4 (picture at `loadIovecs`)
 * @param iovsCount   number of buffers, written one after the other
 * @param nwrittenPtr guest byte address of the result, a multiple of 4: bytes written, u32; fewer than given where a
 *                    file finds no more room
 * @returns errno
 *   - `success` (0)
 *   - `again` (6): there is no room at all, and the socket has the flag `nonblock`
 *   - `badf` (8): `fd` is not open for writing, or a directory; or it was closed while the call waited
 *   - `inval` (28): the buffers hold more than 2^32 - 1 bytes
 *   - `pipe` (64): nobody reads the stream's other end
 *   - `fbig` (22), `nospc` (51), `io` (29) and what else the host reports
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`, before anything is written
 *
 * For buffers of 5 bytes altogether and `nwrittenPtr = 60`:
 *
 *     byte     59 60 61 62 63 64
 *     memory    ? 05 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_write
 */
export function fdWrite(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  iovsPtr: number,
  iovsCount: number,
  nwrittenPtr: number,
): Outcome {
  checkIovecs(memory, iovsPtr, iovsCount);
  const descriptor = context.descriptors.get(fd);
  if (descriptor.kind === 'output' || descriptor.kind === 'socket') {
    loadIovecs(memory, iovsPtr, iovsCount);
    addressOf(memory, nwrittenPtr, 4, 4);
    return writeStream(context, memory, descriptor, iovsPtr, iovsCount, nwrittenPtr);
  }
  const file = fileOf(descriptor);
  const buffers = loadIovecs(memory, iovsPtr, iovsCount);
  if (!file.writable) return Errno.badf;
  addressOf(memory, nwrittenPtr, 4, 4);
  const isAppending = (file.flags & Fdflags.append) !== 0;
  const count = isAppending ? appendFile(file, buffers) : writeFile(file, buffers, file.offset);
  file.offset = isAppending ? Number(file.file.stat().sizeBytes) : file.offset + count;
  storeU32(memory, nwrittenPtr, count);
  return Errno.success;
}

function writeFile({ file }: FileDescriptor, buffers: readonly Uint8Array[], offset: number): number {
  if (offset + byteCount(buffers) > MAX_OFFSET) throw new HostError('EFBIG');
  return oneByOne(buffers, (buffer, done) => file.write(buffer, offset + done));
}

function appendFile({ file }: FileDescriptor, buffers: readonly Uint8Array[]): number {
  return oneByOne(buffers, (buffer) => file.append(buffer));
}

/**
 * `fd_pwrite(fd: i32, iovs: i32, iovs_len: i32, offset: i64, nwritten: i32) -> errno` — writes to a place in a file.
 *
 * As `fd_write`, but the descriptor's own offset is neither used nor moved, and `append` plays no part.
 *
 * @param offset where to begin, in bytes, u64
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is not open for writing, or a directory
 *   - `spipe` (70): `fd` is a stream that can be written to, or a socket
 *   - `inval` (28): the offset is 2^63 or more, or the buffers hold more than 2^32 - 1 bytes
 *   - `fbig` (22), `nospc` (51), `io` (29) and what else the host reports
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`, before anything is written
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_pwrite
 */
export function fdPwrite(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  iovsPtr: number,
  iovsCount: number,
  offset: bigint,
  nwrittenPtr: number,
): Errno {
  checkIovecs(memory, iovsPtr, iovsCount);
  const descriptor = context.descriptors.get(fd);
  if (isStream(descriptor)) return descriptor.kind === 'input' ? Errno.badf : Errno.spipe;
  const file = fileOf(descriptor);
  const buffers = loadIovecs(memory, iovsPtr, iovsCount);
  if (!file.writable) return Errno.badf;
  addressOf(memory, nwrittenPtr, 4, 4);
  storeU32(memory, nwrittenPtr, writeFile(file, buffers, offsetOf(offset, byteCount(buffers))));
  return Errno.success;
}
