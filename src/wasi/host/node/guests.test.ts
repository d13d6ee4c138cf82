/**
 * Guests on the node host in processes of their own, run asynchronously: input from every kind of stream, output to
 * readers that are slow, gone or never read; and that neither signal nor timeout leaves anything behind.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-node-guests-'));
  buildSync({
    stdin: {
      contents: "export * from './src/index.ts'; export * from './src/node.ts';",
      resolveDir: join(import.meta.dirname, '../../../..'),
    },
    outfile: join(folder, 'glassbox.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

const imports = `
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 3)`;

/** Copies its input to its output; exits with the errno of what failed. Its buffer is 64 KiB at 65536. */
const cat = `(module ${imports}
  (func (export "_start") (local $errno i32)
    (loop $next
      (i32.store (i32.const 0) (i32.const 65536))
      (i32.store (i32.const 4) (i32.const 65536))
      (local.set $errno (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
      (if (local.get $errno) (then (call $exit (local.get $errno))))
      (if (i32.load (i32.const 4)) (then
        (local.set $errno (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (if (local.get $errno) (then (call $exit (local.get $errno))))
        (br $next))))))`;

/** Polls standard input alone, then exits with 10 times the bytes ready (at most 9), plus the hangup flag. */
const pollInput = `(module ${imports}
  (func (export "_start") (local $count i32)
    (i32.store8 (i32.const 8) (i32.const 1))
    (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
    (local.set $count (i32.load (i32.const 80)))
    (if (i32.gt_u (local.get $count) (i32.const 9)) (then (local.set $count (i32.const 9))))
    (call $exit (i32.add (i32.mul (local.get $count) (i32.const 10)) (i32.load8_u (i32.const 88))))))`;

const nothing = '(module (func (export "_start")))';

const writeOnce = `(module ${imports}
  (data (i32.const 16) "x")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 1))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))`;

/** Writes 64 KiB for ever; exits with the errno of what failed. */
const flood = `(module ${imports}
  (func (export "_start") (local $errno i32)
    (i32.store (i32.const 0) (i32.const 65536))
    (i32.store (i32.const 4) (i32.const 65536))
    (loop $next
      (local.set $errno (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $next (i32.eqz (local.get $errno))))
    (call $exit (local.get $errno))))`;

interface Run {
  readonly guest: string;
  /** A command of a shell, in which `RUN` stands for the guest. */
  readonly shell?: string;
  readonly timeoutMs?: number;
  /** What the process does beside the guest; `instance` and `running` are there. */
  readonly beside?: string;
}

/** The exit code is the guest's; 100 stands for an end by time, 101 by a signal. */
function run({ guest, shell = 'RUN', timeoutMs, beside = '' }: Run) {
  const script = join(folder, 'run.mjs');
  writeFileSync(
    script,
    `import { compile, HostExit, instantiate, nodeHost, Store, Wasi } from './glassbox.mjs';
    const wasi = new Wasi({ host: nodeHost(), isAsync: true });
    const store = new Store({ timeoutMs: ${timeoutMs} });
    const instance = instantiate(compile(${JSON.stringify(guest)}), wasi.imports, { store });
    const controller = new AbortController();
    const running = instance.callAsync('_start', [], { signal: controller.signal });
    ${beside}
    try { await running; } catch (error) {
      if (error instanceof HostExit) process.exitCode = error.exitCode;
      else process.exitCode = { deadline: 100, aborted: 101 }[error.kind] ?? console.error(error) ?? 99;
    } finally { wasi.close(); }`,
  );
  const command = shell.replaceAll('RUN', `'${process.execPath}' '${script}'`);
  const { stdout, stderr, status, signal } = spawnSync('bash', ['-c', command], {
    timeout: 30_000,
    maxBuffer: 2 ** 26,
    encoding: 'latin1',
  });
  return { stdout, stderr, status, signal };
}

const isLinux = process.platform === 'linux';

describe('input that a guest copies', () => {
  test.each([
    ['a file', 'printf hello > f; RUN < f', 'hello'],
    ['a pipe', 'printf hello | RUN', 'hello'],
    ['a pipe that comes late and in parts', '(sleep 0.2; printf hel; sleep 0.2; printf lo) | RUN', 'hello'],
    ['/dev/null', 'RUN < /dev/null', ''],
    ['a closed descriptor', 'RUN <&-', ''],
    ['a terminal', `(sleep 0.5; printf 'hello\\n\\004') | script -qec "RUN" /dev/null | tr -d '\\r'`, 'hello\nhello\n'],
  ])('comes from %s', { skip: !isLinux }, (_, shell, expected) => {
    const { stdout, stderr, status } = run({ guest: cat, shell: `cd ${folder}; ${shell}` });
    expect({ stdout, stderr, status }).toEqual({ stdout: expected, stderr: '', status: 0 });
  });

  test('comes whole through a pipe, however much it is', { skip: !isLinux }, () => {
    const byteCount = 20_000_000;
    const { stdout, status } = run({ guest: cat, shell: `head -c ${byteCount} /dev/zero | RUN | wc -c` });
    expect({ count: Number(stdout), status }).toEqual({ count: byteCount, status: 0 });
  });

  test('comes from a socket, as a process of Node gives it', () => {
    const parent = `const { spawn } = require('node:child_process');
      const [program, ...args] = process.argv.slice(1);
      const child = spawn(program, args, { stdio: ['pipe', 'inherit', 'inherit'] });
      setTimeout(() => child.stdin.end('late'), 200);`;
    const shell = `'${process.execPath}' -e ${JSON.stringify(parent.replaceAll('\n', ' '))} RUN`;
    expect(run({ guest: cat, shell })).toMatchObject({ stdout: 'late', stderr: '', status: 0 });
  });

  test('leaves what the guest does not read to the next program', { skip: !isLinux }, () => {
    const readOne = cat.replace(
      '(i32.store (i32.const 4) (i32.const 65536))',
      '(i32.store (i32.const 4) (i32.const 3))',
    );
    const once = readOne.replace('(br $next)', '');
    expect(run({ guest: once, shell: 'printf abcdef | (RUN; printf /; cat)' }).stdout).toBe('abc/def');
  });

  test('does not keep others who share the descriptor from blocking', { skip: !isLinux }, () => {
    const shell = '(sleep 0.3; printf x; sleep 0.5; printf y) | (timeout 5 RUN & wait; cat)';
    expect(run({ guest: pollInput, shell: '(sleep 0.2; printf ab) | (RUN; cat)' }).status).toBe(0);
    expect(run({ guest: cat, shell }).stderr).toBe('');
  });
});

describe('a guest that polls its input', { skip: !isLinux }, () => {
  test.each([
    ['is told how much there is', 'printf ab | RUN', 20],
    ['waits until something comes', '(sleep 0.3; printf abc) | RUN', 30],
    ['is told that nobody will write any more', 'sleep 0.2 | RUN', 1],
    ['finds a device ready', 'RUN < /dev/zero', 10],
  ])('%s', (_, shell, status) => {
    expect(run({ guest: pollInput, shell })).toMatchObject({ stderr: '', status });
  });
});

describe('a guest that would never end', { skip: !isLinux }, () => {
  /** Nobody writes to it, and the test does not wait for its end. */
  const silence = '< <(exec sleep 15 2> /dev/null)';
  /** Nobody reads it, but it is open. */
  const stalled = '> >(exec sleep 15 > /dev/null 2>&1)';

  test.each([
    ['reads a pipe that stays silent', cat, `RUN ${silence}`],
    ['polls a pipe that stays silent', pollInput, `RUN ${silence}`],
    ['reads a pipe that never ends', cat, 'yes | RUN > /dev/null'],
    ['writes to a pipe that nobody reads', flood, `RUN ${stalled}`],
  ])('%s: time ends it, and a signal, and the process with it', (_, guest, shell) => {
    const command = `${shell}; echo $? >&2`;
    expect(run({ guest, shell: command, timeoutMs: 100 }).stderr).toBe('100\n');
    // Only a signal that comes when the event loop has had its turns ends it.
    const beside = `let ticks = 0;
      const timer = setInterval(() => { if (++ticks === 5) { clearInterval(timer); controller.abort(); } }, 10);`;
    expect(run({ guest, shell: command, beside }).stderr).toBe('101\n');
  });

  test('is told when nobody reads its output any more', () => {
    const { stdout, stderr } = run({ guest: flood, shell: '(RUN; echo $? >&2) | head -c 10 > /dev/null' });
    // errno 64, pipe
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '64\n' });
  });
});

describe('output to a slow reader', { skip: !isLinux }, () => {
  test('arrives whole, in order, without being kept in memory', () => {
    const byteCount = 30_000_000;
    const beside = `const most = () => process.memoryUsage().rss; const before = most(); let peak = 0;
      const timer = setInterval(() => { peak = Math.max(peak, most()); }, 5);
      running.finally(() => { clearInterval(timer); console.error(peak - before < 40e6 ? 'bounded' : peak - before); });`;
    const slow = '(sleep 0.5; wc -c)';
    const { stdout, stderr } = run({ guest: cat, shell: `head -c ${byteCount} /dev/zero | RUN | ${slow}`, beside });
    expect({ count: Number(stdout), stderr }).toEqual({ count: byteCount, stderr: 'bounded\n' });
  });
});

describe('hosts one after the other', { skip: !isLinux }, () => {
  /** Runs a guest as often on a host of its own. */
  const again = (guest: string, count: number, print: string) => `import { readdirSync } from 'node:fs';
    const openCount = () => readdirSync('/proc/self/fd').length + process.listenerCount('exit');
    const guestModule = compile(${JSON.stringify(guest)});
    const counts = [];
    for (let i = 0; i < ${count}; i++) {
      const each = new Wasi({ host: nodeHost(), isAsync: true });
      try { await instantiate(guestModule, each.imports).callAsync('_start'); } catch (error) {
        if (!(error instanceof HostExit)) throw error;
      }
      each.close();
      counts.push(openCount());
    }
    ${print}`;

  test('leave neither descriptors nor listeners behind', () => {
    const print = `console.error(counts[1] === counts.at(-1));`;
    const beside = again(writeOnce, 20, print);
    const { stdout, stderr } = run({ guest: nothing, shell: 'RUN | cat', beside });
    expect({ stdout, stderr }).toEqual({ stdout: 'x'.repeat(20), stderr: 'true\n' });
  });

  test('leave to the next what was looked at and not read', () => {
    const beside = again(
      pollInput,
      1,
      `console.error(counts.length);
      await instantiate(compile(${JSON.stringify(cat)}), new Wasi({ host: nodeHost(), isAsync: true }).imports)
        .callAsync('_start');`,
    );
    const { stdout, stderr } = run({ guest: nothing, shell: 'printf hello | RUN', beside });
    expect({ stdout, stderr }).toEqual({ stdout: 'hello', stderr: '1\n' });
  });
});
