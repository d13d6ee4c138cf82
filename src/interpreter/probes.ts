/**
 * Changes to the clear code of a looked-at instance: probes in the place of checks, and hooks between
 * instructions. What they are for is the inspector's; nothing here runs in code that nobody looks at.
 */
import { type Code, Instr } from '../runtime/index.ts';
import type { Fiber } from './fiber.ts';
import { clearBody } from './lower/index.ts';
import type { Hook } from './observer.ts';
import { isStop } from './places.ts';
import { findSlotOp } from './slot-numbers.ts';

const CHECK = findSlotOp('check')!;
const PROBE = findSlotOp('probe')!;
const HOOK = findSlotOp('hook')!;
const CLEAR_REFS = findSlotOp('clear_refs')!;
const BR_TABLE = findSlotOp('br_table')!;

/** Word offset from `fp` behind the topmost operand, before the instruction of a check. */
export function operandsEnd(check: Instr): number {
  return check.a;
}

/** Makes the check before an instruction ask the observer; `k` is what the observer keeps there. */
export function setProbe(check: Instr, k: unknown): void {
  check.setOp(PROBE);
  check.k = k;
}

export function removeProbe(check: Instr): void {
  check.setOp(CHECK);
  check.k = null;
}

/** The checks of a function, one before each wasm instruction that can be reached, in the text's order. */
export function stopsOf(code: Code): Instr[] {
  const stops: Instr[] = [];
  for (const [pc, instr] of clearBody(code).byPc!) if (instr.pc === pc && isStop(instr)) stops.push(instr);
  return stops;
}

/** The check of the function's first instruction; undefined for a function without any. */
export function firstStop(code: Code): Instr | undefined {
  let at: Instr | null = clearBody(code).entry;
  while (at !== null && !isStop(at)) at = at.next;
  return at ?? undefined;
}

/** Calls `hook` each time the function has been entered, its locals set. The result takes it out again. */
export function hookEntry(code: Code, hook: Hook): () => void {
  let at = clearBody(code).entry;
  while (at.next !== null && at.next.op === CLEAR_REFS) at = at.next;
  return between(at, 'next', code.func.body.byteOffset, hook);
}

/**
 * Calls `hook` each time the wasm instruction behind a check has run and control goes on in its frame: after
 * the return of a call, on every way out of a branch. The result takes it out again.
 */
export function hookAfter(check: Instr, hook: Hook): () => void {
  const { pc } = check;
  const undo: (() => void)[] = [];
  const seen = new Set<Instr>();
  const waiting = [check];
  const follow = (instr: Instr, way: 'next' | 't'): void => {
    const target = instr[way];
    if (target === null) return;
    if (target.pc === pc && !isStop(target) && target.op !== HOOK) waiting.push(target);
    else undo.push(between(instr, way, pc, hook));
  };
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    follow(at, 'next');
    follow(at, 't');
    if (at.op === BR_TABLE) for (const way of new Set(at.k as Instr[])) follow(way, 't');
  }
  return () => {
    for (const each of undo) each();
  };
}

/** Calls `hook` once when the call that waits at `index` of the control stack returns normally. */
export function hookReturn(t: Fiber, index: number, hook: Hook): () => void {
  const call = t.OS[index]!;
  const stand = Object.assign(new Instr(call.op, call.pc), call);
  stand.next = hookTo(call.next!, call.pc, (fiber, instr) => {
    fiber.from = call;
    return hook(fiber, instr);
  });
  t.OS[index] = stand;
  return () => {
    if (t.OS[index] === stand) t.OS[index] = call;
  };
}

function hookTo(target: Instr, pc: number, hook: Hook): Instr {
  const instr = new Instr(HOOK, pc);
  instr.next = target;
  instr.k = hook;
  return instr;
}

function between(instr: Instr, way: 'next' | 't', pc: number, hook: Hook): () => void {
  const target = instr[way]!;
  const inserted = hookTo(target, pc, hook);
  instr[way] = inserted;
  return () => takeOut(instr, way, inserted);
}

/** Others may have put hooks before it meanwhile. */
function takeOut(instr: Instr, way: 'next' | 't', hook: Instr): void {
  let at = instr;
  let edge = way;
  while (at[edge] !== null && at[edge] !== hook && at[edge]!.op === HOOK) {
    at = at[edge]!;
    edge = 'next';
  }
  if (at[edge] === hook) at[edge] = hook.next;
}
