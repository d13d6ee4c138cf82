/** Runs `glassbox diff` as built and reads its report: for long runs, and for tests of the program. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The first line of a report. */
export interface DiffTotals {
  readonly cases: number;
  readonly seconds: number;
  readonly unexplained: number;
  readonly late: readonly string[];
  readonly died: readonly string[];
  readonly missing: readonly { readonly name: string }[];
  readonly counts: Readonly<
    Record<string, { readonly same: number; readonly calls: number; readonly inconclusive: number }>
  >;
  readonly explained: Readonly<Record<string, number>>;
}

export interface DiffRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Absent when nothing was run. */
  readonly totals: DiffTotals | undefined;
}

function run(
  args: readonly string[],
  progress: (line: string) => void,
): Promise<{ code: number | null; stdout: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [resolve('dist/glassbox.cjs'), 'diff', ...args], { stdio: 'pipe' });
    let stdout = '';
    child.stdout.on('data', (text: Buffer) => {
      stdout += text;
    });
    child.stderr.on('data', (text: Buffer) => progress(String(text).trim().split('\n').at(-1) ?? ''));
    child.on('close', (code) => done({ code, stdout }));
  });
}

/** @param args without `--corpus` and `--report`, which go to a temporary folder */
export async function runDiff(args: readonly string[], progress: (line: string) => void = () => {}): Promise<DiffRun> {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-diff-'));
  try {
    const { code, stdout } = await run([...args, '--corpus', join(folder, 'corpus'), '--report', folder], progress);
    return { exitCode: code, stdout, totals: readTotals(join(folder, 'differences.jsonl')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readTotals(path: string): DiffTotals | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8').split('\n')[0]!) as DiffTotals;
  } catch {
    return undefined;
  }
}

/**
 * A campaign beside engines, their names joined by commas, that must find nothing.
 *
 * @param usualCount its cases, unless GLASSBOX_DIFF_CASES says how many
 * @throws {Error} with all that was said when it finds something
 */
export async function expectAgreement(
  engines: string,
  progress: (line: string) => void,
  usualCount = 200_000,
): Promise<string> {
  const count = process.env.GLASSBOX_DIFF_CASES ?? String(usualCount);
  const seed = process.env.GLASSBOX_FUZZ_SEED ?? '1';
  const { exitCode, stdout, totals } = await runDiff(
    ['--against', engines, '--count', count, '--seed', seed],
    progress,
  );
  if (exitCode !== 0 || totals === undefined || totals.unexplained > 0) throw new Error(stdout);
  return stdout.trim().split('\n').slice(1).join('; ');
}
