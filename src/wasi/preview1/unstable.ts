/**
 * `wasi_unstable`, the version before preview 1, where it differs: 45 of the functions (there is no `sock_accept`),
 * another order of `whence`, a shorter `filestat`, a longer `subscription`. All else is the same function.
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/legacy/preview0/docs.md
 */
import { type FileStat, HostError } from '../host/host.ts';
import { addressOf, type GuestMemory, loadU8, storeU8, storeU32, storeU64 } from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import { Errno } from './errno.ts';
import { descriptorStat } from './fd-file.ts';
import { fdSeek } from './fd-seek.ts';
import { fdFdstatGet } from './fd-status.ts';
import { pathStat } from './path.ts';
import { poll } from './poll.ts';
import { rightsOf } from './rights.ts';
import { Fdstat, filetypeOf, type SubscriptionLayout, Whence } from './types.ts';

/**
 * `filestat` as it was, 56 bytes, aligned to 8: the filetype one byte, the number of links u32, all else u64.
 *
 *     byte      0 … 7   8 … 15  16     17 … 19  20 … 23  24 … 31  32 … 39  40 … 47  48 … 55
 *               device  inode   type            links    size     atim     mtim     ctim
 */
const Filestat = {
  size: 56,
  align: 8,
  device: 0,
  inode: 8,
  filetype: 16,
  linkCount: 20,
  fileSize: 24,
  accessTime: 32,
  modifyTime: 40,
  changeTime: 48,
} as const;

/** `subscription` as it was, 56 bytes: a clock begins with an identifier of its own, u64, which nothing uses. */
const Subscription: SubscriptionLayout = {
  size: 56,
  align: 8,
  userdata: 0,
  tag: 8,
  clockId: 24,
  timeout: 32,
  precision: 40,
  clockFlags: 48,
  fd: 16,
};

/** What the numbers 0, 1 and 2 stood for. */
const whences: readonly number[] = [Whence.current, Whence.end, Whence.set];

/** What traces read otherwise than in preview 1. */
export const unstableForms = { Filestat, Subscription, whences };

/** As `fd_seek`; `whence` is 0 from the current offset, 1 from the end, 2 from the start. */
export function fdSeekUnstable(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  offset: bigint,
  whence: number,
  newOffsetPtr: number,
): Errno {
  return fdSeek(context, memory, fd, offset, whences[whence >>> 0] ?? whences.length, newOffsetPtr);
}

/** As `fd_filestat_get`, with 56 bytes as a result; `overflow` (61) when the number of links does not fit. */
export function fdFilestatGetUnstable(context: WasiContext, memory: GuestMemory, fd: number, statPtr: number): Errno {
  return storeFilestat(memory, statPtr, descriptorStat(context, fd));
}

/** As `path_filestat_get`, with 56 bytes as a result; `overflow` (61) when the number of links does not fit. */
export function pathFilestatGetUnstable(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  lookupflags: number,
  pathPtr: number,
  pathLength: number,
  statPtr: number,
): Errno {
  return storeFilestat(memory, statPtr, pathStat(context, memory, fd, lookupflags, pathPtr, pathLength));
}

const MAX_LINK_COUNT = 0xffffffff;

function storeFilestat(memory: GuestMemory, pointer: number, stat: FileStat): Errno {
  const address = addressOf(memory, pointer, Filestat.size, Filestat.align);
  if (stat.linkCount > MAX_LINK_COUNT) throw new HostError('EOVERFLOW');
  memory.range(address, Filestat.size).fill(0);
  storeU64(memory, address + Filestat.device, stat.device);
  storeU64(memory, address + Filestat.inode, stat.inode);
  storeU8(memory, address + Filestat.filetype, filetypeOf(stat.type));
  storeU32(memory, address + Filestat.linkCount, Number(stat.linkCount));
  storeU64(memory, address + Filestat.fileSize, stat.sizeBytes);
  storeU64(memory, address + Filestat.accessTime, stat.accessTimeNs);
  storeU64(memory, address + Filestat.modifyTime, stat.modifyTimeNs);
  storeU64(memory, address + Filestat.changeTime, stat.changeTimeNs);
  return Errno.success;
}

/** As `poll_oneoff`, for subscriptions of 56 bytes; events are the same. */
export function pollOneoffUnstable(
  context: WasiContext,
  memory: GuestMemory,
  subscriptionsPtr: number,
  eventsPtr: number,
  count: number,
  eventCountPtr: number,
): Outcome {
  return poll(context, memory, subscriptionsPtr, eventsPtr, count, eventCountPtr, Subscription);
}

/** Bit 29 of rights, in their fourth byte. */
const SOCK_ACCEPT_BYTE = 3;
const SOCK_ACCEPT_BIT = rightsOf('sock_accept') >>> (8 * SOCK_ACCEPT_BYTE);

/** As `fd_fdstat_get`; the right `sock_accept` did not exist. */
export function fdFdstatGetUnstable(context: WasiContext, memory: GuestMemory, fd: number, statPtr: number): Errno {
  const errno = fdFdstatGet(context, memory, fd, statPtr);
  for (const offset of [Fdstat.rightsBase, Fdstat.rightsInheriting]) {
    const pointer = (statPtr >>> 0) + offset + SOCK_ACCEPT_BYTE;
    storeU8(memory, pointer, loadU8(memory, pointer) & ~SOCK_ACCEPT_BIT);
  }
  return errno;
}
