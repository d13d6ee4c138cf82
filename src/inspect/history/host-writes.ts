/**
 * Finds what a host function wrote into memories: copies of what it asks for are kept until it returns, and
 * compared then. Functions that ask for ranges cost little, those that ask for all of it a copy a call.
 */
import type { Memory } from '../../runtime/index.ts';

export interface MemoryWrite {
  readonly memory: Memory;
  readonly byteOffset: number;
  readonly bytes: Uint8Array;
}

interface KeptRange {
  readonly memory: Memory;
  readonly byteOffset: number;
  readonly bytes: Uint8Array;
}

/** Equal bytes between two changes that are cheaper to write again than to begin another write. */
const SMALL_GAP = 16;

export class HostWrites {
  private kept: KeptRange[] = [];
  private readonly whole = new Set<Memory>();

  touched(memory: Memory, byteOffset: number, byteLength: number): void {
    if (byteLength === 0 || this.whole.has(memory)) return;
    if (byteLength === memory.byteLength) this.whole.add(memory);
    this.kept.push({ memory, byteOffset, bytes: memory.bytes.slice(byteOffset, byteOffset + byteLength) });
  }

  /** What has been written since. Nothing is kept any more. */
  take(): MemoryWrite[] {
    const writes = this.kept.flatMap((range) => changesIn(range));
    this.kept = [];
    this.whole.clear();
    return writes;
  }
}

function changesIn({ memory, byteOffset, bytes: before }: KeptRange): MemoryWrite[] {
  const after = memory.bytes.subarray(byteOffset, byteOffset + before.length);
  const writes: MemoryWrite[] = [];
  for (let at = nextChange(before, after, 0); at < before.length; ) {
    const end = endOfChange(before, after, at);
    writes.push({ memory, byteOffset: byteOffset + at, bytes: after.slice(at, end) });
    at = nextChange(before, after, end);
  }
  return writes;
}

function nextChange(before: Uint8Array, after: Uint8Array, from: number): number {
  let at = from;
  while (at < before.length && before[at] === after[at]) at++;
  return at;
}

function endOfChange(before: Uint8Array, after: Uint8Array, from: number): number {
  let end = from + 1;
  for (let at = end; at < before.length && at - end < SMALL_GAP; at++) if (before[at] !== after[at]) end = at + 1;
  return end;
}
