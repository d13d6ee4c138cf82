/**
 * Places in code, whatever it was lowered to: which wasm instruction a fiber comes to, and the slot
 * instruction for a wasm instruction in fast or in clear code. Cold: asked at slice ends, pauses, saves.
 *
 * At labels and calls the frames of fast code are as those of clear code, so fibers change over there.
 */
import { type Code, Instr, type LoweredBody } from '../runtime/index.ts';
import { assert } from '../syntax/index.ts';
import type { Fiber } from './fiber.ts';
import { clearBody, loweredEntry } from './lower/index.ts';
import { codeAt, nextPc, potentialAt } from './potential.ts';
import { findSlotOp } from './slot-numbers.ts';

const ENTER = findSlotOp('enter')!;
const LOWER = findSlotOp('lower')!;
const CHECK = findSlotOp('check')!;
const PROBE = findSlotOp('probe')!;
const BR_TABLE = findSlotOp('br_table')!;

/** Calls, which wait for a callee or a host function to return. */
const callOps: ReadonlySet<number> = new Set(
  [
    'call',
    'call_import',
    'call_indirect',
    'call_indirect64',
    'call_ref',
    'return_call',
    'return_call_indirect',
    'return_call_ref',
  ].map((name) => findSlotOp(name)!),
);

/** `c` of a branch within one wasm instruction: to a place that has no byte offset of its own. */
export const HERE = -1;

/** Does a wasm instruction of clear code begin here? */
export function isStop({ op }: Instr): boolean {
  return op === CHECK || op === PROBE;
}

/** Does a function begin here? `k` is its code then. */
export function isEntry({ op }: Instr): boolean {
  return op === ENTER || op === LOWER;
}

/** A place between two wasm instructions. */
export interface Place {
  readonly code: Code;
  /** Byte offset of the wasm instruction there, or of the function's `end`. */
  readonly pc: number;
  /** Instructions that ran before it and that fast code has not charged yet. */
  readonly uncounted: number;
}

/** A pseudo branch: tells which byte offset control came to. */
export function arrival(pc: number): Instr {
  const from = new Instr(0, HERE);
  from.c = pc;
  return from;
}

/**
 * The place that `n` is, `from` tells which; undefined inside of an instruction, and for the pseudo calls. Not for
 * a function's entry.
 */
export function placeOf(t: Fiber, from: Instr, n: Instr): Place | undefined {
  if (n.pc < 0) return undefined;
  const code = codeAt(t.instance.code, n.pc);
  if (isStop(n) || isClearReturn(code, n)) return { code, pc: n.pc, uncounted: 0 };
  if (t.instance.code.lowering === 'clear' || isInside(from, n)) return undefined;
  const isReturn = from.next === n;
  const pc = isReturn ? nextPc(codeAt(t.instance.code, from.pc), from.pc) : from.c;
  const place = codeAt(t.instance.code, pc);
  return { code: place, pc, uncounted: potentialAt(place, pc) };
}

/** In clear code only what a function's last `end` does is without a check. */
function isClearReturn(code: Code, n: Instr): boolean {
  return code.clear?.byPc?.get(n.pc) === n;
}

/**
 * A branch that says where it goes goes to a label, whatever `n` belongs to: what a branch tests may be computed at the
 * beginning of its loop.
 */
function isInside(from: Instr, n: Instr): boolean {
  return from.c === HERE || (n.pc === from.pc && from.t !== n);
}

/** Does `n`, which `from` led to, stand between two instructions, where other code can take over? */
export function isBetween(t: Fiber, from: Instr, n: Instr): boolean {
  return isEntry(n) || placeOf(t, from, n) !== undefined;
}

/** The clear instruction at the place that `n` is. Fuel becomes exact. */
export function toClear(t: Fiber, from: Instr, n: Instr): Instr {
  if (isStop(n)) return n;
  if (isEntry(n)) return clearBody(n.k as Code).entry;
  const place = placeOf(t, from, n);
  if (place === undefined) return n;
  t.meter.settle(place.uncounted);
  return clearAt(place.code, place.pc);
}

/** Instructions that ran before the place that `n` is, and that fast code has not charged yet. */
export function uncharged(t: Fiber, from: Instr, n: Instr): number {
  return isEntry(n) ? 0 : (placeOf(t, from, n)?.uncounted ?? 0);
}

/** The clear instruction at a byte offset where control can be. */
export function clearAt(code: Code, pc: number): Instr {
  const instr = clearBody(code).byPc!.get(pc);
  assert(instr !== undefined, `no clear code at byte ${pc}`);
  return instr;
}

/** The instruction of a call in the code that runs when its callee returns. */
export function callAt(code: Code, pc: number): Instr {
  const call = code.module.lowering === 'clear' ? clearCallAt(code, pc) : fastPlaces(code).calls.get(pc);
  assert(call !== undefined, `no call at byte ${pc}`);
  return call;
}

function clearCallAt(code: Code, pc: number): Instr | undefined {
  let at: Instr | null = clearAt(code, pc);
  while (at !== null && at.pc === pc && !callOps.has(at.op)) at = at.next;
  return at !== null && callOps.has(at.op) ? at : undefined;
}

/** The fast instruction at a label; undefined where fast code has none. */
export function fastLabelAt(code: Code, pc: number): Instr | undefined {
  return fastPlaces(code).labels.get(pc);
}

interface FastPlaces {
  readonly labels: ReadonlyMap<number, Instr>;
  readonly calls: ReadonlyMap<number, Instr>;
}

const placesOfBody = new WeakMap<LoweredBody, FastPlaces>();

/** Found by walking the code, so that functions nobody looks into keep no tables. */
function fastPlaces(code: Code): FastPlaces {
  if (code.fast === undefined) loweredEntry(code);
  const body = code.fast!;
  const known = placesOfBody.get(body) ?? walk(body);
  placesOfBody.set(body, known);
  return known;
}

function walk({ entry, handlers }: LoweredBody): FastPlaces {
  const labels = new Map<number, Instr>();
  const calls = new Map<number, Instr>();
  const seen = new Set<Instr>();
  const waiting: Instr[] = [];
  const arrive = (pc: number, target: Instr | null): void => {
    if (target === null) return;
    if (pc !== HERE) labels.set(pc, target);
    waiting.push(target);
  };
  waiting.push(entry);
  for (const { clauses } of handlers) for (const { label } of clauses) arrive(label.pc, label.target);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    if (callOps.has(at.op)) calls.set(at.pc, at);
    if (at.next !== null) waiting.push(at.next);
    arrive(at.c, at.t);
    if (at.op === BR_TABLE) for (const way of at.k as Instr[]) arrive(way.c, way.t);
  }
  return { labels, calls };
}
