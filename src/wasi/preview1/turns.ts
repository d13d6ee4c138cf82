/**
 * Turns of the event loop for guests that call the host again and again, and compute little between the calls: the
 * interpreter looks at the time after so many instructions, which may then be minutes of calls.
 */
import type { Clock } from '../host/host.ts';
import type { Outcome } from './context.ts';
import { suspend } from './suspension.ts';

/** How long calls may follow each other before signals, timers and other guests have a turn, in ms. */
export const TURN_MS = 250;

export class Turns {
  private readonly clock: Clock;
  private readonly nowMs: () => number;
  private lastMs: number;

  /** @param nowMs time of the process, which may be another than that of the guest's clock */
  constructor(clock: Clock, nowMs: () => number = Date.now) {
    this.clock = clock;
    this.nowMs = nowMs;
    this.lastMs = nowMs();
  }

  /** What a call has answered, now or, when a turn is due, after it. */
  after(outcome: Outcome): Outcome {
    const nowMs = this.nowMs();
    // A clock that was set back does not take away turns.
    const isDue = Math.abs(nowMs - this.lastMs) >= TURN_MS;
    if (outcome instanceof Promise || isDue) this.lastMs = nowMs;
    if (outcome instanceof Promise || !isDue) return outcome;
    return suspend(async (until) => {
      await until(this.clock.timer(BigInt(0)));
      return outcome;
    });
  }
}
