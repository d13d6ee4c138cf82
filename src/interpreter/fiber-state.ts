/**
 * A fiber at rest as data: frames by function and byte offset, whatever code they run. It can be put back
 * on a fiber, of this process or another. What is in memories, tables and globals is not in it.
 */
import { type Code, type Func, type Instance, Instr } from '../runtime/index.ts';
import { Exhaustion, SnapshotError } from '../syntax/index.ts';
import { callHost } from './calls.ts';
import type { Fiber } from './fiber.ts';
import { clearBody } from './lower/index.ts';
import type { Hook } from './observer.ts';
import { callAt, clearAt, isEntry, placeOf } from './places.ts';
import { codeAt } from './potential.ts';
import { EXIT, LINK } from './pseudo.ts';
import { findSlotOp } from './slot-numbers.ts';
import { wordsOf } from './slots.ts';

const HOOK = findSlotOp('hook')!;

export interface FrameState {
  readonly instance: Instance;
  /** Index of the function in its module. */
  readonly funcidx: number;
  /**
   * Byte offset in the module of the instruction that runs next; of the call that waits, in every frame but
   * the innermost, and in that too while the host has not returned.
   */
  readonly pc: number;
  /** Word offset of the frame in the value stack: local 0. */
  readonly fp: number;
}

/** A host call that has not returned; its arguments stand on the value stack. */
export interface PendingCall {
  readonly func: Func;
  /** Word offset of its arguments in the value stack. */
  readonly base: number;
}

export interface FiberState {
  /** The function that the host called. */
  readonly entry: Func;
  /** Outermost first, at least one. A frame of another instance than its caller's is a call between instances. */
  readonly frames: readonly FrameState[];
  /** The value stack up to the end of the innermost frame. Words that hold no live value may hold anything. */
  readonly words: Int32Array;
  /** References, under half the index of their word; what is no live reference may be anything. */
  readonly refs: readonly unknown[];
  readonly pending: PendingCall | undefined;
  /** Instructions and calls of the store so far. */
  readonly instructionCount: number;
  readonly callCount: number;
}

/** Where the innermost frame stands, and what has run that is not counted yet. */
interface Standing {
  readonly code: Code;
  readonly pc: number;
  readonly uncounted: number;
  /** The frame has been entered but its locals are not set. */
  readonly isEntry: boolean;
}

function standingAt(t: Fiber, from: Instr, n: Instr): Standing | undefined {
  const at = { code: undefined, pc: n.pc, uncounted: 0, isEntry: false };
  if (isEntry(n)) {
    const code = n.k as Code;
    return { ...at, code, pc: code.func.body.byteOffset, isEntry: true };
  }
  if (t.hostCall !== null) return { ...at, code: codeAt(t.instance.code, n.pc) };
  const place = placeOf(t, from, n);
  return place && { ...at, ...place };
}

/**
 * The state of a fiber that stands between two instructions or waits for the host.
 *
 * @param from what led to `n`, where the fiber stands
 * @returns undefined inside of an instruction: let it run on to the next one
 * @throws {SnapshotError} for what is no data: a host function that has called the guest back, an atomic wait
 */
export function captureFiber(t: Fiber, from: Instr = t.from!, n: Instr = t.n!): FiberState | undefined {
  if (t.pending !== null && t.hostCall === null) {
    throw new SnapshotError('the guest waits in memory.atomic.wait, which cannot be saved');
  }
  const standing = standingAt(t, from, n);
  if (standing === undefined) return undefined;
  const { code, pc, uncounted } = standing;
  const frames = callers(t);
  frames.push({ instance: t.instance, funcidx: code.funcidx, pc, fp: t.fp });
  return {
    entry: t.entry!,
    frames,
    ...contents(t, code, standing.isEntry),
    pending: t.hostCall ?? undefined,
    instructionCount: t.meter.instructionCount + (t.sliceFuel - t.fuel) + uncounted,
    callCount: t.meter.callCount + t.calls + (standing.isEntry ? 1 : 0),
  };
}

/** The frames that wait, outermost first. */
function callers(t: Fiber): FrameState[] {
  const frames: FrameState[] = [];
  let link = 0;
  let fp = t.fp;
  for (let i = 1; i < t.sp; i++) fp -= t.OS[i]!.a;
  let instance = t.links[0] ?? t.instance;
  for (let i = 1; i < t.sp; i++) {
    const call = t.OS[i]!;
    if (call === EXIT) {
      throw new SnapshotError('a host function in progress has called the guest back; its own frames cannot be saved');
    }
    if (call === LINK) {
      link++;
      instance = t.links[link] ?? t.instance;
      continue;
    }
    frames.push({ instance, funcidx: codeAt(instance.code, call.pc).funcidx, pc: call.pc, fp });
    fp += call.a;
  }
  return frames;
}

/** The value stack; a frame that is about to be entered gets its locals set. */
function contents(t: Fiber, code: Code, isEntered: boolean): Pick<FiberState, 'words' | 'refs'> {
  const body = clearBody(code);
  const end = stackEnd(t.fp + body.frameWords, t.hostCall);
  const words = new Int32Array(end);
  words.set(t.I.subarray(0, Math.min(end, t.words)));
  const refs = t.R.slice(0, (end + 1) >> 1);
  while (refs.length < (end + 1) >> 1) refs.push(null);
  if (!isEntered) return { words, refs };
  const params = t.fp + body.entry.b;
  words.fill(0, params);
  refs.fill(null, params >> 1);
  return { words, refs };
}

function stackEnd(frameEnd: number, pending: PendingCall | null): number {
  if (pending === null) return frameEnd;
  const { params, results } = pending.func.type;
  return Math.max(frameEnd, pending.base + Math.max(wordsOf(params), wordsOf(results)));
}

/**
 * Puts a state on a fiber that runs nothing. Frames that wait go on in the code their instances run; the
 * innermost stands before its instruction in clear code. A host call that had not returned is made again.
 *
 * @throws {Exhaustion} `call-stack` when the meter does not allow so many frames or words
 */
export function restoreFiber(t: Fiber, state: FiberState): void {
  const { frames, words, refs, pending } = state;
  if (frames.length >= t.meter.maxFrames) throw new Exhaustion('call-stack');
  t.reserve(Math.max(words.length, deepestWord(frames)));
  t.I.set(words);
  t.R.fill(null);
  for (let i = 0; i < refs.length; i++) t.R[i] = refs[i];
  t.refTop = Number.MAX_SAFE_INTEGER;
  t.meter.settle(state.instructionCount - t.meter.instructionCount);
  t.meter.callCount = state.callCount;
  t.entry = state.entry;
  t.pending = null;
  t.hostCall = pending ?? null;
  placeFrames(t, frames);
  const { instance, pc, fp } = frames[frames.length - 1]!;
  const code = codeOf(instance, frames[frames.length - 1]!);
  t.instance = instance;
  t.fp = fp;
  t.n = pending === undefined ? clearAt(code, pc) : callAgain(callAt(code, pc), pending);
  t.from = EXIT;
}

/** Entering a function reserves its frame; frames that are put back have entered already. */
function deepestWord(frames: readonly FrameState[]): number {
  let deepest = 0;
  for (const frame of frames) {
    deepest = Math.max(deepest, frame.fp + clearBody(codeOf(frame.instance, frame)).frameWords);
  }
  return deepest;
}

function codeOf({ code }: Instance, { funcidx }: FrameState): Code {
  return code.codes[funcidx - code.importedFuncs]!;
}

function placeFrames(t: Fiber, frames: readonly FrameState[]): void {
  t.links.length = 0;
  t.sp = 0;
  push(t, EXIT);
  for (let i = 1; i < frames.length; i++) {
    const caller = frames[i - 1]!;
    const { instance } = frames[i]!;
    push(t, callAt(codeOf(caller.instance, caller), caller.pc));
    if (instance === caller.instance) continue;
    push(t, LINK);
    t.links.push(caller.instance);
  }
}

function push(t: Fiber, call: Instr): void {
  t.OS[t.sp] = call;
  t.sp++;
}

/** What stands in a call's place to make it once more: it is charged already. */
function callAgain(call: Instr, { func, base }: PendingCall): Instr {
  const again = new Instr(HOOK, call.pc);
  again.next = call.next;
  again.k = ((t) => callHost(t, call, func, base)) satisfies Hook;
  return again;
}
