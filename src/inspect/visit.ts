/** A moment at an instruction, as probes see it. Valid only while the probe runs. */
import { type Fiber, LINK } from '../interpreter/index.ts';
import type { Instance } from '../runtime/index.ts';
import { instructions } from '../syntax/index.ts';
import { type Frame, framesOf } from './frames/index.ts';
import type { Machine } from './machine.ts';
import { type MemoryAccess, memoryAccesses } from './points/access.ts';
import type { Site } from './points/looked-at.ts';

/** Instructions of the store so far, exact in clear code. */
export function instructionCountOf(t: Fiber): number {
  return t.meter.instructionCount + t.sliceFuel - t.fuel;
}

/** Index on the control stack of the call that the innermost frame returns to. */
export function waitingCall({ OS, sp }: Fiber): number {
  return OS[sp - 1] === LINK ? sp - 2 : sp - 1;
}

export class Visit {
  private readonly t: Fiber;
  private readonly site: Site;
  private readonly machine: Machine;

  /** @internal */
  constructor(t: Fiber, site: Site, machine: Machine) {
    this.t = t;
    this.site = site;
    this.machine = machine;
  }

  /** @internal */
  get entry(): Instance {
    return this.site.instance;
  }

  get funcidx(): number {
    return this.site.code.funcidx;
  }

  /** Byte offset of the instruction in its module. */
  get byteOffset(): number {
    return this.site.pc;
  }

  get mnemonic(): string {
    return instructions[this.site.id]!.name;
  }

  /** Frames on the control stack, this one not counted. */
  get depth(): number {
    return this.t.sp;
  }

  /** Instructions of the store that have run. */
  get instructionCount(): number {
    return instructionCountOf(this.t);
  }

  /** Bytes that the instruction will read and write; before it only. */
  get memoryAccesses(): readonly MemoryAccess[] {
    return memoryAccesses(this.t, this.site);
  }

  /** The bits of an operand: `words` words below the end of the operands; before the instruction only. */
  operandWords(words: number, count: number): Int32Array {
    const end = this.t.fp + this.site.endAt;
    return this.t.I.slice(end - words, end - words + count);
  }

  /** The innermost frame, with locals and operands. */
  get frame(): Frame {
    return framesOf(this.t, { bridge: this.machine.bridge, limit: 1 })[0]!;
  }
}
