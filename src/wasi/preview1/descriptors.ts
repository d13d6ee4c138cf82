/**
 * The descriptor table: what the guest's small numbers stand for.
 *
 * 0, 1 and 2 are the standard streams, from 3 follow listeners and then preopened directories in the order given, and
 * a new descriptor gets the lowest free number. Looking one up fails with EBADF and nothing else.
 *
 * A table changes under its lock, so that threads can share it; one look into a slot needs none. Nothing that waits,
 * closes or calls back happens under it.
 */
import { encodeUtf8 } from '../../api/index.ts';
import { type Lock, noLock } from '../../atomics/index.ts';
import {
  type FileType,
  type HostDirectory,
  HostError,
  type HostFile,
  type InputStream,
  type OutputStream,
} from '../host/host.ts';
import { Bell, type HostListener, type HostSocket, isPollableOutput, type Wait } from '../host/waiting.ts';

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

export class DescriptorTable {
  readonly #slots: (Descriptor | undefined)[] = [];
  readonly #lock: Lock;
  readonly #maxCount: number;
  /** Rung when a descriptor is closed, for those that somebody waits with. */
  readonly #closings = new Map<Descriptor, Bell>();
  /** The preopened directories by the guest's names: open as long as the table is, so that state can be saved. */
  readonly roots = new Map<string, HostDirectory>();
  /** What is in a slot: a guest may ask for many at once, and have many open. */
  readonly #held = new Set<Descriptor>();
  /** No free slot is below this index. */
  #lowestFree = 0;

  /** @param maxCount most descriptors that may be open at once */
  constructor({ lock = noLock, maxCount = MAX_DESCRIPTORS }: { lock?: Lock; maxCount?: number | undefined } = {}) {
    this.#lock = lock;
    this.#maxCount = Math.min(maxCount, MAX_DESCRIPTORS);
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
    return this.#lock.withLock(() => {
      while (this.#slots[this.#lowestFree] !== undefined) this.#lowestFree++;
      if (this.#lowestFree >= this.#maxCount) throw new HostError('EMFILE');
      this.#slots[this.#lowestFree] = descriptor;
      this.#held.add(descriptor);
      return this.#lowestFree;
    });
  }

  /** Adds a directory that is granted to the guest; `closeAll` closes it. */
  addPreopen(name: string, directory: HostDirectory): void {
    this.roots.set(name, directory);
    const origin = { preopenName: name, names: [] };
    this.add({ kind: 'directory', directory, origin, preopenName: encodeUtf8(name), listing: undefined });
  }

  /** @throws {HostError} EBADF, or what closing costs the host */
  close(fd: number): void {
    const closed = this.#lock.withLock(() => {
      const descriptor = this.get(fd);
      this.#free(fd >>> 0);
      this.#held.delete(descriptor);
      return descriptor;
    });
    this.#release(closed);
  }

  /**
   * Moves `from` to the number `to` and closes what `to` was.
   *
   * @throws {HostError} EBADF when either stands for nothing
   */
  renumber(from: number, to: number): void {
    const closed = this.#lock.withLock(() => {
      const [moved, replaced] = [this.get(from), this.get(to)];
      if (moved === replaced) return undefined;
      this.#slots[to >>> 0] = moved;
      this.#free(from >>> 0);
      this.#held.delete(replaced);
      return replaced;
    });
    if (closed !== undefined) this.#release(closed);
  }

  #free(index: number): void {
    this.#slots[index] = undefined;
    this.#lowestFree = Math.min(this.#lowestFree, index);
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
    this.#lock.withLock(() => {
      this.#slots.length = 0;
      this.#held.clear();
      this.#lowestFree = 0;
      for (const [fd, descriptor] of descriptors) {
        this.#slots[fd] = descriptor;
        this.#held.add(descriptor);
      }
    });
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
