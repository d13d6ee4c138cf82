/**
 * Sessions that come and go while guests are inside of host functions that call back, wait for promises, run start
 * functions, call and tail call each other across instances of one store or of several, catch and rethrow: outcomes,
 * backtraces and the numbers of instructions stay those of undisturbed runs.
 */
import { describe, expect, test } from 'vitest';
import { compile, type Instance, inspect, instantiate, instantiateAsync, Store } from '../src/api/index.ts';
import { Random } from '../src/diff/random.ts';
import { hastyClock } from './pauses/disturber.ts';
import { outcomeText } from './pauses/snapshot-copy.ts';

/**
 * `leaf` asks the host; `thrower` throws, now and then after it has asked; `trap` divides by zero for multiples of
 * three.
 */
const first = compile(`(module $first
  (import "h" "f" (func $f (param i32) (result i32)))
  (type $t (func (param i32) (result i32)))
  (tag $e (export "e") (param i32))
  (table (export "table") 4 funcref)
  (func (export "leaf") (type $t) (i32.add (call $f (local.get 0)) (i32.const 1)))
  (func (export "tail_host") (type $t) (return_call $f (i32.xor (local.get 0) (i32.const 5))))
  (func (export "trap") (type $t) (i32.div_s (i32.const 1000) (i32.rem_s (local.get 0) (i32.const 3))))
  (func (export "thrower") (type $t) (local i32)
    (local.set 1 (local.get 0))
    (if (i32.and (local.get 0) (i32.const 1)) (then (local.set 1 (call $f (local.get 0)))))
    (throw $e (local.get 1))))`);

/** Tail calls into the other instance and back; catches as legacy code does, and rethrows. */
const second = compile(`(module $second
  (import "h" "f" (func $f (param i32) (result i32)))
  (import "first" "leaf" (func $leaf (param i32) (result i32)))
  (import "first" "tail_host" (func $tail_host (param i32) (result i32)))
  (import "first" "trap" (func $trap (param i32) (result i32)))
  (import "first" "thrower" (func $thrower (param i32) (result i32)))
  (import "first" "e" (tag $e (param i32)))
  (import "first" "table" (table 4 funcref))
  (type $t (func (param i32) (result i32)))
  (elem (i32.const 0) $leaf $bounce $catch $rethrow)
  (func $bounce (export "bounce") (type $t)
    (if (i32.lt_s (local.get 0) (i32.const 4)) (then (return_call $tail_host (local.get 0))))
    (return_call_indirect (type $t) (i32.shr_s (local.get 0) (i32.const 1)) (i32.and (local.get 0) (i32.const 1))))
  (func $catch (export "catch") (type $t)
    (try (result i32) (do (i32.add (call $thrower (local.get 0)) (i32.const 100)))
      (catch $e (i32.add (call $f (i32.const 2)))) (catch_all (i32.const 7))))
  (func $rethrow (export "rethrow") (type $t)
    (try (result i32)
      (do (try (result i32) (do (call $thrower (local.get 0)))
        (catch $e (drop (call $f (i32.const 1))) (drop) (rethrow 0))))
      (catch $e (i32.mul (i32.const 3)))))
  (func (export "trap") (type $t) (i32.add (i32.const 1) (call $trap (call $leaf (local.get 0))))))`);

const third = compile(`(module $third
  (import "h" "f" (func $f (param i32) (result i32)))
  (import "first" "table" (table 4 funcref))
  (import "first" "e" (tag $e (param i32)))
  (import "second" "bounce" (func $bounce (param i32) (result i32)))
  (import "second" "rethrow" (func $rethrow (param i32) (result i32)))
  (import "second" "trap" (func $trap (param i32) (result i32)))
  (type $t (func (param i32) (result i32)))
  (global $started (export "started") (mut i32) (i32.const 0))
  (start $start)
  (func $start (local $i i32)
    (loop (global.set $started (i32.add (global.get $started) (call $f (local.get $i))))
      (br_if 0 (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4)))))
  (func (export "trap") (type $t) (call $trap (local.get 0)))
  (func $run (export "run") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (i32.rotl (local.get $sum) (i32.const 3))
        (call_indirect (type $t) (i32.add (local.get $n) (local.get $i)) (i32.and (local.get $i) (i32.const 3)))))
      (local.set $sum (i32.xor (local.get $sum) (block $caught (result i32)
        (try_table (result i32) (catch $e $caught)
          (i32.add (call $bounce (i32.mul (local.get $i) (i32.const 11))) (call $rethrow (local.get $i)))))))
      (br_if $next (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum)))`);

interface World {
  readonly instances: Instance[];
  readonly lines: string[];
}

/** Tells who looks at instances that it is a good moment: a host function has been called, or is about to return. */
type Moment = (instances: readonly Instance[]) => void;

interface Options {
  readonly isAsync: boolean;
  readonly hasOneStore: boolean;
  readonly lowering: 'fast' | 'clear';
}

/** The host function: calls back to a depth of three, traps and throws in between. */
function hostOf(world: World, moment: Moment, { isAsync }: Options) {
  let depth = 0;
  const callBack = (x: number): number => {
    const [, , last] = world.instances;
    if (depth >= 3 || last === undefined || x % 3 !== 0) return x;
    depth++;
    try {
      return x % 2 === 0 ? (last.call('run', 2) as number) : (last.call('trap', 12 - depth) as number);
    } catch (error) {
      world.lines.push(`  in the host: ${outcomeText(error)}`);
      return -1;
    } finally {
      depth--;
    }
  };
  const f = (x: number): number => {
    moment(world.instances);
    const result = callBack(x);
    moment(world.instances);
    return result ^ 0x55;
  };
  if (!isAsync) return f;
  return (x: number): number | Promise<number> => {
    if (depth > 0 || x % 4 === 3) return f(x);
    moment(world.instances);
    return new Promise<number>((resolve) => {
      setImmediate(() => {
        moment(world.instances);
        resolve(x ^ 0x33);
      });
    });
  };
}

async function runAll(options: Options, moment: Moment): Promise<string[]> {
  const world: World = { instances: [], lines: [] };
  const { instances, lines } = world;
  const clock = hastyClock();
  const shared = new Store({ clock });
  const stores = new Set<Store>();
  const h = { f: hostOf(world, moment, options) };
  const imports: Record<string, Record<string, never>> = { h: h as never };
  for (const [name, module] of Object.entries({ first, second, third })) {
    const store = options.hasOneStore ? shared : new Store({ clock });
    stores.add(store);
    const { bytes } = module;
    const own = compile(bytes, { lowering: options.lowering });
    const beforeStart = (instance: Instance) => void instances.push(instance);
    const instance = options.isAsync
      ? await instantiateAsync(own, imports, { store, beforeStart })
      : instantiate(own, imports, { store, beforeStart });
    imports[name] = instance.exports as never;
  }
  const [, , last] = instances;
  lines.push(`started: ${last!.exports.started.value}`);
  for (const [name, value] of [
    ['run', 6],
    ['trap', 12],
    ['run', 3],
    ['trap', 13],
    ['trap', 14],
  ] as const) {
    try {
      lines.push(`${options.isAsync ? await last!.callAsync(name, [value]) : last!.call(name, value)}`);
    } catch (error) {
      lines.push(outcomeText(error));
    }
    for (const store of stores) lines.push(`  ${store.instructionCount} instructions, ${store.callCount} calls`);
  }
  return lines;
}

/** Opens and closes sessions at random, of one instance or of several stores. */
function visitor(random: Random): { moment: Moment; end: () => void; counts: { sessions: number; visits: number } } {
  const sessions = new Set<ReturnType<typeof inspect>>();
  const counts = { sessions: 0, visits: 0 };
  const open = (instance: Instance) => {
    const isLookedAt = [...sessions].some((each) => each.instance.store === instance.store);
    if (isLookedAt) return;
    // One that is linked may be looked at.
    let session: ReturnType<typeof inspect>;
    try {
      session = inspect(instance);
    } catch (error) {
      expect(String(error)).toMatch(/already looks at/);
      return;
    }
    counts.sessions++;
    sessions.add(session);
    if (random.below(2) === 0) {
      const visit = () => {
        counts.visits++;
      };
      session.addProbe('*', { before: visit, after: visit });
    }
  };
  return {
    counts,
    moment: (instances) => {
      if (random.below(3) === 0) return;
      const [session] = sessions;
      if (session === undefined || random.below(3) === 0) open(random.pick(instances));
      else {
        session.close();
        sessions.delete(session);
      }
    },
    end: () => {
      for (const session of sessions) session.close();
    },
  };
}

describe.each([true, false])('instances of one store: %s', (hasOneStore) => {
  describe.each([false, true])('asynchronous: %s', (isAsync) => {
    test.each(['fast', 'clear'] as const)('%s code', async (lowering) => {
      const options: Options = { hasOneStore, isAsync, lowering };
      const plain = await runAll(options, () => undefined);
      expect(plain.join('\n')).toMatch(/Trap: integer divide by zero/);
      let sessions = 0;
      let visits = 0;
      for (let seed = 1; seed <= 40; seed++) {
        const { moment, end, counts } = visitor(new Random(seed));
        expect(await runAll(options, moment), `seed ${seed}`).toEqual(plain);
        end();
        sessions += counts.sessions;
        visits += counts.visits;
      }
      expect(sessions).toBeGreaterThan(100);
      expect(visits).toBeGreaterThan(1000);
    });
  });
});
