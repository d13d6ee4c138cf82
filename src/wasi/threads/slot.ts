/**
 * The slot of one worker: shared memory by which the host agent starts threads in it, answers their calls, and knows
 * where they are parked. Each word has one writer at a time: the worker while it runs, the host while it answers.
 *
 *     byte 0    words: see the indices below
 *     byte 64   9 values of 8 bytes: arguments of a call, least significant byte first; the first is its result
 *     byte 136  2 numbers of 8 bytes: instructions and calls of the threads that ran here
 *     byte 152  UTF-16 units of a message, at most 512
 */
import { Trap, type TrapKind, trapMessages } from '../../syntax/index.ts';

/** Indices of words. */
const STATE = 0;
const TID = 1;
const START_ARGUMENT = 2;
const CALL = 3;
const FUNCTION = 4;
/** Which of the group's memories the caller exports. */
const MEMORY = 5;
const ANSWER = 6;
/** The trap's kind, and how many units its detail has. */
const TRAP_KIND = 7;
const DETAIL_LENGTH = 8;
/** One more than the number of the memory at whose address the thread waits; 0: it does not wait. */
const PARKED_MEMORY = 9;
/** The address, divided by 4. */
const PARKED_WORD = 10;
/** One more than the descriptor that the thread is using without asking the host; 0: none. */
const USING = 11;

const VALUES_OFFSET = 64;
const MAX_VALUES = 9;
const COUNTS_OFFSET = VALUES_OFFSET + 8 * MAX_VALUES;
const DETAIL_OFFSET = COUNTS_OFFSET + 16;
const MAX_DETAIL = 512;
const SLOT_BYTES = DETAIL_OFFSET + 2 * MAX_DETAIL;

/** What `STATE` holds. */
const IDLE = 0;
const STARTED = 1;
const CLOSED = 2;

/** What `CALL` holds. */
const NO_CALL = 0;
const REQUESTED = 1;
const ANSWERED = 2;

/** What `ANSWER` holds. */
const VALUE = 0;
const TRAPPED = 1;
const OVER = 2;

const trapKinds = Object.keys(trapMessages) as TrapKind[];

/** A thread to be run. */
export interface ThreadStart {
  readonly tid: number;
  readonly startArgument: number;
}

/** A call that a thread makes of the host. */
export interface Call {
  /** Number of the function, as both sides count them. */
  readonly func: number;
  /** Of the memory that the caller exports; −1: none of the group's. */
  readonly memory: number;
  readonly values: DataView;
}

/** What a call is answered: its result is in the values; a trap of the caller's; or that the group is over. */
export type Answer = 'value' | 'over' | Trap;

export class Slot {
  readonly buffer: SharedArrayBuffer;
  /** Arguments and result of a call. */
  readonly values: DataView;
  readonly #words: Int32Array;
  readonly #counts: Float64Array;
  readonly #detail: Uint16Array;

  constructor(buffer = new SharedArrayBuffer(SLOT_BYTES)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, VALUES_OFFSET / Int32Array.BYTES_PER_ELEMENT);
    this.values = new DataView(buffer, VALUES_OFFSET, COUNTS_OFFSET - VALUES_OFFSET);
    this.#counts = new Float64Array(buffer, COUNTS_OFFSET, 2);
    this.#detail = new Uint16Array(buffer, DETAIL_OFFSET, MAX_DETAIL);
  }

  // The host's side

  /** Lets an idle worker run a thread. */
  start({ tid, startArgument }: ThreadStart): void {
    Atomics.store(this.#words, TID, tid);
    Atomics.store(this.#words, START_ARGUMENT, startArgument);
    Atomics.store(this.#words, STATE, STARTED);
    Atomics.notify(this.#words, STATE);
  }

  /** Lets a worker end once it is idle. */
  close(): void {
    Atomics.store(this.#words, STATE, CLOSED);
    Atomics.notify(this.#words, STATE);
  }

  /** The call that is to be answered. */
  get call(): Call | undefined {
    if (Atomics.load(this.#words, CALL) !== REQUESTED) return undefined;
    return { func: this.#words[FUNCTION]!, memory: this.#words[MEMORY]!, values: this.values };
  }

  answer(answer: Answer): void {
    const words = this.#words;
    if (answer instanceof Trap) {
      const detail = answer.message.slice(trapMessages[answer.kind].length + 2).slice(0, MAX_DETAIL);
      words[TRAP_KIND] = trapKinds.indexOf(answer.kind);
      words[DETAIL_LENGTH] = detail.length;
      for (let i = 0; i < detail.length; i++) this.#detail[i] = detail.charCodeAt(i);
      words[ANSWER] = TRAPPED;
    } else words[ANSWER] = answer === 'value' ? VALUE : OVER;
    Atomics.store(words, CALL, ANSWERED);
    Atomics.notify(words, CALL);
  }

  /** Where the thread waits: the number of a memory, and an index of its 32-bit words. */
  get parked(): { readonly memory: number; readonly wordIndex: number } | undefined {
    const number = Atomics.load(this.#words, PARKED_MEMORY);
    return number === 0 ? undefined : { memory: number - 1, wordIndex: Atomics.load(this.#words, PARKED_WORD) >>> 0 };
  }

  /** Whether the thread is in the middle of using a descriptor. */
  isUsing(fd: number): boolean {
    return Atomics.load(this.#words, USING) === fd + 1;
  }

  /** Instructions and calls of functions that ran here, as of the last thread that ended. */
  get counts(): { readonly instructions: number; readonly calls: number } {
    return { instructions: this.#counts[0]!, calls: this.#counts[1]! };
  }

  // The worker's side

  /** Blocks until there is a thread to run; undefined: the worker is to end. */
  next(): ThreadStart | undefined {
    const words = this.#words;
    while (Atomics.load(words, STATE) === IDLE) Atomics.wait(words, STATE, IDLE);
    if (Atomics.load(words, STATE) === CLOSED) return undefined;
    return { tid: Atomics.load(words, TID), startArgument: Atomics.load(words, START_ARGUMENT) };
  }

  /** The thread has ended; the host hears of it by a message. */
  rest(): void {
    Atomics.compareExchange(this.#words, STATE, STARTED, IDLE);
  }

  addCounts(instructions: number, calls: number): void {
    this.#counts[0] = this.#counts[0]! + instructions;
    this.#counts[1] = this.#counts[1]! + calls;
  }

  /**
   * Asks the host and blocks until it has answered; the arguments are in the values.
   *
   * @param tell makes the host look here
   * @returns false: the group is over
   * @throws {Trap} the caller's
   */
  request(func: number, memory: number, tell: () => void): boolean {
    const words = this.#words;
    words[FUNCTION] = func;
    words[MEMORY] = memory;
    Atomics.store(words, CALL, REQUESTED);
    tell();
    while (Atomics.load(words, CALL) === REQUESTED) Atomics.wait(words, CALL, REQUESTED);
    Atomics.store(words, CALL, NO_CALL);
    if (words[ANSWER] === TRAPPED) throw this.#trap();
    return words[ANSWER] === VALUE;
  }

  #trap(): Trap {
    const length = this.#words[DETAIL_LENGTH]!;
    const detail = String.fromCharCode(...this.#detail.subarray(0, length));
    return new Trap(trapKinds[this.#words[TRAP_KIND]!]!, length === 0 ? undefined : detail);
  }

  /** The thread is about to use a descriptor, or −1: does so no longer. */
  use(fd: number): void {
    Atomics.store(this.#words, USING, fd + 1);
  }

  park(memory: number, byteOffset: number): void {
    Atomics.store(this.#words, PARKED_WORD, byteOffset / Int32Array.BYTES_PER_ELEMENT);
    Atomics.store(this.#words, PARKED_MEMORY, memory + 1);
  }

  unpark(): void {
    Atomics.store(this.#words, PARKED_MEMORY, 0);
  }
}
