/** What guests may use in total; counted by the store, asked by memories and tables. */

/** Elements of one table, V8's documented limit. */
export const MAX_TABLE_ELEMENTS = 10_000_000;

/** Elements of all tables of a store, unless it is told another number: 400 MB of the host's heap. */
export const DEFAULT_MAX_TABLE_ELEMENTS = 50_000_000;

/** A number of bytes or elements that several things share. */
export class Budget {
  readonly limit: number;
  used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Reserves `amount`; false when that passes the limit, and then nothing is reserved. */
  take(amount: number): boolean {
    if (this.used + amount > this.limit) return false;
    this.used += amount;
    return true;
  }

  fits(amount: number): boolean {
    return this.used + amount <= this.limit;
  }

  give(amount: number): void {
    this.used -= amount;
  }
}

/** What the instances of a store share. */
export interface Budgets {
  readonly memoryBytes: Budget;
  readonly tableElements: Budget;
}
