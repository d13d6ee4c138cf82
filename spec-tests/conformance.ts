/** What a suite's run comes to: the counts that docs/conformance.md shows, kept in spec-tests/results. */
import { type ExpectedFailures, reasonOf } from './expected.ts';
import type { WastReport } from './run-wast.ts';
import type { Suite } from './suites.ts';

/** Commands count in scripts that are not listed whole. */
export interface SuiteResult {
  readonly suite: string;
  readonly folder: string;
  readonly scripts: number;
  readonly passed: number;
  /** Commands that are listed with a reason. */
  readonly expectedFailures: number;
  /** Scripts that are listed whole, and all of their commands, though some pass. */
  readonly notClaimed: { readonly scripts: number; readonly commands: number };
}

export function resultOf({ name, folder }: Suite, report: WastReport, expected: ExpectedFailures): SuiteResult {
  const isClaimed = ({ file }: WastReport['files'][number]) => reasonOf(file, expected) === undefined;
  const claimed = report.files.filter(isClaimed);
  const others = report.files.filter((file) => !isClaimed(file));
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return {
    suite: name,
    folder,
    scripts: report.files.length,
    passed: sum(claimed.map(({ passed }) => passed)),
    expectedFailures: sum(claimed.map(({ notPassed }) => notPassed.length)),
    notClaimed: {
      scripts: others.length,
      commands: sum(others.map(({ passed, notPassed }) => passed + notPassed.length)),
    },
  };
}

/** The file of a suite's result, beside this one. */
export function resultFile({ folder }: Suite): string {
  return `results/${folder.replaceAll('/', '-')}.json`;
}
