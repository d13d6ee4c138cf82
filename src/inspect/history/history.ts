/**
 * The history of a call: checkpoints, and what came from the host between them. Any moment of it can be
 * brought back: the checkpoint before it, then the same instructions again with the same answers.
 *
 * The number of checkpoints and their distance follow what they cost; when the bound is reached, every other
 * one goes, then the oldest. What a session does with moments is its own.
 */
import { backtrace, type Fiber } from '../../interpreter/index.ts';
import type { Func, HostArguments, Instance, Instr } from '../../runtime/index.ts';
import { Exhaustion, SnapshotError, UsageError } from '../../syntax/index.ts';
import type { EncodeOptions } from '../snapshot/index.ts';
import type { Stop } from '../stop.ts';
import { instructionCountOf } from '../visit.ts';
import { type Checkpoint, lookAt, putCheckpoint, takeCheckpoint } from './checkpoint.ts';
import { EditWatch } from './edit-watch.ts';
import { encodeRecording } from './encode-recording.ts';
import { Crossings, type HostEvent } from './events.ts';
import { pagesSize } from './pages.ts';
import { Recorder } from './recorder.ts';
import type { Recording } from './recording-format.ts';
import { Replayer } from './replayer.ts';
import { Seams } from './seams.ts';
import type { StoreParts } from './store-parts.ts';

export interface HistoryOptions {
  /** Bytes that checkpoints and events may take together, about; 256 MiB unless told. */
  readonly maxBytes?: number | undefined;
  /** Instructions between checkpoints, at least; chosen by what they cost unless told. */
  readonly distance?: number | undefined;
  /** Take checkpoints besides the first. Without, all moments are far: for recordings that are saved. Default: true. */
  readonly checkpoints?: boolean | undefined;
}

export interface SaveOptions extends EncodeOptions {
  /** What others keep with the recording, by name. */
  readonly parts?: Readonly<Record<string, Uint8Array>> | undefined;
}

const DEFAULT_MAX_BYTES = 2 ** 28;
/** Checkpoints take at most this part of the time. */
const CHECKPOINT_SHARE = 0.1;
const SHORTEST_DISTANCE_MS = 50;
/** For hosts without a clock. */
const DISTANCE_WITHOUT_CLOCK = 2 ** 23;
const MAX_CHECKPOINTS = 400;
/** Events between two checkpoints take at most this part of all bytes: what is forgotten goes with a checkpoint. */
const EVENT_SHARE = 0.125;

export class History {
  readonly fiber: Fiber;
  readonly parts: StoreParts;
  /** What came from the host, from the first checkpoint on. */
  readonly events: HostEvent[];
  /** The last instant that is known, as a number of instructions. */
  endCount: number;
  /** How the call ended there; undefined while it has not. */
  endStop: Stop | undefined;
  /** What others have saved with the recording, by name. */
  savedParts: ReadonlyMap<string, Uint8Array> = new Map();
  private readonly options: HistoryOptions;
  private readonly crossings = new Crossings(() => this.lose('the host passed on an object of the guest’s'));
  private readonly recorder: Recorder;
  private readonly replayer: Replayer;
  private readonly seams = new Seams();
  private readonly edits = new EditWatch();
  private checkpoints: Checkpoint[] = [];
  private isLive = true;
  /** It was opened from bytes: its first moment is never forgotten. */
  isOpened = false;
  private nextAt = 0;
  private nextAtMs = 0;
  private minimumDistanceMs = SHORTEST_DISTANCE_MS;
  /** Events before the first that is kept. */
  private droppedEvents = 0;
  /** Bytes of checkpoints, without what they share. */
  private checkpointBytes = 0;
  /** Bytes of events when the last checkpoint was taken. */
  private eventBytesThen = 0;
  /** The checkpoint that the replay has come from. */
  private origin = 0;
  /** Where the call stands for its user; undefined while it runs. */
  private standsAt: number | undefined;
  /** Fuel at the end of what is known; replays need none. */
  private fuelAtEnd = Number.POSITIVE_INFINITY;
  /** Functions that the host has called back, and not returned. */
  private readonly callbacks: { readonly func: Func; readonly args: HostArguments }[] = [];

  /** Begins at the moment where the fiber stands. @throws {SnapshotError} for what cannot be recorded */
  constructor(fiber: Fiber, parts: StoreParts, options: HistoryOptions = {}, events: HostEvent[] = []) {
    this.fiber = fiber;
    this.parts = parts;
    this.options = options;
    this.events = events;
    this.recorder = new Recorder(this.events, this.crossings);
    this.replayer = new Replayer(this.events, this.crossings);
    this.endCount = instructionCountOf(fiber);
    if (!this.take()) throw new UsageError('a recording begins between two instructions: pause the guest first');
  }

  /** A call that was recorded, whose fiber stands at the first moment. */
  static of(recording: Recording, fiber: Fiber, parts: StoreParts, options: HistoryOptions = {}): History {
    const history = new History(fiber, parts, options, [...recording.events]);
    // The first checkpoint comes before all events.
    history.checkpoints = history.checkpoints.map((checkpoint) => ({ ...checkpoint, eventCount: 0 }));
    history.endCount = recording.endCount;
    history.endStop = recording.end;
    history.savedParts = recording.state.parts;
    history.origin = history.startCount;
    history.isLive = false;
    history.isOpened = true;
    return history;
  }

  get startCount(): number {
    return this.checkpoints[0]!.instructionCount;
  }

  get checkpointCounts(): readonly number[] {
    return this.checkpoints.map(({ instructionCount }) => instructionCount);
  }

  /** Does the fiber run what is known already? */
  get isReplaying(): boolean {
    return !this.isLive;
  }

  /** Fuel left at the moment where the fiber stands. */
  get fuelLeft(): number {
    if (this.isLive) return this.fiber.meter.fuelLeft;
    return this.fuelAtEnd + this.endCount - instructionCountOf(this.fiber);
  }

  /** Why a part of the history cannot be come back to; undefined when all can. */
  get problem(): string | undefined {
    return this.seams.problem;
  }

  /** Bytes that it takes, about. */
  get byteLength(): number {
    return this.checkpointBytes + this.recorder.byteLength;
  }

  /** Are there checkpoints to go back by, besides the first? */
  get isDense(): boolean {
    return this.options.checkpoints ?? true;
  }

  /**
   * The recording as bytes, which `openRecording` reads on any host: from the first moment on that is kept, or the
   * last one at which the guest was changed.
   *
   * @throws {SnapshotError} for what cannot be saved, saying what it is and where
   */
  save({ parts = {}, ...options }: SaveOptions = {}): Uint8Array {
    this.settleEdits();
    if (this.seams.problem !== undefined) {
      throw new SnapshotError(`the recording has a gap, so that it cannot be saved: ${this.seams.problem}`);
    }
    const first = this.seams.last ?? this.checkpoints[0]!;
    const { maxFrames, maxStackWords } = this.fiber.meter;
    const { events, endCount, end } = this.wholeEvents(first.eventCount - this.droppedEvents);
    return lookAt(first, this.parts, (fiber) => {
      const { instructionCount, callCount } = fiber;
      const state = {
        fiber,
        instances: this.parts.instances,
        instructionCount,
        callCount,
        fuelLeft: Number.POSITIVE_INFINITY,
        parts: new Map(Object.entries(parts)),
      };
      return encodeRecording({ state, limits: { maxFrames, maxStackWords }, events, endCount, end }, options);
    });
  }

  /** A host call that has not returned is not in it: it ends before that. */
  private wholeEvents(from: number): Pick<Recording, 'events' | 'endCount' | 'end'> {
    const { recorder, endStop } = this;
    const { callCount, outermostAt } = recorder;
    if (callCount === undefined) return { events: this.events.slice(from), endCount: this.endCount, end: endStop };
    return { events: this.events.slice(from, outermostAt), endCount: callCount, end: undefined };
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
    this.put(this.checkpoints[index]!);
  }

  private put(checkpoint: Checkpoint): void {
    const { meter } = this.fiber;
    if (this.isLive) this.fuelAtEnd = meter.fuelLeft;
    meter.fuelLeft = Number.POSITIVE_INFINITY;
    this.callbacks.length = 0;
    this.crossings.reset(putCheckpoint(checkpoint, this.fiber, this.parts));
    this.replayer.position = checkpoint.eventCount - this.droppedEvents;
    this.origin = checkpoint.instructionCount;
    this.isLive = false;
  }

  /** The fiber stands at the end of what is known: what comes is new. */
  goLive(): void {
    if (this.isLive) return;
    this.isLive = true;
    this.nextAtMs = 0;
    this.fiber.meter.fuelLeft = this.fuelAtEnd;
  }

  // Where a replay cannot go on by itself.

  /** How far a replay can run from where it stands. */
  get limit(): number {
    return this.seams.after(this.origin)?.from ?? this.endCount;
  }

  /**
   * The fiber stands at the limit: where the guest was changed there, it now stands after that.
   *
   * @returns false at the end of what is known
   * @throws {SnapshotError} when what followed was not recorded
   */
  cross(): boolean {
    const seam = this.seams.after(this.origin);
    if (seam === undefined) return false;
    if (!('checkpoint' in seam) || seam.problem !== undefined) throw gapError(seam.from, seam.problem!);
    this.put(seam.checkpoint);
    return true;
  }

  /** @throws {SnapshotError} when a moment is not in the history, though between others that are */
  checkReach(instructionCount: number): void {
    const gap = this.seams.gapAt(instructionCount);
    if (gap !== undefined) throw gapError(gap.from, gap.problem);
  }

  /** Is the checkpoint the first moment after a gap? Nothing leads there from before. */
  beginsAfterGap(index: number): boolean {
    return this.seams.isAfterGap(this.checkpoints[index]!);
  }

  /** Something has happened that a replay will not repeat; for good, or until there is a checkpoint. */
  private lose(problem: string, isForGood = false): void {
    if (!this.isLive) return;
    const from = this.recorder.callCount ?? this.standsAt ?? instructionCountOf(this.fiber);
    this.seams.open({ from, problem }, isForGood);
  }

  // Changes by the user.

  /** Does the call stand where its user sees it? */
  get isStanding(): boolean {
    return this.standsAt !== undefined;
  }

  /** The call stands, and its user may change what is there. */
  arrived(): void {
    this.standsAt = instructionCountOf(this.fiber);
    if (this.isAtEnd || this.recorder.callCount !== undefined) return;
    if (this.isLive && this.seams.wantsCheckpoint) this.take();
    this.edits.begin();
  }

  /** The call goes on; its changes are settled. */
  departs(): void {
    this.edits.stop();
    this.standsAt = undefined;
  }

  /** @throws {UsageError} while the call runs: no moment of it could be named for the change */
  noteEdit(): void {
    if (this.standsAt === undefined) {
      throw new UsageError('a guest that is recorded can be changed only while it is paused');
    }
    this.edits.note();
  }

  /** What was changed while the call stood takes effect in the history: the future is forgotten. */
  settleEdits(): void {
    if (this.edits.take() && !this.isAtEnd) this.branch();
  }

  /** The call has ended: what is changed now is no part of it. */
  private get isAtEnd(): boolean {
    return this.endStop !== undefined && instructionCountOf(this.fiber) >= this.endCount;
  }

  /** Forgets what comes after the instant where the fiber stands, which has been changed: from here on it is new. */
  branch(): void {
    const count = instructionCountOf(this.fiber);
    const from = Math.min(this.standsAt ?? count, count);
    if (!this.isLive) {
      for (const event of this.events.splice(this.replayer.position)) this.recorder.forget(event);
      this.fuelAtEnd += Math.max(0, this.endCount - count);
    }
    this.checkpoints = this.checkpoints.filter(({ instructionCount }) => instructionCount < from);
    const former = this.seams.forgetFrom(from);
    this.measure();
    this.endCount = count;
    this.endStop = undefined;
    this.edits.take();
    this.goLive();
    const hasPast = this.checkpoints.length > 0;
    if (!this.take()) throw new UsageError('a guest can be changed only between two instructions');
    const checkpoint = this.checkpoints[this.checkpoints.length - 1]!;
    const begin = former !== undefined && former.from < from ? former : { from };
    if (hasPast) this.seams.add({ ...begin, checkpoint });
    if (this.standsAt !== undefined) this.standsAt = count;
  }

  /** The fiber has come to here, for the first time or again. */
  reached(instructionCount: number, stop: Stop): void {
    if (!this.isLive) return;
    this.endCount = Math.max(this.endCount, instructionCount);
    this.endStop = stop.reason === 'exit' || stop.reason === 'trap' ? stop : undefined;
  }

  /** What a replay shows at the end. Only limits do not end it by themselves. */
  stopAtEnd(): Stop {
    const { endStop, endCount } = this;
    if (endStop === undefined) return { reason: 'end-of-history' };
    if (endStop.error instanceof Exhaustion) return { ...endStop, error: this.placed(endStop.error) };
    const error = new SnapshotError(`the recording does not fit the guest: its call goes on after ${endCount}`);
    return { reason: 'trap', error };
  }

  /** Where the guest was is not kept: it stands there again. */
  private placed(error: Exhaustion): Exhaustion {
    if (error.backtrace.length > 0) return error;
    const found = new Exhaustion(error.kind);
    found.backtrace = backtrace(this.fiber);
    return found;
  }

  /** Nothing is recorded any more. */
  close(): void {
    this.edits.stop();
    if (!this.isLive) this.fiber.meter.fuelLeft = this.fuelAtEnd;
  }

  // While it runs.

  sliced(t: Fiber, from: Instr, n: Instr): void {
    if (t !== this.fiber || !this.isDue(instructionCountOf(t))) return;
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

  /** Also in a replay, where the history has no checkpoints yet. */
  private isDue(count: number): boolean {
    const { distance } = this.options;
    if (!this.isDense || count < this.nextAt) return this.seams.wantsCheckpoint && this.isLive;
    if (!this.isLive && count <= this.countOf(this.checkpoints.length - 1)) return false;
    if (distance !== undefined) return true;
    const { clock } = this.fiber.meter;
    if (clock === undefined || clock() >= this.nextAtMs) return true;
    return this.recorder.byteLength - this.eventBytesThen > EVENT_SHARE * this.maxBytes;
  }

  private take(from?: Instr, n?: Instr): boolean {
    const { fiber, parts, crossings, events } = this;
    const former = this.checkpoints[this.checkpoints.length - 1];
    const eventCount = this.droppedEvents + (this.isLive ? events.length : this.replayer.position);
    const moment = { fiber, parts, crossed: crossings.refs, eventCount };
    const checkpoint = takeCheckpoint(moment, former, from, n);
    if (checkpoint === undefined) return false;
    this.checkpoints.push(checkpoint);
    this.checkpointBytes += checkpoint.byteLength + checkpoint.freshBytes;
    this.eventBytesThen = this.recorder.byteLength;
    const { clock } = fiber.meter;
    const distance = this.options.distance ?? (clock === undefined ? DISTANCE_WITHOUT_CLOCK : 0);
    this.nextAt = checkpoint.instructionCount + distance;
    if (this.isLive) this.seams.close(checkpoint);
    this.checkInstances(checkpoint.instances);
    return true;
  }

  private checkInstances(instances: Iterable<Instance>): void {
    for (const instance of instances) {
      if (this.parts.instances.includes(instance)) continue;
      this.lose('the guest has got a function of an instance that was not there when the recording began', true);
      return;
    }
  }

  /** Every other checkpoint goes, and they come half as often; then the oldest, when that is not enough. */
  private thin(): void {
    this.minimumDistanceMs *= 2;
    do {
      const last = this.checkpoints.length - 1;
      const isKept = (checkpoint: Checkpoint, i: number) => i % 2 === 0 || i === last || this.seams.has(checkpoint);
      const kept = this.checkpoints.filter(isKept);
      if (kept.length === this.checkpoints.length) break;
      this.checkpoints = kept;
      this.measure();
    } while (this.byteLength > this.maxBytes);
    while (this.byteLength > this.maxBytes && this.checkpoints.length > 1 && !this.isOpened) this.dropOldest();
  }

  private dropOldest(): void {
    this.checkpoints.shift();
    const first = this.checkpoints[0]!;
    this.seams.forgetBefore(first);
    const count = first.eventCount - this.droppedEvents;
    this.droppedEvents += count;
    for (const event of this.events.splice(0, count)) this.recorder.forget(event);
    if (!this.isLive) this.replayer.position -= count;
    this.measure();
  }

  private measure(): void {
    const own = this.checkpoints.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.checkpointBytes = own + pagesSize(this.checkpoints.flatMap(({ memories }) => memories));
  }

  callHost(t: Fiber, func: Func, caller: Instance, args: HostArguments): Promise<void> | undefined {
    if (t !== this.fiber) {
      this.foreignRan();
      return func.host!(caller, args);
    }
    return this.isLive ? this.recorder.callHost(t, func, caller, args) : this.replayer.callHost(t, func, args);
  }

  calledBack(t: Fiber, func: Func, args: HostArguments): void {
    if (t !== this.fiber) return;
    this.callbacks.push({ func, args });
    if (!this.isLive) return;
    this.recorder.calledBack(func, args);
    if (func.instance !== null) this.checkInstances([func.instance]);
  }

  /** A call that the embedder or a host function made has ended. */
  ended(t: Fiber): void {
    if (t !== this.fiber) {
      this.foreignRan();
      return;
    }
    const callback = this.callbacks.pop();
    // From now on the host has what it was returned.
    if (callback !== undefined && t.hasExited) this.crossings.give(callback.args.refs, callback.func.type.results);
  }

  /** Another guest may have changed anything: as if the user had, while the call stood. */
  private foreignRan(): void {
    if (this.isAtEnd) return;
    if (this.standsAt !== undefined) this.edits.note();
    else if (this.isLive) this.lose('another guest ran in the same store');
  }

  refusesGrowth(t: Fiber): boolean {
    return !this.isLive && t === this.fiber && this.replayer.refusesGrowth(t);
  }

  growthRefused(t: Fiber): void {
    if (!this.isLive || t !== this.fiber) return;
    this.recorder.add({ kind: 'refused', instructionCount: instructionCountOf(t) });
  }
}

function gapError(from: number, problem: string): SnapshotError {
  return new SnapshotError(`what came after instruction ${from} is not in the recording: ${problem}`);
}
