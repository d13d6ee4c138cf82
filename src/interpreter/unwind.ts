/**
 * Exceptions: finding a handler from the frame that threw outward, and handing the payload over.
 *
 * @see https://webassembly.github.io/spec/core/exec/runtime.html#exceptions
 */
import {
  type CodeLabel,
  ExceptionInst,
  type Handler,
  type HandlerClause,
  type Instance,
  Instr,
} from '../runtime/index.ts';
import { Trap, UncaughtException } from '../syntax/index.ts';
import { isFault } from './faults.ts';
import type { Fiber } from './fiber.ts';
import { codeAt } from './potential.ts';
import { EXIT, LINK } from './pseudo.ts';

/** A pseudo branch: tells the scheduler which byte offset control came to. */
function arrival(label: CodeLabel): Instr {
  // Of no instruction: a branch within one is told by equal byte offsets.
  const from = new Instr(0, -1);
  from.c = label.pc;
  return from;
}

/**
 * Raises `exception` at `n` in the current frame.
 *
 * @returns the handler's first instruction
 * @throws {UncaughtException} when no frame of this invocation handles it; the fiber then stands where it was raised
 */
export function raise(t: Fiber, n: Instr, exception: ExceptionInst): Instr {
  let { fp, sp, instance } = t;
  let links = t.links.length;
  for (let at = n; ; ) {
    // Instructions that charge nothing are clear code's.
    const isClear = at.cost === 0;
    const code = codeAt(instance.code, at.pc);
    const clause = findClause(instance, isClear ? code.clear!.handlers : code.fast!.handlers, at.pc, exception);
    if (clause !== undefined) {
      t.fp = fp;
      t.sp = sp;
      t.instance = instance;
      if (t.links.length !== links) t.links.length = links;
      const target = land(t, clause, exception, isClear);
      t.meter.observer?.landed(t);
      return target;
    }
    do {
      sp--;
      at = t.OS[sp]!;
      if (at === EXIT) throw new UncaughtException(exception, undefined);
      fp -= at.a;
      if (at === LINK) instance = t.links[--links]!;
    } while (at === LINK);
  }
}

function findClause(
  instance: Instance,
  handlers: readonly Handler[],
  pc: number,
  exception: ExceptionInst,
): HandlerClause | undefined {
  let at = pc;
  for (const handler of handlers) {
    if (at < handler.from || at >= handler.to) continue;
    if (handler.delegateTo !== undefined) {
      if (handler.delegateTo < 0) return undefined;
      at = handler.delegateTo;
      continue;
    }
    for (const clause of handler.clauses) {
      if (clause.tagidx < 0 || instance.tags[clause.tagidx] === exception.tag) return clause;
    }
  }
  return undefined;
}

/** Word by word, as `raise` is written out: with calls of the host for it exceptions take 1.75 of the time. */
function land(t: Fiber, clause: HandlerClause, exception: ExceptionInst, isClear: boolean): Instr {
  const { label } = clause;
  let at = t.fp + clause.at;
  if (clause.tagidx >= 0) {
    const { words, refs } = exception;
    for (let i = 0; i < words.length; i++) t.I[at + i] = words[i]!;
    for (let i = 0; i < refs.length; i++) t.R[(at >> 1) + i] = refs[i];
    at += words.length;
  }
  if (clause.withRef) t.R[at >> 1] = exception;
  if (clause.keepAt >= 0) t.R[(t.fp + clause.keepAt) >> 1] = exception;
  if (!isClear) giveBack(t, label.potential);
  t.from = arrival(label);
  return label.target!;
}

/** Credits instructions that the next charge counts in: not to the slice, which may have ended. */
function giveBack(t: Fiber, count: number): void {
  t.meter.settle(-count);
}

/** What a host function threw: a guest's exception goes on unwinding, everything else ends the run. */
export function raiseFromHost(t: Fiber, n: Instr, error: unknown): Instr {
  if (error instanceof UncaughtException && error.exception instanceof ExceptionInst) {
    return raise(t, n, error.exception);
  }
  // The call is charged; what ends at a fault is charged anew.
  if (isFault(error)) giveBack(t, n.cost);
  throw error;
}

/** The exception in a reference slot. @throws {Trap} when it is null */
export function exceptionIn(ref: unknown): ExceptionInst {
  if (ref === null) throw new Trap('null-exception-reference');
  return ref as ExceptionInst;
}
