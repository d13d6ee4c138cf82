/** Monitors of an instance, for embedders: what the command line's `--monitor` is made of. */
import { type AttachedMonitors, type AttachOptions, attachMonitors, type MonitorOrder } from '../inspect/index.ts';
import type { InstanceSession } from './inspect.ts';

/**
 * Begins to monitor the instance of a session, from the next instruction on, also in calls in progress.
 *
 * Each order says what to watch, as `glassbox run --monitor` takes it (`coverage:format=lcov,out=x`), and where
 * the report goes; `finish` of the result writes the reports.
 *
 * @throws {UsageError} for a request that makes no sense, naming what there is
 */
export function monitor(
  session: InstanceSession,
  orders: readonly MonitorOrder[],
  options: AttachOptions = {},
): AttachedMonitors {
  return attachMonitors(session, session.instance.entry, orders, options);
}

export type { AttachedMonitors, AttachOptions, MonitorOrder };
