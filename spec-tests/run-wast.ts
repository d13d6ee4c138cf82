/** Runs scripts through the built program, as users do, and reads its report. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { groupsOf, type Suite } from './suites.ts';

const program = resolve('dist/glassbox.cjs');
const MAX_REPORT_BYTES = 2 ** 26;

export interface NotPassed {
  readonly line: number;
  readonly kind: string;
  readonly status: 'failed' | 'skipped';
  readonly message?: string;
}

export interface WastReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly files: readonly {
    readonly file: string;
    readonly passed: number;
    readonly notPassed: readonly NotPassed[];
  }[];
}

export type Lowering = 'fast' | 'clear';

/** The report of `glassbox wast --json`. @throws {Error} with what the program said, when there is no report */
export function runWast(
  folder: string,
  paths: readonly string[],
  lowering: Lowering,
  options: readonly string[] = [],
): Promise<WastReport> {
  const args = [program, 'wast', '--json', `--lowering=${lowering}`, ...options, ...paths];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: MAX_REPORT_BYTES }, (error, stdout, stderr) => {
      // A failed command is an exit code of 1 and a report; anything else is no report.
      if (stdout !== '') resolve(JSON.parse(stdout) as WastReport);
      else reject(new Error(`glassbox wast gave no report: ${stderr || String(error)}`));
    });
  });
}

/** Runs all scripts of a suite, each with the options it asks for beside `usual`. */
export async function runSuite(
  root: string,
  suite: Suite,
  lowering: Lowering,
  usual: readonly string[] = [],
): Promise<WastReport> {
  const reports: WastReport[] = [];
  for (const { options, scripts } of groupsOf(root, suite)) {
    reports.push(await runWast(root, scripts, lowering, [...usual, ...options]));
  }
  const sum = (count: (report: WastReport) => number) => reports.reduce((total, report) => total + count(report), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    files: reports.flatMap(({ files }) => files),
  };
}
