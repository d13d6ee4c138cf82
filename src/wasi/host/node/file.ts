/** Files of this machine. All access is synchronous. */
import * as fs from 'node:fs';
import { type FileStat, type FileTimes, HostError, type HostFile, type SystemDescriptors } from '../host.ts';
import { asHostError, attempt } from './errors.ts';
import { fileStatOf, setTimes } from './stat.ts';

const { constants } = fs;

/** Most that one call of the system is asked to read or write. */
const MAX_CALL_BYTES = 65_536;

/** What one call may take of `bytes` from `start`. */
export function part(bytes: Uint8Array, start: number): Uint8Array {
  return bytes.subarray(start, start + MAX_CALL_BYTES);
}

export class NodeFile implements HostFile {
  readonly #fd: number;
  /** The same file opened once more for appending, at the first append. */
  #appendFd: number | undefined;
  /** A pipe or terminal that was opened by path has no offsets. */
  readonly #hasOffsets: boolean;
  readonly #isRegular: boolean;
  /** Whether another thread has opened it, and closes it. */
  readonly #isBorrowed: boolean;

  /** @param borrowed what another thread of the process has opened; absent: `fd` is this file's own */
  constructor(fd: number, borrowed?: SystemDescriptors) {
    this.#fd = fd;
    this.#isBorrowed = borrowed !== undefined;
    this.#appendFd = borrowed?.appendFd;
    const type = borrowed === undefined ? this.stat().type : 'file';
    if (type === 'directory') throw new HostError('EISDIR');
    this.#isRegular = type === 'file';
    this.#hasOffsets = type === 'file' || type === 'block-device';
  }

  systemDescriptors(isAppending: boolean): SystemDescriptors | undefined {
    if (!this.#isRegular) return undefined;
    if (isAppending) this.#appendFd ??= this.#openForAppending();
    return { fd: this.#fd, appendFd: this.#appendFd };
  }

  stat(): FileStat {
    return attempt(() => fileStatOf(fs.fstatSync(this.#fd, { bigint: true })));
  }

  read(buffer: Uint8Array, offset: number): number {
    return this.#inParts(buffer, (rest, done) => {
      const position = this.#hasOffsets ? offset + done : null;
      return fs.readSync(this.#fd, rest, { position });
    });
  }

  write(bytes: Uint8Array, offset: number): number {
    return this.#inParts(bytes, (rest, done) => {
      const position = this.#hasOffsets ? offset + done : null;
      return fs.writeSync(this.#fd, rest, 0, undefined, position);
    });
  }

  append(bytes: Uint8Array): number {
    if (!this.#isBorrowed) this.#appendFd ??= this.#openForAppending();
    if (this.#appendFd === undefined) return this.write(bytes, Number(this.stat().sizeBytes));
    const appendFd = this.#appendFd;
    return this.#inParts(bytes, (rest) => fs.writeSync(appendFd, rest));
  }

  /** What fails after something was done fails again at the next call: nothing is done twice, and nothing forgotten. */
  #inParts(bytes: Uint8Array, act: (rest: Uint8Array, done: number) => number): number {
    let done = 0;
    while (done < bytes.length) {
      try {
        const count = act(part(bytes, done), done);
        done += count;
        // A pipe gives and takes what there is.
        if (count === 0 || !this.#hasOffsets) break;
      } catch (error) {
        if (done === 0) throw asHostError(error);
        break;
      }
    }
    return done;
  }

  /** With O_APPEND the system finds the end and writes in one step, whoever else appends. */
  #openForAppending(): number | undefined {
    if (process.platform !== 'linux') return undefined;
    try {
      return fs.openSync(`/proc/self/fd/${this.#fd}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
    } catch {
      // No /proc, or the file may no longer be written by this process.
      return undefined;
    }
  }

  setSize(sizeBytes: number): void {
    attempt(() => fs.ftruncateSync(this.#fd, sizeBytes));
  }

  setTimes(times: FileTimes): void {
    const stat = () => fs.fstatSync(this.#fd, { bigint: true });
    attempt(() => setTimes(times, stat, (atime, mtime) => fs.futimesSync(this.#fd, atime, mtime)));
  }

  sync(dataOnly: boolean): void {
    attempt(() => (dataOnly ? fs.fdatasyncSync(this.#fd) : fs.fsyncSync(this.#fd)));
  }

  close(): void {
    if (this.#isBorrowed) return;
    const appendFd = this.#appendFd;
    this.#appendFd = undefined;
    if (appendFd !== undefined) attempt(() => fs.closeSync(appendFd));
    attempt(() => fs.closeSync(this.#fd));
  }
}
