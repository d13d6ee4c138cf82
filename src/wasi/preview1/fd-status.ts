/** What a descriptor is and how it is used: `fd_fdstat_get`, `fd_fdstat_set_flags`, `fd_fdstat_set_rights`. */
import { addressOf, type GuestMemory, storeU8, storeU16, storeU64 } from './abi.ts';
import type { WasiContext } from './context.ts';
import { type Descriptor, isStream, streamType } from './descriptors.ts';
import { Errno } from './errno.ts';
import {
  DIRECTORY_RIGHTS,
  FD_READ,
  FD_WRITE,
  fileRights,
  LISTENER_RIGHTS,
  PREOPEN_INHERITING_RIGHTS,
  PREOPEN_RIGHTS,
  SOCKET_RIGHTS,
} from './rights.ts';
import { Fdflags, Fdstat, Filetype, filetypeOf } from './types.ts';

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
  storeU16(memory, address + Fdstat.flags, 'flags' in descriptor ? descriptor.flags : 0);
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
    case 'socket':
      return { base: SOCKET_RIGHTS, inheriting: SOCKET_RIGHTS };
    case 'listener':
      return { base: LISTENER_RIGHTS, inheriting: SOCKET_RIGHTS };
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
    case 'socket':
    case 'listener':
      return Filetype.socketStream;
  }
}

/**
 * `fd_fdstat_set_flags(fd: i32, flags: i32) -> errno` — changes how a file or socket is used.
 *
 * @param flags 1 append (files only), 4 nonblock; these replace the former ones
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is neither file nor socket; standard streams have no flags, as in wasmtime
 *   - `inval` (28): an unknown flag, or one of the three that make writes synchronous
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_fdstat_set_flags
 */
export function fdFdstatSetFlags(context: WasiContext, _memory: GuestMemory, fd: number, flags: number): Errno {
  const descriptor = context.descriptors.get(fd);
  if (!('flags' in descriptor)) return Errno.badf;
  const changeable = descriptor.kind === 'file' ? Fdflags.append | Fdflags.nonblock : Fdflags.nonblock;
  if ((flags & ~changeable) !== 0) return Errno.inval;
  descriptor.flags = flags;
  return Errno.success;
}

/**
 * `fd_fdstat_set_rights(fd: i32, base: i64, inheriting: i64) -> errno` — would take rights away.
 *
 * @returns errno
 *   - `badf` (8): `fd` stands for nothing, or for a stream
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
  return isStream(context.descriptors.get(fd)) ? Errno.badf : Errno.notsup;
}
