/** When a guest pauses next, and what the pause will be called. */
import type { Fiber, Meter } from '../interpreter/index.ts';
import type { Stop, StopReason } from './stop.ts';
import { instructionCountOf } from './visit.ts';

export const FOREVER = Number.POSITIVE_INFINITY;

/** What is told of an instruction once it has run. */
interface Afterwards {
  readonly t: Fiber;
  /** Instructions that have run before it. */
  readonly count: number;
  readonly stop: () => Stop;
}

export class Pauses {
  /** What a pause is called that comes because so many instructions have run. */
  limitReason: StopReason = 'step';
  private readonly meter: Meter;
  /** Why the fiber is about to pause; absent: because so many instructions have run. */
  private halt: Stop | undefined;
  private afterwards: Afterwards | undefined;
  /** Instructions that had run when the guest was told to go on: breakpoints there have been told of. */
  private resumedAt = -1;

  constructor(meter: Meter) {
    this.meter = meter;
  }

  /**
   * The guest goes on, until `instructionCount` instructions have run.
   *
   * @param seenAt instructions that have run where it stands and its user has seen it; undefined: nobody has
   */
  setOut(instructionCount: number, reason: StopReason, seenAt: number | undefined): void {
    if (!this.isStillAhead) this.afterwards = undefined;
    const { afterwards } = this;
    this.meter.pauseAt = Math.min(instructionCount, afterwards === undefined ? FOREVER : afterwards.count + 1);
    this.limitReason = reason;
    this.halt = undefined;
    this.resumedAt = seenAt ?? -1;
  }

  /** Has a breakpoint at this instant been told of before? */
  hasBeenSeen(t: Fiber): boolean {
    return instructionCountOf(t) === this.resumedAt;
  }

  /** Says why a visitor pauses. */
  haltFor(stop: Stop): false {
    this.halt = stop;
    return false;
  }

  /** As `haltFor`, where nothing more important has been said. */
  suggest(stop: Stop): void {
    this.halt ??= stop;
  }

  /** The guest pauses before its next instruction. */
  soon(): void {
    const { meter } = this;
    meter.running?.endSlice();
    meter.pauseAt = meter.instructionCount;
  }

  /** The guest pauses after the instruction that `t` stands before. */
  after(t: Fiber, stop: () => Stop): void {
    const { meter } = this;
    meter.running?.endSlice();
    const count = meter.instructionCount;
    meter.pauseAt = Math.min(meter.pauseAt, count + 1);
    this.afterwards = { t, count, stop };
  }

  /** The instruction has not run: the guest paused before it, and its probe is not asked again when it goes on. */
  private get isStillAhead(): boolean {
    if (this.afterwards === undefined) return false;
    const { t, count } = this.afterwards;
    return count === this.meter.instructionCount && t.passed !== null && t.passed === t.n;
  }

  /** The call has ended: what was to be told of its last instruction. */
  last(): Stop | undefined {
    const stop = this.afterwards?.stop();
    this.afterwards = undefined;
    return stop;
  }

  /** The pause has come: what it is called. Only what is told of an instruction that has not run is still awaited. */
  take(): Stop {
    const { halt } = this;
    const told = this.isStillAhead ? undefined : this.last();
    this.halt = undefined;
    this.meter.pauseAt = FOREVER;
    return halt === undefined ? (told ?? { reason: this.limitReason }) : { ...told, ...halt };
  }
}
