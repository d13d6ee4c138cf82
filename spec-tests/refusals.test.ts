/** Every place in decoder and validator that can refuse a module does so for some test's module. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { GlassboxError } from '../src/syntax/index.ts';
import { invalidModules } from './generate/invalid-modules.ts';
import { refusalOf, reportRefusals } from './generate/refusals.ts';
import { findSuites } from './suites.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const suites = findSuites();

describe('modules that the suites leave out', () => {
  test.each(invalidModules)('$name', ({ bytes, features, reason }) => {
    const refusal = refusalOf(bytes(), features);
    expect(refusal instanceof GlassboxError ? refusal.message : refusal).toContain(reason);
  });
});

test.runIf(suites !== undefined)('with the suites no place is left', () => {
  const { sites, refused } = reportRefusals(root, suites!);
  expect(sites.length).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(3000);
  const missed = sites.filter(({ count }) => count === 0);
  expect(missed.map(({ place, text }) => `${place} ${text}`)).toEqual([]);
});
