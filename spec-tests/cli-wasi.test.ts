/** The built program with guests that wait, are ended from outside, or are looked at: what `glassbox run` does then. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../dist/glassbox.cjs', import.meta.url));
let folder = '';

const wasiImport = (name: string, type: string) =>
  `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${type}) (result i32)))`;

const say = (text: string) => `
  (data (i32.const 1024) ${JSON.stringify(text)})
  (func $say
    (i32.store (i32.const 1016) (i32.const 1024))
    (i32.store (i32.const 1020) (i32.const ${text.length}))
    (drop (call $fd_write (i32.const 1) (i32.const 1016) (i32.const 1) (i32.const 1008))))`;

/** Says something, then waits for ever, in a loop of waits as short as `waitNs`. */
const waiting = (waitNs: string) => `(module
  ${wasiImport('fd_write', 'i32 i32 i32 i32')}
  ${wasiImport('poll_oneoff', 'i32 i32 i32 i32')}
  (memory (export "memory") 1)
  ${say('waiting')}
  (func (export "_start")
    (call $say)
    (i32.store (i32.const 16) (i32.const 1))
    (i64.store (i32.const 24) (i64.const ${waitNs}))
    (loop (drop (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 200))) (br 0))))`;

const files: Readonly<Record<string, string>> = {
  'sleep.wat': waiting('9000000000000'),
  'naps.wat': waiting('1000'),
  'spin.wat': `(module
    ${wasiImport('fd_write', 'i32 i32 i32 i32')}
    (memory (export "memory") 1)
    ${say('spinning')}
    (func (export "_start") (call $say) (loop (br 0))))`,
  // Writes until neither the pipe nor the program's own buffer takes much more, then computes for ever.
  'fills.wat': `(module
    ${wasiImport('fd_write', 'i32 i32 i32 i32')}
    ${wasiImport('poll_oneoff', 'i32 i32 i32 i32')}
    (memory (export "memory") 1)
    (func (export "_start")
      (i32.store (i32.const 0) (i32.const 4096))
      (i32.store (i32.const 4) (i32.const 1024))
      (i32.store8 (i32.const 72) (i32.const 2))
      (i32.store (i32.const 80) (i32.const 1))
      (loop $next
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (drop (call $poll_oneoff (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 16)))
        (br_if $next (i64.gt_u (i64.load (i32.const 144)) (i64.const 8192))))
      (loop (br 0))))`,
  // Copies its input to its output and exits with the errno of what fails, which is 0 at the end of the input.
  'cat.wat': `(module
    ${wasiImport('fd_read', 'i32 i32 i32 i32')}
    ${wasiImport('fd_write', 'i32 i32 i32 i32')}
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 2)
    (func (export "_start") (local $errno i32)
      (loop $next
        (i32.store (i32.const 0) (i32.const 65536))
        (i32.store (i32.const 4) (i32.const 65536))
        (local.set $errno (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (if (local.get $errno) (then (call $proc_exit (local.get $errno))))
        (if (i32.eqz (i32.load (i32.const 8))) (then (return)))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (local.set $errno (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
        (if (local.get $errno) (then (call $proc_exit (local.get $errno))))
        (br $next))))`,
  // Opens in.txt, asks for what is outside, and waits a moment.
  'uses.wat': `(module
    ${wasiImport('path_open', 'i32 i32 i32 i32 i32 i64 i64 i32 i32')}
    ${wasiImport('fd_read', 'i32 i32 i32 i32')}
    ${wasiImport('poll_oneoff', 'i32 i32 i32 i32')}
    ${wasiImport('random_get', 'i32 i32')}
    ${wasiImport('clock_time_get', 'i32 i64 i32')}
    (memory (export "memory") 1)
    (data (i32.const 100) "in.txt../secret")
    (func (export "_start")
      (i32.store (i32.const 16) (i32.const 1))
      (i64.store (i32.const 24) (i64.const 100000000))
      (drop (call $path_open (i32.const 3) (i32.const 1) (i32.const 100) (i32.const 6) (i32.const 0)
        (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 200)))
      (drop (call $path_open (i32.const 3) (i32.const 1) (i32.const 106) (i32.const 9) (i32.const 0)
        (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 204)))
      (i32.store (i32.const 300) (i32.const 400))
      (i32.store (i32.const 304) (i32.const 100))
      (drop (call $fd_read (i32.load (i32.const 200)) (i32.const 300) (i32.const 1) (i32.const 308)))
      (drop (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 208)))))`,
};

interface Outcome {
  /** Exit code, or the signal that ended the process itself. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the program; its input stays open, and empty, unless `act` closes or fills it. */
async function glassbox(
  args: readonly string[],
  act: (child: ChildProcessWithoutNullStreams) => void = () => undefined,
): Promise<Outcome> {
  const child = spawn(process.execPath, [program, 'run', ...args], { cwd: folder, stdio: 'pipe' });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  // Whoever writes to a program that has ended hears of it.
  child.stdin.on('error', () => undefined);
  act(child);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      child.stdin.destroy();
      resolve({ code: code ?? signal!, ...output });
    });
  });
}

const onceItSays = (
  text: string,
  act: (child: ChildProcessWithoutNullStreams) => void,
  where: 'stdout' | 'stderr' = 'stdout',
) => {
  return (child: ChildProcessWithoutNullStreams) => {
    let said = '';
    const listen = (more: string) => {
      said += more;
      if (!said.includes(text)) return;
      child[where].off('data', listen);
      act(child);
    };
    child[where].on('data', listen);
  };
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-wasi-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'granted'));
  writeFileSync(join(folder, 'granted', 'in.txt'), 'hello');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('time ends a guest', () => {
  test.each([
    ['that sleeps', 'sleep.wat', 'waiting'],
    ['that sleeps again and again', 'naps.wat', 'waiting'],
    ['that computes', 'spin.wat', 'spinning'],
    ['that reads from a pipe that never ends', 'cat.wat', ''],
  ])('%s', async (_, file, stdout) => {
    const outcome = await glassbox(['--timeout', '200ms', file]);
    expect(outcome).toMatchObject({ code: 134, stdout });
    expect(outcome.stderr).toContain('deadline exceeded');
  });
});

test.skipIf(process.platform === 'win32')('time ends a guest whose output nobody reads', async () => {
  // A pipe of the shell's: what Node gives a child are sockets.
  const script = '{ "$0" "$1" run --timeout 500ms fills.wat; echo "ended with $?" >&2; } | sleep 20';
  const child = spawn('sh', ['-c', script, process.execPath, program], { cwd: folder, detached: true });
  let stderr = '';
  const ended = new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (stderr.includes('ended with')) resolve();
    });
  });
  await ended;
  process.kill(-child.pid!);
  expect(stderr).toContain('deadline exceeded');
  expect(stderr).toContain('ended with 134');
});

describe.skipIf(process.platform === 'win32')('signals end a guest', () => {
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const;
  const guests = [
    ['that sleeps', 'sleep.wat', 'waiting'],
    ['that sleeps again and again', 'naps.wat', 'waiting'],
    ['that computes', 'spin.wat', 'spinning'],
    ['that reads from a pipe that never ends', 'cat.wat', 'some input'],
  ] as const;

  test.each(signals.flatMap(([signal, code]) => guests.map((guest) => [...guest, signal, code] as const)))(
    '%s, %s',
    async (_, file, stdout, signal, code) => {
      const kill = (child: ChildProcessWithoutNullStreams) => child.kill(signal);
      const outcome = await glassbox(['--stats', '--trace=wasi', file], (child) => {
        if (file === 'cat.wat') child.stdin.write(stdout);
        // Output is kept until the guest waits: of one that only computes, the trace tells that it runs.
        if (file === 'spin.wat') onceItSays('fd_write(', kill, 'stderr')(child);
        else onceItSays(stdout, kill)(child);
      });
      expect(outcome).toMatchObject({ code, stdout });
      expect(outcome.stderr).toMatch(new RegExp(`^glassbox: ended by ${signal}\ninstructions `, 'm'));
    },
  );
});

describe('a pipe', () => {
  test('is copied to its end', async () => {
    const text = 'line\n'.repeat(100_000);
    const outcome = await glassbox(['cat.wat'], (child) => child.stdin.end(text));
    expect(outcome).toEqual({ code: 0, stdout: text, stderr: '' });
  });

  test('that nobody reads any more gives the errno pipe', async () => {
    const outcome = await glassbox(['--trace=wasi:out=trace.txt', 'cat.wat'], (child) => {
      const fill = () => child.stdin.write('y\n'.repeat(30_000), (error) => error ?? fill());
      fill();
      child.stdout.once('data', () => child.stdout.destroy());
    });
    expect(outcome).toMatchObject({ code: 64, stderr: '' });
    const lines = readFileSync(join(folder, 'trace.txt'), 'utf8').trimEnd().split('\n');
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(
        /^fd_write\(1<stdout>, .*\) = 64 pipe \(nobody reads the other end\)$|^<\.\.\. fd_write .* = 64 pipe/,
      ),
      'proc_exit(64) = ?',
    ]);
  });
});

describe('traces', () => {
  const uses = ['--dir', 'granted::/data', 'uses.wat'];

  test('calls as lines', async () => {
    const { code, stderr } = await glassbox(['--trace=wasi', ...uses]);
    expect(code).toBe(0);
    expect(stderr.replace(/<\d+\.\d{6}>/, '<TIME>')).toBe(
      [
        'path_open(3</data>, symlink_follow, "in.txt", 0, fd_read, 0, 0) = 0 [fd 4]',
        'path_open(3</data>, symlink_follow, "../secret", 0, fd_read, 0, 0) = 63 perm (it is not permitted, such as leaving a preopened directory)',
        'fd_read(4</data/in.txt>, ["hello"]) = 0 [nread 5]',
        'poll_oneoff([clock monotonic in 100000000 ns], 32 bytes <unfinished ...>',
        '<... poll_oneoff resumed> [clock]) = 0 [nevents 1] <TIME>',
        '',
      ].join('\n'),
    );
  });

  test('time of each call, and less of buffers, to a file', async () => {
    const outcome = await glassbox(['--trace=wasi:out=uses.txt,bytes=2,time=yes', ...uses]);
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(folder, 'uses.txt'), 'utf8')).toMatch(
      /fd_read\(4<\/data\/in.txt>, \["he"\.\.\.\]\) = 0 \[nread 5\] <0\.\d{6}>\n/,
    );
  });

  test('calls as data', async () => {
    const { stderr } = await glassbox(['--trace=wasi', '--json', ...uses]);
    const calls = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(calls).toMatchObject([
      { call: 'path_open', errno: 'success', args: { path: 'in.txt' }, results: { opened_fd: 4 } },
      { call: 'path_open', errno: 'perm', args: { path: '../secret' } },
      { call: 'fd_read', paths: { fd: '/data/in.txt' }, args: { iovs: ['hello'] }, results: { nread: 5 } },
      { call: 'poll_oneoff', waited: true, results: { nevents: 1 } },
    ]);
  });

  test('of a guest that is ended while it waits', async () => {
    const { stderr } = await glassbox(['--trace=wasi', '--timeout', '100ms', 'sleep.wat']);
    expect(stderr).toMatch(/ <unfinished \.\.\.>\n<\.\.\. poll_oneoff resumed>\) = \? \(the guest was ended\)/);
  });

  test('the report', async () => {
    const { stderr } = await glassbox(['--audit', ...uses]);
    for (const line of [
      'imports      5 linked, 3 called, 4 calls\n',
      '  clock_time_get  never called\n',
      '  /data/../secret  REFUSED once (perm)\n',
      '  /data/in.txt     opened, read 5 bytes\n',
      'polls        1, 1 of them waited\n',
      'exit code    0\n',
    ]) {
      expect(stderr).toContain(line);
    }
  });

  test('the report as data, of a program that fails', async () => {
    const { stderr } = await glassbox(['--audit', '--json', '--timeout', '100ms', 'sleep.wat']);
    const report = stderr.split('\n').find((line) => line.startsWith('{'))!;
    expect(JSON.parse(report)).toMatchObject({ audit: { imports: { fd_write: 1, poll_oneoff: 1 }, exitCode: 134 } });
  });

  test.each([
    ['--trace=posix'],
    ['--trace=wasi:colour=red'],
    ['--trace=wasi:bytes=x'],
    ['--trace=wasi:time=3'],
    ['--json'],
  ])('not with %s', async (option) => {
    const outcome = await glassbox([option, 'uses.wat']);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toMatch(/^error: /);
  });
});
