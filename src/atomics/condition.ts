/**
 * A condition variable in one word of shared memory, which starts as 0: agents that hold its lock sleep until another
 * one tells them that what they wait for may have come.
 */
import { UsageError } from '../syntax/index.ts';
import type { SharedLock } from './lock.ts';

export class SharedCondition {
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #lock: SharedLock;

  constructor(words: Int32Array, index: number, lock: SharedLock) {
    this.#words = words;
    this.#index = index;
    this.#lock = lock;
  }

  /**
   * Leaves the lock, sleeps until it is told, and has the lock again. To be called in `lock.withLock`, in a loop that
   * looks whether what is waited for has come: it may wake for nothing.
   *
   * @returns false when time ran out
   * @throws {UsageError} in an agent that may not block
   */
  wait(timeoutMs = Number.POSITIVE_INFINITY): boolean {
    // Read under the lock: who tells afterwards changes it, and the wait is over at once.
    const seen = Atomics.load(this.#words, this.#index);
    this.#lock.release();
    try {
      return Atomics.wait(this.#words, this.#index, seen, timeoutMs) !== 'timed-out';
    } catch (error) {
      if (error instanceof TypeError) throw new UsageError('this agent may not block: it cannot wait for a condition');
      throw error;
    } finally {
      this.#lock.tryAcquire(Number.POSITIVE_INFINITY);
    }
  }

  notifyOne(): void {
    Atomics.add(this.#words, this.#index, 1);
    Atomics.notify(this.#words, this.#index, 1);
  }

  notifyAll(): void {
    Atomics.add(this.#words, this.#index, 1);
    Atomics.notify(this.#words, this.#index);
  }
}
