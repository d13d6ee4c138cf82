/**
 * What the monitors of one run share: the code's map, names, and collectors that several of them read. A
 * collector is put into the code when the first monitor asks for it.
 */
import { funcName } from '../../interpreter/index.ts';
import type { Instance } from '../../runtime/index.ts';
import { Exhaustion, type InstrId, instructions, Trap } from '../../syntax/index.ts';
import { CallRecorder, type Measure, watchCalls } from './call-recorder.ts';
import { CodeMap } from './code-map.ts';
import type { Probing, Removal } from './probing.ts';
import { RunCounter } from './run-counter.ts';
import { watchRuns } from './run-watch.ts';

export interface MonitorSource {
  readonly probing: Probing;
  /** Instructions of the store so far. */
  readonly instructionCount: () => number;
  /** What reports call the module. */
  readonly title: string;
  /** Milliseconds, for monitors that measure time; they need one. */
  readonly clock?: (() => number) | undefined;
}

/** How a run ended. */
export interface RunEnd {
  /** What it ended with; absent: it returned. */
  readonly error?: unknown;
}

export class MonitorContext {
  readonly source: MonitorSource;
  readonly map: CodeMap;
  private readonly removals: Removal[] = [];
  private runs: RunCounter | undefined;
  private calls: CallRecorder | undefined;

  constructor(source: MonitorSource) {
    this.source = source;
    this.map = new CodeMap(source.probing.instance.code.module);
  }

  get instance(): Instance {
    return this.source.probing.instance;
  }

  get title(): string {
    return this.source.title;
  }

  readonly nameOf = (funcidx: number): string => {
    const name = funcName(this.instance.code, funcidx);
    return name === undefined || name === '' ? this.importName(funcidx) : name;
  };

  /** Imports by their module and name, other functions without a name by their index. */
  private importName(funcidx: number): string {
    const { module } = this.instance.code;
    const imports = module.imports.filter(({ type }) => type.kind === 'func');
    const entry = imports[funcidx];
    return entry === undefined ? `func ${funcidx}` : `${entry.module}.${entry.name}`;
  }

  /** How often instructions run. */
  runCounter(): RunCounter {
    if (this.runs === undefined) {
      this.runs = new RunCounter(this.map);
      this.removals.push(watchRuns(this.source.probing, this.runs));
    }
    return this.runs;
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

  /** Stops collecting, and puts right what the end of the run has left in the middle. */
  finish({ error }: RunEnd): void {
    for (const remove of this.removals.splice(0)) remove();
    this.calls?.finish(this.source.instructionCount());
    const place = leftAt(error, this.map);
    if (place !== undefined) this.runs?.leave(place.instr, place.hasRun);
  }
}

/** Operations that look at the clock or allocate while they run. */
const isLong = (id: InstrId) => /^(?:memory|table|array|struct)\./.test(instructions[id]!.name);

/** The instruction in whose run an error has left the code, when it is one that does so. */
function leftAt(error: unknown, map: CodeMap): { instr: number; hasRun: boolean } | undefined {
  if (!(error instanceof Trap || error instanceof Exhaustion)) return undefined;
  const [innermost] = error.backtrace;
  const instr = innermost === undefined ? -1 : map.instrAt(innermost.byteOffset);
  if (instr < 0) return undefined;
  if (error instanceof Trap) return { instr, hasRun: true };
  // A call that finds no room ends its run, or was its caller's and has not begun one.
  if (error.kind === 'call-stack') return undefined;
  return { instr, hasRun: error.kind !== 'fuel' && isLong(map.ids[instr]!) };
}
