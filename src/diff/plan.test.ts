/** Plans, and the cases that follow from a source and a seed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { parseModule } from '../text/index.ts';
import { validateModule } from '../validator/index.ts';
import type { Generator, Profile } from './case.ts';
import { profilesFor, takesProfile } from './engines/index.ts';
import { modulesIn } from './module-files.ts';
import { makePlan, type PlanOptions } from './plan.ts';
import { prepareCase } from './prepare/index.ts';
import { Random } from './random.ts';
import { generatorSource } from './sources.ts';
import { instructionSweep } from './sweep/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-plan-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { bytes } = parseModule('(module (func (param i32 f64 v128 externref) (result i32) (local.get 0)))');
const generator = (name: string): Generator => ({ name, next: () => bytes });
const base: PlanOptions = {
  ...{ corpusFolder: undefined, files: [], rounds: 2, generators: [], profile: 'host', seed: 0, callCount: 3 },
  count: undefined,
};

describe('plans', () => {
  test('generators take turns, each seed once', () => {
    const plan = makePlan({ ...base, generators: [generator('a'), generator('b')], count: 4 });
    const refs = [0, 1, 2, 3, 4].map(plan.at);
    expect(refs.map((ref) => ref && `${ref.source}:${ref.seed}`)).toEqual([
      ...['a-host:0', 'b-host:0', 'a-host:1', 'b-host:1'],
      undefined,
    ]);
  });

  test('a generator has as many turns in a round as its share, spread over it', () => {
    const generators = [{ ...generator('a'), share: 4 }, { ...generator('b'), share: 2 }, generator('c')];
    const plan = makePlan({ ...base, generators });
    const names = (from: number) => Array.from({ length: 7 }, (_, i) => plan.at(from + i)!);
    const ids = (from: number) => names(from).map(({ source, seed }) => `${source[0]}${seed}`);
    expect(ids(0).join(' ')).toBe('a0 b0 c0 a1 a2 b1 a3');
    expect(ids(7).join(' ')).toBe('a4 b2 c1 a5 a6 b3 a7');
  });

  test('files have as many seeds as asked for, and generators rest', () => {
    const files = [{ name: 'x.wasm', bytes, calls: [] }];
    const plan = makePlan({ ...base, files, generators: [generator('a')] });
    expect([0, 1, 2].map(plan.at)).toEqual([{ source: 'x.wasm', seed: 0 }, { source: 'x.wasm', seed: 1 }, undefined]);
  });
});

describe('plans for several engines', () => {
  test('have modules of each profile', () => {
    const plan = makePlan({ ...base, generators: [generator('a')], profile: ['host', 'common'] });
    expect([0, 1, 2].map(plan.at).map((ref) => `${ref!.source}:${ref!.seed}`)).toEqual([
      ...['a-host:0', 'a-common:0', 'a-host:1'],
    ]);
    expect(plan.sources.map(({ name }) => name)).toEqual(['a-host', 'a-common']);
  });

  test('give an engine what it takes', () => {
    expect(profilesFor(['v8'])).toEqual(['host']);
    expect(profilesFor(['clear', 'handlers'])).toEqual(['all']);
    expect(profilesFor(['v8', 'wasmtime', 'clear'])).toEqual(['host', 'standard', 'common']);
    const takers = (profile: Profile) =>
      ['v8', 'wasmtime', 'wasmi', 'glassbox-clear'].filter((name) => takesProfile(name, profile));
    expect(takers('host')).toEqual(['v8', 'glassbox-clear']);
    expect(takers('standard')).toEqual(['wasmtime', 'glassbox-clear']);
    expect(takers('common')).toHaveLength(4);
  });
});

describe('seeds of campaigns', () => {
  test('that are neighbours, or far from each other, have no case in common', () => {
    const seeds = [0, 1, 2, 4095, 4096, 2 ** 31 - 1];
    const plans = seeds.map((seed) => makePlan({ ...base, generators: [generator('a')], seed }));
    const all = plans.flatMap((plan) => Array.from({ length: 2000 }, (_, i) => plan.at(i)!.seed));
    expect(new Set(all).size).toBe(all.length);
    expect(Math.max(...all)).toBeLessThan(2 ** 53);
  });

  test('give arguments that have nothing to do with each other', () => {
    const words = [0, 1, 2, 2 ** 22, 2 ** 32, 2 ** 52].map((seed) => new Random(seed).word());
    expect(new Set(words).size).toBe(words.length);
    // Each bit of the first word is set in about half of the seeds, wherever these differ.
    for (const step of [1, 2 ** 22, 2 ** 33]) {
      const counts = new Array<number>(32).fill(0);
      for (let i = 0; i < 1000; i++) {
        const word = new Random(i * step).word();
        for (let bit = 0; bit < 32; bit++) counts[bit]! += (word >>> bit) & 1;
      }
      for (const each of counts) expect(Math.abs(each - 500)).toBeLessThan(100);
    }
  });
});

describe('cases', () => {
  const source = generatorSource(generator('a'), 'host', 5);

  test('are the same for the same seed, and others for another', async () => {
    const [first, again, other] = await Promise.all([7, 7, 8].map((seed) => source.caseAt(seed)));
    expect(first).toEqual(again);
    expect(other!.calls).not.toEqual(first!.calls);
    expect(first!.calls).toHaveLength(5);
  });

  test('give arguments of the parameters’ widths', async () => {
    const { calls } = await source.caseAt(3);
    for (const { args } of calls) {
      expect(args.map((bits) => (bits === 'null' ? 0 : bits.length))).toEqual([8, 16, 32, expect.any(Number)]);
    }
  });

  test('of a script are its invocations', () => {
    const path = join(folder, 'a.wast');
    writeFileSync(
      path,
      `(module (func (export "f") (param i64 v128)))
       (invoke "f" (i64.const -1) (v128.const i32x4 1 2 3 4))
       (assert_return (invoke "f" (i64.const 2) (v128.const i64x2 0 0)))
       (assert_invalid (module (func i32.add)) "type mismatch")
       (module $m (func (export "g") (result i32) (i32.const 1)))
       (invoke "g")`,
    );
    const modules = modulesIn(path);
    expect(modules.map(({ name }) => name.split('@')[1])).toEqual(['1', '5']);
    expect(modules[0]!.calls).toEqual([
      { funcidx: 0, args: ['ffffffffffffffff', '00000004000000030000000200000001'] },
      { funcidx: 0, args: ['0000000000000002', '00000000000000000000000000000000'] },
    ]);
    expect(modules[1]!.calls).toEqual([{ funcidx: 0, args: [] }]);
  });
});

describe('the sweep over instructions', () => {
  test.each(['host', 'standard', 'common'] as const)('makes valid modules: %s', async (profile) => {
    const source = generatorSource(instructionSweep(), profile, 3);
    for (let seed = 0; seed < 60; seed++) {
      const testCase = await source.caseAt(seed);
      validateModule(decodeModule(testCase.bytes));
      validateModule(decodeModule(prepareCase(testCase).bytes));
    }
  });
});
