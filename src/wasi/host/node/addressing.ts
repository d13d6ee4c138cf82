/**
 * How what is in an open directory is reached: Node has no `openat`, its functions take paths.
 *
 * On Linux the path goes through `/proc/self/fd/N`. The system does not follow that as a link's text but goes on at
 * the open directory itself, wherever it has moved to and whatever has its former name: that is `openat`, without a
 * race. Elsewhere the directory's real path is used, and is checked to lead to the directory still; between that
 * check and the use lies a race (docs/rationale.md#what-keeps-a-guest-inside-of-its-directories).
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { HostError } from '../host.ts';

/** The path of an open directory; to be asked for anew before each use. */
export interface Addressing {
  /** @throws {HostError} ESTALE when the directory's path leads elsewhere by now */
  base(): string;
  /** The same way to a directory that was opened as `name` in this one. */
  below(fd: number, name: string): Addressing;
  /** The same way to this directory, opened once more. */
  again(fd: number): Addressing;
  /** Whether what was opened must be compared with what the path leads to. */
  readonly isByPath: boolean;
}

/** The `f_type` of procfs: something else may be mounted at `/proc`. @see https://man7.org/linux/man-pages/man2/statfs.2.html */
const PROC_SUPER_MAGIC = 0x9fa0;

/** The best way there is to an open directory. */
export function addressingOf(fd: number, realPath: string): Addressing {
  return isReachableByHandle(fd) ? new ByHandle(fd) : new ByPath(fd, realPath);
}

function isReachableByHandle(fd: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const { type } = fs.statfsSync('/proc/self/fd');
    return type === PROC_SUPER_MAGIC && isSame(fs.fstatSync(fd, BIGINT), fs.statSync(`/proc/self/fd/${fd}/.`, BIGINT));
  } catch {
    // There is no /proc here, or it hides what is open.
    return false;
  }
}

const BIGINT = { bigint: true } as const;

/** Whether both tell of one file. */
export function isSame(one: fs.BigIntStats, other: fs.BigIntStats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

class ByHandle implements Addressing {
  readonly isByPath = false;
  readonly #base: string;

  constructor(fd: number) {
    this.#base = `/proc/self/fd/${fd}`;
  }

  base(): string {
    return this.#base;
  }

  below(fd: number): Addressing {
    return new ByHandle(fd);
  }

  again(fd: number): Addressing {
    return new ByHandle(fd);
  }
}

/** For systems without procfs; its tests run everywhere. */
export class ByPath implements Addressing {
  readonly isByPath = true;
  readonly #fd: number;
  readonly #path: string;

  /** @param path the directory's real path, without links */
  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  base(): string {
    try {
      const isHere =
        fs.realpathSync.native(this.#path) === this.#path &&
        isSame(fs.fstatSync(this.#fd, BIGINT), fs.lstatSync(this.#path, BIGINT));
      if (isHere) return this.#path;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
    throw new HostError('ESTALE', `${this.#path} is no longer the directory that was opened`);
  }

  below(fd: number, name: string): Addressing {
    // The name as the system spells it, where letters of both cases mean the same file.
    const real = fs.realpathSync.native(`${this.base()}/${name}`);
    const isBelow = dirname(real) === this.#path && isSame(fs.fstatSync(fd, BIGINT), fs.lstatSync(real, BIGINT));
    if (!isBelow) throw new HostError('ESTALE', `${name} is no longer the directory that was opened`);
    return new ByPath(fd, real);
  }

  again(fd: number): Addressing {
    return new ByPath(fd, this.#path);
  }
}
