/**
 * Runs calls of a guest with interruptions at random moments: its fiber is taken as data and put on another, goes
 * through a snapshot's bytes, is looked at by sessions that come and go, with probes everywhere or without. None of
 * it may change what the guest computes, nor how many instructions it runs.
 */
import { callValues, type Instance, inspect, type Session, type Store, type Value } from '../../src/api/index.ts';
import { emptyArguments, readExact, writeExact } from '../../src/api/values.ts';
import type { Random } from '../../src/diff/random.ts';
import {
  abandon,
  advance,
  captureFiber,
  type Fiber,
  restoreFiber,
  type Standing,
  stand,
  takeResults,
} from '../../src/interpreter/index.ts';
import type { Func } from '../../src/runtime/index.ts';
import { SnapshotCopy, type SnapshotHooks, saveAll } from './snapshot-copy.ts';

export interface DisturberOptions {
  /** Instructions from one interruption to the next, on average. */
  readonly distance: number;
  /** Of so many interruptions, one goes through bytes; Infinity: none. */
  readonly bytesEvery: number;
  /** Of so many interruptions, one opens or closes a session; Infinity: none. */
  readonly sessionEvery: number;
  readonly hooks?: SnapshotHooks | undefined;
}

/** What was done, to see that something was. */
export interface Disturbances {
  calls: number;
  /** Stops before an instruction that was told beforehand. */
  pauses: number;
  /** Stops at calls, returns and branches, mostly of fast code. */
  yields: number;
  moves: number;
  copies: number;
  sessions: number;
  probes: number;
  visits: number;
}

export function noDisturbances(): Disturbances {
  return { calls: 0, pauses: 0, yields: 0, moves: 0, copies: 0, sessions: 0, probes: 0, visits: 0 };
}

export function addDisturbances(sum: Disturbances, more: Disturbances): void {
  for (const key of Object.keys(sum) as (keyof Disturbances)[]) sum[key] += more[key];
}

/** A clock for stores that are to yield at the end of every slice. */
export function hastyClock(): () => number {
  let nowMs = 0;
  return () => {
    nowMs += 10;
    return nowMs;
  };
}

/** Calls of one store before only some of them are interrupted. */
const DENSE_CALLS = 400;
/** Interruptions of one call before they become rarer, so that long calls end. */
const DENSE_INTERRUPTIONS = 60;
/** Deep stacks are taken as data less often: it takes time as they have frames. */
const DEEP_FRAMES = 64;
const MAX_COPIED_BYTES = 2 ** 22;

export class Disturber {
  readonly counts: Disturbances = noDisturbances();
  private readonly store: Store;
  private readonly instances: readonly Instance[];
  private readonly random: Random;
  private readonly options: DisturberOptions;
  private session: Session | undefined;
  /** Every instruction calls back: not for long. */
  private isProbed = false;
  private sliceLimit = Number.POSITIVE_INFINITY;

  /** @param instances all that share the store; more may be added to the list */
  constructor(store: Store, instances: readonly Instance[], random: Random, options: DisturberOptions) {
    this.store = store;
    this.instances = instances;
    this.random = random;
    this.options = options;
    const { meter } = store;
    const nextSlice = meter.nextSlice.bind(meter);
    meter.nextSlice = () => Math.min(nextSlice(), this.sliceLimit);
  }

  /** As `callValues`. */
  call(f: Func, values: readonly Value[]): Value[] {
    if (this.counts.calls >= DENSE_CALLS && this.random.below(4) !== 0) return callValues(f, values);
    this.counts.calls++;
    const { params, results } = f.type;
    const args = emptyArguments(params, results);
    writeExact(args, params, values);
    const fiber = this.store.takeFiber(f.instance!);
    const run = new DisturbedRun(fiber, stand(fiber, f, args));
    try {
      this.drive(run);
      const end = emptyArguments([], results);
      takeResults(run.fiber, run.base, f, end);
      const taken = readExact(end, results);
      this.compareCopies(run, taken);
      return taken;
    } catch (error) {
      this.compareCopies(run, error);
      throw error;
    } finally {
      this.reset(run);
    }
  }

  /** Ends what is left of a call. */
  private reset(run: DisturbedRun): void {
    abandon(run.fiber);
    this.store.giveFiber(run.fiber);
    this.store.meter.pauseAt = Number.POSITIVE_INFINITY;
    this.sliceLimit = Number.POSITIVE_INFINITY;
    if (this.session !== undefined && (this.isProbed || this.random.below(3) === 0)) this.toggleSession();
  }

  /** Closes the session, if one is open. */
  close(): void {
    this.session?.close();
    this.session = undefined;
    this.isProbed = false;
  }

  private drive(run: DisturbedRun): void {
    for (;;) {
      this.plan(run);
      const standing = advance(run.fiber);
      if (standing === 'exited') return;
      this.noteStanding(standing);
      run.interruptions++;
      if (run.fiber.sp > DEEP_FRAMES && this.random.below(run.fiber.sp) > DEEP_FRAMES) continue;
      this.interrupt(run);
    }
  }

  private noteStanding(standing: Standing): void {
    if (standing === 'waiting') throw new Error('the guest waits for the host');
    const { meter } = this.store;
    if (standing === 'yielded') this.counts.yields++;
    else if (meter.instructionCount === meter.pauseAt) this.counts.pauses++;
    else throw new Error(`paused at ${meter.instructionCount}, not at ${meter.pauseAt}`);
  }

  /** Decides where the next interruption is. */
  private plan({ interruptions }: DisturbedRun): void {
    const { random, store, options } = this;
    const scarcity = this.isProbed ? 1 : 2 ** Math.floor(interruptions / DENSE_INTERRUPTIONS);
    const distance = Math.max(1, random.below(2 * options.distance * scarcity));
    const isPause = random.below(2) === 0;
    store.meter.pauseAt = isPause ? store.instructionCount + distance : Number.POSITIVE_INFINITY;
    this.sliceLimit = isPause ? Number.POSITIVE_INFINITY : distance;
  }

  private interrupt(run: DisturbedRun): void {
    const { random, options, store } = this;
    const turns = (every: number) => every !== Number.POSITIVE_INFINITY && random.below(every) === 0;
    if (this.isProbed ? random.below(8) === 0 : turns(options.sessionEvery)) this.toggleSession();
    if (random.below(2) === 0) this.move(run);
    if (turns(options.bytesEvery) && store.memoryBytes <= MAX_COPIED_BYTES && run.copies.length < 2) this.copy(run);
  }

  private move(run: DisturbedRun): void {
    const state = captureFiber(run.fiber);
    if (state === undefined) return;
    this.counts.moves++;
    const next = this.store.takeFiber(state.entry.instance!);
    abandon(run.fiber);
    this.store.giveFiber(run.fiber);
    restoreFiber(next, state);
    run.fiber = next;
  }

  private copy(run: DisturbedRun): void {
    const fiber = captureFiber(run.fiber);
    if (fiber === undefined) return;
    this.counts.copies++;
    const withModules = this.random.below(2) === 0;
    run.copies.push(SnapshotCopy.of(this.store, this.instances, fiber, this.options.hooks, withModules));
  }

  private toggleSession(): void {
    const { random, instances, counts } = this;
    if (this.session !== undefined) {
      this.close();
      return;
    }
    if (instances.length === 0) return;
    counts.sessions++;
    this.session = inspect(random.pick(instances));
    if (random.below(3) === 0) return;
    counts.probes++;
    this.isProbed = true;
    const visit = () => {
      counts.visits++;
    };
    const choice = random.below(3);
    this.session.addProbe('*', {
      ...(choice !== 0 && { before: visit }),
      ...(choice !== 1 && { after: visit }),
    });
    if (random.below(2) === 0) this.session.onEnter(visit);
  }

  /** @param outcome the results, or what was thrown */
  private compareCopies(run: DisturbedRun, outcome: Value[] | unknown): void {
    if (run.copies.length === 0) return;
    const { store, instances } = this;
    store.meter.pauseAt = Number.POSITIVE_INFINITY;
    const end = saveAll(store, instances, undefined, this.options.hooks);
    for (const copy of run.copies) copy.compare(outcome, end);
  }
}

class DisturbedRun {
  readonly base: number;
  fiber: Fiber;
  interruptions = 0;
  readonly copies: SnapshotCopy[] = [];

  constructor(fiber: Fiber, base: number) {
    this.fiber = fiber;
    this.base = base;
  }
}
