/**
 * Where turns of asynchronous runs end, and what changes of code do to fibers that wait: whenever others have their
 * turn, a guest stands between two instructions, can be taken as data, and can be looked at.
 */
import { describe, expect, test } from 'vitest';
import { Exception } from '../api/exception.ts';
import { compile, GuestCall, type Instance, inspect, instantiate, Store, Tag } from '../api/index.ts';
import type { Func } from '../runtime/index.ts';
import { Trap } from '../syntax/index.ts';
import { advance, captureFiber, Fiber, isConvertible, restoreFiber, stand, takeResults } from './index.ts';

const lowerings = ['fast', 'clear'] as const;

/** By its clock every turn is over at once; slices are as short as told. */
function hastyStore(slice = 1): Store {
  let nowMs = 0;
  const store = new Store({
    clock: () => {
      nowMs += 10;
      return nowMs;
    },
  });
  const { meter } = store;
  const nextSlice = meter.nextSlice.bind(meter);
  meter.nextSlice = () => Math.min(slice, nextSlice());
  return store;
}

const guests = {
  'a loop': `(func $run (export "run") (result i32) (local i32)
    (loop (br_if 0 (i32.lt_s (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 20)))) (local.get 0))`,
  'a call that is the last instruction': `(func $run (export "run") (result i32) (call $f (i32.const 5)))
    (func $f (param i32) (result i32) (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 8)) (else (call $f (i32.sub (local.get 0) (i32.const 1))))))`,
  'a branch to the end of the function': `(func $run (export "run") (result i32) (local i32)
    (local.set 0 (i32.const 3)) (br_if 0 (i32.const 9) (call $g (local.get 0))) (drop) (call $g (i32.const 0)))
    (func $g (param i32) (result i32) (local.get 0))`,
  'growth with operands below': `(memory 1) (func $run (export "run") (result i32)
    (i32.add (i32.const 3) (i32.add (memory.grow (i32.const 1)) (call $g (memory.grow (i32.const 0))))))
    (func $g (param i32) (result i32) (local.get 0))`,
  exceptions: `(tag $e (param i32)) (func $run (export "run") (result i32) (local i32)
      (loop $again (local.set 0 (i32.add (local.get 0) (block $c (result i32)
        (try_table (catch $e $c) (call $throw (i32.const 7))) unreachable)))
        (br_if $again (i32.lt_s (local.get 0) (i32.const 30)))) (local.get 0))
    (func $throw (param i32) (throw $e (local.get 0)))`,
};

describe.each(lowerings)('turns that end in %s code', (lowering) => {
  test.each(Object.entries(guests))('end between two instructions: %s', (_, wat) => {
    const module = compile(`(module ${wat})`, { lowering });
    const plain = instantiate(module);
    const result = plain.call('run');
    for (const slice of [1, 2, 3, 5]) {
      const store = hastyStore(slice);
      const { entry } = instantiate(module, {}, { store });
      const f = entry.exports.get('run') as Func;
      const args = { words: new Int32Array(2), refs: [null] };
      let fiber = new Fiber(store.meter, entry);
      const base = stand(fiber, f, args);
      let turns = 0;
      while (advance(fiber) === 'yielded') {
        expect(isConvertible(fiber)).toBe(true);
        const state = captureFiber(fiber)!;
        expect(state).toBeDefined();
        // Each other turn goes on as it is.
        if (turns++ % 2 === 0) continue;
        fiber = new Fiber(store.meter, entry);
        restoreFiber(fiber, state);
      }
      takeResults(fiber, base, f, args);
      expect(args.words[0]).toBe(result);
      expect(turns).toBeGreaterThan(0);
      expect([store.instructionCount, store.callCount]).toEqual([plain.store.instructionCount, plain.store.callCount]);
    }
  });

  test.each(Object.entries(guests))('let sessions come and go: %s', (_, wat) => {
    const module = compile(`(module ${wat})`, { lowering });
    const plain = instantiate(module);
    const result = plain.call('run');
    for (const slice of [1, 2, 3]) {
      const store = hastyStore(slice);
      const instance = instantiate(module, {}, { store });
      const f = instance.entry.exports.get('run') as Func;
      const args = { words: new Int32Array(2), refs: [null] };
      const fiber = store.takeFiber(instance.entry);
      const base = stand(fiber, f, args);
      let session: ReturnType<typeof inspect> | undefined;
      while (advance(fiber) === 'yielded') {
        if (session === undefined) session = inspect(instance);
        else {
          session.close();
          session = undefined;
        }
      }
      takeResults(fiber, base, f, args);
      expect([args.words[0], store.instructionCount]).toEqual([result, plain.store.instructionCount]);
    }
  });

  test('a loop that is one branch pauses, and can be looked at', async () => {
    const instance = instantiate(compile('(module (func (export "run") (loop (br 0))))', { lowering }));
    const call = GuestCall.of(instance, 'run');
    expect(await call.run({ instructions: 100_000 })).toBe(false);
    expect(instance.store.instructionCount).toBe(100_000);
    const session = inspect(instance);
    expect(await call.run({ instructions: 10 })).toBe(false);
    session.close();
    expect(await call.run({ instructions: 100_000 })).toBe(false);
    expect(instance.store.instructionCount).toBe(200_010);
  });

  test('a trap is counted to the instruction', async () => {
    const module = compile(
      '(module (func (export "run") (result i32) (nop) (i32.div_u (i32.const 1) (i32.const 0))))',
      {
        lowering,
      },
    );
    const instance = instantiate(module);
    await expect(GuestCall.of(instance, 'run').run()).rejects.toThrow(Trap);
    expect(instance.store.instructionCount).toBe(4);
  });

  test('an exception that a promise brings is counted to the instruction', async () => {
    const tag = new Tag(['i32']);
    const module = compile(
      `(module (import "h" "e" (tag $e (param i32))) (import "h" "f" (func $f (result i32)))
        (func (export "run") (result i32) (nop) (nop)
          (i32.add (block $c (result i32) (nop) (try_table (result i32) (catch $e $c) (call $f))) (i32.const 1))))`,
      { lowering },
    );
    const counts: number[] = [];
    for (const isPromise of [false, true]) {
      const f = () => {
        const exception = new Exception(tag, [41]);
        if (isPromise) return Promise.reject(exception);
        throw exception;
      };
      const instance = instantiate(module, { h: { e: tag, f } });
      expect(await instance.callAsync('run')).toBe(42);
      counts.push(instance.store.instructionCount);
    }
    expect(counts[1]).toBe(counts[0]);
  });
});

describe('sessions that begin and end within host functions that have called back', () => {
  /** Counts with a call of the host in the middle, whose results add up. */
  const counting = `(import "h" "f" (func $f (param i32) (result i32))) (memory 1)
    (func $run (export "run") (param i32) (result i32) (local i32)
      (loop (local.set 1 (i32.add (local.get 1) (call $f (local.get 0))))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get 1)))
      (local.get 1))`;

  /** `run 3` calls the host, which calls `run 2`, and so on; `act` is done in each host call. */
  function nest(act: (depth: number, instance: Instance) => void, lowering: 'fast' | 'clear') {
    let depth = 0;
    const f = (n: number): number => {
      depth++;
      act(depth, instance);
      const result = n > 1 ? (instance.call('run', n - 1) as number) : 1;
      act(depth, instance);
      depth--;
      return result;
    };
    const instance: Instance = instantiate(compile(`(module ${counting})`, { lowering }), { h: { f } });
    const result = instance.call('run', 4);
    return [result, instance.store.instructionCount, instance.store.callCount];
  }

  test.each(lowerings)('at every depth, in and out (%s)', (lowering) => {
    const plain = nest(() => undefined, lowering);
    for (let seed = 1; seed < 60; seed++) {
      let state = seed;
      let session: ReturnType<typeof inspect> | undefined;
      const disturbed = nest((_, instance) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        if (state >>> 30 !== 0) return;
        if (session === undefined) session = inspect(instance);
        else {
          session.close();
          session = undefined;
        }
      }, lowering);
      expect(disturbed, `seed ${seed}`).toEqual(plain);
    }
  });

  test('what waits below runs the code of the instance afterwards', () => {
    const mnemonics: string[] = [];
    let isAttached = false;
    nest((depth, instance) => {
      if (depth !== 3 || isAttached) return;
      isAttached = true;
      inspect(instance).addProbe('i32.store', {
        before: ({ mnemonic, depth: frames }) => void mnemonics.push(`${mnemonic} ${frames}`),
      });
    }, 'fast');
    // The frames that wait below when the session comes are probed, too.
    expect(new Set(mnemonics)).toEqual(new Set(['i32.store 1', 'i32.store 2', 'i32.store 3', 'i32.store 4']));
  });
});
