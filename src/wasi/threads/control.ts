/**
 * The control block of a thread group: a few words of shared memory that say how the group has ended, if it has. The
 * first who has something to say wins; everybody else finds out between two slices, before a wait, or when woken.
 */

/** How a group ends: a thread fails, calls `proc_exit`, the main thread returns, or the embedder asks for it. */
export type OutcomeKind = 'trap' | 'exit' | 'return' | 'cancel';

/** In the order of their numbers, from 1. */
const kinds: readonly OutcomeKind[] = ['trap', 'exit', 'return', 'cancel'];

/** Indices of the block's words. */
const OUTCOME = 0;
/** The thread that decided it; the host is `HOST`. */
const DECIDER = 1;
const EXIT_CODE = 2;
/** A thread has decided: what the others still do counts for nothing. */
const TRAP = 3;
/** The embedder wants the end. */
const CANCEL = 4;
const WORD_COUNT = 5;

/** The host agent, where threads have their tid. */
export const HOST = -1;

export class ControlBlock {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** @param buffer that of another agent; absent: a new block */
  constructor(buffer = new SharedArrayBuffer(WORD_COUNT * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** Decides the outcome, unless that is done. @returns whether this was the first */
  decide(kind: OutcomeKind, decider: number, exitCode = 0): boolean {
    const words = this.#words;
    // One exchange decides, so the details are written by the one who may.
    if (Atomics.compareExchange(words, OUTCOME, 0, kinds.indexOf(kind) + 1) !== 0) return false;
    Atomics.store(words, DECIDER, decider);
    Atomics.store(words, EXIT_CODE, exitCode);
    Atomics.store(words, kind === 'cancel' ? CANCEL : TRAP, 1);
    return true;
  }

  /** Must everything end? */
  get isOver(): boolean {
    return Atomics.load(this.#words, OUTCOME) !== 0;
  }

  /** A thread has failed, left or returned from the main function. */
  get isTrapped(): boolean {
    return Atomics.load(this.#words, TRAP) !== 0;
  }

  /** The embedder has called the group off. */
  get isCancelled(): boolean {
    return Atomics.load(this.#words, CANCEL) !== 0;
  }

  get kind(): OutcomeKind | undefined {
    return kinds[Atomics.load(this.#words, OUTCOME) - 1];
  }

  /** Only meant once the decider has told the host that it has decided. */
  get decider(): number {
    return Atomics.load(this.#words, DECIDER);
  }

  get exitCode(): number {
    return Atomics.load(this.#words, EXIT_CODE) >>> 0;
  }
}
