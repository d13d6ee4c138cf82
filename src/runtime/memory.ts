/**
 * A linear memory: bytes, limits, growth. Accesses by guests are the interpreter's, which reads `view`
 * and `byteLength` directly; this file bounds-checks nothing but what it does itself.
 *
 * Growing an unshared memory replaces the buffer (a resizable one is 7–24× slower to access, docs/rationale.md);
 * a shared one grows in place, in the room reserved for it. Either way views have a fixed length and are borrowed:
 * they die at the next grow. Other agents' growth is seen by `reaches` and `refresh`.
 *
 * @see https://webassembly.github.io/spec/core/exec/runtime.html#memory-instances
 */
import { Exhaustion, I64, type MemoryType, UsageError } from '../syntax/index.ts';
import type { Budget } from './limits.ts';

/** Bytes up to which copying word by word is faster than the host. */
const MAX_SHORT_COPY = 64;

/** Largest memory this engine gives, in bytes: 4 GiB, which 32-bit addresses reach and typed arrays hold. */
export const MAX_MEMORY_BYTES = 2 ** 32;
/** A shared memory's page count is a word. */
const MAX_SHARED_PAGES = 2 ** 32 - 1;
const WORD_BYTES = 4;

type AnyBuffer = ArrayBuffer | SharedArrayBuffer;
type GrowableBuffer = SharedArrayBuffer & {
  readonly growable?: boolean;
  readonly maxByteLength?: number;
  grow(byteLength: number): void;
};

/** A shared memory as one agent hands it to another: plain data, and the buffers that both then use. */
export interface SharedMemory {
  readonly type: MemoryType;
  /** The contents, in a buffer that grows in place; where the host has none, in one of the greatest size. */
  readonly buffer: SharedArrayBuffer;
  /** One word: pages there are, or are about to be. Whoever adds to it makes the pages. */
  readonly pageWords: SharedArrayBuffer;
}

/** Typed arrays for `Atomics.*` over one of a memory's views. */
export interface AtomicViews {
  readonly i8: Uint8Array;
  readonly i16: Uint16Array;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
}

export class Memory {
  readonly type: MemoryType;
  private readonly budget: Budget;
  private readonly maxPages: number;
  /** A shared memory's page count; null: the memory is not shared. */
  private readonly pageWords: Int32Array | null = null;
  /** The contents. Borrowed: replaced by growth. */
  bytes: Uint8Array;
  /** The same bytes for multi-byte access. Borrowed: replaced by growth. */
  view: DataView;
  byteLength: number;
  /** Made when first asked for; gone with the view. */
  atomicViews: AtomicViews | null = null;

  /**
   * @param shared what another agent shares; absent: a new memory
   * @throws {Exhaustion} `memory` when the budget or the host cannot give the minimum
   */
  constructor(type: MemoryType, budget: Budget, shared?: SharedMemory) {
    this.type = type;
    this.budget = budget;
    const hostPages = MAX_MEMORY_BYTES / this.pageBytes;
    const maxPages = Math.min(type.limits.max ?? hostPages, hostPages);
    const buffer = shared?.buffer ?? this.firstBuffer(maxPages);
    if (type.shared) {
      this.maxPages = Math.min(maxPages, MAX_SHARED_PAGES, Math.floor(capacityOf(buffer) / this.pageBytes));
      this.pageWords = new Int32Array(shared?.pageWords ?? new SharedArrayBuffer(WORD_BYTES));
      if (shared === undefined) this.pageWords[0] = type.limits.min;
    } else this.maxPages = maxPages;
    this.byteLength = this.presentBytes(buffer);
    if (!budget.take(this.byteLength)) throw new Exhaustion('memory');
    this.bytes = new Uint8Array(buffer, 0, this.byteLength);
    this.view = new DataView(buffer, 0, this.byteLength);
  }

  /** @throws {Exhaustion} `memory` */
  private firstBuffer(maxPages: number): AnyBuffer {
    const { min } = this.type.limits;
    const byteLength = min * this.pageBytes;
    const buffer = min <= maxPages && this.budget.fits(byteLength) ? this.allocate(byteLength, maxPages) : undefined;
    if (buffer === undefined) throw new Exhaustion('memory');
    return buffer;
  }

  get pageBytes(): number {
    return 2 ** this.type.pageSizeLog2;
  }

  /** Pages that there are now, other agents' too. */
  get pageCount(): number {
    this.refresh();
    return this.byteLength / this.pageBytes;
  }

  get is64(): boolean {
    return this.type.address === I64;
  }

  /**
   * Copies bytes inside the memory, where they are in bounds; the ranges may overlap. A call of the host's `copyWithin`
   * takes 18 ns however short: word by word, copies of up to 64 bytes take 0.8 of the time (measured).
   */
  copyWithin(target: number, source: number, length: number): void {
    const { view, bytes } = this;
    if (length > MAX_SHORT_COPY) {
      bytes.copyWithin(target, source, source + length);
    } else if (target <= source) {
      let i = 0;
      for (; i <= length - 4; i += 4) view.setInt32(target + i, view.getInt32(source + i, true), true);
      for (; i < length; i++) bytes[target + i] = bytes[source + i]!;
    } else {
      let i = length;
      for (; i >= 4; i -= 4) view.setInt32(target + i - 4, view.getInt32(source + i - 4, true), true);
      for (; i > 0; i--) bytes[target + i - 1] = bytes[source + i - 1]!;
    }
  }

  /** Are there bytes up to `end`? Looks for those that other agents have added. */
  reaches(end: number): boolean {
    return end <= this.byteLength || (this.refresh() && end <= this.byteLength);
  }

  /** Takes up what other agents have added, with new views. False: nothing. */
  refresh(): boolean {
    if (this.pageWords === null) return false;
    const { buffer } = this.bytes;
    const byteLength = this.presentBytes(buffer);
    if (byteLength === this.byteLength) return false;
    this.budget.give(this.byteLength - byteLength);
    this.show(buffer, byteLength);
    return true;
  }

  /** What another agent makes the same memory of. @throws {UsageError} for a memory that is not shared */
  share(): SharedMemory {
    const { pageWords, type } = this;
    if (pageWords === null) throw new UsageError('the memory is not shared: no other agent can have it');
    const shared = (words: Int32Array | Uint8Array) => words.buffer as SharedArrayBuffer;
    return { type, buffer: shared(this.bytes), pageWords: shared(pageWords) };
  }

  /** Adds zeroed pages. Returns the former page count, or −1 when limit, budget or host refuse. */
  grow(deltaPages: number): number {
    const formerPages = this.pageCount;
    if (deltaPages === 0) return formerPages;
    const deltaBytes = deltaPages * this.pageBytes;
    if (this.pageWords !== null) return this.growShared(this.pageWords, deltaPages, deltaBytes);
    if (formerPages + deltaPages > this.maxPages) return -1;
    if (!this.budget.take(deltaBytes)) return -1;
    const buffer = this.allocate(this.byteLength + deltaBytes, this.maxPages);
    if (buffer === undefined) {
      this.budget.give(deltaBytes);
      return -1;
    }
    const former = this.bytes;
    this.show(buffer, this.byteLength + deltaBytes);
    this.bytes.set(former);
    return formerPages;
  }

  /**
   * Agents that grow at the same time get pages one after another by the word. No lock is held, so an agent that ends
   * here leaves nothing behind but pages that the next growth makes.
   */
  private growShared(pageWords: Int32Array, deltaPages: number, deltaBytes: number): number {
    for (;;) {
      const former = Atomics.load(pageWords, 0) >>> 0;
      const wanted = former + deltaPages;
      if (wanted > this.maxPages || !this.budget.fits(deltaBytes)) return -1;
      if (Atomics.compareExchange(pageWords, 0, former | 0, wanted | 0) !== (former | 0)) continue;
      const isMade = extend(this.bytes.buffer as GrowableBuffer, wanted * this.pageBytes);
      if (!isMade) Atomics.compareExchange(pageWords, 0, wanted | 0, former | 0);
      this.refresh();
      return isMade ? former : -1;
    }
  }

  /**
   * Gives a memory that is not shared another size, for those who put a former state back. What it then holds is
   * theirs to write.
   *
   * @throws {Exhaustion} `memory`
   */
  resize(byteLength: number): void {
    const delta = byteLength - this.byteLength;
    if (delta === 0) return;
    const buffer = this.budget.take(delta) ? this.allocate(byteLength, this.maxPages) : undefined;
    if (buffer === undefined) throw new Exhaustion('memory');
    this.show(buffer, byteLength);
  }

  /** A view without a length would follow its buffer's: 60× slower (docs/rationale.md). */
  private show(buffer: ArrayBufferLike, byteLength: number): void {
    this.bytes = new Uint8Array(buffer, 0, byteLength);
    this.view = new DataView(buffer, 0, byteLength);
    this.byteLength = byteLength;
    this.atomicViews = null;
  }

  /** Bytes in use: of a buffer that does not grow, the word tells. */
  private presentBytes(buffer: ArrayBufferLike): number {
    const { pageWords } = this;
    if (pageWords === null || isGrowable(buffer)) return buffer.byteLength;
    return (Atomics.load(pageWords, 0) >>> 0) * this.pageBytes;
  }

  /** `undefined`: the host refuses. */
  private allocate(byteLength: number, maxPages: number): AnyBuffer | undefined {
    if (this.type.shared) return reserve(byteLength, maxPages * this.pageBytes);
    try {
      return new ArrayBuffer(byteLength);
    } catch {
      return undefined;
    }
  }
}

function isGrowable(buffer: ArrayBufferLike): buffer is GrowableBuffer {
  return (buffer as GrowableBuffer).growable === true;
}

function capacityOf(buffer: ArrayBufferLike): number {
  return isGrowable(buffer) ? buffer.maxByteLength! : buffer.byteLength;
}

/**
 * A shared buffer with room to grow to `maxBytes`: address space, no pages. Where the host refuses so much, the room
 * is half of it, and so on; a host whose buffers do not grow gives one of that size.
 */
function reserve(byteLength: number, maxBytes: number): SharedArrayBuffer | undefined {
  if (typeof SharedArrayBuffer === 'undefined') return undefined;
  const make = SharedArrayBuffer as new (byteLength: number, options: object) => SharedArrayBuffer;
  const canGrow = 'grow' in SharedArrayBuffer.prototype;
  for (let maxByteLength = maxBytes; ; maxByteLength = Math.max(byteLength, Math.floor(maxByteLength / 2))) {
    try {
      return canGrow ? new make(byteLength, { maxByteLength }) : new SharedArrayBuffer(maxByteLength);
    } catch {
      if (maxByteLength === byteLength) return undefined;
    }
  }
}

/** Makes a growable buffer at least so long. */
function extend(buffer: GrowableBuffer, byteLength: number): boolean {
  if (!isGrowable(buffer)) return true;
  try {
    buffer.grow(byteLength);
    return true;
  } catch {
    // Another agent may have made it longer meanwhile.
    return buffer.byteLength >= byteLength;
  }
}
