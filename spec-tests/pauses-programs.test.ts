/**
 * Real programs with sessions that come and go at random moments: fast code gives way to clear code and comes back,
 * now and then with a few steps between or on a fiber put elsewhere. Output, exit code and the number of instructions
 * are those of an undisturbed run. Each run takes every other program, which ones by its seed, or all with
 * `GLASSBOX_ALL_PROGRAMS` (`npm run long programs`). `GLASSBOX_SEED` repeats a run.
 *
 * The programs are not part of the project: see spec-tests/programs.ts. Snapshots of them are snapshots.test.ts's.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, inspect, instantiate, type Module, Store } from '../src/api/index.ts';
import { Random } from '../src/diff/random.ts';
import {
  abandon,
  advance,
  captureFiber,
  type Fiber,
  restoreFiber,
  type Standing,
  stand,
} from '../src/interpreter/index.ts';
import type { Func } from '../src/runtime/index.ts';
import { HostExit } from '../src/syntax/index.ts';
import { openDirectory } from '../src/wasi/host/node/index.ts';
import { memoryHost, Wasi } from '../src/wasi/index.ts';
import { hastyClock } from './pauses/disturber.ts';
import { folder, type Program, programs } from './programs.ts';

const SWITCHES = 40;
const seed = Number(process.env.GLASSBOX_SEED ?? Math.floor(Math.random() * 2 ** 32));
const takesAll = process.env.GLASSBOX_ALL_PROGRAMS === '1';

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly instructionCount: number;
  readonly callCount: number;
}

/** Runs a program; `drive` runs its fiber to the end. */
function runProgram(
  program: Program,
  module: Module,
  scratch: string,
  drive: (fiber: Fiber, store: Store, instance: ReturnType<typeof instantiate>) => void,
): Outcome {
  const temporary = mkdtempSync(join(scratch, 'files-'));
  const host = memoryHost({ stdin: program.stdin === null ? '' : readFileSync(join(folder, program.stdin)) });
  const preopens = Object.entries(program.preopens ?? {}).map(
    ([name, path]) => [name, openDirectory(path === 'TMP' ? temporary : join(folder, path))] as const,
  );
  const wasi = new Wasi({
    args: [basename(program.file), ...program.args],
    host,
    preopens: Object.fromEntries(preopens),
  });
  const store = new Store({ clock: hastyClock() });
  const instance = instantiate(module, wasi.imports, { store });
  const start = instance.entry.exports.get('_start') as Func;
  const fiber = store.takeFiber(instance.entry);
  stand(fiber, start, { words: new Int32Array(0), refs: [] });
  let exitCode = 0;
  try {
    drive(fiber, store, instance);
  } catch (error) {
    if (!(error instanceof HostExit)) throw error;
    exitCode = error.exitCode;
  }
  wasi.close();
  const { instructionCount, callCount } = store;
  const stdout = createHash('sha256').update(host.output.stdout).digest('hex');
  return { exitCode, stdout, instructionCount, callCount };
}

/** Runs until the fiber has exited or has come to an instruction; at the end of a slice when it is to rest there. */
function runUntil(fiber: Fiber, store: Store, instructionCount: number, isExact: boolean): Standing {
  store.meter.pauseAt = isExact ? instructionCount : Number.POSITIVE_INFINITY;
  for (;;) {
    const standing = advance(fiber);
    if (standing !== 'yielded' || (!isExact && store.meter.instructionCount >= instructionCount)) return standing;
  }
}

function runSwitched(program: Program, module: Module, scratch: string, total: number, random: Random): Outcome {
  const moments = Array.from({ length: SWITCHES }, () => random.below(total)).sort((a, b) => a - b);
  return runProgram(program, module, scratch, (first, store, instance) => {
    let fiber = first;
    for (const moment of moments) {
      if (runUntil(fiber, store, moment, random.below(2) === 0) === 'exited') return;
      if (random.below(4) === 0) {
        const state = captureFiber(fiber)!;
        expect(state).toBeDefined();
        const other = store.takeFiber(instance.entry);
        abandon(fiber);
        store.giveFiber(fiber);
        restoreFiber(other, state);
        fiber = other;
      }
      const session = inspect(instance);
      for (let steps = random.below(4); steps > 0; steps--) {
        const { instructionCount } = store;
        if (runUntil(fiber, store, instructionCount + 1, true) === 'exited') return;
        expect(store.instructionCount).toBe(instructionCount + 1);
      }
      if (runUntil(fiber, store, store.instructionCount + random.below(2000), random.below(2) === 0) === 'exited')
        return;
      session.close();
    }
    runUntil(fiber, store, Number.POSITIVE_INFINITY, false);
  });
}

describe.skipIf(programs.length === 0)(`programs with sessions that come and go (GLASSBOX_SEED=${seed})`, () => {
  const chosen = programs.map((program, i) => [program.name, program, i] as const);
  test.each(chosen.filter(([, , i]) => takesAll || (seed + i) % 2 === 0))('%s', (_, program, i) => {
    const scratch = mkdtempSync(join(tmpdir(), 'glassbox-pauses-'));
    try {
      mkdirSync(scratch, { recursive: true });
      const module = compile(readFileSync(join(folder, program.file)));
      const plain = runProgram(program, module, scratch, (fiber, store) => {
        runUntil(fiber, store, Number.POSITIVE_INFINITY, false);
      });
      expect([plain.exitCode, plain.stdout]).toEqual([program.exit_code, program.stdout_sha256]);
      expect(runSwitched(program, module, scratch, plain.instructionCount, new Random(seed + i))).toEqual(plain);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
