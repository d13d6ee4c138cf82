/** A file's size, times and place on the device: `fd_advise`, `fd_allocate`, `fd_sync`, `fd_filestat_…`. */
import type { FileStat, FileType } from '../host/host.ts';
import type { GuestMemory } from './abi.ts';
import type { WasiContext } from './context.ts';
import { streamType } from './descriptors.ts';
import { Errno } from './errno.ts';
import { offsetOf } from './offset.ts';
import { fileTimes, storeFilestat } from './stat.ts';
import { LAST_ADVICE } from './types.ts';

/**
 * `fd_advise(fd: i32, offset: i64, len: i64, advice: i32) -> errno` — tells how a file will be used.
 *
 * The advice is checked and then not used: it never changes what a program sees.
 *
 * @param advice 0 normal, 1 sequential, 2 random, 3 willneed, 4 dontneed, 5 noreuse
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is no file
 *   - `inval` (28): no such advice, or a length of 2^63 or more
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_advise
 */
export function fdAdvise(
  context: WasiContext,
  _memory: GuestMemory,
  fd: number,
  _offset: bigint,
  length: bigint,
  advice: number,
): Errno {
  context.descriptors.file(fd);
  const isNegative = BigInt.asIntN(64, length) < 0;
  return isNegative || advice >>> 0 > LAST_ADVICE ? Errno.inval : Errno.success;
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
 * `fd_filestat_get(fd: i32, stat: i32) -> errno` — tells size, times and identity of what is open.
 *
 * A stream or socket has a filetype and zeros.
 *
 * @param statPtr guest byte address of the result, 64 bytes, a multiple of 8
 * @returns errno
 *   - `success` (0): the result is stored
 *   - `badf` (8): `fd` stands for nothing
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For a file of 5 bytes, inode 2 on device 1, one link, read 3 and modified 7 ns after 1970, `statPtr = 8`:
 *
 *     byte      7  8 … 15  16 … 23  24 … 31  32 … 39  40 … 47  48 … 55  56 … 63  64 … 71  72
 *     memory    ?  01 … 00 02 … 00  04 … 00  01 … 00  05 … 00  03 … 00  07 … 00  00 … 00  ?
 *                  ^device ^inode   ^type    ^links   ^size    ^atim    ^mtim    ^ctim
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_filestat_get
 */
export function fdFilestatGet(context: WasiContext, memory: GuestMemory, fd: number, statPtr: number): Errno {
  storeFilestat(memory, statPtr, descriptorStat(context, fd));
  return Errno.success;
}

/** @throws {HostError} EBADF */
export function descriptorStat(context: WasiContext, fd: number): FileStat {
  const descriptor = context.descriptors.get(fd);
  switch (descriptor.kind) {
    case 'input':
    case 'output':
      return streamStat(streamType(descriptor.stream));
    case 'socket':
    case 'listener':
      return streamStat('socket');
    case 'file':
      return descriptor.file.stat();
    case 'directory':
      return descriptor.directory.stat();
  }
}

/** What is told of a stream: its type and nothing else. */
function streamStat(type: FileType): FileStat {
  const none = BigInt(0);
  return {
    type,
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
 *   - `perm` (63): the file was opened in a read-only directory
 *   - `inval` (28): the file is not open for writing, or the size is 2^63 or more
 *   - `fbig` (22), `nospc` (51) and what else the host reports
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_filestat_set_size
 */
export function fdFilestatSetSize(context: WasiContext, _memory: GuestMemory, fd: number, size: bigint): Errno {
  const { file, writable } = context.descriptors.file(fd);
  if (file.isReadOnly === true) return Errno.perm;
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
 *   - `perm` (63): it was opened in a read-only directory
 *   - `acces` (2) and what else the host reports
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
  const times = fileTimes(context.clock, accessTimeNs, modifyTimeNs, fstflags);
  if (times === undefined) return Errno.inval;
  const descriptor = context.descriptors.get(fd);
  if (descriptor.kind === 'file') descriptor.file.setTimes(times);
  else if (descriptor.kind === 'directory') descriptor.directory.setTimes(times);
  else return Errno.badf;
  return Errno.success;
}
