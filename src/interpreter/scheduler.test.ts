/**
 * Several runs of one store, one inside another or in turns: what they share (fuel, depth of the host's
 * stack) stays exact, and a failed run leaves nothing behind.
 */
import { describe, expect, test } from 'vitest';
import { compile, type Imports, type Instance, instantiate, Memory, Store } from '../api/index.ts';
import { Exhaustion, Trap, UncaughtException } from '../syntax/index.ts';

const lowerings = ['fast', 'clear'] as const;
type Lowering = (typeof lowerings)[number];

function make(wat: string, imports: Imports = {}, store = new Store(), lowering: Lowering = 'fast'): Instance {
  return instantiate(compile(`(module ${wat})`, { lowering }), imports, { store });
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

const sleep = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** `run n` calls the host and then counts down from n: 2 + 5n instructions. */
const countDown = `(import "host" "f" (func $f))
  (func (export "seven") (result i32) (i32.const 7))
  (func (export "run") (param i32) (result i32) (call $f)
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 42))`;

describe('a call back from the host', () => {
  /** A clock by which each look is a turn's end, so that the run yields at every slice. */
  function hasty(): Store {
    let ms = 0;
    return new Store({
      clock: () => {
        ms += 100;
        return ms;
      },
    });
  }

  test.each(lowerings)('does not end the asynchronous run that it interrupts (%s)', async (lowering) => {
    const f = () => void instance.call('seven');
    const instance: Instance = make(countDown, { host: { f } }, hasty(), lowering);
    expect(await instance.callAsync('run', [500_000])).toBe(42);
  });

  test.each(lowerings)('after a promise does not either (%s)', async (lowering) => {
    const f = async () => {
      await sleep();
      instance.call('seven');
    };
    const instance: Instance = make(countDown, { host: { f } }, hasty(), lowering);
    expect(await instance.callAsync('run', [500_000])).toBe(42);
  });

  test('without end is stopped, also when each call is asynchronous', async () => {
    let depth = 0;
    const errors: Promise<unknown>[] = [];
    const f = () => {
      depth++;
      errors.push(instance.callAsync('run', [1]).catch((error: unknown) => error));
    };
    const instance: Instance = make(countDown, { host: { f } });
    expect(await instance.callAsync('run', [1])).toBe(42);
    expect(depth).toBe(200);
    const outcomes = await Promise.all(errors);
    expect(outcomes.filter((outcome) => outcome instanceof Exhaustion)).toHaveLength(1);
  });

  test('without end is stopped, also when each goes to another store', () => {
    const module = compile(`(module ${countDown})`);
    const descend = (): unknown => instantiate(module, { host: { f: descend } }).call('run', 1);
    expect(thrown(descend)).toMatchObject({ name: 'Exhaustion', kind: 'call-stack' });
  });
});

describe('fuel', () => {
  test.each(lowerings)('is not handed out twice to runs that wait (%s)', async (lowering) => {
    const store = new Store({ fuel: 4000 });
    const instance = make(countDown, { host: { f: sleep } }, store, lowering);
    const runs = [0, 1, 2].map(() => instance.callAsync('run', [500]).catch((error: Error) => error.message));
    // Each has read no argument but called the host.
    expect(store.instructionCount).toBe(3);
    expect(store.fuel).toBe(3997);
    expect((await Promise.all(runs)).sort()).toEqual([42, 'all fuel consumed', 'all fuel consumed']);
    expect(store.instructionCount).toBe(4000);
    expect(store.fuel).toBe(0);
  });

  test.each(lowerings)('is not handed out twice to a run that a host function begins (%s)', async (lowering) => {
    const store = new Store({ fuel: 4000 });
    let inner: Promise<unknown> | undefined;
    let calls = 0;
    const f = () => {
      calls++;
      if (calls === 1) inner = instance.callAsync('run', [600]);
    };
    const instance: Instance = make(countDown, { host: { f } }, store, lowering);
    expect(() => instance.call('run', 600)).toThrow('all fuel consumed');
    expect(await inner).toBe(42);
    expect(store.instructionCount).toBe(4000);
  });

  test.each(lowerings)('is exact for a host function, which may set it (%s)', (lowering) => {
    const store = new Store({ fuel: 1000 });
    const seen: number[] = [];
    const f = () => {
      seen.push(store.instructionCount, store.fuel, store.callCount);
      store.fuel = 50;
    };
    const wat = '(import "host" "f" (func $f)) (func (export "run") nop nop (call $f) (loop (br 0)))';
    expect(() => make(wat, { host: { f } }, store, lowering).call('run')).toThrow('all fuel consumed');
    expect(seen).toEqual([3, 997, 1]);
    expect(store.instructionCount).toBe(53);
  });

  test.each(lowerings)('counts a call once whose host function ends the run (%s)', async (lowering) => {
    const wat = '(import "host" "f" (func $f)) (func (export "run") nop nop (call $f) nop)';
    const fail = () => {
      throw new Trap('unreachable');
    };
    for (const f of [fail, async () => fail()]) {
      const store = new Store();
      await expect(make(wat, { host: { f } }, store, lowering).callAsync('run')).rejects.toThrow('unreachable');
      expect(store.instructionCount).toBe(3);
    }
  });

  test('ends before the handler of an exception goes past it', () => {
    const wat = `(import "host" "memory" (memory 1)) (tag $e) (func $throw (throw $e))
      (func (export "run")
        (block (try_table (catch $e 0) nop nop nop (call $throw)))
        (i32.store8 (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 1) (i32.const 1)))`;
    // block's and try_table's, three nops, call, throw: 7; a store with its operands is 3.
    const expected = (fuel: number) => [fuel >= 10 ? 1 : 0, fuel >= 13 ? 1 : 0];
    for (const lowering of lowerings) {
      for (let fuel = 0; fuel <= 13; fuel++) {
        const memory = new Memory({ initial: 1 });
        const instance = make(wat, { host: { memory } }, new Store({ fuel }), lowering);
        if (fuel < 13) expect(() => instance.call('run')).toThrow('all fuel consumed');
        else instance.call('run');
        expect([...memory.bytes.subarray(0, 2)], `${lowering}, fuel ${fuel}`).toEqual(expected(fuel));
      }
    }
  });
});

test('an exception that nobody catches tells the frames of every instance it passed', () => {
  const store = new Store();
  const inner = make('(tag $e) (func $a nop nop nop (throw $e)) (func $b (export "f") (call $a))', {}, store);
  const wat = '(import "inner" "f" (func $f)) (func $x) (func $y) (func $c (export "run") (call $f))';
  const error = thrown(() => make(wat, { inner: inner.exports }, store).call('run')) as UncaughtException;
  expect(error).toBeInstanceOf(UncaughtException);
  expect(error.backtrace.map(({ funcName }) => funcName)).toEqual(['a', 'b', 'c']);
});

describe('a failed run', () => {
  const wat = `(import "host" "f" (func $f (result i32))) (tag $e)
    (func (export "host") (result i32) (call $f))
    (func (export "trap") unreachable)
    (func $deep (export "deep") (call $deep))
    (func (export "throw") (throw $e))
    (func (export "spin") (loop (br 0)))`;
  const failures: Readonly<Record<string, () => unknown>> = {
    'throws an Error': () => {
      throw new Error('mine');
    },
    'throws no Error': () => {
      throw undefined;
    },
    rejects: () => Promise.reject(new Error('mine')),
    'returns what does not fit': () => 9n,
    'calls a guest that traps': () => instance.call('trap'),
    'calls a guest that never ends': () => instance.call('spin'),
  };
  let f: () => unknown = () => 1;
  let ms = 0;
  const clock = () => {
    ms += 25;
    return ms;
  };
  const store = new Store({ maxFrames: 1000, timeoutMs: 50, clock });
  const instance: Instance = make(wat, { host: { f: () => f() } }, store);

  test.each(Object.keys(failures))('whose host function %s leaves the store usable', async (name) => {
    for (const run of ['host', 'trap', 'deep', 'throw', 'spin']) {
      f = failures[name]!;
      expect(() => instance.call(run)).toThrow();
      await instance.callAsync(run).then(
        () => expect.unreachable(),
        () => undefined,
      );
      f = () => 1;
      expect(store.meter.running).toBeNull();
      expect(instance.call('host')).toBe(1);
      expect(await instance.callAsync('host')).toBe(1);
    }
    // Back at the bottom of the stack, where a fresh fiber stands too.
    expect(store.syncFiber(instance.entry)).toMatchObject({ sp: 0, fp: 0, top: 0, depth: 0, links: [], pending: null });
  });
});
