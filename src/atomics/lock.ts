/**
 * Mutual exclusion between agents that share what a lock protects. Held over plain, short work only: never across a
 * promise or a call of a guest.
 *
 * The lock's word has its owner's number, so that the lock of an agent that died can be taken from it, and so that a
 * report can tell who waits for whom.
 *
 *     words   [0] 0, or the owner's number, with AWAITED when somebody may be asleep until the lock is free
 *             [1] when it was taken, in ms modulo 2^32
 *             [2] number of the owner that died with it, until the next owner has repaired what it protects
 *             [4…15] numbers of agents that wait, as far as there is room; for reports
 */
import { InternalError } from '../syntax/index.ts';

/** Words of a lock: a cache line, so that one lock's traffic does not slow another's. */
export const LOCK_WORDS = 16;

const STATE = 0;
const SINCE = 1;
const BROKEN = 2;
const WAITERS = 4;
const FREE = 0;
const AWAITED = 1 << 30;
const OWNER = AWAITED - 1;
const DEFAULT_TIMEOUT_MS = 30_000;

export interface SharedLockOptions {
  /** The agent's number among those that use the lock, 1 to 2^30 − 1. */
  readonly owner: number;
  /** First of the lock's words, which start as 0. */
  readonly index?: number | undefined;
  /** For reports. */
  readonly name?: string | undefined;
  /** How long to wait for the lock: longer is a deadlock, and reported as one. 30,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** Is called, under the lock, before the first work after its owner has died in the middle of another. */
  readonly repair?: ((deadOwner: number) => void) | undefined;
}

/** What a lock is doing. */
export interface LockState {
  readonly name: string;
  /** Number of the agent that holds it; 0: nobody. */
  readonly owner: number;
  /** For how long. */
  readonly heldMs: number;
  /** Numbers of agents that wait for it, some of them when they are many. */
  readonly waiters: readonly number[];
}

/**
 * A lock in words of shared memory. Agents that must not block (a page's main thread) spin.
 *
 * The states are those of Drepper's second mutex, with the owner's number for his 1: who leaves a lock that nobody
 * waits for wakes nobody.
 *
 * @see https://www.akkadia.org/drepper/futex.pdf
 */
export class SharedLock {
  readonly owner: number;
  readonly name: string;
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #timeoutMs: number;
  readonly #repair: ((deadOwner: number) => void) | undefined;

  constructor(words: Int32Array, options: SharedLockOptions) {
    const { owner, index = 0, name = 'a lock', timeoutMs = DEFAULT_TIMEOUT_MS, repair } = options;
    if (!(owner > 0 && owner <= OWNER)) throw new InternalError(`no agent has the number ${owner}`);
    this.owner = owner;
    this.name = name;
    this.#words = words;
    this.#index = index;
    this.#timeoutMs = timeoutMs;
    this.#repair = repair;
  }

  /**
   * Runs `act` while nobody else holds the lock. Not to be nested.
   *
   * @throws {InternalError} when this agent already holds the lock, or does not get it in time
   */
  withLock<T>(act: () => T): T {
    if (!this.tryAcquire(this.#timeoutMs)) {
      throw new InternalError(`agent ${this.owner} has waited too long for ${lockText(this.state())}`);
    }
    try {
      const result = act();
      if (isPromise(result)) throw new InternalError(`${this.name} is held over plain work, not over a promise`);
      return result;
    } finally {
      this.release();
    }
  }

  /** Takes the lock, to be left by `release`. False: not within `timeoutMs`. @throws as `withLock` */
  tryAcquire(timeoutMs: number): boolean {
    const words = this.#words;
    const at = this.#index + STATE;
    const seen = Atomics.compareExchange(words, at, FREE, this.owner);
    if (seen !== FREE) {
      if ((seen & OWNER) === this.owner) throw new InternalError(`agent ${this.owner} already holds ${this.name}`);
      if (!this.#acquireAwaited(timeoutMs)) return false;
    }
    Atomics.store(words, this.#index + SINCE, Date.now() | 0);
    this.#mend();
    return true;
  }

  /** Who has slept takes it as awaited: others may still sleep. */
  #acquireAwaited(timeoutMs: number): boolean {
    const words = this.#words;
    const at = this.#index + STATE;
    const waiter = this.#enterWaiter();
    const endMs = Date.now() + timeoutMs;
    try {
      for (;;) {
        const seen = Atomics.load(words, at);
        if (seen === FREE) {
          if (Atomics.compareExchange(words, at, FREE, this.owner | AWAITED) === FREE) return true;
          continue;
        }
        const leftMs = endMs - Date.now();
        if (leftMs <= 0) return false;
        const awaited = seen | AWAITED;
        if (seen !== awaited && Atomics.compareExchange(words, at, seen, awaited) !== seen) continue;
        block(words, at, awaited, leftMs);
      }
    } finally {
      if (waiter >= 0) Atomics.compareExchange(words, waiter, this.owner, 0);
    }
  }

  #enterWaiter(): number {
    for (let at = this.#index + WAITERS; at < this.#index + LOCK_WORDS; at++) {
      if (Atomics.compareExchange(this.#words, at, 0, this.owner) === 0) return at;
    }
    return -1;
  }

  release(): void {
    const at = this.#index + STATE;
    if ((Atomics.exchange(this.#words, at, FREE) & AWAITED) !== 0) Atomics.notify(this.#words, at, 1);
  }

  #mend(): void {
    const deadOwner = Atomics.load(this.#words, this.#index + BROKEN);
    if (deadOwner === 0) return;
    try {
      this.#repair?.(deadOwner);
      Atomics.store(this.#words, this.#index + BROKEN, 0);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /**
   * Takes the lock from an agent that has died, and takes the agent out of those that wait: for whoever has seen it
   * end. Does nothing to what others hold.
   *
   * @returns whether the agent held the lock; what it protects is then repaired by the next owner
   */
  releaseDead(deadOwner: number): boolean {
    const words = this.#words;
    const at = this.#index + STATE;
    for (let waiter = this.#index + WAITERS; waiter < this.#index + LOCK_WORDS; waiter++) {
      Atomics.compareExchange(words, waiter, deadOwner, 0);
    }
    let held = false;
    for (let seen = Atomics.load(words, at); (seen & OWNER) === deadOwner; seen = Atomics.load(words, at)) {
      // Before the lock is free: its next owner must find it.
      Atomics.store(words, this.#index + BROKEN, deadOwner);
      held = Atomics.compareExchange(words, at, seen, FREE) === seen;
    }
    // All: it may have died between freeing the lock and waking, or when it had been woken.
    Atomics.notify(words, at);
    return held;
  }

  /** What the lock is doing, as it looks from here. */
  state(): LockState {
    const words = this.#words;
    const owner = Atomics.load(words, this.#index + STATE) & OWNER;
    const heldMs = owner === 0 ? 0 : (Date.now() - Atomics.load(words, this.#index + SINCE)) | 0;
    const waiters: number[] = [];
    for (let at = this.#index + WAITERS; at < this.#index + LOCK_WORDS; at++) {
      const waiter = Atomics.load(words, at);
      if (waiter !== 0) waiters.push(waiter);
    }
    return { name: this.name, owner, heldMs, waiters };
  }
}

/** Who holds a lock, for how long, and who waits for it. */
export function lockText({ name, owner, heldMs, waiters }: LockState): string {
  const held = owner === 0 ? 'free' : `held by agent ${owner} for ${heldMs} ms`;
  return `${name} (${held}${waiters.length === 0 ? '' : `; waiting: ${waiters.join(', ')}`})`;
}

/** Agents that wait for each other in a circle, each for a lock that the next one holds; `undefined`: none do. */
export function findDeadlock(states: readonly LockState[]): LockState[] | undefined {
  for (const start of states) {
    const path = circleFrom(start, states);
    if (path !== undefined) return path;
  }
  return undefined;
}

function circleFrom(start: LockState, states: readonly LockState[]): LockState[] | undefined {
  const path: LockState[] = [];
  for (let at: LockState | undefined = start; at !== undefined && at.owner !== 0; ) {
    const from = path.indexOf(at);
    if (from >= 0) return path.slice(from);
    path.push(at);
    const holder: number = at.owner;
    // An agent waits for one lock at a time.
    at = states.find(({ waiters }) => waiters.includes(holder));
  }
  return undefined;
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function block(words: Int32Array, index: number, expected: number, ms: number): void {
  try {
    Atomics.wait(words, index, expected, ms);
  } catch (error) {
    // The agent may not block, or its memory is not shared: it tries again at once.
    if (!(error instanceof TypeError)) throw error;
  }
}
