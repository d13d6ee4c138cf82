/**
 * Real programs from elsewhere, run on WASI preview 1: interpreters, compilers' tools, a database, a search tool.
 *
 * They are not part of the project. Without the folder `GLASSBOX_PROGRAMS`, or `../shared/programs` beside
 * the project, nothing is run. Output is compared by its SHA-256 with that of another engine.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, instantiate } from '../api/index.ts';
import { HostExit } from '../syntax/index.ts';
import { openDirectory } from './host/node/index.ts';
import { memoryHost, Wasi } from './index.ts';

interface Program {
  readonly name: string;
  readonly kind: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly stdin: string | null;
  /** Guest path → path below the folder; `TMP` is a new, empty one. */
  readonly preopens: Readonly<Record<string, string>>;
  readonly exit_code: number;
  readonly stdout_sha256: string;
}

const folder = process.env.GLASSBOX_PROGRAMS ?? resolve(import.meta.dirname, '../../../shared/programs');
const manifest = join(folder, 'manifest.json');
const programs: Program[] = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).programs : [];

function runProgram(program: Program, temporary: string): { exitCode: number; stdout: Uint8Array } {
  const host = memoryHost({ stdin: program.stdin === null ? '' : readFileSync(join(folder, program.stdin)) });
  const directories = Object.entries(program.preopens ?? {}).map(([guestPath, path]) => {
    return [guestPath, openDirectory(path === 'TMP' ? temporary : join(folder, path))] as const;
  });
  const args = [basename(program.file), ...program.args];
  const wasi = new Wasi({ args, host, preopens: Object.fromEntries(directories) });
  let exitCode = 0;
  try {
    instantiate(compile(readFileSync(join(folder, program.file))), wasi.imports).call('_start');
  } catch (error) {
    if (!(error instanceof HostExit)) throw error;
    exitCode = error.exitCode;
  } finally {
    wasi.close();
  }
  return { exitCode, stdout: host.output.stdout };
}

describe.skipIf(programs.length === 0)('programs', () => {
  test.each(programs.filter(({ kind }) => kind === 'p1').map((each) => [each.name, each] as const))(
    '%s',
    { timeout: 120_000 },
    (_, program) => {
      const temporary = mkdtempSync(join(tmpdir(), 'glassbox-program-'));
      try {
        const { exitCode, stdout } = runProgram(program, temporary);
        expect(createHash('sha256').update(stdout).digest('hex')).toBe(program.stdout_sha256);
        expect(exitCode).toBe(program.exit_code);
      } finally {
        rmSync(temporary, { recursive: true });
      }
    },
  );
});
