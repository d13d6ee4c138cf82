/** What Node tells of a file, and its times, in WASI's units: ns. */
import type * as fs from 'node:fs';
import type { FileStat, FileTimes, FileType } from '../host.ts';

function fileTypeOf(stat: fs.BigIntStats): FileType {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symbolic-link';
  if (stat.isCharacterDevice()) return 'character-device';
  if (stat.isBlockDevice()) return 'block-device';
  if (stat.isFIFO()) return 'fifo';
  return stat.isSocket() ? 'socket' : 'unknown';
}

export function fileStatOf(stat: fs.BigIntStats): FileStat {
  return {
    type: fileTypeOf(stat),
    device: stat.dev,
    inode: stat.ino,
    linkCount: stat.nlink,
    sizeBytes: stat.size,
    ...timesOf(stat),
    changeTimeNs: stat.ctimeNs,
  };
}

/**
 * Sets the times of a file. Node takes both at once, as seconds of which the system gets whole microseconds; what is
 * less is remembered, so that a guest is told the times that it has set, and keeps those that it has not.
 *
 * @param stat what is told of the file
 * @param set  sets its times, in seconds
 */
export function setTimes(times: FileTimes, stat: () => fs.BigIntStats, set: (atime: number, mtime: number) => void) {
  const current = fileStatOf(stat());
  const accessTimeNs = times.accessTimeNs ?? current.accessTimeNs;
  const modifyTimeNs = times.modifyTimeNs ?? current.modifyTimeNs;
  set(secondsOf(accessTimeNs), secondsOf(modifyTimeNs));
  const stored = stat();
  remember(stored, [
    { storedNs: stored.atimeNs, meantNs: accessTimeNs },
    { storedNs: stored.mtimeNs, meantNs: modifyTimeNs },
  ]);
}

/** A time that was set, and what the system has made of it. */
interface SetTime {
  readonly storedNs: bigint;
  readonly meantNs: bigint;
}

/** Files whose times are remembered; the oldest go. */
const MAX_REMEMBERED = 4096;

/** Access and modification of files, by device and inode. As soon as the system tells another time, that is true. */
const remembered = new Map<string, readonly [access: SetTime, modify: SetTime]>();

const keyOf = ({ dev, ino }: fs.BigIntStats) => `${dev}:${ino}`;

function remember(stat: fs.BigIntStats, times: readonly [SetTime, SetTime]): void {
  const key = keyOf(stat);
  remembered.delete(key);
  if (times.every(({ storedNs, meantNs }) => storedNs === meantNs)) return;
  remembered.set(key, times);
  if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
}

/** The times as they were meant, as long as nobody has changed them since. */
function timesOf(stat: fs.BigIntStats): Pick<FileStat, 'accessTimeNs' | 'modifyTimeNs'> {
  const { atimeNs, mtimeNs } = stat;
  const set = remembered.size === 0 ? undefined : remembered.get(keyOf(stat));
  if (set === undefined) return { accessTimeNs: atimeNs, modifyTimeNs: mtimeNs };
  const [access, modify] = set;
  return {
    accessTimeNs: access.storedNs === atimeNs ? access.meantNs : atimeNs,
    modifyTimeNs: modify.storedNs === mtimeNs ? modify.meantNs : mtimeNs,
  };
}

/** A number of seconds that is cut down to the microsecond wanted, and not to the one before. */
function secondsOf(timeNs: bigint): number {
  const whole = Number(timeNs / 1_000_000_000n);
  const microseconds = Number((timeNs / 1000n) % 1_000_000n);
  const seconds = whole + microseconds / 1e6;
  return Math.floor((seconds - whole) * 1e6) >= microseconds ? seconds : seconds + seconds * Number.EPSILON;
}
