/**
 * The debugger's state, and how a run goes on and stops: the run in progress, the selected frame, points,
 * displays, values. What it shows goes to the output that it is given.
 */
import type { Session } from '../../api/index.ts';
import type { Frame, Stop } from '../../inspect/index.ts';
import { GlassboxError } from '../../syntax/index.ts';
import { Failure } from '../failure.ts';
import { CallTracker } from './call-tracker.ts';
import type { Display } from './displays.ts';
import {
  changesGuest,
  evaluate,
  isTrue,
  parseExpression,
  type Scope,
  type Value,
  valueIn,
} from './expression/index.ts';
import { scopeOf } from './frame-scope.ts';
import type { ListedText } from './listed-text.ts';
import { funcLabel } from './names.ts';
import { OwnValues } from './own-values.ts';
import { stepOut, stepOver } from './patience.ts';
import { type Point, PointTable } from './points.ts';
import type { Program } from './program.ts';
import type { Entry, Run } from './run.ts';
import type { Settings } from './settings.ts';
import { SourceFiles } from './source-files.ts';
import { showLastWatched, showStop } from './stops.ts';
import type { Terminal } from './terminal.ts';

export class Debugger {
  readonly program: Program;
  readonly terminal: Terminal;
  readonly points: PointTable;
  readonly files: SourceFiles;
  readonly settings: Settings = { context: 2, listsize: 10, calls: true, record: false };
  readonly displays: Display[] = [];
  readonly values: OwnValues;
  /** What an `x` without an address goes on with. */
  examined: { readonly place: Value; readonly format: string } | undefined;
  /** What `run` calls. */
  entry: Entry;
  run: Run | undefined;
  calls: CallTracker | undefined;
  /** Number of the selected frame; 0 is the innermost. */
  level = 0;
  /** Lines that `list` has shown; `undefined` when it begins around the current one. */
  listed: { readonly text: ListedText; readonly first: number; readonly last: number } | undefined;
  wantsQuit = false;
  /** Runs a line of commands: the interpreter of lines sets it. */
  execute: (line: string) => Promise<void> = async () => undefined;
  private isInterrupted = false;

  constructor(program: Program, entry: Entry, terminal: Terminal) {
    this.program = program;
    this.entry = entry;
    this.terminal = terminal;
    this.files = new SourceFiles(program.options.path);
    this.values = new OwnValues(() => ({ pc: this.here, count: this.run?.session.instructionCount ?? 0 }));
    this.points = new PointTable((condition, point) => this.holds(condition, point));
  }

  out(text: string): void {
    this.terminal.out(`${text}\n`);
  }

  funcLabel(funcidx: number): string {
    return funcLabel(this.program.syntax, funcidx);
  }

  // The run.

  /** The session of a run that has not ended. @throws {Failure} when nothing runs */
  get session(): Session {
    const { run } = this;
    if (run === undefined) throw new Failure('the program is not being run', "'run' starts it");
    return run.session;
  }

  /** Is there a guest that can go on? */
  get isAlive(): boolean {
    const reason = this.run?.session.stop?.reason;
    return reason !== undefined && reason !== 'exit' && reason !== 'trap';
  }

  /** As `session`, of a guest that can go on. */
  get living(): Session {
    const { session } = this;
    if (!this.isAlive) throw new Failure('the program has ended', "'run' starts it anew");
    return session;
  }

  /** Ends the run in progress and begins another; it stands before its first instruction. */
  begin(entry: Entry): Stop {
    this.end();
    this.level = 0;
    this.listed = undefined;
    const options = { onLog: (text: string) => this.logged(text) };
    try {
      const { run, stop } = this.program.options.launch(entry, options, (prepared) => {
        this.run = prepared;
        this.calls = this.settings.calls ? new CallTracker(prepared.session) : undefined;
        this.points.attach(prepared.session);
      });
      if (this.settings.record) run.session.record();
      return stop;
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Ends the run in progress, if there is one. */
  end(): void {
    const { run } = this;
    this.run = undefined;
    this.calls = undefined;
    this.points.detach();
    run?.close();
  }

  /** Makes what runs pause as soon as it can. */
  interrupt(): void {
    this.isInterrupted = true;
    this.run?.session.pause();
  }

  /** As the session's, with Ctrl-C. */
  stepOut(session: Session): Promise<Stop> {
    return stepOut(session, () => this.isInterrupted);
  }

  /** As the session's, with Ctrl-C. */
  stepOver(session: Session): Promise<Stop> {
    return stepOver(session, () => this.isInterrupted);
  }

  private logged(text: string): void {
    this.run?.flush();
    this.terminal.out(text);
  }

  /** Goes on as `step` says, shows where the guest stops then, and does what its breakpoint says. */
  async go(step: (session: Session) => Stop | Promise<Stop>): Promise<void> {
    this.isInterrupted = false;
    await this.arrive(await step(this.living), false);
  }

  /** Goes on until something stops the guest. */
  async goOn(): Promise<void> {
    await this.arrive(await this.living.runAsync(), true);
  }

  /** Goes to another moment as `step` says, and shows what is there. */
  async goBack(step: (session: Session) => Stop): Promise<void> {
    const { session, points } = this;
    const stop = points.quietly(() => {
      let found = step(session);
      while (points.at(found, true) === 'passed') found = session.runBack();
      return found;
    });
    await this.stopped(stop, points.at(stop));
  }

  /**
   * Shows a stop, unless its watchpoint lets it pass; then the guest goes on. When a call has returned that is not
   * the run's last, the next one begins.
   *
   * @param goesOn and does not stop at its first instruction
   */
  async arrive(first: Stop, goesOn: boolean): Promise<void> {
    let stop = first;
    for (;;) {
      const isBetween = goesOn && stop.reason === 'entry';
      const isPassed = this.points.at(stop, true) === 'passed';
      const standsAnyway = stop.reason === 'exit' || stop.reason === 'trap' || stop.breakpoint !== undefined;
      if (isPassed && standsAnyway) stop = withoutWatchpoint(stop);
      else if (isBetween || isPassed) {
        stop = await this.session.runAsync();
        continue;
      }
      const next = stop.reason === 'exit' && stop.error === undefined ? this.nextCall(stop) : undefined;
      if (next === undefined) break;
      stop = next;
    }
    await this.stopped(stop, this.points.at(stop));
  }

  /** Begins the next call of the run; `undefined` when there is none. */
  private nextCall(ended: Stop): Stop | undefined {
    const { run } = this;
    if (run === undefined) return undefined;
    const { entry } = run;
    const stop = run.next();
    if (stop === undefined) return undefined;
    run.flush();
    showLastWatched(this, ended, this.points.at(ended));
    this.out(`${entry} returned.`);
    if (this.settings.record) run.session.record();
    return stop;
  }

  private async stopped(stop: Stop, point: Point | undefined): Promise<void> {
    this.level = 0;
    this.listed = undefined;
    this.run?.flush();
    const isSilent = point?.commands[0]?.trim() === 'silent';
    if (!isSilent) showStop(this, stop, point);
    if (point?.fields.isTemporary === true) this.points.delete(point);
    for (const dead of this.points.removeDead(this.session)) {
      this.out(`${dead.title} deleted: the frame that it watches has returned.`);
    }
    for (const line of (point?.commands ?? []).slice(isSilent ? 1 : 0)) {
      await this.execute(line);
      if (this.wantsQuit) break;
    }
  }

  private holds(condition: string, point: Point): boolean {
    try {
      return isTrue(evaluate(condition, this.innermostScope));
    } catch (error) {
      if (!(error instanceof Failure || error instanceof GlassboxError)) throw error;
      this.terminal.err(`the condition of ${point.fields.kind} ${point.number} fails: ${error.message}\n`);
      return true;
    }
  }

  // Frames and values.

  /** @throws {Failure} when nothing runs, or there is no such frame */
  frameAt(level: number): Frame {
    const frame = this.session.framesUpTo(level + 1)[level];
    if (frame === undefined) throw new Failure(level === 0 ? 'there are no frames' : `there is no frame ${level}`);
    return frame;
  }

  /** The selected frame. */
  get frame(): Frame {
    return this.frameAt(this.level);
  }

  /** The selected frame, when something runs and stands somewhere. */
  get frameIfAny(): Frame | undefined {
    return this.run?.session.framesUpTo(this.level + 1)[this.level];
  }

  /** The instance of the selected frame, or the one that runs. @throws {Failure} when nothing runs */
  get instance(): Frame['instance'] {
    if (this.run === undefined) throw new Failure('the program is not being run', "'run' starts it");
    return this.frameIfAny?.instance ?? this.run.instance.entry;
  }

  /** Byte offset where the selected frame stands. */
  get here(): number | undefined {
    const frame = this.frameIfAny;
    return frame?.kind === 'wasm' ? frame.byteOffset : undefined;
  }

  get scope(): Scope {
    return this.scopeAt(this.level);
  }

  /** Of the frame where the guest passes just now, for conditions and log points. */
  get innermostScope(): Scope {
    return this.scopeAt(0);
  }

  private scopeAt(level: number): Scope {
    const frame = this.run?.session.framesUpTo(level + 1)[level];
    return scopeOf(this.program, this.values, frame?.instance ?? this.run?.instance.entry, frame);
  }

  /** The value of an expression in the selected frame. What it changes ends the recorded future. */
  evaluate(text: string): Value {
    const expression = parseExpression(text);
    const value = valueIn(expression, this.scope);
    // Memory is written behind the session's back.
    if (changesGuest(expression) && this.isAlive) this.session.history?.noteEdit();
    return value;
  }
}

/** A stop whose watchpoint has let it pass, but that has another cause. */
function withoutWatchpoint({ watchpoint, before, after, ...stop }: Stop): Stop {
  return stop;
}
