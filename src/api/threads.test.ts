/** What the embedding API has for guests that run in several agents at once. */
import { Worker } from 'node:worker_threads';
import { describe, expect, test, vi } from 'vitest';
import { compile, type Interrupt, instantiate, Memory, Store } from './index.ts';

describe('B1.5: an interrupt ends a synchronous call', () => {
  test('that computes', () => {
    const module = compile('(module (func (export "spin") (loop (br 0))))');
    let looks = 0;
    const interrupt: Interrupt = {
      get aborted() {
        return ++looks > 3;
      },
    };
    expect(() => instantiate(module, {}, { store: new Store({ interrupt }) }).call('spin')).toThrow(
      'execution aborted',
    );
  });

  test('that waits, at the address it was told', () => {
    const memory = new Memory({ initial: 1, maximum: 1, shared: true });
    const module = compile(`(module (memory (import "" "m") 1 1 shared) (func (export "wait") (result i32)
      (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1))))`);
    const ended = new Int32Array(new SharedArrayBuffer(4));
    const places: unknown[] = [];
    const interrupt: Interrupt = {
      get aborted() {
        return Atomics.load(ended, 0) === 1;
      },
      blocks(buffer, byteOffset) {
        places.push(buffer === memory.buffer, byteOffset);
        // Another agent: it notifies until somebody was there to be woken.
        const source = `const { workerData: { ended, words, index } } = require('node:worker_threads');
          Atomics.store(ended, 0, 1);
          while (Atomics.notify(words, index) === 0) Atomics.wait(ended, 0, 1, 1);`;
        new Worker(source, { eval: true, workerData: { ended, words: new Int32Array(buffer), index: byteOffset / 4 } });
      },
      unblocked: () => places.push('unblocked'),
    };
    const instance = instantiate(module, { '': { m: memory } }, { store: new Store({ interrupt }) });
    expect(() => instance.call('wait')).toThrow('execution aborted');
    expect(places).toEqual([true, 64, 'unblocked']);
  });
});

describe('B1.2: an instance of a further thread', () => {
  const text = `(module
    (memory $shared (import "" "shared") 1 1 shared) (memory $own 1)
    (data (memory $shared) (i32.const 0) "s") (data (memory $own) (i32.const 0) "o")
    (data $passive "p")
    (func (export "read") (result i32 i32) (i32.load8_u $shared (i32.const 0)) (i32.load8_u $own (i32.const 0)))
    (func (export "init") (memory.init $shared $passive (i32.const 1) (i32.const 0) (i32.const 1))))`;

  test.each([
    [false, ['s', 'o']],
    [true, ['x', 'o']],
  ] as const)('copies active segments to imported shared memories: keepsSharedData %s', (keepsSharedData, expected) => {
    const shared = new Memory({ initial: 1, maximum: 1, shared: true });
    shared.bytes[0] = 'x'.charCodeAt(0);
    const instance = instantiate(compile(text), { '': { shared } }, { keepsSharedData });
    expect(String.fromCharCode(...(instance.call('read') as number[]))).toBe(expected.join(''));
    instance.call('init');
    expect(shared.bytes[1]).toBe('p'.charCodeAt(0));
  });
});

describe('B1.3: a wait of a suspended guest', () => {
  const text = `(module (memory (import "" "m") 1 1 shared)
    (func (export "wait") (param i64) (result i32)
      (memory.atomic.wait32 (i32.const 8) (i32.const 0) (local.get 0)))
    (func (export "notify") (param i32) (result i32) (memory.atomic.notify (i32.const 8) (local.get 0))))`;
  const start = () => {
    const memory = new Memory({ initial: 1, maximum: 1, shared: true });
    return instantiate(compile(text), { '': { m: memory } });
  };

  test.each([
    ['woken', -1n, 1, 0],
    ['out of time', 1_000_000n, 0, 2],
  ] as const)('ends: %s', async (_, timeoutNs, woken, expected) => {
    const instance = start();
    const result = instance.callAsync('wait', [timeoutNs]);
    if (woken > 0) expect(instance.call('notify', woken)).toBe(1);
    expect(await result).toBe(expected);
  });

  test('that may not block says what to do', () => {
    const instance = start();
    const refuse = vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      throw new TypeError('Atomics.wait cannot be called in this context');
    });
    expect(() => instance.call('wait', 0n)).toThrow('this agent may not block; use callAsync');
    refuse.mockRestore();
    expect(instance.call('wait', 0n)).toBe(2);
  });

  test('that is cancelled hands on what wakes it', async () => {
    const instance = start();
    const controller = new AbortController();
    const cancelled = instance.callAsync('wait', [-1n], { signal: controller.signal });
    const other = instance.callAsync('wait', [-1n]);
    controller.abort();
    await expect(cancelled).rejects.toThrow('execution aborted');
    expect(instance.call('notify', 1)).toBe(1);
    expect(await other).toBe(0);
  });
});
