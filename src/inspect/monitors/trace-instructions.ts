/**
 * A trace of instructions: one line each, written when its results are there. A call of a wasm function has
 * its line before the callee's, without the results: they are the callee's last ones.
 */
import { type Fiber, operandsEnd, stopsOf, wordsOf } from '../../interpreter/index.ts';
import type { Code, Instance } from '../../runtime/index.ts';
import { type InstructionShape, instructionShapes } from './operand-types.ts';
import { countAt, type Probing, type Removal, removeAll } from './probing.ts';
import { valueTexts } from './value-reader.ts';

/** One executed instruction. */
export interface TracedInstruction {
  /** Instructions of the store that had run before. */
  readonly count: number;
  readonly funcidx: number;
  readonly byteOffset: number;
  readonly text: string;
  /** Bottom first. */
  readonly takes: readonly string[];
  /** Empty also for a call that another function's instructions follow, and for what failed. */
  readonly gives: readonly string[];
}

interface Place {
  readonly funcidx: number;
  readonly byteOffset: number;
  /** Word offset from `fp` of what it takes, and of what it leaves in its place. */
  readonly operandsAt: number;
  readonly shape: InstructionShape;
}

interface Pending {
  readonly place: Place;
  readonly fp: number;
  readonly line: Omit<TracedInstruction, 'gives'>;
}

export class InstructionTracer {
  private readonly instance: Instance;
  private readonly write: (line: TracedInstruction) => void;
  /** What runs now, or has been left for good. */
  private pending: Pending | undefined;

  constructor(instance: Instance, write: (line: TracedInstruction) => void) {
    this.instance = instance;
    this.write = write;
  }

  /** An instruction is about to run. */
  before(t: Fiber, place: Place): void {
    this.finish();
    const { funcidx, byteOffset, operandsAt, shape } = place;
    const takes = valueTexts(t, t.fp + operandsAt, shape.takes, this.instance);
    const line = { count: countAt(t), funcidx, byteOffset, text: shape.text, takes };
    this.pending = { place, fp: t.fp, line };
  }

  /** It has run, and control goes on in its frame. */
  after(t: Fiber, place: Place): void {
    const { pending } = this;
    // A call of wasm: its line is long written.
    if (pending?.place !== place || pending.fp !== t.fp) return;
    this.pending = undefined;
    const gives = valueTexts(t, t.fp + place.operandsAt, place.shape.gives, this.instance);
    this.write({ ...pending.line, gives });
  }

  /** Writes the line of an instruction that leaves nothing, or nothing more to see. */
  finish(): void {
    const { pending } = this;
    this.pending = undefined;
    if (pending !== undefined) this.write({ ...pending.line, gives: [] });
  }
}

/** @returns takes the visits out again */
export function traceInstructions(
  probing: Probing,
  tracer: InstructionTracer,
  isTraced: (funcidx: number) => boolean,
): Removal {
  const removals: Removal[] = [];
  const listening = probing.eachCode((code) => {
    if (isTraced(code.funcidx)) removals.push(...traceFunction(probing, tracer, code));
  });
  removals.push(listening);
  return removeAll(removals);
}

function traceFunction(probing: Probing, tracer: InstructionTracer, code: Code): Removal[] {
  const shapes = instructionShapes(code);
  return stopsOf(code).flatMap((check) => {
    const shape = shapes.get(check.pc)!;
    const operandsAt = operandsEnd(check) - wordsOf(shape.takes);
    const place: Place = { funcidx: code.funcidx, byteOffset: check.pc, operandsAt, shape };
    const asked = probing.visitAt(code, check, (t) => {
      tracer.before(t, place);
      return true;
    });
    if (shape.gives.length === 0) return [asked];
    return [asked, probing.tellAfter(check, (t) => tracer.after(t, place))];
  });
}
