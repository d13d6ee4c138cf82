/**
 * What is done with an open descriptor: the `fd_*` functions.
 *
 * Descriptors are streams, files and directories (`descriptors.ts`). Numbers that stand for nothing, and
 * uses that do not fit the kind, answer `badf`, as in wasmtime. Effects happen in the host's files.
 */

import { type FileStat, type FileType, HostError, type InputStream } from '../host/host.ts';
import { addressOf, bytesAt, type GuestMemory, loadIovecs, storeU8, storeU16, storeU32, storeU64 } from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import type { Descriptor, FileDescriptor } from './descriptors.ts';
import { Errno } from './errno.ts';
import {
  DIRECTORY_RIGHTS,
  FD_READ,
  FD_WRITE,
  fileRights,
  PREOPEN_INHERITING_RIGHTS,
  PREOPEN_RIGHTS,
} from './rights.ts';
import { fileTimes, storeFilestat } from './stat.ts';
import { ALL_FDFLAGS, Fdflags, Fdstat, Filetype, filetypeOf, LAST_ADVICE, Prestat, Whence } from './types.ts';

/** Most that one read from a stream takes, in bytes; a read may always be short. */
const MAX_STREAM_READ = 65536;

/** What an offset can be: a host's files are addressed by JavaScript numbers. */
const MAX_OFFSET = Number.MAX_SAFE_INTEGER;

/**
 * `fd_advise(fd: i32, offset: i64, len: i64, advice: i32) -> errno` — tells how a file will be used.
 *
 * The advice is checked and then not used: it never changes what a program sees.
 *
 * @param advice 0 normal, 1 sequential, 2 random, 3 willneed, 4 dontneed, 5 noreuse
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is no file
 *   - `inval` (28): no such advice
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_advise
 */
export function fdAdvise(
  context: WasiContext,
  _memory: GuestMemory,
  fd: number,
  _offset: bigint,
  _length: bigint,
  advice: number,
): Errno {
  context.descriptors.file(fd);
  return advice >>> 0 > LAST_ADVICE ? Errno.inval : Errno.success;
}

/**
 * `fd_allocate(fd: i32, offset: i64, len: i64) -> errno` — would reserve space for a file.
 *
 * Not every host can reserve, and growing the file instead would be something else.
 *
 * @returns errno
 *   - `badf` (8): `fd` is no file
 *   - `notsup` (58): otherwise, as in wasmtime
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_allocate
 */
export function fdAllocate(
  context: WasiContext,
  _memory: GuestMemory,
  fd: number,
  _offset: bigint,
  _length: bigint,
): Errno {
  context.descriptors.file(fd);
  return Errno.notsup;
}

/**
 * `fd_close(fd: i32) -> errno` — closes a descriptor; its number is free afterwards.
 *
 * The standard streams and preopened directories can be closed too; what they stand for on the host's
 * side stays open.
 *
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` stands for nothing
 *   - what the host reports, such as `io` (29) for data that could not be written; `fd` is closed all the same
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_close
 */
export function fdClose(context: WasiContext, _memory: GuestMemory, fd: number): Errno {
  context.descriptors.close(fd);
  return Errno.success;
}

/**
 * `fd_datasync(fd: i32) -> errno` — waits until a file's content is on the device.
 *
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is no file
 *   - `io` (29) and what else the host reports
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_datasync
 */
export function fdDatasync(context: WasiContext, _memory: GuestMemory, fd: number): Errno {
  context.descriptors.file(fd).file.sync(true);
  return Errno.success;
}

/**
 * `fd_sync(fd: i32) -> errno` — waits until a file's content and metadata are on the device.
 *
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is no file
 *   - `io` (29) and what else the host reports
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_sync
 */
export function fdSync(context: WasiContext, _memory: GuestMemory, fd: number): Errno {
  context.descriptors.file(fd).file.sync(false);
  return Errno.success;
}

/**
 * `fd_fdstat_get(fd: i32, stat: i32) -> errno` — tells what a descriptor is and may be used for.
 *
 * A program finds out by it whether a stream is a terminal: a character device that cannot seek.
 *
 * @param statPtr guest byte address of the result, 24 bytes, a multiple of 8
 * @returns errno
 *   - `success` (0): the result is stored
 *   - `badf` (8): `fd` stands for nothing
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For a file opened for reading (rights 0x3fffffbf) and appending, `statPtr = 8`:
 *
 *     byte      7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 … 31 32
 *     memory    ?  04 00 01 00 00 00 00 00 bf ff ff 3f 00 00 00 00 bf … 00 ?
 *                  ^-- filetype            ^-- rights              ^-- inherited rights
 *                        ^-- flags
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_fdstat_get
 */
export function fdFdstatGet(context: WasiContext, memory: GuestMemory, fd: number, statPtr: number): Errno {
  const descriptor = context.descriptors.get(fd);
  const address = addressOf(memory, statPtr, Fdstat.size, Fdstat.align);
  const { base, inheriting } = rightsOfDescriptor(descriptor);
  memory.range(address, Fdstat.size).fill(0);
  storeU8(memory, address + Fdstat.filetype, filetypeOfDescriptor(descriptor));
  storeU16(memory, address + Fdstat.flags, descriptor.kind === 'file' ? descriptor.flags : 0);
  storeU64(memory, address + Fdstat.rightsBase, base);
  storeU64(memory, address + Fdstat.rightsInheriting, inheriting);
  return Errno.success;
}

function rightsOfDescriptor(descriptor: Descriptor): { base: number; inheriting: number } {
  switch (descriptor.kind) {
    case 'input':
      return { base: FD_READ, inheriting: FD_READ };
    case 'output':
      return { base: FD_WRITE, inheriting: FD_WRITE };
    case 'file': {
      const rights = fileRights(descriptor.readable, descriptor.writable);
      return { base: rights, inheriting: rights };
    }
    case 'directory':
      return descriptor.preopenName === undefined
        ? { base: DIRECTORY_RIGHTS, inheriting: DIRECTORY_RIGHTS }
        : { base: PREOPEN_RIGHTS, inheriting: PREOPEN_INHERITING_RIGHTS };
  }
}

function filetypeOfDescriptor(descriptor: Descriptor): number {
  switch (descriptor.kind) {
    case 'input':
    case 'output':
      return filetypeOf(streamType(descriptor.stream));
    case 'file':
      return filetypeOf(descriptor.file.stat().type);
    case 'directory':
      return Filetype.directory;
  }
}

function streamType(stream: { readonly isTerminal: boolean }): FileType {
  return stream.isTerminal ? 'character-device' : 'unknown';
}

/**
 * `fd_fdstat_set_flags(fd: i32, flags: i32) -> errno` — changes how a file is used.
 *
 * @param flags 1 append, 4 nonblock; these replace the former ones
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is no file
 *   - `inval` (28): an unknown flag, or one of the three that make writes synchronous
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_fdstat_set_flags
 */
export function fdFdstatSetFlags(context: WasiContext, _memory: GuestMemory, fd: number, flags: number): Errno {
  const descriptor = context.descriptors.file(fd);
  if ((flags & ~(Fdflags.append | Fdflags.nonblock)) !== 0) return Errno.inval;
  descriptor.flags = flags & ALL_FDFLAGS;
  return Errno.success;
}

/**
 * `fd_fdstat_set_rights(fd: i32, base: i64, inheriting: i64) -> errno` — would take rights away.
 *
 * @returns errno
 *   - `badf` (8): `fd` stands for nothing
 *   - `notsup` (58): otherwise, as in wasmtime; rights are told but not kept
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_fdstat_set_rights
 */
export function fdFdstatSetRights(
  context: WasiContext,
  _memory: GuestMemory,
  fd: number,
  _base: bigint,
  _inheriting: bigint,
): Errno {
  context.descriptors.get(fd);
  return Errno.notsup;
}

/**
 * `fd_filestat_get(fd: i32, stat: i32) -> errno` — tells size, times and identity of what is open.
 *
 * A stream has a filetype and zeros.
 *
 * @param statPtr guest byte address of the result, 64 bytes, a multiple of 8
 * @returns errno
 *   - `success` (0): the result is stored
 *   - `badf` (8): `fd` stands for nothing
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For a file of 5 bytes, inode 2 on device 1, one link, modified 7 ns after 1970, `statPtr = 8`:
 *
 *     byte      7  8 … 15  16 … 23  24 … 31  32 … 39  40 … 47  48 … 55  56 … 63  64 … 71  72
 *     memory    ?  01 … 00 02 … 00  04 … 00  01 … 00  05 … 00  00 … 00  07 … 00  07 … 00  ?
 *                  ^device ^inode   ^type    ^links   ^size    ^atim    ^mtim    ^ctim
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_filestat_get
 */
export function fdFilestatGet(context: WasiContext, memory: GuestMemory, fd: number, statPtr: number): Errno {
  const descriptor = context.descriptors.get(fd);
  switch (descriptor.kind) {
    case 'input':
    case 'output':
      storeFilestat(memory, statPtr, streamStat(descriptor.stream));
      return Errno.success;
    case 'file':
      storeFilestat(memory, statPtr, descriptor.file.stat());
      return Errno.success;
    case 'directory':
      storeFilestat(memory, statPtr, descriptor.directory.stat());
      return Errno.success;
  }
}

/** What is told of a stream: its type and nothing else. */
function streamStat(stream: { readonly isTerminal: boolean }): FileStat {
  const none = BigInt(0);
  return {
    type: streamType(stream),
    device: none,
    inode: none,
    linkCount: none,
    sizeBytes: none,
    accessTimeNs: none,
    modifyTimeNs: none,
    changeTimeNs: none,
  };
}

/**
 * `fd_filestat_set_size(fd: i32, size: i64) -> errno` — cuts a file off or extends it with zeros.
 *
 * @param size in bytes, u64; the descriptor's offset stays
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is no file
 *   - `inval` (28): the file is not open for writing, or the size is more than 2^53 - 1
 *   - `fbig` (22), `nospc` (51) and what else the host reports
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_filestat_set_size
 */
export function fdFilestatSetSize(context: WasiContext, _memory: GuestMemory, fd: number, size: bigint): Errno {
  const { file, writable } = context.descriptors.file(fd);
  if (!writable) return Errno.inval;
  file.setSize(offsetOf(size));
  return Errno.success;
}

/**
 * `fd_filestat_set_times(fd: i32, atim: i64, mtim: i64, fst_flags: i32) -> errno` — sets a file's times.
 *
 * @param accessTimeNs ns since 1970, used with flag 1
 * @param modifyTimeNs ns since 1970, used with flag 4
 * @param fstflags     1 atim, 2 atim now, 4 mtim, 8 mtim now; a time without a flag stays
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is neither file nor directory
 *   - `inval` (28): a time both given and now, or an unknown flag
 *   - `perm` (63), `acces` (2) and what else the host reports
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_filestat_set_times
 */
export function fdFilestatSetTimes(
  context: WasiContext,
  _memory: GuestMemory,
  fd: number,
  accessTimeNs: bigint,
  modifyTimeNs: bigint,
  fstflags: number,
): Errno {
  const descriptor = context.descriptors.get(fd);
  const times = fileTimes(context.clock, accessTimeNs, modifyTimeNs, fstflags);
  if (times === undefined) return Errno.inval;
  if (descriptor.kind === 'file') descriptor.file.setTimes(times);
  else if (descriptor.kind === 'directory') descriptor.directory.setTimes(times);
  else return Errno.badf;
  return Errno.success;
}

/**
 * `fd_prestat_get(fd: i32, prestat: i32) -> errno` — tells the length of a preopened directory's name.
 *
 * A program asks for 3, 4, … until the answer is `badf`, and so learns what it was granted.
 *
 * @param prestatPtr guest byte address of the result, 8 bytes, a multiple of 4
 * @returns errno
 *   - `success` (0): the result is stored
 *   - `badf` (8): `fd` is no preopened directory
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For the name `/tmp`, `prestatPtr = 4`:
 *
 *     byte      3  4  5  6  7  8  9 10 11 12
 *     memory    ?  00 00 00 00 04 00 00 00 ?
 *                  ^-- 0: directory
 *                              ^-- length in bytes, without a final zero byte
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_prestat_get
 */
export function fdPrestatGet(context: WasiContext, memory: GuestMemory, fd: number, prestatPtr: number): Errno {
  const name = preopenName(context, fd);
  const address = addressOf(memory, prestatPtr, Prestat.size, Prestat.align);
  storeU32(memory, address + Prestat.tag, 0);
  storeU32(memory, address + Prestat.nameLength, name.length);
  return Errno.success;
}

/**
 * `fd_prestat_dir_name(fd: i32, path: i32, path_len: i32) -> errno` — stores a preopened directory's name.
 *
 * @param namePtr    guest byte address of the result, UTF-8 without a final zero byte
 * @param nameLength room in bytes; as much as `fd_prestat_get` said will do
 * @returns errno
 *   - `success` (0): the name is stored, and nothing behind it
 *   - `badf` (8): `fd` is no preopened directory
 *   - `nametoolong` (37): the room does not suffice; memory untouched
 * @throws {Trap} `out of bounds memory access`
 *
 * For the name `/tmp`, `namePtr = 4` and `nameLength = 5`:
 *
 *     byte      3  4  5  6  7  8
 *     memory    ?  /  t  m  p  ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_prestat_dir_name
 */
export function fdPrestatDirName(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  namePtr: number,
  nameLength: number,
): Errno {
  const name = preopenName(context, fd);
  if (nameLength >>> 0 < name.length) return Errno.nametoolong;
  bytesAt(memory, namePtr, name.length).set(name);
  return Errno.success;
}

function preopenName(context: WasiContext, fd: number): Uint8Array {
  const descriptor = context.descriptors.get(fd);
  if (descriptor.kind !== 'directory' || descriptor.preopenName === undefined) throw new HostError('EBADF');
  return descriptor.preopenName;
}

/**
 * `fd_read(fd: i32, iovs: i32, iovs_len: i32, nread: i32) -> errno` — reads from a stream or file.
 *
 * A file's offset moves on by what was read. A stream gives what it has, waiting for at least one byte.
 *
 * @param iovsPtr   guest byte address of the buffers' list, a multiple of 4 (picture at `loadIovecs`)
 * @param iovsCount number of buffers, filled one after the other
 * @param nreadPtr  guest byte address of the result, a multiple of 4: bytes read, u32; 0 at the end
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is not open for reading, or a directory
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
  const buffers = loadIovecs(memory, iovsPtr, iovsCount);
  addressOf(memory, nreadPtr, 4, 4);
  const descriptor = context.descriptors.get(fd);
  if (descriptor.kind === 'input') {
    context.descriptors.flush();
    const read = readStream(descriptor.stream, byteCount(buffers));
    const deliver = (chunk: Uint8Array) => {
      descriptor.readCount += chunk.length;
      // Memory may have grown while a promise was pending, so the buffers are looked up again.
      scatter(chunk, loadIovecs(memory, iovsPtr, iovsCount));
      storeU32(memory, nreadPtr, chunk.length);
      return Errno.success;
    };
    return read instanceof Promise ? read.then(deliver) : deliver(read);
  }
  const file = readableFile(descriptor);
  const count = readFile(file, buffers, file.offset);
  file.offset += count;
  storeU32(memory, nreadPtr, count);
  return Errno.success;
}

function readStream(stream: InputStream, byteLength: number): Uint8Array | Promise<Uint8Array> {
  const chunk = new Uint8Array(Math.min(byteLength, MAX_STREAM_READ));
  if (chunk.length === 0) return chunk;
  const count = stream.read(chunk);
  return typeof count === 'number' ? chunk.subarray(0, count) : count.then((length) => chunk.subarray(0, length));
}

function scatter(chunk: Uint8Array, buffers: readonly Uint8Array[]): void {
  let at = 0;
  for (const buffer of buffers) {
    const part = chunk.subarray(at, at + buffer.length);
    buffer.set(part);
    at += part.length;
  }
}

function readableFile(descriptor: Descriptor): FileDescriptor {
  if (descriptor.kind !== 'file' || !descriptor.readable) throw new HostError('EBADF');
  return descriptor;
}

function readFile({ file }: FileDescriptor, buffers: readonly Uint8Array[], offset: number): number {
  let total = 0;
  for (const buffer of buffers) {
    const count = file.read(buffer, offset + total);
    total += count;
    if (count < buffer.length) break;
  }
  return total;
}

function byteCount(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
}

/** @throws {HostError} EINVAL for an offset or size that JavaScript cannot count */
function offsetOf(value: bigint): number {
  const unsigned = BigInt.asUintN(64, value);
  if (unsigned > MAX_OFFSET) throw new HostError('EINVAL');
  return Number(unsigned);
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
 *   - `spipe` (70): `fd` is a stream
 *   - `inval` (28): the offset is more than 2^53 - 1, or the buffers hold more than 2^32 - 1 bytes
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
  const buffers = loadIovecs(memory, iovsPtr, iovsCount);
  addressOf(memory, nreadPtr, 4, 4);
  const descriptor = context.descriptors.get(fd);
  if (isStream(descriptor)) return Errno.spipe;
  storeU32(memory, nreadPtr, readFile(readableFile(descriptor), buffers, offsetOf(offset)));
  return Errno.success;
}

function isStream(descriptor: Descriptor): boolean {
  return descriptor.kind === 'input' || descriptor.kind === 'output';
}

/**
 * `fd_write(fd: i32, iovs: i32, iovs_len: i32, nwritten: i32) -> errno` — writes to a stream or file.
 *
 * A file's offset moves on by what was written; with the flag `append` writing begins at the file's end.
 * A gap between the file's end and the offset reads as zeros.
 *
 * @param iovsPtr     guest byte address of the buffers' list, a multiple of 4 (picture at `loadIovecs`)
 * @param iovsCount   number of buffers, written one after the other
 * @param nwrittenPtr guest byte address of the result, a multiple of 4: bytes written, u32
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is not open for writing, or a directory
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
): Errno {
  const buffers = loadIovecs(memory, iovsPtr, iovsCount);
  addressOf(memory, nwrittenPtr, 4, 4);
  const descriptor = context.descriptors.get(fd);
  if (descriptor.kind === 'output') {
    for (const buffer of buffers) descriptor.stream.write(buffer);
    storeU32(memory, nwrittenPtr, byteCount(buffers));
    return Errno.success;
  }
  const file = writableFile(descriptor);
  const isAppending = (file.flags & Fdflags.append) !== 0;
  const count = isAppending ? appendFile(file, buffers) : writeFile(file, buffers, file.offset);
  file.offset = isAppending ? Number(file.file.stat().sizeBytes) : file.offset + count;
  storeU32(memory, nwrittenPtr, count);
  return Errno.success;
}

function writableFile(descriptor: Descriptor): FileDescriptor {
  if (descriptor.kind !== 'file' || !descriptor.writable) throw new HostError('EBADF');
  return descriptor;
}

function writeFile({ file }: FileDescriptor, buffers: readonly Uint8Array[], offset: number): number {
  if (offset + byteCount(buffers) > MAX_OFFSET) throw new HostError('EFBIG');
  return buffers.reduce((total, buffer) => total + file.write(buffer, offset + total), 0);
}

function appendFile({ file }: FileDescriptor, buffers: readonly Uint8Array[]): number {
  return buffers.reduce((total, buffer) => total + file.append(buffer), 0);
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
 *   - `spipe` (70): `fd` is a stream
 *   - `inval` (28): the offset is more than 2^53 - 1, or the buffers hold more than 2^32 - 1 bytes
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
  const buffers = loadIovecs(memory, iovsPtr, iovsCount);
  addressOf(memory, nwrittenPtr, 4, 4);
  const descriptor = context.descriptors.get(fd);
  if (isStream(descriptor)) return Errno.spipe;
  storeU32(memory, nwrittenPtr, writeFile(writableFile(descriptor), buffers, offsetOf(offset)));
  return Errno.success;
}

/**
 * `fd_renumber(fd: i32, to: i32) -> errno` — moves a descriptor to another number, whose former meaning is closed.
 *
 * @param from number that is free afterwards
 * @param to   number in use, as the call cannot make a new one
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): one of the two stands for nothing
 *   - what closing reports; the descriptor is moved all the same
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_renumber
 */
export function fdRenumber(context: WasiContext, _memory: GuestMemory, from: number, to: number): Errno {
  context.descriptors.renumber(from, to);
  return Errno.success;
}

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
