/** A growing list of int32, for tables with an entry for each instruction: four bytes an entry, not an object. */
export class IntList {
  private data = new Int32Array(16);
  length = 0;

  /** Appends a value and returns its index. */
  push(value: number): number {
    if (this.length === this.data.length) {
      const grown = new Int32Array(this.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    this.data[this.length] = value;
    return this.length++;
  }

  at(index: number): number {
    return this.data[index] as number;
  }

  set(index: number, value: number): void {
    this.data[index] = value;
  }

  /** Index of the last entry that is not above `value`, in a list in ascending order; −1 when all are above. */
  lastNotAbove(value: number): number {
    let low = -1;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.at(middle) <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
