/** Problems of custom sections: each is told once, and none makes a module invalid. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { parseModule } from '../text/index.ts';
import { customProblems, validateModule } from './index.ts';

function problemsOf(fields: string): string[] {
  const module = decodeModule(parseModule(`(module ${fields})`).bytes);
  validateModule(module);
  return customProblems(module).map(({ section, kind, reason }) => `${section} ${kind}: ${reason}`);
}

// Its entry: 0 locals, local.get 0 at 1, if at 3, end at 5, end at 6.
const func = '(func (param i32) local.get 0 if end)';
const hints = (bytes: string, place = 'before code') =>
  `${func} (@custom "metadata.code.branch_hint" (${place}) "${bytes}")`;
const hintSection = 'metadata.code.branch_hint';

describe('sound custom sections', () => {
  it.each([
    ['none', func],
    ['names', `(@name "m") (func $f (local $l i32))`],
    ['a hint', hints('\\01\\00\\01\\03\\01\\01')],
    ['a hint as an annotation', '(func (param i32) local.get 0 (@metadata.code.branch_hint "\\01") if end)'],
    ['no hints', hints('\\00')],
    ['sections of others', '(@custom "producers" "\\ff") (@custom "producers" "\\ff")'],
  ])('have no problem: %s', (_name, fields) => {
    expect(problemsOf(fields)).toEqual([]);
  });
});

describe('problems', () => {
  it.each([
    ['damaged names', '(@custom "name" "\\01\\05")', /^name malformed: /],
    ['names twice', '(@custom "name" "") (@custom "name" "")', /^name malformed: duplicate name section$/],
    ['a cut section', hints('\\01\\00\\01\\03\\01'), /branch_hint malformed: unexpected end/],
    ['a hint of two bytes', hints('\\01\\00\\01\\03\\02\\01\\01'), /malformed: a branch hint has 1 byte, not 2/],
    ['a value past 1', hints('\\01\\00\\01\\03\\01\\02'), /malformed: a branch hint is 0 or 1, not 2/],
    ['bytes left over', hints('\\00\\00'), /malformed: section size mismatch/],
    ['hints out of order', hints('\\01\\00\\02\\03\\01\\01\\03\\01\\01'), /malformed: branch hint is not after/],
    ['functions out of order', hints('\\02\\00\\00\\00\\00'), /malformed: function 0 is not after/],
    ['hints after the code', hints('\\00', 'after code'), /malformed: misplaced .* after the code/],
    [
      'a hint at no branch',
      hints('\\01\\00\\01\\01\\01\\01'),
      /invalid: .*invalid target: function 0 has no if or br_if/,
    ],
    ['a hint within an instruction', hints('\\01\\00\\01\\04\\01\\01'), /invalid: .*invalid target/],
    ['a hint past the body', hints('\\01\\00\\01\\7f\\01\\01'), /invalid: .*invalid target/],
    ['a hint for no function', hints('\\01\\09\\01\\03\\01\\01'), /invalid: .*invalid target: function 9/],
    [
      'a hint for an import',
      `(import "" "" (func)) ${hints('\\01\\00\\01\\03\\01\\01')}`,
      /invalid target: function 0/,
    ],
  ])('%s', (_name, fields, problem) => {
    const problems = problemsOf(fields);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it('of both sections', () => {
    const problems = problemsOf(`(@custom "name" "\\01") ${hints('\\01')}`);
    expect(problems.map((text) => text.split(' ')[0])).toEqual(['name', hintSection]);
  });
});
