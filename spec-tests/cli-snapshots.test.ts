/** Stopping, resuming and comparing by the built program: what it prints where, and what it exits with. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from './run-program.ts';

let folder = '';
const glassbox = (args: readonly string[], stdin = '') => runProgram(folder, args, stdin);

/** Copies what it reads to standard output, two bytes at a time, then exits with how many bytes it has seen. */
const copy = `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $count i32)
    (i32.store (i32.const 0) (i32.const 100))
    (loop $again
      (i32.store (i32.const 4) (i32.const 2))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $count (i32.add (local.get $count) (i32.load (i32.const 4))))
      (br_if $again (i32.load (i32.const 4))))
    (call $exit (local.get $count))))`;

const library = `(module (global $g (mut i32) (i32.const 0))
  (start $start) (func $start (global.set $g (i32.const 1)) (nop) (nop))
  (func (export "_initialize") (global.set $g (i32.add (global.get $g) (i32.const 10))))
  (func (export "get") (param i32) (result i32) (i32.add (global.get $g) (local.get 0))))`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-cli-snapshots-'));
  writeFileSync(join(folder, 'copy.wat'), copy);
  writeFileSync(join(folder, 'library.wat'), library);
  writeFileSync(join(folder, 'text'), 'no snapshot');
});

afterAll(() => rmSync(folder, { recursive: true }));

const stop = (count: number, file: string) => ['--stop-after', String(count), '--snapshot', file];

describe('a program', () => {
  test('goes on with what its input gives next, or with an input that begins anew', async () => {
    const first = await glassbox(['run', ...stop(60, 'a'), 'copy.wat'], 'abcdefgh');
    expect(first).toMatchObject({ code: 0, stdout: 'abcd' });
    expect(first.stderr).toMatch(/^glassbox: stopped after 60 instructions; saved [\d,]+ bytes to a\n$/);
    expect(await glassbox(['resume', 'a'], 'xyz')).toEqual({ code: 4 + 3, stdout: 'xyz', stderr: '' });
    expect(await glassbox(['resume', '--skip-input', 'a'], 'abcdefgh')).toEqual({
      code: 8,
      stdout: 'efgh',
      stderr: '',
    });
  });

  test('stops again, and counts on', async () => {
    await glassbox(['run', ...stop(60, 'a'), 'copy.wat'], 'abcdefgh');
    const second = await glassbox(['resume', '--skip-input', ...stop(30, 'b'), 'a'], 'abcdefgh');
    expect(second.stderr).toMatch(/^glassbox: stopped after 90 instructions;/);
    const direct = await glassbox(['run', ...stop(90, 'c'), 'copy.wat'], 'abcdefgh');
    expect(direct.stdout).toBe(`abcd${second.stdout}`);
    expect(readFileSync(join(folder, 'b'))).toEqual(readFileSync(join(folder, 'c')));
    const { code, stderr } = await glassbox(['resume', '--stats', '--fuel', '5', 'b']);
    expect(code).toBe(134);
    expect(stderr).toMatch(/all fuel consumed/);
    expect(stderr).toMatch(/instructions {2}95\n/);
  });

  test('that ends before says so, with its own exit code', async () => {
    const { code, stdout, stderr } = await glassbox(['run', ...stop(9999, 'none'), 'copy.wat'], 'abc');
    expect([code, stdout]).toEqual([3, 'abc']);
    expect(stderr).toMatch(
      /the program has ended after \d+ instructions in all, less than 9,999 more; none is not written/,
    );
  });
});

test('start function, set-up and invoked export are saved wherever they stand', async () => {
  for (let count = 0; count < 11; count++) {
    const first = await glassbox(['run', '--invoke', 'get', ...stop(count, 's'), 'library.wat', '5']);
    expect(first, String(count)).toMatchObject({ code: 0, stdout: '' });
    expect(await glassbox(['resume', 's']), String(count)).toEqual({ code: 0, stdout: '16\n', stderr: '' });
  }
});

test('differences, as lines and as data', async () => {
  await glassbox(['run', ...stop(60, 'a'), 'copy.wat'], 'abcdefgh');
  await glassbox(['run', ...stop(61, 'b'), 'copy.wat'], 'abcdefgh');
  expect(await glassbox(['diff-snapshots', 'a', 'a'])).toEqual({ code: 0, stdout: '', stderr: '' });
  const { code, stdout } = await glassbox(['diff-snapshots', 'a', 'b']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^instructions: 60 \| 61\n/);
  expect(stdout).toMatch(/^frame 0 \(function 3 \$_start\): at byte 0x/m);
  const json = JSON.parse((await glassbox(['diff-snapshots', '--json', 'a', 'b'])).stdout);
  expect(json[0]).toEqual({ where: 'instructions', a: '60', b: '61' });
});

test.each<[string, string[], number, RegExp]>([
  ['a place without a file', ['run', '--stop-after', '5', 'copy.wat'], 2, /needs a file to save to/],
  ['a file without a place', ['run', '--snapshot', 'x', 'copy.wat'], 2, /needs a place to stop at/],
  ['monitors', ['run', ...stop(1, 'x'), '--monitor=opcodes', 'copy.wat'], 2, /does not go together/],
  ['no such file', ['resume', 'missing'], 1, /there is no file 'missing'/],
  ['no snapshot', ['resume', 'text'], 1, /text: this is no snapshot/],
  ['no snapshot to compare with', ['diff-snapshots', 'text', 'text'], 1, /text: this is no snapshot/],
  ['one to compare', ['diff-snapshots', 'text'], 2, /two wanted/],
  ['a folder that is not there', ['run', ...stop(1, 'no/such/x'), 'copy.wat'], 1, /cannot write 'no\/such\/x'/],
])('%s is refused', async (_, args, code, words) => {
  const outcome = await glassbox(args);
  expect(outcome.stderr).toMatch(words);
  expect([outcome.code, outcome.stdout]).toEqual([code, '']);
});
