/**
 * The real host under Node: files, standard streams, clocks, randomness.
 *
 * All file access is synchronous. On Linux a directory is addressed by its open handle (`/proc/self/fd`),
 * so that what is reached through it stays the same when directories are renamed or replaced by links
 * meanwhile; elsewhere by its path, where only the check before each use protects. A name that is no
 * UTF-8 is shown with U+FFFD and cannot be opened.
 */
import * as fs from 'node:fs';
import {
  type Clock,
  type DirectoryEntry,
  type FileStat,
  type FileTimes,
  type FileType,
  type Host,
  type HostDirectory,
  HostError,
  type HostErrorCode,
  type HostFile,
  type InputStream,
  type OpenOptions,
  type OutputStream,
} from './host.ts';

/** Standard streams, clocks and randomness of this process. */
export function nodeHost(): Host {
  // Both outputs may end in one terminal or file: what was written first is to be seen first.
  const stdout = new NodeOutput(1);
  const stderr = new NodeOutput(2, stdout);
  return { stdin: new NodeInput(0), stdout, stderr, clock: nodeClock, random: fillRandom };
}

/** The most that one call may ask for. @see https://www.w3.org/TR/webcrypto/#Crypto-method-getRandomValues */
const MAX_CALL_BYTES = 65_536;

/** By the global `crypto`, which Node loads at its first use: importing `node:crypto` costs 3 ms of every start. */
function fillRandom(buffer: Uint8Array): void {
  for (let at = 0; at < buffer.length; at += MAX_CALL_BYTES) {
    globalThis.crypto.getRandomValues(buffer.subarray(at, at + MAX_CALL_BYTES));
  }
}

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

/** Runs `act` and turns what Node throws into a `HostError`. */
function attempt<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw asHostError(error);
  }
}

function asHostError(error: unknown): unknown {
  if (error instanceof HostError || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') return error;
  // Node's own checks (ERR_…) refuse arguments before the system sees them.
  return new HostError(code.startsWith('ERR_') ? 'EINVAL' : (code as HostErrorCode), error.message);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

const { constants } = fs;
/** Windows knows none of these flags. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const DIRECTORY_FLAGS = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | NO_FOLLOW;
const HAS_PROC_FD = process.platform === 'linux' && fs.existsSync('/proc/self/fd');

const NS_PER_MS = 1_000_000n;
/** Longest wait of `setTimeout`, in ms. */
const MAX_TIMEOUT_MS = 0x7fffffff;

const nodeClock: Clock = {
  resolutionNs: 1n,
  realtimeNs: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n,
  monotonicNs: () => process.hrtime.bigint(),
  sleep(durationNs) {
    blockThread(Number(durationNs) / Number(NS_PER_MS));
  },
  async sleepAsync(durationNs) {
    let leftMs = Number(durationNs) / Number(NS_PER_MS);
    while (leftMs > 0) {
      const stepMs = Math.min(leftMs, MAX_TIMEOUT_MS);
      await new Promise((resolve) => setTimeout(resolve, stepMs));
      leftMs -= stepMs;
    }
  },
};

const neverWoken = new Int32Array(new SharedArrayBuffer(4));

function blockThread(durationMs: number): void {
  Atomics.wait(neverWoken, 0, 0, durationMs);
}

/** `node:tty` is loaded only for devices: it brings sockets and streams along, 3 ms of every start. */
function isTerminal(fd: number): boolean {
  try {
    return fs.fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd);
  } catch {
    // A closed descriptor is none.
    return false;
  }
}

/** How long to wait before a stream that is not ready is tried again. */
const RETRY_MS = 2;

class NodeInput implements InputStream {
  readonly isTerminal: boolean;
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
    this.isTerminal = isTerminal(fd);
  }

  read(buffer: Uint8Array): number {
    for (;;) {
      try {
        return fs.readSync(this.#fd, buffer, 0, buffer.length, null);
      } catch (error) {
        // Windows reports the end of a pipe as an error.
        if (codeOf(error) === 'EOF') return 0;
        if (codeOf(error) !== 'EAGAIN') throw asHostError(error);
        blockThread(RETRY_MS);
      }
    }
  }
}

/** Bytes collected before they are handed to the system. A terminal gets them at once. */
const OUTPUT_BUFFER_BYTES = 16384;

class NodeOutput implements OutputStream {
  readonly isTerminal: boolean;
  readonly #fd: number;
  /** Flushed before this stream writes, so that both appear in order. */
  readonly #before: OutputStream | undefined;
  readonly #buffer: Uint8Array;
  #used = 0;
  #flushesAtExit = false;

  constructor(fd: number, before?: OutputStream) {
    this.#fd = fd;
    this.#before = before;
    this.isTerminal = isTerminal(fd);
    // What goes to standard error is wanted at once, like what goes to a terminal.
    this.#buffer = new Uint8Array(this.isTerminal || before !== undefined ? 0 : OUTPUT_BUFFER_BYTES);
  }

  write(bytes: Uint8Array): void {
    this.#before?.flush();
    if (this.#used + bytes.length > this.#buffer.length) this.flush();
    if (bytes.length > this.#buffer.length) {
      this.#writeOut(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
    this.#flushAtExit();
  }

  flush(): void {
    const pending = this.#buffer.subarray(0, this.#used);
    // Dropped also when writing fails, else the failure would come back for ever.
    this.#used = 0;
    this.#writeOut(pending);
  }

  #writeOut(bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.length) {
      try {
        written += fs.writeSync(this.#fd, part(bytes, written));
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN') throw asHostError(error);
        blockThread(RETRY_MS);
      }
    }
  }

  /** An embedder that forgets `Wasi.close` loses nothing. */
  #flushAtExit(): void {
    if (this.#flushesAtExit) return;
    this.#flushesAtExit = true;
    process.once('exit', () => {
      try {
        this.flush();
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
      }
    });
  }
}

function fileTypeOf(stat: fs.BigIntStats): FileType {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symbolic-link';
  if (stat.isCharacterDevice()) return 'character-device';
  if (stat.isBlockDevice()) return 'block-device';
  if (stat.isFIFO()) return 'fifo';
  return stat.isSocket() ? 'socket' : 'unknown';
}

function fileStatOf(stat: fs.BigIntStats): FileStat {
  return {
    type: fileTypeOf(stat),
    device: stat.dev,
    inode: stat.ino,
    linkCount: stat.nlink,
    sizeBytes: stat.size,
    accessTimeNs: stat.atimeNs,
    modifyTimeNs: stat.mtimeNs,
    changeTimeNs: stat.ctimeNs,
  };
}

/** Node sets both times at once and takes seconds, so times are exact to about a microsecond. */
function timesInSeconds(times: FileTimes, now: () => FileStat): [atime: number, mtime: number] {
  const isComplete = times.accessTimeNs !== undefined && times.modifyTimeNs !== undefined;
  const current = isComplete ? undefined : now();
  const atimeNs = times.accessTimeNs ?? current!.accessTimeNs;
  const mtimeNs = times.modifyTimeNs ?? current!.modifyTimeNs;
  return [Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9];
}

/** What one call may take of `bytes` from `start`. */
function part(bytes: Uint8Array, start: number): Uint8Array {
  return bytes.subarray(start, start + MAX_CALL_BYTES);
}

class NodeFile implements HostFile {
  readonly #fd: number;
  /** A pipe or terminal that was opened by path has no offsets. */
  readonly #hasOffsets: boolean;

  constructor(fd: number) {
    this.#fd = fd;
    const type = this.stat().type;
    this.#hasOffsets = type === 'file' || type === 'block-device';
  }

  stat(): FileStat {
    return attempt(() => fileStatOf(fs.fstatSync(this.#fd, { bigint: true })));
  }

  read(buffer: Uint8Array, offset: number): number {
    let total = 0;
    while (total < buffer.length) {
      const position = this.#hasOffsets ? offset + total : null;
      const count = attempt(() => fs.readSync(this.#fd, part(buffer, total), { position }));
      total += count;
      if (count === 0 || !this.#hasOffsets) break;
    }
    return total;
  }

  write(bytes: Uint8Array, offset: number): number {
    let total = 0;
    while (total < bytes.length) {
      const position = this.#hasOffsets ? offset + total : null;
      total += attempt(() => fs.writeSync(this.#fd, part(bytes, total), 0, undefined, position));
    }
    return total;
  }

  append(bytes: Uint8Array): number {
    return this.write(bytes, Number(this.stat().sizeBytes));
  }

  setSize(sizeBytes: number): void {
    attempt(() => fs.ftruncateSync(this.#fd, sizeBytes));
  }

  setTimes(times: FileTimes): void {
    attempt(() => fs.futimesSync(this.#fd, ...timesInSeconds(times, () => this.stat())));
  }

  sync(dataOnly: boolean): void {
    attempt(() => (dataOnly ? fs.fdatasyncSync(this.#fd) : fs.fsyncSync(this.#fd)));
  }

  close(): void {
    attempt(() => fs.closeSync(this.#fd));
  }
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
