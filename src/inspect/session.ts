/**
 * A session looks at instances: calls them under control, steps, pauses at breakpoints and watchpoints,
 * shows and edits what is there. One session a store; when it is closed, nothing of it is left.
 *
 * Going back in time is history's.
 */
import {
  abandon,
  advance,
  type Fiber,
  hookReturn,
  isConvertible,
  LINK,
  type Observer,
  type Standing,
  settled,
  stand,
  takeResults,
} from '../interpreter/index.ts';
import type { Func, HostArguments, Instance, Instr } from '../runtime/index.ts';
import { HostExit, InternalError, UsageError } from '../syntax/index.ts';
import { type Frame, frameCount, framesOf } from './frames/index.ts';
import { History, type HistoryOptions } from './history/history.ts';
import { partsOf } from './history/store-parts.ts';
import { type LastWrite, type Scan, Travel } from './history/travel.ts';
import type { Machine } from './machine.ts';
import { LookedAt, type Removal, type Site } from './points/looked-at.ts';
import { Points } from './points/points.ts';
import type { WatchTarget } from './points/watchpoint.ts';
import type { Stop, StopReason } from './stop.ts';
import { instructionCountOf } from './visit.ts';

/** How a call that the session does not drive goes on after a stop. */
export type Continuation = 'run' | 'step' | 'out';

export interface SessionOptions {
  /** Is told of stops in calls that the session does not drive: calls back from host functions, plain calls. */
  readonly onStop?: ((stop: Stop) => Continuation | undefined) | undefined;
  /** Is given the texts of log points. */
  readonly onLog?: ((text: string) => void) | undefined;
}

/** Who is told of what happens between instructions; each part may be absent. */
export interface SessionListener {
  /** An exception has landed: a handler's code runs next. */
  landed?(t: Fiber): void;
  /** A call that the embedder made has ended, well (`t.hasExited`) or at `t.n`. */
  ended?(t: Fiber): void;
  beforeHost?(t: Fiber, f: Func, args: HostArguments): void;
  /** A host function has returned; not told when it threw. */
  afterHost?(t: Fiber, f: Func, args: HostArguments): void;
}

interface Call {
  readonly func: Func;
  readonly args: HostArguments;
  /** Word offset of the results. */
  readonly base: number;
}

/** A call of `callAsync` that was in progress when the session came, or that paused since. */
interface Adopted {
  readonly resume: () => void;
}

/** Index on the control stack of the call that the innermost frame returns to. */
function waitingCall({ OS, sp }: Fiber): number {
  return OS[sp - 1] === LINK ? sp - 2 : sp - 1;
}

/** Shorter runs stay in clear code: they would be over before fast code gains anything. */
const CLEAR_COUNT = 50_000;
/** A scan that looks for nothing: points keep quiet. */
const silence: Scan = { hit: () => undefined, hitByHost: () => undefined };
const FOREVER = Number.POSITIVE_INFINITY;

export class Session implements Observer {
  /** @internal */
  readonly machine: Machine;
  readonly points: Points;
  private readonly options: SessionOptions;
  private readonly lookedAt: readonly LookedAt[];
  /** The fiber that stands or runs under the session's eyes. */
  private fiber: Fiber | undefined;
  private call_: Call | undefined;
  private adopted: Adopted | undefined;
  private whenStopped: ((stop: Stop) => void) | undefined;
  /** Why the fiber is about to pause; absent: because `pauseAt` said so. */
  private halt: Stop | undefined;
  /** What a pause by `pauseAt` is called. */
  private limitReason: StopReason = 'step';
  /** While a step waits for frames to return: the height of the control stack that ends it. */
  private floor = -1;
  /** Instructions that had run when the fiber was last told to go on: breakpoints there have been seen. */
  private resumedAt = -1;
  private isClosed = false;
  private history_: History | undefined;
  private travel: Travel | undefined;
  /** Instances run the code that all share: nobody is asked, and operands may be elsewhere. */
  private isFast = false;
  /** Points are asked on behalf of one who looks for something in the past. */
  scan: Scan | undefined;
  /** What the next pause is called, asked for when it comes. */
  private afterwards: (() => Stop) | undefined;
  private currentStop: Stop | undefined;
  private readonly listeners = new Set<SessionListener>();

  /**
   * @param instances what to look at; each gets clear code of its own
   * @throws {UsageError} when somebody else looks at the store
   */
  constructor(machine: Machine, instances: readonly Instance[], options: SessionOptions = {}) {
    if (machine.meter.observer !== null) {
      throw new UsageError('somebody already looks at this store: close the other session first');
    }
    this.machine = machine;
    this.options = options;
    machine.meter.observer = this;
    const fibers = machine.fibers();
    if (!fibers.every(isConvertible)) throw new UsageError('a guest stands inside of an instruction; pause it first');
    this.lookedAt = instances.map((instance) => new LookedAt(instance));
    this.showClear(true);
    this.points = new Points(this, this.lookedAt);
  }

  /** Where and why the guest stands; undefined when nothing is called. */
  get stop(): Stop | undefined {
    return this.currentStop;
  }

  /** Instructions of the store that have run: it names a moment. */
  get instructionCount(): number {
    const { fiber } = this;
    return fiber === undefined ? this.machine.meter.instructionCount : instructionCountOf(fiber);
  }

  /** The frames, innermost first; none when nothing is called. */
  get frames(): readonly Frame[] {
    return this.framesUpTo(FOREVER);
  }

  /** The innermost frame. @throws {UsageError} when nothing is called */
  get frame(): Frame {
    const [frame] = this.framesUpTo(1);
    if (frame === undefined) throw new UsageError('nothing is called: there is no frame');
    return frame;
  }

  /** How many frames there are; cheap. */
  get depth(): number {
    const { fiber } = this;
    return fiber === undefined || fiber.sp === 0 ? 0 : frameCount(fiber);
  }

  framesUpTo(limit: number): readonly Frame[] {
    const { fiber } = this;
    if (fiber === undefined || fiber.sp === 0) return [];
    return framesOf(fiber, { bridge: this.machine.bridge, limit });
  }

  /** @internal */
  get currentFiber(): Fiber | undefined {
    return this.fiber;
  }

  /** @internal What the session keeps of an instance; undefined for one that it does not look at. */
  lookedAtOf(instance: Instance): LookedAt | undefined {
    return this.lookedAt.find((each) => each.instance === instance);
  }

  /** @internal The result takes it back. */
  listen(listener: SessionListener): Removal {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  // Calling.

  /**
   * Calls a function, and stops before its first instruction.
   *
   * @throws {UsageError} for arguments that do not fit, or when the session is closed
   */
  begin(func: Func, values: readonly unknown[]): Stop {
    this.checkOpen();
    const { instance } = func;
    if (instance === null) throw new UsageError('this is a host function: nothing of it can be seen');
    this.end();
    this.stopRecording();
    const args = this.machine.argumentsOf(func, values);
    const fiber = this.machine.takeFiber(instance);
    this.fiber = fiber;
    this.call_ = { func, args, base: stand(fiber, func, args) };
    return this.drive(this.instructionCount, 'entry');
  }

  /** Forgets the call in progress, if it is the session's own. */
  end(): void {
    if (this.fiber !== undefined && this.call_ !== undefined) {
      abandon(this.fiber);
      this.machine.giveFiber(this.fiber);
    }
    this.fiber = undefined;
    this.call_ = undefined;
    this.currentStop = undefined;
  }

  /** Gives the instances their own code back; a call in progress that is not the session's goes on. */
  close(): void {
    if (this.isClosed) return;
    this.points.removeAll();
    if (this.call_ !== undefined) this.end();
    this.isClosed = true;
    const { machine } = this;
    machine.meter.pauseAt = FOREVER;
    machine.meter.observer = null;
    this.showClear(false);
    this.release();
  }

  private showClear(isClear: boolean): void {
    this.isFast = !isClear;
    const fibers = this.machine.fibers();
    for (const each of this.lookedAt) each.showClear(isClear, fibers);
  }

  // Going on.

  /** Runs one instruction; into the function that it calls. */
  step(): Stop {
    return this.drive(this.instructionCount + 1, 'step');
  }

  /** Runs one instruction, and what it calls. */
  stepOver(): Stop {
    const fiber = this.standing();
    const height = fiber.sp;
    const stop = this.step();
    return stop.reason === 'step' && fiber.sp > height ? this.finish(fiber, height) : stop;
  }

  /** Runs until the innermost frame has returned, or `budget` instructions have run. */
  stepOut({ budget = FOREVER }: { readonly budget?: number } = {}): Stop {
    const fiber = this.standing();
    const index = waitingCall(fiber);
    return index <= 0 ? this.run({ budget }) : this.finish(fiber, index, budget);
  }

  /** Runs until something stops it, or `budget` instructions have run. */
  run({ budget = FOREVER }: { readonly budget?: number } = {}): Stop {
    if (!(budget >= 0)) throw new UsageError(`budget must be a number of instructions, not ${budget}`);
    return this.drive(this.instructionCount + budget, 'budget');
  }

  /** As `run`; host functions may return promises, and the event loop gets a turn every 8 ms. */
  async runAsync({ budget = FOREVER }: { readonly budget?: number } = {}): Promise<Stop> {
    return this.driveAsync(this.instructionCount + budget, 'budget');
  }

  /** As `step`, waiting for a host function that returned a promise. */
  async stepAsync(): Promise<Stop> {
    return this.driveAsync(this.instructionCount + 1, 'step');
  }

  /** Makes the running guest pause before its next instruction: from a host function, a probe, or another turn. */
  pause(): void {
    this.halt ??= { reason: 'pause' };
    this.pauseSoon();
  }

  private finish(fiber: Fiber, index: number, budget = FOREVER): Stop {
    this.floor = index;
    const undo = hookReturn(fiber, index, (t, hook) => {
      this.limitReason = 'step';
      if (t === fiber) this.pauseSoon();
      return hook.next;
    });
    try {
      return this.drive(this.instructionCount + budget, 'budget');
    } finally {
      this.floor = -1;
      undo();
    }
  }

  /** @internal The fiber pauses before its next instruction. */
  pauseSoon(): void {
    const { meter } = this.machine;
    meter.running?.endSlice();
    meter.pauseAt = meter.instructionCount;
  }

  /** @internal The fiber pauses after the instruction that it stands before. */
  pauseAfter(stop: () => Stop): void {
    const { meter } = this.machine;
    meter.running?.endSlice();
    meter.pauseAt = Math.min(meter.pauseAt, meter.instructionCount + 1);
    this.afterwards = stop;
  }

  private standing(): Fiber {
    this.checkOpen();
    const { fiber, currentStop } = this;
    if (fiber === undefined || currentStop === undefined) {
      throw new UsageError('nothing is called: call a function first');
    }
    if (currentStop.reason === 'exit' || currentStop.reason === 'trap') {
      throw new UsageError('the call has ended: call a function anew');
    }
    return fiber;
  }

  private checkOpen(): void {
    if (this.isClosed) throw new UsageError('the session is closed');
  }

  /** Runs the session's own call until it stops. */
  private drive(pauseAt: number, reason: StopReason): Stop {
    const fiber = this.prepare(pauseAt, reason);
    if (this.call_ === undefined) {
      throw new UsageError('the call in progress is not the session’s: use runAsync, or answer in onStop');
    }
    for (;;) {
      const stop = this.turn(fiber);
      if (stop !== undefined) return this.stopped(stop, pauseAt);
    }
  }

  private async driveAsync(pauseAt: number, reason: StopReason): Promise<Stop> {
    if (this.call_ === undefined) return this.nextStop(pauseAt, reason);
    const fiber = this.prepare(pauseAt, reason);
    for (;;) {
      const stop = this.turn(fiber);
      if (stop === undefined) await this.machine.nextTurn();
      else if (stop.reason !== 'waiting') return this.stopped(stop, pauseAt);
      else {
        const failure = await this.settle(fiber);
        if (failure !== undefined) return this.stopped(failure, pauseAt);
      }
    }
  }

  private prepare(pauseAt: number, reason: StopReason): Fiber {
    const fiber = this.currentStop === undefined ? this.fiber : this.standing();
    if (fiber === undefined) throw new UsageError('nothing is called: call a function first');
    const { history_: history } = this;
    if (history?.isReplaying && history.endStop === undefined && this.instructionCount >= history.endCount) {
      history.goLive();
    }
    const limit = history?.isReplaying ? Math.min(pauseAt, history.endCount) : pauseAt;
    this.setOut(limit, reason);
    // A step out has put its hook into the clear code that waits.
    const needsClear = history === undefined || this.floor >= 0 || !this.points.isEmpty;
    this.showClear(needsClear || limit - this.instructionCount < CLEAR_COUNT);
    return fiber;
  }

  private setOut(pauseAt: number, reason: StopReason): void {
    this.machine.meter.pauseAt = pauseAt;
    this.limitReason = reason;
    this.halt = undefined;
    this.afterwards = undefined;
    this.resumedAt = this.currentStop === undefined ? -1 : this.instructionCount;
  }

  /** Has a breakpoint at this instant been told of before? */
  hasBeenSeen(t: Fiber): boolean {
    return instructionCountOf(t) === this.resumedAt;
  }

  private async settle(fiber: Fiber): Promise<Stop | undefined> {
    try {
      await settled(fiber);
      return undefined;
    } catch (error) {
      return this.failure(error);
    }
  }

  /** Runs a turn. @returns undefined when the fiber only yielded */
  private turn(fiber: Fiber): Stop | undefined {
    let standing: Standing;
    try {
      standing = advance(fiber);
    } catch (error) {
      return this.failure(error);
    }
    if (standing === 'exited') return this.results(fiber);
    if (standing === 'waiting') return { reason: 'waiting' };
    return standing === 'paused' ? this.pauseStop() : undefined;
  }

  private pauseStop(): Stop {
    return this.halt ?? this.afterwards?.() ?? { reason: this.limitReason };
  }

  private results(fiber: Fiber): Stop {
    const { func, args, base } = this.call_!;
    takeResults(fiber, base, func, args);
    return { reason: 'exit', results: this.machine.resultsOf(func, args) };
  }

  private failure(error: unknown): Stop {
    if (error instanceof InternalError) throw error;
    if (error instanceof HostExit) return { reason: 'exit', error };
    const [breakpoint] = this.points.onTrap();
    return { reason: 'trap', error: this.machine.outward(error), ...(breakpoint && { breakpoint }) };
  }

  private stopped(found: Stop, pauseAt: number): Stop {
    let stop = found;
    this.machine.meter.pauseAt = FOREVER;
    const { history_: history } = this;
    if (history !== undefined) {
      const count = this.instructionCount;
      if (history.isReplaying && stop.reason === this.limitReason && count >= history.endCount && count < pauseAt) {
        stop = history.endStop ?? { reason: 'end-of-history' };
      }
      history.reached(count, stop);
      if (this.isFast && stop.reason === 'trap') stop = this.travel!.seeTrap(stop);
    }
    return this.arrive(stop);
  }

  // Time.

  /** The history; undefined while nothing is recorded. */
  get history(): History | undefined {
    return this.history_;
  }

  /**
   * Begins to record: from here on every moment of the call can be come back to.
   *
   * @throws {SnapshotError} for what cannot be recorded, naming it
   */
  record(options: HistoryOptions = {}): History {
    const fiber = this.standing();
    if (this.call_ === undefined) throw new UsageError('only calls that the session made can be recorded');
    const instances = this.lookedAt.map(({ instance }) => instance);
    this.history_ = new History(fiber, partsOf(instances), options);
    this.travel = new Travel(this, this.history_);
    return this.history_;
  }

  stopRecording(): void {
    this.history_ = undefined;
    this.travel = undefined;
  }

  /**
   * Goes to a moment of the recorded call, back or forward.
   *
   * @param instructionCount as `session.instructionCount` was then
   */
  goTo(instructionCount: number): Stop {
    return this.travelling().goTo(instructionCount);
  }

  /** Goes back one instruction, into functions that have returned. */
  stepBack(): Stop {
    return this.travelling().goTo(this.instructionCount - 1);
  }

  /** Goes back one instruction of this frame, over what it called. */
  stepBackOver(): Stop {
    return this.travelling().stepBackOver();
  }

  /** Goes back to the call of this frame's function. */
  stepBackOut(): Stop {
    return this.travelling().stepBackOut();
  }

  /** Goes back to the last moment that a breakpoint or watchpoint would have paused at. */
  runBack(): Stop {
    return this.travelling().runBack();
  }

  /** Who wrote something last, before this moment; undefined when nobody has in the recorded time. */
  lastWriteTo(target: WatchTarget): LastWrite | undefined {
    return this.travelling().lastWrite(target);
  }

  private travelling(): Travel {
    this.checkOpen();
    if (this.travel === undefined) throw new UsageError('nothing is recorded: begin with record()');
    return this.travel;
  }

  /** @internal The session stands where time travel, or a run, has brought it. */
  arrive(stop: Stop): Stop {
    this.showClear(true);
    this.machine.meter.pauseAt = FOREVER;
    this.currentStop = stop;
    return stop;
  }

  /** @internal Runs to a moment without asking anybody, but for a scan. @returns how it ended, if it did before */
  runQuietly(instructionCount: number, scan?: Scan): Stop | undefined {
    const { fiber } = this;
    if (fiber === undefined) throw new InternalError('nothing is called');
    this.scan = scan;
    this.halt = undefined;
    this.afterwards = undefined;
    this.machine.meter.pauseAt = instructionCount;
    this.showClear(scan !== undefined || instructionCount - this.instructionCount < CLEAR_COUNT);
    this.scan ??= this.isFast ? undefined : silence;
    try {
      for (;;) {
        const stop = this.turn(fiber);
        if (stop !== undefined) return stop.reason === 'exit' || stop.reason === 'trap' ? stop : undefined;
      }
    } finally {
      this.scan = undefined;
    }
  }

  /** @internal */
  get places(): readonly LookedAt[] {
    return this.lookedAt;
  }

  // Calls that the session does not drive.

  private nextStop(pauseAt: number, reason: StopReason): Promise<Stop> {
    this.checkOpen();
    this.setOut(pauseAt, reason);
    return new Promise((resolve) => {
      this.whenStopped = resolve;
      this.currentStop = undefined;
      this.release();
    });
  }

  private release(): void {
    const { adopted } = this;
    this.adopted = undefined;
    adopted?.resume();
  }

  /** @internal A call of the embedder's has paused. */
  paused(t: Fiber): Promise<void> | undefined {
    const stop = this.pauseStop();
    this.halt = undefined;
    this.afterwards = undefined;
    this.machine.meter.pauseAt = FOREVER;
    return t.mayWait ? this.adopt(t, stop) : this.answer(t, stop);
  }

  private adopt(t: Fiber, stop: Stop): Promise<void> {
    this.fiber = t;
    this.currentStop = stop;
    return new Promise((resume) => {
      this.adopted = { resume };
      this.whenStopped?.(stop);
      this.whenStopped = undefined;
    });
  }

  /** A synchronous call stands only for as long as the handler takes. */
  private answer(t: Fiber, stop: Stop): undefined {
    const { fiber, currentStop } = this;
    this.fiber = t;
    this.currentStop = stop;
    const continuation = this.options.onStop?.(stop) ?? 'run';
    this.resumedAt = instructionCountOf(t);
    if (continuation === 'step') this.machine.meter.pauseAt = this.resumedAt + 1;
    else if (continuation === 'out') this.pauseOnReturn(t);
    this.fiber = fiber;
    this.currentStop = currentStop;
  }

  private pauseOnReturn(t: Fiber): void {
    const index = waitingCall(t);
    if (index > 0) hookReturn(t, index, (_, hook) => this.pauseAtHook(hook));
  }

  private pauseAtHook(hook: Instr): Instr | null {
    this.limitReason = 'step';
    this.pauseSoon();
    return hook.next;
  }

  /** @internal */
  ended(t: Fiber): void {
    for (const listener of this.listeners) listener.ended?.(t);
    if (t !== this.fiber || this.call_ !== undefined || t.depth > 0) return;
    this.fiber = undefined;
    const stop: Stop = { reason: 'exit' };
    this.currentStop = stop;
    this.whenStopped?.(stop);
    this.whenStopped = undefined;
  }

  // What the interpreter tells.

  /** @internal */
  visit(t: Fiber, probe: Instr): boolean {
    const site = probe.k as Site;
    const { fiber } = this;
    this.fiber = t;
    let goesOn = true;
    for (const visitor of site.visitors.length === 1 ? site.visitors : [...site.visitors]) {
      if (!visitor(t, site)) goesOn = false;
    }
    this.fiber = fiber;
    return goesOn;
  }

  /** @internal Says why a visitor pauses. */
  haltFor(stop: Stop): false {
    this.halt = stop;
    return false;
  }

  /** @internal */
  landed(t: Fiber): void {
    for (const listener of this.listeners) listener.landed?.(t);
    if (t !== this.fiber || this.floor < 0 || t.sp > this.floor) return;
    this.limitReason = 'step';
    this.pauseSoon();
  }

  /** @internal */
  sliced(t: Fiber, from: Instr, n: Instr): void {
    this.history_?.sliced(t, from, n);
  }

  /** @internal */
  calledBack(t: Fiber, f: Func, args: HostArguments): void {
    this.history_?.calledBack(t, f, args);
  }

  /** @internal */
  refusesGrowth(t: Fiber): boolean {
    return this.history_?.refusesGrowth(t) ?? false;
  }

  /** @internal */
  growthRefused(t: Fiber): void {
    this.history_?.growthRefused(t);
  }

  /** @internal */
  callHost(t: Fiber, f: Func, caller: Instance, args: HostArguments): Promise<void> | undefined {
    for (const listener of this.listeners) listener.beforeHost?.(t, f, args);
    const promise = this.watchedHost(t, f, caller, args);
    const tell = () => {
      for (const listener of this.listeners) listener.afterHost?.(t, f, args);
    };
    if (promise === undefined) tell();
    return promise?.then(tell);
  }

  /** Calls a host function and looks what it has changed. */
  private watchedHost(t: Fiber, f: Func, caller: Instance, args: HostArguments): Promise<void> | undefined {
    const { history_: history } = this;
    const seen = this.points.beforeHost();
    let promise: Promise<void> | undefined;
    try {
      promise = history === undefined ? f.host!(caller, args) : history.callHost(t, f, caller, args);
    } finally {
      if (promise === undefined) this.points.afterHost(seen);
    }
    return promise?.finally(() => this.points.afterHost(seen));
  }

  /** @internal */
  log(text: string): void {
    this.options.onLog?.(text);
  }
}
