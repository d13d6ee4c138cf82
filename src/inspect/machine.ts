/** What an inspector needs of the embedding API: the store's fibers, and values as JavaScript sees them. */
import type { Fiber, Meter } from '../interpreter/index.ts';
import type { Budgets, Func, HostArguments, Instance } from '../runtime/index.ts';
import type { ValueBridge } from './frames/index.ts';

export interface Machine {
  readonly meter: Meter;
  readonly budgets: Budgets;
  readonly bridge: ValueBridge;
  /** Fibers that run or wait, in any order. */
  fibers(): readonly Fiber[];
  takeFiber(instance: Instance): Fiber;
  giveFiber(fiber: Fiber): void;
  /** Arguments of a call from JavaScript values. @throws {UsageError} for values that do not fit */
  argumentsOf(f: Func, values: readonly unknown[]): HostArguments;
  /** Room for the arguments and results of a call. */
  emptyArguments(f: Func): HostArguments;
  /** Results of a call as JavaScript values. */
  resultsOf(f: Func, args: HostArguments): unknown[];
  /** What the embedder sees of an error that leaves the interpreter. */
  outward(error: unknown): unknown;
  /** Byte offsets of the instructions that begin on a line of a module's text, lowest first. */
  byteOffsetsOnLine(instance: Instance, line: number): readonly number[];
  /** Resolves after the event loop has had a turn. */
  nextTurn(): Promise<void>;
}
