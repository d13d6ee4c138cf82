/** Guests with threads in the built command line: options, exit codes, what is told of threads. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runProgram } from './run-program.ts';
import { guest } from './threads/fixtures.ts';
import { runBlocked } from './threads/suite.ts';

const scratch = mkdtempSync(join(tmpdir(), 'glassbox-threads-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function run(text: string, ...options: string[]) {
  writeFileSync(join(scratch, 'app.wat'), text);
  return runProgram(scratch, ['run', ...options, 'app.wat']);
}

const started = (main: string, thread: string) => {
  return guest(main, thread)
    .replace('"main") (result i32)', '"_start")')
    .replace(/\(i32.const 0\)\)\)$/, '))');
};

describe('B1.4: glassbox run', () => {
  test('a trap of a thread', async () => {
    const text = started('(drop (call $must_spawn (i32.const 0))) (call $park) (i32.const 0)', 'unreachable');
    const { code, stderr } = await run(text);
    expect(code).toBe(134);
    expect(stderr).toMatch('wasm trap: unreachable');
    expect(stderr).toMatch('wasi_thread_start');
  });

  test('an exit code of a thread', async () => {
    const thread = '(call $exit (i32.const 17))';
    const text = started('(drop (call $must_spawn (i32.const 0))) (call $park) (i32.const 0)', thread);
    expect(await run(text)).toEqual({ code: 17, stdout: '', stderr: '' });
  });

  test('--invoke prints results', async () => {
    const text = guest(
      '(drop (call $must_spawn (i32.const 0))) (call $await (i32.const 1)) (i32.const 41)',
      '(call $done)',
    );
    expect(await run(text, '--invoke', 'main')).toEqual({ code: 0, stdout: '41\n', stderr: '' });
  });

  test.each([
    [['--max-threads', '0'], '-58\n'],
    [['--max-threads', '1'], '-6\n'],
  ])('%j refuses threads', async (options, stdout) => {
    const text = guest('(drop (call $spawn (i32.const 0))) (call $spawn (i32.const 0))', '(call $park)');
    expect(await run(text, ...options, '--invoke', 'main')).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('--timeout ends threads', async () => {
    const text = started('(drop (call $must_spawn (i32.const 0))) (call $park) (i32.const 0)', '(call $spin)');
    const { code, stderr } = await run(text, '--timeout', '300ms');
    expect({ code, stderr }).toEqual({ code: 134, stderr: expect.stringMatching('deadline exceeded') });
  });

  test('--threads without shared memory', async () => {
    const { code, stderr } = await run('(module)', '--threads');
    expect(code).toBe(2);
    expect(stderr).toMatch('imports none that is shared');
  });

  test('thread-spawn without shared memory refuses', async () => {
    const text = '(module (import "wasi" "thread-spawn" (func $s (param i32) (result i32))) (export "main" (func $s)))';
    const withMain = text.replace('(export', '(func (export "go") (result i32) (call $s (i32.const 0))) (export');
    expect((await run(withMain, '--invoke', 'go')).stdout).toBe('-58\n');
  });

  test('a missing import is told with help', async () => {
    const { code, stderr } = await run(guest('(i32.const 0)', '').replace('"sched_yield"', '"sched_yields"'));
    expect(code).toBe(1);
    expect(stderr).toMatch('unknown import: "wasi_snapshot_preview1" "sched_yields"');
  });

  test('--stats counts all threads', async () => {
    const text = guest(
      '(drop (call $must_spawn (i32.const 0))) (call $await (i32.const 1)) (i32.const 1)',
      '(call $done)',
    );
    const { stderr } = await run(text, '--stats', '--invoke', 'main');
    expect(stderr).toMatch(/memory pages {2}1\n/);
    expect(Number(/instructions +(\d+)/.exec(stderr)?.[1])).toBeGreaterThan(10);
  });
});

describe('B1.6: --trace tells which thread calls', () => {
  test('of each call', async () => {
    const text = guest(
      '(drop (call $must_spawn (i32.const 0))) (call $await (i32.const 1)) (call $exit (i32.const 3)) (i32.const 1)',
      '(drop (call $yield)) (call $done)',
    );
    const { code, stderr } = await run(text, '--trace=wasi', '--invoke', 'main');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^\[1\] sched_yield\(/m);
    expect(stderr).toMatch(/^\[0\] proc_exit\(3\) = \?/m);
  });
});

describe('B1.5: --on-trap=dump', () => {
  test('shows every thread of the stopped program', async () => {
    const main = `(drop (call $must_spawn (i32.const 0))) (drop (call $must_spawn (i32.const 1)))
      (drop (call $must_spawn (i32.const 2))) (call $await (i32.const 2)) (call $read) (i32.const 0)`;
    const thread = `(if (i32.eqz (local.get $arg)) (then (call $done) (call $park)))
      (if (i32.eq (local.get $arg) (i32.const 1)) (then (call $done) (call $spin)))
      (call $await (i32.const 2)) (call $sleep (i32.const 200)) unreachable`;
    writeFileSync(join(scratch, 'dump.wat'), guest(main, thread));
    const { exitCode, stderr } = await runBlocked(['--on-trap=dump', '--invoke', 'main', join(scratch, 'dump.wat')]);
    expect(exitCode).toBe(134);
    const threads = stderr.slice(stderr.indexOf('thread 0'));
    expect(threads.match(/^thread .*/gm)).toEqual([
      'thread 0 (main): calling fd_read',
      'thread 1: waiting',
      'thread 2: computing',
      'thread 3: unreachable',
    ]);
    for (const name of ['read', 'park', 'spin', 'wasi_thread_start'])
      expect(threads).toMatch(new RegExp(`!${name}$`, 'm'));
  });
});

describe('B1.6: --monitor looks at every thread', () => {
  const text = guest(
    '(drop (call $must_spawn (i32.const 0))) (call $await (i32.const 1)) (call $sleep (i32.const 100)) (i32.const 1)',
    '(call $done)',
  );

  test('profiles on standard error', async () => {
    const { code, stderr } = await run(text, '--monitor=profile', '--invoke', 'main');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^thread 1:\n[\s\S]*wasi_thread_start/m);
    expect(stderr).toMatch(/^thread 0:\n[\s\S]*main/m);
  });

  test('a file for each', async () => {
    expect((await run(text, '--monitor=coverage:format=lcov,out=c.info', '--invoke', 'main')).stderr).toBe('');
    const calls = (file: string) => /FNDA:(\d+),main/.exec(readFileSync(join(scratch, file), 'utf8'))?.[1];
    expect([calls('c.info'), calls('c.1.info')]).toEqual(['1', '0']);
  });
});
