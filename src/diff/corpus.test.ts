/** Scripts of the corpus, written and read back. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { runScript } from '../script/index.ts';
import { F32, F64, I32, I64, V128, type ValType } from '../syntax/index.ts';
import { parseModule } from '../text/index.ts';
import type { Case, Ending } from './case.ts';
import { keepScript, readCorpus, scriptOf } from './corpus.ts';
import { assertionText, constantText } from './script-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-corpus-'));
afterAll(() => rmSync(folder, { recursive: true }));

const text = '(module (func (param i32) (result i32) (i32.shr_s (local.get 0) (i32.const 1))) (func unreachable))';
const testCase: Case = {
  name: 'typed-host',
  seed: 77,
  bytes: parseModule(text).bytes,
  calls: [
    { funcidx: 0, args: ['fffffff8'] },
    { funcidx: 1, args: [] },
  ],
  importSeed: 3,
  nans: 'before',
  fuel: 400,
};
const endings: Ending[] = [
  { kind: 'results', bits: [] },
  { kind: 'results', bits: ['00000000fffffffc'] },
  { kind: 'trap', traps: ['unreachable'], message: 'unreachable' },
];
const script = scriptOf(testCase, {
  difference: {
    step: 1,
    kind: 'results',
    text: 'call 1: ours 1;\ntheirs 2',
    ours: { engine: 'glassbox', text: '' },
    theirs: { engine: 'v8', text: '' },
  },
  location: { instruction: 'i32.shr_s', funcidx: 0, byteOffset: 40, text: 'i32.shr_s\n  in function 0' },
  endings,
  versions: 'glassbox 1, v8 2',
});

test('a script is read back as the case that it was', () => {
  keepScript(folder, 'v8 results i32.shr_s', script);
  keepScript(folder, 'v8 results i32.shr_s', script);
  const corpus = readCorpus(folder);
  expect(corpus.map(({ path }) => path.slice(folder.length + 1))).toEqual([
    'v8-results-i32.shr_s-2.wast',
    'v8-results-i32.shr_s.wast',
  ]);
  const { name, bytes, ...rest } = corpus[0]!.kept;
  const { name: _, bytes: __, ...expected } = testCase;
  expect(rest).toEqual(expected);
  expect(name).toContain('v8-results-i32.shr_s');
  expect(decodeModule(bytes).funcs).toHaveLength(2);
});

test('a script passes where the other engine is right', () => {
  const { outcomes } = runScript(readFileSync(join(folder, 'v8-results-i32.shr_s.wast'), 'utf8'));
  expect(outcomes.map(({ status }) => status)).toEqual(['passed', 'passed', 'passed']);
});

test('a folder that is not there is an empty corpus', () => {
  expect(readCorpus(join(folder, 'nothing'))).toEqual([]);
});

describe('constants as the text format writes them', () => {
  const cases: readonly [ValType, string, string][] = [
    [I32, 'ffffffff', '(i32.const -1)'],
    [I64, '8000000000000000', '(i64.const -9223372036854775808)'],
    [F32, '3dcccccd', '(f32.const 0.10000000149011612)'],
    [F32, 'ffa00001', '(f32.const -nan:0x200001)'],
    [F32, '80000000', '(f32.const -0)'],
    [F64, '7ff0000000000000', '(f64.const inf)'],
    [F64, 'fff8000000000000', '(f64.const -nan:0x8000000000000)'],
    [V128, '00000004000000030000000200000001', '(v128.const i32x4 0x00000001 0x00000002 0x00000003 0x00000004)'],
  ];
  test.each(cases)('%i %s', (type, bits, expected) => expect(constantText(type, bits)).toBe(expected));
});

describe('endings as assertions', () => {
  const module = decodeModule(parseModule('(module (func (param i64) (result f32) (f32.const 0)))').bytes);
  const call = { funcidx: 0, args: ['0000000000000001'] };
  const cases: readonly [string, Ending | undefined, string][] = [
    [
      'results',
      { kind: 'results', bits: ['000000003f800000'] },
      '(assert_return (invoke "f" (i64.const 1)) (f32.const 1))',
    ],
    [
      'a NaN',
      { kind: 'results', bits: ['00000000ffc00000'] },
      '(assert_return (invoke "f" (i64.const 1)) (f32.const nan:canonical))',
    ],
    [
      'a trap',
      { kind: 'trap', traps: ['unreachable'], message: '' },
      '(assert_trap (invoke "f" (i64.const 1)) "unreachable")',
    ],
    ['an exception', { kind: 'exception', tagidx: 0, payload: [] }, '(assert_exception (invoke "f" (i64.const 1)))'],
    ['nothing known', undefined, '(invoke "f" (i64.const 1))'],
  ];
  test.each(cases)('%s', (_, ending, expected) => expect(assertionText(module, call, 'f', ending)).toBe(expected));
});
