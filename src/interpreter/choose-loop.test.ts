/** The probe of loops, with clocks that make hosts of all kinds of it. */
import { describe, expect, test } from 'vitest';
import { chooseLoop } from './choose-loop.ts';

const ROUNDS = 3;
/** How often a faster way must be confirmed by a fine clock. */
const CONFIRMATIONS = 2;

type Pair = readonly [usualMs: number, candidateMs: number];
const always = (pair: Pair) => Array.from({ length: CONFIRMATIONS }, () => pair);

/** A clock by which the timings, each pair with the usual way first, take so many milliseconds. */
function clockOf(pairs: readonly Pair[]): () => number {
  const steps = pairs.flatMap((pair) => Array.from({ length: ROUNDS }, () => pair).flat());
  let now = 0.5;
  let reads = 0;
  return () => {
    // The first two reads look at the clock itself; then they come in twos, before and after a timing.
    const index = (reads++ >> 1) - 1;
    if (reads % 2 === 0) now += steps[index] ?? 0;
    return now;
  };
}

describe('the loop', () => {
  test.each([
    [
      'a switch and 64-bit integers where they are fast',
      [
        [1, 1],
        [1, 1],
      ],
      'switch',
    ],
    [
      'a switch where handlers are hardly faster',
      [
        [1, 0.7],
        [1, 0.7],
      ],
      'switch',
    ],
    ['a switch where handlers are faster only at first', [...always([9, 1]).slice(1), [1, 1], [1, 1]], 'switch'],
    ['halves where 64-bit integers are slow', [[1, 2], ...always([9, 1])], 'halves'],
    ['handlers where a switch is slow', always([5, 1]), 'handlers'],
  ] as readonly (readonly [string, Pair[], string])[])('is %s', (_, pairs, expected) => {
    expect(chooseLoop(clockOf(pairs))).toBe(expected);
  });

  test('is the switch when the clock stands still', () => {
    expect(chooseLoop(() => 0.5)).toBe('switch');
  });

  test('is one of the three by the real clock', () => {
    expect(['switch', 'halves', 'handlers']).toContain(chooseLoop());
  });
});
