/** Calls that stop and go on, and their snapshots, by the embedding API alone. */
import { describe, expect, test } from 'vitest';
import { Exhaustion, SnapshotError, Trap, UsageError } from '../syntax/index.ts';
import {
  compile,
  diffSnapshots,
  GuestCall,
  inspect,
  instantiate,
  openRecording,
  restoreSnapshot,
  Store,
  saveSnapshot,
} from './index.ts';

const module = compile(`(module (memory (export "memory") 1)
  (func $sum (param i32) (result i32) (local i32)
    (loop (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "main") (param i32) (result i32 i64)
    (local.set 0 (i32.add (call $sum (local.get 0)) (call $sum (i32.const 30))))
    (i32.store (i32.const 0) (local.get 0))
    (local.get 0) (i64.const -1))
  (func (export "trap") (nop) (unreachable)))`);

describe('stopping', () => {
  test.each([1, 2, 3, 7, 64, 1000])('every %i instructions', async (instructions) => {
    const call = GuestCall.of(instantiate(module), 'main', [20]);
    let stops = 0;
    while (!(await call.run({ instructions }))) expect(call.store.instructionCount).toBe(++stops * instructions);
    expect(call.results).toEqual([675, -1n]);
    expect(call.store.instructionCount).toBe(465);
    expect(() => call.capture()).toThrow(UsageError);
    await expect(call.run()).rejects.toThrow(UsageError);
  });

  test('on a host whose every turn is over at once', async () => {
    for (let instructions = 1; instructions < 40; instructions++) {
      let now = 0;
      const clock = () => {
        now += 100;
        return now;
      };
      const call = GuestCall.of(instantiate(module, {}, { store: new Store({ clock }) }), 'main', [20]);
      while (!(await call.run({ instructions })));
      expect(call.results).toEqual([675, -1n]);
      expect(call.store.instructionCount).toBe(465);
    }
  });

  test.each([0, Number.NaN, '7'])('no turns of %s ms', async (turnMs) => {
    const call = GuestCall.of(instantiate(module), 'main', [20]);
    await expect(call.run({ turnMs: turnMs as number })).rejects.toThrow(/a number above 0/);
    expect(await call.run()).toBe(true);
  });

  test('turns as long as asked for', async () => {
    let now = 0;
    const store = new Store({ clock: () => now++ });
    const turns = async (turnMs: number) => {
      const call = GuestCall.of(instantiate(module, {}, { store }), 'main', [3_000_000]);
      let count = 0;
      let isOver = false;
      const running = call.run({ turnMs }).then(() => {
        isOver = true;
      });
      for (; !isOver; count++) await new Promise((resolve) => setImmediate(resolve));
      await running;
      return count;
    };
    expect(await turns(1)).toBeGreaterThan(await turns(1000));
  });

  test.each([Number.NaN, -1, '7'])('not after %s instructions', async (instructions) => {
    const call = GuestCall.of(instantiate(module), 'main', [20]);
    await expect(call.run({ instructions: instructions as number })).rejects.toThrow(/a number from 0 up/);
    expect(await call.run()).toBe(true);
  });

  describe('while the host is waited for', () => {
    const asking = compile(`(module (import "host" "ask" (func $ask (result i32)))
      (func (export "run") (result i32) (i32.add (call $ask) (i32.const 1)))
      (func (export "count") (param i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`);
    const later = { host: { ask: () => new Promise((resolve) => setTimeout(() => resolve(4), 1)) } };

    test('the call cannot be run twice at once', async () => {
      const call = GuestCall.of(instantiate(asking, later), 'run');
      const running = call.run();
      await expect(call.run()).rejects.toThrow(UsageError);
      expect(await running).toBe(true);
      expect(call.results).toBe(5);
    });

    const never = { host: { ask: () => new Promise(() => undefined) } };

    test('a signal ends the call', async () => {
      const controller = new AbortController();
      const call = GuestCall.of(instantiate(asking, never), 'run');
      const running = call.run({ signal: controller.signal });
      controller.abort();
      await expect(running).rejects.toThrow('execution aborted');
      await expect(call.run()).rejects.toThrow(UsageError);
    });

    test('time ends the call', async () => {
      const store = new Store({ timeoutMs: 5, clock: () => performance.now() });
      const call = GuestCall.of(instantiate(asking, never, { store }), 'run');
      await expect(call.run()).rejects.toThrow(Exhaustion);
    });

    test('a signal that comes between two waits ends the second one', async () => {
      const controller = new AbortController();
      const twice = compile(`(module (import "host" "ask" (func $ask (result i32)))
        (func (export "run") (result i32) (drop (call $ask)) (call $ask)))`);
      let asked = 0;
      const ask = () => {
        asked++;
        if (asked === 2) controller.abort();
        return asked === 1 ? Promise.resolve(1) : new Promise(() => undefined);
      };
      const call = GuestCall.of(instantiate(twice, { host: { ask } }), 'run');
      await expect(call.run({ signal: controller.signal })).rejects.toThrow('execution aborted');
      expect(asked).toBe(2);
    });

    describe('and is always ready at once', () => {
      const asking = compile(
        '(module (import "h" "f" (func $f (result i32))) (func (export "main") (loop (drop (call $f)) (br 0))))',
      );
      const imports = { h: { f: async () => 1 } };
      const ways = {
        callAsync: (store: Store, signal?: AbortSignal) =>
          instantiate(asking, imports, { store }).callAsync('main', [], signal === undefined ? {} : { signal }),
        'a call that can stop': (store: Store, signal?: AbortSignal) =>
          GuestCall.of(instantiate(asking, imports, { store }), 'main').run(signal === undefined ? {} : { signal }),
      };

      test.each(Object.entries(ways))('a signal ends %s, as others have their turns', async (_, run) => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 20);
        await expect(run(new Store(), controller.signal)).rejects.toMatchObject({ kind: 'aborted' });
      });

      test.each(Object.entries(ways))('time ends %s', async (_, run) => {
        await expect(run(new Store({ timeoutMs: 20 }))).rejects.toMatchObject({ kind: 'deadline' });
      });
    });

    test('each call has a goal of its own, which is gone when it ends', async () => {
      const instance = instantiate(asking, later, { store: new Store() });
      const [short, long] = [GuestCall.of(instance, 'run'), GuestCall.of(instance, 'run')];
      const running = [short.run({ instructions: 2 }), long.run({ instructions: 100 })];
      expect(await Promise.all(running)).toEqual([false, true]);
      expect(instance.call('count', 1000)).toBe(undefined);
      expect(await short.run()).toBe(true);
    });
  });

  test('what an earlier call was told of time and abortion is not the next one’s', async () => {
    let now = 0;
    const store = new Store({ timeoutMs: 100, clock: () => now });
    const instance = instantiate(module, {}, { store });
    const signal = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined };
    await instance.callAsync('main', [2], { signal });
    now = 1000;
    signal.aborted = true;
    const session = inspect(instance);
    session.call('main', 2);
    expect(session.run().results).toEqual([468, -1n]);
  });

  test('a trap ends the call, and the store goes on', async () => {
    const instance = instantiate(module);
    const call = GuestCall.of(instance, 'trap');
    expect(await call.run({ instructions: 1 })).toBe(false);
    await expect(call.run()).rejects.toThrow(Trap);
    expect(instance.call('main', 2)).toEqual([468, -1n]);
  });

  test('the start function is a call as well', async () => {
    const starting = compile(
      '(module (global (export "g") (mut i32) (i32.const 0)) (start 0) (func (global.set 0 (i32.const 5))))',
    );
    const instance = instantiate(starting, {}, { omitStart: true });
    expect(instance.exports.g.value).toBe(0);
    const call = GuestCall.ofStart(instance)!;
    expect(await call.run({ instructions: 1 })).toBe(false);
    expect(await call.run()).toBe(true);
    expect(instance.exports.g.value).toBe(5);
    expect(GuestCall.ofStart(instantiate(module))).toBe(undefined);
  });

  test('where a host function has called back it stops after the return', async () => {
    const calling = compile(`(module (import "h" "f" (func)) (func (export "main") (call 0) (nop))
      (func (export "leaf") (nop) (nop) (nop)))`);
    const instance = instantiate(calling, { h: { f: () => void instance.call('leaf') } });
    const call = GuestCall.of(instance, 'main');
    expect(await call.run({ instructions: 2 })).toBe(false);
    expect(call.store.instructionCount).toBe(4);
    expect(await call.run()).toBe(true);
    expect(call.store.instructionCount).toBe(5);
  });
});

describe('snapshots', () => {
  test('fuel, counts, parts, memory and what is exported', async () => {
    const store = new Store({ fuel: 1000 });
    const instance = instantiate(module, {}, { store });
    const call = GuestCall.of(instance, 'main', [20]);
    await call.run({ instructions: 150 });
    const bytes = saveSnapshot(instance, call, { parts: { mine: Uint8Array.of(1) } });
    const restored = restoreSnapshot(bytes);
    expect(restored.store.fuel).toBe(850);
    expect(restored.store.instructionCount).toBe(150);
    expect([...restored.parts]).toEqual([['mine', Uint8Array.of(1)]]);
    expect(await restored.call!.run()).toBe(true);
    expect(restored.call!.results).toEqual([675, -1n]);
    expect(restored.store.fuel).toBe(535);
    const [again] = restored.instances;
    expect(again!.exports.memory.bytes[0]).toBe(675 & 255);
    expect(again!.call('main', 2)).toEqual([468, -1n]);
    expect(again!.store).toBe(restored.store);

    const short = restoreSnapshot(bytes, {}, { fuel: 10, modules: [module] });
    expect(short.instances[0]!.module).toBe(module);
    await expect(short.call!.run()).rejects.toThrow(Exhaustion);
    expect(short.store.instructionCount).toBe(160);
  });

  test('limits of the store hold', () => {
    const bytes = saveSnapshot(instantiate(module));
    const store = new Store({ maxMemoryBytes: 1000 });
    expect(() => restoreSnapshot(bytes, {}, { store })).toThrow(Exhaustion);
    expect(store.memoryBytes).toBe(0);
    expect(() => restoreSnapshot(bytes.slice(1))).toThrow(SnapshotError);
    expect(() => saveSnapshot([])).toThrow(UsageError);
  });

  test('host functions are those of the import object', async () => {
    const asking = compile(
      '(module (import "h" "f" (func (result i32))) (func (export "main") (result i32) (nop) (call 0)))',
    );
    const instance = instantiate(asking, { h: { f: () => 1 } });
    const call = GuestCall.of(instance, 'main');
    await call.run({ instructions: 1 });
    const bytes = saveSnapshot(instance, call);
    const restored = restoreSnapshot(bytes, { h: { f: async () => 2 } });
    await restored.call!.run();
    expect(restored.call!.results).toBe(2);
    expect(() => restoreSnapshot(bytes, { h: {} })).toThrow(/"h" "f" \(func\) is not provided/);
  });
});

test.each([
  ['nothing', undefined],
  ['text', 'snapshot'],
  ['an object', {}],
])('%s is no snapshot', (_, value) => {
  expect(() => restoreSnapshot(value as never)).toThrow(UsageError);
  expect(() => openRecording(value as never)).toThrow(UsageError);
  expect(() => diffSnapshots(value as never, new Uint8Array())).toThrow(UsageError);
});
