/** Monitors of one thread, and their reports as data for the host agent. */
import { type Instance, inspect, type MonitorOrder, monitor } from '../../api/index.ts';
import type { MonitorOrders, ThreadReport } from './messages.ts';

type Report = Omit<ThreadReport, 'tid'>;

/** What one monitor writes. */
class Collector {
  text = '';
  readonly beside: { readonly extension: string; readonly text: string }[] = [];

  write(text: string): void {
    this.text += text;
  }

  /** @returns the name alone: the host agent says where it stands */
  writeBeside(extension: string, text: string): string {
    this.beside.push({ extension, text });
    return extension;
  }
}

/**
 * Begins to monitor a thread's instance.
 *
 * @param nowMs what durations are measured by
 * @returns ends it and gives the reports
 */
export function monitorThread(
  instance: Instance,
  { orders, title }: MonitorOrders,
  tid: number,
  nowMs: () => number,
): () => Report[] {
  const session = inspect(instance);
  const collectors = orders.map(() => new Collector());
  const watched: MonitorOrder[] = orders.map((request, i) => ({ request, output: collectors[i]! }));
  const attached = monitor(session, watched, { title: `${title}, thread ${tid}`, clock: nowMs });
  return () => {
    attached.finish();
    session.close();
    return collectors.map(({ text, beside }, order) => ({ order, text, beside }));
  };
}
