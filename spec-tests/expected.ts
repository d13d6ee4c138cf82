/** Holds a report against the list of expected failures. */
import type { WastReport } from './run-wast.ts';

/**
 * Why commands cannot pass: by script and line; or one reason for a whole script, or for all scripts of a folder
 * (a path that ends in `/`), of which then none need pass.
 */
export type ExpectedFailures = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** Why a script is not claimed as a whole; `undefined` for one whose commands count. */
export function reasonOf(script: string, expected: ExpectedFailures): string | undefined {
  const entry = expected[script];
  if (entry !== undefined) return typeof entry === 'string' ? entry : undefined;
  const folder = Object.keys(expected).find((path) => path.endsWith('/') && script.startsWith(path));
  return folder === undefined ? undefined : (expected[folder] as string);
}

/**
 * What is wrong, a line each; nothing when all is as expected: every command passed that is not listed,
 * and every listed one of the scripts that ran did not.
 */
export function compareWithExpected(report: WastReport, expected: ExpectedFailures): string[] {
  const counted = report.files.filter(({ file }) => reasonOf(file, expected) === undefined);
  const problems = counted.flatMap(({ file, notPassed }) =>
    compareLines(file, notPassed, (expected[file] ?? {}) as Readonly<Record<string, string>>),
  );
  return [...problems, ...passingWhole(report, expected)];
}

/** Scripts and folders that are listed whole, ran, and passed. */
function passingWhole({ files }: WastReport, expected: ExpectedFailures): string[] {
  return Object.entries(expected).flatMap(([path, reason]) => {
    if (typeof reason !== 'string') return [];
    const ran = files.filter(({ file }) => file === path || (path.endsWith('/') && file.startsWith(path)));
    if (ran.length === 0 || ran.some(({ notPassed }) => notPassed.length > 0)) return [];
    return [`${path}: passes, so strike it off the expected failures (${reason})`];
  });
}

function compareLines(
  file: string,
  notPassed: WastReport['files'][number]['notPassed'],
  listed: Readonly<Record<string, string>>,
): string[] {
  const lines = new Set(notPassed.map(({ line }) => String(line)));
  const unexpected = notPassed
    .filter(({ line }) => listed[line] === undefined)
    .map(({ line, kind, status, message }) => `${file}:${line}: ${kind} ${status}: ${message ?? ''}`);
  const passing = Object.entries(listed)
    .filter(([line]) => !lines.has(line))
    .map(([line, reason]) => `${file}:${line}: passes, so strike it off the expected failures (${reason})`);
  return [...unexpected, ...passing];
}
