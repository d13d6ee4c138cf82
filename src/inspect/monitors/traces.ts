/** The monitors `calls` and `instructions`: what happens, line by line as it happens. */
import { UsageError } from '../../syntax/index.ts';
import type { MonitorContext } from './context.ts';
import { countOption, type MonitorKind, type MonitorOptions, textOption } from './monitor.ts';
import { countText, offsetText } from './text-table.ts';
import { CallTracer, type TracedCall, traceCalls } from './trace-calls.ts';
import { InstructionTracer, type TracedInstruction, traceInstructions } from './trace-instructions.ts';

const COUNT_WIDTH = 12;
/** Deeper calls are not indented further. */
const MAX_INDENT = 60;

type Write = (text: string) => void;

/** Writes at most so many lines, then says so. */
class Lines {
  private readonly write: Write;
  private readonly limit: number;
  private readonly whenFull: () => void;
  private lineCount = 0;

  constructor(write: Write, limit: number, whenFull: () => void) {
    this.write = write;
    this.limit = limit;
    this.whenFull = whenFull;
  }

  add(line: () => string): void {
    if (this.lineCount === this.limit) return;
    this.lineCount++;
    this.write(`${line()}\n`);
    if (this.lineCount === this.limit) this.whenFull();
  }

  get isFull(): boolean {
    return this.lineCount === this.limit;
  }
}

const traceOptions = [
  countOption('limit', 10_000, 'lines; 0: all'),
  textOption('func', 'NAME', 'only this function, by name or index'),
];

const traceFormats: MonitorKind['formats'] = [{ name: 'text' }, { name: 'jsonl' }];

function limitOf(options: MonitorOptions): number {
  return options.number('limit') || Number.POSITIVE_INFINITY;
}

/**
 * Is a function the one that was asked for?
 *
 * @throws {UsageError} when no function is
 */
function filterOf({ nameOf, instance }: MonitorContext, options: MonitorOptions): (funcidx: number) => boolean {
  const wanted = options.text('func').replace(/^\$/, '');
  const isWanted = (funcidx: number): boolean =>
    wanted === '' || wanted === String(funcidx) || nameOf(funcidx) === wanted;
  if (wanted !== '' && !instance.funcs.some((_, funcidx) => isWanted(funcidx))) {
    throw new UsageError(`there is no function '${wanted}' to trace: func takes a name or an index`);
  }
  return isWanted;
}

function limitNote(lines: Lines, options: MonitorOptions): string {
  return lines.isFull ? `the trace ends here, after ${countText(options.number('limit'))} lines: limit=N\n` : '';
}

export const callsMonitor: MonitorKind = {
  name: 'calls',
  summary: 'a trace of calls with arguments and results, host functions too',
  formats: traceFormats,
  options: traceOptions,
  start(context, options, format, output) {
    const isTraced = filterOf(context, options);
    const lineOf = format === 'jsonl' ? callJson : callText;
    let stop = () => {};
    const lines = new Lines(
      (text) => output.write(text),
      limitOf(options),
      () => stop(),
    );
    const tracer = new CallTracer(context.instance, (event) => {
      if (isTraced(event.funcidx)) lines.add(() => lineOf(event, context.nameOf));
    });
    stop = traceCalls(context.source.probing, context.map, tracer);
    context.add(stop);
    return {
      report() {
        tracer.finish(context.source.instructionCount());
        if (format === 'text') output.write(limitNote(lines, options));
      },
    };
  },
};

type NameOf = (funcidx: number) => string;

function callText({ event, depth, count, funcidx, values }: TracedCall, nameOf: NameOf): string {
  const indent = '  '.repeat(Math.min(depth, MAX_INDENT));
  const start = `${countText(count).padStart(COUNT_WIDTH)}  ${indent}${nameOf(funcidx)}`;
  if (event === 'call') return `${start}(${values.join(', ')})`;
  if (event === 'return') return values.length === 0 ? `${start} returned` : `${start} = ${values.join(', ')}`;
  return `${start} ${event === 'unwind' ? 'was unwound' : 'ended'}`;
}

function callJson({ funcidx, values, ...event }: TracedCall, nameOf: NameOf): string {
  const lists = { call: { arguments: values }, return: { results: values }, unwind: {}, leave: {} };
  return JSON.stringify({ ...event, funcidx, name: nameOf(funcidx), ...lists[event.event] });
}

export const instructionsMonitor: MonitorKind = {
  name: 'instructions',
  summary: 'a trace of instructions with operands and results',
  formats: traceFormats,
  options: traceOptions,
  start(context, options, format, output) {
    const lineOf = format === 'jsonl' ? instructionJson : instructionText;
    let stop = () => {};
    const lines = new Lines(
      (text) => output.write(text),
      limitOf(options),
      () => stop(),
    );
    const tracer = new InstructionTracer(context.instance, (line) => {
      lines.add(() => lineOf(line, context.nameOf));
    });
    stop = traceInstructions(context.source.probing, tracer, filterOf(context, options));
    context.add(stop);
    return {
      report() {
        tracer.finish();
        if (format === 'text') output.write(limitNote(lines, options));
      },
    };
  },
};

const NAME_WIDTH = 16;
const TEXT_WIDTH = 28;

function instructionText(line: TracedInstruction, nameOf: NameOf): string {
  const { count, funcidx, byteOffset, text, takes, gives } = line;
  const place = `${nameOf(funcidx).padEnd(NAME_WIDTH)}  ${offsetText(byteOffset).padStart(8)}`;
  const start = `${countText(count).padStart(COUNT_WIDTH)}  ${place}  ${text.padEnd(TEXT_WIDTH)}`;
  const effect = gives.length === 0 ? takes.join(' ') : `${takes.join(' ')} -> ${gives.join(' ')}`;
  return `${start}  ${effect.trim()}`.trimEnd();
}

function instructionJson(
  { count, funcidx, byteOffset, text, takes, gives }: TracedInstruction,
  nameOf: NameOf,
): string {
  const name = nameOf(funcidx);
  return JSON.stringify({ count, funcidx, name, byteOffset, instruction: text, operands: takes, results: gives });
}
