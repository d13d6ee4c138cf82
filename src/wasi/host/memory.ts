/**
 * A host without effects: streams in memory, a clock that only the guest moves, pseudo-random bytes. Its files are
 * in `memory-files`.
 *
 * Two runs of a guest on it are equal to the byte, which is what tests, examples and replays need. It
 * is the default host of `Wasi`. Not for keys and secrets: its random bytes can be foretold.
 */
import { decodeUtf8, encodeUtf8 } from '../../api/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import { nextTurn } from './event-loop.ts';
import type { Clock, Host, OutputStream } from './host.ts';
import { Budget, GrowingBytes, toBytes } from './memory-files/index.ts';
import { VirtualTimers } from './virtual-timers.ts';
import type { PollableInput, Readiness, Wait } from './waiting.ts';

export {
  loadMemoryDirectory,
  MemoryDirectory,
  type MemoryDirectoryOptions,
  type MemoryTree,
  memoryDirectory,
} from './memory-files/index.ts';

export interface MemoryHostOptions {
  readonly stdin?: string | Uint8Array;
  /** Where the realtime clock starts, in ns since 1970. */
  readonly realtimeNs?: bigint;
  /** How far the clocks move at each reading, so that a guest that waits for time to pass ends. */
  readonly tickNs?: bigint;
  /** Start of the random bytes, a u32. */
  readonly seed?: number;
}

export interface MemoryHost extends Host {
  /** All that was written, as it stands now. */
  readonly output: { readonly stdout: Uint8Array; readonly stderr: Uint8Array };
  /** Where clock, randomness and input stand. What was written is not in it. */
  save(): Uint8Array;
  /** Goes on from there, with the same options. @throws {SnapshotError} for bytes that `save` did not give */
  restore(bytes: Uint8Array): void;
}

/** 2022-01-01T00:00:00Z, in seconds. */
const DEFAULT_REALTIME_S = 1_640_995_200;
const DEFAULT_TICK_NS = 1000;

/** Makes a deterministic host. */
export function memoryHost(options: MemoryHostOptions = {}): MemoryHost {
  const realtimeNs = options.realtimeNs ?? BigInt(DEFAULT_REALTIME_S) * BigInt(1e9);
  const stdin = new MemoryInput(toBytes(options.stdin ?? ''));
  const stdout = new MemoryOutput();
  const stderr = new MemoryOutput();
  const clock = new MemoryClock(realtimeNs, options.tickNs ?? BigInt(DEFAULT_TICK_NS));
  const random = new SeededRandom(options.seed ?? 1);
  return {
    stdin,
    stdout,
    stderr,
    clock,
    random: (buffer) => random.fill(buffer),
    save: () => encodeUtf8(JSON.stringify([stdin.offset, String(clock.elapsedNs), random.state])),
    restore(bytes) {
      const [offset, elapsedNs, state] = savedNumbers(bytes);
      stdin.offset = Number(offset);
      clock.elapsedNs = BigInt(elapsedNs);
      random.state = Number(state) | 0 || 1;
    },
    output: {
      get stdout() {
        return stdout.bytes;
      },
      get stderr() {
        return stderr.bytes;
      },
    },
  };
}

/** The three whole numbers of a saved host. */
function savedNumbers(bytes: Uint8Array): [string, string, string] {
  const text = decodeUtf8(bytes, 0, bytes.length) ?? '';
  const match = /^\[(\d{1,15}),"(\d{1,30})",(-?\d{1,10})\]$/.exec(text);
  if (match === null) throw new SnapshotError('this is no saved state of a memory host');
  return [match[1]!, match[2]!, match[3]!];
}

class MemoryInput implements PollableInput {
  readonly isTerminal = false;
  readonly isOutside = false;
  readonly #bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(buffer: Uint8Array): number {
    const chunk = this.#bytes.subarray(this.offset, this.offset + buffer.length);
    buffer.set(chunk);
    this.offset += chunk.length;
    return chunk.length;
  }

  tryRead(buffer: Uint8Array): number {
    return this.read(buffer);
  }

  readable(): Readiness {
    const byteCount = this.#bytes.length - this.offset;
    return { byteCount, isHungUp: byteCount === 0 };
  }

  /** It always has what it will ever have. */
  untilReadable(): Wait {
    return nextTurn();
  }
}

class MemoryOutput implements OutputStream {
  readonly isTerminal = false;
  readonly #content = new GrowingBytes(new Budget());

  get bytes(): Uint8Array {
    return this.#content.bytes.slice();
  }

  write(bytes: Uint8Array): void {
    this.#content.write(bytes, this.#content.bytes.length);
  }

  flush(): void {}
}

class MemoryClock implements Clock {
  readonly resolutionNs: bigint;
  readonly #startNs: bigint;
  readonly #tickNs: bigint;
  readonly #timers = new VirtualTimers((dueNs) => {
    if (dueNs > this.elapsedNs) this.elapsedNs = dueNs;
  });
  elapsedNs = BigInt(0);

  constructor(startNs: bigint, tickNs: bigint) {
    this.#startNs = startNs;
    this.#tickNs = tickNs;
    this.resolutionNs = tickNs > 0 ? tickNs : BigInt(1);
  }

  realtimeNs(): bigint {
    return this.#startNs + this.monotonicNs();
  }

  monotonicNs(): bigint {
    const now = this.elapsedNs;
    this.elapsedNs += this.#tickNs;
    return now;
  }

  sleep(durationNs: bigint): void {
    this.elapsedNs += durationNs;
  }

  timer(durationNs: bigint): Wait {
    return this.#timers.add(this.elapsedNs + durationNs);
  }
}

/** xorshift32 (Marsaglia 2003, shifts 13, 17, 5); one byte a step. */
class SeededRandom {
  state: number;

  constructor(seed: number) {
    // Zero is the one state that xorshift never leaves.
    this.state = seed | 0 || 1;
  }

  fill(buffer: Uint8Array): void {
    for (let index = 0; index < buffer.length; index++) {
      this.state ^= this.state << 13;
      this.state ^= this.state >>> 17;
      this.state ^= this.state << 5;
      buffer[index] = this.state >>> 24;
    }
  }
}
