/**
 * Monitors of real programs, against a probe at every instruction.
 *
 * The programs are not part of the project. Without the folder `GLASSBOX_PROGRAMS`, or `../shared/programs` beside
 * the project, nothing is run.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, type Instance, inspect, instantiate, monitor, Store } from '../../api/index.ts';
import { HostExit } from '../../syntax/index.ts';
import { openDirectory } from '../../wasi/host/node/index.ts';
import { memoryHost, Wasi } from '../../wasi/index.ts';

interface Program {
  readonly name: string;
  readonly kind: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly stdin: string | null;
  /** Guest path → path below the folder; `TMP` is a new, empty one. */
  readonly preopens: Readonly<Record<string, string>>;
  readonly exit_code: number;
  readonly approx_instructions: number;
  readonly wasm_bytes: number;
}

/** A probe at every instruction takes its time. */
const MAX_INSTRUCTIONS = 1_000_000;
const MAX_BYTES = 500_000;

const folder = process.env.GLASSBOX_PROGRAMS ?? resolve(import.meta.dirname, '../../../../shared/programs');
const manifest = join(folder, 'manifest.json');
const all: Program[] = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).programs : [];
const programs = all.filter(({ kind, approx_instructions, wasm_bytes }) => {
  return kind === 'p1' && approx_instructions < MAX_INSTRUCTIONS && wasm_bytes < MAX_BYTES;
});

/** Runs a program; `attach` begins to look at it and returns what ends that. */
function runProgram(program: Program, attach: (instance: Instance) => () => void): Store {
  const temporary = mkdtempSync(join(tmpdir(), 'glassbox-monitors-'));
  const directories = Object.entries(program.preopens ?? {}).map(([guestPath, path]) => {
    return [guestPath, openDirectory(path === 'TMP' ? temporary : join(folder, path))] as const;
  });
  const host = memoryHost({ stdin: program.stdin === null ? '' : readFileSync(join(folder, program.stdin)) });
  const args = [basename(program.file), ...program.args];
  const wasi = new Wasi({ args, host, preopens: Object.fromEntries(directories) });
  const store = new Store();
  try {
    const instance = instantiate(compile(readFileSync(join(folder, program.file))), wasi.imports, { store });
    const end = attach(instance);
    let exitCode = 0;
    try {
      instance.call('_start');
    } catch (error) {
      if (!(error instanceof HostExit)) throw error;
      exitCode = error.exitCode;
    }
    end();
    expect(exitCode).toBe(program.exit_code);
  } finally {
    wasi.close();
    rmSync(temporary, { recursive: true });
  }
  return store;
}

describe.skipIf(programs.length === 0)('programs', () => {
  test.each(programs.map((each) => [each.name, each] as const))('%s', { timeout: 120_000 }, (_, program) => {
    const visits = new Map<number, number>();
    const plain = runProgram(program, (instance) => {
      const session = inspect(instance);
      session.addProbe('*', {
        before: ({ byteOffset }) => visits.set(byteOffset, (visits.get(byteOffset) ?? 0) + 1),
      });
      return () => session.close();
    });

    const requests = ['coverage:format=lcov,out=x', 'opcodes:format=json', 'profile:format=speedscope'];
    const out = requests.map(() => '');
    const store = runProgram(program, (instance) => {
      const session = inspect(instance);
      const orders = requests.map((request, i) => {
        const write = (text: string) => {
          out[i] += text;
        };
        return { request, output: { write, writeBeside: () => 'x.wat' } };
      });
      const monitors = monitor(session, orders);
      return () => {
        monitors.finish();
        session.close();
      };
    });

    const [lcov, opcodes, profile] = out as [string, string, string];
    // Lines of instructions are in the order of the code.
    const lines = [...lcov.matchAll(/^DA:\d+,(\d+)$/gm)].map(([, count]) => Number(count));
    const inOrder = [...visits].sort(([a], [b]) => a - b).map(([, count]) => count);
    expect(lines.filter((count) => count > 0)).toEqual(inOrder);
    const executed = JSON.parse(opcodes).opcodes.map((each: { executedCount: number }) => each.executedCount);
    expect(executed.reduce((sum: number, count: number) => sum + count, 0)).toBe(store.instructionCount);
    expect(JSON.parse(profile).profiles[0].endValue).toBe(store.instructionCount);
    expect([store.instructionCount, store.callCount]).toEqual([plain.instructionCount, plain.callCount]);
  });
});
