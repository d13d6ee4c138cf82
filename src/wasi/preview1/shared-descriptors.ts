/**
 * Descriptors in shared memory, so that the threads of a guest, each in an agent of its own, see one table: what a
 * number stands for, how it may be used and where in a file it stands. The host agent alone opens, closes and
 * renumbers.
 *
 * A thread that uses a number says so in its slot first, and looks at the entry then; the host agent marks an entry
 * first, and looks into the slots then. So one of them sees the other: what is in use stays until it no longer is, and
 * the host agent waits without blocking. A thread that has died has no slot, and holds nothing up.
 *
 *     payload   [0] flags of `Fdflags` in 16 bits, and the bits below   [1…2] offset, 64 bits
 *               [3] the system's descriptor   [4] 1 + that to append by; 0: there is none
 */
import { type HandleCell, type HandleEntry, LOCK_WORDS, SharedHandleTable, SharedLock } from '../../atomics/index.ts';
import type { HostFile, SystemDescriptors } from '../host/host.ts';
import { Bell } from '../host/waiting.ts';
import type { Outcome } from './context.ts';
import type { Descriptor, FileDescriptor } from './descriptors.ts';
import type { Errno } from './errno.ts';
import { suspend } from './suspension.ts';
import { Fdflags } from './types.ts';

const BITS = 0;
const OFFSET = 1;
const SYSTEM_FD = 3;
const APPEND_FD = 4;

const FLAGS = 0xffff;
const READABLE = 1 << 16;
const WRITABLE = 1 << 17;
/** Threads read and write the file by the system's descriptor. */
const IS_DIRECT = 1 << 18;
const IS_PREOPEN = 1 << 19;
const IS_TERMINAL = 1 << 20;
/** The host agent is about to close or renumber it. */
const IS_CHANGING = 1 << 21;

/** In the order of their numbers. */
const kinds: readonly Descriptor['kind'][] = ['input', 'output', 'file', 'directory', 'socket', 'listener'];

/** Locks of offsets: files whose numbers are so far apart share one. */
const LOCK_COUNT = 256;
/** The host agent's number among those that use the table. */
const HOST_AGENT = 1;

/** How an entry stands at a moment. */
export interface EntryState {
  readonly kind: Descriptor['kind'];
  readonly readable: boolean;
  readonly writable: boolean;
  /** `Fdflags`. */
  readonly flags: number;
  readonly isDirect: boolean;
  readonly isPreopen: boolean;
  readonly isTerminal: boolean;
}

/** One entry of the table. Every agent has its own view of it, which stays good as long as the table is there. */
export class DescriptorCell {
  readonly #cell: HandleCell;
  readonly #offset: BigInt64Array;

  constructor(cell: HandleCell) {
    this.#cell = cell;
    const { buffer, byteOffset } = cell.payload;
    this.#offset = new BigInt64Array(buffer, byteOffset + OFFSET * Int32Array.BYTES_PER_ELEMENT, 1);
  }

  /** `undefined`: the number stands for nothing. */
  get state(): EntryState | undefined {
    if (!this.#cell.isInUse) return undefined;
    const bits = this.#word(BITS);
    return {
      kind: kinds[this.#cell.kind]!,
      readable: (bits & READABLE) !== 0,
      writable: (bits & WRITABLE) !== 0,
      flags: bits & FLAGS,
      isDirect: (bits & IS_DIRECT) !== 0,
      isPreopen: (bits & IS_PREOPEN) !== 0,
      isTerminal: (bits & IS_TERMINAL) !== 0,
    };
  }

  /** Whether the host agent is about to close or renumber it. */
  get isChanging(): boolean {
    return (this.#word(BITS) & IS_CHANGING) !== 0;
  }

  #word(index: number): number {
    return Atomics.load(this.#cell.payload, index);
  }

  /** Bytes from the file's start. */
  get offset(): number {
    return Number(Atomics.load(this.#offset, 0));
  }

  set offset(offset: number) {
    Atomics.store(this.#offset, 0, BigInt(offset));
  }

  get flags(): number {
    return this.#word(BITS) & FLAGS;
  }

  set flags(flags: number) {
    const { payload } = this.#cell;
    // Exclusive or with what differs: nobody else changes flags, and the other bits stay as they are.
    Atomics.xor(payload, BITS, this.flags ^ (flags & FLAGS));
  }

  /** The system's descriptors, once the entry is direct. */
  get system(): SystemDescriptors {
    const appendFd = this.#word(APPEND_FD);
    return { fd: this.#word(SYSTEM_FD), appendFd: appendFd === 0 ? undefined : appendFd - 1 };
  }

  /** The host agent's: the system's descriptors are there, threads may use them; `undefined`: no longer. */
  setSystem(system: SystemDescriptors | undefined): void {
    const { payload } = this.#cell;
    if (system === undefined) {
      Atomics.and(payload, BITS, ~IS_DIRECT);
      return;
    }
    const { fd, appendFd } = system;
    Atomics.store(payload, SYSTEM_FD, fd);
    Atomics.store(payload, APPEND_FD, appendFd === undefined ? 0 : appendFd + 1);
    Atomics.or(payload, BITS, IS_DIRECT);
  }

  /** The host agent's: threads keep away from now on, or may look again. */
  setChanging(isChanging: boolean): void {
    const { payload } = this.#cell;
    if (isChanging) Atomics.or(payload, BITS, IS_CHANGING);
    else Atomics.and(payload, BITS, ~IS_CHANGING);
    if (!isChanging) Atomics.notify(payload, BITS);
  }

  /** A thread's: blocks while the entry is being changed, at most `ms`. */
  waitForChange(ms: number): void {
    const bits = this.#word(BITS);
    if ((bits & IS_CHANGING) !== 0) Atomics.wait(this.#cell.payload, BITS, bits, ms);
  }
}

/** What a number stands for, in words. */
export function entryOf(descriptor: Descriptor): HandleEntry {
  const kind = kinds.indexOf(descriptor.kind);
  return { kind, owner: HOST_AGENT, payload: [bitsOf(descriptor)] };
}

function bitsOf(descriptor: Descriptor): number {
  if (descriptor.kind === 'file') {
    const { readable, writable, flags } = descriptor;
    return (flags & FLAGS) | (readable ? READABLE : 0) | (writable ? WRITABLE : 0);
  }
  if (descriptor.kind === 'directory') return descriptor.preopenName === undefined ? 0 : IS_PREOPEN;
  return 'stream' in descriptor && descriptor.stream.isTerminal ? IS_TERMINAL : 0;
}

/** A file whose offset and flags are in shared memory. */
class SharedFile implements FileDescriptor {
  readonly kind = 'file';
  readonly file: HostFile;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly origin: FileDescriptor['origin'];
  /** Another one after the descriptor has moved to another number. */
  cell: DescriptorCell;

  constructor(from: FileDescriptor, cell: DescriptorCell) {
    this.file = from.file;
    this.readable = from.readable;
    this.writable = from.writable;
    this.origin = from.origin;
    this.cell = cell;
    cell.offset = from.offset;
    this.flags = from.flags;
  }

  get offset(): number {
    return this.cell.offset;
  }

  set offset(offset: number) {
    this.cell.offset = offset;
  }

  get flags(): number {
    return this.cell.flags;
  }

  /**
   * What threads need to append is there first. Where the system has nothing to append by, the host agent alone does:
   * of two that look for the end and write there, one would write over the other.
   */
  set flags(flags: number) {
    const isAppending = this.writable && (flags & Fdflags.append) !== 0;
    const system = this.file.systemDescriptors?.(isAppending);
    const isEnough = !isAppending || system?.appendFd !== undefined;
    this.cell.setSystem(isEnough ? system : undefined);
    this.cell.flags = flags;
  }
}

/** What a thread's agent needs to use the table. */
export interface DescriptorShare {
  readonly table: SharedArrayBuffer;
  readonly locks: SharedArrayBuffer;
  /** The agent's number among those that use the table. */
  readonly agent: number;
}

/** A group of threads that use the table. */
export interface DescriptorUsers {
  /** Whether a thread is in the middle of using a number. */
  isUsed(fd: number): boolean;
}

/** The host agent's side. */
export class SharedDescriptors {
  readonly handles: SharedHandleTable;
  readonly #locks = new SharedArrayBuffer(LOCK_COUNT * LOCK_WORDS * Int32Array.BYTES_PER_ELEMENT);
  readonly #users = new Set<DescriptorUsers>();
  readonly #changing = new Set<number>();
  /** Rung when a thread no longer uses what is to be changed, and when a change is done. */
  readonly #released = new Bell();
  #lastAgent = HOST_AGENT;

  /** @param maxCount numbers that there may be */
  constructor(maxCount: number) {
    this.handles = SharedHandleTable.create({ generationBits: 0, limit: maxCount }, HOST_AGENT);
  }

  join(users: DescriptorUsers): void {
    this.#users.add(users);
  }

  /** Its threads have ended. What they have asked for and not got does not come. */
  leave(users: DescriptorUsers): void {
    this.#users.delete(users);
    if (this.#users.size === 0) this.#unmark([...this.#changing]);
  }

  newShare(): DescriptorShare {
    this.#lastAgent++;
    return { table: this.handles.buffer, locks: this.#locks, agent: this.#lastAgent };
  }

  /** What threads see of a descriptor from now on; it stands in the place of `descriptor`. */
  adopt(fd: number, descriptor: Descriptor): Descriptor {
    this.#markAgain(fd);
    return descriptor.kind === 'file' ? new SharedFile(descriptor, this.#cell(fd)!) : descriptor;
  }

  /** The descriptor has another number. */
  moved(fd: number, descriptor: Descriptor): void {
    if (descriptor instanceof SharedFile) descriptor.cell = this.#cell(fd)!;
  }

  /** A thread is done with what it saw to be changed. */
  released(): void {
    this.#released.ring();
  }

  /** A thread's agent has ended, however that was. */
  agentEnded(agent: number): void {
    for (let index = 0; index < LOCK_COUNT; index++) lockOf(this.#locks, index, agent).releaseDead(agent);
    this.released();
  }

  /** Does `act`, which ends or moves what the numbers stand for, once no thread uses them. */
  change(fds: readonly number[], act: () => Errno): Outcome {
    let isMarked = !this.#isChanging(fds);
    if (isMarked) {
      this.#mark(fds);
      if (!this.#isUsed(fds)) return this.#perform(fds, act);
    }
    const change = suspend(async (until) => {
      if (!isMarked) {
        while (this.#isChanging(fds)) await until(this.#released.wait());
        this.#mark(fds);
        isMarked = true;
      }
      while (this.#isUsed(fds)) await until(this.#released.wait());
      isMarked = false;
      return this.#perform(fds, act);
    });
    const { cancel } = change;
    // Given up, it never goes on: its marks would keep others waiting.
    change.cancel = () => {
      cancel();
      if (isMarked) this.#unmark(fds);
      isMarked = false;
    };
    return change;
  }

  #perform(fds: readonly number[], act: () => Errno): Errno {
    try {
      return act();
    } finally {
      this.#unmark(fds);
    }
  }

  #mark(fds: readonly number[]): void {
    for (const fd of fds) {
      this.#changing.add(fd);
      this.#cell(fd)?.setChanging(true);
    }
  }

  /** A free number that somebody waits to close has been given away, and a new entry's words have no mark. */
  #markAgain(fd: number): void {
    if (!this.#changing.has(fd)) return;
    this.#cell(fd)!.setChanging(true);
    // A thread may have left it while the mark was not there, and told nobody.
    this.#released.ring();
  }

  #unmark(fds: readonly number[]): void {
    for (const fd of fds) {
      this.#changing.delete(fd);
      this.#cell(fd)?.setChanging(false);
    }
    this.#released.ring();
  }

  #isChanging(fds: readonly number[]): boolean {
    return fds.some((fd) => this.#changing.has(fd));
  }

  #isUsed(fds: readonly number[]): boolean {
    return fds.some((fd) => [...this.#users].some((users) => users.isUsed(fd)));
  }

  #cell(fd: number): DescriptorCell | undefined {
    const cell = this.handles.cell(fd);
    return cell === undefined ? undefined : new DescriptorCell(cell);
  }
}

/** Keeps threads apart that move the offset of one file. The host agent never takes it. */
export function lockOf(locks: SharedArrayBuffer, fd: number, agent: number): SharedLock {
  const index = (fd % LOCK_COUNT) * LOCK_WORDS;
  return new SharedLock(new Int32Array(locks), { owner: agent, index, name: `the offset of descriptor ${fd}` });
}
