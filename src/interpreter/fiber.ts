/**
 * A fiber: one guest thread of control as plain data — value stack, control stack, and where it stands.
 * Nothing of a guest lives on the host's stack between two instructions.
 *
 *     value stack    8-byte slots; frame offsets count int32 words; a callee's frame overlaps its
 *                    caller's outgoing arguments
 *       fp ──▶ │ params │ locals │ hidden │ operands … │ arguments ◀── the callee's fp
 *     control stack  OS[i] the call instruction to go on after; the caller's fp is its `a` below the callee's
 */

import type { Func, Instance, Instr } from '../runtime/index.ts';
import { Exhaustion } from '../syntax/index.ts';
import { leaveAgentStack, makeStack, noStack, type ValueStack } from './agent-stack.ts';
import type { PendingCall } from './fiber-state.ts';
import type { Meter } from './meter.ts';
import type { Aside } from './scheduler.ts';

/** Bytes or elements that an operation handles in a time worth a look at the clock. */
export const LONG_OPERATION = 2 ** 16;
const FIRST_STACK_WORDS = 1 << 12;
/** Less than nothing, so that every check finds it. */
const SPENT = -1;

/** An asynchronous run gives way to the event loop at least this often, unless it is told otherwise. */
export const TURN_MS = 8;

export class Fiber {
  readonly meter: Meter;
  /** The value stack under its four element types: the agent's, or one of the fiber's own. */
  I = noStack.I;
  F = noStack.F;
  S = noStack.S;
  B64 = noStack.B64;
  /** How many words frames may use; the stack may have more. */
  words = 0;
  /** The references parallel to its slots. */
  readonly R: unknown[] = [];
  readonly OS: Instr[] = [];

  /** Where the fiber stands when no loop runs it. */
  n: Instr | null = null;
  fp = 0;
  sp = 0;
  /** Fuel left in the slice; `sliceFuel` is what the slice began with, negative when a check must take the next one. */
  fuel = 0;
  sliceFuel = 0;
  /** Wasm calls since the last settlement. */
  calls = 0;
  instance: Instance;
  /** Instances to come back to, one for each link frame. */
  readonly links: Instance[] = [];
  /** While no loop runs the fiber: the instances it has frames of, when they are several. */
  visited: readonly Instance[] | null = null;
  /** The instruction whose effect led to `n`: the scheduler tells branches, calls and returns apart by it. */
  from: Instr | null = null;
  /** The function an indirect call found, on its way to the cold handler. */
  callee: Func | null = null;
  /** Stands before an instruction because `pauseAt` or an observer said so. */
  isPaused = false;
  /** The probe that the observer has let pass: it is not asked again when the run goes on. */
  passed: Instr | null = null;
  /** The function that the host called. */
  entry: Func | null = null;
  /** The host call in progress, or not yet settled: who is called, and where the arguments stand. */
  hostCall: PendingCall | null = null;
  /** The run that waits below this one, when a host function has called the guest back: where its frame stands. */
  aside: Aside | null = null;
  /** Little fuel is left: every branch, call and return is examined, and clear code runs. */
  inTail = false;
  /** First free word above the frame that called the host. */
  top = 0;
  /** No slot of `R` at or above this word holds a reference; frames that may write some raise it when entered. */
  refTop = 0;
  /** Host calls that have not returned, nested. */
  depth = 0;
  /** Host functions may suspend this fiber. */
  mayWait = false;
  /** When the run began its turn of the event loop, by the meter's clock. */
  turnStartMs = 0;
  /** Instructions of the store that had run then. */
  turnStartCount = 0;
  /** How long a run that may wait goes on before the event loop has its turn, in ms. */
  turnMs = TURN_MS;
  /** When the run must end, by the meter's clock. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** Asks a run that may wait to stop. */
  signal: { readonly aborted: boolean } | undefined = undefined;
  /** The outermost call has returned. */
  hasExited = false;
  /** What the guest waits for while suspended. */
  pending: Promise<void> | null = null;
  /** Tells the host function behind `pending` that nobody waits for it any longer. */
  cancelWait: (() => void) | undefined;

  constructor(meter: Meter, instance: Instance) {
    this.meter = meter;
    this.instance = instance;
  }

  /** Makes room for `words` words in all. @throws {Exhaustion} `call-stack` past the limit */
  reserve(words: number): void {
    if (words <= this.words) return;
    const { maxStackWords } = this.meter;
    if (words > maxStackWords) throw new Exhaustion('call-stack');
    const wanted = Math.min(Math.max(words, this.words * 2, FIRST_STACK_WORDS), maxStackWords);
    if (wanted > this.I.length) {
      const own = makeStack(wanted);
      // Before it moves: afterwards nobody else moves it.
      leaveAgentStack(this);
      this.moveTo(own);
    }
    this.words = wanted;
    for (let i = this.R.length; i < Math.ceil(wanted / 2); i++) this.R.push(null);
  }

  /** Goes on with its words in another stack. */
  moveTo({ I, F, S, B64 }: ValueStack): void {
    if (this.words > 0) I.set(this.I.subarray(0, this.words));
    this.I = I;
    this.F = F;
    this.S = S;
    this.B64 = B64;
  }

  /** Has no words any more, and no stack. */
  forgetStack(): void {
    this.words = 0;
    this.moveTo(noStack);
  }

  /** Lets go of the references that returned frames left above word `top`, so that the host may free them. */
  releaseRefs(top: number): void {
    if (this.refTop <= top) return;
    this.R.fill(null, (top + 1) >> 1, (this.refTop + 1) >> 1);
    this.refTop = top;
  }

  get isOverdue(): boolean {
    const { clock } = this.meter;
    return clock !== undefined && this.deadlineMs !== Number.POSITIVE_INFINITY && clock() >= this.deadlineMs;
  }

  /**
   * For operations that may take long by themselves, between two checks of fuel.
   *
   * @throws {Exhaustion} `deadline` or `aborted` when the run must end
   */
  checkTime(length: number): void {
    if (length < LONG_OPERATION) return;
    this.checkEnd();
  }

  /** @throws {Exhaustion} `deadline` or `aborted` when the run must end */
  checkEnd(): void {
    if (this.isOverdue) throw new Exhaustion('deadline');
    if (this.signal?.aborted || this.meter.interrupt?.aborted) throw new Exhaustion('aborted');
  }

  /** Until the deadline, by the meter's clock. */
  get leftMs(): number {
    const { deadlineMs, meter } = this;
    return deadlineMs === Number.POSITIVE_INFINITY ? deadlineMs : Math.max(0, deadlineMs - (meter.clock?.() ?? 0));
  }

  /** Books the slice's use with the meter. The slice is then empty. */
  settle(): void {
    this.meter.settle(this.sliceFuel - this.fuel);
    this.meter.callCount += this.calls;
    this.sliceFuel = 0;
    this.fuel = 0;
    this.calls = 0;
  }

  /** Books the slice's use; the next check of a running loop takes a new slice. */
  endSlice(): void {
    this.settle();
    this.sliceFuel = SPENT;
    this.fuel = SPENT;
  }
}
