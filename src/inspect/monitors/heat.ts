/**
 * Counts accesses of linear memories by block. An access counts once in every block that it touches, one out
 * of bounds nowhere. What host functions read and write is not seen.
 */
import { InstructionReader } from '../../decoder/index.ts';
import { operandsEnd, stopsOf, wordsOf } from '../../interpreter/index.ts';
import type { Instance, Instr, Memory } from '../../runtime/index.ts';
import { I32, instructions, V128 } from '../../syntax/index.ts';
import { type MemoryAccess, memoryAccesses, memoryReaders, memoryWriters } from '../points/access.ts';
import type { MemoryHeat } from './heatmap-format.ts';
import { type Asked, type Probing, type Removal, removeAll } from './probing.ts';

export class HeatCounter {
  readonly memory: Memory;
  readonly blockLog2: number;
  private reads = new Float64Array(0);
  private writes = new Float64Array(0);

  constructor(memory: Memory, blockLog2: number) {
    this.memory = memory;
    this.blockLog2 = blockLog2;
    this.grow();
  }

  private grow(): void {
    const blockCount = Math.ceil(this.memory.byteLength / 2 ** this.blockLog2);
    const { reads, writes } = this;
    this.reads = new Float64Array(blockCount);
    this.writes = new Float64Array(blockCount);
    this.reads.set(reads);
    this.writes.set(writes);
  }

  count(byteOffset: number, byteLength: number, isWrite: boolean): void {
    const end = byteOffset + byteLength;
    if (end > this.memory.byteLength || byteLength === 0) return;
    const size = 2 ** this.blockLog2;
    const last = Math.floor((end - 1) / size);
    if (last >= this.reads.length) this.grow();
    const counts = isWrite ? this.writes : this.reads;
    for (let block = Math.floor(byteOffset / size); block <= last; block++) counts[block]! += 1;
  }

  heat(memidx: number): MemoryHeat {
    if (this.memory.byteLength > this.reads.length * 2 ** this.blockLog2) this.grow();
    const { memory, blockLog2, reads, writes } = this;
    return { memidx, blockByteLength: 2 ** blockLog2, byteLength: memory.byteLength, reads, writes };
  }
}

/** @param counters of the instance's memories, in their order. @returns takes the visits out again */
export function watchMemory(probing: Probing, counters: readonly HeatCounter[]): Removal {
  const removals: Removal[] = [];
  const { instance } = probing;
  const listening = probing.eachCode((code) => {
    for (const check of stopsOf(code)) {
      const asked = visitorAt(instance, counters, check);
      if (asked !== undefined) removals.push(probing.visitAt(code, check, asked));
    }
  });
  removals.push(listening);
  return removeAll(removals);
}

function visitorAt(instance: Instance, counters: readonly HeatCounter[], check: Instr): Asked | undefined {
  const { bytes } = instance.code.module;
  const reader = new InstructionReader(bytes, check.pc, bytes.length);
  reader.next();
  const { id, memidx } = reader;
  if (!memoryReaders().has(id) && !memoryWriters().has(id)) return undefined;
  const { imm, sig, accessBytes, name } = instructions[id]!;
  const isPlain = imm === 'memarg' || imm === 'memarg_laneidx';
  const counter = counters[memidx];
  if (!isPlain || counter === undefined || counter.memory.is64 || sig === undefined || name.includes('rmw')) {
    return (t, site) => {
      countAll(counters, memoryAccesses(t, site));
      return true;
    };
  }
  // The plain case: the address is the first operand.
  const at = operandsEnd(check) - operandWords(sig);
  const byteLength = accessBytes!;
  const isWrite = memoryWriters().has(id);
  const { memOffset } = reader;
  return (t) => {
    counter.count((t.I[t.fp + at]! >>> 0) + memOffset, byteLength, isWrite);
    return true;
  };
}

/** What an instruction touches; nothing of it when a part is out of bounds. */
function countAll(counters: readonly HeatCounter[], accesses: readonly MemoryAccess[]): void {
  const isInside = ({ memory, byteOffset, byteLength }: MemoryAccess) => byteOffset + byteLength <= memory.byteLength;
  if (!accesses.every(isInside)) return;
  for (const { memory, byteOffset, byteLength, isWrite } of accesses) {
    counters.find((each) => each.memory === memory)?.count(byteOffset, byteLength, isWrite);
  }
}

/** Words of an access's operands. */
function operandWords(sig: string): number {
  const operands = sig.slice(1, sig.indexOf(']')).split(' ');
  return wordsOf(operands.map((type) => (type === 'v128' ? V128 : I32)));
}
