/** The descriptor table as the guest changes and reads it: `fd_close`, `fd_renumber`, `fd_prestat_…`. */
import { HostError } from '../host/host.ts';
import { addressOf, bytesAt, type GuestMemory, storeU32 } from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import { Errno } from './errno.ts';
import { Preopentype, Prestat } from './types.ts';

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
export function fdClose(context: WasiContext, _memory: GuestMemory, fd: number): Outcome {
  const { descriptors } = context;
  return descriptors.change([fd], () => {
    descriptors.close(fd);
    return Errno.success;
  });
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
export function fdRenumber(context: WasiContext, _memory: GuestMemory, from: number, to: number): Outcome {
  const { descriptors } = context;
  return descriptors.change([from, to], () => {
    descriptors.renumber(from, to);
    return Errno.success;
  });
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
  if (context.descriptors.get(fd).kind === 'listener') {
    // A program looks from 3 on until `badf`: what is no directory is not to hide those behind it.
    return storePrestat(memory, prestatPtr, Preopentype.other, 0);
  }
  const name = preopenName(context, fd);
  return storePrestat(memory, prestatPtr, Preopentype.directory, name.length);
}

function storePrestat(memory: GuestMemory, prestatPtr: number, tag: number, nameLength: number): Errno {
  const address = addressOf(memory, prestatPtr, Prestat.size, Prestat.align);
  storeU32(memory, address + Prestat.tag, tag);
  storeU32(memory, address + Prestat.nameLength, nameLength);
  return Errno.success;
}

/**
 * `fd_prestat_dir_name(fd: i32, path: i32, path_len: i32) -> errno` — stores a preopened directory's name.
 *
 * @param namePtr    guest byte address of the result, UTF-8 without a final zero byte
 * @param nameLength room in bytes; as much as `fd_prestat_get` said will do
 * @returns errno
 *   - `success` (0): the name is stored, and nothing behind it
 *   - `badf` (8): `fd` stands for nothing
 *   - `notdir` (54): it is no preopened directory
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
  const name = preopenName(context, fd, 'ENOTDIR');
  if (nameLength >>> 0 < name.length) return Errno.nametoolong;
  bytesAt(memory, namePtr, name.length).set(name);
  return Errno.success;
}

function preopenName(context: WasiContext, fd: number, otherwise: 'EBADF' | 'ENOTDIR' = 'EBADF'): Uint8Array {
  const descriptor = context.descriptors.get(fd);
  if (descriptor.kind !== 'directory' || descriptor.preopenName === undefined) throw new HostError(otherwise);
  return descriptor.preopenName;
}
