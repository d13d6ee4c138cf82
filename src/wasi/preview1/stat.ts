/** Storing what `fd_filestat_get` and `path_filestat_get` tell, and reading what the `set_times` functions are told. */
import type { Clock, FileStat, FileTimes } from '../host/host.ts';
import { addressOf, type GuestMemory, storeU8, storeU64 } from './abi.ts';
import { ALL_FSTFLAGS, Filestat, Fstflags, filetypeOf } from './types.ts';

/** Stores a `filestat`, 64 bytes; padding is zero. */
export function storeFilestat(memory: GuestMemory, pointer: number, stat: FileStat): void {
  const address = addressOf(memory, pointer, Filestat.size, Filestat.align);
  memory.range(address, Filestat.size).fill(0);
  storeU64(memory, address + Filestat.device, stat.device);
  storeU64(memory, address + Filestat.inode, stat.inode);
  storeU8(memory, address + Filestat.filetype, filetypeOf(stat.type));
  storeU64(memory, address + Filestat.linkCount, stat.linkCount);
  storeU64(memory, address + Filestat.fileSize, stat.sizeBytes);
  storeU64(memory, address + Filestat.accessTime, stat.accessTimeNs);
  storeU64(memory, address + Filestat.modifyTime, stat.modifyTimeNs);
  storeU64(memory, address + Filestat.changeTime, stat.changeTimeNs);
}

/** What `fstflags` and two times mean; `undefined` when a time is to be both given and now, or a flag is unknown. */
export function fileTimes(clock: Clock, atimNs: bigint, mtimNs: bigint, fstflags: number): FileTimes | undefined {
  const isAmbiguous = (given: number, now: number) => (fstflags & given) !== 0 && (fstflags & now) !== 0;
  if ((fstflags & ~ALL_FSTFLAGS) !== 0) return undefined;
  if (isAmbiguous(Fstflags.atim, Fstflags.atimNow) || isAmbiguous(Fstflags.mtim, Fstflags.mtimNow)) return undefined;

  const nowNs = (fstflags & (Fstflags.atimNow | Fstflags.mtimNow)) === 0 ? BigInt(0) : clock.realtimeNs();
  const pick = (given: number, now: number, timeNs: bigint) => {
    if ((fstflags & given) !== 0) return BigInt.asUintN(64, timeNs);
    return (fstflags & now) !== 0 ? nowNs : undefined;
  };
  return {
    accessTimeNs: pick(Fstflags.atim, Fstflags.atimNow, atimNs),
    modifyTimeNs: pick(Fstflags.mtim, Fstflags.mtimNow, mtimNs),
  };
}
