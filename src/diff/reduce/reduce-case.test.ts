/** Reduction against a made-up judge: a case "differs" while it still does what the judge looks for. */
import { describe, expect, test } from 'vitest';
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import { instructions } from '../../syntax/index.ts';
import { parseModule, printModule } from '../../text/index.ts';
import type { Case, Difference, Verdict } from '../case.ts';
import { glassboxEngine } from '../engines/index.ts';
import { prepareCase } from '../prepare/index.ts';
import { reduceCase } from './index.ts';

const difference: Difference = {
  step: 1,
  kind: 'results',
  text: '',
  ours: { engine: 'a', text: '' },
  theirs: { engine: 'b', text: '' },
};
const limits = { timeoutMs: 1000, maxMemoryBytes: 2 ** 26 };
const engine = glassboxEngine('fast', 'test');

/** The case differs while its code has the instruction and its first call still returns. */
async function judge(candidate: Case, name: string): Promise<Verdict> {
  const [outcome] = await engine.run([prepareCase(candidate)], limits);
  const returns = outcome?.kind === 'ran' && outcome.observations[1]?.ending.kind === 'results';
  return returns && uses(candidate.bytes, name)
    ? { kind: 'different', difference }
    : { kind: 'same', calls: candidate.calls.length };
}

function uses(bytes: Uint8Array, name: string): boolean {
  return decodeModule(bytes).funcs.some(({ body }) => {
    const reader = new InstructionReader(bytes, body.byteOffset, body.byteOffset + body.byteLength);
    while (!reader.done) {
      reader.next();
      if (instructions[reader.id]!.name === name) return true;
    }
    return false;
  });
}

async function reduced(text: string, name: string): Promise<Case> {
  const { bytes } = parseModule(text);
  const calls = [0, 1, 0].map((funcidx) => {
    const rest = funcidx === 1 ? ['0'.repeat(16), '0'.repeat(32)] : [];
    return { funcidx, args: ['00000007', ...rest] };
  });
  const testCase: Case = { name: 'test', seed: 1, bytes, calls, importSeed: 3, nans: 'none', fuel: 100 };
  return reduceCase(testCase, difference, { timeoutMs: 20_000, compare: (each) => judge(each, name) });
}

const text = `(module
  (type $unused (func (param f64 f64)))
  (memory 1) (table 4 funcref) (global $g (mut i32) (i32.const 4))
  (elem (i32.const 1) $helper $unused) (data (i32.const 8) "some bytes")
  (func $unused (export "unused") (param i32) (result i32) (i32.const 1))
  (func $helper (param i32 f64 v128) (result i32) (local i64 f64)
    (block $out (result i32)
      (drop (br_if $out (i32.const 1) (i32.eqz (local.get 0))))
      (if (i32.gt_s (local.get 0) (i32.const 3))
        (then (global.set $g (i32.rotl (i32.const 3) (local.get 0))))
        (else (loop $again (br_if $again (i32.const 0)))))
      (call $import (global.get $g))
      (i32.add (global.get $g) (i32.load (i32.const 8)))))
  (func $import (param i32))
  (export "run" (func $helper)))`;

describe('a case keeps what shows the difference and little else', () => {
  test.each(['i32.rotl', 'i32.load', 'br_if', 'call'])('%s', async (name) => {
    const { bytes, calls } = await reduced(text, name);
    const module = decodeModule(bytes);
    expect(uses(bytes, name)).toBe(true);
    expect(calls).toHaveLength(1);
    expect(calls[0]!.args.length).toBeLessThanOrEqual(1);
    expect(module.datas).toHaveLength(0);
    expect(module.elems).toHaveLength(0);
    expect(module.funcs.length).toBeLessThanOrEqual(3);
    expect(printModule(module).split('\n').length).toBeLessThan(20);
  });
});

test('a case that cannot be made smaller stays', async () => {
  const { bytes } = parseModule('(module (func (result i32) (i32.const 0)))');
  const testCase: Case = {
    ...{ name: 'test', seed: 1, bytes, importSeed: 0, nans: 'none', fuel: 0 },
    calls: [{ funcidx: 0, args: [] }],
  };
  const small = await reduceCase(testCase, difference, {
    timeoutMs: 5000,
    compare: (each) => judge(each, 'i32.const'),
  });
  expect(small.bytes).toEqual(bytes);
});

test('a module that ended by itself is counted as soon as something is missing, where it can loop or call', async () => {
  const { bytes } = parseModule(`(module
    (func (param i32) (result i32) (local $left i32)
      (local.set $left (i32.const 9))
      (loop $again (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (i32.popcnt (local.get 0)))
    (func (nop)))`);
  const call = { funcidx: 0, args: ['00000007'] };
  const calls = [call, call];
  const testCase: Case = { name: 'test', seed: 1, bytes, calls, importSeed: 0, nans: 'none', fuel: 0 };
  const candidates: Case[] = [];
  const compare = async (candidate: Case): Promise<Verdict> => {
    candidates.push(candidate);
    return judge(candidate, 'i32.popcnt');
  };
  const { bytes: smallest, fuel } = await reduceCase(testCase, difference, { timeoutMs: 20_000, compare });
  const changed = candidates.filter((candidate) => candidate.bytes !== bytes);
  expect(changed.some((candidate) => uses(candidate.bytes, 'loop'))).toBe(true);
  for (const candidate of changed) expect(candidate.fuel > 0).toBe(uses(candidate.bytes, 'loop'));
  expect(uses(smallest, 'loop')).toBe(false);
  expect(fuel).toBe(0);
});
