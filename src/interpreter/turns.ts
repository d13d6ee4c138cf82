/**
 * Which loop has the next slice when nobody has named one. Handlers are warm at once, so they run first. Where a probe
 * then finds that the switch suits the host, it is the fastest once it is compiled, which takes long, and over again
 * when a guest does what has not been seen; until then it is the slowest. So it gets trials between the handlers'
 * slices, in which the compiler sees what there is and we see how fast it has become; and all while it is the faster.
 *
 * It decides; loops.ts runs the loops and takes the time.
 */
import type { LoopName } from './loops.ts';

/** Instructions of a slice, and of one in which the switch is only tried. */
const SLICE = 1 << 18;
const TRIAL = 1 << 14;
/**
 * Handlers run for so long before the first trial: about what compiling the switch takes of a machine with two cores.
 * Real programs of 0.4 to 1 s take 0.78 of their time, with trials from the start 0.95 (measured).
 */
const FIRST_MS = 500;
/** Or for so many instructions: calls that are over within a slice are not timed, and an embedder's clock may stand. */
const FIRST_COUNT = 1 << 28;
/** What an instruction is taken to take in handlers before one was timed. */
const SUPPOSED_NS = 8;
/** By so much longer than in handlers an instruction takes, the switch is not compiled any more: 3 to 10 (measured). */
const SLOWER = 1.5;
/** By so much the handlers' best time grows with each slice that does not reach it. */
const FORGETTING = 1.25;

/** `settled`: no turns any more, the loop is the one that suits the host. */
type Stage = 'handlers' | 'trials' | 'switch' | 'settled';

export class Turns {
  stage: Stage = 'handlers';
  private readonly choose: () => LoopName;
  private suiting: LoopName = 'handlers';
  private isTrial = false;
  private firstMs = 0;
  private firstCount = 0;
  /** Nanoseconds that an instruction takes in handlers, at best and of late. */
  private handlersNs = SUPPOSED_NS;

  /** @param choose finds out what suits the host */
  constructor(choose: () => LoopName) {
    this.choose = choose;
  }

  /** Which has the next slice. */
  get loop(): LoopName {
    if (this.stage === 'settled') return this.suiting;
    return this.stage === 'switch' || this.isTrial ? 'switch' : 'handlers';
  }

  /** Instructions of the slice after that. */
  get nextLength(): number {
    return this.stage === 'trials' && !this.isTrial ? TRIAL : SLICE;
  }

  /** So many instructions of a slice ran, in `ms`; NaN: nobody knows. */
  note(count: number, ms: number): void {
    if (this.stage === 'handlers') this.noteFirst(count, ms);
    else if (!Number.isNaN(ms)) this.judge((ms * 1e6) / count);
  }

  private noteFirst(count: number, ms: number): void {
    const isTimed = !Number.isNaN(ms);
    if (isTimed) this.firstMs += ms;
    this.firstCount += count;
    if (this.firstMs < FIRST_MS && this.firstCount < FIRST_COUNT) return;
    this.suiting = this.choose();
    // Who never runs for a slice would never see a trial's end.
    this.stage = this.suiting !== 'switch' ? 'settled' : isTimed ? 'trials' : 'switch';
  }

  private judge(ns: number): void {
    if (this.stage === 'switch') {
      if (ns > this.handlersNs * SLOWER) this.stage = 'trials';
    } else if (this.isTrial) {
      this.isTrial = false;
      if (ns < this.handlersNs) this.stage = 'switch';
    } else if (this.stage === 'trials') {
      this.isTrial = true;
      this.handlersNs = Math.min(ns, this.handlersNs * FORGETTING);
    }
  }
}
