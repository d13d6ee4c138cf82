/**
 * `--monitor=NAME[:key=value,…]` of the commands that run guests: which monitors look at the run, and where
 * their reports go. Reports never mix with what the guest writes to standard output.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Instance, inspect, monitor } from '../api/index.ts';
import { type MonitorOutput, type MonitorRequest, monitorHelp, parseMonitor } from '../inspect/index.ts';
import { UsageError } from '../syntax/index.ts';
import type { ThreadReport } from '../wasi/index.ts';
import { nowMs } from './clock.ts';
import type { Arguments, Option } from './command.ts';
import { Failure, usageFailure } from './failure.ts';
import { writeFile } from './files.ts';
import { writeErr, writeOut } from './output.ts';

export const monitorOption: Option = {
  name: 'monitor',
  value: 'NAME[:KEY=VALUE,…]',
  multiple: true,
  help: 'look at the run, report to standard error or to out=FILE: coverage, profile …; help lists them',
};

/** Is it only the list of monitors that is wanted? It is then written. */
export function showsMonitorHelp(args: Arguments): boolean {
  if (!args.values('monitor').includes('help')) return false;
  writeOut(monitorHelp());
  return true;
}

/** The monitors of one run. */
export interface RunMonitors {
  /** Begins to look at an instance, before anything of it runs. */
  attach(instance: Instance): void;
  /** The run is over, however it ended: writes the reports. */
  finish(): void;
}

interface Ordered {
  readonly request: MonitorRequest;
  readonly output: FileOutput | typeof terminal;
}

/**
 * @param title what reports call the module
 * @throws {Failure} for an option that makes no sense, and for files that cannot be written
 */
export function monitorsOf(args: Arguments, title: string): RunMonitors {
  const orders: Ordered[] = args.values('monitor').map(orderOf);
  let finish = () => {};
  return {
    attach(instance) {
      if (orders.length === 0) return;
      const session = inspect(instance);
      const attached = monitor(session, orders, { title, clock: nowMs });
      finish = () => {
        attached.finish();
        session.close();
      };
    },
    finish() {
      finish();
      for (const { output } of orders) output.close();
    },
  };
}

/** Monitors of a run with threads, each of which has reports of its own. */
export interface ThreadMonitors {
  /** Undefined: there are none. */
  readonly monitors: { readonly orders: readonly string[]; readonly title: string } | undefined;
  /** Writes a report: that of a further thread to a file of its own, `FILE.3.txt` for `FILE.txt`. */
  report(report: ThreadReport): void;
}

/**
 * As `monitorsOf`, for a run with threads.
 *
 * @throws {Failure} for an option that makes no sense
 */
export function threadMonitorsOf(args: Arguments, title: string): ThreadMonitors {
  const orders = args.values('monitor');
  const requests = orders.map(requestOf);
  return {
    monitors: orders.length === 0 ? undefined : { orders, title },
    report({ tid, order, text, beside }) {
      const out = requests[order]!.out;
      if (out === undefined && beside.length > 0) terminal.writeBeside('', '');
      if (out === undefined) writeErr(`thread ${tid}:\n${text}`);
      const output = out === undefined ? undefined : new FileOutput(fileOfThread(out, tid));
      output?.write(text);
      for (const each of beside) output?.writeBeside(each.extension, each.text);
      output?.close();
    },
  };
}

function fileOfThread(path: string, tid: number): string {
  return tid === 0 ? path : path.replace(/(\.[^./\\]+)?$/, (extension) => `.${tid}${extension}`);
}

function orderOf(text: string): Ordered {
  const request = requestOf(text);
  return { request, output: request.out === undefined ? terminal : new FileOutput(request.out) };
}

function requestOf(text: string): MonitorRequest {
  try {
    return parseMonitor(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw usageFailure(error.message, "'glassbox run --monitor=help' lists the monitors and their options");
  }
}

/** Standard error, as a report's place. */
export const terminal: MonitorOutput & { close(): void } = {
  write: writeErr,
  writeBeside() {
    throw usageFailure('this format consists of several files', 'write out=FILE');
  },
  close: () => undefined,
};

/** Characters that are kept until they are worth a write: traces are many short lines. */
const CHUNK = 1 << 16;

/** A report's file, opened before the guest runs, so that nothing runs in vain. */
export class FileOutput implements MonitorOutput {
  private readonly path: string;
  private readonly fd: number;
  private waiting = '';

  constructor(path: string) {
    this.path = path;
    try {
      this.fd = openSync(path, 'w');
    } catch (error) {
      throw this.failure(error);
    }
  }

  private failure(error: unknown): Failure {
    return new Failure(`cannot write '${this.path}': ${(error as Error).message}`);
  }

  write(text: string): void {
    this.waiting += text;
    if (this.waiting.length >= CHUNK) this.flush();
  }

  private flush(): void {
    const bytes = Buffer.from(this.waiting);
    this.waiting = '';
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
    } catch (error) {
      throw this.failure(error);
    }
  }

  writeBeside(extension: string, text: string): string {
    const stem = this.path.replace(/(?<=[^/\\])\.[^./\\]+$/, '');
    const path = resolve(`${stem}.${extension}`);
    writeFile(path, text);
    return path;
  }

  close(): void {
    this.flush();
    closeSync(this.fd);
  }
}
