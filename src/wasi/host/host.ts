/**
 * The interface behind which every effect of a WASI guest stands: files, streams, clocks, randomness.
 *
 * `node.ts` gives the real ones, `memory.ts` deterministic ones; an embedder may write its own.
 * Names given to a directory are single components: never empty, `.`, `..` or with a slash, and no
 * method follows a symbolic link. Resolving paths is the caller's task (`preview1/resolve.ts`).
 */
import type { Wait } from './waiting.ts';

/** POSIX error names that hosts report; Node's `error.code` has the same spelling. */
export type HostErrorCode = `E${string}`;

/** An effect that failed, with a POSIX error name such as `ENOENT`. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;
  constructor(code: HostErrorCode, message: string = code) {
    super(message);
    this.code = code;
  }
}

export type FileType =
  | 'file'
  | 'directory'
  | 'symbolic-link'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  | 'socket'
  | 'unknown';

export interface FileStat {
  readonly type: FileType;
  readonly device: bigint;
  readonly inode: bigint;
  readonly linkCount: bigint;
  readonly sizeBytes: bigint;
  /** Times are ns since 1970-01-01T00:00:00Z. */
  readonly accessTimeNs: bigint;
  readonly modifyTimeNs: bigint;
  readonly changeTimeNs: bigint;
}

/** New times in ns since 1970; an absent one stays as it is. */
export interface FileTimes {
  readonly accessTimeNs?: bigint | undefined;
  readonly modifyTimeNs?: bigint | undefined;
}

export interface OpenOptions {
  readonly read: boolean;
  readonly write: boolean;
  /** Make the file when it is missing. */
  readonly create: boolean;
  /** With `create`: fail with EEXIST when the name exists. */
  readonly exclusive: boolean;
  /** With `write`: cut the file to 0 bytes. */
  readonly truncate: boolean;
}

/** An open file that is no directory. Offsets and lengths are bytes. Every method throws `HostError`. */
export interface HostFile {
  /** Whether it was opened through a read-only directory: every change fails with EPERM. Absent: no. */
  readonly isReadOnly?: boolean;
  stat(): FileStat;
  /**
   * Fills `buffer` from `offset`; the count is short at the end of the file (0: at the end), or where reading fails.
   */
  read(buffer: Uint8Array, offset: number): number;
  /**
   * Writes `bytes` at `offset`, at least one: fewer where no more find room. A gap behind the old end reads as zeros.
   */
  write(bytes: Uint8Array, offset: number): number;
  /** As `write`, at the end, wherever that is. */
  append(bytes: Uint8Array): number;
  setSize(sizeBytes: number): void;
  setTimes(times: FileTimes): void;
  sync(dataOnly: boolean): void;
  close(): void;
  /**
   * The process's descriptors, by which the guest's threads read and write the file for themselves. Absent, or none:
   * they ask here.
   *
   * @param isAppending whether they are to append, too
   */
  systemDescriptors?(isAppending: boolean): SystemDescriptors | undefined;
}

/** A regular file, by the system's numbers. Its `HostFile` closes them. */
export interface SystemDescriptors {
  readonly fd: number;
  /** What is written by it comes to the file's end. Absent: the system has no such descriptor to give. */
  readonly appendFd: number | undefined;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly type: FileType;
  readonly inode: bigint;
}

/** An open directory; what is below it can be reached, what is above cannot. Every method throws `HostError`. */
export interface HostDirectory {
  /** Whether every change in it, and in what is opened through it, fails with EPERM. Absent: no. */
  readonly isReadOnly?: boolean;
  stat(): FileStat;
  /** The entries without `.` and `..`, in a stable order. */
  list(): readonly DirectoryEntry[];
  /** A second, independent handle of this directory. */
  reopen(): HostDirectory;
  setTimes(times: FileTimes): void;
  close(): void;

  statEntry(name: string): FileStat;
  /** ENOTDIR when `name` is anything but a directory. */
  openDirectory(name: string): HostDirectory;
  /** ELOOP when `name` is a symbolic link, EISDIR when it is a directory. */
  openFile(name: string, options: OpenOptions): HostFile;
  /** The target of the symbolic link `name`; `undefined` when it is missing or something else. */
  readLink(name: string): string | undefined;
  setEntryTimes(name: string, times: FileTimes): void;
  createDirectory(name: string): void;
  createLink(name: string, into: HostDirectory, newName: string): void;
  createSymbolicLink(name: string, target: string): void;
  rename(name: string, into: HostDirectory, newName: string): void;
  removeDirectory(name: string): void;
  removeFile(name: string): void;
}

/**
 * Where a guest's standard input comes from. A promise needs a guest that runs asynchronously. One that is a
 * `PollableInput` too can be polled, read without blocking, and its wait be given up.
 */
export interface InputStream {
  readonly isTerminal: boolean;
  /** Reads at least one byte, at most `buffer.length`; 0 at the end of the input. */
  read(buffer: Uint8Array): number | Promise<number>;
}

/** Where a guest's standard output or error goes. One that is a `PollableOutput` too may make a guest wait for room. */
export interface OutputStream {
  readonly isTerminal: boolean;
  /** Takes all of `bytes`, which are only borrowed until the call returns. */
  write(bytes: Uint8Array): void;
  /** Hands on what is still buffered. */
  flush(): void;
}

/** Clocks, in ns. */
export interface Clock {
  /** Since 1970-01-01T00:00:00Z. */
  realtimeNs(): bigint;
  /** Since a fixed point of no meaning; never goes back. */
  monotonicNs(): bigint;
  readonly resolutionNs: bigint;
  /** Returns after `durationNs`, holding up the whole thread. */
  sleep(durationNs: bigint): void;
  /** Ends after `durationNs`, never before; 0 ns is one turn of the event loop. */
  timer(durationNs: bigint): Wait;
  /** The machine's own time, which a guest's threads may read for themselves. Absent: they ask here. */
  readonly isMachines?: boolean;
}

/** Fills a buffer with random bytes. */
export interface RandomSource {
  (buffer: Uint8Array): void;
  /** The machine's own, of which a guest's threads may have theirs. Absent: they ask here. */
  readonly isMachines?: boolean;
}

/** Everything a guest can reach besides the directories it is granted. */
export interface Host {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly clock: Clock;
  readonly random: RandomSource;
}
