/** Agents for tests of locks and tables: workers that run a piece of TypeScript over the modules of src/atomics. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';

const resolveDir = fileURLToPath(new URL('../../src/atomics/', import.meta.url));

/** A program of agents, from imports and statements; `data` and `report` are what the test gives and gets. */
export function agentProgram(imports: string, statements: string): string {
  const contents = `import { parentPort, workerData as data } from 'node:worker_threads';
    ${imports}
    const report = (value) => parentPort.postMessage(value);
    ${statements}`;
  const options = { bundle: true, platform: 'node', format: 'cjs', write: false } as const;
  return buildSync({ ...options, stdin: { contents, resolveDir, loader: 'ts' } }).outputFiles[0]!.text;
}

export interface TestAgent {
  readonly worker: Worker;
  /** What the agent reports first; a rejection when it fails before. */
  readonly report: Promise<unknown>;
}

export function startAgent(program: string, data: unknown): TestAgent {
  const worker = new Worker(program, { eval: true, workerData: data });
  const report = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { worker, report };
}
