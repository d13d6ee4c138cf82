/**
 * A session looks at instances: calls them under control, steps, pauses at breakpoints and watchpoints,
 * shows and edits what is there, and goes back in time. One session a store; when it is closed, nothing of
 * it is left.
 */
import { type Fiber, type FiberState, hookReturn, isConvertible } from '../interpreter/index.ts';
import type { Func, HostArguments, Instance } from '../runtime/index.ts';
import { InternalError, SnapshotError, UsageError } from '../syntax/index.ts';
import { type Continuation, ForeignCalls } from './foreign-calls.ts';
import { type Frame, frameCount, framesOf } from './frames/index.ts';
import { History, type HistoryOptions } from './history/history.ts';
import type { Recording } from './history/recording-format.ts';
import { partsOf } from './history/store-parts.ts';
import { type LastWrite, type Scan, Travel } from './history/travel.ts';
import type { Machine } from './machine.ts';
import { OwnCall } from './own-call.ts';
import { FOREVER, Pauses } from './pauses.ts';
import { LookedAt, type Removal } from './points/looked-at.ts';
import { Points } from './points/points.ts';
import type { WatchTarget } from './points/watchpoint.ts';
import { type Scene, type SessionListener, SessionObserver } from './session-observer.ts';
import type { Stop, StopReason } from './stop.ts';
import { instructionCountOf, waitingCall } from './visit.ts';

export interface SessionOptions {
  /** Is told of stops in calls that the session does not make: calls back from host functions, plain calls. */
  readonly onStop?: ((stop: Stop) => Continuation | undefined) | undefined;
  /** Is given the texts of log points. */
  readonly onLog?: ((text: string) => void) | undefined;
}

export interface Budget {
  /** Instructions that may run; absent: no bound. */
  readonly budget?: number | undefined;
}

const NOTHING_CALLED = 'nothing is called: call a function first';
/** Shorter runs stay in clear code: they would be over before fast code gains anything. */
const CLEAR_COUNT = 50_000;
/** A scan that looks for nothing: points and listeners hear nothing. */
const silence: Scan = { hit: () => undefined, hitByHost: () => undefined };

function checkBudget(budget: number): void {
  if (typeof budget === 'number' && budget >= 0) return;
  throw new UsageError(`budget must be a number of instructions, not ${budget}`);
}

export class Session {
  /** @internal */
  readonly machine: Machine;
  readonly points: Points;
  /** @internal */
  readonly pauses: Pauses;
  /** @internal */
  readonly lookedAt: readonly LookedAt[];
  private readonly options: SessionOptions;
  private readonly scene: Scene = {
    fiber: undefined,
    stop: undefined,
    history: undefined,
    scan: undefined,
    floor: -1,
    isOwn: false,
  };
  private readonly foreign: ForeignCalls;
  private readonly observer: SessionObserver;
  private own: OwnCall | undefined;
  /** The session's call while it runs, or waits for the host under `runAsync`. */
  private going: OwnCall | undefined;
  private travel: Travel | undefined;
  /** Instances run the code that all share: nobody is asked, and operands may be elsewhere. */
  private isFast = false;
  private isClosed = false;
  /** The call has ended by an error in fast code, which left no frames. */
  private hasUnseenEnd = false;

  /**
   * @param instances what to look at; each gets clear code of its own
   * @throws {UsageError} when somebody else looks at the store
   */
  constructor(machine: Machine, instances: readonly Instance[], options: SessionOptions = {}) {
    if (machine.meter.observer !== null) {
      throw new UsageError('somebody already looks at this store: close the other session first');
    }
    if (!machine.fibers().every(isConvertible)) {
      throw new UsageError('a guest stands inside of an instruction; pause it first');
    }
    this.machine = machine;
    this.options = options;
    this.lookedAt = instances.map((instance) => new LookedAt(instance));
    this.pauses = new Pauses(machine.meter);
    this.points = new Points(this, this.lookedAt);
    this.foreign = new ForeignCalls(this.pauses, this.scene, options.onStop);
    this.observer = new SessionObserver(this.scene, this.pauses, this.points, this.foreign);
    machine.meter.observer = this.observer;
    machine.bridge.edits = () => this.scene.history?.noteEdit();
    this.showClear(true);
  }

  // What is there.

  /** Where and why the guest stands; undefined when nothing is called. */
  get stop(): Stop | undefined {
    return this.scene.stop;
  }

  /** Instructions of the store that have run: it names a moment. */
  get instructionCount(): number {
    const { fiber } = this.scene;
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
    this.seeEnd();
    const { fiber } = this.scene;
    return fiber === undefined || fiber.sp === 0 ? 0 : frameCount(fiber);
  }

  framesUpTo(limit: number): readonly Frame[] {
    this.seeEnd();
    const { fiber } = this.scene;
    if (fiber === undefined || fiber.sp === 0) return [];
    return framesOf(fiber, { bridge: this.machine.bridge, limit });
  }

  /** Goes to the error that has ended a run in fast code, once more. There are no frames where a recording has gaps. */
  private seeEnd(): void {
    const { stop } = this.scene;
    if (!this.hasUnseenEnd || stop === undefined) return;
    try {
      this.travel?.seeEnd();
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.own!.dropFrames();
    }
    this.arrive(stop);
  }

  /** @internal */
  get currentFiber(): Fiber | undefined {
    return this.scene.fiber;
  }

  /** @internal */
  get scan(): Scan | undefined {
    return this.scene.scan;
  }

  /** @internal What the session keeps of an instance; undefined for one that it does not look at. */
  lookedAtOf(instance: Instance): LookedAt | undefined {
    return this.lookedAt.find((each) => each.instance === instance);
  }

  /** @internal The result takes it back. */
  listen(listener: SessionListener): Removal {
    this.observer.listeners.add(listener);
    return () => {
      this.observer.listeners.delete(listener);
    };
  }

  /** @internal */
  log(text: string): void {
    this.options.onLog?.(text);
  }

  // Calling.

  /**
   * Calls a function, and stops before its first instruction.
   *
   * @throws {UsageError} for arguments that do not fit, or when the session is closed
   */
  begin(func: Func, values: readonly unknown[]): Stop {
    this.checkOpen();
    if (func.instance === null) throw new UsageError('this is a host function: nothing of it can be seen');
    return this.beginWith(func, this.machine.argumentsOf(func, values));
  }

  /** @internal As `begin`, with arguments as the interpreter has them. */
  beginWith(func: Func, args: HostArguments): Stop {
    this.checkOpen();
    this.checkStands();
    this.end();
    this.take(OwnCall.of(this.machine, this.pauses, func, args));
    return this.drive(this.instructionCount, 'entry');
  }

  /** @internal The call that the session makes, and its results once it has ended. */
  get ownCall(): Pick<OwnCall, 'func' | 'args'> | undefined {
    return this.own;
  }

  /** @internal Takes up a call that was saved; it stands where it stood. */
  beginAt(state: FiberState): Stop {
    this.checkOpen();
    this.checkStands();
    this.end();
    this.take(OwnCall.ofState(this.machine, this.pauses, state));
    return this.arrive({ reason: state.pending === undefined ? 'pause' : 'waiting' });
  }

  private take(call: OwnCall): void {
    this.own = call;
    this.scene.fiber = call.fiber;
    this.scene.isOwn = true;
  }

  /**
   * Forgets the call in progress, if it is the session's own, and its recording.
   *
   * @throws {UsageError} when its code runs just now: in a probe, a condition, a host function
   */
  end(): void {
    const { own } = this;
    if (own !== undefined && this.machine.meter.running === own.fiber) {
      throw new UsageError('the guest runs: pause it first, and end the call when it stands');
    }
    this.stopRecording();
    own?.end();
    this.own = undefined;
    this.going = undefined;
    Object.assign(this.scene, { fiber: undefined, stop: undefined, isOwn: false });
  }

  /**
   * Gives the instances their own code back; a call in progress that is not the session's goes on.
   *
   * @throws {UsageError} as `end`
   */
  close(): void {
    if (this.isClosed) return;
    if (this.own !== undefined) this.end();
    this.points.removeAll();
    this.isClosed = true;
    const { meter } = this.machine;
    meter.pauseAt = FOREVER;
    meter.observer = null;
    // Who waits inside of an instruction goes on in the clear code that it waits in, and so do all.
    if (this.machine.fibers().every(isConvertible)) this.showClear(false);
    for (const each of this.lookedAt) each.release();
    this.foreign.close();
  }

  private showClear(isClear: boolean): void {
    this.isFast = !isClear;
    const fibers = this.machine.fibers();
    for (const each of this.lookedAt) each.showClear(isClear, fibers);
  }

  private checkOpen(): void {
    if (this.isClosed) throw new UsageError('the session is closed');
  }

  private checkStands(): void {
    if (this.going !== undefined) throw new UsageError('the guest runs: pause it first');
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
    return stop.reason === 'step' && fiber.sp > height ? this.finish(fiber, height, FOREVER) : stop;
  }

  /** Runs until the innermost frame has returned, or `budget` instructions have run. */
  stepOut({ budget = FOREVER }: Budget = {}): Stop {
    checkBudget(budget);
    const fiber = this.standing();
    const index = waitingCall(fiber);
    return index <= 0 ? this.run({ budget }) : this.finish(fiber, index, budget);
  }

  /** Runs until something stops it, or `budget` instructions have run. */
  run({ budget = FOREVER }: Budget = {}): Stop {
    checkBudget(budget);
    return this.drive(this.instructionCount + budget, 'budget');
  }

  /**
   * As `run`; host functions may return promises, and the event loop gets a turn every 8 ms. Of a call that the
   * session did not make it tells the next stop, or the end.
   */
  async runAsync({ budget = FOREVER }: Budget = {}): Promise<Stop> {
    checkBudget(budget);
    return this.driveAsync(this.instructionCount + budget, 'budget');
  }

  /** As `step`, waiting for a host function that returned a promise. */
  async stepAsync(): Promise<Stop> {
    return this.driveAsync(this.instructionCount + 1, 'step');
  }

  /** Makes the running guest pause before its next instruction: from a host function, a probe, or another turn. */
  pause(): void {
    if (this.isClosed) return;
    this.pauses.suggest({ reason: 'pause' });
    this.pauses.soon();
  }

  /** Runs until the call at `index` of the control stack has returned. */
  private finish(fiber: Fiber, index: number, budget: number): Stop {
    this.scene.floor = index;
    const undo = hookReturn(fiber, index, (t, hook) => {
      this.pauses.limitReason = 'step';
      if (t === fiber) this.pauses.soon();
      return hook.next;
    });
    try {
      return this.drive(this.instructionCount + budget, 'budget');
    } finally {
      this.scene.floor = -1;
      undo();
    }
  }

  /** The session's call stands where its user has seen it. */
  private standing(): Fiber {
    this.checkOpen();
    this.checkStands();
    const { fiber, stop } = this.scene;
    if (fiber === undefined || stop === undefined) {
      throw new UsageError(NOTHING_CALLED);
    }
    if (stop.reason === 'exit' || stop.reason === 'trap') {
      throw new UsageError('the call has ended: call a function anew');
    }
    return fiber;
  }

  private drive(pauseAt: number, reason: StopReason): Stop {
    const own = this.prepare(pauseAt, reason);
    if (own.isWaiting) return this.arrive({ reason: 'waiting' });
    this.going = own;
    try {
      for (;;) {
        const stop = own.turn();
        if (stop !== undefined && !this.crosses(stop, pauseAt)) return this.stopped(stop, pauseAt);
      }
    } finally {
      this.going = undefined;
    }
  }

  private async driveAsync(pauseAt: number, reason: StopReason): Promise<Stop> {
    if (this.own === undefined) {
      this.checkOpen();
      if (!this.machine.fibers().some(({ sp }) => sp > 0)) throw new UsageError(NOTHING_CALLED);
      return this.foreign.goOn(() => this.setOut(pauseAt, reason));
    }
    const own = this.prepare(pauseAt, reason);
    this.going = own;
    try {
      for (;;) {
        const stop: Stop | undefined = own.isWaiting ? { reason: 'waiting' } : own.turn();
        if (stop !== undefined && this.crosses(stop, pauseAt)) continue;
        if (stop !== undefined && stop.reason !== 'waiting') return this.stopped(stop, pauseAt);
        const failure = stop === undefined ? await this.machine.nextTurn() : await own.settle();
        if (this.own !== own) throw new UsageError('the call was ended while it ran');
        if (failure !== undefined) return this.stopped(failure, pauseAt);
      }
    } finally {
      if (this.going === own) this.going = undefined;
    }
  }

  /** @returns the session's call, which may go on until `pauseAt` */
  private prepare(pauseAt: number, reason: StopReason): OwnCall {
    this.checkStands();
    if (this.scene.stop !== undefined) this.standing();
    if (this.scene.fiber === undefined) throw new UsageError(NOTHING_CALLED);
    const { own } = this;
    if (own === undefined || own.fiber !== this.scene.fiber) {
      throw new UsageError('the call in progress is not the session’s: use runAsync, or answer in onStop');
    }
    const { history, floor } = this.scene;
    history?.settleEdits();
    history?.departs();
    const isAtEnd = history?.isReplaying && history.endStop === undefined && this.instructionCount >= history.endCount;
    if (isAtEnd) history.goLive();
    const limit = history?.isReplaying ? Math.min(pauseAt, history.limit) : pauseAt;
    this.setOut(limit, reason);
    // A step out has put its hook into the clear code that waits.
    const needsClear = history === undefined || floor >= 0 || !this.points.isEmpty;
    this.showClear(needsClear || limit - this.instructionCount < CLEAR_COUNT);
    return own;
  }

  private setOut(pauseAt: number, reason: StopReason): void {
    this.pauses.setOut(pauseAt, reason, this.scene.stop === undefined ? undefined : this.instructionCount);
  }

  /** A replay has come to where its user changed the guest: from there it goes on. */
  private crosses(stop: Stop, pauseAt: number): boolean {
    const { history } = this.scene;
    const isLimit = history?.isReplaying && stop.reason === this.pauses.limitReason;
    if (!isLimit || this.instructionCount < history.limit || !this.keepStanding(() => history.cross())) return false;
    this.pauses.setOut(Math.min(pauseAt, history.limit), this.pauses.limitReason, undefined);
    return this.instructionCount < pauseAt;
  }

  private stopped(found: Stop, pauseAt: number): Stop {
    const { history } = this.scene;
    let stop = found.reason === 'trap' ? { ...found, ...this.points.onTrap() } : found;
    if (history !== undefined) {
      const count = this.instructionCount;
      const isLimit = stop.reason === this.pauses.limitReason;
      if (history.isReplaying && isLimit && count >= history.endCount && count < pauseAt) {
        stop = history.stopAtEnd();
      }
      history.reached(count, stop);
    }
    // What fast code leaves at an error is no moment that can be shown: whoever asks gets the way there again.
    const isUnseen = this.isFast && found.error !== undefined;
    if (isUnseen) this.own!.dropFrames();
    this.arrive(stop);
    this.hasUnseenEnd = isUnseen;
    return stop;
  }

  /** @internal The session stands where time travel, or a run, has brought it. */
  arrive(stop: Stop): Stop {
    this.showClear(true);
    this.machine.meter.pauseAt = FOREVER;
    this.scene.stop = stop;
    this.hasUnseenEnd = false;
    this.scene.history?.arrived();
    return stop;
  }

  // Time.

  /** The history; undefined while nothing is recorded. */
  get history(): History | undefined {
    return this.scene.history;
  }

  /**
   * Begins to record: from here on every moment of the call can be come back to.
   *
   * @throws {SnapshotError} for what cannot be recorded, naming it
   */
  record(options: HistoryOptions = {}): History {
    const { history } = this.scene;
    // What has been opened goes on as it was recorded.
    if (history?.isReplaying && history.isOpened) return history;
    const fiber = this.standing();
    if (this.own === undefined) throw new UsageError('only calls that the session made can be recorded');
    this.stopRecording();
    const parts = partsOf(this.lookedAt.map(({ instance }) => instance));
    return this.keep(new History(fiber, parts, options));
  }

  /** @internal Takes up a call that was recorded; it stands at the recording's first moment. */
  beginRecorded(recording: Recording, options: HistoryOptions = {}): Stop {
    const stop = this.beginAt(recording.state.fiber!);
    const parts = partsOf(recording.state.instances);
    this.keep(History.of(recording, this.own!.fiber, parts, options));
    return this.arrive(stop.reason === 'waiting' ? stop : { reason: 'entry' });
  }

  private keep(history: History): History {
    this.scene.history = history;
    this.travel = new Travel(this, history);
    history.arrived();
    return history;
  }

  stopRecording(): void {
    this.scene.history?.close();
    this.scene.history = undefined;
    this.travel = undefined;
  }

  /**
   * Goes to a moment of the recorded call, back or forward.
   *
   * @param instructionCount as `session.instructionCount` was then
   * @throws {SnapshotError} when the way there leads over something that could not be recorded, as do all of these
   */
  goTo(instructionCount: number): Stop {
    return this.keepStanding(() => this.travelling().goTo(instructionCount));
  }

  /** Goes back one instruction, into functions that have returned. */
  stepBack(): Stop {
    return this.goTo(this.instructionCount - 1);
  }

  /** Goes back one instruction of this frame, over what it called. */
  stepBackOver(): Stop {
    return this.keepStanding(() => this.travelling().stepBackOver());
  }

  /** Goes back to the call of this frame's function. */
  stepBackOut(): Stop {
    return this.keepStanding(() => this.travelling().stepBackOut());
  }

  /** Goes back to the last moment that a breakpoint or watchpoint would have paused at. */
  runBack(): Stop {
    return this.keepStanding(() => this.travelling().runBack());
  }

  /** Who wrote something last, before this moment; undefined when nobody has in the recorded time. */
  lastWriteTo(target: WatchTarget): LastWrite | undefined {
    return this.keepStanding(() => this.travelling().lastWrite(target));
  }

  /** Wherever an error has left the guest, it can be looked at. */
  private keepStanding<Result>(go: () => Result): Result {
    try {
      return go();
    } catch (error) {
      if (this.scene.history?.isStanding === false && this.own?.isWaiting === false) this.arrive({ reason: 'step' });
      throw error;
    }
  }

  private travelling(): Travel {
    this.checkOpen();
    const { history, stop } = this.scene;
    if (this.travel === undefined || history === undefined) {
      throw new UsageError('nothing is recorded: begin with record()');
    }
    if (!history.isStanding) throw new UsageError('the guest runs: pause it first');
    if (stop?.reason === 'waiting') throw new UsageError('the guest waits for the host: go on with runAsync first');
    history.settleEdits();
    return this.travel;
  }

  /** @internal Runs to a moment without asking anybody, but for a scan. @returns how it ended, if it did before */
  runQuietly(instructionCount: number, scan: Scan = silence): Stop | undefined {
    const { own, scene } = this;
    if (own === undefined || scene.history === undefined) throw new InternalError('nothing is recorded');
    const { history } = scene;
    history.departs();
    this.showClear(scan !== silence || instructionCount - this.instructionCount < CLEAR_COUNT);
    scene.scan = scan;
    try {
      while (this.instructionCount < instructionCount) {
        this.pauses.setOut(Math.min(instructionCount, history.limit), 'step', undefined);
        let stop = own.turn();
        // Between turns the count of fast code is not exact: only a pause says that the moment has come.
        while (stop === undefined) stop = own.turn();
        if (stop.reason === 'exit' || stop.reason === 'trap') return stop;
        if (this.instructionCount < instructionCount && !history.cross()) return undefined;
      }
      return undefined;
    } finally {
      scene.scan = undefined;
    }
  }
}
