/**
 * Hosts that throw: a `HostError` is an errno of the guest's, anything else reaches whoever called the guest,
 * unchanged.
 * Other guests go on, what was written before arrives, and what is open is closed.
 */
import { describe, expect, test } from 'vitest';
import { compile, instantiate } from '../api/index.ts';
import { Exhaustion, HostExit, UsageError } from '../syntax/index.ts';
import {
  HostError,
  type InputStream,
  memoryDirectory,
  memoryHost,
  type OutputStream,
  Wasi,
  type WasiOptions,
} from './index.ts';
import { failing, failingDirectory, failingOutput } from './preview1/failing-host.ts';

/** Writes `ab`, then calls what a test wants; each call gives its errno. */
const guest = compile(`(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $list (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "ab")
  (data (i32.const 8) "\\00\\00\\00\\00\\02\\00\\00\\00")
  (data (i32.const 16) "\\40\\00\\00\\00\\08\\00\\00\\00")
  ;; a subscription to the monotonic clock in 1 s
  (data (i32.const 144) "\\01")
  (data (i32.const 152) "\\00\\ca\\9a\\3b")
  (func (export "write") (result i32) (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 32)))
  (func (export "read") (result i32) (call $read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 32)))
  (func (export "random") (result i32) (call $random (i32.const 64) (i32.const 8)))
  (func (export "time") (result i32) (call $time (i32.const 0) (i64.const 0) (i32.const 64)))
  (func (export "poll") (result i32) (call $poll (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 32)))
  (func (export "unlink") (result i32) (call $unlink (i32.const 3) (i32.const 0) (i32.const 2)))
  (func (export "list") (result i32)
    (call $list (i32.const 3) (i32.const 512) (i32.const 100) (i64.const 0) (i32.const 32)))
  (func (export "exit") (call $exit (i32.const 7))))`);

type Call = 'write' | 'read' | 'random' | 'time' | 'poll' | 'unlink' | 'list';

const fail = (thrown: unknown) => () => {
  throw thrown;
};

/** Options under which a call meets a host that throws. */
const hosts: { readonly [C in Call]: (thrown: unknown) => WasiOptions } = {
  write: (thrown) => ({ stdout: failingOutput(thrown) }),
  read: (thrown) => ({ stdin: { isTerminal: false, read: fail(thrown) } }),
  random: (thrown) => ({ random: fail(thrown) }),
  time: (thrown) => ({ clock: failing(memoryHost().clock, thrown, ['realtimeNs']) }),
  poll: (thrown) => ({ clock: failing(memoryHost().clock, thrown, ['sleep', 'timer']) }),
  unlink: (thrown) => ({ preopens: { '/': failingDirectory(thrown) } }),
  list: (thrown) => ({ preopens: { '/': failingDirectory(thrown) } }),
};

const calls = Object.keys(hosts) as Call[];

/** What `act` throws. */
async function thrownBy(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const start = (options: WasiOptions) => {
  const wasi = new Wasi(options);
  return { wasi, instance: instantiate(guest, wasi.imports) };
};

const odd: readonly (readonly [string, unknown])[] = [
  ['a TypeError', new TypeError('host.x is not a function')],
  ['null', null],
  ['undefined', undefined],
  ['a text', 'no'],
  ['an object with a code', { code: 'ENOENT' }],
];

describe.each(calls)('a host that throws in %s', (call) => {
  test.each(['call', 'callAsync'] as const)('a HostError is an errno (%s)', async (how) => {
    const options = hosts[call](new HostError('ENOSPC'));
    const { instance } = start({ ...options, isAsync: how === 'callAsync' });
    expect(await instance[how](call)).toBe(51);
  });

  test('a POSIX name that preview 1 does not know is io', () => {
    expect(start(hosts[call](new HostError('EFTYPE'))).instance.call(call)).toBe(29);
  });

  test.each(odd)('%s reaches the caller, and the guest can be called again', async (_, thrown) => {
    const { wasi, instance } = start(hosts[call](thrown));
    expect(await thrownBy(() => instance.call(call))).toBe(thrown);
    expect(await thrownBy(() => instance.call(call))).toBe(thrown);
    expect(await thrownBy(() => instance.call('exit'))).toBeInstanceOf(HostExit);
    wasi.close();
  });

  test.each(odd)('%s reaches the caller of callAsync', async (_, thrown) => {
    const { wasi, instance } = start({ ...hosts[call](thrown), isAsync: true });
    expect(await thrownBy(() => instance.callAsync(call))).toBe(thrown);
    expect(await thrownBy(() => instance.callAsync('exit'))).toBeInstanceOf(HostExit);
    wasi.close();
  });

  test('another guest goes on', async () => {
    const host = memoryHost();
    const other = start({ host, preopens: { '/': memoryDirectory({ ab: 'x' }) } });
    const { instance } = start(hosts[call](new TypeError('x')));
    await thrownBy(() => instance.call(call));
    expect(calls.map((each) => other.instance.call(each))).toEqual(calls.map(() => 0));
    expect(new TextDecoder().decode(host.output.stdout)).toBe('ab');
  });
});

describe('promises of an input', () => {
  const input = (read: () => Promise<number>): InputStream => ({ isTerminal: false, read });

  test('one that is rejected with a HostError is an errno', async () => {
    const { instance } = start({ stdin: input(() => Promise.reject(new HostError('EIO'))), isAsync: true });
    expect(await instance.callAsync('read')).toBe(29);
  });

  test.each(odd)('one that is rejected with %s reaches the caller', async (_, thrown) => {
    const { instance } = start({ stdin: input(() => Promise.reject(thrown)), isAsync: true });
    expect(await thrownBy(() => instance.callAsync('read'))).toBe(thrown);
    expect(await instance.callAsync('random')).toBe(0);
  });

  test('one that never settles holds up nobody else, and ends with the call', async () => {
    const { instance } = start({ stdin: input(() => new Promise<number>(() => undefined)), isAsync: true });
    const ending = thrownBy(() => instance.callAsync('read', [], { signal: AbortSignal.timeout(50) }));
    const other = start({ isAsync: true });
    expect(await other.instance.callAsync('random')).toBe(0);
    expect(await ending).toBeInstanceOf(Exhaustion);
    expect(await instance.callAsync('random')).toBe(0);
  });

  test('a guest that runs synchronously says that it cannot wait', () => {
    const { instance } = start({ stdin: input(() => Promise.reject(new TypeError('unheard'))) });
    expect(() => instance.call('read')).toThrow(UsageError);
  });
});

/** Keeps what is written until it is flushed. */
class Buffered implements OutputStream {
  readonly isTerminal = false;
  flushed = '';
  #pending = '';

  write(bytes: Uint8Array): void {
    this.#pending += new TextDecoder().decode(bytes);
  }

  flush(): void {
    this.flushed += this.#pending;
    this.#pending = '';
  }
}

describe('nothing is lost', () => {
  const failingFlush = (thrown: unknown): OutputStream => ({ isTerminal: false, write() {}, flush: fail(thrown) });

  test('what was written before a host threw arrives with close', async () => {
    const stdout = new Buffered();
    const { wasi, instance } = start({ stdout, random: fail(new TypeError('x')) });
    expect(instance.call('write')).toBe(0);
    await thrownBy(() => instance.call('random'));
    wasi.close();
    expect(stdout.flushed).toBe('ab');
  });

  test.each([
    ['a HostError', new HostError('EPIPE')],
    ['a TypeError', new TypeError('x')],
  ])('%s while standard error is flushed keeps nothing of standard output', async (_, thrown) => {
    for (const end of ['flush', 'close'] as const) {
      const stderr = new Buffered();
      const closed: string[] = [];
      const directory = memoryDirectory();
      directory.close = () => closed.push('directory');
      const { wasi } = start({ stdout: failingFlush(thrown), stderr, preopens: { '/': directory } });
      stderr.write(new Uint8Array([0x65]));
      if (end === 'flush' || !(thrown instanceof HostError)) expect(await thrownBy(() => wasi[end]())).toBe(thrown);
      else wasi[end]();
      expect(stderr.flushed).toBe('e');
      expect(closed).toEqual(end === 'close' ? ['directory'] : []);
    }
  });

  test.each(['call', 'callAsync'] as const)('the exit code of a guest whose output is gone (%s)', async (how) => {
    const stdout = failingFlush(new HostError('EPIPE'));
    const { instance } = start({ stdout, isAsync: how === 'callAsync' });
    const thrown = await thrownBy(() => instance[how]('exit'));
    expect(thrown).toBeInstanceOf(HostExit);
    expect((thrown as HostExit).exitCode).toBe(7);
  });
});
