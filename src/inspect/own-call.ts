/** A call that a session makes itself: its fiber, run turn by turn, and how it ends. */
import {
  abandon,
  advance,
  type Fiber,
  type FiberState,
  restoreFiber,
  type Standing,
  settled,
  stand,
  takeResults,
} from '../interpreter/index.ts';
import type { Func, HostArguments } from '../runtime/index.ts';
import { HostExit, InternalError, UsageError } from '../syntax/index.ts';
import type { Machine } from './machine.ts';
import type { Pauses } from './pauses.ts';
import type { Stop } from './stop.ts';

export class OwnCall {
  readonly fiber: Fiber;
  private readonly machine: Machine;
  private readonly pauses: Pauses;
  readonly func: Func;
  /** The results, once it has ended. */
  readonly args: HostArguments;
  /** Word offset of the results. */
  private readonly base: number;

  private constructor(machine: Machine, pauses: Pauses, func: Func, args: HostArguments, place: (t: Fiber) => number) {
    this.machine = machine;
    this.pauses = pauses;
    this.func = func;
    this.args = args;
    this.fiber = machine.takeFiber(func.instance!);
    this.base = place(this.fiber);
  }

  /** A call that nothing of has run. @param args room for the results, too */
  static of(machine: Machine, pauses: Pauses, func: Func, args: HostArguments): OwnCall {
    if (func.instance === null) throw new UsageError('this is a host function: nothing of it can be seen');
    return new OwnCall(machine, pauses, func, args, (t) => stand(t, func, args));
  }

  /** A call that was in progress when its state was taken. */
  static ofState(machine: Machine, pauses: Pauses, state: FiberState): OwnCall {
    const args = machine.emptyArguments(state.entry);
    return new OwnCall(machine, pauses, state.entry, args, (t) => {
      restoreFiber(t, state);
      return state.frames[0]!.fp;
    });
  }

  /** Has the host not answered yet? */
  get isWaiting(): boolean {
    return this.fiber.pending !== null;
  }

  /** Runs a turn. @returns undefined when the fiber only yielded */
  turn(): Stop | undefined {
    let standing: Standing;
    try {
      standing = advance(this.fiber);
    } catch (error) {
      return this.failure(error);
    }
    if (standing === 'exited') return this.results();
    if (standing === 'waiting') return { reason: 'waiting' };
    return standing === 'paused' ? this.pauses.take() : undefined;
  }

  /** Waits for the host. @returns how the call ended, if it did */
  async settle(): Promise<Stop | undefined> {
    try {
      await settled(this.fiber);
      return undefined;
    } catch (error) {
      return this.failure(error);
    }
  }

  /** It has ended, and nobody looks at where. */
  dropFrames(): void {
    abandon(this.fiber);
  }

  /** Forgets it. */
  end(): void {
    this.machine.giveFiber(this.fiber);
    abandon(this.fiber);
  }

  private results(): Stop {
    const { func, args, base, machine } = this;
    takeResults(this.fiber, base, func, args);
    return { ...this.pauses.last(), reason: 'exit', results: machine.resultsOf(func, args) };
  }

  private failure(error: unknown): Stop {
    if (error instanceof InternalError) throw error;
    if (error instanceof HostExit) return { reason: 'exit', error };
    return { reason: 'trap', error: this.machine.outward(error) };
  }
}
