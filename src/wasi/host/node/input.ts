/**
 * Standard input of this process.
 *
 * A guest that runs synchronously reads the descriptor itself and holds up the thread. For one that may be suspended
 * nothing may block: files and devices never do; a pipe or terminal is opened a second time, without blocking, so
 * that nobody else who shares it notices; where that is impossible (a socket, another system) Node's own stream makes
 * it non-blocking. Bytes are read when the guest wants them, and through the event loop only while it waits.
 */
import * as fs from 'node:fs';
import type { Socket } from 'node:net';
import type { HostError } from '../host.ts';
import { Bell, type PollableInput, type Readiness, type Wait } from '../waiting.ts';
import { blockThread } from './clock.ts';
import { asHostError, codeOf } from './errors.ts';
import { isTerminal, kindOf, openAnew, RETRY_MS, type StreamKind } from './stream-kind.ts';

/** Bytes taken in while the guest waits, and by `readable`, which has to look. */
const TAKEN_BYTES = 65_536;
const LOOKED_AT_BYTES = 4096;

export class NodeInput implements PollableInput {
  readonly isTerminal: boolean;
  readonly isOutside = true;
  readonly #fd: number;
  /** Rung when something has arrived, the end or a failure too. */
  readonly #bell = new Bell({ onFirst: () => this.#listen(), onLast: () => this.#rest() });
  #kind: StreamKind | undefined;
  /** What is read without blocking; as `#fd` where that is not opened anew. */
  #unblockedFd: number | undefined;
  #socket: Socket | undefined;
  /** Bytes that have been read, but not by the guest. */
  #taken = new Uint8Array(0);
  #hasEnded = false;
  #failure: HostError | undefined;

  constructor(fd: number) {
    this.#fd = fd;
    this.isTerminal = isTerminal(fd);
  }

  /** Holds up the thread until there is something. */
  read(buffer: Uint8Array): number {
    const count = this.#takeFrom(buffer);
    if (count !== undefined) return count;
    for (;;) {
      try {
        return fs.readSync(this.#fd, buffer, 0, buffer.length, null);
      } catch (error) {
        // Windows reports the end of a pipe as an error.
        if (codeOf(error) === 'EOF') return 0;
        if (codeOf(error) !== 'EAGAIN') throw asHostError(error);
        blockThread(RETRY_MS);
      }
    }
  }

  tryRead(buffer: Uint8Array): number | undefined {
    return this.#takeFrom(buffer) ?? this.#tryReadNow(buffer);
  }

  readable(): Readiness | undefined {
    if (this.#openKind() === 'ready') return { byteCount: 1, isHungUp: false };
    if (this.#taken.length === 0 && !this.#hasEnded) {
      const bytes = new Uint8Array(LOOKED_AT_BYTES);
      const count = this.#tryReadNow(bytes);
      if (count === undefined) return undefined;
      this.#taken = bytes.subarray(0, count);
      this.#hasEnded = count === 0;
    }
    return { byteCount: this.#taken.length, isHungUp: this.#hasEnded };
  }

  untilReadable(): Wait {
    return this.#bell.wait();
  }

  /** What was taken in before; `undefined`: nothing, so one has to read. */
  #takeFrom(buffer: Uint8Array): number | undefined {
    const count = Math.min(this.#taken.length, buffer.length);
    if (count > 0) {
      buffer.set(this.#taken.subarray(0, count));
      this.#taken = this.#taken.subarray(count);
      return count;
    }
    if (buffer.length === 0) return 0;
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#hasEnded) return undefined;
    // A terminal goes on after its end.
    this.#hasEnded = !this.isTerminal;
    return 0;
  }

  #tryReadNow(buffer: Uint8Array): number | undefined {
    const kind = this.#openKind();
    if (kind === 'stream') return this.#tryReadShared(buffer);
    try {
      return fs.readSync(this.#unblockedFd ?? this.#fd, buffer, 0, buffer.length, null);
    } catch (error) {
      if (codeOf(error) === 'EOF') return 0;
      if (codeOf(error) !== 'EAGAIN') throw asHostError(error);
      return undefined;
    }
  }

  /** Node's stream has made the descriptor non-blocking; where it cannot, all bytes come by the event loop. */
  #tryReadShared(buffer: Uint8Array): number | undefined {
    if (this.#socket === undefined || process.platform === 'win32') return undefined;
    try {
      return fs.readSync(this.#fd, buffer, 0, buffer.length, null);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw asHostError(error);
      return undefined;
    }
  }

  /** What the descriptor is, found out when a guest that may be suspended comes. */
  #openKind(): StreamKind {
    if (this.#kind !== undefined) return this.#kind;
    this.#kind = kindOf(this.#fd, this.isTerminal);
    if (this.#kind === 'pipe' || this.#kind === 'terminal') {
      this.#unblockedFd = openAnew(this.#fd, fs.constants.O_RDONLY);
      if (this.#unblockedFd === undefined) this.#kind = 'stream';
    }
    if (this.#kind === 'stream') {
      this.#socket = this.#makeSocket();
      this.#rest();
    }
    return this.#kind;
  }

  /** Somebody waits: the event loop reads, and keeps the process alive. */
  #listen(): void {
    const kind = this.#openKind();
    if (kind === 'ready' || this.#taken.length > 0 || this.#hasEnded || this.#failure !== undefined) {
      setImmediate(() => this.#bell.ring());
      return;
    }
    this.#socket ??= this.#makeSocket();
    this.#socket.ref();
    this.#socket.resume();
  }

  /** Nobody waits any longer: nothing is read, and nothing keeps the process alive. */
  #rest(): void {
    this.#socket?.pause();
    this.#socket?.unref();
  }

  /** Modules that cost milliseconds of a start, so they are loaded when they are needed. */
  #makeSocket(): Socket {
    const fd = this.#unblockedFd ?? this.#fd;
    const onread = {
      buffer: new Uint8Array(TAKEN_BYTES),
      callback: (count: number, buffer: Uint8Array): boolean => {
        const taken = new Uint8Array(this.#taken.length + count);
        taken.set(this.#taken);
        taken.set(buffer.subarray(0, count), this.#taken.length);
        this.#taken = taken;
        this.#bell.ring();
        return false;
      },
    };
    const socket: Socket = this.isTerminal
      ? new (process.getBuiltinModule('node:tty').ReadStream)(fd, { onread } as object)
      : new (process.getBuiltinModule('node:net').Socket)({ fd, readable: true, writable: false, onread } as object);
    socket.on('close', () => {
      this.#hasEnded = true;
      // It closes the descriptor; a terminal, which goes on, is opened once more.
      this.#kind = undefined;
      this.#unblockedFd = undefined;
      this.#socket = undefined;
      this.#bell.ring();
    });
    socket.on('error', (error) => {
      this.#failure = asHostError(error) as HostError;
      this.#bell.ring();
    });
    return socket;
  }
}
