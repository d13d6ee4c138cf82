/**
 * What a run may use and has used: fuel, time, frames, stack. One meter a store; fibers take fuel from it
 * in slices, so that the loop counts in a small integer.
 *
 * One fuel is one wasm instruction (`else` and `end` are delimiters, not instructions). Running out is
 * exact: near the end of a budget the scheduler goes on in clear code, which counts every instruction.
 */

import { Exhaustion } from '../syntax/index.ts';
import type { Fiber } from './fiber.ts';
import type { LoopName } from './loops.ts';
import type { Observer } from './observer.ts';

/** Instructions of a slice: about a millisecond under a JIT, thirty without. */
const SLICE = 1 << 20;

/** Most instructions that any body of the agent can run between two fuel checks: stores may call each other's. */
let longestBody = 0;

/** Tells of a body of at most `instructionCount` instructions, before it runs. */
export function noteBody(instructionCount: number): void {
  longestBody = Math.max(longestBody, instructionCount);
}

/** What ends all that a store runs from outside; looked at between slices, and around waits that block the agent. */
export interface Interrupt {
  /** Must everything end? */
  readonly aborted: boolean;
  /** The agent is about to block in `memory.atomic.wait`: who sets `aborted` has to notify this address. */
  blocks?(buffer: SharedArrayBuffer, byteOffset: number): void;
  /** It goes on. */
  unblocked?(): void;
}

export interface MeterOptions {
  /** Instructions that may run; absent: no bound. */
  readonly fuel?: number | undefined;
  /** Frames that may be on the control stack. */
  readonly maxFrames?: number | undefined;
  /** Bytes of operands and locals. */
  readonly maxStackBytes?: number | undefined;
  /** A clock in milliseconds; deadlines and yielding need one. */
  readonly clock?: (() => number) | undefined;
  /** The used part of the host's heap, 0 to 1; asked now and then by guests that allocate on it. */
  readonly heapShare?: (() => number) | undefined;
  /** The dispatch loop; absent: what suits the host. */
  readonly loop?: LoopName | undefined;
  readonly interrupt?: Interrupt | undefined;
}

export const DEFAULT_MAX_FRAMES = 1_000_000;
export const DEFAULT_MAX_STACK_BYTES = 64 * 2 ** 20;
const WORD_BYTES = 4;
/** Bytes that guests allocate on the host's heap between two looks at how full it is. */
const HEAP_CHECK_BYTES = 2 ** 25;
/** A fuller heap ends the guest, before it would end the process. */
const MAX_HEAP_SHARE = 0.85;

export class Meter {
  /** The fiber that a loop runs now; calls back from its host functions run on it. */
  running: Fiber | null = null;
  /** Who looks on; null: nobody. */
  observer: Observer | null = null;
  /** Fibers pause before an instruction when so many have run. */
  pauseAt = Number.POSITIVE_INFINITY;
  /** Fuel not yet handed out. */
  fuelLeft: number;
  /** Instructions executed, as of the last settlement. */
  instructionCount = 0;
  /** Instructions of a slice at most. */
  sliceLength = SLICE;
  /** Calls of wasm functions, as of the last settlement. */
  callCount = 0;
  maxFrames: number;
  maxStackWords: number;
  readonly clock: (() => number) | undefined;
  readonly loop: LoopName | undefined;
  readonly interrupt: Interrupt | undefined;
  private readonly heapShare: (() => number) | undefined;
  private uncheckedBytes = 0;

  constructor(options: MeterOptions = {}) {
    this.fuelLeft = options.fuel ?? Number.POSITIVE_INFINITY;
    this.maxFrames = options.maxFrames ?? DEFAULT_MAX_FRAMES;
    this.maxStackWords = Math.floor((options.maxStackBytes ?? DEFAULT_MAX_STACK_BYTES) / WORD_BYTES);
    this.clock = options.clock;
    this.loop = options.loop;
    this.interrupt = options.interrupt;
    this.heapShare = options.heapShare;
    // Else these are small integers to V8 until one passes 2^31, and then it drops all code that knows this class,
    // the loop's with it (docs/rationale.md).
    this.instructionCount = Number.NaN;
    this.callCount = Number.NaN;
    this.instructionCount = 0;
    this.callCount = 0;
  }

  /** Books about `byteCount` bytes on the host's heap. @throws {Exhaustion} `memory` when it is nearly full */
  allocate(byteCount: number): void {
    this.uncheckedBytes += byteCount;
    if (this.uncheckedBytes < HEAP_CHECK_BYTES) return;
    this.uncheckedBytes = 0;
    if (this.heapShare !== undefined && this.heapShare() > MAX_HEAP_SHARE) throw new Exhaustion('memory');
  }

  /** Books `used` instructions; negative gives back. */
  settle(used: number): void {
    this.fuelLeft -= used;
    this.instructionCount += used;
  }

  /** Size of the next slice; 0: too little fuel is left for code that checks only at branches. */
  nextSlice(): number {
    const spare = Math.min(this.fuelLeft, this.pauseAt - this.instructionCount) - longestBody;
    return spare <= 0 ? 0 : Math.min(this.sliceLength, spare);
  }
}
