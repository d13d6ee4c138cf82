/** Calls of every kind: depth, tail calls, other instances, the host; and what a backtrace tells. */
import { describe, expect, test } from 'vitest';
import {
  compile,
  Exception,
  hostFunction,
  type Imports,
  type Instance,
  instantiate,
  Store,
  Tag,
} from '../api/index.ts';
import { Exhaustion, Trap, UncaughtException, UsageError } from '../syntax/index.ts';

function make(wat: string, imports: Imports = {}, store = new Store()): Instance {
  return instantiate(compile(`(module ${wat})`), imports, { store });
}

/** The error that `action` throws. */
function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('depth', () => {
  test('endless recursion ends in call stack exhausted', () => {
    const error = thrown(() => make('(func $f (export "run") (call $f))').call('run')) as Exhaustion;
    expect(error).toBeInstanceOf(Exhaustion);
    expect(error.message).toBe('call stack exhausted');
    expect(error.backtrace[0]?.funcName).toBe('f');
  });

  test('recursion with large frames is bounded by the value stack', () => {
    const locals = '(local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)';
    const store = new Store({ maxStackBytes: 1 << 20, maxFrames: 1e9 });
    expect(() => make(`(func $f (export "run") ${locals} (call $f))`, {}, store).call('run')).toThrow(Exhaustion);
  });

  test('a guest that ran out of stack can be called again', () => {
    const instance = make('(func $f (export "deep") (call $f)) (func (export "seven") (result i32) (i32.const 7))');
    expect(() => instance.call('deep')).toThrow(Exhaustion);
    expect(instance.call('seven')).toBe(7);
  });

  test('two instances call each other 1,000,000 deep when the limit allows it', () => {
    const store = new Store({ maxFrames: 3_000_000, maxStackBytes: 2 ** 28 });
    const body = (callee: string) => `(func (export "f") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (i32.const 1) (call ${callee} (i32.sub (local.get 0) (i32.const 1)))))
        (else (i32.const 0))))`;
    const table = '(table (export "t") 1 funcref) (type $f (func (param i32) (result i32)))';
    const pong = make(
      `${table} ${body('$indirect')} (func $indirect (param i32) (result i32)
      (call_indirect (type $f) (local.get 0) (i32.const 0)))`,
      {},
      store,
    );
    const ping = make(
      `(import "pong" "f" (func $pong (param i32) (result i32))) ${body('$pong')}`,
      { pong: { f: pong.exports.f } },
      store,
    );
    pong.exports.t.set(0, ping.exports.f);
    expect(ping.call('f', 1_000_000)).toBe(1_000_000);
  });

  test('the host and a guest that call each other without end are stopped', () => {
    const instance: Instance = make('(import "host" "f" (func $f)) (func (export "run") (call $f))', {
      host: { f: () => void instance.call('run') },
    });
    expect(() => instance.call('run')).toThrow(Exhaustion);
    expect(() => instance.call('run')).toThrow('call stack exhausted');
  });
});

describe('tail calls', () => {
  test.each([
    ['return_call', '(return_call $f (i32.sub (local.get 0) (i32.const 1)))'],
    ['return_call_indirect', '(return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))'],
    ['return_call_ref', '(return_call_ref $t (i32.sub (local.get 0) (i32.const 1)) (ref.func $f))'],
  ])('%s runs in one frame', (_, tail) => {
    const store = new Store({ maxFrames: 10 });
    const wat = `(type $t (func (param i32) (result i32))) (table funcref (elem $f))
      (func $f (export "run") (type $t) (if (result i32) (local.get 0) (then ${tail}) (else (i32.const 42))))`;
    expect(make(wat, {}, store).call('run', 100_000)).toBe(42);
  });

  test('between two instances leaves no frames behind', () => {
    const store = new Store({ maxFrames: 10 });
    const types = '(type $t (func (param i32) (result i32)))';
    const b = make(
      `${types} (table (export "t") 1 funcref) (func (export "b") (type $t)
      (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))`,
      {},
      store,
    );
    const a = make(
      `${types} (import "b" "b" (func $b (type $t))) (func (export "a") (type $t)
      (if (result i32) (i32.le_s (local.get 0) (i32.const 0)) (then (i32.const 5))
        (else (return_call $b (i32.sub (local.get 0) (i32.const 1))))))`,
      { b: { b: b.exports.b } },
      store,
    );
    b.exports.t.set(0, a.exports.a);
    expect(a.call('a', 100_000)).toBe(5);
  });

  test('of a host function returns its result', () => {
    const wat = `(import "host" "f" (func $f (param i32) (result i32)))
      (func $g (param i32) (result i32) (return_call $f (local.get 0)))
      (func (export "run") (result i32) (i32.add (call $g (i32.const 3)) (i32.const 100)))`;
    expect(make(wat, { host: { f: (x: number) => x * 2 } }).call('run')).toBe(106);
  });
});

describe('host functions', () => {
  test('get and return every kind of number', () => {
    const wat = `(import "host" "f" (func $f (param i32 i64 f32 f64 externref) (result f64 i64 externref)))
      (func (export "run") (param externref) (result f64 i64 externref)
        (call $f (i32.const -1) (i64.const -2) (f32.const 0.5) (f64.const 0.1) (local.get 0)))`;
    const seen: unknown[] = [];
    const f = (...values: unknown[]) => {
      seen.push(...values);
      return [0.25, 9n, 'there'];
    };
    expect(make(wat, { host: { f } }).call('run', 'here')).toEqual([0.25, 9n, 'there']);
    expect(seen).toEqual([-1, -2n, 0.5, 0.1, 'here']);
  });

  test('may grow the memory of the guest that called them', () => {
    const wat = `(import "host" "grow" (func $grow)) (memory (export "memory") 1)
      (func (export "run") (result i32) (call $grow) (i32.store (i32.const 100000) (i32.const 7))
        (i32.load (i32.const 100000)))`;
    const grow = hostFunction((caller) => void caller.memory().grow(1));
    expect(make(wat, { host: { grow } }).call('run')).toBe(7);
  });

  test('that throw end the guest with their own error', () => {
    const error = new Error('mine');
    const fail = () => {
      throw error;
    };
    const instance = make('(import "host" "f" (func $f)) (func (export "run") (call $f))', { host: { f: fail } });
    expect(thrown(() => instance.call('run'))).toBe(error);
    expect(thrown(() => instance.call('run'))).toBe(error);
  });

  test('that return a promise under a synchronous call are refused', () => {
    const instance = make('(import "host" "f" (func $f)) (func (export "run") (call $f))', {
      host: { f: () => Promise.resolve() },
    });
    expect(thrown(() => instance.call('run'))).toBeInstanceOf(UsageError);
  });

  test('that return something else than their type says are refused', () => {
    const wat = '(import "host" "f" (func $f (result i64))) (func (export "run") (drop (call $f)))';
    expect(thrown(() => make(wat, { host: { f: () => 1 } }).call('run'))).toBeInstanceOf(UsageError);
  });
});

describe('asynchronous calls', () => {
  const wat = `(import "host" "sleep" (func $sleep (param i32) (result i32)))
    (func (export "run") (param i32) (result i32)
      (i32.add (call $sleep (local.get 0)) (i32.mul (call $sleep (i32.const 1)) (local.get 0))))
    (func (export "spin") (loop (br 0)))`;
  const sleep = (x: number) => new Promise<number>((resolve) => setTimeout(() => resolve(x + 1), 1));

  test('wait for promises, many guests at once', async () => {
    const instance = make(wat, { host: { sleep } });
    const results = await Promise.all([1, 2, 3, 4].map((x) => instance.callAsync('run', [x])));
    expect(results).toEqual([4, 7, 10, 13]);
  });

  test('hand a rejection over as the error of the call', async () => {
    const instance = make(wat, { host: { sleep: () => Promise.reject(new Error('no sleep')) } });
    await expect(instance.callAsync('run', [1])).rejects.toThrow('no sleep');
  });

  test('give way to the event loop and end when told', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    const running = make(wat, { host: { sleep } }).callAsync('spin', [], { signal: controller.signal });
    await expect(running).rejects.toThrow('execution aborted');
  });

  test('end when told while they wait for the host', async () => {
    const controller = new AbortController();
    const instance = make(wat, { host: { sleep: () => new Promise(() => undefined) } });
    setTimeout(() => controller.abort(), 5);
    await expect(instance.callAsync('run', [1], { signal: controller.signal })).rejects.toThrow('execution aborted');
  });

  test('end at their deadline, spinning or waiting', async () => {
    const store = new Store({ timeoutMs: 10 });
    const instance = make(wat, { host: { sleep: () => new Promise(() => undefined) } }, store);
    await expect(instance.callAsync('spin')).rejects.toThrow('deadline exceeded');
    await expect(instance.callAsync('run', [1])).rejects.toThrow('deadline exceeded');
  });

  test('that were ended leave nothing behind for a promise that settles later', async () => {
    let settle = (_: number) => {};
    const sleeping = () =>
      new Promise<number>((resolve) => {
        settle = resolve;
      });
    const instance = make(wat, { host: { sleep: sleeping } });
    const controller = new AbortController();
    const ended = instance.callAsync('run', [1], { signal: controller.signal });
    controller.abort();
    await expect(ended).rejects.toThrow('execution aborted');
    const late = settle;
    const running = instance.callAsync('run', [2]);
    late(1000);
    await Promise.resolve();
    settle(1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    settle(1);
    expect(await running).toBe(3);
  });

  test('keep exact fuel over suspensions', async () => {
    for (const lowering of ['fast', 'clear'] as const) {
      const store = new Store({ fuel: 9 });
      const instance = instantiate(compile(`(module ${wat})`, { lowering }), { host: { sleep } }, { store });
      await instance.callAsync('run', [1]);
      expect(store.fuel, lowering).toBe(2);
      store.fuel = 6;
      await expect(instance.callAsync('run', [1]), lowering).rejects.toThrow('all fuel consumed');
    }
  });
});

test('a synchronous deadline stops an endless loop', () => {
  const store = new Store({ timeoutMs: 20 });
  expect(() => make('(func (export "run") (loop (br 0)))', {}, store).call('run')).toThrow('deadline exceeded');
});

describe('exceptions', () => {
  const tag = '(tag $e (export "e") (param i32 i64))';

  test('carry their payload through a host function that lets them pass', () => {
    const wat = `(import "host" "f" (func $f)) ${tag}
      (func (export "throw") (throw $e (i32.const 3) (i64.const 4)))
      (func (export "run") (result i32 i64) (block (result i32 i64) (try_table (catch $e 0) (call $f)) unreachable))`;
    const instance: Instance = make(wat, { host: { f: () => void instance.call('throw') } });
    expect(instance.call('run')).toEqual([3, 4n]);
  });

  test('that nobody catches reach the host with a backtrace', () => {
    const error = thrown(() =>
      make(`${tag} (func $f (throw $e (i32.const 3) (i64.const 4)))
      (func (export "run") (call $f))`).call('run'),
    ) as UncaughtException;
    expect(error).toBeInstanceOf(UncaughtException);
  });

  test('reach the host with tag and payload, and go back in as the same', () => {
    const wat = `(import "host" "f" (func $f)) ${tag}
      (func (export "throw") (throw $e (i32.const 3) (i64.const 4)))
      (func (export "run") (result i32 i64) (block (result i32 i64) (try_table (catch $e 0) (call $f)) unreachable))`;
    const instance: Instance = make(wat, {
      host: {
        f: () => {
          throw thrown(() => instance.call('throw'));
        },
      },
    });
    const error = thrown(() => instance.call('throw')) as Exception;
    expect(error).toBeInstanceOf(Exception);
    expect(error.tag).toBe(instance.exports.e);
    expect(error.values).toEqual([3, 4n]);
    expect(instance.call('run')).toEqual([3, 4n]);
  });

  test('made by the host are caught by the guest', () => {
    const wat = `(import "host" "f" (func $f)) (import "host" "e" (tag $e (param i32 i64)))
      (func (export "run") (result i32 i64) (block (result i32 i64) (try_table (catch $e 0) (call $f)) unreachable))`;
    const e = new Tag(['i32', 'i64']);
    const f = () => {
      throw new Exception(e, [5, 6n]);
    };
    expect(make(wat, { host: { e, f } }).call('run')).toEqual([5, 6n]);
    expect(thrown(() => new Exception(e, [5]))).toBeInstanceOf(UsageError);
    expect(thrown(() => new Exception(e, [5, 6]))).toBeInstanceOf(UsageError);
  });

  test('are caught across instances by the identity of the tag', () => {
    const store = new Store();
    const thrower = make(`${tag} (func (export "f") (throw $e (i32.const 1) (i64.const 2)))`, {}, store);
    const wat = `(import "a" "e" (tag $e (param i32 i64))) (import "a" "f" (func $f))
      (tag $other (param i32 i64))
      (func (export "run") (result i32 i64) (block (result i32 i64)
        (block (result i32 i64) (try_table (catch $other 0) (catch $e 1) (call $f)) unreachable) unreachable))`;
    expect(make(wat, { a: thrower.exports }, store).call('run')).toEqual([1, 2n]);
  });
});

test('a trap tells where it happened, function by function, across instances', () => {
  const store = new Store();
  const inner = make('(func $deep unreachable) (func $inner (export "f") nop (call $deep))', {}, store);
  const outer = make(
    '(import "inner" "f" (func $f)) (func $outer (export "run") (call $f))',
    { inner: inner.exports },
    store,
  );
  const trap = thrown(() => outer.call('run')) as Trap;
  expect(trap).toBeInstanceOf(Trap);
  expect(trap.kind).toBe('unreachable');
  expect(trap.backtrace.map(({ funcName }) => funcName)).toEqual(['deep', 'inner', 'outer']);
  expect(inner.module.bytes[trap.backtrace[0]!.byteOffset]).toBe(0x00);
  expect(inner.module.bytes[trap.backtrace[1]!.byteOffset]).toBe(0x10);
});
