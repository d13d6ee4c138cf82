/**
 * Timers of a clock that nothing moves but them: when all who could run wait, time jumps to the next one. Guests that
 * share the clock sleep side by side and wake in order; the whole takes no real time.
 */
import { nextTurn } from './event-loop.ts';
import { Bell, type Wait } from './waiting.ts';

export class VirtualTimers {
  readonly #advanceTo: (timeNs: bigint) => void;
  /** By the time when they are due. */
  readonly #bells = new Map<bigint, Bell>();
  #isAdvancing = false;

  constructor(advanceTo: (timeNs: bigint) => void) {
    this.#advanceTo = advanceTo;
  }

  add(dueNs: bigint): Wait {
    let bell = this.#bells.get(dueNs);
    if (bell === undefined) {
      bell = new Bell({ onLast: () => this.#bells.delete(dueNs) });
      this.#bells.set(dueNs, bell);
    }
    const wait = bell.wait();
    this.#advance();
    return wait;
  }

  /** One step a turn of the event loop: who wakes may go to sleep again, for a shorter time than others have left. */
  #advance(): void {
    if (this.#isAdvancing || this.#bells.size === 0) return;
    this.#isAdvancing = true;
    nextTurn().done.then(() => {
      this.#isAdvancing = false;
      const next = [...this.#bells].sort(([a], [b]) => (a < b ? -1 : 1))[0];
      if (next === undefined) return;
      const [dueNs, bell] = next;
      this.#advanceTo(dueNs);
      bell.ring();
      this.#advance();
    });
  }
}
