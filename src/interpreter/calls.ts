/**
 * Calls that the dispatch loop does not do itself: into other instances, into the host, through
 * references, and tail calls. Wasm calls never recurse in the host.
 */
import type { Func, HostArguments, Instance, Instr } from '../runtime/index.ts';
import { Exhaustion, Trap, typeRegistry, UsageError } from '../syntax/index.ts';
import { moveWords } from './cold/reference.ts';
import type { Fiber } from './fiber.ts';
import { LINK } from './pseudo.ts';
import { hasRefs, wordsOf } from './slots.ts';
import { raiseFromHost } from './unwind.ts';

/** Calls `f` from `n`, its arguments at word `base`. Returns where to go on, null when the fiber waits. */
export function callFunc(t: Fiber, n: Instr, f: Func, base: number): Instr | null {
  if (t.sp >= t.meter.maxFrames) throw new Exhaustion('call-stack');
  t.fuel -= n.cost;
  t.from = n;
  if (f.host !== null) return callHost(t, n, f, base);

  t.OS[t.sp] = n;
  t.sp++;
  enterInstance(t, f.instance!);
  t.fp = base;
  return f.code!.entry;
}

/** Makes `instance` current, leaving a link frame to come back by when it is another one. */
function enterInstance(t: Fiber, instance: Instance): void {
  if (instance === t.instance) return;
  t.OS[t.sp] = LINK;
  t.sp++;
  t.links.push(t.instance);
  t.instance = instance;
}

/**
 * Replaces the current frame by a call of `f`, whose arguments stand at word `source`. Tail calls back and
 * forth between instances leave one link frame, not many. A host function returns to `n.next`, which
 * returns from the replaced frame.
 */
export function tailCall(t: Fiber, n: Instr, f: Func, source: number): Instr | null {
  const { params } = f.type;
  moveWords(t, t.fp, source, wordsOf(params), hasRefs(params));
  t.fuel -= n.cost;
  t.from = n;
  if (f.host !== null) return callHost(t, n, f, t.fp);

  const isLinked = t.sp > 0 && t.OS[t.sp - 1] === LINK;
  if (isLinked) t.instance = f.instance!;
  else enterInstance(t, f.instance!);
  return f.code!.entry;
}

/** The function an indirect call means, its type checked. */
export function elementAt(t: Fiber, tableidx: number, index: number, typeId: number): Func {
  const { elements } = t.instance.tables[tableidx]!;
  if (index >= elements.length) throw new Trap('undefined-element');
  const f = elements[index] as Func | null;
  if (f === null) throw new Trap('uninitialized-element', String(index));
  checkType(f, typeId);
  return f;
}

function checkType(f: Func, typeId: number): void {
  if (f.typeId !== typeId && !typeRegistry.isSubtypeId(f.typeId, typeId)) throw new Trap('indirect-call-type');
}

/** The loop's way out for a `call_indirect` that is not plainly a call within the instance. */
export function callElement(t: Fiber, n: Instr, fp: number): Instr | null {
  const f = t.callee!;
  checkType(f, n.d);
  return callFunc(t, n, f, fp + n.a);
}

/** Calls the host. The guest sees nothing of the host's stack; the host may call back into the guest. */
export function callHost(t: Fiber, n: Instr, f: Func, base: number): Instr | null {
  const { params, results } = f.type;
  const words = Math.max(wordsOf(params), wordsOf(results));
  t.reserve(base + words);
  const args = readArguments(t, base, wordsOf(params), words);
  t.n = n;
  t.hostCall = { func: f, base };
  const outcome = callOut(t, f, args, base + words);
  // Who looks on may have changed the code of the frame that waits.
  const call = t.n;
  if ('error' in outcome) {
    t.hostCall = null;
    return raiseFromHost(t, call, outcome.error);
  }
  const { promise } = outcome;
  if (promise === undefined) {
    t.hostCall = null;
    writeResults(t, base, args, wordsOf(results), hasRefs(results));
    t.from = call;
    return call.next;
  }
  return wait(
    t,
    call,
    promise.then(() => writeResults(t, base, args, wordsOf(results), hasRefs(results))),
  );
}

/** Runs a host function with the fiber set aside, so that it may call back into the guest. */
function callOut(
  t: Fiber,
  f: Func,
  args: HostArguments,
  freeWord: number,
): { promise: Promise<void> | undefined } | { error: unknown } {
  const { fp, sp, top, instance } = t;
  const links = t.links.length;
  t.top = freeWord;
  t.depth++;
  try {
    const { observer } = t.meter;
    return { promise: observer === null ? f.host!(instance, args) : observer.callHost(t, f, instance, args) };
  } catch (error) {
    return { error };
  } finally {
    Object.assign(t, { fp, sp, top, instance });
    t.links.length = links;
    t.depth--;
  }
}

/** A host function's promise under a call that may not wait is the embedder's mistake. */
function wait(t: Fiber, n: Instr, settled: Promise<void>): null {
  if (t.mayWait) return park(t, n, settled);
  // Nobody is left to hear of a rejection.
  settled.catch(() => undefined);
  t.cancelWait?.();
  t.cancelWait = undefined;
  throw new UsageError('a host function returned a promise, but the guest was called synchronously; use callAsync');
}

/** Parks the fiber at `n` until a promise settles; it then goes on after `n`. */
export function park(t: Fiber, n: Instr, settled: Promise<void>): null {
  // Nobody may be left to hear of a rejection when the run ends here.
  settled.catch(() => undefined);
  t.n = n;
  t.pending = settled;
  return null;
}

function readArguments(t: Fiber, base: number, paramWords: number, words: number): HostArguments {
  const args = new Int32Array(words);
  args.set(t.I.subarray(base, base + paramWords));
  return { words: args, refs: t.R.slice(base >> 1, (base + words) >> 1) };
}

/** Copies a host function's results, two words a value, to the frame at `base`. */
function writeResults(t: Fiber, base: number, { words, refs }: HostArguments, count: number, withRefs: boolean): void {
  t.I.set(words.subarray(0, count), base);
  if (!withRefs) return;
  for (let i = 0; i < count; i += 2) t.R[(base + i) >> 1] = refs[i >> 1];
}
