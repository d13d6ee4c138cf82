/** Recording and replaying by the built program: what it prints where, and what it exits with. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, runProgram } from './run-program.ts';

let folder = '';
const glassbox = (args: readonly string[], stdin = '') => runProgram(folder, args, stdin);

/** Copies its input to standard output, says so on standard error, then exits with how many bytes it has seen. */
const copy = `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1) (data (i32.const 200) "copied\\n")
  (func (export "_start") (local $count i32)
    (i32.store (i32.const 0) (i32.const 100))
    (loop $again
      (i32.store (i32.const 4) (i32.const 2))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $count (i32.add (local.get $count) (i32.load (i32.const 4))))
      (br_if $again (i32.load (i32.const 4))))
    (i32.store (i32.const 0) (i32.const 200))
    (i32.store (i32.const 4) (i32.const 7))
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
    (drop (call $close (i32.const 1)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $exit (local.get $count))))`;

const library = `(module (global $g (mut i32) (i32.const 0))
  (start $start) (func $start (global.set $g (i32.const 1)) (nop) (nop))
  (func (export "_initialize") (global.set $g (i32.add (global.get $g) (i32.const 10))))
  (func (export "get") (param i32 f32 v128) (result i32 f32 v128)
    (i32.add (global.get $g) (local.get 0)) (local.get 1) (local.get 2))
  (func (export "divide") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0))))`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-cli-recordings-'));
  writeFileSync(join(folder, 'copy.wat'), copy);
  writeFileSync(join(folder, 'library.wat'), library);
  writeFileSync(join(folder, 'text'), 'no recording');
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('run --record, and replay', () => {
  test('input, output, messages and exit code; nothing else on standard output', async () => {
    const run = await glassbox(['run', '--record', 'copy.rec', 'copy.wat'], 'seven b');
    expect(run).toEqual({ code: 7, stdout: 'seven b', stderr: 'copied\n' });
    expect(await glassbox(['replay', 'copy.rec'])).toEqual(run);
    const untimed = ({ stderr }: Outcome) => stderr.replace(/time .*/, '');
    const counted = await glassbox(['run', '--stats', 'copy.wat'], 'seven b');
    expect(untimed(counted)).toMatch(/^copied\ninstructions {2}\d+\n/);
    expect(untimed(await glassbox(['replay', '--stats', 'copy.rec']))).toBe(untimed(counted));
  });

  test('all calls of a run, with exact results', async () => {
    const args = ['--invoke', 'get', 'library.wat', '5', '-0.5', '77'];
    const run = await glassbox(['run', ...args]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^16\n-0\.5\n/);
    expect(await glassbox(['run', '--record', 'get.rec', ...args])).toEqual(run);
    expect(await glassbox(['replay', 'get.rec'])).toEqual(run);
  });

  test.each([
    ['a trap', ['--invoke', 'divide', 'library.wat', '0'], 134],
    ['fuel', ['--fuel', '6', '--invoke', 'divide', 'library.wat', '1'], 134],
  ])('%s', async (name, args, code) => {
    const run = await glassbox(['run', '--record', `${name}.rec`, ...args]);
    expect(run).toMatchObject({ code, stdout: '' });
    expect(run.stderr).toMatch(/^error: library\.wat: .*\nwasm backtrace:\n/);
    expect(await glassbox(['replay', `${name}.rec`])).toEqual(run);
  });

  test('a stretch of it in the debugger', async () => {
    await glassbox(['run', '--record', 'debug.rec', 'copy.wat'], 'abc');
    const commands = ['run', 'reverse-stepi', 'info history'].flatMap((command) => ['-ex', command]);
    const { code, stdout } = await glassbox(['debug', '--batch', '--replay', ...commands, 'debug.rec']);
    expect(code).toBe(0);
    expect(stdout).toContain('The program exited with code 3.');
    expect(stdout).toContain('call $exit)  ;; 3');
    expect(stdout).toMatch(/recorded: instructions 0 to \d+\nnow at \d+\n/);
  });

  const mistakes: readonly [string, readonly string[], number, RegExp][] = [
    ['no file', ['replay', 'nothing'], 1, /there is no file 'nothing'/],
    [
      'no recording',
      ['replay', 'text'],
      1,
      /text: this is no recording .*\nhelp: 'glassbox run --record FILE' makes one/,
    ],
    ['no recording to debug', ['debug', '--batch', '--replay', 'copy.wat'], 1, /copy\.wat: this is no recording/],
    ['a monitor beside it', ['run', '--record', 'x', '--monitor=opcodes', 'copy.wat'], 2, /does not go together/],
    [
      'a stop beside it',
      ['run', '--record', 'x', '--stop-after', '5', '--snapshot', 'y', 'copy.wat'],
      2,
      /'--stop-after'/,
    ],
    ['a folder that is not there', ['run', '--record', 'no/x', 'copy.wat'], 1, /cannot write 'no\/x'/],
  ];

  test.each(mistakes)('%s', async (_, args, code, words) => {
    const outcome = await glassbox(args);
    expect(outcome.stderr).toMatch(words);
    expect(outcome.code).toBe(code);
  });

  test('a damaged file says where', async () => {
    await glassbox(['run', '--record', 'whole.rec', 'copy.wat'], 'abc');
    const bytes = readFileSync(join(folder, 'whole.rec'));
    writeFileSync(join(folder, 'cut.rec'), bytes.subarray(0, bytes.length - 4));
    expect(await glassbox(['replay', 'cut.rec'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^error: cut\.rec: the recording says it is \d+ bytes long, but is \d+ \(at byte 16\)/,
      ),
    });
  });
});
