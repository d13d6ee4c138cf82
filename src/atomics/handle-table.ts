/**
 * Tables of handles: numbers that stand for something of the host, such as an open file. What a handle stands for is
 * a kind, an owner and a few words; objects of JavaScript are kept by the agent that owns them.
 *
 * A guest of one thread gets a plain table; one of several threads gets a table in shared memory, in which every
 * agent sees the same handles. Both behave alike.
 *
 *     words    header   [0…15] the lock; then capacity, count, cursor, limit, generation bits, first index
 *              entry    [0] generation · 2 + 1 when in use   [1] kind   [2] owner   [3…7] payload
 */
import { UsageError } from '../syntax/index.ts';
import { LOCK_WORDS, type LockState, SharedLock } from './lock.ts';

/** What a handle stands for. */
export interface HandleEntry {
  /** The table's user knows what its kinds mean. */
  readonly kind: number;
  /** Number of the agent that owns it. */
  readonly owner: number;
  /** Five words, 0 where fewer were given. */
  readonly payload: readonly number[];
}

export interface HandleTable {
  /** How many handles there are. */
  readonly count: number;
  /** A new handle; `undefined` when the table is full. */
  create(kind: number, owner: number, payload?: readonly number[]): number | undefined;
  /**
   * Makes a handle of the caller's choice, in a table whose handles are indices. False when it is taken, beyond the
   * table's limit, or the table is one of generations.
   */
  createAt(handle: number, entry: HandleEntry): boolean;
  /** `undefined` for what is no handle, or no longer one. */
  get(handle: number): HandleEntry | undefined;
  /** Puts other words in. False for what is no handle, or no longer one. */
  update(handle: number, payload: readonly number[]): boolean;
  /** Lets a handle stand for something else. False for what is no handle, or no longer one. */
  replace(handle: number, entry: HandleEntry): boolean;
  /** Ends a handle, and gives what it stood for; `undefined` for what is no handle, or no longer one. */
  drop(handle: number): HandleEntry | undefined;
  /** Ends all handles of an owner, such as an agent that has died. */
  dropOwned(owner: number): HandleEntry[];
}

export interface HandleTableOptions {
  /** Handles there may be at a time. As many as there can be unless told: 1,048,576, fewer with more bits. */
  readonly limit?: number | undefined;
  /**
   * Bits of a handle that tell its index's users apart, so that a handle that has ended is not taken for a new one.
   * 0: handles are indices, and a new one has the lowest that is free. 10 unless told.
   */
  readonly generationBits?: number | undefined;
  /** Handles below are never given. 0 unless told. */
  readonly firstIndex?: number | undefined;
}

const PAYLOAD_WORDS = 5;
const WORD_BYTES = 4;
const HANDLE_BITS = 30;
const DEFAULT_GENERATION_BITS = 10;
const MAX_GENERATION_BITS = 20;
const FIRST_CAPACITY = 64;
/** In shared memory their room is reserved: 32 MiB of address space. */
const MOST_HANDLES = 2 ** 20;

const CAPACITY = LOCK_WORDS;
const COUNT = CAPACITY + 1;
const CURSOR = CAPACITY + 2;
const LIMIT = CAPACITY + 3;
const GENERATION_BITS = CAPACITY + 4;
const FIRST_INDEX = CAPACITY + 5;
const HEADER_WORDS = 32;

const STATE = 0;
const KIND = 1;
const OWNER = 2;
const PAYLOAD = 3;
const ENTRY_WORDS = 8;
const IN_USE = 1;

/** Makes the table that suits a guest: a shared one when `owner`, this agent's number, is given. */
export function newHandleTable(options: HandleTableOptions = {}, owner?: number): HandleTable {
  return owner === undefined ? new PlainHandleTable(options) : SharedHandleTable.create(options, owner);
}

/** What is done differently to the words of a table of one agent and to those of several. */
interface WordAccess {
  /** `wordCount` words, with what was in the former ones. */
  enlarge(former: Int32Array, wordCount: number): Int32Array;
  /** Writes a word after all others that were written before, for whoever looks without the lock. */
  storeLast(words: Int32Array, at: number, word: number): void;
}

/** The words of a table, whoever sees to it that nobody else changes them meanwhile. */
class HandleWords {
  words: Int32Array;
  private readonly access: WordAccess;

  constructor(words: Int32Array, access: WordAccess) {
    this.words = words;
    this.access = access;
  }

  format({ generationBits, limit, firstIndex }: Form): void {
    const { words } = this;
    words[LIMIT] = limit;
    words[GENERATION_BITS] = generationBits;
    words[FIRST_INDEX] = firstIndex;
    words[CAPACITY] = Math.floor((words.length - HEADER_WORDS) / ENTRY_WORDS);
  }

  get count(): number {
    return this.words[COUNT]!;
  }

  /** Where an entry's words begin. */
  private entryAt(index: number): number {
    return HEADER_WORDS + index * ENTRY_WORDS;
  }

  private indexBits(): number {
    return HANDLE_BITS - this.words[GENERATION_BITS]!;
  }

  /** Where the entry of a handle begins; −1 for what is none, or no longer one. */
  private find(handle: number): number {
    if (!(Number.isInteger(handle) && handle >= 0 && handle < 2 ** HANDLE_BITS)) return -1;
    const indexBits = this.indexBits();
    const index = (handle & (2 ** indexBits - 1)) - this.words[FIRST_INDEX]!;
    if (index < 0 || index >= this.words[CAPACITY]!) return -1;
    const at = this.entryAt(index);
    return this.words[at + STATE] === (((handle >> indexBits) << 1) | IN_USE) ? at : -1;
  }

  create(kind: number, owner: number, payload: readonly number[]): number | undefined {
    const index = this.takeIndex();
    if (index === undefined) return undefined;
    const { words } = this;
    const generation = this.begin(index, { kind, owner, payload });
    words[CURSOR] = index + 1;
    return (generation << this.indexBits()) | (index + words[FIRST_INDEX]!);
  }

  createAt(handle: number, entry: HandleEntry): boolean {
    const { words } = this;
    const index = handle - words[FIRST_INDEX]!;
    if (words[GENERATION_BITS] !== 0 || !isWhole(index, 0, words[LIMIT]! - 1)) return false;
    if (index >= words[CAPACITY]!) this.growTo(Math.max(index + 1, words[CAPACITY]! * 2));
    else if (this.isInUse(index)) return false;
    this.begin(index, entry);
    return true;
  }

  private begin(index: number, entry: HandleEntry): number {
    const { words } = this;
    const at = this.entryAt(index);
    this.writeEntry(at, entry);
    const generation = words[at + STATE]! >> 1;
    // Last: an agent that dies before leaves an entry that is not in use, and one that looks without the lock sees all.
    this.access.storeLast(words, at + STATE, (generation << 1) | IN_USE);
    words[COUNT] = words[COUNT]! + 1;
    return generation;
  }

  private isInUse(index: number): boolean {
    return (this.words[this.entryAt(index) + STATE]! & IN_USE) !== 0;
  }

  /** A free index: the lowest, or with generations the one that has been free for longest. */
  private takeIndex(): number | undefined {
    const { words } = this;
    const capacity = words[CAPACITY]!;
    if (words[COUNT]! >= words[LIMIT]!) return undefined;
    if (words[COUNT]! < capacity) {
      for (let i = 0; i < capacity; i++) {
        const index = (words[CURSOR]! + i) % capacity;
        if (!this.isInUse(index)) return index;
      }
    }
    this.growTo(capacity * 2);
    return capacity;
  }

  private growTo(wanted: number): void {
    const capacity = Math.min(wanted, this.words[LIMIT]!);
    this.words = this.access.enlarge(this.words, this.entryAt(capacity));
    this.words[CAPACITY] = capacity;
  }

  private writeEntry(at: number, { kind, owner, payload }: HandleEntry): void {
    this.words[at + KIND] = kind;
    this.words[at + OWNER] = owner;
    this.write(at, payload);
  }

  private write(at: number, payload: readonly number[]): void {
    for (let i = 0; i < PAYLOAD_WORDS; i++) this.words[at + PAYLOAD + i] = payload[i] ?? 0;
  }

  private read(at: number): HandleEntry {
    const { words } = this;
    return {
      kind: words[at + KIND]!,
      owner: words[at + OWNER]!,
      payload: Array.from(words.subarray(at + PAYLOAD, at + PAYLOAD + PAYLOAD_WORDS)),
    };
  }

  get(handle: number): HandleEntry | undefined {
    const at = this.find(handle);
    return at < 0 ? undefined : this.read(at);
  }

  update(handle: number, payload: readonly number[]): boolean {
    const at = this.find(handle);
    if (at < 0) return false;
    this.write(at, payload);
    return true;
  }

  replace(handle: number, entry: HandleEntry): boolean {
    const at = this.find(handle);
    if (at < 0) return false;
    this.writeEntry(at, entry);
    return true;
  }

  drop(handle: number): HandleEntry | undefined {
    const at = this.find(handle);
    return at < 0 ? undefined : this.end(at);
  }

  private end(at: number): HandleEntry {
    const { words } = this;
    const entry = this.read(at);
    const generation = ((words[at + STATE]! >> 1) + 1) & (2 ** words[GENERATION_BITS]! - 1);
    this.access.storeLast(words, at + STATE, generation << 1);
    words[COUNT] = words[COUNT]! - 1;
    const index = (at - HEADER_WORDS) / ENTRY_WORDS;
    if (words[GENERATION_BITS] === 0) words[CURSOR] = Math.min(words[CURSOR]!, index);
    return entry;
  }

  dropOwned(owner: number): HandleEntry[] {
    const ended: HandleEntry[] = [];
    for (let index = 0; index < this.words[CAPACITY]!; index++) {
      const at = this.entryAt(index);
      if (this.isInUse(index) && this.words[at + OWNER] === owner) ended.push(this.end(at));
    }
    return ended;
  }

  /** Counts anew what an agent that died in the middle of a change may have left wrong. */
  repair(): void {
    const { words } = this;
    words[CAPACITY] = Math.floor((words.length - HEADER_WORDS) / ENTRY_WORDS);
    words[CURSOR] = 0;
    words[COUNT] = 0;
    for (let index = 0; index < words[CAPACITY]!; index++) {
      if (this.isInUse(index)) words[COUNT] = words[COUNT]! + 1;
    }
  }
}

/** Of one agent, whose host may have no `Atomics`. */
const plainAccess: WordAccess = {
  enlarge(former, wordCount) {
    const words = new Int32Array(wordCount);
    words.set(former);
    return words;
  },
  storeLast(words, at, word) {
    words[at] = word;
  },
};

/** A table of one agent. */
export class PlainHandleTable implements HandleTable {
  private readonly slots: HandleWords;

  /** @throws {UsageError} for limits that make no sense */
  constructor(options: HandleTableOptions = {}) {
    const form = formOf(options);
    const wordCount = HEADER_WORDS + firstCapacity(form) * ENTRY_WORDS;
    this.slots = new HandleWords(new Int32Array(wordCount), plainAccess);
    this.slots.format(form);
  }

  get count(): number {
    return this.slots.count;
  }

  create(kind: number, owner: number, payload: readonly number[] = []): number | undefined {
    return this.slots.create(kind, owner, payload);
  }

  createAt(handle: number, entry: HandleEntry): boolean {
    return this.slots.createAt(handle, entry);
  }

  get(handle: number): HandleEntry | undefined {
    return this.slots.get(handle);
  }

  update(handle: number, payload: readonly number[]): boolean {
    return this.slots.update(handle, payload);
  }

  replace(handle: number, entry: HandleEntry): boolean {
    return this.slots.replace(handle, entry);
  }

  drop(handle: number): HandleEntry | undefined {
    return this.slots.drop(handle);
  }

  dropOwned(owner: number): HandleEntry[] {
    return this.slots.dropOwned(owner);
  }
}

/**
 * A place of a shared table, looked at without the table's lock: what is seen is old at once, unless whoever ends
 * handles knows by other means that this one is being used.
 */
export class HandleCell {
  /** The payload, at the same places for every agent. The second word's byte offset is a multiple of 8. */
  readonly payload: Int32Array;
  readonly #head: Int32Array;

  constructor(buffer: SharedArrayBuffer, byteOffset: number) {
    this.#head = new Int32Array(buffer, byteOffset, PAYLOAD);
    this.payload = new Int32Array(buffer, byteOffset + PAYLOAD * WORD_BYTES, PAYLOAD_WORDS);
  }

  get isInUse(): boolean {
    return (Atomics.load(this.#head, STATE) & IN_USE) !== 0;
  }

  get kind(): number {
    return Atomics.load(this.#head, KIND);
  }
}

type GrowableBuffer = SharedArrayBuffer & { grow?(byteLength: number): void };

/** A table in shared memory: every agent that has its buffer sees the same handles. */
export class SharedHandleTable implements HandleTable {
  /** What to send to another agent, which makes its own view of the table of it. */
  readonly buffer: SharedArrayBuffer;
  private readonly slots: HandleWords;
  private readonly lock: SharedLock;

  /**
   * The table in `buffer`, as another agent has made it with `create`.
   *
   * @param owner this agent's number among those that use the table
   */
  constructor(buffer: SharedArrayBuffer, owner: number) {
    this.buffer = buffer;
    const wordsNow = () => new Int32Array(buffer, 0, buffer.byteLength / WORD_BYTES);
    this.slots = new HandleWords(wordsNow(), {
      enlarge(_, wordCount) {
        // Where buffers do not grow, it has had its full length from the beginning.
        (buffer as GrowableBuffer).grow?.(wordCount * WORD_BYTES);
        return wordsNow();
      },
      storeLast(words, at, word) {
        Atomics.store(words, at, word);
      },
    });
    const repair = () => {
      this.slots.words = wordsNow();
      this.slots.repair();
    };
    this.lock = new SharedLock(new Int32Array(buffer, 0, LOCK_WORDS), { owner, name: 'the handle table', repair });
  }

  /** @throws {UsageError} for limits that make no sense */
  static create(options: HandleTableOptions, owner: number): SharedHandleTable {
    const form = formOf(options);
    const first = HEADER_WORDS + firstCapacity(form) * ENTRY_WORDS;
    const most = HEADER_WORDS + form.limit * ENTRY_WORDS;
    const table = new SharedHandleTable(reserve(first * WORD_BYTES, most * WORD_BYTES), owner);
    table.slots.format(form);
    return table;
  }

  /** Runs `act` on words that other agents leave alone, and that have what others have added. */
  private locked<T>(act: (slots: HandleWords) => T): T {
    return this.lock.withLock(() => act(this.present()));
  }

  /** With the entries that other agents have added. What changes or reads entries needs the lock beside it. */
  private present(): HandleWords {
    const { buffer, slots } = this;
    if (slots.words.byteLength !== buffer.byteLength) {
      slots.words = new Int32Array(buffer, 0, buffer.byteLength / WORD_BYTES);
    }
    return slots;
  }

  get count(): number {
    return this.locked(({ count }) => count);
  }

  create(kind: number, owner: number, payload: readonly number[] = []): number | undefined {
    return this.locked((slots) => slots.create(kind, owner, payload));
  }

  createAt(handle: number, entry: HandleEntry): boolean {
    return this.locked((slots) => slots.createAt(handle, entry));
  }

  get(handle: number): HandleEntry | undefined {
    return this.locked((slots) => slots.get(handle));
  }

  update(handle: number, payload: readonly number[]): boolean {
    return this.locked((slots) => slots.update(handle, payload));
  }

  replace(handle: number, entry: HandleEntry): boolean {
    return this.locked((slots) => slots.replace(handle, entry));
  }

  /**
   * The place of a handle in a table whose handles are indices, whatever it stands for at present: it stays the same
   * as long as the table is there. `undefined` for a handle that the table has had no room for so far.
   */
  cell(handle: number): HandleCell | undefined {
    const { words } = this.present();
    const index = handle - words[FIRST_INDEX]!;
    if (!isWhole(index, 0, Atomics.load(words, CAPACITY) - 1)) return undefined;
    return new HandleCell(this.buffer, (HEADER_WORDS + index * ENTRY_WORDS) * WORD_BYTES);
  }

  drop(handle: number): HandleEntry | undefined {
    return this.locked((slots) => slots.drop(handle));
  }

  dropOwned(owner: number): HandleEntry[] {
    return this.locked((slots) => slots.dropOwned(owner));
  }

  /** Takes the table's lock from an agent that has died. Its handles stay: `dropDead` ends them. */
  releaseDead(deadOwner: number): boolean {
    return this.lock.releaseDead(deadOwner);
  }

  /**
   * Takes the table's lock from an agent that has died, and ends its handles. Never waits: another agent that has died
   * may hold the lock, and who learns of deaths by events must go on to hear of it.
   *
   * @returns `undefined` when another agent has the lock: to be tried again
   */
  dropDead(deadOwner: number): HandleEntry[] | undefined {
    this.lock.releaseDead(deadOwner);
    if (!this.lock.tryAcquire(0)) return undefined;
    try {
      return this.present().dropOwned(deadOwner);
    } finally {
      this.lock.release();
    }
  }

  lockState(): LockState {
    return this.lock.state();
  }
}

type Form = Required<{ [Name in keyof HandleTableOptions]: number }>;

/** @throws {UsageError} */
function formOf({ generationBits = DEFAULT_GENERATION_BITS, firstIndex = 0, limit }: HandleTableOptions): Form {
  if (!isWhole(generationBits, 0, MAX_GENERATION_BITS)) {
    throw new UsageError(`generationBits must be from 0 to ${MAX_GENERATION_BITS}, not ${generationBits}`);
  }
  const most = Math.min(2 ** (HANDLE_BITS - generationBits), MOST_HANDLES);
  if (!isWhole(firstIndex, 0, most - 1)) throw new UsageError(`firstIndex must be below ${most}, not ${firstIndex}`);
  const form = { generationBits, firstIndex, limit: limit ?? most - firstIndex };
  if (isWhole(form.limit, 1, most - firstIndex)) return form;
  throw new UsageError(`limit must be from 1 to ${most - firstIndex}, not ${limit}`);
}

function isWhole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}

function firstCapacity({ limit }: Form): number {
  return Math.min(FIRST_CAPACITY, limit);
}

function reserve(byteLength: number, maxByteLength: number): SharedArrayBuffer {
  if (!('grow' in SharedArrayBuffer.prototype)) return new SharedArrayBuffer(maxByteLength);
  const make = SharedArrayBuffer as new (byteLength: number, options: object) => SharedArrayBuffer;
  return new make(byteLength, { maxByteLength });
}
