/** A reproducible source of random numbers (xorshift32): the same seed gives the same numbers everywhere. */
export class Random {
  private state: number;

  constructor(seed: number) {
    // Seeds that are neighbours must not begin alike, and zero would stay zero.
    this.state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) | 0 || 1;
    for (let i = 0; i < 4; i++) this.word();
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

  /** An integer from 0 to `count` − 1. */
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
