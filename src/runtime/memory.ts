/**
 * A linear memory: bytes, limits, growth. Accesses by guests are the interpreter's, which reads `view`
 * and `byteLength` directly; this file bounds-checks nothing but what it does itself.
 *
 * Growing replaces the buffer (a resizable one is 7–24× slower to access, docs/rationale.md), so views
 * are borrowed: they die at the next grow.
 *
 * @see https://webassembly.github.io/spec/core/exec/runtime.html#memory-instances
 */
import { Exhaustion, I64, type MemoryType } from '../syntax/index.ts';
import type { Budget } from './limits.ts';

/** Largest memory this engine gives, in bytes: 4 GiB, which 32-bit addresses reach and typed arrays hold. */
export const MAX_MEMORY_BYTES = 2 ** 32;

type AnyBuffer = ArrayBuffer | SharedArrayBuffer;

export class Memory {
  readonly type: MemoryType;
  private readonly budget: Budget;
  private readonly maxPages: number;
  /** The contents. Borrowed: replaced by `grow`. */
  bytes: Uint8Array;
  /** The same bytes for multi-byte access. Borrowed: replaced by `grow`. */
  view: DataView;
  byteLength: number;

  /** @throws {Exhaustion} `memory` when the budget or the host cannot give the minimum */
  constructor(type: MemoryType, budget: Budget) {
    this.type = type;
    this.budget = budget;
    const hostPages = MAX_MEMORY_BYTES / this.pageBytes;
    this.maxPages = Math.min(type.limits.max ?? hostPages, hostPages);
    const byteLength = type.limits.min * this.pageBytes;
    const buffer = type.limits.min <= this.maxPages && budget.take(byteLength) ? this.allocate(byteLength) : undefined;
    if (buffer === undefined) throw new Exhaustion('memory');
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.byteLength = byteLength;
  }

  get pageBytes(): number {
    return 2 ** this.type.pageSizeLog2;
  }

  get pageCount(): number {
    return this.byteLength / this.pageBytes;
  }

  get is64(): boolean {
    return this.type.address === I64;
  }

  /** Adds zeroed pages. Returns the former page count, or −1 when limit, budget or host refuse. */
  grow(deltaPages: number): number {
    const formerPages = this.pageCount;
    if (deltaPages === 0) return formerPages;
    if (formerPages + deltaPages > this.maxPages) return -1;
    const deltaBytes = deltaPages * this.pageBytes;
    if (!this.budget.take(deltaBytes)) return -1;
    const buffer = this.allocate(this.byteLength + deltaBytes);
    if (buffer === undefined) {
      this.budget.give(deltaBytes);
      return -1;
    }
    const bytes = new Uint8Array(buffer);
    if (!this.type.shared) bytes.set(this.bytes);
    this.bytes = bytes;
    this.view = new DataView(buffer);
    this.byteLength += deltaBytes;
    return formerPages;
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
    const buffer = this.budget.take(delta) ? this.allocate(byteLength) : undefined;
    if (buffer === undefined) throw new Exhaustion('memory');
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.byteLength = byteLength;
  }

  /** Shared memories grow in place, so that other threads keep seeing them. `undefined`: the host refuses. */
  private allocate(byteLength: number): AnyBuffer | undefined {
    try {
      if (!this.type.shared) return new ArrayBuffer(byteLength);
      if (this.bytes !== undefined) {
        const shared = this.bytes.buffer as SharedArrayBuffer & { grow(byteLength: number): void };
        shared.grow(byteLength);
        return shared;
      }
      const options = { maxByteLength: this.maxPages * this.pageBytes };
      return new (SharedArrayBuffer as new (byteLength: number, options: object) => SharedArrayBuffer)(
        byteLength,
        options,
      );
    } catch {
      return undefined;
    }
  }
}
