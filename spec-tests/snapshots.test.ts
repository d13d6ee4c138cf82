/**
 * Real programs stopped at random instructions, saved, and resumed in new processes: the same states, output, exit
 * code and number of instructions.
 *
 * The programs are not part of the project: see spec-tests/programs.ts. `GLASSBOX_SEED` repeats a run, `GLASSBOX_STOPS`
 * says how often each is stopped (20 times in `npm run long programs`).
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { compile, GuestCall, type Instance, instantiate, type Module, Store, saveSnapshot } from '../src/api/index.ts';
import { HostExit } from '../src/syntax/index.ts';
import { openDirectory } from '../src/wasi/host/node/index.ts';
import { type MemoryDirectory, type MemoryHost, memoryDirectory, memoryHost, Wasi } from '../src/wasi/index.ts';
import { folder, type Program, programs } from './programs.ts';

const STOPS = Number(process.env.GLASSBOX_STOPS ?? 8);
/** The manifest's numbers are another engine's; a run may be somewhat shorter. */
const LEAST_SHARE = 0.95;
/** Where a program says nothing of its length: all run longer. */
const SHORT_RUN = 2_000;
const run = promisify(execFile);
const resumer = fileURLToPath(new URL('./resume-snapshots.mjs', import.meta.url));
const glassbox = fileURLToPath(new URL('../dist/glassbox.cjs', import.meta.url));
const seed = Number(process.env.GLASSBOX_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** Numbers from 0 to 1 for one program of one seed. */
function randomOf(name: string): () => number {
  let state = createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE(0);
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Run {
  readonly host: MemoryHost;
  /** What the program writes to. */
  readonly files: MemoryDirectory;
  readonly wasi: Wasi;
  readonly store: Store;
  readonly instance: Instance;
  readonly call: GuestCall;
}

/** Paths of what is granted; null: files in memory. */
function pathsOf(program: Program): Record<string, string | null> {
  const entries = Object.entries(program.preopens ?? {});
  return Object.fromEntries(entries.map(([name, path]) => [name, path === 'TMP' ? null : join(folder, path)]));
}

function begin(program: Program, module: Module): Run {
  const host = memoryHost({ stdin: program.stdin === null ? '' : readFileSync(join(folder, program.stdin)) });
  const files = memoryDirectory();
  const preopens = Object.entries(pathsOf(program)).map(
    ([name, path]) => [name, path === null ? files : openDirectory(path)] as const,
  );
  const args = [basename(program.file), ...program.args];
  const wasi = new Wasi({ args, host, preopens: Object.fromEntries(preopens) });
  const store = new Store();
  const instance = instantiate(module, wasi.imports, { store, omitStart: true });
  return { host, files, wasi, store, instance, call: GuestCall.of(instance, '_start') };
}

async function exitCodeOf(call: GuestCall): Promise<number> {
  try {
    await call.run();
    return 0;
  } catch (error) {
    if (!(error instanceof HostExit)) throw error;
    return error.exitCode;
  }
}

interface Saved {
  readonly path: string;
  /** The files in memory, for who needs them before the rest. */
  readonly files: string;
  readonly instructionCount: number;
}

/** Runs a program with stops at `counts`, saving at each. */
async function runWithStops(program: Program, module: Module, counts: readonly number[], scratch: string) {
  const { host, files, wasi, store, instance, call } = begin(program, module);
  const saved: Saved[] = [];
  let outputAtFirst = new Uint8Array(0);
  for (const [i, count] of counts.entries()) {
    expect(await call.run({ instructions: count - store.instructionCount })).toBe(false);
    expect(store.instructionCount).toBe(count);
    const parts = { wasi: wasi.save(), host: host.save(), files: files.save() };
    const at = { path: join(scratch, `${i}.snapshot`), files: join(scratch, `${i}.files`), instructionCount: count };
    writeFileSync(at.files, parts.files);
    writeFileSync(at.path, saveSnapshot(instance, call, { parts }));
    if (i === 0) outputAtFirst = new Uint8Array(host.output.stdout);
    saved.push(at);
  }
  const exitCode = await exitCodeOf(call);
  wasi.close();
  return { saved, exitCode, outputAtFirst, stdout: host.output.stdout, store };
}

/** Goes on from every snapshot in a new process. */
async function resumeAll(program: Program, saved: readonly Saved[], scratch: string) {
  const stages = saved.map(({ path, files, instructionCount }, i) => {
    const next = saved[i + 1];
    const instructions = next === undefined ? null : next.instructionCount - instructionCount;
    return { snapshot: path, files, preopens: pathsOf(program), instructions };
  });
  const stdin = program.stdin === null ? null : join(folder, program.stdin);
  const order = join(scratch, 'order.json');
  writeFileSync(order, JSON.stringify({ module: join(folder, program.file), stdin, stages }));
  const { stdout } = await run(process.execPath, [resumer, order], { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout);
}

const digest = (...parts: readonly Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

describe.skipIf(programs.length === 0)(`programs resumed (GLASSBOX_SEED=${seed})`, () => {
  test.concurrent.each(programs.map((program) => [program.name, program] as const))('%s', async (name, program) => {
    const scratch = mkdtempSync(join(tmpdir(), 'glassbox-snapshots-'));
    try {
      const module = compile(readFileSync(join(folder, program.file)));
      const random = randomOf(name);
      const length = LEAST_SHARE * (program.approx_instructions ?? SHORT_RUN);
      const counts = Array.from({ length: STOPS }, () => Math.floor(random() * length)).sort((a, b) => a - b);

      const { saved, exitCode, outputAtFirst, stdout, store } = await runWithStops(program, module, counts, scratch);
      expect(exitCode).toBe(program.exit_code);
      expect(digest(stdout), 'output of the run that was stopped').toBe(program.stdout_sha256);

      const resumed = await resumeAll(program, saved, scratch);
      expect(resumed.different, 'states that differ').toEqual([]);
      expect(resumed.exitCode).toBe(program.exit_code);
      expect(resumed.instructionCount).toBe(store.instructionCount);
      expect(resumed.callCount).toBe(store.callCount);
      expect(digest(outputAtFirst, Buffer.from(resumed.stdout, 'base64')), 'output').toBe(program.stdout_sha256);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });

  test('by the command line, twice in a row', async () => {
    const program = programs.find(({ name }) => name === 'lua-script')!;
    const scratch = mkdtempSync(join(tmpdir(), 'glassbox-snapshots-'));
    const outputs: Buffer[] = [];
    const grants = ['--dir', `${join(folder, 'data')}::/`];
    const glass = async (...args: string[]) => {
      const done = await run(process.execPath, [glassbox, ...args], { cwd: scratch, encoding: 'buffer' }).catch(
        (error) => error,
      );
      outputs.push(done.stdout);
      return done.code ?? 0;
    };
    try {
      const stop = (file: string) => ['--stop-after', String(1_000_000 + (seed % 20_000_000)), '--snapshot', file];
      expect(await glass('run', ...grants, ...stop('a'), join(folder, program.file), ...program.args)).toBe(0);
      expect(await glass('resume', ...grants, ...stop('b'), 'a')).toBe(0);
      expect(await glass('resume', ...grants, 'b')).toBe(program.exit_code);
      expect(digest(...outputs)).toBe(program.stdout_sha256);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
