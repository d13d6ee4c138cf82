/**
 * What the monitors of one run share: the code's map, names, and collectors that several of them read. A
 * collector is put into the code when the first monitor asks for it.
 */
import { funcName } from '../../interpreter/index.ts';
import type { Instance } from '../../runtime/index.ts';
import type { Import } from '../../syntax/index.ts';
import { CallRecorder, type Measure, watchCalls } from './call-recorder.ts';
import { CodeMap } from './code-map.ts';
import type { Probing, Removal } from './probing.ts';
import { RunCounter } from './run-counter.ts';
import { watchRuns } from './run-watch.ts';

const TWICE = 2;

export interface MonitorSource {
  readonly probing: Probing;
  /** Instructions of the store so far. */
  readonly instructionCount: () => number;
  /** What reports call the module. */
  readonly title: string;
  /** Milliseconds, for monitors that measure time; they need one. */
  readonly clock?: (() => number) | undefined;
}

/** A module's text without what a terminal would obey. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
}

export class MonitorContext {
  readonly source: MonitorSource;
  private codeMap: CodeMap | undefined;
  private readonly names = new Map<number, string>();
  /** Imported functions. */
  private imports: readonly Import[] | undefined;
  private readonly removals: Removal[] = [];
  private runs: RunCounter | undefined;
  private calls: CallRecorder | undefined;

  constructor(source: MonitorSource) {
    this.source = source;
  }

  /** The code's map: linear in the module's size, made when first asked for. */
  get map(): CodeMap {
    this.codeMap ??= new CodeMap(this.instance.code.module);
    return this.codeMap;
  }

  get instance(): Instance {
    return this.source.probing.instance;
  }

  get title(): string {
    return this.source.title;
  }

  /** A function's name, fit for a terminal. */
  readonly nameOf = (funcidx: number): string => {
    let name = this.names.get(funcidx);
    if (name === undefined) {
      name = printable(funcName(this.instance.code, funcidx) || this.importName(funcidx));
      this.names.set(funcidx, name);
    }
    return name;
  };

  /** Imports by their module and name, other functions without a name by their index. */
  private importName(funcidx: number): string {
    const { module, importedFuncs } = this.instance.code;
    if (funcidx >= importedFuncs) return `func ${funcidx}`;
    this.imports ??= module.imports.filter(({ type }) => type.kind === 'func');
    const entry = this.imports[funcidx]!;
    return `${entry.module}.${entry.name}`;
  }

  /** How often instructions run. */
  runCounter(): RunCounter {
    this.runs ??= this.countRuns(Number.POSITIVE_INFINITY);
    return this.runs;
  }

  /** Whether instructions run: what is asked at an instruction ends when nothing new can come of it. */
  runWitness(): RunCounter {
    return this.countRuns(TWICE);
  }

  private countRuns(wanted: number): RunCounter {
    const counter = new RunCounter(this.map, wanted);
    this.removals.push(watchRuns(this.source.probing, counter));
    return counter;
  }

  /** The call tree by instructions. */
  callRecorder(): CallRecorder {
    this.calls ??= this.record(this.source.instructionCount());
    return this.calls;
  }

  /** A call tree by another measure. */
  record(now: number, measure?: Measure): CallRecorder {
    const recorder = new CallRecorder(now, measure);
    this.removals.push(watchCalls(this.source.probing, this.map, recorder));
    return recorder;
  }

  /** Takes a removal over, for the end. */
  add(removal: Removal): void {
    this.removals.push(removal);
  }

  /** The run is over: stops collecting. */
  finish(): void {
    this.calls?.finish(this.source.instructionCount());
    for (const remove of this.removals.splice(0)) remove();
  }
}
