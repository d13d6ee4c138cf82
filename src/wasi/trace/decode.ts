/**
 * Guest memory to the values of a call, by the types that the table of functions gives. Nothing here fails: what a
 * guest points to may be anything, and is then told as the pointer that it is.
 */
import { encodeUtf8 } from '../../api/index.ts';
import { Trap } from '../../syntax/index.ts';
import { HostError } from '../host/host.ts';
import { addressOf, bytesAt, type GuestMemory, loadU8, loadU16, loadU32, loadU64, memoryIn } from '../preview1/abi.ts';
import type { DescriptorTable } from '../preview1/descriptors.ts';
import { errnoRows } from '../preview1/errno.ts';
import { rightNames } from '../preview1/rights.ts';
import type { ValueType } from '../preview1/signatures.ts';
import {
  ClockId,
  Dirent,
  Event,
  EventType,
  Fdflags,
  Fdstat,
  Filestat,
  Filetype,
  Fstflags,
  Iovec,
  Lookupflags,
  Oflags,
  Prestat,
  Subscription as Preview1Subscription,
  SUBSCRIPTION_CLOCK_ABSTIME,
  Whence,
} from '../preview1/types.ts';
import { unstableForms } from '../preview1/unstable.ts';
import { type CallValue, GuestBytes, GuestPointer } from './call.ts';

/** Most items of a list that are told: a guest may pass any number. */
const MAX_ITEMS = 32;
const MAX_PATH_BYTES = 4096;

/** What values are read with. */
export interface Reader {
  readonly memory: GuestMemory;
  readonly descriptors: DescriptorTable;
  /** Most bytes of one buffer that are told. */
  readonly maxBytes: number;
  /** Records and numbers are those of `wasi_unstable`. */
  readonly isUnstable: boolean;
}

/** Where the specification has another word than our constants. */
const otherwiseSpelled: Readonly<Record<string, string>> = {
  create: 'creat',
  exclusive: 'excl',
  truncate: 'trunc',
  current: 'cur',
  processCpuTime: 'process_cputime_id',
  threadCpuTime: 'thread_cputime_id',
};

/** The name of a constant, such as `symlinkFollow`, as the specification spells it. */
const spelled = (name: string) =>
  otherwiseSpelled[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** By number. */
const adviceNames = ['normal', 'sequential', 'random', 'willneed', 'dontneed', 'noreuse'];

const nameIn = (numbers: Readonly<Record<string, number>>, value: number): CallValue => {
  const found = Object.keys(numbers).find((name) => numbers[name] === value);
  return found === undefined ? value : spelled(found);
};

/** The names of set bits; bits without a name as one number behind them. */
function flagsIn(bits: Readonly<Record<string, number>>, value: number): CallValue {
  const set = Object.keys(bits).filter((name) => (value & bits[name]!) !== 0);
  const rest = set.reduce((left, name) => left & ~bits[name]!, value);
  return rest === 0 ? set.map(spelled) : [...set.map(spelled), rest >>> 0];
}

function rightsIn(value: bigint): CallValue {
  const names = rightNames.filter((_, bit) => ((value >> BigInt(bit)) & BigInt(1)) === BigInt(1));
  const rest = BigInt.asUintN(64, value) >> BigInt(rightNames.length);
  return rest === BigInt(0) ? names : [...names, rest << BigInt(rightNames.length)];
}

/** A size as a number, as long as JavaScript counts so far. */
export function sizeOf(value: bigint): CallValue {
  return value >= -Number.MAX_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

const flagTables: Partial<Record<ValueType, Readonly<Record<string, number>>>> = {
  fdflags: Fdflags,
  fstflags: Fstflags,
  lookupflags: Lookupflags,
  oflags: Oflags,
  riflags: { recvPeek: 1, recvWaitall: 2 },
  roflags: { recvDataTruncated: 1 },
  sdflags: { rd: 1, wr: 2 },
  siflags: {},
};

/** A value that is no pointer. */
export function plainValue(type: ValueType | undefined, value: number | bigint, isUnstable = false): CallValue {
  if (typeof value === 'bigint') {
    if (type === 'rights') return rightsIn(value);
    const unsigned = BigInt.asUintN(64, value);
    return type === 'filesize' ? sizeOf(unsigned) : unsigned;
  }
  const table = type === undefined ? undefined : flagTables[type];
  if (table !== undefined) return flagsIn(table, value);
  if (type === 'clockid') return nameIn(ClockId, value >>> 0);
  if (type === 'whence') return nameIn(Whence, isUnstable ? (unstableForms.whences[value] ?? value) : value >>> 0);
  if (type === 'advice') return adviceNames[value >>> 0] ?? value >>> 0;
  return value >>> 0;
}

/** Runs a step that reads what a guest points to. */
function reading(pointer: number, read: () => CallValue): CallValue {
  try {
    return read();
  } catch (error) {
    if (error instanceof Trap || error instanceof HostError) return new GuestPointer(pointer);
    throw error;
  }
}

export function bytesIn(memory: GuestMemory, pointer: number, byteLength: number, maxBytes: number): CallValue {
  return reading(pointer, () => {
    const bytes = bytesAt(memory, pointer, byteLength);
    return new GuestBytes(bytes.slice(0, maxBytes), bytes.length);
  });
}

export function textIn({ memory }: Reader, pointer: number, byteLength: number): CallValue {
  return bytesIn(memory, pointer, byteLength, MAX_PATH_BYTES);
}

function listIn(count: number, item: (index: number) => CallValue): CallValue[] {
  const items: CallValue[] = [];
  for (let index = 0; index < Math.min(count, MAX_ITEMS); index++) items.push(item(index));
  if (count > MAX_ITEMS) items.push(`and ${count - MAX_ITEMS} more`);
  return items;
}

/** The buffers of an array that is written from. */
export function buffersIn({ memory, maxBytes }: Reader, pointer: number, count: number): CallValue {
  return reading(pointer, () => {
    const start = addressOf(memory, pointer, count * Iovec.size, Iovec.align);
    return listIn(count, (index) => {
      const at = start + index * Iovec.size;
      return bytesIn(memory, loadU32(memory, at + Iovec.pointer), loadU32(memory, at + Iovec.length), maxBytes);
    });
  });
}

/** What `byteCount` bytes have filled of the buffers of an array that was read into. */
export function filledIn({ memory, maxBytes }: Reader, pointer: number, count: number, byteCount: number): CallValue {
  return reading(pointer, () => {
    const start = addressOf(memory, pointer, count * Iovec.size, Iovec.align);
    const filled: CallValue[] = [];
    let left = byteCount;
    for (let index = 0; index < count && left > 0 && filled.length < MAX_ITEMS; index++) {
      const at = start + index * Iovec.size;
      const length = Math.min(loadU32(memory, at + Iovec.length), left);
      if (length > 0) filled.push(bytesIn(memory, loadU32(memory, at + Iovec.pointer), length, maxBytes));
      left -= length;
    }
    return filled;
  });
}

/** How long buffers are that hold nothing yet. */
export function roomsIn({ memory }: Reader, pointer: number, count: number): CallValue {
  return reading(pointer, () => {
    const start = addressOf(memory, pointer, count * Iovec.size, Iovec.align);
    return listIn(count, (index) => ({ room: loadU32(memory, start + index * Iovec.size + Iovec.length) }));
  });
}

/** Texts whose addresses stand in a list, each with a zero at its end. */
export function stringsIn({ memory, maxBytes }: Reader, pointer: number, count: number): CallValue {
  return reading(pointer, () =>
    listIn(count, (index) => {
      const start = loadU32(memory, (pointer >>> 0) + 4 * index);
      let end = start;
      while (loadU8(memory, end) !== 0) end++;
      return bytesIn(memory, start, end - start, Math.max(maxBytes, MAX_PATH_BYTES));
    }),
  );
}

/** Entries of a directory, of which the last may be cut. */
export function direntsIn({ memory }: Reader, pointer: number, byteCount: number): CallValue {
  return reading(pointer, () => {
    const start = addressOf(memory, pointer, byteCount, 1);
    // Records stand wherever the one before has ended.
    const record = new Uint8Array(Dirent.size);
    const fields = memoryIn(record);
    const entries: CallValue[] = [];
    for (let at = start; at + Dirent.size <= start + byteCount; ) {
      record.set(memory.range(at, Dirent.size));
      const room = start + byteCount - at - Dirent.size;
      const nameLength = loadU32(fields, Dirent.nameLength);
      entries.push({
        name: bytesIn(memory, at + Dirent.size, Math.min(nameLength, room), MAX_PATH_BYTES),
        type: nameIn(Filetype, record[Dirent.filetype]!),
        inode: loadU64(fields, Dirent.inode),
        next: loadU64(fields, Dirent.next),
      });
      at += Dirent.size + nameLength;
    }
    return entries;
  });
}

const eventNames: Readonly<Record<number, string>> = {
  [EventType.clock]: 'clock',
  [EventType.fdRead]: 'fd_read',
  [EventType.fdWrite]: 'fd_write',
};

export function subscriptionsIn(reader: Reader, pointer: number, count: number): CallValue {
  const { memory } = reader;
  const Subscription = reader.isUnstable ? unstableForms.Subscription : Preview1Subscription;
  return reading(pointer, () => {
    const start = addressOf(memory, pointer, count * Subscription.size, Subscription.align);
    return listIn(count, (index) => {
      const at = start + index * Subscription.size;
      const tag = loadU8(memory, at + Subscription.tag);
      const userdata = loadU64(memory, at + Subscription.userdata);
      if (tag !== EventType.clock) {
        const fd = loadU32(memory, at + Subscription.fd);
        return { event: eventNames[tag] ?? tag, fd, path: pathOf(reader.descriptors, fd) ?? 'closed', userdata };
      }
      const flags = loadU16(memory, at + Subscription.clockFlags);
      return {
        event: 'clock',
        id: nameIn(ClockId, loadU32(memory, at + Subscription.clockId)),
        timeout: loadU64(memory, at + Subscription.timeout),
        flags: flagsIn({ abstime: SUBSCRIPTION_CLOCK_ABSTIME }, flags),
        userdata,
      };
    });
  });
}

export function eventsIn({ memory }: Reader, pointer: number, count: number): CallValue {
  return reading(pointer, () => {
    const start = addressOf(memory, pointer, count * Event.size, Event.align);
    return listIn(count, (index) => {
      const at = start + index * Event.size;
      const type = loadU8(memory, at + Event.type);
      const userdata = loadU64(memory, at + Event.userdata);
      const error = loadU16(memory, at + Event.error);
      const happened = { event: eventNames[type] ?? type, userdata };
      if (error !== 0) return { ...happened, error: errnoRows[error]?.name ?? error };
      if (type === EventType.clock) return happened;
      const flags = flagsIn({ hangup: 1 }, loadU16(memory, at + Event.flags));
      return { ...happened, nbytes: sizeOf(loadU64(memory, at + Event.byteCount)), flags };
    });
  });
}

/** What a function has stored at a pointer. */
export function resultAt({ memory, isUnstable }: Reader, type: ValueType | undefined, pointer: number): CallValue {
  return reading(pointer, () => {
    const at = pointer >>> 0;
    if (type === 'filestat') return isUnstable ? unstableFilestatAt(memory, at) : filestatAt(memory, at);
    if (type === 'fdstat') return fdstatAt(memory, at);
    if (type === 'prestat') {
      return {
        type: loadU8(memory, at + Prestat.tag) === 0 ? 'dir' : 'unknown',
        name_len: loadU32(memory, at + Prestat.nameLength),
      };
    }
    if (type === 'timestamp') return loadU64(memory, at);
    if (type === 'filesize') return sizeOf(loadU64(memory, at));
    if (type === 'roflags') return plainValue(type, loadU16(memory, at));
    return loadU32(memory, at);
  });
}

function filestatAt(memory: GuestMemory, at: number): CallValue {
  return {
    type: nameIn(Filetype, loadU8(memory, at + Filestat.filetype)),
    size: sizeOf(loadU64(memory, at + Filestat.fileSize)),
    nlink: sizeOf(loadU64(memory, at + Filestat.linkCount)),
    dev: loadU64(memory, at + Filestat.device),
    ino: loadU64(memory, at + Filestat.inode),
    atim: loadU64(memory, at + Filestat.accessTime),
    mtim: loadU64(memory, at + Filestat.modifyTime),
    ctim: loadU64(memory, at + Filestat.changeTime),
  };
}

/** The number of links has 32 bits. */
function unstableFilestatAt(memory: GuestMemory, at: number): CallValue {
  const { Filestat: Form } = unstableForms;
  return {
    type: nameIn(Filetype, loadU8(memory, at + Form.filetype)),
    size: sizeOf(loadU64(memory, at + Form.fileSize)),
    nlink: loadU32(memory, at + Form.linkCount),
    dev: loadU64(memory, at + Form.device),
    ino: loadU64(memory, at + Form.inode),
    atim: loadU64(memory, at + Form.accessTime),
    mtim: loadU64(memory, at + Form.modifyTime),
    ctim: loadU64(memory, at + Form.changeTime),
  };
}

function fdstatAt(memory: GuestMemory, at: number): CallValue {
  return {
    type: nameIn(Filetype, loadU8(memory, at + Fdstat.filetype)),
    flags: flagsIn(Fdflags, loadU16(memory, at + Fdstat.flags)),
    rights_base: rightsIn(loadU64(memory, at + Fdstat.rightsBase)),
    rights_inheriting: rightsIn(loadU64(memory, at + Fdstat.rightsInheriting)),
  };
}

/** What a descriptor stands for: a path as the guest would say it, or a word. Undefined: nothing. */
export function pathOf(descriptors: DescriptorTable, fd: number): string | undefined {
  let descriptor: ReturnType<DescriptorTable['get']>;
  try {
    descriptor = descriptors.get(fd);
  } catch {
    return undefined;
  }
  if ('origin' in descriptor) return joined(descriptor.origin.preopenName, descriptor.origin.names.join('/'));
  if (descriptor.kind === 'input') return 'stdin';
  if (descriptor.kind === 'output') return fd >>> 0 === 2 ? 'stderr' : 'stdout';
  return descriptor.kind;
}

/** A path below a directory, as both were named. */
export function joined(directory: string, path: string): string {
  if (path === '' || path === '.') return directory;
  return directory.endsWith('/') ? directory + path : `${directory}/${path}`;
}

/** As many bytes as a text takes. */
export function bytesOfText(text: string): GuestBytes {
  return new GuestBytes(encodeUtf8(text));
}
