/**
 * Flags and variants of WASI preview 1 as numbers, and the layouts of its records in guest memory.
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#types
 */
import type { FileType } from '../host/host.ts';

export const ClockId = { realtime: 0, monotonic: 1, processCpuTime: 2, threadCpuTime: 3 } as const;

export const Whence = { set: 0, current: 1, end: 2 } as const;

/** Highest value of `advice`: normal, sequential, random, willneed, dontneed, noreuse. */
export const LAST_ADVICE = 5;

export const Fdflags = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const;
export const ALL_FDFLAGS = 0x1f;

export const Oflags = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
export const ALL_OFLAGS = 0x0f;

export const Lookupflags = { symlinkFollow: 1 } as const;

/** Which times a call sets, and whether to a given time or to now. */
export const Fstflags = { atim: 1, atimNow: 2, mtim: 4, mtimNow: 8 } as const;
export const ALL_FSTFLAGS = 0x0f;

export const EventType = { clock: 0, fdRead: 1, fdWrite: 2 } as const;

/** How `sock_recv` reads, and what it tells. */
export const Riflags = { recvPeek: 1, recvWaitall: 2 } as const;
export const Roflags = { recvDataTruncated: 1 } as const;

/** Which directions `sock_shutdown` ends. */
export const Sdflags = { rd: 1, wr: 2 } as const;

/** Of an event's flags: the other side has closed, or the file is at its end. */
export const EVENT_HANGUP = 1;

/** The subscription's time is a point in time, not a duration. */
export const SUBSCRIPTION_CLOCK_ABSTIME = 1;

/** `filetype`, one byte. */
export const Filetype = {
  unknown: 0,
  blockDevice: 1,
  characterDevice: 2,
  directory: 3,
  regularFile: 4,
  socketDgram: 5,
  socketStream: 6,
  symbolicLink: 7,
} as const;

const filetypes: Readonly<Record<FileType, number>> = {
  file: Filetype.regularFile,
  directory: Filetype.directory,
  'symbolic-link': Filetype.symbolicLink,
  'character-device': Filetype.characterDevice,
  'block-device': Filetype.blockDevice,
  socket: Filetype.socketStream,
  // Preview 1 has no number for a named pipe.
  fifo: Filetype.unknown,
  unknown: Filetype.unknown,
};

export function filetypeOf(type: FileType): number {
  return filetypes[type];
}

/** `fdstat`, 24 bytes, aligned to 8: filetype u8, flags u16, rights u64, inherited rights u64. */
export const Fdstat = { size: 24, align: 8, filetype: 0, flags: 2, rightsBase: 8, rightsInheriting: 16 } as const;

/** `filestat`, 64 bytes, aligned to 8; all u64 but the filetype, which is one byte. */
export const Filestat = {
  size: 64,
  align: 8,
  device: 0,
  inode: 8,
  filetype: 16,
  linkCount: 24,
  fileSize: 32,
  accessTime: 40,
  modifyTime: 48,
  changeTime: 56,
} as const;

/** Tag of a `prestat`: programs pass over what is no directory, for which preview 1 has no number. */
export const Preopentype = { directory: 0, other: 1 } as const;

/** `prestat`, 8 bytes, aligned to 4: tag u8 (0: directory), length of the name in bytes u32. */
export const Prestat = { size: 8, align: 4, tag: 0, nameLength: 4 } as const;

/** `dirent`, 24 bytes and then the name: cookie of the next entry u64, inode u64, name length u32, filetype u8. */
export const Dirent = { size: 24, next: 0, inode: 8, nameLength: 16, filetype: 20 } as const;

/** `iovec` and `ciovec`, 8 bytes, aligned to 4: pointer u32, length in bytes u32. */
export const Iovec = { size: 8, align: 4, pointer: 0, length: 4 } as const;

/**
 * `subscription`, 48 bytes, aligned to 8: userdata u64, tag u8, then by tag either a clock
 * (id u32, timeout u64, precision u64, flags u16) or a descriptor (u32).
 */
export const Subscription = {
  size: 48,
  align: 8,
  userdata: 0,
  tag: 8,
  clockId: 16,
  timeout: 24,
  precision: 32,
  clockFlags: 40,
  fd: 16,
} as const;

export type SubscriptionLayout = Readonly<Record<keyof typeof Subscription, number>>;

/** `event`, 32 bytes, aligned to 8: userdata u64, errno u16, type u8, bytes ready u64, flags u16. */
export const Event = { size: 32, align: 8, userdata: 0, error: 8, type: 10, byteCount: 16, flags: 24 } as const;
