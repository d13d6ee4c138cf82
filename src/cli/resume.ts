/** `glassbox resume`: goes on with a guest from a snapshot, in a new process, perhaps on another machine. */
import { readFileSync } from 'node:fs';
import { restoreSnapshot, Store } from '../api/index.ts';
import { SnapshotError } from '../syntax/index.ts';
import { nodeHost } from '../wasi/host/node/index.ts';
import { Wasi } from '../wasi/index.ts';
import { nowMs } from './clock.ts';
import { type Arguments, type Command, expectOperands } from './command.ts';
import { Failure } from './failure.ts';
import { environmentOf, grantOptions, preopensOf } from './grants.ts';
import { limitOptions, statsOption, statsText, storeOptionsOf } from './limits.ts';
import { exitCodeOf } from './outcome.ts';
import { printable, writeErr } from './output.ts';
import { runSteps, savedProgram, savedWasi, stopOf, stopOptions } from './stopping.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'go on with a program from a snapshot',
  usage: '[OPTIONS] SNAPSHOT',
  example: 'glassbox resume --dir . app.snapshot',
  options: [
    ...grantOptions.filter(({ name }) => name !== 'argv0'),
    ...limitOptions,
    ...stopOptions,
    { name: 'skip-input', help: 'the input begins anew: drop what the program has read of it' },
    statsOption,
  ],
  notes: [
    'Nothing is granted by the snapshot: name the folders again. Arguments and variables are in it; --env adds more.',
    "Exit codes: the program's own, 134 after a trap, 1 for what does not load, 2 for a bad option.",
  ].join('\n'),
  execute: executeResume,
};

async function executeResume(args: Arguments): Promise<number> {
  expectOperands(resume, args, 1, 1);
  const [path] = args.operands as [string];
  const { fuel, ...storeOptions } = storeOptionsOf(args);
  const stop = stopOf(args);
  const bytes = readSnapshot(path);
  const wasi = new Wasi({ env: environmentOf(args), preopens: preopensOf(args), host: nodeHost(), isAsync: true });
  const store = new Store(storeOptions);
  const started = nowMs();
  try {
    const { instances, call, parts } = restoreSnapshot(bytes, wasi.imports, { store, fuel });
    const state = savedWasi(parts);
    if (state !== undefined) wasi.restore(state, { skipInput: args.flag('skip-input') });
    const program = savedProgram(parts, call !== undefined);
    return await runSteps({ ...program, store, instances, wasi, call }, stop);
  } catch (error) {
    if (error instanceof SnapshotError) throw snapshotFailure(path, error);
    return exitCodeOf(path, error);
  } finally {
    wasi.close();
    if (args.flag('stats')) writeErr(statsText(store, nowMs() - started));
  }
}

/** @throws {Failure} */
export function readSnapshot(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Failure(isMissing ? `there is no file '${path}'` : `cannot read '${path}': ${(error as Error).message}`);
  }
}

/** What is wrong with a snapshot, and what to do about it where that is known. */
export function snapshotFailure(path: string, { message }: SnapshotError): Failure {
  const help = /not granted/.test(message) ? 'grant the folder under the name it had: --dir HOST::GUEST' : undefined;
  return new Failure(`${path}: ${printable(message)}`, help);
}
