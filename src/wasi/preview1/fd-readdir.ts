/** Listing directories: `fd_readdir`. */
import { encodeUtf8 } from '../../api/index.ts';
import { addressOf, bytesAt, type GuestMemory, memoryIn, storeU8, storeU32, storeU64 } from './abi.ts';
import type { WasiContext } from './context.ts';
import type { DirectoryDescriptor, Listing } from './descriptors.ts';
import { Errno } from './errno.ts';
import { Dirent, Filetype, filetypeOf } from './types.ts';

/**
 * `fd_readdir(fd: i32, buf: i32, buf_len: i32, cookie: i64, bufused: i32) -> errno` — lists a directory.
 *
 * Entries stand one behind the other, 24 bytes and then the name; the last one is cut off where the
 * buffer ends. `.` and `..` come first. A list that fills the buffer may go on: the guest asks again with
 * the cookie of the last whole entry.
 *
 * @param bufferPtr guest byte address of the entries; need not be aligned
 * @param bufferLength room in bytes
 * @param cookie    0 to begin anew, or the `next` of an entry to go on behind it
 * @param usedPtr   guest byte address of the result, a multiple of 4: bytes stored, u32; less than the room at the end
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` is no directory
 *   - what the host reports
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For a directory of inode 9, `bufferPtr = 8` and 25 bytes of room, the entry `.`:
 *
 *     byte      7  8 … 15  16 … 23  24 25 26 27 28 29 30 31 32 33
 *     memory    ?  01 … 00 09 … 00  01 00 00 00 03 00 00 00 .  ?
 *                  ^next   ^inode   ^name length ^type      ^name
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#fd_readdir
 */
export function fdReaddir(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  bufferPtr: number,
  bufferLength: number,
  cookie: bigint,
  usedPtr: number,
): Errno {
  const descriptor = context.descriptors.get(fd);
  if (descriptor.kind !== 'directory') return Errno.badf;
  addressOf(memory, usedPtr, 4, 4);

  const first = BigInt.asUintN(64, cookie);
  if (Number(first) === 0 || descriptor.listing === undefined) descriptor.listing = listingOf(descriptor);
  const parts = partsThatFit(descriptor.listing, first, bufferLength >>> 0);
  const used = parts.reduce((sum, part) => sum + part.length, 0);
  // Room that no entry needs may lie outside of memory, as in wasmtime.
  const buffer = bytesAt(memory, bufferPtr, used);
  let at = 0;
  for (const part of parts) {
    buffer.set(part, at);
    at += part.length;
  }
  storeU32(memory, usedPtr, used);
  return Errno.success;
}

/** The entries from `first` on, as many as there is room for; the last one may be cut off. */
function partsThatFit(listing: Listing, first: bigint, roomBytes: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let left = roomBytes;
  for (let index = first < listing.length ? Number(first) : listing.length; index < listing.length; index++) {
    const entry = encodeDirent(listing[index]!, index + 1);
    parts.push(entry.subarray(0, left));
    if (entry.length > left) break;
    left -= entry.length;
  }
  return parts;
}

function listingOf({ directory }: DirectoryDescriptor): Listing {
  const { inode } = directory.stat();
  // What lies above a directory is not the guest's to know, so `..` has the inode of `.`.
  const self = { inode, filetype: Filetype.directory };
  const entries = directory.list().map((entry) => ({
    name: encodeUtf8(entry.name),
    inode: entry.inode,
    filetype: filetypeOf(entry.type),
  }));
  return [{ name: encodeUtf8('.'), ...self }, { name: encodeUtf8('..'), ...self }, ...entries];
}

function encodeDirent(entry: Listing[number], next: number): Uint8Array {
  const bytes = new Uint8Array(Dirent.size + entry.name.length);
  const record = memoryIn(bytes);
  storeU64(record, Dirent.next, BigInt(next));
  storeU64(record, Dirent.inode, entry.inode);
  storeU32(record, Dirent.nameLength, entry.name.length);
  storeU8(record, Dirent.filetype, entry.filetype);
  bytes.set(entry.name, Dirent.size);
  return bytes;
}
