/** When a guest pauses next, and what the pause will be called. */
import type { Fiber, Meter } from '../interpreter/index.ts';
import type { Stop, StopReason } from './stop.ts';
import { instructionCountOf } from './visit.ts';

export const FOREVER = Number.POSITIVE_INFINITY;

export class Pauses {
  /** What a pause is called that comes because so many instructions have run. */
  limitReason: StopReason = 'step';
  private readonly meter: Meter;
  /** Why the fiber is about to pause; absent: because so many instructions have run. */
  private halt: Stop | undefined;
  /** What the next pause is called, asked for when it comes. */
  private afterwards: (() => Stop) | undefined;
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
    this.meter.pauseAt = instructionCount;
    this.limitReason = reason;
    this.halt = undefined;
    this.afterwards = undefined;
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

  /** The guest pauses after the instruction that it stands before. */
  after(stop: () => Stop): void {
    const { meter } = this;
    meter.running?.endSlice();
    meter.pauseAt = Math.min(meter.pauseAt, meter.instructionCount + 1);
    this.afterwards = stop;
  }

  /** The call has ended: what was to be told of its last instruction. */
  last(): Stop | undefined {
    const stop = this.afterwards?.();
    this.afterwards = undefined;
    return stop;
  }

  /** The pause has come: what it is called. Nothing is awaited any more. */
  take(): Stop {
    const stop = this.halt ?? this.afterwards?.() ?? { reason: this.limitReason };
    this.halt = undefined;
    this.afterwards = undefined;
    this.meter.pauseAt = FOREVER;
    return stop;
  }
}
