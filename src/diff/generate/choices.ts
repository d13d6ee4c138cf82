/**
 * Where a generator takes its decisions from: a seed, for campaigns, or a tape of bytes, for property tests. The same
 * seed or tape gives the same decisions. Past a tape's end every decision is the first, simplest one, so that cutting a
 * tape makes what it generates simpler: that is how failures shrink.
 */
import { Random } from '../random.ts';

export abstract class Choices {
  /** An integer from 0 to `count` − 1. */
  abstract below(count: number): number;

  /** 32 bits, signed. */
  abstract word(): number;

  /** Nothing but first choices comes any more. */
  abstract readonly isExhausted: boolean;

  /** True once in `rate` times. */
  chance(rate: number): boolean {
    return rate <= 1 || this.below(rate) === rate - 1;
  }

  /** An integer from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** `least` to `most` results. */
  list<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.between(least, most) }, (_, index) => make(index));
  }
}

export class SeedChoices extends Choices {
  private readonly random: Random;
  readonly isExhausted = false;

  constructor(seed: number) {
    super();
    this.random = new Random(seed);
  }

  override below(count: number): number {
    return count <= 1 ? 0 : this.random.below(count);
  }

  override word(): number {
    return this.random.word() | 0;
  }
}

export class TapeChoices extends Choices {
  private readonly bytes: Uint8Array;
  private offset = 0;

  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
  }

  get isExhausted(): boolean {
    return this.offset >= this.bytes.length;
  }

  private byte(): number {
    return this.bytes[this.offset++] ?? 0;
  }

  override below(count: number): number {
    if (count <= 1) return 0;
    return (count <= 256 ? this.byte() : this.byte() | (this.byte() << 8)) % count;
  }

  override word(): number {
    return this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24);
  }
}
