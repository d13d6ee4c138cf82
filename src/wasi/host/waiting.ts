/**
 * Waiting for effects: what can be asked without waiting, what a wait is, and sockets, which are made of both.
 *
 * A guest that runs asynchronously asks first (`try…`) and is suspended when the answer is "not yet". So what is at
 * hand costs no turn of the event loop, and a guest that ends gives its wait up.
 */
import type { InputStream, OutputStream } from './host.ts';

/** A wait that is under way. */
export interface Wait<T = void> {
  /** Settles when it is worthwhile to try again; after `cancel` it need not settle at all. */
  readonly done: Promise<T>;
  /** Lets go of timers and all else that the wait holds; once `done` has settled, nothing happens. */
  cancel(): void;
}

/** How something stands that can be waited for. */
export interface Readiness {
  /** Bytes that can be read or written at once; at least so many. */
  readonly byteCount: number;
  /** The other side has closed. */
  readonly isHungUp: boolean;
}

/** Where bytes come from. Every method but `untilReadable` throws `HostError`. */
export interface Source {
  /** Reads what there is, at most `buffer.length` bytes; 0 at the end, `undefined` when one has to wait. */
  tryRead(buffer: Uint8Array): number | undefined;
  /** `undefined` when one has to wait. */
  readable(): Readiness | undefined;
  untilReadable(): Wait;
  /** Bytes arrive even while the thread is held up, so that a guest that runs synchronously can wait for them. */
  readonly isOutside: boolean;
}

/** Where bytes go. Every method but `untilWritable` throws `HostError`. */
export interface Sink {
  /** Takes as many of `bytes` as there is room for, which may be none; they are only borrowed. */
  tryWrite(bytes: Uint8Array): number;
  /** `undefined` when one has to wait. */
  writable(): Readiness | undefined;
  untilWritable(): Wait;
}

export interface PollableInput extends InputStream, Source {}

export interface PollableOutput extends OutputStream, Sink {
  /** As `flush`, without waiting; false when something is left. */
  tryFlush(): boolean;
  /** The guest has ended while it waited: what does not fit is not to hold up whoever flushes. */
  giveUp(): void;
}

/** A connection. */
export interface HostSocket extends Source, Sink {
  /** As `tryRead`; the bytes stay. */
  tryPeek(buffer: Uint8Array): number | undefined;
  /** Ends one direction or both; what was written before still arrives. */
  shutdown(directions: { readonly read: boolean; readonly write: boolean }): void;
  close(): void;
}

/** What connections arrive at. */
export interface HostListener {
  /** The connection that waits longest; `undefined` when there is none. @throws {HostError} */
  tryAccept(): HostSocket | undefined;
  /** Connections that wait. */
  readonly waitingCount: number;
  untilConnected(): Wait;
  close(): void;
}

export function isPollableInput(stream: InputStream): stream is PollableInput {
  return 'untilReadable' in stream;
}

export function isPollableOutput(stream: OutputStream): stream is PollableOutput {
  return 'untilWritable' in stream;
}

/** What somebody does only while somebody waits. */
export interface BellHooks {
  readonly onFirst?: () => void;
  readonly onLast?: () => void;
}

/** Wakes all who wait for something that happens now and then. */
export class Bell {
  readonly #wakers = new Set<() => void>();
  readonly #hooks: BellHooks;

  constructor(hooks: BellHooks = {}) {
    this.#hooks = hooks;
  }

  get isAwaited(): boolean {
    return this.#wakers.size > 0;
  }

  wait(): Wait {
    let wake = () => {};
    const done = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.#wakers.add(wake);
    if (this.#wakers.size === 1) this.#hooks.onFirst?.();
    const cancel = () => {
      if (this.#wakers.delete(wake) && this.#wakers.size === 0) this.#hooks.onLast?.();
    };
    return { done, cancel };
  }

  ring(): void {
    if (this.#wakers.size === 0) return;
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    this.#hooks.onLast?.();
    for (const wake of wakers) wake();
  }
}

/** A promise that cannot be given up, as a wait: its outcome is dropped then. */
export function waitOf<T>(promise: Promise<T>): Wait<T> {
  return { done: promise, cancel: () => promise.catch(() => undefined) };
}

/** Waits for the first of several, and gives the others up. */
export function firstOf(waits: readonly Wait[]): Wait {
  const cancel = () => {
    for (const wait of waits) wait.cancel();
  };
  return { done: Promise.race(waits.map(({ done }) => done)).finally(cancel), cancel };
}
