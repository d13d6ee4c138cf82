/** Some scripts of the official suites, raw and prepared; `npm run long normalised` takes all of them. */
import { describe, expect, test } from 'vitest';
import { compareNormalised } from './normalised.ts';
import { findSuites, scriptsOf, suites } from './suites.ts';

const root = findSuites();
/** Every so many scripts. */
const STRIDE = 20;
const MIN_CALLS = 1000;

describe.runIf(root !== undefined)('modules of the official suites do the same when they are prepared', () => {
  test('every twentieth script', { timeout: 120_000 }, async () => {
    const scripts = suites
      .filter(({ folder }) => folder.startsWith('core/') && !folder.includes('descriptors'))
      .flatMap((suite) => scriptsOf(root as string, suite))
      .filter((path) => path.endsWith('.wast'));
    const { calls, differences } = await compareNormalised(
      root as string,
      scripts.filter((_, i) => i % STRIDE === 0),
    );
    expect(differences).toEqual([]);
    expect(calls).toBeGreaterThan(MIN_CALLS);
  });

  test('and it is noticed when they do not', { timeout: 120_000 }, async () => {
    const { differences } = await compareNormalised(root as string, ['core/spec/fac.wast'], () => {}, 3);
    expect(differences.join()).toMatch(/fac\.wast.* returns .*, but prepared traps: unreachable/);
  });
});
