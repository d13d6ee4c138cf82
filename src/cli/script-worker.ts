/** The program of workers that run threads of scripts. */
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { runScriptThread } from '../script/index.ts';
import { nodeScriptThreads, type ScriptWorkerData } from './script-threads.ts';

const { task, port, done } = workerData as ScriptWorkerData;
port.postMessage(runScriptThread(task, nodeScriptThreads(fileURLToPath(import.meta.url))));
Atomics.store(done, 0, 1);
Atomics.notify(done, 0);
