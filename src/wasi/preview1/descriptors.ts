/**
 * The descriptor table: what the guest's small numbers stand for.
 *
 * 0, 1 and 2 are the standard streams, from 3 follow listeners and then preopened directories in the order given, and
 * a new descriptor gets the lowest free number. Looking one up fails with EBADF and nothing else.
 *
 * Numbers are handles of a table of `src/atomics`: a plain one, or for a guest with threads one in shared memory, where
 * they see what a number stands for. What that is in JavaScript stays with the agent that has opened it.
 */
import { encodeUtf8 } from '../../api/index.ts';
import { type HandleTable, newHandleTable } from '../../atomics/index.ts';
import { InternalError } from '../../syntax/index.ts';
import {
  type FileType,
  type HostDirectory,
  HostError,
  type HostFile,
  type InputStream,
  type OutputStream,
} from '../host/host.ts';
import { Bell, type HostListener, type HostSocket, isPollableOutput, type Wait } from '../host/waiting.ts';
import type { Outcome } from './context.ts';
import type { Errno } from './errno.ts';
import { type DescriptorUsers, entryOf, SharedDescriptors } from './shared-descriptors.ts';

/** How something was reached: the guest's name for a preopened directory, and names from there, links followed. */
export interface Origin {
  readonly preopenName: string;
  readonly names: readonly string[];
}

export interface InputDescriptor {
  readonly kind: 'input';
  readonly stream: InputStream;
  /** Bytes that the guest has read. */
  readCount: number;
}

export interface OutputDescriptor {
  readonly kind: 'output';
  readonly stream: OutputStream;
}

export interface FileDescriptor {
  readonly kind: 'file';
  readonly file: HostFile;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly origin: Origin;
  /** `append` and `nonblock` of `Fdflags`. */
  flags: number;
  /** Where the next read or write begins, in bytes; at most 2^53 - 1. */
  offset: number;
}

export interface DirectoryDescriptor {
  readonly kind: 'directory';
  readonly directory: HostDirectory;
  readonly origin: Origin;
  /** The guest's name for it in UTF-8, when it is preopened. */
  readonly preopenName: Uint8Array | undefined;
  /** The entries as of the last `fd_readdir` from the start, so that cookies stay true while entries come and go. */
  listing: Listing | undefined;
}

/** A connection. */
export interface SocketDescriptor {
  readonly kind: 'socket';
  readonly socket: HostSocket;
  /** `nonblock` of `Fdflags`. */
  flags: number;
}

/** What connections are accepted from. */
export interface ListenerDescriptor {
  readonly kind: 'listener';
  readonly listener: HostListener;
  /** `nonblock` of `Fdflags`. */
  flags: number;
}

/** Names in UTF-8. */
export type Listing = readonly { readonly name: Uint8Array; readonly inode: bigint; readonly filetype: number }[];

export type Descriptor =
  | InputDescriptor
  | OutputDescriptor
  | FileDescriptor
  | DirectoryDescriptor
  | SocketDescriptor
  | ListenerDescriptor;

/** Whether it has neither offset nor size. */
export function isStream({ kind }: Descriptor): boolean {
  return kind === 'input' || kind === 'output' || kind === 'socket' || kind === 'listener';
}

export function streamType(stream: { readonly isTerminal: boolean }): FileType {
  return stream.isTerminal ? 'character-device' : 'unknown';
}

/** More than a guest of any good will has open; the host's own limit ends in ENFILE or EMFILE. */
export const MAX_DESCRIPTORS = 1 << 20;
/** Numbers are indices, of which the lowest free one is given. */
const HANDLE_OPTIONS = { generationBits: 0, limit: MAX_DESCRIPTORS };

export class DescriptorTable {
  /** By number; the handle table knows the same numbers. */
  readonly #slots: (Descriptor | undefined)[] = [];
  #handles: HandleTable;
  #shared: SharedDescriptors | undefined;
  readonly #maxCount: number;
  /** Rung when a descriptor is closed, for those that somebody waits with. */
  readonly #closings = new Map<Descriptor, Bell>();
  /** The preopened directories by the guest's names: open as long as the table is, so that state can be saved. */
  readonly roots = new Map<string, HostDirectory>();
  /** What is in a slot: a guest may ask for many at once, and have many open. */
  readonly #held = new Set<Descriptor>();

  /** @param maxCount most descriptors that may be open at once */
  constructor({ maxCount = MAX_DESCRIPTORS }: { maxCount?: number | undefined } = {}) {
    this.#maxCount = Math.min(maxCount, MAX_DESCRIPTORS);
    this.#handles = newHandleTable(HANDLE_OPTIONS);
  }

  /** Lets threads in other agents see the descriptors, from now on and until `leave`. */
  share(users: DescriptorUsers): SharedDescriptors {
    const { open } = this;
    this.#shared ??= new SharedDescriptors(MAX_DESCRIPTORS);
    if (this.#handles !== this.#shared.handles) {
      this.#handles = this.#shared.handles;
      for (const [fd, descriptor] of open) this.#putAt(fd, descriptor);
    }
    this.#shared.join(users);
    return this.#shared;
  }

  /**
   * Does `act`, which ends or moves what the numbers stand for: at once, or when no thread is in the middle of
   * using them.
   */
  change(fds: readonly number[], act: () => Errno): Outcome {
    const known = fds.map((fd) => fd >>> 0).filter((fd) => fd < MAX_DESCRIPTORS);
    return this.#shared === undefined ? act() : this.#shared.change(known, act);
  }

  /** @throws {HostError} EBADF */
  get(fd: number): Descriptor {
    const descriptor = this.#slots[fd >>> 0];
    if (descriptor === undefined) throw new HostError('EBADF');
    return descriptor;
  }

  /** @throws {HostError} EBADF when `fd` is no directory */
  directory(fd: number): DirectoryDescriptor {
    const descriptor = this.get(fd);
    if (descriptor.kind !== 'directory') throw new HostError('EBADF');
    return descriptor;
  }

  /**
   * A directory in which something is to be changed.
   *
   * @throws {HostError} EBADF when `fd` is no directory, EPERM when it is read-only
   */
  mutableDirectory(fd: number): HostDirectory {
    const { directory } = this.directory(fd);
    if (directory.isReadOnly === true) throw new HostError('EPERM', 'the directory is granted read-only');
    return directory;
  }

  /** @throws {HostError} EBADF when `fd` is no open file */
  file(fd: number): FileDescriptor {
    const descriptor = this.get(fd);
    if (descriptor.kind !== 'file') throw new HostError('EBADF');
    return descriptor;
  }

  /**
   * Adds under the lowest free number, which it returns.
   *
   * @throws {HostError} EMFILE
   */
  add(descriptor: Descriptor): number {
    // Others may be open at higher numbers, so a count says too little.
    const { kind, owner, payload } = entryOf(descriptor);
    const fd = this.#handles.create(kind, owner, payload);
    if (fd !== undefined && fd < this.#maxCount) {
      this.#put(fd, descriptor);
      return fd;
    }
    if (fd !== undefined) this.#handles.drop(fd);
    throw new HostError('EMFILE');
  }

  #putAt(fd: number, descriptor: Descriptor): void {
    if (!this.#handles.createAt(fd, entryOf(descriptor))) throw new InternalError(`descriptor ${fd} has no room`);
    this.#put(fd, descriptor);
  }

  /** Under a number that the handle table has given. */
  #put(fd: number, descriptor: Descriptor): void {
    this.#held.delete(descriptor);
    const held = this.#shared?.adopt(fd, descriptor) ?? descriptor;
    this.#slots[fd] = held;
    this.#held.add(held);
  }

  /** Adds a directory that is granted to the guest; `closeAll` closes it. */
  addPreopen(name: string, directory: HostDirectory): void {
    this.roots.set(name, directory);
    const origin = { preopenName: name, names: [] };
    this.add({ kind: 'directory', directory, origin, preopenName: encodeUtf8(name), listing: undefined });
  }

  /** @throws {HostError} EBADF, or what closing costs the host */
  close(fd: number): void {
    const descriptor = this.get(fd);
    this.#free(fd >>> 0);
    this.#held.delete(descriptor);
    this.#release(descriptor);
  }

  /**
   * Moves `from` to the number `to` and closes what `to` was.
   *
   * @throws {HostError} EBADF when either stands for nothing
   */
  renumber(from: number, to: number): void {
    const [moved, replaced] = [this.get(from), this.get(to)];
    if (moved === replaced) return;
    const target = to >>> 0;
    this.#handles.replace(target, this.#handles.get(from >>> 0)!);
    this.#slots[target] = moved;
    this.#shared?.moved(target, moved);
    this.#free(from >>> 0);
    this.#held.delete(replaced);
    this.#release(replaced);
  }

  #free(fd: number): void {
    this.#slots[fd] = undefined;
    this.#handles.drop(fd);
  }

  /** Calls that wait with a descriptor hear of it first, and end with EBADF. */
  #release(descriptor: Descriptor): void {
    this.#closings.get(descriptor)?.ring();
    release(descriptor);
  }

  /** Ends when the descriptor is closed, under whichever number it is known by then. */
  untilClosed(descriptor: Descriptor): Wait {
    let bell = this.#closings.get(descriptor);
    if (bell === undefined) {
      bell = new Bell({ onLast: () => this.#closings.delete(descriptor) });
      this.#closings.set(descriptor, bell);
    }
    return bell.wait();
  }

  /** Whether any number stands for it. */
  isOpen(descriptor: Descriptor): boolean {
    return this.#held.has(descriptor);
  }

  /** What is open, by number. */
  get open(): readonly (readonly [fd: number, descriptor: Descriptor])[] {
    return this.#slots.flatMap((descriptor, fd) => (descriptor === undefined ? [] : [[fd, descriptor] as const]));
  }

  /** Puts others in the place of all descriptors, which are not closed. Numbers are below 2^20. */
  replaceAll(descriptors: ReadonlyMap<number, Descriptor>): void {
    for (const [fd] of this.open) this.#handles.drop(fd);
    this.#slots.length = 0;
    this.#held.clear();
    for (const [fd, descriptor] of descriptors) this.#putAt(fd, descriptor);
  }

  /** Hands on what output streams still hold. One that fails does not keep the others from it. */
  flush(): void {
    const failures = new Failures();
    for (const descriptor of this.#slots) {
      if (descriptor?.kind === 'output') failures.attempt(() => descriptor.stream.flush());
    }
    failures.throwFirst();
  }

  /** As `flush`, but does not wait for those that can tell that they have no room; false when something is left. */
  tryFlush(): boolean {
    let isEmpty = true;
    const failures = new Failures();
    for (const descriptor of this.#slots) {
      if (descriptor?.kind !== 'output') continue;
      const { stream } = descriptor;
      failures.attempt(() => {
        if (isPollableOutput(stream)) isEmpty = stream.tryFlush() && isEmpty;
        else stream.flush();
      });
    }
    failures.throwFirst();
    return isEmpty;
  }

  /** Waits for streams that could take more. */
  untilFlushable(): Wait[] {
    return this.#slots.flatMap((descriptor) =>
      descriptor?.kind === 'output' && isPollableOutput(descriptor.stream) ? [descriptor.stream.untilWritable()] : [],
    );
  }

  /** The guest has ended while it waited. */
  giveUp(): void {
    for (const descriptor of this.#slots) {
      if (descriptor?.kind === 'output' && isPollableOutput(descriptor.stream)) descriptor.stream.giveUp();
    }
  }

  /**
   * Closes every file and directory; a failure to close one does not keep the others open. What no host should throw
   * is thrown at the end.
   */
  closeAll(): void {
    const failures = new Failures();
    for (const [fd, descriptor] of this.#slots.entries()) {
      if (descriptor !== undefined) failures.attempt(() => this.close(fd));
    }
    for (const directory of this.roots.values()) failures.attempt(() => directory.close());
    this.roots.clear();
    failures.throwFirst((error) => !(error instanceof HostError));
  }
}

/** Several acts, of which each is tried, whatever becomes of those before. */
class Failures {
  readonly #thrown: unknown[] = [];

  attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#thrown.push(error);
    }
  }

  /** Throws the first of what was thrown that counts, if any does. */
  throwFirst(counts: (error: unknown) => boolean = () => true): void {
    const index = this.#thrown.findIndex(counts);
    if (index !== -1) throw this.#thrown[index];
  }
}

/** Streams belong to the embedder and stay open, but nothing stays in their buffers. Preopens stay until the end. */
export function release(descriptor: Descriptor): void {
  if (descriptor.kind === 'output') descriptor.stream.flush();
  else if (descriptor.kind === 'file') descriptor.file.close();
  else if (descriptor.kind === 'socket') descriptor.socket.close();
  else if (descriptor.kind === 'listener') descriptor.listener.close();
  else if (descriptor.kind === 'directory' && descriptor.preopenName === undefined) descriptor.directory.close();
}
