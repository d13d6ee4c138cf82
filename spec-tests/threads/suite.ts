/** The programs of the wasi-threads proposal, run by the built command line with a standard input that blocks. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findSuites } from '../suites.ts';

export interface SuiteProgram {
  readonly name: string;
  readonly path: string;
  readonly exitCode: number;
}

/** All; none where the suites are not here. */
export function suitePrograms(): SuiteProgram[] {
  const suites = findSuites();
  const folder = suites === undefined ? undefined : join(suites, 'wasi-threads');
  if (folder === undefined || !existsSync(folder)) return [];
  const sources = readdirSync(folder).filter((name) => name.startsWith('wasi_threads_') && name.endsWith('.wat'));
  return sources.map((source) => {
    const expected = join(folder, source.replace(/\.wat$/, '.json'));
    const { exit_code: exitCode = 0 } = existsSync(expected) ? JSON.parse(readFileSync(expected, 'utf8')) : {};
    return { name: source.replace(/\.wat$/, ''), path: join(folder, source), exitCode };
  });
}

export interface ProgramOutcome {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const glassbox = resolve('dist/glassbox.cjs');

/**
 * Runs `glassbox run`; its standard input brings nothing and does not end.
 *
 * @param timeoutMs then it is killed, and its exit code is null
 */
export function runBlocked(args: readonly string[], timeoutMs = 60_000): Promise<ProgramOutcome> {
  const child = spawn(process.execPath, [glassbox, 'run', ...args], { stdio: 'pipe' });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const chunks: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      child.stdin.destroy();
      resolve({ exitCode, stdout: Buffer.concat(chunks), stderr });
    });
  });
}
