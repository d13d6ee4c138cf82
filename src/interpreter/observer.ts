/**
 * The border between the interpreter and those who look on: an inspector registers an observer with a
 * meter, and is told from then on. Nobody is asked in fast code; clear code asks where probes stand.
 */
import type { Func, HostArguments, Instance, Instr } from '../runtime/index.ts';
import type { Fiber } from './fiber.ts';

export interface Observer {
  /** A fiber stands before the instruction of a probe. False: it pauses there. */
  visit(t: Fiber, probe: Instr): boolean;
  /** An exception or an error of the host has unwound frames: a handler's code runs next. */
  landed(t: Fiber): void;
  /**
   * A fiber has paused under a call that its embedder made. It goes on after the return, or once the promise
   * settles; a synchronous call cannot wait for one.
   */
  paused(t: Fiber): Promise<void> | undefined;
  /** A host function calls the guest back. */
  calledBack(t: Fiber, f: Func, args: HostArguments): void;
  /** Must a memory or table be refused to grow here, because it was when this was recorded? */
  refusesGrowth(t: Fiber): boolean;
  /** A limit, or the host, has refused growth. */
  growthRefused(t: Fiber): void;
  /** A call that the embedder made has ended, well or not. */
  ended(t: Fiber): void;
  /** A fiber takes a new slice at `n`, which `from` led to: a moment when its state can be taken. */
  sliced(t: Fiber, from: Instr, n: Instr): void;
  /** Calls a host function for a guest: the observer may write down what it does, or answer in its place. */
  callHost(t: Fiber, f: Func, caller: Instance, args: HostArguments): Promise<void> | undefined;
}

/** What a `hook` instruction does. Returns where to go on. */
export type Hook = (t: Fiber, hook: Instr) => Instr | null;
