/**
 * A tape of bytes that a generator reads its decisions from. The same tape gives the same result, and
 * past its end every decision is the first, simplest one: so a shorter tape means a simpler module,
 * and shrinking a failure is cutting its tape.
 */
export class Tape {
  private readonly bytes: Uint8Array;
  private offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get exhausted(): boolean {
    return this.offset >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.offset++] ?? 0;
  }

  /** 32 bits, signed. */
  word(): number {
    return this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24);
  }

  /** An integer from 0 to `count` − 1. */
  below(count: number): number {
    if (count <= 1) return 0;
    return (count <= 256 ? this.byte() : this.byte() | (this.byte() << 8)) % count;
  }

  /** True once in `rate` times; never past the end. */
  chance(rate: number): boolean {
    return this.below(rate) === 1 % rate && !this.exhausted;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** `least` to `most` results. */
  list<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, (_, index) => make(index));
  }
}

/** A reproducible source of random numbers (xorshift32), for tapes of long runs. */
export class Random {
  private state: number;

  constructor(seed: number) {
    // Zero would stay zero.
    this.state = (seed ^ 0x9e37_79b9) | 0 || 1;
  }

  /** 32 bits, unsigned. */
  word(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  below(count: number): number {
    return Math.floor((this.word() / 2 ** 32) * count);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.word() >>> 24);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}
