/**
 * Directories of this machine. All access is synchronous.
 *
 * An entry is addressed through its directory's open handle (`addressing.ts`), by one name, and never through a
 * symbolic link. A name that is no UTF-8 is not listed, as no guest can ask for it.
 */
import { isUtf8 } from 'node:buffer';
import * as fs from 'node:fs';
import {
  type DirectoryEntry,
  type FileStat,
  type FileTimes,
  type HostDirectory,
  HostError,
  type HostFile,
  type OpenOptions,
} from '../host.ts';
import { readOnlyDirectory } from '../read-only.ts';
import { type Addressing, addressingOf, ByPath, isSame } from './addressing.ts';
import { checkEntryName } from './entry-name.ts';
import { attempt } from './errors.ts';
import { NodeFile } from './file.ts';
import { fileStatOf, setTimes } from './stat.ts';

const { constants } = fs;
/** Windows knows none of these flags. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const DIRECTORY_FLAGS = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | NO_FOLLOW;
/** Opening a named pipe must not wait for its other end, and a terminal must not become this process's own. */
const FILE_FLAGS = NO_FOLLOW | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

export interface OpenDirectoryOptions {
  /** Nothing in it can be changed through what is given back. Default: false. */
  readonly readOnly?: boolean;
}

/**
 * Opens a directory of this machine, to be granted to a guest.
 *
 * @throws {HostError} ENOENT, ENOTDIR, EACCES
 */
export function openDirectory(path: string, options: OpenDirectoryOptions = {}): HostDirectory {
  return granted(path, options, addressingOf);
}

/** As `openDirectory`, in the way of systems without procfs. */
export function openDirectoryByPath(path: string, options: OpenDirectoryOptions = {}): HostDirectory {
  return granted(path, options, (fd, realPath) => new ByPath(fd, realPath));
}

function granted(
  path: string,
  { readOnly = false }: OpenDirectoryOptions,
  addressing: (fd: number, realPath: string) => Addressing,
): HostDirectory {
  return attempt(() => {
    // Symbolic links are followed here and nowhere else: this path is the embedder's.
    const realPath = fs.realpathSync.native(path);
    const fd = fs.openSync(realPath, DIRECTORY_FLAGS);
    const directory = closingOnFailure(fd, () => new NodeDirectory(fd, addressing(fd, realPath)));
    return readOnly ? readOnlyDirectory(directory) : directory;
  });
}

/** Runs `act`; when that fails, nothing stays open. */
function closingOnFailure<T>(fd: number, act: () => T): T {
  try {
    return act();
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

class NodeDirectory implements HostDirectory {
  readonly #fd: number;
  readonly #addressing: Addressing;

  constructor(fd: number, addressing: Addressing) {
    this.#fd = fd;
    this.#addressing = addressing;
    // Where O_DIRECTORY is unknown, anything can be opened.
    if (!fs.fstatSync(fd).isDirectory()) throw new HostError('ENOTDIR');
  }

  /** The path of an entry, for use at once. */
  #path(name: string): string {
    checkEntryName(name);
    return `${this.#addressing.base()}/${name}`;
  }

  stat(): FileStat {
    return attempt(() => fileStatOf(fs.fstatSync(this.#fd, { bigint: true })));
  }

  list(): DirectoryEntry[] {
    const entries: DirectoryEntry[] = [];
    const base = attempt(() => this.#addressing.base());
    for (const name of attempt(() => namesIn(base)).sort()) {
      const stat = attempt(() => fs.lstatSync(`${base}/${name}`, { bigint: true, throwIfNoEntry: false }));
      // Gone since the names were read.
      if (stat === undefined) continue;
      const { type, inode } = fileStatOf(stat);
      entries.push({ name, type, inode });
    }
    return entries;
  }

  reopen(): HostDirectory {
    return attempt(() => {
      const fd = fs.openSync(`${this.#addressing.base()}/.`, DIRECTORY_FLAGS);
      return closingOnFailure(fd, () => new NodeDirectory(fd, this.#addressing.again(fd)));
    });
  }

  setTimes(times: FileTimes): void {
    const stat = () => fs.fstatSync(this.#fd, { bigint: true });
    attempt(() => setTimes(times, stat, (atime, mtime) => fs.futimesSync(this.#fd, atime, mtime)));
  }

  close(): void {
    attempt(() => fs.closeSync(this.#fd));
  }

  statEntry(name: string): FileStat {
    return attempt(() => fileStatOf(fs.lstatSync(this.#path(name), { bigint: true })));
  }

  openDirectory(name: string): HostDirectory {
    return attempt(() => {
      const fd = this.#open(name, DIRECTORY_FLAGS);
      return closingOnFailure(fd, () => new NodeDirectory(fd, this.#addressing.below(fd, name)));
    });
  }

  openFile(name: string, options: OpenOptions): HostFile {
    return attempt(() => {
      const { truncate } = options;
      // What is reached by path is cut only when it is known to be the right file.
      const cutsLater = truncate && this.#addressing.isByPath;
      const fd = this.#open(name, openFlags({ ...options, truncate: truncate && !cutsLater }));
      return closingOnFailure(fd, () => {
        const file = new NodeFile(fd);
        if (cutsLater) file.setSize(0);
        return file;
      });
    });
  }

  /** By path, a link may be opened, be it for a moment: what was opened is compared with what has the name. */
  #open(name: string, flags: number): number {
    const path = this.#path(name);
    if (!this.#addressing.isByPath) return fs.openSync(path, flags, 0o666);
    if (fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw new HostError('ELOOP');
    const fd = fs.openSync(path, flags, 0o666);
    return closingOnFailure(fd, () => {
      const opened = fs.fstatSync(fd, { bigint: true });
      if (!isSame(opened, fs.lstatSync(this.#path(name), { bigint: true }))) throw new HostError('ESTALE');
      return fd;
    });
  }

  readLink(name: string): string | undefined {
    return attempt(() => {
      const path = this.#path(name);
      const stat = fs.lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined || !stat.isSymbolicLink()) return undefined;
      const target = fs.readlinkSync(path, 'buffer');
      if (!isUtf8(target)) throw new HostError('EILSEQ');
      return target.toString();
    });
  }

  setEntryTimes(name: string, times: FileTimes): void {
    const stat = () => fs.lstatSync(this.#path(name), { bigint: true });
    attempt(() => setTimes(times, stat, (atime, mtime) => fs.lutimesSync(this.#path(name), atime, mtime)));
  }

  createDirectory(name: string): void {
    attempt(() => fs.mkdirSync(this.#path(name)));
  }

  createLink(name: string, into: HostDirectory, newName: string): void {
    attempt(() => fs.linkSync(this.#path(name), this.#neighbour(into).#path(newName)));
  }

  createSymbolicLink(name: string, target: string): void {
    attempt(() => fs.symlinkSync(target, this.#path(name)));
  }

  rename(name: string, into: HostDirectory, newName: string): void {
    attempt(() => fs.renameSync(this.#path(name), this.#neighbour(into).#path(newName)));
  }

  removeDirectory(name: string): void {
    attempt(() => fs.rmdirSync(this.#path(name)));
  }

  removeFile(name: string): void {
    attempt(() => fs.unlinkSync(this.#path(name)));
  }

  #neighbour(directory: HostDirectory): NodeDirectory {
    if (directory.isReadOnly === true) throw new HostError('EPERM');
    if (!(directory instanceof NodeDirectory)) throw new HostError('EXDEV');
    return directory;
  }
}

/** The names in a directory, in no order. */
function namesIn(path: string): string[] {
  const names = fs.readdirSync(`${path}/`);
  if (!names.some((name) => name.includes('\ufffd'))) return names;
  // U+FFFD stands for what is no UTF-8, unless it is part of the name.
  return fs
    .readdirSync(`${path}/`, 'buffer')
    .filter((name) => isUtf8(name))
    .map(String);
}

function openFlags({ read, write, create, exclusive, truncate }: OpenOptions): number {
  const access = write ? (read ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY;
  return (
    access |
    FILE_FLAGS |
    (create ? constants.O_CREAT : 0) |
    (exclusive ? constants.O_EXCL : 0) |
    (truncate ? constants.O_TRUNC : 0)
  );
}
