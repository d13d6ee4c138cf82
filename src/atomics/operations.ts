/**
 * The atomic memory operations on `Atomics.*`: loads, stores, read-modify-writes, wait and notify, fence.
 * They work on shared and unshared memory alike; only `wait` needs a shared one.
 *
 * Operands and results are words of a frame: lo at `I[at]`, hi at `I[at + 1]`. Narrow accesses
 * zero-extend what they return and wrap what they are given, a compare-exchange's `expected` too.
 *
 * @see https://webassembly.github.io/threads/core/exec/instructions.html#atomic-memory-instructions
 */
import type { Memory } from '../runtime/index.ts';
import { Trap, UsageError } from '../syntax/index.ts';
import { atomicViews } from './views.ts';

/** What a read-modify-write does with the value in memory. */
export type RmwOperator = 'add' | 'sub' | 'and' | 'or' | 'xor' | 'exchange';

/**
 * Checks an access: alignment first, then bounds.
 *
 * @param ea effective address, not wrapped
 * @throws {Trap} `unaligned-atomic`, `memory-out-of-bounds`
 */
export function checkAccess(memory: Memory, ea: number, accessBytes: number): void {
  if (ea % accessBytes !== 0) throw new Trap('unaligned-atomic');
  if (ea + accessBytes > memory.byteLength && !memory.reaches(ea + accessBytes)) throw new Trap('memory-out-of-bounds');
}

/** The view of a narrow or 32-bit access, and the index of `ea` in it. */
function viewOf(memory: Memory, accessBytes: 1 | 2 | 4): Uint8Array | Uint16Array | Int32Array {
  const views = atomicViews(memory);
  if (accessBytes === 1) return views.i8;
  return accessBytes === 2 ? views.i16 : views.i32;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The 64-bit integer of two words. */
function join(lo: number, hi: number): bigint {
  scratch.setInt32(0, lo, true);
  scratch.setInt32(4, hi, true);
  return scratch.getBigInt64(0, true);
}

/** Writes a 64-bit integer as two words. */
function split(I: Int32Array, at: number, value: bigint): void {
  scratch.setBigInt64(0, value, true);
  I[at] = scratch.getInt32(0, true);
  I[at + 1] = scratch.getInt32(4, true);
}

/** Loads to `I[at]`; the high word becomes 0 for narrow accesses of either type. */
export function load(memory: Memory, ea: number, accessBytes: number, I: Int32Array, at: number): void {
  checkAccess(memory, ea, accessBytes);
  if (accessBytes === 8) {
    split(I, at, Atomics.load(atomicViews(memory).i64, ea / 8));
    return;
  }
  I[at] = Atomics.load(viewOf(memory, accessBytes as 1 | 2 | 4), ea / accessBytes);
  I[at + 1] = 0;
}

/** Stores the value at `I[from]`. */
export function store(memory: Memory, ea: number, accessBytes: number, I: Int32Array, from: number): void {
  checkAccess(memory, ea, accessBytes);
  const lo = I[from]!;
  if (accessBytes === 8) Atomics.store(atomicViews(memory).i64, ea / 8, join(lo, I[from + 1]!));
  else Atomics.store(viewOf(memory, accessBytes as 1 | 2 | 4), ea / accessBytes, lo);
}

/** Applies `operator` with the value at `I[from]`; the value before goes to `I[at]`. */
export function rmw(
  operator: RmwOperator,
  memory: Memory,
  ea: number,
  accessBytes: number,
  I: Int32Array,
  from: number,
  at: number,
): void {
  checkAccess(memory, ea, accessBytes);
  const lo = I[from]!;
  if (accessBytes === 8) {
    split(I, at, Atomics[operator](atomicViews(memory).i64, ea / 8, join(lo, I[from + 1]!)));
    return;
  }
  I[at] = Atomics[operator](viewOf(memory, accessBytes as 1 | 2 | 4), ea / accessBytes, lo);
  I[at + 1] = 0;
}

/** Replaces the value when it is the one at `I[expected]`; the value before goes to `I[at]`. */
export function compareExchange(
  memory: Memory,
  ea: number,
  accessBytes: number,
  I: Int32Array,
  expected: number,
  replacement: number,
  at: number,
): void {
  checkAccess(memory, ea, accessBytes);
  if (accessBytes === 8) {
    const wanted = join(I[expected]!, I[expected + 1]!);
    const given = join(I[replacement]!, I[replacement + 1]!);
    split(I, at, Atomics.compareExchange(atomicViews(memory).i64, ea / 8, wanted, given));
    return;
  }
  const view = viewOf(memory, accessBytes as 1 | 2 | 4);
  I[at] = Atomics.compareExchange(view, ea / accessBytes, I[expected]!, I[replacement]!);
  I[at + 1] = 0;
}

/**
 * Wakes waiters at an address.
 *
 * @param count at most as many, a u32
 * @returns how many were woken; 0 on unshared memory, where nobody can wait
 */
export function notify(memory: Memory, ea: number, count: number): number {
  checkAccess(memory, ea, 4);
  if (!memory.type.shared) return 0;
  return Atomics.notify(atomicViews(memory).i32, ea / 4, count >>> 0);
}

/** What `wait` returns to the guest. */
const waitResults = { ok: 0, 'not-equal': 1, 'timed-out': 2 } as const;

/** A wait's place and expectation, checked. */
export interface Wait {
  readonly view: Int32Array | BigInt64Array;
  readonly index: number;
  readonly expected: number | bigint;
}

/** @throws {Trap} also `expected-shared-memory`, after alignment and bounds */
export function prepareWait(memory: Memory, ea: number, accessBytes: 4 | 8, I: Int32Array, expected: number): Wait {
  checkAccess(memory, ea, accessBytes);
  if (!memory.type.shared) throw new Trap('expected-shared-memory');
  const views = atomicViews(memory);
  if (accessBytes === 4) return { view: views.i32, index: ea / 4, expected: I[expected]! };
  return { view: views.i64, index: ea / 8, expected: join(I[expected]!, I[expected + 1]!) };
}

const NS_PER_MS = 1e6;

/** A timeout operand, nanoseconds as two words, in milliseconds; negative: for ever. */
export function timeoutMs(lo: number, hi: number): number {
  return hi < 0 ? Number.POSITIVE_INFINITY : (hi * 2 ** 32 + (lo >>> 0)) / NS_PER_MS;
}

/**
 * Blocks the agent at most `ms`. Returns 0 woken, 1 the value was another, 2 time ran out.
 *
 * @throws {UsageError} in an agent that may not block, such as a page's main thread
 */
export function waitBlocking({ view, index, expected }: Wait, ms: number): 0 | 1 | 2 {
  try {
    // The two overloads differ in the type of `expected`, which fits its view by construction.
    return waitResults[Atomics.wait(view as Int32Array, index, expected as number, ms)];
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError('the guest waits for another thread, but this agent may not block; use callAsync');
  }
}

type HostAsyncWait =
  | { async: false; value: keyof typeof waitResults }
  | { async: true; value: Promise<'ok' | 'timed-out'> };
type WaitAsync = (view: object, index: number, expected: number | bigint, ms: number) => HostAsyncWait;

/** A wait that does not block the agent. */
export interface AsyncWait {
  readonly result: Promise<number>;
  /** Nobody waits for the result any longer. The host's waiter stays, and hands on what wakes it. */
  cancel(): void;
}

/** The result at once, or a wait for it, without blocking; `undefined` where the host cannot wait so. */
export function waitAsync({ view, index, expected }: Wait, ms: number): number | AsyncWait | undefined {
  const host = (Atomics as unknown as { waitAsync?: WaitAsync }).waitAsync;
  if (host === undefined) return undefined;
  const outcome = host(view, index, expected, ms);
  if (!outcome.async) return waitResults[outcome.value];
  let isCancelled = false;
  const result = outcome.value.then((how) => {
    if (isCancelled && how === 'ok') Atomics.notify(view as Int32Array, index, 1);
    return waitResults[how];
  });
  const cancel = () => {
    isCancelled = true;
  };
  return { result, cancel };
}

/** Shared, so that ordering on it is the host's sequential consistency; JavaScript has no fence of its own. */
const fenceWord = typeof SharedArrayBuffer === 'undefined' ? undefined : new Int32Array(new SharedArrayBuffer(4));

/** Orders the accesses before against those after: a read-modify-write that other agents could see. */
export function fence(): void {
  if (fenceWord !== undefined) Atomics.add(fenceWord, 0, 0);
}
