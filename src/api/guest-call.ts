/**
 * A call of a guest's function that can stop after any instruction and go on later, from a snapshot too. Code runs
 * as fast as in a plain call; only near the place where it is to stop, it runs instruction by instruction.
 */
import {
  abandon,
  advance,
  captureFiber,
  EventLoopTurns,
  type Fiber,
  type FiberState,
  restoreFiber,
  type Standing,
  settled,
  stand,
  TURN_MS,
  takeResults,
} from '../interpreter/index.ts';
import { Func } from '../runtime/index.ts';
import { InternalError, UsageError } from '../syntax/index.ts';
import { nextTurn } from './event-loop.ts';
import { outward } from './exception.ts';
import { type AbortSignalLike, watch } from './function.ts';
import { type Instance, startOf } from './instance.ts';
import { storeOf } from './ownership.ts';
import type { Store } from './store.ts';
import { emptyArguments, readExact, readValues, type Value, writeExact, writeValues } from './values.ts';

export interface RunOptions {
  /** Stop before the instruction after so many more; absent: run to the end. */
  readonly instructions?: number | undefined;
  /** Ends the call with an Exhaustion `aborted`, even while the guest waits. */
  readonly signal?: AbortSignalLike | undefined;
  /**
   * How long code runs before the event loop has a turn, in ms. A process with nothing else to do gains by long ones:
   * every return to the dispatch loop may cost a compilation of it by the host. Default: 8.
   */
  readonly turnMs?: number | undefined;
}

export class GuestCall {
  readonly store: Store;
  /** @internal */
  readonly entry: Func;
  private readonly fiber: Fiber;
  /** Word offset of the results. */
  private readonly base: number;
  private hasEnded = false;
  private isRunning = false;
  private exactResults: Value[] = [];

  private constructor(entry: Func, place: (fiber: Fiber) => number) {
    this.entry = entry;
    this.store = storeOf(entry.instance!);
    this.fiber = this.store.takeFiber(entry.instance!);
    this.base = place(this.fiber);
  }

  /**
   * Prepares a call of an export; nothing has run.
   *
   * @throws {UsageError} when there is no such function, or the values do not fit
   */
  static of(instance: Instance, name: string, values: readonly unknown[] = []): GuestCall {
    const func = exportedBy(instance, name);
    const args = emptyArguments(func.type.params, func.type.results);
    writeValues(args, func.type.params, values);
    return new GuestCall(func, (fiber) => stand(fiber, func, args));
  }

  /** As `of`, with exact values. */
  static ofValues(instance: Instance, name: string, values: readonly Value[]): GuestCall {
    const func = exportedBy(instance, name);
    const args = emptyArguments(func.type.params, func.type.results);
    writeExact(args, func.type.params, values);
    return new GuestCall(func, (fiber) => stand(fiber, func, args));
  }

  /** The start function of an instance that was made with `omitStart`; undefined when it has none, or the host's. */
  static ofStart(instance: Instance): GuestCall | undefined {
    const func = startOf(instance);
    if (func === undefined || func.instance === null) return undefined;
    return new GuestCall(func, (fiber) => stand(fiber, func, emptyArguments([], [])));
  }

  /** @internal A call that was saved. */
  static ofState(state: FiberState): GuestCall {
    return new GuestCall(state.entry, (fiber) => {
      restoreFiber(fiber, state);
      return 0;
    });
  }

  /**
   * Goes on.
   *
   * @returns false: it has stopped, and can be saved; true: it has ended
   * @throws {Trap | Exhaustion | UncaughtException} and what host functions throw; the call is then over
   * @throws {UsageError} when it runs already or has ended
   */
  async run(options: RunOptions = {}): Promise<boolean> {
    const { instructions = Number.POSITIVE_INFINITY, signal, turnMs = TURN_MS } = options;
    const { fiber, store } = this;
    if (this.hasEnded) throw new UsageError('the call has ended');
    if (this.isRunning) throw new UsageError('the call runs already: wait until it has stopped');
    if (typeof turnMs !== 'number' || !(turnMs > 0))
      throw new UsageError(`turnMs must be a number above 0, not ${turnMs}`);
    if (typeof instructions !== 'number' || !(instructions >= 0)) {
      throw new UsageError(`instructions must be a number from 0 up, not ${instructions}`);
    }
    const { meter } = store;
    const goal = store.instructionCount + instructions;
    this.isRunning = true;
    fiber.deadlineMs =
      meter.clock === undefined
        ? Number.POSITIVE_INFINITY
        : meter.clock() + (store.timeoutMs ?? Number.POSITIVE_INFINITY);
    fiber.signal = signal;
    fiber.turnMs = turnMs;
    const { interruption, unwatch } = watch(signal, store.timeoutMs);
    const turns = new EventLoopTurns(fiber, nextTurn);
    try {
      let standing = this.turn(goal);
      while (standing === 'waiting' || standing === 'yielded') {
        if (standing === 'waiting') {
          await settled(fiber, interruption);
          await turns.afterWait();
        } else await turns.next();
        standing = this.turn(goal);
      }
      if (standing === 'exited') this.end();
      return this.hasEnded;
    } catch (error) {
      this.hasEnded = true;
      abandon(fiber);
      store.dropFiber(fiber);
      throw outward(error);
    } finally {
      unwatch();
      fiber.signal = undefined;
      fiber.turnMs = TURN_MS;
      this.isRunning = false;
    }
  }

  /** The goal is this call's alone: others of the store may run between its turns. */
  private turn(goal: number): Standing {
    const { meter } = this.store;
    const formerPause = meter.pauseAt;
    meter.pauseAt = goal;
    try {
      return advance(this.fiber);
    } finally {
      meter.pauseAt = formerPause;
    }
  }

  private end(): void {
    const { entry, fiber, base, store } = this;
    const args = emptyArguments([], entry.type.results);
    takeResults(fiber, base, entry, args);
    this.exactResults = readExact(args, entry.type.results);
    this.hasEnded = true;
    abandon(fiber);
    store.giveFiber(fiber);
  }

  /** The results, once the call has ended: nothing, one value, or an array of several. */
  get results(): unknown {
    const { results } = this.entry.type;
    const args = emptyArguments([], results);
    writeExact(args, results, this.values);
    const values = readValues(args, results);
    return values.length > 1 ? values : values[0];
  }

  /** The results with their exact bits. */
  get values(): readonly Value[] {
    if (!this.hasEnded) throw new UsageError('the call has not ended');
    return this.exactResults;
  }

  /** @internal Where the guest stands. @throws {SnapshotError} for what cannot be saved */
  capture(): FiberState {
    if (this.hasEnded) throw new UsageError('the call has ended: save its instances');
    const state = captureFiber(this.fiber);
    if (state === undefined) throw new InternalError('a call has stopped inside of an instruction');
    return state;
  }

  /** @internal Ends the call here: who gets its state goes on with it. */
  handOver(): FiberState {
    if (this.isRunning) throw new UsageError('the call runs: wait until it has stopped');
    const state = this.capture();
    this.hasEnded = true;
    this.store.giveFiber(this.fiber);
    abandon(this.fiber);
    return state;
  }
}

function exportedBy({ entry }: Instance, name: string): Func {
  const func = entry.exports.get(name);
  if (func instanceof Func && func.instance !== null) return func;
  throw new UsageError(`the instance exports no function ${JSON.stringify(name)} of a guest's`);
}
