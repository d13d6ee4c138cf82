/**
 * `--monitor=NAME[:key=value,…]`: which monitors look at a run, and where their reports go. Reports never mix with
 * what the guest writes to standard output.
 */
import { type Instance, inspect, monitor } from '../api/index.ts';
import { type MonitorRequest, monitorHelp, parseMonitor } from '../inspect/index.ts';
import { UsageError } from '../syntax/index.ts';
import type { ThreadReport } from '../wasi/index.ts';
import { nowMs } from './clock.ts';
import type { Arguments } from './command.ts';
import { usageFailure } from './failure.ts';
import { writeErr, writeOut } from './output.ts';
import { FileOutput, terminal } from './report-output.ts';

/** Is it only the list of monitors that is wanted? It is then written. */
export function showsMonitorHelp(args: Arguments): boolean {
  if (!args.values('monitor').includes('help')) return false;
  writeOut(monitorHelp());
  return true;
}

/** The monitors of one run. */
interface RunMonitors {
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
  readonly monitors: { readonly orders: readonly string[]; readonly title: string };
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
    monitors: { orders, title },
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
