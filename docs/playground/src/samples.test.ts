/** Samples stay few, in order, and spread over the run. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Samples } from './samples.ts';

function sample(instructionCount: number) {
  return { instructionCount, depth: 1, memoryBytes: 0 };
}

describe('Samples', () => {
  test('has one an instruction for a short run', () => {
    const samples = new Samples();
    for (let i = 0; i < 100; i++) samples.add(sample(i));
    expect(samples.all).toHaveLength(100);
    expect(samples.nextAfter(99)).toBe(100);
  });

  test('keeps few of a long run, with its ends', () => {
    const samples = new Samples();
    for (let at = 0; at <= 1_000_000; at = samples.nextAfter(at)) samples.add(sample(at));
    expect(samples.all.length).toBeLessThanOrEqual(2001);
    expect(samples.all.length).toBeGreaterThan(500);
    expect(samples.all[0]!.instructionCount).toBe(0);
    expect(samples.all.at(-1)!.instructionCount).toBeGreaterThan(999_000);
  });

  test('is in order, without doubles, whatever order they come in', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { maxLength: 3000 }), (counts) => {
        const samples = new Samples();
        for (const each of counts) samples.add(sample(each));
        const kept = samples.all.map(({ instructionCount }) => instructionCount);
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      }),
    );
  });

  test('forgets what comes after a moment', () => {
    const samples = new Samples();
    for (const each of [1, 2, 3, 4]) samples.add(sample(each));
    samples.dropAfter(2);
    expect(samples.all.map(({ instructionCount }) => instructionCount)).toEqual([1, 2]);
  });
});
