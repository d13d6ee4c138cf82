/** Workers that run functions of one module over one shared memory at the same time, by the built library. */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type * as Library from '../../src/index.ts';

// Tests and long runs both start in the project's folder.
const libraryUrl = new URL('dist/index.js', pathToFileURL(`${process.cwd()}/`)).href;

/** CommonJS, as text: a worker takes no URL of data that imports by path. */
const program = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData).then(({ instantiate, Memory, Module }) => {
    parentPort.on('message', ({ module, memory, name, args }) => {
      try {
        const instance = instantiate(Module.fromShared(module), { '': { memory: Memory.fromShared(memory) } });
        parentPort.postMessage({ result: instance.call(name, ...args) });
      } catch (error) {
        parentPort.postMessage({ error: String(error) });
      }
    });
    parentPort.postMessage('ready');
  });`;

export interface Agents {
  run(task: AgentsTask): Promise<AgentsRun>;
  close(): Promise<void>;
}

export interface AgentsTask {
  /** A module that imports the memory as `"" "memory"`. */
  readonly text: string;
  readonly pages: number;
  /** How many agents run it. */
  readonly count: number;
  /** The function that each calls, with the agent's number before the other arguments. */
  readonly name: (agent: number) => string;
  readonly args?: readonly number[];
}

export interface AgentsRun {
  readonly results: readonly unknown[];
  readonly memory: Library.Memory;
}

/** Starts workers, each with the library loaded. */
export async function startAgents(count: number, lowering: 'fast' | 'clear' = 'fast'): Promise<Agents> {
  const { compile, Memory } = (await import(libraryUrl)) as typeof Library;
  const workers = Array.from({ length: count }, () => new Worker(program, { eval: true, workerData: libraryUrl }));
  await Promise.all(workers.map(nextMessage));
  return {
    async run({ text, pages, count: used, name, args = [] }) {
      const module = compile(text, { lowering });
      const memory = new Memory({ initial: pages, maximum: pages, shared: true });
      const results = workers.slice(0, used).map(async (worker, agent) => {
        const reply = nextMessage(worker);
        const call = { name: name(agent), args: [agent, ...args] };
        worker.postMessage({ module: module.share(), memory: memory.share(), ...call });
        const { result, error } = (await reply) as { result?: unknown; error?: string };
        if (error !== undefined) throw new Error(error);
        return result;
      });
      return { results: await Promise.all(results), memory };
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.removeAllListeners('message');
      worker.removeAllListeners('error');
      act();
    };
    worker.once('message', (message) => settle(() => resolve(message)));
    worker.once('error', (error) => settle(() => reject(error)));
  });
}
