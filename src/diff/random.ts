/** Reproducible random numbers (xorshift32): the same seed gives the same numbers everywhere. */

/** Every bit of the result depends on every bit of the word (Murmur's finaliser). */
function mixed(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return x ^ (x >>> 16);
}

/** 32 bits of a seed, an integer below 2^53: seeds that are near each other, or far, have nothing in common. */
export function seedWord(seed: number): number {
  return mixed(seed ^ mixed(Math.floor(seed / 2 ** 32) ^ 0x9e37_79b9));
}

export class Random {
  private state: number;

  /** @param seed an integer below 2^53 */
  constructor(seed: number) {
    // Zero would stay zero.
    this.state = seedWord(seed) || 1;
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
