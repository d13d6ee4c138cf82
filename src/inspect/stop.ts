/** Where and why an inspected guest stands. */
import type { Breakpoint } from './points/breakpoint.ts';
import type { Watchpoint } from './points/watchpoint.ts';

export type StopReason =
  /** Before the first instruction of a call from the host. */
  | 'entry'
  | 'step'
  /** The instructions that `run` was given have run. */
  | 'budget'
  /** `pause` was called. */
  | 'pause'
  | 'breakpoint'
  | 'watchpoint'
  /**
   * The guest trapped, or ended in another error; `error` says which. Its frames can still be seen. Of a call that the
   * session did not make neither is there: its caller gets the error.
   */
  | 'trap'
  /** The call from the host has returned `results`, or ended in an `error` by which a program exits. */
  | 'exit'
  /** A host function has returned a promise: go on with `runAsync`. */
  | 'waiting'
  /** Going back, the recording's first instruction. */
  | 'start-of-history'
  /** Going forward in a recording, its last one. */
  | 'end-of-history';

export interface Stop {
  readonly reason: StopReason;
  readonly breakpoint?: Breakpoint;
  /** Beside `breakpoint` or `exit`: what was touched by the instruction that ran last. */
  readonly watchpoint?: Watchpoint;
  /** A watched value before and after the instruction that touched it. */
  readonly before?: string;
  readonly after?: string;
  readonly error?: unknown;
  /** JavaScript values. */
  readonly results?: readonly unknown[];
}
