/** WASI through the embedding API: linking, whole programs in text format, waiting with and without blocking. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, decodeUtf8, instantiate } from '../api/index.ts';
import { HostExit, LinkError, Trap, UsageError } from '../syntax/index.ts';
import { memoryDirectory, memoryHost, Wasi, type WasiOptions } from './index.ts';

const text = (bytes: Uint8Array) => decodeUtf8(bytes, 0, bytes.length);

/** Runs a program on a host without effects. */
function run(source: string, options: WasiOptions = {}) {
  const host = memoryHost();
  const wasi = new Wasi({ host, ...options });
  let exitCode = 0;
  try {
    instantiate(compile(source), wasi.imports).call('_start');
  } catch (error) {
    if (!(error instanceof HostExit)) throw error;
    exitCode = error.exitCode;
  } finally {
    wasi.close();
  }
  return { exitCode, stdout: text(host.output.stdout), stderr: text(host.output.stderr) };
}

describe('linking', () => {
  test.each([
    [
      'a function that does not exist',
      '(import "wasi_snapshot_preview1" "fd_teleport" (func (param i32) (result i32)))',
      'fd_teleport',
    ],
    [
      'a parameter of another type',
      '(import "wasi_snapshot_preview1" "fd_seek" (func (param i32 i32 i32 i32) (result i32)))',
      'fd_seek": expected [i32 i32 i32 i32] -> [i32], found [i32 i64 i32 i32] -> [i32]',
    ],
    [
      'a missing result',
      '(import "wasi_snapshot_preview1" "fd_close" (func (param i32)))',
      'fd_close": expected [i32] -> [], found [i32] -> [i32]',
    ],
    [
      'a function that the version before did not have',
      '(import "wasi_unstable" "sock_accept" (func (param i32 i32 i32) (result i32)))',
      'wasi_unstable" "sock_accept',
    ],
  ])('%s is a LinkError that names it', (_, field, part) => {
    const link = () => instantiate(compile(`(module ${field})`), new Wasi().imports);
    expect(link).toThrow(LinkError);
    expect(link).toThrow(part);
  });

  test('proc_exit needs no memory', () => {
    const source = `(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (func (export "_start") (call $exit (i32.const 7))))`;
    expect(run(source).exitCode).toBe(7);
  });

  test('what needs memory says that there is none', () => {
    const source = `(module (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (func (export "_start") (drop (call $random (i32.const 0) (i32.const 1)))))`;
    expect(() => run(source)).toThrow(UsageError);
  });

  test('a bad pointer is a trap of the guest, with its backtrace', () => {
    const source = `(module (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func $main (export "_start") (drop (call $random (i32.const 65535) (i32.const 2)))))`;
    try {
      run(source);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Trap);
      expect((error as Trap).kind).toBe('memory-out-of-bounds');
      expect((error as Trap).backtrace.map(({ funcName }) => funcName)).toContain('main');
    }
  });
});

describe('options', () => {
  test.each([
    ['a zero character in an argument', { args: ['a\0b'] }],
    ['a zero character in a variable', { env: { A: '\0' } }],
    ['a variable without a name', { env: { '': 'x' } }],
    ['a variable whose name holds =', { env: { 'A=B': 'x' } }],
  ])('%s is a UsageError', (_, options) => {
    expect(() => new Wasi(options)).toThrow(UsageError);
  });
});

describe('waiting', () => {
  const source = `(module
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\\07")
    (func (export "wait") (result i32)
      (i32.store (i32.const 16) (i32.const 1))
      (i64.store (i32.const 24) (i64.const 2000000))
      (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))`;

  test('blocks under a synchronous call', () => {
    const host = memoryHost({ tickNs: 0n });
    expect(instantiate(compile(source), new Wasi({ host }).imports).call('wait')).toBe(0);
    expect(host.clock.monotonicNs()).toBe(2_000_000n);
  });

  test('suspends under an asynchronous one', async () => {
    const host = memoryHost({ tickNs: 0n });
    const blocked = () => expect.unreachable();
    let nowNs = 0n;
    const clock = {
      ...host.clock,
      realtimeNs: () => nowNs,
      monotonicNs: () => nowNs,
      sleep: blocked,
      timer: (durationNs: bigint) => {
        const done = Promise.resolve().then(() => {
          nowNs += durationNs;
        });
        return { done, cancel: () => undefined };
      },
    };
    const instance = instantiate(compile(source), new Wasi({ host, clock, isAsync: true }).imports);
    expect(await instance.callAsync('wait')).toBe(0);
    expect(nowNs).toBe(2_000_000n);
    expect(instance.exports.memory.bytes[64]).toBe(7);
    expect(instance.exports.memory.bytes[128]).toBe(1);
  });
});

describe('the example word-count', () => {
  const example = (name: string) => readFileSync(resolve(import.meta.dirname, '../../examples', name), 'utf8');
  const source = example('word-count.wat');
  const runOn = (args: readonly string[], tree: Record<string, string>) =>
    run(source, { args: ['word-count', ...args], preopens: { '/': memoryDirectory(tree) } });

  test('counts the essay beside it', () => {
    const essay = example('inside-the-box.txt');
    const { exitCode, stdout, stderr } = runOn(['essay.txt'], { 'essay.txt': essay });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(expectedReport(essay));
  });

  test('counts words that pieces cut apart, and grows its memory', () => {
    const words = Array.from({ length: 9000 }, (_, i) => `w${'abcdefghij'.repeat(4)}${letters(i)}`);
    const long = `${words.join(' ')}\n${words.slice(0, 3).join('\n')}`;
    expect(runOn(['/long.txt'], { 'long.txt': long }).stdout).toBe(expectedReport(long));
  });

  test.each([
    ['no argument', [], 2, '', 'usage: word-count FILE\n'],
    ['a missing file', ['nope.txt'], 1, '', 'word-count: cannot open nope.txt\n'],
    ['a path that leads out', ['../essay.txt'], 1, '', 'word-count: cannot open ../essay.txt\n'],
    ['a directory', ['d'], 1, '', 'word-count: cannot read d\n'],
    ['an empty file', ['empty.txt'], 0, '       0 lines\n       0 words\n       0 bytes\n', ''],
  ])('%s', (_, args, exitCode, stdout, stderr) => {
    const directory = memoryDirectory({ 'empty.txt': '', d: {} } as never);
    const result = run(source, { args: ['word-count', ...args], preopens: { '/': directory } });
    expect(result).toEqual({ exitCode, stdout, stderr });
  });

  /** A number in letters: different for different numbers. */
  function letters(number: number): string {
    return [...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
  }

  function expectedReport(content: string): string {
    const words = content.toLowerCase().match(/[a-z]+/g) ?? [];
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const top = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1)).slice(0, 10);
    const line = (count: number, what: string) => `${String(count).padStart(8)}${what}\n`;
    const totals = [
      line(content.split('\n').length - 1, ' lines'),
      line(words.length, ' words'),
      line(Buffer.byteLength(content), ' bytes'),
    ];
    const list = top.map(([word, count]) => line(count, `  ${word}`));
    return `${totals.join('')}\nthe most frequent words:\n${list.join('')}`;
  }
});
