/**
 * Mutual exclusion between agents that share what a lock protects. Held over plain, short work only: never across a
 * promise or a call of a guest.
 */

export interface Lock {
  /** Runs `act` while nobody else holds the lock. Not to be nested. */
  withLock<T>(act: () => T): T;
}

/** For what no other agent can reach. */
export const noLock: Lock = { withLock: (act) => act() };

const FREE = 0;
const TAKEN = 1;
/** Taken, and somebody may be asleep until it is free. */
const AWAITED = 2;

/**
 * A lock in one word of shared memory, which starts as 0. Agents that must not block (a page's main thread) spin.
 *
 * The three states are those of Drepper's second mutex: who leaves a lock that nobody waits for wakes nobody.
 *
 * @see https://www.akkadia.org/drepper/futex.pdf
 */
export class SharedLock implements Lock {
  readonly #words: Int32Array;
  readonly #index: number;

  constructor(words: Int32Array, index = 0) {
    this.#words = words;
    this.#index = index;
  }

  withLock<T>(act: () => T): T {
    this.#acquire();
    try {
      return act();
    } finally {
      this.#release();
    }
  }

  #acquire(): void {
    const words = this.#words;
    const index = this.#index;
    if (Atomics.compareExchange(words, index, FREE, TAKEN) === FREE) return;
    while (Atomics.exchange(words, index, AWAITED) !== FREE) block(words, index);
  }

  #release(): void {
    if (Atomics.exchange(this.#words, this.#index, FREE) === AWAITED) Atomics.notify(this.#words, this.#index, 1);
  }
}

function block(words: Int32Array, index: number): void {
  try {
    Atomics.wait(words, index, AWAITED);
  } catch (error) {
    // The agent may not block, or its memory is not shared: it tries again at once.
    if (!(error instanceof TypeError)) throw error;
  }
}
