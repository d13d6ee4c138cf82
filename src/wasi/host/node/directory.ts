/**
 * Directories of this machine.
 *
 * On Linux a directory is addressed by its open handle (`/proc/self/fd`), so that what is reached through it stays
 * the same when directories are renamed or replaced by links meanwhile; elsewhere by its path, where only the check
 * before each use protects. A name that is no UTF-8 is shown with U+FFFD and cannot be opened.
 */
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
import { attempt } from './errors.ts';
import { NodeFile } from './file.ts';
import { fileStatOf, timesInSeconds } from './stat.ts';

const { constants } = fs;
/** Windows knows none of these flags. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const DIRECTORY_FLAGS = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | NO_FOLLOW;
const HAS_PROC_FD = process.platform === 'linux' && fs.existsSync('/proc/self/fd');

/**
 * Opens a directory of this machine, to be granted to a guest.
 *
 * @throws {HostError} ENOENT, ENOTDIR, EACCES
 */
export function openDirectory(path: string): HostDirectory {
  return attempt(() => {
    // Symbolic links are followed here and nowhere else: this path is the embedder's.
    const realPath = fs.realpathSync(path);
    return new NodeDirectory(fs.openSync(realPath, DIRECTORY_FLAGS), realPath);
  });
}

class NodeDirectory implements HostDirectory {
  readonly #fd: number;
  /** The path under which entries are reached. */
  readonly #base: string;

  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#base = HAS_PROC_FD ? `/proc/self/fd/${fd}` : path;
  }

  #path(name: string): string {
    return `${this.#base}/${name}`;
  }

  stat(): FileStat {
    return attempt(() => fileStatOf(fs.fstatSync(this.#fd, { bigint: true })));
  }

  list(): DirectoryEntry[] {
    const names = attempt(() => fs.readdirSync(`${this.#base}/`)).sort();
    return names.flatMap((name) => {
      const stat = this.#statIfExists(name);
      // Gone since the names were read.
      return stat === undefined ? [] : [{ name, type: stat.type, inode: stat.inode }];
    });
  }

  reopen(): HostDirectory {
    return attempt(() => new NodeDirectory(fs.openSync(`${this.#base}/.`, DIRECTORY_FLAGS), this.#base));
  }

  setTimes(times: FileTimes): void {
    attempt(() => fs.futimesSync(this.#fd, ...timesInSeconds(times, () => this.stat())));
  }

  close(): void {
    attempt(() => fs.closeSync(this.#fd));
  }

  statEntry(name: string): FileStat {
    return attempt(() => fileStatOf(fs.lstatSync(this.#path(name), { bigint: true })));
  }

  #statIfExists(name: string): FileStat | undefined {
    const stat = attempt(() => fs.lstatSync(this.#path(name), { bigint: true, throwIfNoEntry: false }));
    return stat === undefined ? undefined : fileStatOf(stat);
  }

  openDirectory(name: string): HostDirectory {
    return attempt(() => new NodeDirectory(fs.openSync(this.#path(name), DIRECTORY_FLAGS), this.#path(name)));
  }

  openFile(name: string, options: OpenOptions): HostFile {
    return attempt(() => {
      const fd = fs.openSync(this.#path(name), openFlags(options), 0o666);
      if (options.truncate && !options.write) this.#truncate(name);
      return new NodeFile(fd);
    });
  }

  /** Cutting needs a handle for writing, which a file opened for reading is not. */
  #truncate(name: string): void {
    fs.closeSync(fs.openSync(this.#path(name), constants.O_WRONLY | constants.O_TRUNC | NO_FOLLOW));
  }

  readLink(name: string): string | undefined {
    if (this.#statIfExists(name)?.type !== 'symbolic-link') return undefined;
    return attempt(() => fs.readlinkSync(this.#path(name)));
  }

  setEntryTimes(name: string, times: FileTimes): void {
    attempt(() => fs.lutimesSync(this.#path(name), ...timesInSeconds(times, () => this.statEntry(name))));
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
    if (!(directory instanceof NodeDirectory)) throw new HostError('EXDEV');
    return directory;
  }
}

function openFlags({ read, write, create, exclusive, truncate }: OpenOptions): number {
  const access = write ? (read ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY;
  return (
    access |
    NO_FOLLOW |
    (create ? constants.O_CREAT : 0) |
    (exclusive ? constants.O_EXCL : 0) |
    (truncate && write ? constants.O_TRUNC : 0)
  );
}
