/**
 * Runs fibers: from the host into a guest and back, in slices of fuel, and the ways out of the dispatch
 * loop — faults, the end of a slice, exhaustion, waiting for the host, yielding to its event loop.
 */
import type { Code, Func, HostArguments, Instr } from '../runtime/index.ts';
import { Exhaustion, Trap, UncaughtException, UsageError } from '../syntax/index.ts';
import { dropStack, leaveAgentStack, takeAgentStack } from './agent-stack.ts';
import { backtrace } from './backtrace.ts';
import { faultError, isFault } from './faults.ts';
import type { Fiber } from './fiber.ts';
import { runOn, usesAgentStack } from './loops.ts';
import { arrival, fastLabelAt, isBetween, isEntry, isStop, toClear, uncharged } from './places.ts';
import { codeAt, potentialAt } from './potential.ts';
import { EXIT } from './pseudo.ts';
import { hasRefs, wordsOf } from './slots.ts';
import { raiseFromHost } from './unwind.ts';
import { forgetVisits, noteVisits } from './visiting.ts';

/** Runs that may nest on the host's stack, over all fibers and stores; each takes several host frames. */
const MAX_NESTED_RUNS = 200;
/** Whose loops run on the host's stack, outermost first; more than once who has been called back. */
const running: Fiber[] = [];

/** The fibers of all stores that have called the host functions that run now. */
export function runningFibers(): readonly Fiber[] {
  return running;
}

/** Leaves the dispatch loop with the fault it found. */
export function fail(fault: number): never {
  throw faultError(fault);
}

/** Makes room for the frame that `enter` wants, and lets it try again. */
export function growStack(t: Fiber, n: Instr): Instr {
  t.reserve(t.fp + n.a);
  return n;
}

/**
 * Fuel ran out at a branch, call, return or `check`: books the slice and takes the next one.
 *
 * @param from what led to `n`
 * @returns where to go on; null when the fiber yields
 * @throws {Exhaustion} `fuel`, `deadline` or `aborted`
 */
export function onSlice(t: Fiber, from: Instr, n: Instr): Instr | null {
  const { meter } = t;
  const isCheck = from === n && isStop(n);
  t.from = from;
  t.settle();
  // Where a host function has called back and nobody looks on, there is none to go on later: not yet.
  if (isCheck && meter.instructionCount > meter.pauseAt && (t.depth === 0 || meter.observer !== null)) {
    meter.settle(-1);
    return pause(t, n);
  }
  if (meter.fuelLeft < 0) {
    // Only a check finds this: it charged an instruction that will not run.
    meter.settle(meter.fuelLeft);
    throw new Exhaustion('fuel');
  }
  t.checkEnd();

  const isTail = t.inTail || !takeSlice(t);
  if (!isTail) releaseReturned(t, n);
  if (!isTail && meter.observer !== null) tellOfSlice(t, from, n, isCheck);
  const ready = readyAt(t, from, n, isCheck, isTail);
  if (t.inTail) t.endSlice();
  if (!isTurnOver(t, isCheck)) return ready;
  return rest(t, from, n, isCheck, ready);
}

/** Whatever the clock says, a turn makes headway. */
function isTurnOver({ mayWait, meter, turnStartMs, turnStartCount, turnMs }: Fiber, isCheck: boolean): boolean {
  if (!mayWait || meter.clock === undefined) return false;
  if (meter.instructionCount - (isCheck ? 1 : 0) === turnStartCount) return false;
  return meter.clock() - turnStartMs >= turnMs;
}

/** Ends the turn, between two instructions: who comes to look meanwhile finds a state. */
function rest(t: Fiber, from: Instr, n: Instr, isCheck: boolean, ready: Instr): Instr | null {
  if (isCheck && ready === n.next) {
    t.meter.settle(-1);
    return standBefore(t, n);
  }
  // A check that fast code took over from led to a label: it is no branch that could say so.
  const origin = isCheck ? arrival(n.pc) : from;
  if (!isBetween(t, origin, ready)) {
    t.endSlice();
    return ready;
  }
  t.from = origin;
  t.n = ready;
  return null;
}

/** An observer sees the moment before the instruction, which a check has charged. */
function tellOfSlice(t: Fiber, from: Instr, n: Instr, isCheck: boolean): void {
  if (isCheck) t.meter.settle(-1);
  t.meter.observer!.sliced(t, from, n);
  if (isCheck) t.meter.settle(1);
}

/** What runs next. A check stands in clear code, and so does what follows it. */
function readyAt(t: Fiber, from: Instr, n: Instr, isCheck: boolean, isTail: boolean): Instr {
  if (!isCheck) {
    if (isTail) return toClear(t, from, n);
    if (isStop(n) && t.instance.code.lowering === 'fast') t.endSlice();
    return n;
  }
  return (isTail ? undefined : toFast(t, n)) ?? n.next!;
}

/**
 * Clear code that nobody looks at gives way to fast code at the next label: until one comes, every check
 * ends its slice.
 */
function toFast(t: Fiber, check: Instr): Instr | undefined {
  const { code } = t.instance;
  if (code.lowering === 'clear') return undefined;
  const { pc } = check;
  const place = codeAt(code, pc);
  const label = fastLabelAt(place, pc);
  if (label === undefined) t.endSlice();
  // The check has charged the instruction at the label; fast code charges it and those before it later.
  else t.meter.settle(-potentialAt(place, pc) - 1);
  return label;
}

/** Stops the fiber before the instruction whose check or probe `n` is. */
export function pause(t: Fiber, n: Instr): null {
  t.isPaused = true;
  return standBefore(t, n);
}

function standBefore(t: Fiber, n: Instr): null {
  // Not `n`: that would say that its check has charged it.
  t.from = EXIT;
  t.n = n;
  return null;
}

/** Releases what lies above the frame that goes on at `n`, where its size is known. */
function releaseReturned(t: Fiber, n: Instr): void {
  if (t.refTop <= t.fp || (!isEntry(n) && n.pc < 0)) return;
  const code = isEntry(n) ? (n.k as Code) : codeAt(t.instance.code, n.pc);
  const body = code.fast ?? code.clear;
  if (body !== undefined) t.releaseRefs(t.fp + body.frameWords);
}

/** Takes a slice; false: the fuel left is for clear code. */
function takeSlice(t: Fiber): boolean {
  const slice = t.meter.nextSlice();
  t.fuel = slice;
  t.sliceFuel = slice;
  t.inTail = slice === 0;
  return !t.inTail;
}

/** Takes a slice for a fiber that no loop runs: it makes headway whatever the clock says. */
function startSlice(t: Fiber): void {
  if (takeSlice(t)) {
    if (t.instance.code.lowering === 'fast' && isStop(t.n!)) t.endSlice();
    return;
  }
  t.endSlice();
  t.n = toClear(t, t.from!, t.n!);
}

/** What `invoke` sets aside of a fiber that is already running; `aside` is what the run around it has set aside. */
export type Aside = Readonly<Pick<Fiber, AsideField>> & {
  /** Changes with the code of the instance that waits. */
  n: Instr | null;
  readonly links: number;
};
type AsideField = 'fp' | 'sp' | 'top' | 'instance' | 'from' | 'entry' | 'mayWait' | 'hasExited' | 'hostCall' | 'aside';

function setAside(t: Fiber): Aside {
  const { n, fp, sp, top, instance, from, entry, mayWait, hasExited, hostCall, aside } = t;
  const made = { n, fp, sp, top, instance, from, entry, mayWait, hasExited, hostCall, aside, links: t.links.length };
  t.aside = made;
  return made;
}

/** Written out, as are the copies of words below: a call of a tiny function takes 0.8 µs instead of 2.5 (measured). */
function restore(t: Fiber, was: Aside): void {
  t.n = was.n;
  t.fp = was.fp;
  t.sp = was.sp;
  t.top = was.top;
  t.instance = was.instance;
  t.from = was.from;
  t.entry = was.entry;
  t.mayWait = was.mayWait;
  t.hasExited = was.hasExited;
  t.hostCall = was.hostCall;
  t.aside = was.aside;
  if (t.links.length !== was.links) t.links.length = was.links;
  forgetVisits(t);
  t.pending = null;
  t.isPaused = false;
  t.passed = null;
  t.releaseRefs(t.top);
  if (t.depth > 0) return;
  t.settle();
  t.inTail = false;
  dropStack(t);
}

/** Puts the arguments on the value stack and stands the fiber before `f`'s first instruction. */
function begin(t: Fiber, f: Func, args: HostArguments): number {
  const { params, results } = f.type;
  const base = t.top;
  t.n = null;
  if (running.length >= MAX_NESTED_RUNS || t.sp >= t.meter.maxFrames) throw new Exhaustion('call-stack');
  if (t.words === 0 && usesAgentStack(t.meter.loop)) takeAgentStack(t);
  t.reserve(base + Math.max(wordsOf(params), wordsOf(results)));
  const words = wordsOf(params);
  for (let i = 0; i < words; i++) t.I[base + i] = args.words[i]!;
  for (let i = 0; i < args.refs.length; i++) t.R[(base >> 1) + i] = args.refs[i];

  t.OS[t.sp] = EXIT;
  t.sp++;
  t.fp = base;
  t.instance = f.instance!;
  t.from = EXIT;
  t.n = f.code!.entry;
  t.entry = f;
  t.hostCall = null;
  return base;
}

/** Reads the results of `f` at word `base` after its exit. */
export function takeResults(t: Fiber, base: number, f: Func, args: HostArguments): void {
  const { results } = f.type;
  const words = wordsOf(results);
  for (let i = 0; i < words; i++) args.words[i] = t.I[base + i]!;
  if (!hasRefs(results)) return;
  for (let i = 0; i < words >> 1; i++) args.refs[i] = t.R[(base >> 1) + i];
}

/** Adds the frames of this invocation to a guest's error, and books what ran of the slice. */
function explain(t: Fiber, error: unknown): unknown {
  const isGuests = error instanceof Trap || error instanceof Exhaustion || error instanceof UncaughtException;
  if (!isGuests) return error;
  error.backtrace = [...error.backtrace, ...backtrace(t)];
  if (isFault(error) && t.n !== null && t.n.pc >= 0 && !isEntry(t.n)) chargeFault(t, t.n);
  return error;
}

/** A fault inside straight-line fast code leaves the instructions since the last charge unbooked. */
function chargeFault(t: Fiber, n: Instr): void {
  const code = codeAt(t.instance.code, n.pc);
  if (isClearInstr(code, n)) return;
  t.fuel -= potentialAt(code, n.pc) + 1;
}

function isClearInstr(code: Code, n: Instr): boolean {
  let at = code.clear?.byPc?.get(n.pc)?.next ?? null;
  while (at !== null && at.pc === n.pc && !isStop(at)) {
    if (at === n) return true;
    at = at.next;
  }
  return false;
}

/**
 * Calls a wasm function to its end.
 *
 * @param args arguments in, results out: two words a value, four for v128
 * @throws {Trap | Exhaustion | UncaughtException} with a backtrace; whatever host functions throw, as it is
 */
export function invoke(t: Fiber, f: Func, args: HostArguments): void {
  if (t.depth > 0) t.meter.observer?.calledBack(t, f, args);
  const aside = setAside(t);
  t.mayWait = false;
  try {
    const base = begin(t, f, args);
    if (t.depth === 0) startSlice(t);
    runToEnd(t);
    takeResults(t, base, f, args);
  } catch (error) {
    throw explain(t, error);
  } finally {
    t.meter.observer?.ended(t);
    restore(t, aside);
  }
}

/** Runs a synchronous call; where it pauses, the observer has its turn. */
function runToEnd(t: Fiber): void {
  t.hasExited = false;
  for (;;) {
    runLoop(t);
    if (t.hasExited) return;
    const isOver = t.meter.observer?.paused(t);
    t.isPaused = false;
    if (isOver !== undefined) throw new UsageError('a synchronous call cannot wait while it is paused; use callAsync');
    startSlice(t);
  }
}

/** What an asynchronous run needs of its host. */
export interface AsyncHost {
  /** Resolves after the event loop has had a turn. */
  readonly nextTurn: () => Promise<void>;
  readonly signal?: { readonly aborted: boolean } | undefined;
  /** What ends the run even while it waits for the host. */
  readonly interruption?: Interruption | undefined;
}

/**
 * What may end a run while it waits for the host. It has one listener, as a run waits for one thing at a time: a
 * promise for the whole run would keep a reaction for every wait.
 */
export class Interruption {
  private error: unknown;
  private listener: ((error: unknown) => void) | undefined;

  /** Ends the wait that is under way, and every later one. */
  end(error: unknown): void {
    this.error ??= error;
    this.listener?.(this.error);
  }

  /** `pending`, or a rejection when the run must end before. */
  race(pending: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.error !== undefined) reject(this.error);
      this.listener = reject;
      pending.then(resolve, reject);
    });
  }
}

/** As `invoke`, on a fiber of its own: host functions may return promises, and the event loop gets its turns. */
export async function invokeAsync(t: Fiber, f: Func, args: HostArguments, host: AsyncHost): Promise<void> {
  const aside = setAside(t);
  t.mayWait = true;
  t.signal = host.signal;
  try {
    const base = begin(t, f, args);
    await runToExit(t, host);
    takeResults(t, base, f, args);
  } catch (error) {
    throw explain(t, error);
  } finally {
    t.meter.observer?.ended(t);
    restore(t, aside);
  }
}

/** How a fiber stands after a turn: its outermost call has ended, or why it has not. */
export type Standing = 'exited' | 'paused' | 'waiting' | 'yielded';

/**
 * Stands a fiber that runs nothing before the first instruction of `f`, for those who drive it with `advance`.
 *
 * @returns word offset of the results, once it has exited
 */
export function stand(t: Fiber, f: Func, args: HostArguments): number {
  const base = begin(t, f, args);
  t.hasExited = false;
  return base;
}

/**
 * Runs a turn: until the fiber exits, pauses, waits for the host or its turn is over. After `waiting`, await
 * `settled` before the next turn.
 *
 * @throws {Trap | Exhaustion | UncaughtException} with a backtrace; the frames stay as they are
 */
export function advance(t: Fiber): Standing {
  t.mayWait = true;
  t.isPaused = false;
  t.turnStartMs = t.meter.clock?.() ?? 0;
  t.turnStartCount = t.meter.instructionCount;
  try {
    runTurn(t);
  } catch (error) {
    const explained = explain(t, error);
    t.settle();
    throw explained;
  }
  if (t.hasExited) return 'exited';
  if (t.isPaused) return 'paused';
  return t.pending === null ? 'yielded' : 'waiting';
}

/** Waits for the host function that the fiber waits for, or for what ends the run before. */
export async function settled(t: Fiber, interruption?: Interruption): Promise<void> {
  if (t.pending === null) return;
  try {
    await resume(t, t.pending, interruption);
  } catch (error) {
    throw explain(t, error);
  }
}

/** Clears a fiber of what it ran. */
export function abandon(t: Fiber): void {
  forgetVisits(t);
  t.cancelWait?.();
  t.cancelWait = undefined;
  t.sp = 0;
  t.top = 0;
  t.links.length = 0;
  t.n = null;
  t.entry = null;
  t.pending = null;
  t.hostCall = null;
  t.aside = null;
  t.isPaused = false;
  t.hasExited = false;
  t.passed = null;
  t.inTail = false;
  t.releaseRefs(0);
}

async function runToExit(t: Fiber, host: AsyncHost): Promise<void> {
  const { meter } = t;
  t.hasExited = false;
  const turns = new EventLoopTurns(t, host.nextTurn);
  for (;;) {
    t.turnStartMs = meter.clock?.() ?? 0;
    t.turnStartCount = meter.instructionCount;
    runTurn(t);
    if (t.hasExited) return;
    if (t.isPaused) {
      await t.meter.observer?.paused(t);
      t.isPaused = false;
      continue;
    }
    // All that ran is booked while others run.
    const ahead = t.pending === null ? uncharged(t, t.from!, t.n!) : uncharged(t, t.n!, t.n!.next!);
    meter.settle(ahead);
    if (t.pending !== null) {
      await resume(t, t.pending, host.interruption);
      await turns.afterWait();
    } else await turns.next();
    meter.settle(-ahead);
  }
}

/** Waits that are over at once may follow each other for so long. Turns between them would cost more than they do. */
const LONGEST_OF_WAITS_MS = 100;

/**
 * Turns of the event loop for a run. Waiting for the host need not be one: promises that are settled go on before any
 * timer, signal or other guest has its turn.
 */
export class EventLoopTurns {
  private readonly fiber: Fiber;
  private readonly nextTurn: () => Promise<void>;
  private lastMs: number;

  constructor(fiber: Fiber, nextTurn: () => Promise<void>) {
    this.fiber = fiber;
    this.nextTurn = nextTurn;
    this.lastMs = this.nowMs;
  }

  private get nowMs(): number {
    return this.fiber.meter.clock?.() ?? 0;
  }

  async next(): Promise<void> {
    await this.nextTurn();
    this.lastMs = this.nowMs;
  }

  /** A turn, when the last one is long ago. @throws {Exhaustion} `deadline` or `aborted` when the run must end */
  async afterWait(): Promise<void> {
    const { fiber } = this;
    if (this.nowMs - this.lastMs < Math.max(fiber.turnMs, LONGEST_OF_WAITS_MS)) return;
    await this.next();
    fiber.checkEnd();
  }
}

/** Runs until the fiber exits, waits or yields. Between turns it holds no fuel: other fibers see what is left. */
function runTurn(t: Fiber): void {
  // A host function of another fiber may have begun this run; that fiber, too, goes on with what is left.
  t.meter.running?.endSlice();
  startSlice(t);
  try {
    runLoop(t);
  } finally {
    t.settle();
  }
}

/** Runs the dispatch loop; calls back from host functions meanwhile run on the same fiber. */
function runLoop(t: Fiber): void {
  const { meter } = t;
  const outer = meter.running;
  meter.running = t;
  running.push(t);
  forgetVisits(t);
  try {
    runOn(meter.loop, t);
  } finally {
    running.pop();
    meter.running = outer;
    // What others look at, or what another fiber would have to move out of its way. A call that may not wait ends here,
    // or goes on before anybody else has had the stack for long.
    if (!t.hasExited && t.depth === 0 && t.mayWait) leaveAgentStack(t);
  }
  if (!t.hasExited && t.links.length > 0) noteVisits(t);
}

/** Waits for the host function that the fiber stands at, then stands it after the call. */
async function resume(t: Fiber, pending: Promise<void>, interruption: Interruption | undefined): Promise<void> {
  try {
    await (interruption === undefined ? pending : interruption.race(pending));
    // Read only now: who looks on may have changed the code of the frame that waits.
    t.from = t.n;
    t.n = t.n!.next!;
  } catch (error) {
    // Does nothing where the host function itself has failed.
    t.cancelWait?.();
    t.from = t.n;
    t.n = raiseFromHost(t, t.n!, error);
  } finally {
    t.pending = null;
    t.cancelWait = undefined;
    t.hostCall = null;
  }
}
