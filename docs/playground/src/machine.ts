/**
 * A run of a program that can be led in both directions: it instantiates, drives the session in slices so that the
 * page stays alive, and keeps what the page shows of the past. It shows nothing itself.
 */
import { type Instance, inspect, instantiate, type Session, Store, UsageError } from '../../../src/index.ts';
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

/** A start function may run this long; it is not looked into, and must not freeze the page. */
const START_FUEL = 20_000_000;
/** How long a run keeps the page waiting. */
const SLICE_MS = 12;
const FIRST_SLICE = 1000;
const MAX_SLICE = 4_000_000;

/** A program in the middle of its run: what is made anew to run it again. */
interface Run {
  readonly store: Store;
  readonly environment: Environment;
  readonly instance: Instance;
  readonly session: Session;
  readonly breakpoints: Map<number, Pick<Breakpoint, 'isEnabled' | 'remove'>>;
}

export class Machine {
  readonly program: Program;
  readonly samples = new Samples();
  private readonly invocation: Invocation;
  private readonly onProgress: () => void;
  private run_: Run;
  private breakpointOffsets: readonly number[] = [];
  /** Grows with every move of the guest: two views of one number show the same moment. */
  moment = 0;
  /** The count before the first instruction of the call; a start function has run before it. */
  private start = 0;
  /** What the instruction before this moment touched, when that is known. */
  lastAccesses: readonly Access[] = [];
  stop: Stop;
  /** The furthest moment that was reached, and how the run ended when it did there. */
  end = 0;
  ending: Stop | undefined;
  private wantsStop = false;
  private isBusy = false;
  private sliceLength = FIRST_SLICE;

  /**
   * Instantiates and stands before the first instruction.
   *
   * @param onProgress is called while a long run goes on, each time that the page has had its turn
   * @throws {InputError | EnvironmentError | GlassboxError} when an argument, an import or the start function fails
   */
  constructor(program: Program, invocation: Invocation, onProgress: () => void) {
    this.program = program;
    this.invocation = invocation;
    this.onProgress = onProgress;
    this.run_ = this.begin();
    this.stop = this.enter();
  }

  private begin(): Run {
    const { module } = this.program;
    const { func, args, types, stdin } = this.invocation;
    const store = new Store({ fuel: START_FUEL });
    const environment = new Environment(module, stdin, () => store.instructionCount);
    const values = args.map((text, i) => parseValue(text, types[i]!));
    const instance = instantiate(module, environment.imports, { store });
    store.fuel = Number.POSITIVE_INFINITY;
    const session = inspect(instance);
    const run: Run = { store, environment, instance, session, breakpoints: new Map() };
    this.placeBreakpoints(run);
    session.call(func, ...values);
    return run;
  }

  /** Takes note of where a run that has just begun stands. */
  private enter(): Stop {
    this.moment++;
    this.lastAccesses = [];
    this.stop = this.run_.session.stop!;
    this.start = this.instructionCount;
    this.note(this.stop);
    return this.stop;
  }

  /** Lets go of the program; nothing of it can be run any more. */
  close(): void {
    this.wantsStop = true;
    this.run_.session.close();
  }

  // What there is to see.

  get isRunning(): boolean {
    return this.isBusy;
  }

  get hasEnded(): boolean {
    return isEnd(this.stop);
  }

  get instructionCount(): number {
    return this.run_.session.instructionCount;
  }

  /** Innermost first. */
  get frames(): readonly Frame[] {
    return this.run_.session.frames;
  }

  /** Frames there are; cheap. */
  get depth(): number {
    return this.run_.session.depth;
  }

  get globals(): readonly Variable[] {
    return globalsOf(this.run_.instance.entry);
  }

  get memories(): readonly MemoryView[] {
    const { memories } = this.run_.instance.entry;
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
    const [frame] = this.run_.session.framesUpTo(1);
    return frame === undefined ? [] : accessesAt(this.program.module.bytes, frame);
  }

  get output(): readonly OutputEvent[] {
    return this.run_.environment.outputAt(this.instructionCount);
  }

  /** Byte offsets that a run stops before. */
  setBreakpoints(byteOffsets: readonly number[]): void {
    this.breakpointOffsets = byteOffsets;
    this.placeBreakpoints(this.run_);
  }

  private placeBreakpoints({ session, breakpoints }: Run): void {
    for (const [byteOffset, breakpoint] of breakpoints) {
      if (this.breakpointOffsets.includes(byteOffset)) continue;
      breakpoint.remove();
      breakpoints.delete(byteOffset);
    }
    for (const byteOffset of this.breakpointOffsets) {
      if (breakpoints.has(byteOffset)) continue;
      try {
        breakpoints.set(byteOffset, session.addBreakpoint({ byteOffset }));
      } catch (error) {
        // Code that cannot be reached has no place to stop at.
        if (!(error instanceof UsageError)) throw error;
      }
    }
  }

  // Forward.

  async step(): Promise<void> {
    await this.leadOn(async () => this.stepOnce());
  }

  /** Steps, and runs what is called. */
  async stepOver(): Promise<void> {
    await this.leadOn(async () => {
      const { depth } = this;
      this.stepOnce();
      await this.returnTo(depth);
    });
  }

  /** Runs until the innermost frame has returned. */
  async stepOut(): Promise<void> {
    await this.leadOn(async () => {
      this.stop = { reason: 'step' };
      await this.returnTo(this.depth - 1);
    });
  }

  /** Runs to a breakpoint or the end. */
  async run(): Promise<void> {
    await this.leadOn(() => this.runTo(Number.POSITIVE_INFINITY));
  }

  /** Makes a long run stop where it is. */
  pause(): void {
    this.wantsStop = true;
  }

  private stepOnce(): void {
    const accesses = this.nextAccesses;
    this.stop = this.run_.session.step();
    this.lastAccesses = accesses;
    this.note(this.stop);
  }

  /** Goes on while there are more frames than `depth`. */
  private async returnTo(depth: number): Promise<void> {
    const { session } = this.run_;
    while (this.stop.reason === 'step' && this.depth > depth) {
      const stop = await this.inSlices(Number.POSITIVE_INFINITY, (budget) => session.stepOut({ budget }));
      this.lastAccesses = [];
      this.stop = stop;
      if (this.wantsStop) return;
    }
  }

  /** Runs to a moment, or to what stops the run before it. */
  private async runTo(instructionCount: number): Promise<void> {
    const { session } = this.run_;
    this.lastAccesses = [];
    this.stop = await this.inSlices(instructionCount, (budget) => session.run({ budget }));
  }

  /**
   * Advances again and again, as far as the page has time, until something other than the budget stops the guest.
   *
   * @param advance runs at most so many instructions
   */
  private async inSlices(instructionCount: number, advance: (budget: number) => Stop): Promise<Stop> {
    let turnStart = performance.now();
    for (;;) {
      const now = this.instructionCount;
      if (now >= instructionCount) return { reason: 'step' };
      const budget = Math.min(instructionCount, this.samples.nextAfter(now), now + this.sliceLength) - now;
      const started = performance.now();
      const stop = advance(budget);
      this.note(stop);
      const finished = performance.now();
      this.adapt(budget, finished - started);
      if (stop.reason !== 'budget') return stop;
      if (this.wantsStop) return { reason: 'pause' };
      if (finished - turnStart < SLICE_MS) continue;
      this.onProgress();
      await nextTurn();
      if (this.wantsStop) return { reason: 'pause' };
      turnStart = performance.now();
    }
  }

  /** Keeps one call of the session well within a slice. */
  private adapt(budget: number, durationMs: number): void {
    if (durationMs > SLICE_MS) this.sliceLength = Math.max(100, Math.floor(this.sliceLength / 2));
    else if (durationMs < SLICE_MS / 4 && budget === this.sliceLength) {
      this.sliceLength = Math.min(MAX_SLICE, this.sliceLength * 2);
    }
  }

  // Back.

  /** Nothing has run yet. */
  get isAtStart(): boolean {
    return this.instructionCount <= this.start;
  }

  /** From the beginning, once it has ended. */
  async runAgain(): Promise<void> {
    await this.lead(async () => {
      this.startAgain();
      await this.runTo(Number.POSITIVE_INFINITY);
    });
  }

  async stepBack(): Promise<void> {
    await this.goTo(this.instructionCount - 1);
  }

  /** Goes to a moment, in either direction; past the end it stops there. */
  async goTo(instructionCount: number): Promise<void> {
    await this.lead(() => this.travel(instructionCount));
  }

  private async travel(instructionCount: number): Promise<void> {
    if (instructionCount < this.instructionCount) this.startAgain();
    await this.withoutBreakpoints(async () => {
      if (instructionCount - 1 > this.instructionCount) await this.runTo(instructionCount - 1);
      if (!this.hasEnded && !this.wantsStop && this.instructionCount < instructionCount) this.stepOnce();
    });
  }

  private async withoutBreakpoints(move: () => Promise<void>): Promise<void> {
    const { breakpoints } = this.run_;
    for (const breakpoint of breakpoints.values()) breakpoint.isEnabled = false;
    try {
      await move();
    } finally {
      for (const breakpoint of breakpoints.values()) breakpoint.isEnabled = true;
    }
  }

  /** Stands at the beginning again. */
  private startAgain(): void {
    this.run_.session.close();
    this.run_ = this.begin();
    this.enter();
  }

  /** Goes back to where the last call from this frame had not begun, or one instruction. */
  async stepBackOver(): Promise<void> {
    await this.lead(async () => {
      const { depth, instructionCount } = this;
      const entries: number[] = [];
      this.startAgain();
      const { session } = this.run_;
      const probe = session.onEnter((visit) => {
        entries[session.depth] = visit.instructionCount;
      });
      await this.withoutBreakpoints(() => this.runTo(instructionCount - 1));
      probe.remove();
      const entry = this.depth > depth && !this.hasEnded ? entries[depth + 1] : undefined;
      await this.travel(entry === undefined ? instructionCount - 1 : entry - 1);
    });
  }

  /** Goes back to the last breakpoint before this moment, or to the beginning. */
  async runBack(): Promise<void> {
    await this.lead(async () => {
      const { instructionCount } = this;
      let last = this.start;
      this.startAgain();
      while (this.instructionCount < instructionCount && !this.hasEnded && !this.wantsStop) {
        await this.runTo(instructionCount);
        if (this.stop.reason === 'breakpoint' && this.instructionCount < instructionCount) last = this.instructionCount;
      }
      if (this.wantsStop) return;
      await this.travel(last);
      if (last > this.start) this.stop = { reason: 'breakpoint' };
    });
  }

  /** The guest was changed: what came after this moment is no longer true. */
  edited(): void {
    this.end = this.instructionCount;
    this.ending = undefined;
    this.samples.dropAfter(this.end);
  }

  // Keeping the page informed.

  /** Does a thing that moves the guest; one at a time, others are ignored meanwhile. */
  private async lead(move: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.wantsStop = false;
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

  private note(stop: Stop): void {
    const { instructionCount } = this;
    if (instructionCount >= this.end) {
      this.end = instructionCount;
      this.ending = isEnd(stop) ? stop : this.ending;
    }
    const memoryBytes = this.run_.instance.entry.memories.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.samples.add({ instructionCount, depth: this.depth, memoryBytes });
  }
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
