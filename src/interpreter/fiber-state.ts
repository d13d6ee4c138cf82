/**
 * A fiber at rest as data: frames by function and byte offset, whatever code they run. It can be put back
 * on a fiber, of this process or another. What is in memories, tables and globals is not in it.
 */
import type { Func, Instance } from '../runtime/index.ts';

export interface FrameState {
  readonly instance: Instance;
  /** Index of the function in its module. */
  readonly funcidx: number;
  /**
   * Byte offset in the module of the instruction that runs next; of the call that waits, in every frame but
   * the innermost, and in that too while the host has not returned.
   */
  readonly pc: number;
  /** Word offset of the frame in the value stack: local 0. */
  readonly fp: number;
}

/** A host call that has not returned; its arguments stand on the value stack. */
export interface PendingCall {
  readonly func: Func;
  /** Word offset of its arguments in the value stack. */
  readonly base: number;
}

export interface FiberState {
  /** The function that the host called. */
  readonly entry: Func;
  /** Outermost first, at least one. A frame of another instance than its caller's is a call between instances. */
  readonly frames: readonly FrameState[];
  /** The value stack up to the end of the innermost frame. Words that hold no live value are 0. */
  readonly words: Int32Array;
  /** References, under half the index of their first word; null where there is none. */
  readonly refs: readonly unknown[];
  readonly pending: PendingCall | undefined;
  /** Instructions and calls of the store so far. */
  readonly instructionCount: number;
  readonly callCount: number;
}
