/** Prepared modules beside the modules that they were made of. */
import { describe, expect, test } from 'vitest';
import { parseModule } from '../../text/index.ts';
import type { Case, NanMode, Observation } from '../case.ts';
import { glassboxEngine, hostEngine, isMissing } from '../engines/index.ts';
import { PrepareError, prepareCase } from './index.ts';

const limits = { timeoutMs: 5000, maxMemoryBytes: 2 ** 26 };
const ours = glassboxEngine('fast', 'test');

function caseOf(text: string, rest: Partial<Case> = {}): Case {
  const { bytes } = parseModule(text);
  return {
    name: 'test',
    seed: 2,
    bytes,
    calls: [{ funcidx: 0, args: [] }],
    importSeed: 0,
    nans: 'none',
    fuel: 0,
    ...rest,
  };
}

async function run(text: string, rest: Partial<Case> = {}): Promise<readonly Observation[]> {
  const prepared = prepareCase(caseOf(text, rest));
  const [outcome] = await ours.run([prepared], limits);
  if (outcome?.kind !== 'ran') throw new Error(outcome?.message);
  return outcome.observations;
}

describe('results are told to the bit', () => {
  const cases: readonly [string, string, readonly string[]][] = [
    ['i32', '(i32.const -2)', ['00000000fffffffe']],
    ['i64', '(i64.const -2)', ['fffffffffffffffe']],
    ['f32', '(f32.const nan:0x1)', ['000000007f800001']],
    ['f64', '(f64.const -nan:0x1)', ['fff0000000000001']],
    ['v128', '(v128.const i64x2 1 -1)', ['0000000000000001', 'ffffffffffffffff']],
    ['funcref', '(ref.null func)', ['0000000000000000']],
    ['i31ref', '(ref.i31 (i32.const 3))', ['000000000000000e']],
    ['(ref null any)', '(ref.i31 (i32.const -1))', ['00000000fffffffe']],
  ];
  test.each(cases)('%s', async (type, text, bits) => {
    const [, call] = await run(`(module (func (result ${type}) ${text}))`);
    expect(call!.ending).toEqual({ kind: 'results', bits });
  });
});

describe('arguments arrive to the bit', () => {
  const cases: readonly [string, string, string, readonly string[]][] = [
    ['i32', 'fffffffe', '(local.get 0)', ['00000000fffffffe']],
    ['f32', '7fa00001', '(i32.reinterpret_f32 (local.get 0))', ['000000007fa00001']],
    ['f64', 'fff0000000000001', '(i64.reinterpret_f64 (local.get 0))', ['fff0000000000001']],
    ['v128', '00000000000000030000000000000001', '(i32x4.extract_lane 2 (local.get 0))', ['0000000000000003']],
    ['externref', 'null', '(ref.is_null (local.get 0))', ['0000000000000001']],
    ['(ref i31)', '00000005', '(i31.get_s (local.get 0))', ['0000000000000005']],
    ['(ref null i31)', '00000005', '(i31.get_s (local.get 0))', ['0000000000000005']],
  ];
  test.each(cases)('%s', async (type, bits, text, expected) => {
    const result = type === 'f64' ? 'i64' : 'i32';
    const [, call] = await run(`(module (func (param ${type}) (result ${result}) ${text}))`, {
      calls: [{ funcidx: 0, args: [bits] }],
    });
    expect(call!.ending).toEqual({ kind: 'results', bits: expected });
  });
});

test('imported functions log what they get and answer by the script', async () => {
  const text = `(module (import "a" "f" (func $f (param i32 f64) (result i32)))
    (func (result i32) (call $f (i32.const 7) (f64.const 1))))`;
  const calls = [{ funcidx: 1, args: [] }];
  const [, zeros] = await run(text, { calls });
  expect(zeros!.ending).toEqual({ kind: 'results', bits: ['0000000000000000'] });
  expect(zeros!.log).toEqual([
    [0, '0000000000000007'],
    [0, '3ff0000000000000'],
  ]);
  const first = (await run(text, { calls, importSeed: 5 }))[1];
  const second = (await run(text, { calls, importSeed: 5 }))[1];
  expect(first!.ending).toEqual(second!.ending);
});

test('imported memories, tables and globals become the module’s own', async () => {
  const text = `(module (import "spectest" "global_i32" (global i32)) (import "m" "memory" (memory 1))
    (import "t" "table" (table 3 funcref)) (data (global.get 0) "abc")
    (func (result i32 i32) (i32.load8_u (global.get 0)) (table.size 0)))`;
  const [, call] = await run(text);
  expect(call!.ending).toEqual({ kind: 'results', bits: ['0000000000000061', '0000000000000003'] });
});

test('an exception that leaves a call is told with its payload', async () => {
  const text = '(module (tag (param i32 i64)) (func (throw 0 (i32.const 5) (i64.const -1))))';
  const [, call] = await run(text);
  expect(call!.ending).toEqual({ kind: 'exception', tagidx: 0, payload: ['0000000000000005', 'ffffffffffffffff'] });
});

test('globals and tables are told after each call', async () => {
  const text = `(module (global (mut i32) (i32.const 1)) (table 2 funcref) (elem declare func 0)
    (func (global.set 0 (i32.const 9)) (table.set 0 (i32.const 1) (ref.func 0))))`;
  const [start, call] = await run(text);
  expect(start!.state[0]).toBe('0000000000000001');
  expect(call!.state[0]).toBe('0000000000000009');
  expect(call!.state[1]).toBe('0000000000000002');
  expect(call!.state[2]).not.toBe(start!.state[2]);
});

describe('what has no end', () => {
  const endless = { loop: '(loop (br 0))', recursion: '(call 0)', 'tail call': '(return_call 0)' };
  test.each(Object.entries(endless))('%s ends in a trap when its fuel is used up', async (_, text) => {
    const [, call] = await run(`(module (func ${text}))`, { fuel: 100 });
    expect(call!.ending).toMatchObject({ kind: 'trap', traps: ['unreachable'] });
  });
});

describe('NaNs that an engine may choose', () => {
  const text = `(module (memory 1) (func (result i32)
    (f32.store (i32.const 0) (f32.neg (f32.div (f32.const 0) (f32.const 0)))) (i32.load (i32.const 0))))`;
  const modes: readonly [NanMode, string][] = [
    ['none', '00000000ffc00000'],
    ['after', '00000000ffc00000'],
    ['before', '000000007fc00000'],
  ];
  test.each(modes)('%s', async (nans, bits) => {
    const [, call] = await run(text, { nans });
    expect(call!.ending).toEqual({ kind: 'results', bits: [bits] });
  });

  test('payloads that only move stay', async () => {
    const moves = '(module (func (result i32) (i32.reinterpret_f32 (f32.neg (f32.const nan:0x1234)))))';
    const [, call] = await run(moves, { nans: 'after' });
    expect(call!.ending).toEqual({ kind: 'results', bits: ['00000000ff801234'] });
  });
});

describe('the host takes what is prepared', () => {
  const modules: Readonly<Record<string, string>> = {
    vectors: '(module (func (param v128) (result v128) (f32x4.add (local.get 0) (local.get 0))))',
    'a start function': '(module (memory 1) (func) (func $s (i32.store (i32.const 0) (i32.const 1))) (start $s))',
    'references to functions': '(module (func (result funcref) (ref.func 1)) (func) (export "f" (func 1)))',
    'several results': '(module (func (result i32 f64 i64) (i32.const 1) (f64.const 2) (i64.const 3)))',
    'atomic waiting': `(module (memory 1 1 shared) (func (result i32)
      (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))`,
  };
  test.each(Object.entries(modules))('%s', async (_, text) => {
    const host = hostEngine();
    if (isMissing(host)) throw new Error(host.missing);
    const args = text.includes('param v128') ? ['7fc000007fa0000000000000bf800000'] : [];
    const prepared = prepareCase(caseOf(text, { calls: [{ funcidx: 0, args }], nans: 'after', fuel: 50 }));
    const [[mine], [theirs]] = await Promise.all([ours.run([prepared], limits), host.run([prepared], limits)]);
    const seen = (outcome: typeof mine) => {
      if (outcome?.kind !== 'ran') throw new Error(outcome?.message);
      return outcome.observations.map(({ ending, memories, state }) => ({ ending, memories, state }));
    };
    expect(seen(mine)).toEqual(seen(theirs));
  });
});

describe('what cannot be run the same way everywhere', () => {
  const modules: Readonly<Record<string, string>> = {
    'a huge memory': '(module (memory 20000) (func))',
    'a huge table': '(module (table 5000000 funcref) (func))',
    'an imported reference that cannot be made': '(module (import "a" "b" (global (ref extern))) (func))',
  };
  test.each(Object.entries(modules))('%s', (_, text) => {
    expect(() => prepareCase(caseOf(text))).toThrow(PrepareError);
  });
});
