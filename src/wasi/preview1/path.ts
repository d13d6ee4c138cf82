/**
 * What is done by path: the `path_*` functions.
 *
 * A path is relative to an open directory and cannot leave it (`resolve.ts`). All of these functions may
 * answer, besides what their own list says,
 *   - `badf` (8): the base descriptor is no directory
 *   - `ilseq` (25): the path is no UTF-8; `inval` (28): it holds a zero byte; `noent` (44): it is empty
 *   - `noent` (44), `notdir` (54), `loop` (32), `nametoolong` (37): it leads nowhere
 *   - `perm` (63): it leads out of the base directory, or is to be changed although that is read-only
 *   - `acces` (2), `rofs` (69), `nospc` (51), `io` (29) and what else the host reports
 * and trap with `out of bounds memory access` when the path is not in memory.
 */

import { encodeUtf8 } from '../../api/index.ts';
import { type FileStat, type FileType, HostError } from '../host/host.ts';
import { addressOf, bytesAt, type GuestMemory, loadText, storeU32 } from './abi.ts';
import type { WasiContext } from './context.ts';
import type { Origin } from './descriptors.ts';
import { Errno } from './errno.ts';
import { atPath, isLongerThan, type LastLink, MAX_PATH_BYTES, type Place } from './resolve.ts';
import { FD_READ, FD_WRITE, RIGHTS_LOOKED_AT } from './rights.ts';
import { fileTimes, storeFilestat } from './stat.ts';
import { ALL_FDFLAGS, ALL_OFLAGS, Fdflags, Lookupflags, Oflags } from './types.ts';

/** Whether `lookupflags` ask to follow a last link; EINVAL for unknown flags. */
function lastLinkOf(lookupflags: number): LastLink {
  if ((lookupflags & ~Lookupflags.symlinkFollow) !== 0) throw new HostError('EINVAL');
  return (lookupflags & Lookupflags.symlinkFollow) !== 0 ? 'follow' : 'keep';
}

function statPlace({ directory, name, mustBeDirectory }: Place): FileStat {
  if (name === undefined) return directory.stat();
  const stat = directory.statEntry(name);
  if (mustBeDirectory && stat.type !== 'directory') throw new HostError('ENOTDIR');
  return stat;
}

/** The name of an entry that is to be made; a slash behind it is for directories only. */
function newEntryName(place: Place): string {
  if (place.name === undefined) throw new HostError('EEXIST');
  if (!place.mustBeDirectory) return place.name;
  const { type } = place.directory.statEntry(place.name);
  throw new HostError(type === 'directory' ? 'EEXIST' : 'ENOTDIR');
}

/**
 * `path_create_directory(fd: i32, path: i32, path_len: i32) -> errno` — makes a directory.
 *
 * @param fd         base directory
 * @param pathPtr    guest byte address of the path, UTF-8
 * @param pathLength its length in bytes
 * @returns errno
 *   - `success` (0)
 *   - `exist` (20): the name is taken, be it by a dangling link
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#path_create_directory
 */
export function pathCreateDirectory(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  pathPtr: number,
  pathLength: number,
): Errno {
  const base = context.descriptors.mutableDirectory(fd);
  const path = loadText(memory, pathPtr, pathLength);
  return atPath(base, path, 'keep-always', ({ directory, name }) => {
    if (name === undefined) return Errno.exist;
    directory.createDirectory(name);
    return Errno.success;
  });
}

/**
 * `path_filestat_get(fd: i32, flags: i32, path: i32, path_len: i32, stat: i32) -> errno`
 * — tells size, times and identity.
 *
 * @param fd          base directory
 * @param lookupflags 1: follow a symbolic link at the end of the path
 * @param pathPtr     guest byte address of the path, UTF-8
 * @param pathLength  its length in bytes
 * @param statPtr     guest byte address of the result, 64 bytes, a multiple of 8 (picture at `fd_filestat_get`)
 * @returns errno
 *   - `success` (0)
 *   - `inval` (28): an unknown flag
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#path_filestat_get
 */
export function pathFilestatGet(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  lookupflags: number,
  pathPtr: number,
  pathLength: number,
  statPtr: number,
): Errno {
  storeFilestat(memory, statPtr, pathStat(context, memory, fd, lookupflags, pathPtr, pathLength));
  return Errno.success;
}

/** What `path_filestat_get` tells, before it is stored. */
export function pathStat(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  lookupflags: number,
  pathPtr: number,
  pathLength: number,
): FileStat {
  const base = context.descriptors.directory(fd).directory;
  const path = loadText(memory, pathPtr, pathLength);
  return atPath(base, path, lastLinkOf(lookupflags), statPlace);
}

/**
 * `path_filestat_set_times(fd: i32, flags: i32, path: i32, path_len: i32, atim: i64, mtim: i64,
 * fst_flags: i32) -> errno` — sets the times of a file, directory or link.
 *
 * @param fd           base directory
 * @param lookupflags  1: follow a symbolic link at the end of the path
 * @param pathPtr      guest byte address of the path, UTF-8
 * @param pathLength   its length in bytes
 * @param accessTimeNs ns since 1970, used with flag 1
 * @param modifyTimeNs ns since 1970, used with flag 4
 * @param fstflags     1 atim, 2 atim now, 4 mtim, 8 mtim now; a time without a flag stays
 * @returns errno
 *   - `success` (0)
 *   - `inval` (28): a time both given and now, or an unknown flag
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#path_filestat_set_times
 */
export function pathFilestatSetTimes(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  lookupflags: number,
  pathPtr: number,
  pathLength: number,
  accessTimeNs: bigint,
  modifyTimeNs: bigint,
  fstflags: number,
): Errno {
  const times = fileTimes(context.clock, accessTimeNs, modifyTimeNs, fstflags);
  if (times === undefined) return Errno.inval;
  const base = context.descriptors.mutableDirectory(fd);
  const path = loadText(memory, pathPtr, pathLength);
  return atPath(base, path, lastLinkOf(lookupflags), (place) => {
    statPlace(place);
    if (place.name === undefined) place.directory.setTimes(times);
    else place.directory.setEntryTimes(place.name, times);
    return Errno.success;
  });
}

/**
 * `path_link(old_fd: i32, old_flags: i32, old_path: i32, old_path_len: i32, new_fd: i32, new_path: i32,
 * new_path_len: i32) -> errno` — gives a file a second name.
 *
 * @param oldFd          base directory of the existing name
 * @param lookupflags    must be 0: a symbolic link gets the second name itself
 * @param oldPathPtr     guest byte address of the existing path, UTF-8
 * @param oldPathLength  its length in bytes
 * @param newFd          base directory of the new name
 * @param newPathPtr     guest byte address of the new path, UTF-8
 * @param newPathLength  its length in bytes
 * @returns errno
 *   - `success` (0)
 *   - `exist` (20): the new name is taken
 *   - `inval` (28): `lookupflags` is not 0
 *   - `perm` (63): the old name is a directory
 *   - `xdev` (75): the names are on different devices
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#path_link
 */
export function pathLink(
  context: WasiContext,
  memory: GuestMemory,
  oldFd: number,
  lookupflags: number,
  oldPathPtr: number,
  oldPathLength: number,
  newFd: number,
  newPathPtr: number,
  newPathLength: number,
): Errno {
  const oldBase = context.descriptors.mutableDirectory(oldFd);
  const newBase = context.descriptors.mutableDirectory(newFd);
  const oldPath = loadText(memory, oldPathPtr, oldPathLength);
  const newPath = loadText(memory, newPathPtr, newPathLength);
  if (lookupflags !== 0) return Errno.inval;
  return atPath(oldBase, oldPath, 'keep', (from) => atPath(newBase, newPath, 'keep', (to) => linkPlace(from, to)));
}

function linkPlace(from: Place, to: Place): Errno {
  const newName = newEntryName(to);
  // A base directory, for which the host has no name here, fares as other directories do.
  if (from.name === undefined) return typeOfPlace(to) === undefined ? Errno.perm : Errno.exist;
  if (from.mustBeDirectory) statPlace(from);
  from.directory.createLink(from.name, to.directory, newName);
  return Errno.success;
}

/**
 * `path_open(fd: i32, dirflags: i32, path: i32, path_len: i32, oflags: i32, rights_base: i64,
 * rights_inheriting: i64, fdflags: i32, opened_fd: i32) -> errno` — opens a file or directory.
 *
 * @param fd          base directory
 * @param lookupflags 1: follow a symbolic link at the end of the path
 * @param pathPtr     guest byte address of the path, UTF-8
 * @param pathLength  its length in bytes
 * @param oflags      1 create, 2 must be a directory, 4 must be new, 8 cut to 0 bytes
 * @param rights      `fd_read` (2) opens for reading, `fd_write` (64) for writing, neither for reading; what is
 *                    made or cut is opened for writing too, as in wasmtime
 * @param _inheriting rights of what is opened below a directory; unused, as rights are not kept
 * @param fdflags     1 append, 4 nonblock
 * @param openedFdPtr guest byte address of the result, a multiple of 4: the lowest free number, u32
 * @returns errno
 *   - `success` (0)
 *   - `exist` (20): create and must-be-new, and the name is taken, be it by a dangling link
 *   - `isdir` (31): a directory is to be written, created or cut
 *   - `notdir` (54): it must be a directory, by flag or by a slash at the end, but is none; or `fd` is a file
 *   - `loop` (32): it is a symbolic link, and not to be followed
 *   - `inval` (28): an unknown flag, or must-be-a-directory together with create, must-be-new or cut
 *   - `notsup` (58): a flag that makes writes synchronous
 *   - `mfile` (33): too many descriptors
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`, before anything is opened
 *
 * With one preopened directory and `openedFdPtr = 4`, the first file opened:
 *
 *     byte      3  4  5  6  7  8
 *     memory    ?  04 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#path_open
 */
export function pathOpen(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  lookupflags: number,
  pathPtr: number,
  pathLength: number,
  oflags: number,
  rights: bigint,
  _inheriting: bigint,
  fdflags: number,
  openedFdPtr: number,
): Errno {
  const path = loadText(memory, pathPtr, pathLength);
  addressOf(memory, openedFdPtr, 4, 4);
  // Only here is a file as base told apart from a number that stands for nothing, as in wasmtime.
  if (context.descriptors.get(fd).kind === 'file') return Errno.notdir;
  const { directory: base, origin } = context.descriptors.directory(fd);
  const invalid = checkOpenFlags(oflags, fdflags);
  if (invalid !== Errno.success) return invalid;
  const request = { ...accessOf(oflags, rights), oflags, fdflags, base: origin };
  if (base.isReadOnly === true && request.write) return Errno.perm;

  const mustBeNew = Oflags.create | Oflags.exclusive;
  // A link cannot be new, so it is not followed then, even when it dangles.
  const lastLink = (oflags & mustBeNew) === mustBeNew ? 'keep' : lastLinkOf(lookupflags);
  const opened = atPath(base, path, lastLink, (place) => openPlace(context, place, request));
  storeU32(memory, openedFdPtr, opened);
  return Errno.success;
}

interface OpenRequest {
  readonly oflags: number;
  readonly read: boolean;
  readonly write: boolean;
  readonly fdflags: number;
  /** How the base directory was reached. */
  readonly base: Origin;
}

/** As in wasmtime: what may make or cut a file may also write it, and what may not write may read. */
function accessOf(oflags: number, rights: bigint): { read: boolean; write: boolean } {
  const wanted = Number(BigInt.asUintN(RIGHTS_LOOKED_AT, rights));
  const mayWrite = (wanted & FD_WRITE) !== 0;
  return {
    read: (wanted & FD_READ) !== 0 || !mayWrite,
    write: mayWrite || (oflags & (Oflags.create | Oflags.truncate)) !== 0,
  };
}

function checkOpenFlags(oflags: number, fdflags: number): Errno {
  if ((oflags & ~ALL_OFLAGS) !== 0 || (fdflags & ~ALL_FDFLAGS) !== 0) return Errno.inval;
  if ((fdflags & ~(Fdflags.append | Fdflags.nonblock)) !== 0) return Errno.notsup;
  if ((oflags & Oflags.directory) !== 0 && oflags !== Oflags.directory) return Errno.inval;
  return Errno.success;
}

function openPlace(context: WasiContext, place: Place, request: OpenRequest): number {
  const { oflags } = request;
  const type = typeOfPlace(place);
  const create = (oflags & Oflags.create) !== 0;
  const exclusive = create && (oflags & Oflags.exclusive) !== 0;
  if (place.name === undefined && exclusive) throw new HostError('EEXIST');
  // A slash says directory, and directories are not made by opening.
  if (place.mustBeDirectory && create) throw new HostError('EISDIR');
  if (type !== undefined && exclusive) throw new HostError('EEXIST');
  // Still a link: it was not to be followed.
  if (type === 'symbolic-link') throw new HostError('ELOOP');
  if (type === 'directory' || (oflags & Oflags.directory) !== 0) return openDirectory(context, place, request);
  if (place.mustBeDirectory && type !== undefined) throw new HostError('ENOTDIR');
  if (place.mustBeDirectory) throw new HostError('ENOENT');
  return openFile(context, place, request);
}

function typeOfPlace({ directory, name }: Place): FileType | undefined {
  if (name === undefined) return 'directory';
  try {
    return directory.statEntry(name).type;
  } catch (error) {
    if (error instanceof HostError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function openDirectory(context: WasiContext, { directory, name, names }: Place, request: OpenRequest): number {
  const { write, base } = request;
  // A name without a directory behind it is told by the host.
  const opened = name === undefined ? directory.reopen() : directory.openDirectory(name);
  if (write) {
    opened.close();
    throw new HostError('EISDIR');
  }
  return addOpened(context, opened, {
    kind: 'directory',
    directory: opened,
    origin: { ...base, names: [...base.names, ...names, ...(name === undefined ? [] : [name])] },
    preopenName: undefined,
    listing: undefined,
  });
}

function openFile(context: WasiContext, { directory, name, names }: Place, request: OpenRequest): number {
  const { oflags, read, write, fdflags, base } = request;
  const file = directory.openFile(name!, {
    read,
    write,
    create: (oflags & Oflags.create) !== 0,
    exclusive: (oflags & Oflags.exclusive) !== 0,
    truncate: (oflags & Oflags.truncate) !== 0,
  });
  const origin = { ...base, names: [...base.names, ...names, name!] };
  return addOpened(context, file, {
    kind: 'file',
    file,
    readable: read,
    writable: write,
    origin,
    flags: fdflags,
    offset: 0,
  });
}

type Descriptors = WasiContext['descriptors'];

/** Adds what was opened to the table; a full table leaves nothing open. */
function addOpened(
  context: WasiContext,
  opened: { close(): void },
  descriptor: Parameters<Descriptors['add']>[0],
): number {
  try {
    return context.descriptors.add(descriptor);
  } catch (error) {
    opened.close();
    throw error;
  }
}

/**
 * `path_readlink(fd: i32, path: i32, path_len: i32, buf: i32, buf_len: i32, bufused: i32) -> errno` — reads a link.
 *
 * @param fd           base directory
 * @param pathPtr      guest byte address of the path, UTF-8
 * @param pathLength   its length in bytes
 * @param bufferPtr    guest byte address of the target, UTF-8 without a final zero byte
 * @param bufferLength room in bytes; a longer target is cut off
 * @param usedPtr      guest byte address of the result, a multiple of 4: bytes stored, u32
 * @returns errno
 *   - `success` (0)
 *   - `inval` (28): it is no symbolic link
 *   - `perm` (63): the target is absolute, which is the host's business
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For a link to `hello.txt`, `bufferPtr = 4`, 3 bytes of room and `usedPtr = 8`:
 *
 *     byte      3  4  5  6  7  8  9 10 11 12
 *     memory    ?  h  e  l  ?  03 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#path_readlink
 */
export function pathReadlink(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  pathPtr: number,
  pathLength: number,
  bufferPtr: number,
  bufferLength: number,
  usedPtr: number,
): Errno {
  const base = context.descriptors.directory(fd).directory;
  const path = loadText(memory, pathPtr, pathLength);
  addressOf(memory, usedPtr, 4, 4);
  const target = atPath(base, path, 'keep', (place) => {
    const found = place.name === undefined ? undefined : place.directory.readLink(place.name);
    // Missing is told apart from being something else.
    if (found === undefined) statPlace(place);
    return found;
  });
  if (target === undefined) return Errno.inval;
  if (target.startsWith('/')) return Errno.perm;
  const bytes = encodeUtf8(target).subarray(0, bufferLength >>> 0);
  // Room that the target does not need may lie outside of memory, as in wasmtime.
  bytesAt(memory, bufferPtr, bytes.length).set(bytes);
  storeU32(memory, usedPtr, bytes.length);
  return Errno.success;
}

/**
 * `path_remove_directory(fd: i32, path: i32, path_len: i32) -> errno` — removes an empty directory.
 *
 * @param fd         base directory
 * @param pathPtr    guest byte address of the path, UTF-8
 * @param pathLength its length in bytes
 * @returns errno
 *   - `success` (0)
 *   - `notempty` (55): it has entries
 *   - `notdir` (54): it is no directory, or a link to one
 *   - `inval` (28): it is the base directory, or the path ends in `..`
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#path_remove_directory
 */
export function pathRemoveDirectory(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  pathPtr: number,
  pathLength: number,
): Errno {
  const base = context.descriptors.mutableDirectory(fd);
  const path = loadText(memory, pathPtr, pathLength);
  return atPath(base, path, 'keep-always', ({ directory, name }) => {
    if (name === undefined) return Errno.inval;
    directory.removeDirectory(name);
    return Errno.success;
  });
}

/**
 * `path_rename(fd: i32, old_path: i32, old_path_len: i32, new_fd: i32, new_path: i32, new_path_len: i32) -> errno`
 * — moves a file, directory or link to another name, and replaces what had it.
 *
 * @param oldFd         base directory of the old name
 * @param oldPathPtr    guest byte address of the old path, UTF-8
 * @param oldPathLength its length in bytes
 * @param newFd         base directory of the new name
 * @param newPathPtr    guest byte address of the new path, UTF-8
 * @param newPathLength its length in bytes
 * @returns errno
 *   - `success` (0)
 *   - `isdir` (31): a file would replace a directory; `notdir` (54): a directory would replace a file
 *   - `notdir` (54): a slash follows a name, but it is no directory that moves
 *   - `notempty` (55): the directory to be replaced has entries
 *   - `inval` (28): a directory would move into itself
 *   - `busy` (10): a path means a base directory
 *   - `xdev` (75): the names are on different devices
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#path_rename
 */
export function pathRename(
  context: WasiContext,
  memory: GuestMemory,
  oldFd: number,
  oldPathPtr: number,
  oldPathLength: number,
  newFd: number,
  newPathPtr: number,
  newPathLength: number,
): Errno {
  const oldBase = context.descriptors.mutableDirectory(oldFd);
  const newBase = context.descriptors.mutableDirectory(newFd);
  const oldPath = loadText(memory, oldPathPtr, oldPathLength);
  const newPath = loadText(memory, newPathPtr, newPathLength);
  return atPath(oldBase, oldPath, 'keep-always', (from) =>
    atPath(newBase, newPath, 'keep-always', (to) => renamePlace(from, to)),
  );
}

function renamePlace(from: Place, to: Place): Errno {
  if (from.name === undefined || to.name === undefined) return Errno.busy;
  const { type } = from.directory.statEntry(from.name);
  if ((from.mustBeDirectory || to.mustBeDirectory) && type !== 'directory') return Errno.notdir;
  from.directory.rename(from.name, to.directory, to.name);
  return Errno.success;
}

/**
 * `path_symlink(old_path: i32, old_path_len: i32, fd: i32, new_path: i32, new_path_len: i32) -> errno`
 * — makes a symbolic link.
 *
 * @param targetPtr    guest byte address of what the link says, UTF-8; it need not lead anywhere
 * @param targetLength its length in bytes
 * @param fd           base directory of the link
 * @param pathPtr      guest byte address of the link's path, UTF-8
 * @param pathLength   its length in bytes
 * @returns errno
 *   - `success` (0)
 *   - `exist` (20): the name is taken
 *   - `perm` (63): the target is absolute; outside of the guest it would lead out of what was granted
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#path_symlink
 */
export function pathSymlink(
  context: WasiContext,
  memory: GuestMemory,
  targetPtr: number,
  targetLength: number,
  fd: number,
  pathPtr: number,
  pathLength: number,
): Errno {
  const base = context.descriptors.mutableDirectory(fd);
  const target = loadText(memory, targetPtr, targetLength);
  const path = loadText(memory, pathPtr, pathLength);
  if (target.startsWith('/')) return Errno.perm;
  return atPath(base, path, 'keep', (place) => {
    const name = newEntryName(place);
    // Looked at only now, as in wasmtime: what is wrong with the path comes first.
    if (target.includes('\0')) return Errno.inval;
    if (isLongerThan(target, MAX_PATH_BYTES)) return Errno.nametoolong;
    if (target === '') return Errno.noent;
    place.directory.createSymbolicLink(name, target);
    return Errno.success;
  });
}

/**
 * `path_unlink_file(fd: i32, path: i32, path_len: i32) -> errno` — removes a name of a file, or a link.
 *
 * What is open stays usable until it is closed.
 *
 * @param fd         base directory
 * @param pathPtr    guest byte address of the path, UTF-8
 * @param pathLength its length in bytes
 * @returns errno
 *   - `success` (0)
 *   - `isdir` (31): it is a directory
 *   - `notdir` (54): a slash follows the name, but it is no directory
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#path_unlink_file
 */
export function pathUnlinkFile(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  pathPtr: number,
  pathLength: number,
): Errno {
  const base = context.descriptors.mutableDirectory(fd);
  const path = loadText(memory, pathPtr, pathLength);
  return atPath(base, path, 'keep-always', (place) => {
    if (place.name === undefined || statPlace(place).type === 'directory') return Errno.isdir;
    place.directory.removeFile(place.name);
    return Errno.success;
  });
}
