/**
 * Standard output and error of this process: written by their descriptors, not by Node's stream objects, which would
 * keep in memory what a slow reader does not take.
 *
 * What is written in small pieces is collected. Where a guest may be suspended, a pipe is opened a second time so
 * that it does not block; when it is full, it is tried again from time to time. A pipe that nobody reads is EPIPE.
 */
import * as fs from 'node:fs';
import { delay } from '../event-loop.ts';
import { HostError } from '../host.ts';
import type { PollableOutput, Readiness, Wait } from '../waiting.ts';
import { blockThread } from './clock.ts';
import { asHostError, codeOf } from './errors.ts';
import { part } from './file.ts';
import { isTerminal, kindOf, openAnew, RETRY_MS } from './stream-kind.ts';

/** Bytes collected before they are handed to the system. A terminal gets them at once. */
const OUTPUT_BUFFER_BYTES = 16384;

/** Longest time until a full pipe is tried again. */
const MAX_RETRY_MS = 16;

/** Pipes that were opened anew, by descriptor: many hosts of one process share them, and nobody closes them. */
const openedAnew = new Map<number, number>();

function unblocked(fd: number): number | undefined {
  const opened = openedAnew.get(fd) ?? openAnew(fd, fs.constants.O_WRONLY);
  if (opened !== undefined) openedAnew.set(fd, opened);
  return opened;
}

/** Outputs that hold bytes. */
const holding = new Set<NodeOutput>();
let flushesAtExit = false;

/** An embedder that forgets `Wasi.close` loses nothing. */
function flushAtExit(output: NodeOutput): void {
  holding.add(output);
  if (flushesAtExit) return;
  flushesAtExit = true;
  process.once('exit', () => {
    for (const each of holding) flushQuietly(each);
  });
}

function flushQuietly(output: NodeOutput): void {
  try {
    output.flush();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}

export class NodeOutput implements PollableOutput {
  readonly isTerminal: boolean;
  readonly #fd: number;
  /** Flushed before this stream writes, so that both appear in order. */
  readonly #before: PollableOutput | undefined;
  readonly #buffer: Uint8Array;
  #used = 0;
  /** Once a guest that may be suspended has come: a descriptor that does not block, if there can be one. */
  #unblockedFd: number | undefined;
  #isOpenedAnew = false;
  /** How long the next wait for room takes. */
  #retryMs = 0;
  /** The guest has ended: what does not fit is dropped. */
  #isGivenUp = false;
  #isBroken = false;

  constructor(fd: number, before?: PollableOutput) {
    this.#fd = fd;
    this.#before = before;
    this.isTerminal = isTerminal(fd);
    // What goes to standard error is wanted at once, like what goes to a terminal.
    this.#buffer = new Uint8Array(this.isTerminal || before !== undefined ? 0 : OUTPUT_BUFFER_BYTES);
  }

  write(bytes: Uint8Array): void {
    this.#before?.flush();
    if (this.#used + bytes.length > this.#buffer.length) this.flush();
    if (bytes.length > this.#buffer.length) this.#writeOut(bytes);
    else this.#collect(bytes);
  }

  flush(): void {
    const pending = this.#buffer.slice(0, this.#used);
    // Dropped also when writing fails, else the failure would come back for ever.
    this.#used = 0;
    holding.delete(this);
    this.#writeOut(pending);
  }

  tryWrite(bytes: Uint8Array): number {
    this.#openAnew();
    if (this.#before?.tryFlush() === false) return 0;
    if (this.#used + bytes.length > this.#buffer.length && !this.tryFlush()) return 0;
    if (bytes.length <= this.#buffer.length) {
      this.#collect(bytes);
      return bytes.length;
    }
    let written = 0;
    for (let count = -1; written < bytes.length && count !== 0; written += count) {
      count = this.#tryWriteOut(bytes.subarray(written));
    }
    return written;
  }

  tryFlush(): boolean {
    this.#openAnew();
    while (this.#used > 0) {
      const pending = this.#buffer.subarray(0, this.#used);
      const count = this.#tryWriteOut(pending);
      if (count === 0) return false;
      this.#buffer.copyWithin(0, count, this.#used);
      this.#used -= count;
    }
    holding.delete(this);
    return true;
  }

  writable(): Readiness | undefined {
    const roomBytes = this.#buffer.length - this.#used;
    if (this.#isBroken) return { byteCount: 0, isHungUp: true };
    if (this.tryFlush() || roomBytes > 0) return { byteCount: Math.max(roomBytes, 1), isHungUp: false };
    return undefined;
  }

  untilWritable(): Wait {
    let cancel = () => {};
    const done = new Promise<void>((resolve) => {
      cancel = delay(this.#retryMs, resolve);
    });
    this.#retryMs = Math.min(Math.max(1, this.#retryMs * 2), MAX_RETRY_MS);
    return { done, cancel };
  }

  giveUp(): void {
    this.#isGivenUp = true;
  }

  #collect(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
    flushAtExit(this);
  }

  /** Holds up the thread until all is written. */
  #writeOut(bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.length) {
      const count = this.#tryWriteOut(bytes.subarray(written));
      written += count;
      if (count > 0) continue;
      if (this.#isGivenUp) return;
      blockThread(RETRY_MS);
    }
  }

  /** What the system takes at once; where it blocks, that is all. */
  #tryWriteOut(bytes: Uint8Array): number {
    try {
      const count = fs.writeSync(this.#unblockedFd ?? this.#fd, part(bytes, 0));
      this.#retryMs = 0;
      this.#isGivenUp = false;
      return count;
    } catch (error) {
      if (codeOf(error) === 'EAGAIN') return 0;
      this.#isBroken = codeOf(error) === 'EPIPE';
      // Nobody will ever take it.
      this.#used = 0;
      throw asHostError(error);
    }
  }

  #openAnew(): void {
    if (this.#isOpenedAnew) return;
    this.#isOpenedAnew = true;
    if (kindOf(this.#fd, this.isTerminal) === 'pipe') {
      this.#unblockedFd = unblocked(this.#fd);
    }
  }
}
