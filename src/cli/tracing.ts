/**
 * `--trace=wasi[:key=value,…]`, `--audit` and `--json` of the commands that run programs: what the program asks of
 * WASI, call by call, and what it has used in the end. Both go to standard error, beside what the program writes.
 */
import type { Module } from '../api/index.ts';
import { Audit, auditText, callJson, callText, type WasiCall, type WasiOptions } from '../wasi/index.ts';
import { nowMs } from './clock.ts';
import type { Arguments, Option } from './command.ts';
import { usageFailure } from './failure.ts';
import { writeErr } from './output.ts';
import { parseCount } from './quantities.ts';
import { FileOutput, terminal } from './report-output.ts';

export const traceOptions: readonly Option[] = [
  {
    name: 'trace',
    value: 'wasi[:KEY=VALUE,…]',
    help: 'write each call of WASI to standard error: out=FILE, bytes=N of a buffer (32), time=yes',
  },
  { name: 'audit', help: 'report in the end which functions, paths, variables and clocks were used' },
  { name: 'json', help: 'write the trace and the report as JSON, an object a line' },
];

/** What looks on at one run. */
export interface Tracing {
  /** Options for the run's environment. */
  readonly options: Pick<WasiOptions, 'trace' | 'traceOptions'>;
  /** The run is over, however it ended: writes what is still to be written. */
  finish(module: Module, exitCode: number | undefined): void;
}

interface TraceOrder {
  readonly out: string | undefined;
  readonly maxBytes: number | undefined;
  readonly withTime: boolean;
}

/** @throws {Failure} for what makes no sense, and for a file that cannot be written */
export function tracingOf(args: Arguments): Tracing {
  const traced = args.value('trace');
  const order = traced === undefined ? undefined : orderOf(traced);
  const audit = args.flag('audit') ? new Audit() : undefined;
  const json = args.flag('json');
  if (json && order === undefined && audit === undefined) {
    throw usageFailure("'--json' needs something to write", 'add --trace=wasi or --audit');
  }
  const output = order?.out === undefined ? terminal : new FileOutput(order.out);
  const lineOf = (call: WasiCall) =>
    json ? JSON.stringify(callJson(call)) : callText(call, { withTime: order?.withTime ?? false });
  const trace = (call: WasiCall) => {
    audit?.note(call);
    // Data has one line for a call: the one that says how it ended.
    if (order !== undefined && !(json && call.state === 'suspended')) output.write(`${lineOf(call)}\n`);
  };
  return {
    options: {
      ...(order === undefined && audit === undefined ? {} : { trace }),
      traceOptions: { maxBytes: order?.maxBytes, clock: nowMs },
    },
    finish(module, exitCode) {
      output.close();
      if (audit === undefined) return;
      if (exitCode !== undefined) audit.ended(exitCode);
      const report = audit.report(linkedNames(module));
      writeErr(json ? `${JSON.stringify({ audit: report })}\n` : auditText(report));
    },
  };
}

/** The functions of WASI that a module imports. */
function linkedNames(module: Module): string[] {
  return module
    .imports()
    .filter(({ module: from, kind }) => kind === 'func' && from.startsWith('wasi_'))
    .map(({ name }) => name);
}

const help = 'write --trace=wasi, or --trace=wasi:out=FILE,bytes=N,time=yes';

function orderOf(text: string): TraceOrder {
  const [what, ...rest] = text.split(':');
  if (what !== 'wasi') throw usageFailure(`option '--trace' does not take '${text}'`, help);
  const given = new Map(
    rest
      .join(':')
      .split(',')
      .filter((pair) => pair !== '')
      .map((pair) => [pair.split('=', 1)[0]!, pair.slice(pair.indexOf('=') + 1)] as const),
  );
  const bytes = given.get('bytes');
  const maxBytes = bytes === undefined ? undefined : parseCount(bytes);
  const time = given.get('time');
  const isKnown = [...given.keys()].every((key) => ['out', 'bytes', 'time'].includes(key));
  const isRight = (bytes === undefined || maxBytes !== undefined) && (time === undefined || /^(yes|no)$/.test(time));
  if (!isKnown || !isRight || given.get('out') === '')
    throw usageFailure(`option '--trace' does not take '${text}'`, help);
  return { out: given.get('out'), maxBytes, withTime: time === 'yes' };
}
