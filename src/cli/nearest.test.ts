/** What people probably meant. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest, suggestion } from './nearest.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['run', 'run', 0],
    ['run', 'rum', 1],
    ['run', 'ru', 1],
    ['run', 'runs', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
  ])('%s → %s takes %i', (from, to, edits) => expect(editDistance(from, to)).toBe(edits));

  it('is a metric', () => {
    const word = fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});

describe('nearest', () => {
  const commands = ['run', 'validate', 'print', 'parse'];
  it.each([
    ['valdate', 'validate'],
    ['val', 'validate'],
    ['prnit', undefined],
    ['pars', 'parse'],
    ['xyz', undefined],
    ['r', undefined],
  ])('%s → %s', (word, meant) => expect(nearest(word, commands)).toBe(meant));

  it('takes the closest of several', () => expect(nearest('--fue', ['--fuse', '--fuel', '--file'])).toBe('--fuel'));
});

describe('suggestion', () => {
  it.each([
    ['ad', ['add'], "did you mean 'add'?"],
    ['zz', ['add', 'sub'], 'there is: add, sub'],
    ['zz', [], undefined],
    ['zz', 'abcdefghij'.split(''), 'there is: a, b, c, d, e, f, g, h, and 2 more'],
  ])('%s of %j', (word, candidates, text) => expect(suggestion(word, candidates)).toBe(text));
});
