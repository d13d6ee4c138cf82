/** Holds a report against the list of expected failures. */
import type { WastReport } from './run-wast.ts';

/** Script → line of the command → why it cannot pass. */
export type ExpectedFailures = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * What is wrong, a line each; nothing when all is as expected: every command passed that is not listed,
 * and every listed one of the scripts that ran did not.
 */
export function compareWithExpected(report: WastReport, expected: ExpectedFailures): string[] {
  const problems: string[] = [];
  for (const { file, notPassed } of report.files) {
    const listed = expected[file] ?? {};
    const lines = new Set(notPassed.map(({ line }) => String(line)));
    for (const { line, kind, status, message } of notPassed) {
      if (listed[line] === undefined) problems.push(`${file}:${line}: ${kind} ${status}: ${message ?? ''}`);
    }
    for (const [line, reason] of Object.entries(listed)) {
      if (!lines.has(line))
        problems.push(`${file}:${line}: passes, so strike it off the expected failures (${reason})`);
    }
  }
  return problems;
}
