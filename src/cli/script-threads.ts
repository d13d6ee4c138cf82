/**
 * Threads of scripts as threads of Node. Who waits for one blocks its own thread: the worker needs nothing of it, and
 * a script's commands follow each other without promises.
 */
import type { MessagePort } from 'node:worker_threads';
import type { ScriptResult, ScriptThread, ScriptThreads, ThreadTask } from '../script/index.ts';

/** What a worker is given. */
export interface ScriptWorkerData {
  readonly task: ThreadTask;
  /** Takes the result. */
  readonly port: MessagePort;
  /** One word: 1 when the result has been sent. */
  readonly done: Int32Array;
}

/** A thread that runs for longer is taken to hang. */
const LONGEST_THREAD_MS = 60_000;

/** @param path of the program that workers run: script-worker.js beside the program */
export function nodeScriptThreads(path: string | URL): ScriptThreads {
  return { start: (task) => startThread(path, task) };
}

function startThread(path: string | URL, task: ThreadTask): ScriptThread {
  // Importing it costs 5 ms of every start.
  const { MessageChannel, receiveMessageOnPort, Worker } = process.getBuiltinModule('node:worker_threads');
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const workerData: ScriptWorkerData = { task, port: port2, done };
  const worker = new Worker(path, { workerData, transferList: [port2] });
  // A worker that does not begin is found out by its silence.
  worker.on('error', () => undefined);
  worker.unref();
  port1.unref();
  const join = (): ScriptResult => {
    Atomics.wait(done, 0, 0, LONGEST_THREAD_MS);
    const received = receiveMessageOnPort(port1) as { message: ScriptResult } | undefined;
    port1.close();
    void worker.terminate();
    if (received !== undefined) return received.message;
    const message = `the thread has not ended within ${LONGEST_THREAD_MS / 1000} s`;
    return { outcomes: [{ line: task.line, kind: 'thread', status: 'failed', message }] };
  };
  return { join };
}
