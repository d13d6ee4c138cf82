/** Attaches monitors to an instance that a session looks at, and ends them together. */
import type { Instance } from '../../runtime/index.ts';
import type { Session } from '../session.ts';
import { MonitorContext } from './context.ts';
import type { MonitorOutput } from './monitor.ts';
import { type MonitorRequest, parseMonitor } from './parse.ts';
import { probingOf } from './probing.ts';

/** What a monitor is to do, and where it writes. */
export interface MonitorOrder {
  /** `NAME[:key=value,…]`, or what `parseMonitor` made of it. */
  readonly request: string | MonitorRequest;
  readonly output: MonitorOutput;
}

export interface AttachOptions {
  /** What reports call the module. */
  readonly title?: string;
  /** Milliseconds; monitors that measure time need it. */
  readonly clock?: () => number;
}

export interface AttachedMonitors {
  /** The run is over, however it ended: writes the reports and lets go of the code. */
  finish(): void;
}

/**
 * @param instance one that the session looks at
 * @throws {UsageError} for a request that makes no sense
 */
export function attachMonitors(
  session: Session,
  instance: Instance,
  orders: readonly MonitorOrder[],
  { title = instance.code.module.names.module ?? 'module', clock }: AttachOptions = {},
): AttachedMonitors {
  const requests = orders.map(({ request }) => (typeof request === 'string' ? parseMonitor(request) : request));
  const context = new MonitorContext({
    probing: probingOf(session, instance),
    instructionCount: () => session.instructionCount,
    title,
    clock,
  });
  const monitors = requests.map(({ kind, options, format }, i) => {
    return kind.start(context, options, format.name, orders[i]!.output);
  });
  return {
    finish() {
      context.finish();
      for (const monitor of monitors) monitor.report();
    },
  };
}
