/** Runs guests with threads by the built library: workers load its program, which the sources are not. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Library from '../../src/index.ts';
import type * as NodeLibrary from '../../src/node.ts';

/** Scripts bundle this file, so its own place says nothing: all run in the project's folder. */
const built = (name: string) => pathToFileURL(resolve('dist', name)).href;
export const library = (await import(built('index.js'))) as typeof Library;
export const nodeLibrary = (await import(built('node.js'))) as typeof NodeLibrary;

export type GroupOptions = Partial<Library.ThreadGroupOptions> & {
  readonly entry?: string;
  readonly values?: readonly unknown[];
  readonly wasiOptions?: Library.WasiOptions;
  /** Is given the group before it runs. */
  readonly begun?: (group: Library.ThreadGroup) => void;
};

/** How a group has ended, and what it has left. */
export interface GroupOutcome {
  /** What the entry has returned, `exit CODE`, or the message of what was thrown. */
  readonly end: unknown;
  readonly workers: number;
  readonly threads: number;
  readonly stdout: string;
}

/** Runs a module to its end. */
export async function runGroup(text: string | Uint8Array, options: GroupOptions = {}): Promise<GroupOutcome> {
  const { entry, values, wasiOptions, begun, ...rest } = options;
  const host = library.memoryHost();
  // Guests wait for real time, and for real randomness.
  const { clock, random } = nodeLibrary.nodeHost();
  const wasi = new library.Wasi({ host, clock, random, isAsync: true, ...wasiOptions });
  const group = new library.ThreadGroup(library.compile(text), {
    wasi,
    startWorker: nodeLibrary.nodeWorkers(),
    ...rest,
  });
  begun?.(group);
  const end = await group.run(entry, values).catch((error: unknown) => {
    return error instanceof library.HostExit ? `exit ${error.exitCode}` : (error as Error).message;
  });
  wasi.close();
  const stdout = Buffer.from(host.output.stdout).toString();
  return { end, workers: group.workerCount, threads: group.threadCount, stdout };
}
