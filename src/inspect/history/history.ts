/**
 * The history of a call: checkpoints, and what came from the host between them. Any moment of it can be
 * brought back: the checkpoint before it, then the same instructions again with the same answers.
 *
 * The number of checkpoints and their distance follow what they cost; when the bound is reached, every other
 * one goes. What a session does with moments is its own.
 */
import type { Fiber } from '../../interpreter/index.ts';
import type { Func, HostArguments, Instance, Instr } from '../../runtime/index.ts';
import { SnapshotError, UsageError } from '../../syntax/index.ts';
import type { Stop } from '../stop.ts';
import { instructionCountOf } from '../visit.ts';
import { type Checkpoint, putCheckpoint, takeCheckpoint } from './checkpoint.ts';
import { Crossings, type HostEvent } from './events.ts';
import { pagesSize } from './pages.ts';
import { Recorder } from './recorder.ts';
import { Replayer } from './replayer.ts';
import type { StoreParts } from './store-parts.ts';

export interface HistoryOptions {
  /** Bytes that checkpoints and events may take together, about; 256 MiB unless told. */
  readonly maxBytes?: number | undefined;
  /** Instructions between checkpoints, at least; chosen by what they cost unless told. */
  readonly distance?: number | undefined;
}

const DEFAULT_MAX_BYTES = 2 ** 28;
/** Checkpoints take at most this part of the time. */
const CHECKPOINT_SHARE = 0.1;
const SHORTEST_DISTANCE_MS = 50;
/** For hosts without a clock. */
const DISTANCE_WITHOUT_CLOCK = 2 ** 23;
const MAX_CHECKPOINTS = 400;

export class History {
  readonly fiber: Fiber;
  readonly parts: StoreParts;
  /** What came from the host, from the first checkpoint on. */
  readonly events: HostEvent[] = [];
  /** The last instant that is known, as a number of instructions. */
  endCount: number;
  /** How the call ended there; undefined while it has not. */
  endStop: Stop | undefined;
  private readonly options: HistoryOptions;
  private readonly crossings = new Crossings();
  private readonly recorder: Recorder;
  private readonly replayer: Replayer;
  private checkpoints: Checkpoint[] = [];
  private isLive = true;
  private nextAt = 0;
  private nextAtMs = 0;
  private minimumDistanceMs = SHORTEST_DISTANCE_MS;
  private problem_: string | undefined;
  /** Events before the first that is kept. */
  private droppedEvents = 0;

  /** Begins at the moment where the fiber stands. @throws {SnapshotError} for what cannot be recorded */
  constructor(fiber: Fiber, parts: StoreParts, options: HistoryOptions = {}) {
    this.fiber = fiber;
    this.parts = parts;
    this.options = options;
    this.recorder = new Recorder(this.events, this.crossings);
    this.replayer = new Replayer(this.events, this.crossings);
    this.endCount = instructionCountOf(fiber);
    if (!this.take()) throw new UsageError('a recording begins between two instructions: pause the guest first');
  }

  get startCount(): number {
    return this.checkpoints[0]!.instructionCount;
  }

  get checkpointCounts(): readonly number[] {
    return this.checkpoints.map(({ instructionCount }) => instructionCount);
  }

  /** The first checkpoint; a recording begins there. */
  get start(): Checkpoint {
    return this.checkpoints[0]!;
  }

  /** Does the fiber run what is known already? */
  get isReplaying(): boolean {
    return !this.isLive;
  }

  /** Why the history has ended though the guest runs on; undefined while it has not. */
  get problem(): string | undefined {
    return this.problem_;
  }

  /** Bytes that it takes, about. */
  get byteLength(): number {
    const own = this.checkpoints.reduce((sum, { byteLength }) => sum + byteLength, this.recorder.byteLength);
    return own + pagesSize(this.checkpoints.flatMap(({ memories }) => memories));
  }

  /** The last checkpoint at or before an instant. */
  before(instructionCount: number): number {
    let at = this.checkpoints.length - 1;
    while (at > 0 && this.checkpoints[at]!.instructionCount > instructionCount) at--;
    return at;
  }

  countOf(index: number): number {
    return this.checkpoints[index]!.instructionCount;
  }

  /** Puts a checkpoint back; from there the fiber replays. */
  putBack(index: number): void {
    const checkpoint = this.checkpoints[index]!;
    this.crossings.reset(putCheckpoint(checkpoint, this.fiber, this.parts));
    this.replayer.position = checkpoint.eventCount - this.droppedEvents;
    this.isLive = false;
  }

  /** The fiber stands at the end of what is known: what comes is new. */
  goLive(): void {
    if (this.isLive) return;
    this.isLive = true;
    this.nextAtMs = 0;
  }

  /** Forgets what comes after the instant where the fiber stands, which has been changed: from here on it is new. */
  branch(): void {
    const count = instructionCountOf(this.fiber);
    this.checkpoints = this.checkpoints.filter(({ instructionCount }) => instructionCount < count);
    this.events.length = this.replayer.position;
    this.endCount = count;
    this.endStop = undefined;
    this.goLive();
    this.take();
  }

  /** The fiber has come to here, for the first time or again. */
  reached(instructionCount: number, stop: Stop): void {
    if (!this.isLive) return;
    this.endCount = Math.max(this.endCount, instructionCount);
    this.endStop = stop.reason === 'exit' || stop.reason === 'trap' ? stop : undefined;
  }

  // While it runs.

  sliced(t: Fiber, from: Instr, n: Instr): void {
    if (!this.isLive || t !== this.fiber || !this.isDue(instructionCountOf(t))) return;
    const { clock } = t.meter;
    const begunMs = clock?.() ?? 0;
    try {
      if (!this.take(from, n)) return;
    } catch (error) {
      // In the middle of a call back there is none to take.
      if (error instanceof SnapshotError) return;
      throw error;
    }
    if (this.checkpoints.length > MAX_CHECKPOINTS || this.byteLength > this.maxBytes) this.thin();
    const endMs = clock?.() ?? 0;
    const distanceMs = (endMs - begunMs) / CHECKPOINT_SHARE;
    this.nextAtMs = endMs + Math.max(this.minimumDistanceMs, distanceMs);
  }

  private get maxBytes(): number {
    return this.options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  private isDue(count: number): boolean {
    const { distance } = this.options;
    if (count < this.nextAt) return false;
    if (distance !== undefined) return true;
    const { clock } = this.fiber.meter;
    return clock === undefined || clock() >= this.nextAtMs;
  }

  private take(from?: Instr, n?: Instr): boolean {
    const { fiber, parts, crossings, events } = this;
    const former = this.checkpoints[this.checkpoints.length - 1];
    const eventCount = events.length + this.droppedEvents;
    const moment = { fiber, parts, crossed: crossings.refs, eventCount };
    const checkpoint = takeCheckpoint(moment, former, from, n);
    if (checkpoint === undefined) return false;
    this.checkpoints.push(checkpoint);
    const { clock } = fiber.meter;
    const distance = this.options.distance ?? (clock === undefined ? DISTANCE_WITHOUT_CLOCK : 0);
    this.nextAt = checkpoint.instructionCount + distance;
    return true;
  }

  /** Every other checkpoint goes, and they come half as often; then the oldest, when that is not enough. */
  private thin(): void {
    const last = this.checkpoints.length - 1;
    this.checkpoints = this.checkpoints.filter((_, i) => i % 2 === 0 || i === last);
    this.minimumDistanceMs *= 2;
    while (this.byteLength > this.maxBytes && this.checkpoints.length > 2) this.dropOldest();
  }

  private dropOldest(): void {
    this.checkpoints.shift();
    const count = this.checkpoints[0]!.eventCount - this.droppedEvents;
    this.droppedEvents += count;
    for (const event of this.events.splice(0, count)) this.recorder.forget(event);
  }

  callHost(t: Fiber, func: Func, caller: Instance, args: HostArguments): Promise<void> | undefined {
    if (t !== this.fiber) {
      this.problem_ ??= 'another guest ran in the same store';
      return func.host!(caller, args);
    }
    return this.isLive ? this.recorder.callHost(t, func, caller, args) : this.replayer.callHost(t, func, args);
  }

  calledBack(t: Fiber, func: Func, args: HostArguments): void {
    if (this.isLive && t === this.fiber) this.recorder.calledBack(func, args);
  }

  refusesGrowth(t: Fiber): boolean {
    return !this.isLive && t === this.fiber && this.replayer.refusesGrowth(t);
  }

  growthRefused(t: Fiber): void {
    if (!this.isLive || t !== this.fiber) return;
    this.recorder.add({ kind: 'refused', instructionCount: instructionCountOf(t) });
  }
}
