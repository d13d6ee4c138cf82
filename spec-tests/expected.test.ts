/** The list of expected failures must bite in both directions. */
import { expect, it } from 'vitest';
import { compareWithExpected } from './expected.ts';
import type { WastReport } from './run-wast.ts';

const report: WastReport = {
  passed: 1,
  failed: 1,
  skipped: 1,
  files: [
    {
      file: 'a.wast',
      passed: 1,
      notPassed: [
        { line: 3, kind: 'assert_return', status: 'failed', message: 'got 1' },
        { line: 9, kind: 'thread', status: 'skipped', message: 'no threads' },
      ],
    },
  ],
};

it.each([
  { name: 'all listed', listed: { 3: 'why', 9: 'why' }, problems: [] },
  { name: 'a failure that is not listed', listed: { 9: 'why' }, problems: ['a.wast:3: assert_return failed: got 1'] },
  { name: 'a skip that is not listed', listed: { 3: 'why' }, problems: ['a.wast:9: thread skipped: no threads'] },
  {
    name: 'a listed command that passes',
    listed: { 3: 'why', 9: 'why', 12: 'old bug' },
    problems: ['a.wast:12: passes, so strike it off the expected failures (old bug)'],
  },
])('$name', ({ listed, problems }) => {
  expect(compareWithExpected(report, { 'a.wast': listed })).toEqual(problems);
});

it.each([
  { name: 'a script listed whole', listed: { 'a.wast': 'why' }, problems: [] },
  { name: 'another script', listed: { 'b.wast': 'why' }, problems: ['a.wast:3: assert_return failed: got 1'] },
  { name: 'its folder', listed: { 'd/': 'why' }, file: 'd/a.wast', problems: [] },
  {
    name: 'a folder whose name only begins alike',
    listed: { 'd/': 'why' },
    file: 'd2/a.wast',
    problems: ['d2/a.wast:3'],
  },
  {
    name: 'a script listed whole that passes',
    listed: { 'a.wast': 'why' },
    notPassed: [],
    problems: ['a.wast: passes, so strike it off the expected failures (why)'],
  },
  {
    name: 'a folder whose scripts all pass',
    listed: { 'd/': 'why' },
    file: 'd/a.wast',
    notPassed: [],
    problems: ['d/: passes, so strike it off the expected failures (why)'],
  },
])('$name', ({ listed, file = 'a.wast', notPassed = report.files[0]!.notPassed.slice(0, 1), problems }) => {
  const found = compareWithExpected({ ...report, files: [{ file, passed: 1, notPassed }] }, listed);
  expect(found.map((problem, i) => problem.slice(0, problems[i]?.length))).toEqual(problems);
});

it('leaves alone what is listed for scripts that did not run', () => {
  expect(compareWithExpected({ ...report, files: [] }, { 'b.wast': { 1: 'why' } })).toEqual([]);
});
