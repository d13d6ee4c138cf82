/**
 * A run of a program that can be led in both directions: it instantiates, drives the session in slices so that the
 * page stays alive, and keeps what the page shows of the past. It shows nothing itself.
 */
import {
  type Instance,
  inspect,
  instantiate,
  type Session,
  SnapshotError,
  Store,
  UsageError,
} from '../../../src/index.ts';
import { type Breakpoint, type Frame, globalsOf, type Stop, type Variable } from '../../../src/inspect/index.ts';
import { type Access, accessesAt } from './access.ts';
import { Environment, type OutputEvent } from './environment.ts';
import type { MemoryView } from './panels/memory.ts';
import type { Program } from './program.ts';
import { Samples } from './samples.ts';
import { parseValue } from './typed-values.ts';

/** What is called, as the user wrote it. */
export interface Invocation {
  readonly func: string;
  readonly args: readonly string[];
  /** Types of the arguments, as text. */
  readonly types: readonly string[];
  readonly stdin: string;
}

/** An instruction that wrote, and the moment before it. */
export interface LastWrite {
  readonly instructionCount: number;
  readonly instruction: string;
  readonly name: string | undefined;
  readonly funcidx: number;
  readonly byteOffset: number;
}

/** A start function may run this long; it is not looked into, and must not freeze the page. */
const START_FUEL = 20_000_000;
/** How long a run keeps the page waiting. */
const SLICE_MS = 12;
/** A run that takes longer than this goes for speed: it is sampled when it lets the page have a turn. */
const DENSE_MS = 120;
/** Shorter stretches gain little of fast code: towards their ends they run in clear code. */
const FAST_SLICE = 1_000_000;
const MAX_SLICE = 20_000_000;
const MAX_HISTORY_BYTES = 2 ** 27;
/** What was touched last is looked for among so many instructions … */
const RECENT = 64;
/** … by doing them again, when the way to them is no longer than this. */
const SHORT_WAY = 3_000_000;

export class Machine {
  readonly program: Program;
  readonly samples = new Samples();
  /** Why the run cannot be led back; undefined when it can. */
  readonly historyProblem: string | undefined;
  private readonly onProgress: () => void;
  private readonly environment: Environment;
  private readonly instance: Instance;
  private readonly session: Session;
  private readonly breakpoints = new Map<number, Pick<Breakpoint, 'isEnabled' | 'remove'>>();
  /** Grows with every move of the guest: two views of one number show the same moment. */
  moment = 0;
  /** The count before the first instruction of the call; a start function has run before it. */
  private readonly start: number;
  /** What was touched last, as far as that is known, and before which instruction. */
  private touched: { readonly instructionCount: number; readonly accesses: readonly Access[] } | undefined;
  stop: Stop;
  private wantsStop = false;
  private isBusy = false;
  private sliceLength = 1000;
  /** When the page has had its last turn. */
  private turnStart = 0;

  /**
   * Instantiates and stands before the first instruction.
   *
   * @param onProgress is called while a long run goes on, each time that the page has had its turn
   * @throws {InputError | EnvironmentError | GlassboxError} when an argument, an import or the start function fails
   */
  constructor(program: Program, { func, args, types, stdin }: Invocation, onProgress: () => void) {
    this.program = program;
    this.onProgress = onProgress;
    const store = new Store({ fuel: START_FUEL });
    this.environment = new Environment(program.module, stdin, () => store.instructionCount);
    const values = args.map((text, i) => parseValue(text, types[i]!));
    this.instance = instantiate(program.module, this.environment.imports, { store });
    store.fuel = Number.POSITIVE_INFINITY;
    this.session = inspect(this.instance);
    this.stop = this.session.call(func, ...values);
    this.start = this.instructionCount;
    this.historyProblem = this.record();
    this.note();
  }

  private record(): string | undefined {
    try {
      this.session.record({ maxBytes: MAX_HISTORY_BYTES });
      return undefined;
    } catch (error) {
      if (error instanceof SnapshotError) return error.message;
      throw error;
    }
  }

  /** Lets go of the program; nothing of it can be run any more. */
  close(): void {
    this.wantsStop = true;
    this.session.close();
  }

  // What there is to see.

  get isRunning(): boolean {
    return this.isBusy;
  }

  get hasEnded(): boolean {
    return isEnd(this.stop);
  }

  /** Nothing has run yet. */
  get isAtStart(): boolean {
    return this.instructionCount <= this.start;
  }

  get instructionCount(): number {
    return this.session.instructionCount;
  }

  /** The furthest moment that was reached. */
  get end(): number {
    return this.session.history?.endCount ?? this.instructionCount;
  }

  /** Whether the guest has ended there. */
  get hasKnownEnd(): boolean {
    return this.session.history?.endStop !== undefined;
  }

  /** Innermost first; none once the call has returned, or the guest has asked to be ended. */
  get frames(): readonly Frame[] {
    return this.stop.reason === 'exit' ? [] : this.session.frames;
  }

  get globals(): readonly Variable[] {
    return globalsOf(this.instance.entry);
  }

  get memories(): readonly MemoryView[] {
    const { memories } = this.instance.entry;
    return memories.map((memory, memidx) => ({
      label: memories.length === 1 ? 'memory' : `memory ${memidx}`,
      bytes: () => memory.bytes,
      write: (byteOffset, value) => {
        memory.bytes[byteOffset] = value;
      },
    }));
  }

  /** What the instruction at hand is about to touch. */
  get nextAccesses(): readonly Access[] {
    if (this.hasEnded) return [];
    const [frame] = this.session.framesUpTo(1);
    return frame === undefined ? [] : accessesAt(this.program.module.bytes, frame);
  }

  /** The bytes that were touched last, a short while ago at most. */
  get lastAccesses(): readonly Access[] {
    const { touched, instructionCount } = this;
    return touched === undefined || instructionCount - touched.instructionCount > RECENT ? [] : touched.accesses;
  }

  get output(): readonly OutputEvent[] {
    return this.environment.outputAt(this.instructionCount);
  }

  /** Byte offsets that a run stops before. */
  setBreakpoints(byteOffsets: readonly number[]): void {
    const { breakpoints, session } = this;
    for (const [byteOffset, breakpoint] of breakpoints) {
      if (byteOffsets.includes(byteOffset)) continue;
      breakpoint.remove();
      breakpoints.delete(byteOffset);
    }
    for (const byteOffset of byteOffsets) {
      if (breakpoints.has(byteOffset)) continue;
      try {
        breakpoints.set(byteOffset, session.addBreakpoint({ byteOffset }));
      } catch (error) {
        // Code that cannot be reached has no place to stop at.
        if (!(error instanceof UsageError)) throw error;
      }
    }
  }

  /** The guest was changed: what came after this moment is no longer true. */
  edited(): void {
    const { instructionCount } = this;
    if (!this.hasEnded) this.session.history?.branch();
    this.environment.dropAfter(instructionCount);
    this.samples.dropAfter(instructionCount);
  }

  // Forward.

  async step(): Promise<void> {
    await this.leadOn(async () => this.stepOnce());
  }

  /** Steps, and runs what is called. */
  async stepOver(): Promise<void> {
    await this.leadOn(async () => {
      const { depth } = this.session;
      this.stepOnce();
      await this.returnTo(depth);
    });
  }

  /** Runs until the innermost frame has returned. */
  async stepOut(): Promise<void> {
    await this.leadOn(async () => {
      this.stop = { reason: 'step' };
      await this.returnTo(this.session.depth - 1);
    });
  }

  /** Runs to a breakpoint or the end. */
  async run(): Promise<void> {
    await this.leadOn(async () => {
      await this.runTo(Number.POSITIVE_INFINITY);
      this.findLastAccesses();
    });
  }

  /** Runs from the beginning. */
  async runAgain(): Promise<void> {
    await this.lead(async () => {
      this.travel(this.start);
      await this.runTo(Number.POSITIVE_INFINITY);
      this.findLastAccesses();
    });
  }

  /** Makes a long run stop where it is. */
  pause(): void {
    this.wantsStop = true;
  }

  private stepOnce(): void {
    this.touch(this.nextAccesses);
    this.stop = this.session.step();
    this.note();
  }

  /** Goes on while there are more frames than `depth`. */
  private async returnTo(depth: number): Promise<void> {
    const { session } = this;
    const wasDeeper = session.depth > depth;
    while (this.stop.reason === 'step' && session.depth > depth && !this.wantsStop) {
      this.stop = await this.inSlices(Number.POSITIVE_INFINITY, (budget) => session.stepOut({ budget }), false);
    }
    if (wasDeeper) this.findLastAccesses();
  }

  /** Runs to a moment, or to what stops the run before it. */
  private async runTo(instructionCount: number): Promise<void> {
    const { session } = this;
    this.stop = await this.inSlices(instructionCount, (budget) => session.run({ budget }), session.points.isEmpty);
  }

  /**
   * Advances again and again, as far as the page has time, until something other than the budget stops the guest.
   *
   * @param advance runs at most so many instructions
   * @param isFast whether it may run fast code: slices are longer then
   */
  private async inSlices(instructionCount: number, advance: (budget: number) => Stop, isFast: boolean): Promise<Stop> {
    const begun = performance.now();
    for (;;) {
      const now = this.instructionCount;
      if (now >= instructionCount) return { reason: 'step' };
      const started = performance.now();
      const isLong = started - begun > DENSE_MS;
      const length = isLong ? this.longSlice(isFast) : this.denseSlice(now);
      const stop = advance(Math.min(length, instructionCount - now));
      this.note();
      const finished = performance.now();
      this.adapt(length, finished - started);
      if (stop.reason !== 'budget' && stop.reason !== 'end-of-history') return stop;
      if (this.wantsStop) return { reason: 'pause' };
      await this.letPageLive();
      if (this.wantsStop) return { reason: 'pause' };
    }
  }

  /** As far as the next sample is wanted. */
  private denseSlice(now: number): number {
    return Math.min(this.samples.nextAfter(now) - now, this.sliceLength);
  }

  /** Gives the page a turn when it has waited long enough. */
  private async letPageLive(): Promise<void> {
    if (performance.now() - this.turnStart < SLICE_MS) return;
    this.onProgress();
    await nextTurn();
    this.turnStart = performance.now();
  }

  private longSlice(isFast: boolean): number {
    return isFast ? Math.max(FAST_SLICE, this.sliceLength) : this.sliceLength;
  }

  /** Keeps one call of the session well within a slice. */
  private adapt(length: number, durationMs: number): void {
    if (durationMs > SLICE_MS) this.sliceLength = Math.max(100, Math.floor(length / 2));
    else if (durationMs < SLICE_MS / 4 && length >= this.sliceLength) {
      this.sliceLength = Math.min(MAX_SLICE, length * 2);
    }
  }

  // Back.

  async stepBack(): Promise<void> {
    await this.goTo(this.instructionCount - 1);
  }

  /** Goes to a moment; to one that is not yet known by running on. */
  async goTo(instructionCount: number): Promise<void> {
    await this.lead(async () => {
      if (instructionCount <= this.end) this.travel(instructionCount);
      else await this.withoutBreakpoints(() => this.runTo(instructionCount));
      this.findLastAccesses();
    });
  }

  /** Goes back to where the last call from this frame had not begun, or one instruction. */
  async stepBackOver(): Promise<void> {
    await this.lead(async () => {
      const { session, instructionCount } = this;
      const { depth } = session;
      this.travel(instructionCount - 1);
      // A tail call has taken its caller's place: its own call is further back.
      while (session.depth > depth && !this.isAtStart) {
        const call = await this.lastCallInto(depth + 1, this.instructionCount);
        if (call === undefined) break;
        this.travel(call);
      }
      if (this.wantsStop) this.travel(instructionCount);
      this.findLastAccesses();
    });
  }

  /** Goes back to the last breakpoint before this moment, or to the beginning. */
  async runBack(): Promise<void> {
    await this.lead(async () => {
      const { instructionCount } = this;
      let last: number | undefined;
      await this.searchBack(instructionCount, async (end) => {
        while (this.instructionCount < end && !this.wantsStop) {
          await this.runTo(end);
          const now = this.instructionCount;
          if (this.stop.reason === 'breakpoint' && now < instructionCount) last = now;
          else break;
        }
        return last !== undefined;
      });
      this.travel(this.wantsStop ? instructionCount : (last ?? this.start));
      if (last !== undefined && !this.wantsStop) this.stop = { reason: 'breakpoint' };
      this.findLastAccesses();
    });
  }

  /** The moment before the last call, before `end`, that made the call stack so deep. */
  private async lastCallInto(depth: number, end: number): Promise<number | undefined> {
    const { session } = this;
    let last: number | undefined;
    const probe = session.onEnter((visit) => {
      // The call is counted already.
      if (session.depth === depth && visit.instructionCount - 1 < end) last = visit.instructionCount - 1;
    });
    try {
      await this.withoutBreakpoints(() =>
        this.searchBack(end, async (until) => {
          await this.runTo(until);
          return last !== undefined;
        }),
      );
    } finally {
      probe.remove();
    }
    return last;
  }

  /**
   * Goes through the stretches between checkpoints, the last one first.
   *
   * @param look runs up to a moment; true when it has found something
   */
  private async searchBack(end: number, look: (until: number) => Promise<boolean>): Promise<void> {
    const counts = this.session.history?.checkpointCounts.filter((count) => count < end) ?? [];
    let until = end;
    for (const count of counts.reverse()) {
      this.travel(count);
      if ((await look(until)) || this.wantsStop) return;
      until = count;
    }
  }

  /** Finds who wrote a byte last, before this moment; nobody, when the call has not. */
  async findLastWrite(memidx: number, byteOffset: number): Promise<LastWrite | undefined> {
    let found: LastWrite | undefined;
    await this.lead(async () => {
      const { instructionCount, stop } = this;
      const count = await this.lastWriteTo(memidx, byteOffset);
      if (count !== undefined && !this.wantsStop) {
        this.travel(count);
        const { instruction, name, funcidx, byteOffset: at } = this.session.frame;
        found = { instructionCount: count, instruction, name, funcidx, byteOffset: at };
      }
      this.travel(instructionCount);
      this.stop = stop;
      this.findLastAccesses();
    });
    return found;
  }

  /** The moment before the last instruction, before this moment, that wrote a byte. */
  private async lastWriteTo(memidx: number, byteOffset: number): Promise<number | undefined> {
    const { session, instructionCount } = this;
    let last: number | undefined;
    const watchpoint = session.addWatchpoint({ memory: memidx, byteOffset, byteLength: 1, access: 'write' });
    try {
      await this.withoutBreakpoints(() =>
        this.searchBack(instructionCount, async (until) => {
          while (this.instructionCount < until && !this.wantsStop) {
            await this.runTo(until);
            if (this.stop.reason !== 'watchpoint') break;
            // It stands behind the instruction that wrote; at the end of a slice, before it.
            const now = this.instructionCount;
            const isBefore = this.nextAccesses.some((each) => isWriteTo(each, memidx, byteOffset));
            if (!isBefore) last = now - 1;
            else if (now < instructionCount) last = now;
            await this.letPageLive();
          }
          return last !== undefined;
        }),
      );
    } finally {
      watchpoint.remove();
    }
    return last;
  }

  private travel(instructionCount: number): void {
    this.stop = this.session.goTo(Math.max(this.start, instructionCount));
    if (this.stop.reason === 'start-of-history' || this.stop.reason === 'end-of-history')
      this.stop = { reason: 'step' };
    this.touched = undefined;
    this.note();
  }

  /** Does the last instructions again, to see what they touched. */
  private findLastAccesses(): void {
    const { session, instructionCount } = this;
    this.touched = undefined;
    const from = Math.max(this.start, instructionCount - RECENT);
    const checkpoint = session.history?.checkpointCounts.filter((count) => count <= from).at(-1);
    if (checkpoint === undefined || from === instructionCount || instructionCount - checkpoint > SHORT_WAY) return;
    session.goTo(from);
    while (this.instructionCount < instructionCount) {
      this.touch(accessesAt(this.program.module.bytes, session.frame));
      if (isEnd(session.step())) break;
    }
    if (this.hasEnded) session.goTo(instructionCount);
  }

  private touch(accesses: readonly Access[]): void {
    const { instructionCount } = this;
    if (accesses.length > 0) this.touched = { instructionCount, accesses };
  }

  private async withoutBreakpoints(move: () => Promise<void>): Promise<void> {
    const { breakpoints } = this;
    for (const breakpoint of breakpoints.values()) breakpoint.isEnabled = false;
    try {
      await move();
    } finally {
      for (const breakpoint of breakpoints.values()) breakpoint.isEnabled = true;
    }
  }

  // Keeping the page informed.

  /** Does a thing that moves the guest; one at a time, others are ignored meanwhile. */
  private async lead(move: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.wantsStop = false;
    this.turnStart = performance.now();
    try {
      await move();
    } finally {
      this.isBusy = false;
      this.moment++;
    }
  }

  /** As `lead`, for what makes no sense once the guest has ended. */
  private async leadOn(move: () => Promise<void>): Promise<void> {
    if (!this.hasEnded) await this.lead(move);
  }

  private note(): void {
    const { instructionCount } = this;
    const memoryBytes = this.instance.entry.memories.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.samples.add({ instructionCount, depth: this.session.depth, memoryBytes });
  }
}

function isWriteTo(access: Access, memidx: number, byteOffset: number): boolean {
  const { kind, from, to } = access;
  return kind === 'written' && access.memidx === memidx && from <= byteOffset && byteOffset < to;
}

function isEnd({ reason }: Stop): boolean {
  return reason === 'exit' || reason === 'trap';
}

/** Resolves when the browser has had a turn. A message comes sooner than the shortest timeout. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
