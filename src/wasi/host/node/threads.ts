/** Threads of guests as threads of Node. */
import type { WorkerOptions } from 'node:worker_threads';
import type { StartWorker, WorkerMessage } from '../../threads/index.ts';

/**
 * Workers for a `ThreadGroup`.
 *
 * @param url the program that they run, which the package has beside this one
 * @param options of Node's, such as `resourceLimits`
 */
export function nodeWorkers(
  url: string | URL = new URL('./thread-worker.cjs', import.meta.url),
  options: Omit<WorkerOptions, 'workerData'> = {},
): StartWorker {
  return (boot, events) => {
    // Importing it costs 5 ms of every start.
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const worker = new Worker(url, { ...options, workerData: boot });
    worker.on('message', (message: WorkerMessage) => events.message(message));
    worker.on('error', (error) => events.failed(error));
    worker.on('messageerror', (error) => events.failed(error));
    worker.on('exit', () => events.exited());
    return { terminate: () => void worker.terminate() };
  };
}
