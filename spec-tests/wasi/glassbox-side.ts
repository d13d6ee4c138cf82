/** Sequences in Glassbox: on files of this machine, and on files in memory. */
import { join } from 'node:path';
import { compile, instantiate, type Memory } from '../../src/api/index.ts';
import { HostExit, Trap } from '../../src/syntax/index.ts';
import { openDirectory } from '../../src/wasi/host/node/index.ts';
import { type HostDirectory, memoryDirectory, memoryHost, Wasi } from '../../src/wasi/index.ts';
import { fillDirectory, preopenNames } from './fixture.ts';
import {
  changesBetween,
  driverText,
  memoryBefore,
  type Seen,
  type Sequence,
  type Step,
  type StepSeen,
} from './sequence.ts';

export const driver = compile(driverText);

/** Runs on the files below `root`, a folder that `makeFixture` made. */
export function runOnNode(root: string, sequence: Sequence): Seen {
  return run(sequence, (name) => openDirectory(join(root, name)));
}

/** A tree in memory that is like a folder that `makeFixture` made. */
export function memoryRoot(): HostDirectory {
  const root = memoryDirectory();
  fillDirectory(root);
  return root;
}

export function runInMemory(root: HostDirectory, sequence: Sequence): Seen {
  return run(sequence, (name) => root.openDirectory(name));
}

function run(sequence: Sequence, open: (name: string) => HostDirectory): Seen {
  const host = memoryHost({ stdin: sequence.stdin ?? '' });
  const wasi = new Wasi({
    host,
    args: sequence.args ?? [],
    env: Object.fromEntries(sequence.env ?? []),
    preopens: Object.fromEntries(preopenNames.map((name) => [name, open(name)])),
  });
  const steps: StepSeen[] = [];
  try {
    const instance = instantiate(driver, wasi.imports);
    const memory = instance.exports.memory as Memory;
    for (const step of sequence.steps) {
      const seen = runStep(step, memory, (name, args) => instance.call(name, ...args));
      steps.push(seen);
      if (seen.errno === undefined) break;
    }
  } finally {
    wasi.close();
  }
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  return { steps, stdout: hex(host.output.stdout), stderr: hex(host.output.stderr) };
}

function runStep(
  step: Step,
  memory: Memory,
  call: (name: string, args: readonly (number | bigint)[]) => unknown,
): StepSeen {
  const before = memoryBefore(step);
  memory.bytes.set(before);
  const changed = () => changesBetween(before, memory.bytes);
  try {
    const errno = call(step.call, step.args) as number;
    return { errno, changed: changed() };
  } catch (error) {
    if (error instanceof HostExit) return { exit: error.exitCode, changed: changed() };
    if (error instanceof Trap) return { trap: `${error.kind}: ${error.message}`, changed: changed() };
    throw error;
  }
}
