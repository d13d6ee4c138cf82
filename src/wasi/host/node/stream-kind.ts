/** What the standard streams' descriptors are, and opening them a second time. */
import * as fs from 'node:fs';

/**
 * `ready`: reading and writing never wait, as with files; `stream`: only Node's own streams can make it non-blocking.
 */
export type StreamKind = 'ready' | 'pipe' | 'terminal' | 'stream';

/** How long to wait before a stream that is not ready is tried again. */
export const RETRY_MS = 2;

/** `node:tty` is loaded only for devices: it brings sockets and streams along, 6 ms of every start. */
export function isTerminal(fd: number): boolean {
  try {
    const stat = fs.fstatSync(fd);
    return stat.isCharacterDevice() && !isNullDevice(stat) && process.getBuiltinModule('node:tty').isatty(fd);
  } catch {
    // A closed descriptor is none.
    return false;
  }
}

/** What a program's streams are when nobody has any use for them. */
function isNullDevice({ rdev }: fs.Stats): boolean {
  return fs.statSync('/dev/null', { throwIfNoEntry: false })?.rdev === rdev;
}

export function kindOf(fd: number, isTerminalFd: boolean): StreamKind {
  if (isTerminalFd) return 'terminal';
  try {
    const stat = fs.fstatSync(fd);
    if (stat.isFIFO()) return 'pipe';
    return stat.isSocket() ? 'stream' : 'ready';
  } catch {
    // Reading will tell what is wrong.
    return 'ready';
  }
}

/**
 * A descriptor of its own for the same pipe or terminal, that does not block. Whether a descriptor blocks belongs to
 * the open file, which processes share: a shell whose terminal stops blocking is broken afterwards.
 *
 * @returns undefined where that cannot be done
 */
export function openAnew(fd: number, access: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return fs.openSync(`/proc/self/fd/${fd}`, access | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}
