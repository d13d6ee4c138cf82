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
    accessTimeNs: stat.atimeNs,
    modifyTimeNs: stat.mtimeNs,
    changeTimeNs: stat.ctimeNs,
  };
}

/**
 * Node sets both times at once and takes seconds as a number, of which the system gets whole microseconds: what is
 * less is lost, and of a time that shall stay too.
 */
export function timesInSeconds(times: FileTimes, now: () => FileStat): [atime: number, mtime: number] {
  const isComplete = times.accessTimeNs !== undefined && times.modifyTimeNs !== undefined;
  const current = isComplete ? undefined : now();
  const atimeNs = times.accessTimeNs ?? current!.accessTimeNs;
  const mtimeNs = times.modifyTimeNs ?? current!.modifyTimeNs;
  return [secondsOf(atimeNs), secondsOf(mtimeNs)];
}

/** A number of seconds that is cut down to the microsecond wanted, and not to the one before. */
function secondsOf(timeNs: bigint): number {
  const whole = Number(timeNs / 1_000_000_000n);
  const microseconds = Number((timeNs / 1000n) % 1_000_000n);
  const seconds = whole + microseconds / 1e6;
  return Math.floor((seconds - whole) * 1e6) >= microseconds ? seconds : seconds + seconds * Number.EPSILON;
}
