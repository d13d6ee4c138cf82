/**
 * Each dispatch loop passes the official suites, but for what may fail in all, and agrees with the usual one in
 * GLASSBOX_DIFF_CASES modules (20,000).
 */
import { loopNames } from '../../src/api/index.ts';
import { expectAgreement } from '../differ.ts';
import { compareWithExpected } from '../expected.ts';
import expectedFailures from '../expected-failures.json' with { type: 'json' };
import { runSuite } from '../run-wast.ts';
import { findSuites, suites } from '../suites.ts';

const CASES = 20_000;

export async function main(progress: (text: string) => void = () => {}): Promise<string> {
  const root = findSuites();
  if (root === undefined) throw new Error('the official suites are not here: npm run suites fetches them');
  const passed = new Map<string, number>(loopNames.map((loop) => [loop, 0]));
  const problems: string[] = [];
  for (const loop of loopNames) {
    for (const suite of suites) {
      progress(`${suite.name} in the loop ${loop}`);
      const report = await runSuite(root, suite, 'fast', [`--loop=${loop}`]);
      if (report.passed === 0) problems.push(`${loop}: nothing passes in ${suite.name}`);
      problems.push(...compareWithExpected(report, expectedFailures).map((problem) => `${loop}: ${problem}`));
      passed.set(loop, passed.get(loop)! + report.passed);
    }
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const counts = [...passed].map(([loop, count]) => `${count} commands in the loop ${loop}`).join(', ');
  return `${counts}; ${await expectAgreement(loopNames.join(), progress, CASES)}`;
}
