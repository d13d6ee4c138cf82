/**
 * Calls about descriptors that a thread answers for itself: that a number stands for nothing, what it stands for, and
 * reading and writing regular files by the system's own descriptors. All else is the host agent's.
 *
 * While a number is used it is named in the thread's slot (see `preview1/shared-descriptors.ts`). Calls that move a
 * file's offset have its lock, too, so that two threads that share one read and write one after the other.
 */
import { SharedHandleTable, type SharedLock } from '../../atomics/index.ts';
import { HostError, type HostFile, type SystemDescriptors } from '../host/host.ts';
import type { GuestMemory } from '../preview1/abi.ts';
import type { WasiContext } from '../preview1/context.ts';
import { type Descriptor, DescriptorTable, type FileDescriptor } from '../preview1/descriptors.ts';
import type { Errno } from '../preview1/errno.ts';
import { callForThread, preview1Functions, unstableFunctions } from '../preview1/functions.ts';
import { DescriptorCell, type DescriptorShare, type EntryState, lockOf } from '../preview1/shared-descriptors.ts';
import { type ArgumentsOf, type FunctionName, signatures } from '../preview1/signatures.ts';
import type { ControlBlock } from './control.ts';
import type { Slot } from './slot.ts';

/** Of regular files, when the machine lets threads use them. */
const fileCalls: ReadonlySet<FunctionName> = new Set([
  'fd_advise',
  'fd_allocate',
  'fd_datasync',
  'fd_fdstat_get',
  'fd_filestat_get',
  'fd_pread',
  'fd_pwrite',
  'fd_read',
  'fd_seek',
  'fd_sync',
  'fd_tell',
  'fd_write',
]);
/** Those that move the offset. */
const movingCalls: ReadonlySet<FunctionName> = new Set(['fd_read', 'fd_seek', 'fd_write']);

/** Waits are no longer than this, so that a thread sees that its group is over. */
const MAX_WAIT_MS = 20;

/** Instead of an answer. */
export const GROUP_OVER = -1;

export interface OwnFilesOptions {
  readonly slot: Slot;
  readonly control: ControlBlock;
  readonly context: WasiContext;
  /** Absent: the host agent reads and writes. */
  readonly fileOf: ((system: SystemDescriptors) => HostFile) | undefined;
  /** Tells the host agent that a descriptor that it waits for is no longer used. */
  readonly release: () => void;
}

/** A call of preview 1, in one of its versions. */
interface Called {
  readonly name: FunctionName;
  readonly isUnstable: boolean;
}

/** One number, seen from this agent. */
interface Seen {
  readonly cell: DescriptorCell;
  readonly lock: SharedLock;
}

export class OwnFiles {
  private readonly table: SharedHandleTable;
  private readonly share: DescriptorShare;
  private readonly options: OwnFilesOptions;
  private readonly context: WasiContext;
  private readonly held = new HeldDescriptor();
  private readonly seen: Seen[] = [];

  constructor(share: DescriptorShare, options: OwnFilesOptions) {
    this.share = share;
    this.options = options;
    this.table = new SharedHandleTable(share.table, share.agent);
    this.context = { ...options.context, descriptors: this.held };
  }

  /** Whether there are descriptors with which a thread answers such a call. */
  mayAnswer(name: FunctionName): boolean {
    return signatures[name].parameters[0]?.[1] === 'fd';
  }

  /**
   * @param args the first is a descriptor
   * @returns `undefined`: the host agent is to be asked; `GROUP_OVER`: nobody waits for the answer any longer
   * @throws {Trap} for pointers that are wrong
   */
  answer(
    called: Called,
    memory: GuestMemory,
    args: readonly (number | bigint)[],
  ): Errno | typeof GROUP_OVER | undefined {
    const fd = Number(args[0]) >>> 0;
    const seen = this.see(fd);
    if (seen === undefined) return this.perform(called, memory, args, undefined);
    const { slot, control } = this.options;
    for (;;) {
      slot.use(fd);
      try {
        // In this order: a change that was going on before the slot told of the use may end between two looks.
        if (!seen.cell.isChanging) {
          const { state } = seen.cell;
          if (state === undefined) return this.perform(called, memory, args, undefined);
          const descriptor = this.descriptorFor(called.name, state, seen.cell);
          return descriptor && this.performHeld(called, memory, args, descriptor, seen.lock);
        }
      } finally {
        this.release(seen.cell);
      }
      seen.cell.waitForChange(MAX_WAIT_MS);
      if (control.isOver) return GROUP_OVER;
    }
  }

  private release(cell: DescriptorCell): void {
    this.options.slot.use(-1);
    // Marked after that: the host agent has looked into the slot later, too, and waits for nobody.
    if (cell.isChanging) this.options.release();
  }

  /** `undefined` for a number that nothing has had so far. */
  private see(fd: number): Seen | undefined {
    const known = this.seen[fd];
    if (known !== undefined) return known;
    const cell = this.table.cell(fd);
    if (cell === undefined) return undefined;
    const { locks, agent } = this.share;
    const seen = { cell: new DescriptorCell(cell), lock: lockOf(locks, fd, agent) };
    this.seen[fd] = seen;
    return seen;
  }

  /** What a function of preview 1 needs to know; `undefined`: more than is known here. */
  private descriptorFor(name: FunctionName, state: EntryState, cell: DescriptorCell): Descriptor | undefined {
    const { fileOf } = this.options;
    if (state.kind !== 'file') return name === 'fd_fdstat_get' ? described(state) : undefined;
    if (!state.isDirect || fileOf === undefined || !fileCalls.has(name)) return undefined;
    return new HeldFile(fileOf(cell.system), state, cell);
  }

  private performHeld(
    called: Called,
    memory: GuestMemory,
    args: readonly (number | bigint)[],
    descriptor: Descriptor,
    lock: SharedLock,
  ): Errno | typeof GROUP_OVER {
    if (!movingCalls.has(called.name)) return this.perform(called, memory, args, descriptor);
    while (!lock.tryAcquire(MAX_WAIT_MS)) {
      if (this.options.control.isOver) return GROUP_OVER;
    }
    try {
      return this.perform(called, memory, args, descriptor);
    } finally {
      lock.release();
    }
  }

  private perform(
    { name, isUnstable }: Called,
    memory: GuestMemory,
    args: readonly (number | bigint)[],
    descriptor: Descriptor | undefined,
  ): Errno {
    const functions = isUnstable ? unstableFunctions : preview1Functions;
    this.held.descriptor = descriptor;
    // Calls on files and on nothing never wait.
    return callForThread(name, this.context, memory, args as ArgumentsOf<typeof name>, functions) as Errno;
  }
}

/** The table as one call sees it: every number stands for the descriptor that is in use, or for nothing. */
class HeldDescriptor extends DescriptorTable {
  descriptor: Descriptor | undefined;

  override get(_fd: number): Descriptor {
    if (this.descriptor === undefined) throw new HostError('EBADF');
    return this.descriptor;
  }
}

/** A regular file that is being used. */
class HeldFile implements FileDescriptor {
  readonly kind = 'file';
  readonly file: HostFile;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly origin = nowhere;
  /** As they were before the system's descriptors were looked up: who is to append has what to append by. */
  readonly flags: number;
  readonly #cell: DescriptorCell;

  constructor(file: HostFile, { readable, writable, flags }: EntryState, cell: DescriptorCell) {
    this.file = file;
    this.readable = readable;
    this.writable = writable;
    this.flags = flags;
    this.#cell = cell;
  }

  get offset(): number {
    return this.#cell.offset;
  }

  set offset(offset: number) {
    this.#cell.offset = offset;
  }
}

/** Saving is the host agent's. */
const nowhere = { preopenName: '', names: [] };

/** As much of a descriptor as `fd_fdstat_get` looks at. */
function described({ kind, isTerminal, isPreopen }: EntryState): Descriptor | undefined {
  const stream = { isTerminal } as never;
  if (kind === 'input') return { kind, stream, readCount: 0 };
  if (kind === 'output') return { kind, stream };
  if (kind !== 'directory') return undefined;
  const preopenName = isPreopen ? new Uint8Array(0) : undefined;
  return { kind, directory: undefined as never, origin: nowhere, preopenName, listing: undefined };
}
