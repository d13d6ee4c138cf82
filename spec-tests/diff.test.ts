/** `glassbox diff` as built. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runDiff } from './differ.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-diff-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wat = join(folder, 'add.wat');
writeFileSync(
  wat,
  `(module (memory (export "m") 1) (global $count (mut i32) (i32.const 0))
    (func (export "add") (param i32 f64) (result f64)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (f64.store (i32.const 8) (local.get 1))
      (f64.add (local.get 1) (f64.convert_i32_s (local.get 0)))))`,
);

describe('campaigns', () => {
  test('a file beside the host and beside our own clear code', async () => {
    const { exitCode, stdout, totals } = await runDiff(['--against', 'v8,clear', '--rounds', '3', '--jobs', '1', wat]);
    expect(exitCode).toBe(0);
    expect(totals).toMatchObject({ cases: 3, unexplained: 0, late: [], died: [] });
    expect(totals!.counts.v8).toMatchObject({ same: 3, calls: 18 });
    expect(totals!.counts['glassbox-clear']).toMatchObject({ same: 3 });
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^3 cases in .* cases\/s; 0 inconclusive; 0 unexplained/);
    expect(stdout).toContain(process.versions.v8);
  });

  test('calls that are given', async () => {
    const { totals } = await runDiff(['--against', 'v8', '--calls', 'add(1, 2.5); add(-1, nan)', '--jobs', '1', wat]);
    expect(totals!.counts.v8).toMatchObject({ same: 1, calls: 2 });
  });

  test('generated modules', async () => {
    const args = ['--against', 'v8', '--generators', 'instructions', '--count', '30', '--seed', '5', '--jobs', '2'];
    const { exitCode, totals } = await runDiff(args);
    expect(exitCode).toBe(0);
    expect(totals!.cases).toBe(30);
    expect(totals!.counts.v8!.same).toBeGreaterThan(25);
  });

  test('one case again', async () => {
    const args = ['--against', 'v8', '--case', 'instructions-host:7', '--generators', 'instructions'];
    const { exitCode, stdout } = await runDiff(args);
    expect([exitCode, stdout]).toEqual([0, 'v8: the same\n']);
  });
});

describe('command lines that make no sense', () => {
  const cases: readonly [string, readonly string[]][] = [
    ['an unknown engine', ['--against', 'v9']],
    ['an unknown generator', ['--against', 'v8', '--generators', 'none']],
    ['an unknown profile', ['--against', 'v8', '--profile', 'none']],
    ['a call of what is not exported', ['--against', 'v8', '--calls', 'sub(1)', wat]],
    ['a call with too few arguments', ['--against', 'v8', '--calls', 'add(1)', wat]],
    ['a case without a seed', ['--against', 'v8', '--case', 'instructions-host']],
    ['a case of no source', ['--against', 'v8', '--case', 'nothing:1']],
  ];
  test.each(cases)('%s', async (_, args) => {
    const { exitCode, totals } = await runDiff(args);
    expect([exitCode, totals]).toEqual([2, undefined]);
  });
});
