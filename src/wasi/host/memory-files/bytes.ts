/** Bytes that grow, and a budget for all that one file system keeps. */
import { encodeUtf8 } from '../../../api/index.ts';
import { HostError } from '../host.ts';

export function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? encodeUtf8(content) : content;
}

/** Most bytes that one file system, or one output, keeps: a guest cannot take all of the host's memory. */
const MAX_KEPT_BYTES = 2 ** 30;

/** Counts what is allocated. */
export class Budget {
  #leftBytes = MAX_KEPT_BYTES;

  /** A larger buffer in place of `old`, or `undefined` when it does not fit and `old` has to do. */
  replace(old: Uint8Array, byteLength: number): Uint8Array<ArrayBuffer> | undefined {
    if (byteLength > this.#leftBytes + old.length) return undefined;
    try {
      const bytes = new Uint8Array(byteLength);
      this.#leftBytes -= byteLength - old.length;
      return bytes;
    } catch {
      // The host has less memory than the budget.
      return undefined;
    }
  }

  release(bytes: Uint8Array): void {
    this.#leftBytes += bytes.length;
  }
}

/** Bytes that grow by doubling. */
export class GrowingBytes {
  readonly #budget: Budget;
  #buffer = new Uint8Array(0);
  #length = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** The content; dies with the next write. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  write(bytes: Uint8Array, offset: number): void {
    if (offset + bytes.length > this.#length) this.resize(offset + bytes.length);
    this.#buffer.set(bytes, offset);
  }

  /** @throws {HostError} EFBIG, ENOSPC */
  resize(length: number): void {
    if (length > MAX_KEPT_BYTES) throw new HostError('EFBIG');
    if (length > this.#buffer.length) {
      const roomy = Math.max(length, this.#buffer.length * 2, 64);
      const grown = this.#budget.replace(this.#buffer, roomy) ?? this.#budget.replace(this.#buffer, length);
      if (grown === undefined) throw new HostError('ENOSPC');
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    // What a shorter file leaves behind must not come back when it grows again.
    this.#buffer.fill(0, length, this.#length);
    this.#length = length;
  }

  clear(): void {
    this.#budget.release(this.#buffer);
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
  }
}
