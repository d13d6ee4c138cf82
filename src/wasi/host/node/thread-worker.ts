/** The program of a worker that `nodeWorkers` makes. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveThreads, type WorkerBoot, type WorkerMessage } from '../../threads/index.ts';

const port = parentPort;
// What it throws, Node hands to who made the worker.
if (port !== null) void serveThreads(workerData as WorkerBoot, (message: WorkerMessage) => port.postMessage(message));
