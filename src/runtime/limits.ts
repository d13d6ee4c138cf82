/** What guests may use in total; counted by the store, asked by memories and tables. */

/** Elements of one table, V8's documented limit. */
export const MAX_TABLE_ELEMENTS = 10_000_000;

/** Bytes of linear memory that a store's memories share. */
export class MemoryBudget {
  readonly limitBytes: number;
  usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Reserves `byteLength`; false when that passes the limit, and then nothing is reserved. */
  take(byteLength: number): boolean {
    if (this.usedBytes + byteLength > this.limitBytes) return false;
    this.usedBytes += byteLength;
    return true;
  }

  give(byteLength: number): void {
    this.usedBytes -= byteLength;
  }
}
