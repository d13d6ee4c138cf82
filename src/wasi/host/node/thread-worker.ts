/** The program of a worker that `nodeWorkers` makes. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveThreads, type WorkerBoot, type WorkerMessage } from '../../threads/index.ts';
import type { SystemDescriptors } from '../host.ts';
import { nodeClock } from './clock.ts';
import { NodeFile } from './file.ts';
import { fillRandom } from './random.ts';

/** What the launcher gives; a program that was not launched has its own. */
declare const importModule: ((url: string) => Promise<unknown>) | undefined;

const port = parentPort;
// What it throws, Node hands to who made the worker.
if (port !== null) {
  const post = (message: WorkerMessage) => port.postMessage(message);
  const load = typeof importModule === 'function' ? importModule : undefined;
  const fileOf = (system: SystemDescriptors) => new NodeFile(system.fd, system);
  const machine = { clock: nodeClock, random: fillRandom, fileOf, importModule: load };
  void serveThreads(workerData as WorkerBoot, post, machine);
}
