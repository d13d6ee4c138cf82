/**
 * A trace of instructions: one line each, written when the next one shows what it left. An instruction after
 * which control does not simply go on (a branch, a call into wasm, a return) leaves nothing that is shown.
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
  /** Undefined where control did not go on behind it. */
  readonly gives: readonly string[] | undefined;
}

interface Pending {
  readonly fiber: Fiber;
  readonly fp: number;
  readonly shape: InstructionShape;
  /** Word offset from `fp` where its results begin, and where the operands then end. */
  readonly resultsAt: number;
  readonly endAt: number;
  /** Where control goes on. */
  readonly nextByteOffset: number;
  readonly line: Omit<TracedInstruction, 'gives'>;
}

interface Place {
  readonly funcidx: number;
  readonly byteOffset: number;
  readonly endAt: number;
  readonly nextByteOffset: number;
  readonly shape: InstructionShape;
}

export class InstructionTracer {
  private readonly instance: Instance;
  private readonly write: (line: TracedInstruction) => void;
  private pending: Pending | undefined;

  constructor(instance: Instance, write: (line: TracedInstruction) => void) {
    this.instance = instance;
    this.write = write;
  }

  /** Traces one instruction; ask it before that. */
  visit(t: Fiber, { funcidx, byteOffset, endAt, nextByteOffset, shape }: Place): void {
    this.settle(t, byteOffset, endAt);
    const { takes, text } = shape;
    const taken = wordsOf(takes);
    const values = valueTexts(t, t.fp + endAt - taken, takes, this.instance);
    const resultsAt = endAt - taken;
    this.pending = {
      fiber: t,
      fp: t.fp,
      shape,
      resultsAt,
      endAt: resultsAt + wordsOf(shape.gives),
      nextByteOffset,
      line: { count: countAt(t), funcidx, byteOffset, text, takes: values },
    };
  }

  /** Control is at a place: the last line is complete. */
  private settle(t: Fiber, byteOffset: number, endAt: number): void {
    const { pending } = this;
    if (pending === undefined) return;
    const { fiber, fp, shape, line } = pending;
    const wentOn = t === fiber && t.fp === fp && byteOffset === pending.nextByteOffset && endAt === pending.endAt;
    const gives = wentOn ? valueTexts(t, fp + pending.resultsAt, shape.gives, this.instance) : undefined;
    this.pending = undefined;
    this.write({ ...line, gives });
  }

  /** Writes the line of the last instruction, after which none was seen. */
  finish(): void {
    const { pending } = this;
    this.pending = undefined;
    if (pending !== undefined) this.write({ ...pending.line, gives: undefined });
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
  const checks = stopsOf(code);
  return checks.map((check, i) => {
    const place: Place = {
      funcidx: code.funcidx,
      byteOffset: check.pc,
      endAt: operandsEnd(check),
      nextByteOffset: checks[i + 1]?.pc ?? -1,
      shape: shapes.get(check.pc)!,
    };
    return probing.visitAt(code, check, (t) => {
      tracer.visit(t, place);
      return true;
    });
  });
}
