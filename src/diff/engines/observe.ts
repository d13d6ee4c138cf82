/** What all engines observe alike: memory as hashes, endings of calls, bits of integers. */
import * as zlib from 'node:zlib';
import type { TrapKind } from '../../syntax/index.ts';
import type { Bits, Ending, LogEntry, MemoryState } from '../case.ts';
import { EXCEPTION_LOG } from '../prepare/index.ts';

const BLOCK = 4096;
const CHUNK = 16 * BLOCK;
const zeros = new Uint8Array(CHUNK);
const DIGITS = 16;

/** Native where Node has it (20.15): ten times as fast as SHA-1 of so few bytes (measured). */
export const crc32: (bytes: Uint8Array) => number =
  (zlib as unknown as { readonly crc32?: (bytes: Uint8Array) => number }).crc32 ?? crc32InScript;

/** @see https://www.w3.org/TR/png/#D-CRCAppendix */
export function crc32InScript(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}

function isZero(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, zeros.subarray(0, bytes.length)) === 0;
}

/** Longer copies are not kept for the next case. */
const MAX_KEPT_BYTES = 2 ** 20;

/** One memory, looked at again and again: what has not changed is neither hashed nor copied again. */
export class MemoryWatch {
  /** What was seen last, in the first bytes: the rest is left of a memory of another case. */
  private last = new Uint8Array(0);
  private state: MemoryState | undefined;

  /** Begins with the memory of another case. Copies made anew were a third of a case's buffers. */
  restart(): void {
    this.state = undefined;
    if (this.last.length > MAX_KEPT_BYTES) this.last = new Uint8Array(0);
  }

  look(memory: Uint8Array): MemoryState {
    const { state } = this;
    if (state === undefined || memory.length !== state.byteLength) {
      if (memory.length > this.last.length) this.last = new Uint8Array(memory.length);
      this.last.set(memory);
      this.state = memoryState(memory);
    } else if (Buffer.compare(memory, this.last.subarray(0, memory.length)) !== 0) {
      this.state = this.update(memory, state);
    }
    return this.state!;
  }

  /** Of a memory as long as before. */
  private update(memory: Uint8Array, { blocks: former }: MemoryState): MemoryState {
    const known = new Map(former);
    const blocks: [number, string][] = [];
    for (let at = 0; at < memory.length; at += BLOCK) {
      const block = memory.subarray(at, at + BLOCK);
      const number = at / BLOCK;
      const isSame = Buffer.compare(block, this.last.subarray(at, at + block.length)) === 0;
      const hash = isSame ? known.get(number) : blockHash(block);
      if (!isSame) this.last.set(block, at);
      if (hash !== undefined) blocks.push([number, hash]);
    }
    return { byteLength: memory.length, blocks };
  }
}

/** Watches of an engine for the memories of one case after another. */
export class MemoryWatches {
  private readonly watches: MemoryWatch[] = [];

  /** For the memories of a case; those that were given for another watch that one no longer. */
  take(count: number): readonly MemoryWatch[] {
    while (this.watches.length < count) this.watches.push(new MemoryWatch());
    const taken = this.watches.slice(0, count);
    for (const watch of taken) watch.restart();
    return taken;
  }
}

/** Absent for zeros. */
function blockHash(block: Uint8Array): string | undefined {
  return isZero(block) ? undefined : crc32(block).toString(16).padStart(8, '0');
}

/** Hashes the blocks that are not zero. */
export function memoryState(memory: Uint8Array): MemoryState {
  const blocks: [number, string][] = [];
  for (let chunk = 0; chunk < memory.length; chunk += CHUNK) {
    const end = Math.min(chunk + CHUNK, memory.length);
    if (isZero(memory.subarray(chunk, end))) continue;
    for (let at = chunk; at < end; at += BLOCK) {
      const hash = blockHash(memory.subarray(at, Math.min(at + BLOCK, end)));
      if (hash !== undefined) blocks.push([at / BLOCK, hash]);
    }
  }
  return { byteLength: memory.length, blocks };
}

export function i64Bits(value: bigint): Bits {
  return BigInt.asUintN(64, value).toString(16).padStart(DIGITS, '0');
}

/** A trap after an exception was logged is that exception. */
export function endingWithLog(ending: Ending, log: readonly LogEntry[]): Ending {
  if (ending.kind !== 'trap') return ending;
  const from = log.findIndex(([id]) => id >= EXCEPTION_LOG);
  if (from < 0) return ending;
  const [id] = log[from]!;
  return { kind: 'exception', tagidx: id - EXCEPTION_LOG, payload: log.slice(from + 1).map(([, bits]) => bits) };
}

/** An engine's words for something, and what they mean here. */
export type Words = readonly (readonly [RegExp, readonly TrapKind[]])[];

/** The trap kinds that a message may stand for; none when its words are not known. */
export function trapKinds(message: string, words: Words): readonly TrapKind[] {
  return words.find(([pattern]) => pattern.test(message))?.[1] ?? [];
}
