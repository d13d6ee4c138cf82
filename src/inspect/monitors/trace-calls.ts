/**
 * A trace of calls: an event when a function is entered and one when it is left, with the depth of calls.
 * Results are read where the callee left them. Host functions are traced too: what they take and give is how
 * a guest speaks with the world.
 */
import { type Fiber, stopsOf } from '../../interpreter/index.ts';
import type { Code, Func, HostArguments, Instance } from '../../runtime/index.ts';
import { type FuncType, type InstrId, instrId } from '../../syntax/index.ts';
import type { CodeMap } from './code-map.ts';
import { countAt, type Probing, type Removal, removeAll } from './probing.ts';
import { hostValueTexts, valueTexts } from './value-reader.ts';

export interface TracedCall {
  /** `leave`: it is not known how, since nothing was seen of it: a trap, an exit, a return to the host. */
  readonly event: 'call' | 'return' | 'unwind' | 'leave';
  /** Calls around it. */
  readonly depth: number;
  /** Instructions of the store that had run. */
  readonly count: number;
  readonly funcidx: number;
  /** Arguments of a call, results of a return. */
  readonly values: readonly string[];
}

interface OpenCall {
  readonly funcidx: number;
  readonly type: FuncType;
  readonly fp: number;
  /** Height of the control stack while it runs. */
  readonly height: number;
}

export class CallTracer {
  private readonly instance: Instance;
  private readonly write: (event: TracedCall) => void;
  private readonly stacks = new WeakMap<Fiber, OpenCall[]>();
  private readonly importIndices = new Map<Func, number>();
  /** Of the fiber last seen. */
  private stack: OpenCall[] = [];

  constructor(instance: Instance, write: (event: TracedCall) => void) {
    this.instance = instance;
    this.write = write;
    const { importedFuncs } = instance.code;
    for (let funcidx = importedFuncs - 1; funcidx >= 0; funcidx--) {
      this.importIndices.set(instance.funcs[funcidx]!, funcidx);
    }
  }

  private select(t: Fiber): void {
    const known = this.stacks.get(t);
    this.stack = known ?? [];
    if (known === undefined) this.stacks.set(t, this.stack);
  }

  private tell(event: TracedCall['event'], count: number, funcidx: number, values: readonly string[]): void {
    this.write({ event, depth: this.stack.length, count, funcidx, values });
  }

  /** Ends calls that stood above `height`. */
  private drop(event: 'unwind' | 'leave', height: number, count: number): void {
    const { stack } = this;
    while (stack.length > 0 && stack[stack.length - 1]!.height > height) {
      const { funcidx } = stack.pop()!;
      this.tell(event, count, funcidx, []);
    }
  }

  enter(t: Fiber, code: Code): void {
    this.select(t);
    // A tail call replaces a frame of the same height.
    this.drop('leave', t.sp - 1, countAt(t));
    const { funcidx } = code;
    const type = code.module.funcType(code.func.typeidx);
    this.tell('call', countAt(t), funcidx, valueTexts(t, t.fp, type.params, this.instance));
    this.stack.push({ funcidx, type, fp: t.fp, height: t.sp });
  }

  /** A call has returned to the frame that runs now. */
  returned(t: Fiber): void {
    this.select(t);
    const { stack } = this;
    while (stack.length > 1 && stack[stack.length - 2]!.height > t.sp) {
      this.drop('leave', stack[stack.length - 2]!.height, countAt(t));
    }
    // A host function has no frame.
    if (stack.length === 0 || stack[stack.length - 1]!.height <= t.sp) return;
    const { funcidx, type, fp } = stack.pop()!;
    this.tell('return', countAt(t), funcidx, valueTexts(t, fp, type.results, this.instance));
  }

  landed(t: Fiber): void {
    this.select(t);
    this.drop('unwind', t.sp, countAt(t));
  }

  beforeHost(t: Fiber, f: Func, args: HostArguments): void {
    const funcidx = this.importIndices.get(f);
    if (funcidx === undefined) return;
    this.select(t);
    this.drop('leave', t.sp, countAt(t));
    this.tell('call', countAt(t), funcidx, hostValueTexts(args, f.type.params, this.instance));
  }

  afterHost(t: Fiber, f: Func, args: HostArguments): void {
    const funcidx = this.importIndices.get(f);
    if (funcidx === undefined) return;
    this.select(t);
    this.tell('return', countAt(t), funcidx, hostValueTexts(args, f.type.results, this.instance));
  }

  /** The run has ended. */
  finish(count: number): void {
    this.drop('leave', -1, count);
  }
}

const calls = new Set<InstrId>((['call', 'call_indirect', 'call_ref'] as const).map(instrId));

/** @returns takes the visits out again */
export function traceCalls(probing: Probing, map: CodeMap, tracer: CallTracer): Removal {
  const removals: Removal[] = [];
  const returned = (t: Fiber) => tracer.returned(t);
  const listening = probing.eachCode((code) => {
    for (const check of stopsOf(code)) {
      if (calls.has(map.ids[map.instrAt(check.pc)]!)) removals.push(probing.tellAfter(check, returned));
    }
  });
  removals.push(
    listening,
    probing.visitEntries((t, { code }) => tracer.enter(t, code)),
    probing.listen({
      landed: (t) => tracer.landed(t),
      ended: (t) => {
        if (t.hasExited) tracer.returned(t);
      },
      beforeHost: (t, f, args) => tracer.beforeHost(t, f, args),
      afterHost: (t, f, args) => tracer.afterHost(t, f, args),
    }),
  );
  return removeAll(removals);
}
