/** Switches of features: what goes off with what, what comes on with what, and what makes no sense. */
import { describe, expect, it } from 'vitest';
import { type FeatureSwitches, featureNames, features, resolveFeatures, UsageError } from './index.ts';

const offWith = (switches: FeatureSwitches) => {
  const on = resolveFeatures(switches);
  return featureNames.filter((name) => !on.has(name));
};

describe('feature switches', () => {
  it('start from everything', () => {
    expect(offWith({})).toEqual([]);
  });

  it.each<[FeatureSwitches, string[]]>([
    [{ gc: false }, ['gc']],
    [{ 'function-references': false }, ['function-references', 'gc']],
    [{ 'reference-types': false }, ['reference-types', 'function-references', 'gc']],
    [{ simd: false }, ['simd', 'relaxed-simd']],
    [{ exceptions: false }, ['exceptions', 'legacy-exceptions']],
    [{ threads: false, 'tail-call': false, gc: true }, ['tail-call', 'threads']],
  ])('%o take what depends on them off', (switches, off) => {
    expect(offWith(switches)).toEqual(off);
  });

  it.each<[FeatureSwitches, string[]]>([
    [{}, []],
    [{ gc: true }, ['reference-types', 'function-references', 'gc']],
    [{ 'relaxed-simd': true }, ['simd', 'relaxed-simd']],
    [{ 'multi-value': true, gc: false }, ['multi-value']],
  ])('from nothing, %o take what they need on', (switches, on) => {
    expect([...resolveFeatures({ ...switches, 'all-proposals': false })].sort()).toEqual([...on].sort());
  });

  it.each<[object, string]>([
    [{ gc: true, 'reference-types': false }, 'the function-references feature needs reference-types, which is off'],
    [{ 'relaxed-simd': true, simd: false }, 'the relaxed-simd feature needs simd, which is off'],
    [{ simmd: false }, "there is no feature 'simmd'"],
    [{ toString: true }, "there is no feature 'toString'"],
  ])('%o make no sense', (switches, message) => {
    expect(() => resolveFeatures(switches)).toThrowError(new UsageError(message));
  });

  it('list each feature after those that it needs', () => {
    features.forEach(({ needs }, row) => {
      const earlier = featureNames.slice(0, row);
      expect(earlier).toEqual(expect.arrayContaining([...needs]));
    });
  });
});
