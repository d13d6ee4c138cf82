/** The host of a page, in Node, which has the same interfaces: streams, console, clocks, randomness. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { compile, instantiate } from '../../api/index.ts';
import { HostExit } from '../../syntax/index.ts';
import { Wasi } from '../preview1/index.ts';
import { type BrowserHostOptions, browserHost } from './browser.ts';
import { HostError } from './host.ts';
import type { PollableInput, PollableOutput } from './waiting.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Copies its input to its output in pieces of 4 bytes; exits with the errno of what failed. */
const cat = `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func $check (param $errno i32) (if (local.get $errno) (then (call $exit (local.get $errno)))))
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 64))
    (loop $next
      (i32.store (i32.const 4) (i32.const 4))
      (call $check (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
      (if (i32.load (i32.const 4)) (then
        (call $check (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br $next))))))`;

async function runCat(options: BrowserHostOptions, signal?: AbortSignal): Promise<number> {
  const wasi = new Wasi({ host: browserHost(options), isAsync: true });
  try {
    await instantiate(compile(cat), wasi.imports).callAsync('_start', [], { signal });
    return 0;
  } catch (error) {
    if (!(error instanceof HostExit)) throw error;
    return error.exitCode;
  } finally {
    wasi.close();
  }
}

/** A stream that gives these chunks, each a while after it is asked. */
function readable(...chunks: string[]) {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(bytesOf(chunk));
    },
  });
}

/** A stream that notes what it takes, and how much waits to be taken at most. */
function writable() {
  const seen = { text: '', waiting: 0, mostWaiting: 0 };
  const strategy = {
    highWaterMark: 2,
    size: () => {
      seen.waiting++;
      seen.mostWaiting = Math.max(seen.mostWaiting, seen.waiting);
      return 1;
    },
  };
  const write = async (chunk: Uint8Array) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen.waiting--;
    seen.text += new TextDecoder().decode(chunk);
  };
  return { seen, stream: new WritableStream<Uint8Array>({ write }, strategy) };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('streams', () => {
  test('are read and written, and a slow one is waited for', async () => {
    const { seen, stream } = writable();
    expect(await runCat({ stdin: readable('he', '', 'llo, wide ', 'world'), stdout: stream })).toBe(0);
    await vi.waitFor(() => expect(seen.text).toBe('hello, wide world'));
    expect(seen.mostWaiting).toBeLessThanOrEqual(2);
  });

  test('that fail are io and pipe', async () => {
    const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('lost')) });
    expect(await runCat({ stdin: failing })).toBe(29);
    const refusing = new WritableStream<Uint8Array>({ write: (_, controller) => controller.error('full') });
    expect(await runCat({ stdin: 'a long text', stdout: refusing })).toBe(64);
  });

  test('that stay silent keep no guest from ending by a signal', async () => {
    const controller = new AbortController();
    const running = runCat({ stdin: new ReadableStream() }, controller.signal);
    setTimeout(() => controller.abort(), 1);
    await expect(running).rejects.toThrow('execution aborted');
  });

  test('tell how they stand', async () => {
    const host = browserHost({ stdin: readable('abc'), stdout: writable().stream });
    const stdin = host.stdin as PollableInput;
    expect(stdin.readable()).toBe(undefined);
    await stdin.untilReadable().done;
    expect(stdin.readable()).toEqual({ byteCount: 3, isHungUp: false });
    const buffer = new Uint8Array(8);
    expect(await stdin.read(buffer)).toBe(3);
    expect(await stdin.read(buffer)).toBe(0);
    expect(stdin.readable()).toEqual({ byteCount: 0, isHungUp: true });
    const stdout = host.stdout as PollableOutput;
    expect([stdout.tryWrite(bytesOf('a')), stdout.tryWrite(bytesOf('b')), stdout.tryWrite(bytesOf('c'))]).toEqual([
      1, 1, 0,
    ]);
    expect(stdout.writable()).toBe(undefined);
  });
});

describe('the console', () => {
  test('gets output line by line, and errors apart', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { stdout, stderr } = browserHost();
    const bytes = bytesOf('eins\nzwei ü\nrest');
    stdout.write(bytes.subarray(0, 11));
    stdout.write(bytes.subarray(11));
    stderr.write(bytesOf('wrong\n'));
    expect(log.mock.calls).toEqual([['eins'], ['zwei ü']]);
    stdout.flush();
    expect(log.mock.calls).toEqual([['eins'], ['zwei ü'], ['rest']]);
    expect(error.mock.calls).toEqual([['wrong']]);
  });
});

describe('clocks and randomness', () => {
  test('realtime is now, monotonic goes on, and a timer does not end early', async () => {
    const { clock } = browserHost();
    expect(Math.abs(Number(clock.realtimeNs() / 1_000_000n) - Date.now())).toBeLessThan(60_000);
    for (const durationNs of [0n, 300_000n, 2_500_000n]) {
      const begin = clock.monotonicNs();
      await clock.timer(durationNs).done;
      expect(clock.monotonicNs() - begin).toBeGreaterThanOrEqual(durationNs);
    }
    const begin = clock.monotonicNs();
    clock.sleep(2_000_000n);
    expect(clock.monotonicNs() - begin).toBeGreaterThanOrEqual(1_500_000n);
  });

  test('where threads must not block, sleeping says what to do', () => {
    vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      throw new TypeError('no');
    });
    expect(() => browserHost().clock.sleep(1n)).toThrow('callAsync');
  });

  test('random bytes reach shared memory, and more than one call gives', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(200_000));
    browserHost().random(shared);
    expect(new Set(shared.subarray(190_000)).size).toBe(256);
  });
});

test('input is text or bytes too', async () => {
  const { seen, stream } = writable();
  expect(await runCat({ stdin: new Uint8Array([104, 105]), stdout: stream })).toBe(0);
  await vi.waitFor(() => expect(seen.text).toBe('hi'));
});

test('a failed output says so to who writes next', async () => {
  const { stdout } = browserHost({ stdout: new WritableStream({ write: () => Promise.reject(new Error('no')) }) });
  stdout.write(bytesOf('a'));
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(() => stdout.write(bytesOf('b'))).toThrow(HostError);
});
