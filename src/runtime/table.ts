/**
 * A table: references under indices. Null is `null`; a function reference is a `Func`; an external
 * reference is the host's own value.
 *
 * @see https://webassembly.github.io/spec/core/exec/runtime.html#table-instances
 */
import { Exhaustion, I64, type TableType } from '../syntax/index.ts';
import { type Budget, MAX_TABLE_ELEMENTS } from './limits.ts';

export class Table {
  /** Element type in canonical type ids. */
  readonly type: TableType;
  readonly elements: unknown[];
  private readonly budget: Budget;

  /** @throws {Exhaustion} `table` when the minimum passes what this engine or the budget gives */
  constructor(type: TableType, init: unknown, budget: Budget) {
    const { min } = type.limits;
    if (min > MAX_TABLE_ELEMENTS || !budget.take(min)) throw new Exhaustion('table');
    this.type = type;
    this.budget = budget;
    this.elements = new Array(min).fill(init);
  }

  get is64(): boolean {
    return this.type.address === I64;
  }

  get length(): number {
    return this.elements.length;
  }

  /** Puts a former state back: other elements, as many as there were. @throws {Exhaustion} `table` */
  replace(elements: readonly unknown[]): void {
    if (!this.budget.take(elements.length - this.elements.length)) throw new Exhaustion('table');
    this.elements.length = 0;
    for (const element of elements) this.elements.push(element);
  }

  /** Appends `delta` elements. Returns the former length, or −1 when a limit refuses. */
  grow(delta: number, init: unknown): number {
    const former = this.elements.length;
    const max = Math.min(this.type.limits.max ?? MAX_TABLE_ELEMENTS, MAX_TABLE_ELEMENTS);
    if (former + delta > max || !this.budget.take(delta)) return -1;
    for (let i = 0; i < delta; i++) this.elements.push(init);
    return former;
  }
}
