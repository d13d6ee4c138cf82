/**
 * The page: brings text, binary, machine and panels together. What the user does becomes an action here, and after
 * each action everything that depends on it is shown anew.
 */
import { GlassboxError } from '../../../src/index.ts';
import type { Range } from './code-map.ts';
import { byId, setText } from './dom.ts';
import { Editor } from './editor.ts';
import { EnvironmentError } from './environment.ts';
import { type Highlight, Highlights } from './highlights.ts';
import { InvocationForm } from './invocation-form.ts';
import { type Invocation, type LastWrite, Machine } from './machine.ts';
import { BytesPanel } from './panels/bytes.ts';
import { FramesPanel } from './panels/frames.ts';
import { HistoryPanel } from './panels/history.ts';
import { LabelsPanel } from './panels/labels.ts';
import { MemoryPanel } from './panels/memory.ts';
import { OperandsPanel } from './panels/operands.ts';
import { OutputPanel } from './panels/output.ts';
import type { PageActions, Shown } from './panels/shown.ts';
import { VariablesPanel } from './panels/variables.ts';
import { assemble, disassemble, type Program } from './program.ts';
import type { SharedProgram } from './share.ts';
import { errorText, type StatusKind, statusOf } from './stop-text.ts';
import { InputError } from './typed-values.ts';
import { describeInstruction } from './wat-completion.ts';

/** After the last key, before the text is assembled. */
const ASSEMBLE_DELAY_MS = 250;
/** Texts that take long to assemble wait longer. */
const LONG_TEXT = 200_000;

const box = (id: string) => byId(id, HTMLElement);

export class Page implements PageActions {
  readonly highlights = new Highlights();
  private readonly editor: Editor;
  private readonly form = new InvocationForm(() => this.discardMachine('The next step calls anew.'));
  private readonly operands = new OperandsPanel(box('operands'), box('operands-note'), this);
  private readonly locals: VariablesPanel;
  private readonly globals: VariablesPanel;
  private readonly labels = new LabelsPanel(box('labels'), box('labels-note'), this);
  private readonly frames = new FramesPanel(box('frames'), box('frames-note'), this);
  private readonly memory = new MemoryPanel(this);
  private readonly bytes = new BytesPanel(this);
  private readonly output = new OutputPanel(box('output'), box('output-note'));
  private readonly history = new HistoryPanel({ onGoTo: (instructionCount) => this.goTo(instructionCount) });
  private readonly status = box('status');
  private readonly problem = box('problem');
  private program: Program | undefined;
  private machine: Machine | undefined;
  /** The frame that is looked at, 0 the innermost. */
  private level = 0;
  private shownMoment = -1;
  private assembleTimer: ReturnType<typeof setTimeout> | undefined;
  /** A moment to go to as soon as the machine is free. */
  private wantedMoment: number | undefined;

  constructor() {
    this.locals = new VariablesPanel(box('locals'), box('locals-note'), this, {
      kind: 'local',
      caption: 'Locals of the frame',
      empty: 'No locals.',
      highlight: ({ index }) => this.highlightOfLocal(index),
    });
    this.globals = new VariablesPanel(box('globals'), box('globals-note'), this, {
      kind: 'global',
      caption: 'Globals of the instance',
      empty: 'No globals.',
      highlight: () => ({ instructions: [] }),
    });
    this.editor = new Editor(box('source'), {
      onEdit: () => this.textChanged(),
      onBreakpoints: () => this.breakpointsChanged(),
      onPoint: (textOffset) => this.pointAtText(textOffset),
      describe: (textOffset) => this.describe(textOffset),
    });
    this.highlights.onChange(() => this.showMarks());
  }

  // Programs.

  /** Takes a text, and stands before its first instruction when it is a program. */
  openText(text: string, wanted: Partial<Invocation> = {}): void {
    this.replaceMachine(undefined);
    this.editor.setText(text);
    this.assembleNow(wanted);
    this.begin();
  }

  /** Takes a binary. What is wrong with it is said. */
  openBytes(bytes: Uint8Array, name: string, wanted: Partial<Invocation> = {}): void {
    let opened: ReturnType<typeof disassemble>;
    try {
      opened = disassemble(bytes);
    } catch (error) {
      if (!(error instanceof GlassboxError)) throw error;
      this.say('failed', `${name} is no module: ${error.message}`);
      return;
    }
    this.replaceMachine(undefined);
    this.editor.setText(opened.text);
    this.setProgram(opened.program, wanted);
    setText(box('source-note'), `${name}, disassembled`);
    this.begin();
  }

  /** What a link holds. */
  get shared(): SharedProgram {
    const { program } = this;
    const isBinary = program?.origin === 'bytes';
    const { func, args, stdin } = this.form.invocation ?? {};
    const breakpoints = this.editor.breakpointLines;
    const instructionCount = this.machine?.instructionCount ?? 0;
    return {
      ...(isBinary ? { bytes: program.module.bytes } : { text: this.editor.text }),
      func,
      args,
      stdin: stdin === '' ? undefined : stdin,
      breakpoints: breakpoints.length === 0 ? undefined : breakpoints,
      instructionCount: instructionCount === 0 ? undefined : instructionCount,
    };
  }

  /** Takes what a link holds. */
  async openShared(shared: SharedProgram): Promise<void> {
    const { text, bytes, func, args, stdin, breakpoints = [], instructionCount = 0 } = shared;
    const wanted = {
      ...(func !== undefined && { func }),
      ...(args !== undefined && { args }),
      ...(stdin !== undefined && { stdin }),
    };
    if (bytes === undefined) this.openText(text ?? '', wanted);
    else this.openBytes(bytes, 'a shared module', wanted);
    this.editor.setBreakpointLines(breakpoints);
    if (instructionCount > 0) await this.move((machine) => machine.goTo(instructionCount));
  }

  /** The module, to be saved. */
  get moduleBytes(): Uint8Array | undefined {
    return this.program?.module.bytes;
  }

  focusSource(): void {
    this.editor.view.focus();
  }

  private textChanged(): void {
    clearTimeout(this.assembleTimer);
    this.discardMachine('The text has changed: the next step runs it anew.');
    const delay = this.editor.text.length > LONG_TEXT ? 4 * ASSEMBLE_DELAY_MS : ASSEMBLE_DELAY_MS;
    this.assembleTimer = setTimeout(() => this.assembleNow(), delay);
  }

  private assembleNow(wanted: Partial<Invocation> = {}): void {
    clearTimeout(this.assembleTimer);
    this.assembleTimer = undefined;
    const assembled = assemble(this.editor.text);
    if ('program' in assembled) {
      this.setProgram(assembled.program, wanted);
      return;
    }
    const { diagnosis } = assembled;
    const { line, column } = this.editor.position(diagnosis.from);
    this.program = undefined;
    this.editor.showDiagnosis(diagnosis);
    setText(this.problem, `Line ${line}, column ${column}: ${diagnosis.message}`);
    setText(box('source-note'), 'not a module yet');
    this.render();
  }

  private setProgram(program: Program, wanted: Partial<Invocation>): void {
    this.program = program;
    this.form.offer(program.module, wanted);
    this.editor.showDiagnosis(undefined);
    setText(this.problem, '');
    const functions = program.module.syntax.funcs.length;
    setText(box('source-note'), `${functions} function${functions === 1 ? '' : 's'}`);
    this.render();
  }

  // Running.

  /** Stands before the first instruction, when there is a program and a function to call. */
  begin(): void {
    this.ensureMachine();
    this.render();
  }

  step = () => this.move((machine) => machine.step());
  stepOver = () => this.move((machine) => machine.stepOver());
  stepOut = () => this.move((machine) => machine.stepOut());
  stepBack = () => this.move((machine) => machine.stepBack());
  stepBackOver = () => this.move((machine) => machine.stepBackOver());
  runBack = () => this.move((machine) => machine.runBack());
  restart = () => this.move((machine) => machine.goTo(0));
  toggleBreakpoint = () => this.editor.toggleBreakpointAtCursor();

  runOrPause = (): void => {
    if (this.machine?.isRunning === true) this.machine.pause();
    else void this.move((machine) => (machine.hasEnded ? machine.runAgain() : machine.run()));
  };

  goTo(instructionCount: number): void {
    this.wantedMoment = instructionCount;
    if (this.machine?.isRunning === true) this.machine.pause();
    else void this.followWanted();
  }

  /** While the slider is moved, moments come faster than the machine gets there: the last one counts. */
  private async followWanted(): Promise<void> {
    while (this.wantedMoment !== undefined) {
      const wanted = this.wantedMoment;
      this.wantedMoment = undefined;
      await this.move((machine) => machine.goTo(wanted));
    }
  }

  private async move(action: (machine: Machine) => Promise<void>): Promise<void> {
    if (this.machine?.isRunning === true) return;
    if (this.assembleTimer !== undefined) this.assembleNow();
    const machine = this.ensureMachine();
    if (machine === undefined) return;
    this.level = 0;
    let failure: unknown;
    try {
      const done = action(machine);
      if (machine.isRunning) this.showRunning();
      await done;
    } catch (error) {
      failure = error;
    }
    // The text may have changed meanwhile.
    if (this.machine !== machine) return;
    this.render();
    if (failure !== undefined) this.say('failed', errorText(failure));
    if (this.wantedMoment !== undefined) await this.followWanted();
  }

  private ensureMachine(): Machine | undefined {
    const { program } = this;
    const { invocation } = this.form;
    if (this.machine !== undefined) return this.machine;
    if (program === undefined || invocation === undefined) {
      if (program === undefined) this.say('failed', 'This is no module yet: what is wrong is said under the program.');
      else this.say('ready', 'The module exports no function that could be called.');
      return undefined;
    }
    try {
      this.replaceMachine(new Machine(program, invocation, () => this.showProgress()));
      this.breakpointsChanged();
    } catch (error) {
      const isExpected =
        error instanceof GlassboxError || error instanceof InputError || error instanceof EnvironmentError;
      this.say('failed', isExpected ? error.message : errorText(error));
      if (!isExpected) throw error;
    }
    return this.machine;
  }

  private replaceMachine(machine: Machine | undefined): void {
    this.machine?.close();
    this.machine = machine;
    this.level = 0;
    this.shownMoment = -1;
  }

  private discardMachine(reason: string): void {
    if (this.machine === undefined) return;
    this.replaceMachine(undefined);
    this.render();
    this.say('ready', reason);
  }

  private breakpointsChanged(): void {
    this.machine?.setBreakpoints(this.breakpointOffsets());
    this.renderBytes();
  }

  /** A line without an instruction stands for the next one that has some. */
  private breakpointOffsets(): readonly number[] {
    const { program, editor } = this;
    if (program === undefined) return [];
    return editor.breakpointLines.flatMap((line) => program.code.firstStopFrom(editor.lineRange(line).from) ?? []);
  }

  // Showing.

  private get shown(): Shown {
    const { program, machine } = this;
    const frames = machine?.frames ?? [];
    const frame = frames[this.level] ?? frames[0];
    return { program, machine, frames, frame };
  }

  private render(): void {
    const { machine } = this;
    const { shown } = this;
    const isNewMoment = machine !== undefined && machine.moment !== this.shownMoment;
    this.shownMoment = machine?.moment ?? -1;
    document.querySelector('main')?.classList.remove('running');
    this.operands.render(shown);
    this.renderVariables(shown, isNewMoment);
    this.labels.render(shown);
    this.frames.render(shown);
    this.memory.render(machine?.memories ?? [], machine?.lastAccesses ?? [], machine?.nextAccesses ?? [], isNewMoment);
    this.output.render(machine?.output ?? []);
    this.renderHistory();
    this.renderBytes();
    this.showMarks();
    this.renderControls();
    if (machine === undefined) return;
    const { kind, text } = statusOf(machine);
    this.say(kind, text);
    const range = shown.frame && this.program?.code.textRange(shown.frame.byteOffset);
    if (range !== undefined) this.editor.reveal(range);
  }

  private renderVariables({ frame, frames, machine }: Shown, isNewMoment: boolean): void {
    // A frame is known again by its distance from the outermost one.
    const owner = frame === undefined ? '' : `${frames.length - frame.level} ${frame.funcidx}`;
    this.locals.render(frame?.locals ?? [], owner, isNewMoment);
    this.globals.render(machine?.globals ?? [], 'instance', isNewMoment);
  }

  private renderHistory(): void {
    const { machine } = this;
    const { instructionCount = 0, end = 0 } = machine ?? {};
    this.history.render(machine?.samples.all ?? [], instructionCount, end, machine?.hasKnownEnd === true);
  }

  private renderBytes(): void {
    const [frame] = this.machine?.hasEnded === true ? [] : (this.machine?.frames ?? []);
    this.bytes.render(this.program, frame?.byteOffset, this.breakpointOffsets());
  }

  private renderControls(): void {
    const { machine } = this;
    const isRunning = machine?.isRunning === true;
    const hasEnded = machine?.hasEnded === true;
    const isAtStart = machine === undefined || machine.isAtStart;
    const set = (id: string, isDisabled: boolean) => {
      byId(id, HTMLButtonElement).disabled = isDisabled;
    };
    for (const id of ['step', 'over', 'out']) set(id, isRunning || hasEnded || this.program === undefined);
    for (const id of ['back', 'over-back', 'run-back', 'restart']) set(id, isRunning || isAtStart);
    set('run', this.program === undefined);
    setText(box('run-label'), isRunning ? 'Pause' : hasEnded ? 'Run again' : 'Run');
  }

  private showRunning(): void {
    document.querySelector('main')?.classList.add('running');
    this.renderControls();
    // Short runs end before anybody could read it.
    setTimeout(() => {
      if (this.machine?.isRunning === true) this.say('running', 'Running …');
    }, 150);
  }

  private showProgress(): void {
    this.renderHistory();
    this.output.render(this.machine?.output ?? []);
  }

  private showMarks(): void {
    const { program } = this;
    const { frame } = this.shown;
    const rangeOf = (byteOffset: number | undefined): Range | undefined =>
      byteOffset === undefined ? undefined : program?.code.textRange(byteOffset);
    const isInnermost = frame?.isWaiting !== true;
    const own = this.machine?.stop.reason === 'exit' ? undefined : rangeOf(frame?.byteOffset);
    this.editor.showMarks({
      current: isInnermost ? own : undefined,
      waiting: isInnermost ? undefined : own,
      pointed: this.highlights.now.instructions.flatMap((byteOffset) => rangeOf(byteOffset) ?? []),
    });
  }

  private say(kind: StatusKind, text: string): void {
    this.status.dataset.kind = kind;
    setText(this.status, text);
  }

  // What panels ask for.

  announce(text: string): void {
    setText(this.status, text);
  }

  selectFrame(level: number): void {
    this.level = level;
    this.render();
    const { frame } = this.shown;
    if (frame !== undefined) this.announce(`Frame ${level}: its locals, operands and labels are shown.`);
  }

  goToInstruction(byteOffset: number): void {
    const range = this.program?.code.textRange(byteOffset);
    if (range !== undefined) this.editor.goTo(range);
  }

  async findLastWrite(memidx: number, byteOffset: number): Promise<LastWrite | undefined> {
    let found: LastWrite | undefined;
    await this.move(async (machine) => {
      found = await machine.findLastWrite(memidx, byteOffset);
    });
    return found;
  }

  edited(what: string): void {
    this.machine?.edited();
    this.render();
    this.announce(`Changed ${what}.`);
  }

  private highlightOfLocal(local: number): Highlight {
    const { program, frame } = this.shown;
    const instructions = frame === undefined ? [] : (program?.code.usesOfLocal(frame.funcidx, local) ?? []);
    return { instructions, local };
  }

  private pointAtText(textOffset: number): void {
    const byteOffset = textOffset < 0 ? undefined : this.program?.code.instructionAtText(textOffset);
    if (byteOffset === undefined) this.highlights.clear();
    else this.highlights.show({ instructions: [byteOffset], ...this.localAt(byteOffset) });
  }

  /** The local that an instruction of the shown function uses. */
  private localAt(byteOffset: number): { local?: number } {
    const { program, frame } = this.shown;
    if (frame === undefined || program?.code.funcidxAt(byteOffset) !== frame.funcidx) return {};
    const local = program.code.localAt(byteOffset);
    return local === undefined ? {} : { local };
  }

  private describe(textOffset: number): { range: Range; lines: readonly string[] } | undefined {
    const { program } = this;
    const byteOffset = program?.code.instructionAtText(textOffset);
    const range = byteOffset === undefined ? undefined : program?.code.textRange(byteOffset);
    if (program === undefined || byteOffset === undefined || range === undefined) return undefined;
    const { local } = this.localAt(byteOffset);
    const variable = local === undefined ? undefined : this.shown.frame?.locals[local];
    const value = variable === undefined ? [] : [`now ${variable.type} ${variable.text}`];
    const bytes = program.code.instructionAt(byteOffset)!;
    const lines = describeInstruction(
      program.module.bytes.subarray(bytes.from, bytes.to),
      program.code.rowAt(byteOffset),
    );
    return { range, lines: [...value, ...lines, `at byte 0x${byteOffset.toString(16)}`] };
  }
}
