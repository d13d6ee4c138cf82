/** Files of this machine. All access is synchronous. */
import * as fs from 'node:fs';
import { type FileStat, type FileTimes, HostError, type HostFile } from '../host.ts';
import { attempt } from './errors.ts';
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

  constructor(fd: number) {
    this.#fd = fd;
    const { type } = this.stat();
    if (type === 'directory') throw new HostError('EISDIR');
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
      // A pipe that is full is asked no more: it would forget what it has taken.
      if (!this.#hasOffsets) break;
    }
    return total;
  }

  append(bytes: Uint8Array): number {
    this.#appendFd ??= this.#openForAppending();
    if (this.#appendFd === undefined) return this.write(bytes, Number(this.stat().sizeBytes));
    let total = 0;
    const appendFd = this.#appendFd;
    while (total < bytes.length) total += attempt(() => fs.writeSync(appendFd, part(bytes, total)));
    return total;
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
    const appendFd = this.#appendFd;
    this.#appendFd = undefined;
    if (appendFd !== undefined) attempt(() => fs.closeSync(appendFd));
    attempt(() => fs.closeSync(this.#fd));
  }
}
