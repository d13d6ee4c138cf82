/**
 * Which loop has the next slice where the host compiles as it goes. The switch loop is the fastest once it is compiled,
 * which takes long, and over again when a guest does what has not been seen; until then it is the slowest. Handlers are
 * warm at once. So they run first. A guest that goes on gets trials between their slices, in which the compiler sees
 * what there is and we see how fast the switch has become; and it gets the switch while that is the faster one.
 *
 * It decides; loops.ts runs the loops and takes the time.
 */

/** Instructions of a slice, and of one in which the switch is only tried. */
const SLICE = 1 << 18;
const TRIAL = 1 << 14;
/**
 * Handlers run for so long before the first trial: about what compiling the switch takes of a machine with two cores.
 * Real programs of 0.4 to 1 s take 0.78 of their time, with trials from the start 0.95 (measured).
 */
const FIRST_MS = 500;
/** The same for calls that are over within a slice: those go without a look at the clock. */
const FIRST_COUNT = 1 << 27;
/** The switch takes 0.2 to 0.5 of the handlers' time when it is compiled, and 3 to 10 times as long before (measured). */
const FASTER = 0.7;
const SLOWER = 1.5;
/** By so much the handlers' best time grows with each slice that does not reach it. */
const FORGETTING = 1.25;

export class Turns {
  stage: 'handlers' | 'trials' | 'switch' = 'handlers';
  private isTrial = false;
  private handlersMs = 0;
  private shortCount = 0;
  /** Nanoseconds that an instruction takes in handlers, at best and of late. */
  private handlersNs = Number.POSITIVE_INFINITY;

  get usesSwitch(): boolean {
    return this.stage === 'switch' || this.isTrial;
  }

  /** Instructions of the slice after this one. */
  get nextLength(): number {
    return this.stage === 'trials' && !this.isTrial ? TRIAL : SLICE;
  }

  /** A slice of `count` instructions took `ms`. */
  judge(ms: number, count: number): void {
    const ns = (ms * 1e6) / count;
    if (this.stage === 'handlers') {
      this.handlersMs += ms;
      if (this.handlersMs >= FIRST_MS) this.stage = 'trials';
    } else if (this.stage === 'switch') {
      if (ns > this.handlersNs * SLOWER) this.stage = 'trials';
    } else if (this.isTrial) {
      this.isTrial = false;
      if (ns < this.handlersNs * FASTER) this.stage = 'switch';
    } else {
      this.isTrial = true;
      this.handlersNs = Math.min(ns, this.handlersNs * FORGETTING);
    }
  }

  /** A call was over within a slice, after `count` instructions. */
  noteShort(count: number): void {
    if (this.stage !== 'handlers') return;
    this.shortCount += count;
    if (this.shortCount >= FIRST_COUNT) this.stage = 'switch';
  }
}
