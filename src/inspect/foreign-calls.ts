/**
 * Calls that a session looks at but does not make: asynchronous ones wait while their user looks, synchronous
 * ones stand for as long as a handler takes.
 */
import { type Fiber, hookReturn } from '../interpreter/index.ts';
import { UsageError } from '../syntax/index.ts';
import { FOREVER, type Pauses } from './pauses.ts';
import type { Stop } from './stop.ts';
import { instructionCountOf, waitingCall } from './visit.ts';

/** How a synchronous call goes on after a stop. */
export type Continuation = 'run' | 'step' | 'out';

/** What the session shows of a call. */
export interface Stage {
  fiber: Fiber | undefined;
  stop: Stop | undefined;
}

export class ForeignCalls {
  private readonly pauses: Pauses;
  private readonly stage: Stage;
  private readonly onStop: ((stop: Stop) => Continuation | undefined) | undefined;
  /** Lets the call that waits go on. */
  private resume: (() => void) | undefined;
  private awaited: { readonly resolve: (stop: Stop) => void; readonly reject: (error: UsageError) => void } | undefined;

  constructor(pauses: Pauses, stage: Stage, onStop: ((stop: Stop) => Continuation | undefined) | undefined) {
    this.pauses = pauses;
    this.stage = stage;
    this.onStop = onStop;
  }

  /**
   * Lets the call that waits go on.
   *
   * @param setOut says until when
   * @returns its next stop
   * @throws {UsageError} when somebody awaits that already
   */
  goOn(setOut: () => void): Promise<Stop> {
    if (this.awaited !== undefined) throw new UsageError('the guest runs: pause it first');
    setOut();
    return new Promise((resolve, reject) => {
      this.awaited = { resolve, reject };
      this.stage.stop = undefined;
      this.release();
    });
  }

  /** Nobody looks any more: the call that waits goes on. */
  close(): void {
    this.awaited?.reject(new UsageError('the session is closed'));
    this.awaited = undefined;
    this.release();
  }

  private release(): void {
    const { resume } = this;
    this.resume = undefined;
    resume?.();
  }

  /** A call has paused. A promise: it goes on when that settles. */
  paused(t: Fiber): Promise<void> | undefined {
    const stop = this.pauses.take();
    return t.mayWait ? this.wait(t, stop) : this.answer(t, stop);
  }

  /** A call has ended: the one that stood before, or one that nobody has seen yet. */
  ended(t: Fiber): void {
    const { fiber } = this.stage;
    if (fiber === undefined ? this.awaited === undefined : t !== fiber) return;
    this.stage.fiber = undefined;
    // Its caller gets the results, or the error.
    this.tell({ reason: t.hasExited ? 'exit' : 'trap' });
    this.stage.stop = undefined;
  }

  private wait(t: Fiber, stop: Stop): Promise<void> {
    this.stage.fiber = t;
    return new Promise((resume) => {
      this.resume = resume;
      this.tell(stop);
    });
  }

  private tell(stop: Stop): void {
    this.stage.stop = stop;
    const { awaited } = this;
    this.awaited = undefined;
    awaited?.resolve(stop);
  }

  private answer(t: Fiber, stop: Stop): undefined {
    const { fiber, stop: formerStop } = this.stage;
    Object.assign(this.stage, { fiber: t, stop });
    const continuation = this.onStop?.(stop) ?? 'run';
    const count = instructionCountOf(t);
    this.pauses.setOut(continuation === 'step' ? count + 1 : FOREVER, 'step', count);
    if (continuation === 'out') this.pauseOnReturn(t);
    Object.assign(this.stage, { fiber, stop: formerStop });
  }

  private pauseOnReturn(t: Fiber): void {
    const index = waitingCall(t);
    if (index <= 0) return;
    hookReturn(t, index, (_, hook) => {
      this.pauses.soon();
      return hook.next;
    });
  }
}
