/** Operations that move control or change what the loop keeps at hand. */

import { prepareWait, timeoutMs, type Wait, waitAsync, waitBlocking } from '../../atomics/index.ts';
import { type Code, ExceptionInst, type Func, type Instr } from '../../runtime/index.ts';
import { Trap } from '../../syntax/index.ts';
import { callFunc, elementAt, park, tailCall } from '../calls.ts';
import type { ControlOpName } from '../cold-ops.ts';
import type { Fiber } from '../fiber.ts';
import { loweredEntry } from '../lower/index.ts';
import type { Hook } from '../observer.ts';
import { onSlice, pause } from '../scheduler.ts';
import { exceptionIn, raise } from '../unwind.ts';
import { type CastTarget, isInstance } from './aggregate.ts';
import { accessOf } from './atomic.ts';
import type { ControlHandler } from './handler.ts';
import { addressAt, type FarAccess, writeAddress } from './memory.ts';
import { type MoveExtent, moveWords } from './reference.ts';

/** The function in a reference slot. @throws {Trap} when it is null */
function calleeIn(t: Fiber, at: number): Func {
  const ref = t.R[at >> 1] as Func | null;
  if (ref === null) throw new Trap('null-function-reference');
  return ref;
}

function popFrame(t: Fiber, cost: number): Instr {
  t.sp--;
  const call = t.OS[t.sp]!;
  t.fuel -= cost;
  t.fp -= call.a;
  t.from = call;
  return call.next!;
}

/** Goes to `n.t` when `taken`, else on. */
function branch(t: Fiber, n: Instr, taken: boolean): Instr {
  t.from = n;
  if (!taken) return n.next!;
  t.fuel -= n.cost;
  return n.t!;
}

function isNull(t: Fiber, at: number): boolean {
  return t.R[at >> 1] === null;
}

function tableIndex(t: Fiber, n: Instr, fp: number): number {
  return addressAt(t, fp + n.b, t.instance.tables[n.c]!.is64);
}

/** Waits at an address: suspends the fiber where it may wait, blocks the agent otherwise. */
function waitAtomic(t: Fiber, n: Instr, fp: number, accessBytes: 4 | 8): Instr | null {
  const { memory, ea } = accessOf(t, fp + n.a, n.k as FarAccess);
  const wait = prepareWait(memory, ea, accessBytes, t.I, fp + n.b);
  const ms = timeoutMs(t.I[fp + n.d]!, t.I[fp + n.d + 1]!);
  const outcome = t.mayWait ? waitAsync(wait, ms) : undefined;
  const result = outcome ?? waitInPlace(t, wait, ms);
  if (typeof result !== 'number') {
    t.cancelWait = result.cancel;
    return park(
      t,
      n,
      result.result.then((settled) => {
        t.I[fp + n.c] = settled;
      }),
    );
  }
  t.I[fp + n.c] = result;
  t.from = n;
  return n.next;
}

/**
 * Blocks the agent, in one piece: between two pieces a notification would be lost.
 *
 * @throws {Exhaustion} `deadline` or `aborted` when the run must end
 */
function waitInPlace(t: Fiber, wait: Wait, ms: number): number {
  const { interrupt } = t.meter;
  const { view, index } = wait;
  interrupt?.blocks?.(view.buffer as SharedArrayBuffer, index * view.BYTES_PER_ELEMENT);
  try {
    for (let left = ms; ; ) {
      t.checkEnd();
      // The guest's clock may be slower than the one that the host waits by: then it is not yet time.
      const pieceMs = Math.min(left, t.leftMs);
      const result = waitBlocking(wait, pieceMs);
      t.checkEnd();
      if (result !== TIMED_OUT || left <= pieceMs) return result;
      left -= pieceMs;
    }
  } finally {
    interrupt?.unblocked?.();
  }
}

const TIMED_OUT = 2;

/** A probe stands in a check's place: it asks the observer, then charges as a check does. */
function probe(t: Fiber, n: Instr): Instr | null {
  const goesOn = t.passed === n || t.meter.observer?.visit(t, n) !== false;
  // When the fiber pauses here, the observer has been asked.
  t.passed = n;
  if (!goesOn) return pause(t, n);
  t.from = n;
  if (--t.fuel < 0) {
    const ready = onSlice(t, n, n);
    if (ready === null) return null;
    t.passed = null;
    return ready;
  }
  t.passed = null;
  return n.next;
}

export const controlHandlers = {
  lower: (t, n) => {
    t.from = n;
    return loweredEntry(n.k as Code);
  },
  exit: (t) => {
    t.hasExited = true;
    return null;
  },
  relink: (t) => {
    t.instance = t.links.pop()!;
    return popFrame(t, 0);
  },
  probe,
  hook: (t, n) => {
    t.from = n;
    return (n.k as Hook)(t, n);
  },
  call_import: (t, n, fp) => callFunc(t, n, t.instance.funcs[n.b]!, fp + n.a),
  call_indirect64: (t, n, fp) => callFunc(t, n, elementAt(t, n.c, tableIndex(t, n, fp), n.d), fp + n.a),
  call_ref: (t, n, fp) => callFunc(t, n, calleeIn(t, fp + n.b), fp + n.a),
  return_many: (t, n, fp) => {
    const { words, hasRefs } = n.k as MoveExtent;
    moveWords(t, fp, fp + n.a, words, hasRefs);
    return popFrame(t, n.cost);
  },
  return_call: (t, n, fp) => tailCall(t, n, t.instance.funcs[n.b]!, fp + n.a),
  return_call_indirect: (t, n, fp) => tailCall(t, n, elementAt(t, n.c, tableIndex(t, n, fp), n.d), fp + n.a),
  return_call_ref: (t, n, fp) => tailCall(t, n, calleeIn(t, fp + n.b), fp + n.a),
  throw: (t, n, fp) => {
    const { words, hasRefs } = n.k as MoveExtent;
    const at = fp + n.a;
    const refs = hasRefs ? t.R.slice(at >> 1, (at + words) >> 1) : [];
    const payload = new Int32Array(words);
    for (let i = 0; i < words; i++) payload[i] = t.I[at + i]!;
    t.fuel -= n.cost;
    return raise(t, n, new ExceptionInst(t.instance.tags[n.b]!, payload, refs));
  },
  throw_ref: (t, n, fp) => {
    const exception = exceptionIn(t.R[(fp + n.a) >> 1]);
    t.fuel -= n.cost;
    return raise(t, n, exception);
  },
  rethrow: (t, n, fp) => {
    const exception = exceptionIn(t.R[(fp + n.a) >> 1]);
    t.fuel -= n.cost;
    return raise(t, n, exception);
  },
  'memory.atomic.wait32': (t, n, fp) => waitAtomic(t, n, fp, 4),
  'memory.atomic.wait64': (t, n, fp) => waitAtomic(t, n, fp, 8),
  'memory.grow': (t, n, fp) => {
    const memory = t.instance.memories[n.b]!;
    const deltaPages = addressAt(t, fp + n.a, memory.is64);
    t.checkTime(memory.byteLength);
    const { observer } = t.meter;
    const former = observer?.refusesGrowth(t) ? -1 : memory.grow(deltaPages);
    if (former < 0) observer?.growthRefused(t);
    writeAddress(t, fp + n.c, former, memory.is64);
    t.from = n;
    return n.next;
  },
  br_on_null: (t, n, fp) => branch(t, n, isNull(t, fp + n.a)),
  br_on_non_null: (t, n, fp) => branch(t, n, !isNull(t, fp + n.a)),
  br_on_cast: (t, n, fp) => branch(t, n, isInstance(t.R[(fp + n.a) >> 1], n.k as CastTarget)),
  br_on_cast_fail: (t, n, fp) => branch(t, n, !isInstance(t.R[(fp + n.a) >> 1], n.k as CastTarget)),
} satisfies Record<ControlOpName, ControlHandler>;
