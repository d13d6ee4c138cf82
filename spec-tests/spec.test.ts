/**
 * The official suites, on the built program, in both lowerings. A command may fail only when
 * expected-failures.json says why, and then it must. The counts are those in results/ (`npx vitest -u` writes
 * them anew), from which docs/conformance.md is made.
 */
import { describe, expect, it } from 'vitest';
import { resultFile, resultOf } from './conformance.ts';
import { compareWithExpected } from './expected.ts';
import expectedFailures from './expected-failures.json' with { type: 'json' };
import { type Lowering, runSuite } from './run-wast.ts';
import { findSuites, scriptsOf, suites } from './suites.ts';

const root = findSuites();
const lowerings: readonly Lowering[] = ['fast', 'clear'];
const SUITE_TIMEOUT_MS = 120_000;

if (root === undefined) {
  console.warn(
    [
      '',
      '*** THE OFFICIAL TEST SUITES WERE NOT RUN: they were not found. ***',
      `*** Not run: ${suites.map(({ name, scripts }) => `${name} (${scripts} scripts)`).join(', ')}. ***`,
      "*** 'npm run suites' fetches them; or set GLASSBOX_SUITES to their folder. ***",
      '',
    ].join('\n'),
  );
}

describe.runIf(root !== undefined).each(suites)('official suite $name', (suite) => {
  it.each(lowerings)('passes with %s code', { timeout: SUITE_TIMEOUT_MS }, async (lowering) => {
    const scripts = scriptsOf(root!, suite);
    expect(scripts).toHaveLength(suite.scripts);
    // Scripts are too short for it otherwise; handlers have all other tests.
    const report = await runSuite(root!, suite, lowering, ['--loop=switch']);
    expect(report.files).toHaveLength(scripts.length);
    expect(report.passed).toBeGreaterThan(0);
    expect(compareWithExpected(report, expectedFailures)).toEqual([]);
    const result = `${JSON.stringify(resultOf(suite, report, expectedFailures), undefined, 2)}\n`;
    await expect(result).toMatchFileSnapshot(resultFile(suite));
  });
});
