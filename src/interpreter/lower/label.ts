/** A place that branches go to, and the branches that wait for it to be emitted. */
import type { CodeLabel, Instr } from '../../runtime/index.ts';

export class Label implements CodeLabel {
  /** Byte offset of the instruction there; `HERE` for places within one wasm instruction. */
  pc = -1;
  /** The potential there (potential.ts). */
  potential = 0;
  target: Instr | null = null;
  isBound = false;
  /** Some branch or handler goes here. */
  isUsed = false;
  private readonly waiting: Instr[] = [];

  /** Makes `branch` go here; its `cost` already holds what leaving its own place charges. */
  attach(branch: Instr): void {
    this.isUsed = true;
    if (this.isBound) this.settle(branch);
    else this.waiting.push(branch);
  }

  /** Fixes place and cost of all branches; their targets follow with the next emitted instruction. */
  bind(pc: number, potential: number): void {
    this.pc = pc;
    this.potential = potential;
    this.isBound = true;
  }

  /** The instruction at this label is known. */
  resolve(target: Instr): void {
    this.target = target;
    for (const branch of this.waiting) this.settle(branch);
    this.waiting.length = 0;
  }

  private settle(branch: Instr): void {
    branch.t = this.target;
    branch.c = this.pc;
    branch.cost -= this.potential;
  }
}
