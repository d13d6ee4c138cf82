/** A guest stopped before any of its instructions, taken as data and put on another fiber, goes on as if nothing was */
import { describe, expect, test } from 'vitest';
import { compile, type Imports, instantiate, Store } from '../api/index.ts';
import type { Func, HostArguments } from '../runtime/index.ts';
import {
  abandon,
  advance,
  captureFiber,
  changeCode,
  Fiber,
  restoreFiber,
  type Standing,
  stand,
  takeResults,
  twinOf,
} from './index.ts';

interface Case {
  readonly name: string;
  readonly wat: string;
  readonly args?: readonly number[];
  readonly imports?: Imports;
}

const cases: readonly Case[] = [
  {
    name: 'recursion with operands below the calls',
    wat: `(func $fib (export "run") (param i32) (result i32)
      (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
        (then (local.get 0))
        (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                       (call $fib (i32.sub (local.get 0) (i32.const 2)))))))`,
    args: [7],
  },
  {
    name: 'loops within loops, values on the stack at labels',
    wat: `(func (export "run") (param i32) (result i32) (local $i i32) (local $sum i32) (local $j i32)
      (loop $outer
        (local.set $j (i32.const 0))
        (local.set $sum (i32.add (local.get $sum) (block (result i32)
          (loop $inner (param) (result i32)
            (local.set $j (i32.add (local.get $j) (i32.const 1)))
            (local.get $j)
            (br_if 1 (i32.gt_s (local.get $j) (local.get $i)))
            (drop) (br $inner)))))
        (br_if $outer (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 0))))
      (local.get $sum))`,
    args: [6],
  },
  {
    name: 'indirect, reference and tail calls',
    wat: `(type $t (func (param i32) (result i32))) (table funcref (elem $a $b)) (elem declare func $a)
      (func $a (type $t) (i32.add (local.get 0) (i32.const 3)))
      (func $b (type $t) (if (i32.gt_s (local.get 0) (i32.const 20)) (then (return (local.get 0))))
        (return_call_indirect (type $t) (i32.mul (local.get 0) (i32.const 2)) (i32.const 1)))
      (func (export "run") (param i32) (result i32)
        (i32.add (call_indirect (type $t) (local.get 0) (i32.and (local.get 0) (i32.const 1)))
          (i32.add (call_ref $t (local.get 0) (ref.func $a)) (call_indirect (type $t) (i32.const 2) (i32.const 1)))))`,
    args: [5],
  },
  {
    name: 'exceptions over frames',
    wat: `(tag $e (param i32)) (func $thrower (param i32) (throw $e (i32.mul (local.get 0) (i32.const 2))))
      (func $middle (param i32) (call $thrower (local.get 0)) unreachable)
      (func (export "run") (param i32) (result i32) (local $n i32)
        (loop $again (result i32)
          (i32.add (i32.const 100) (block $caught (result i32)
            (try_table (catch $e $caught) (call $middle (local.get $n))) (i32.const 0)))
          (br_if $again (i32.lt_s (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get 0))
            ) ))`
      .replace('(loop $again (result i32)', '(local $r i32) (loop $again (result i32)')
      .replace('(br_if $again', '(local.set $r) (br_if $again')
      .replace('\n            ) ))', ') (local.get $r)))'),
    args: [4],
  },
  {
    name: 'host functions between',
    wat: `(import "host" "double" (func $double (param i32) (result i32))) (memory 1) (global $g (mut i64) (i64.const 1))
      (func (export "run") (param i32) (result i32)
        (loop (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (call $double (local.get 0))))
          (global.set $g (i64.mul (global.get $g) (i64.const 3)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (i32.add (i32.load (i32.const 8)) (i32.wrap_i64 (global.get $g))))`,
    args: [5],
    imports: { host: { double: (x: number) => 2 * x } },
  },
  {
    name: 'objects and references',
    wat: `(type $node (struct (field $next (ref null $node)) (field $value i32)))
      (func $cons (param i32 (ref null $node)) (result (ref $node)) (struct.new $node (local.get 1) (local.get 0)))
      (func (export "run") (param i32) (result i32) (local $list (ref null $node)) (local $sum i32)
        (loop (local.set $list (call $cons (local.get 0) (local.get $list)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (block $done (loop
          (br_if $done (ref.is_null (local.get $list)))
          (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 10)) (struct.get $node $value (local.get $list))))
          (local.set $list (struct.get $node $next (local.get $list))) (br 0)))
        (local.get $sum))`,
    args: [4],
  },
];

interface Outcome {
  readonly result: number;
  readonly instructionCount: number;
  readonly callCount: number;
}

function prepare({ wat, imports = {} }: Case, lowering: 'fast' | 'clear') {
  const store = new Store();
  const instance = instantiate(compile(`(module ${wat})`, { lowering }), imports, { store });
  return { store, instance, f: instance.entry.exports.get('run') as Func };
}

function argumentsOf({ args = [] }: Case): HostArguments {
  const words = new Int32Array(8);
  args.forEach((value, i) => {
    words[2 * i] = value;
  });
  return { words, refs: [null, null, null, null] };
}

function advanceFar(fiber: Fiber): Standing {
  let standing = advance(fiber);
  while (standing === 'yielded') standing = advance(fiber);
  return standing;
}

/** Runs to the end, a new fiber after every pause. */
function runWithPauses(entry: Case, lowering: 'fast' | 'clear', pauses: readonly number[], isWatched = false): Outcome {
  const { store, f, instance } = prepare(entry, lowering);
  const { meter } = store;
  const args = argumentsOf(entry);
  const shared = instance.entry.code;
  const twin = twinOf(shared);
  let fiber = new Fiber(meter, instance.entry);
  const base = stand(fiber, f, args);
  for (const count of pauses) {
    meter.pauseAt = count;
    expect(advanceFar(fiber)).toBe('paused');
    expect(meter.instructionCount).toBe(count);
    const state = captureFiber(fiber);
    abandon(fiber);
    fiber = new Fiber(meter, instance.entry);
    restoreFiber(fiber, state!);
    if (isWatched) changeCode(instance.entry, count % 2 === 0 ? twin : shared, [fiber]);
  }
  meter.pauseAt = Number.POSITIVE_INFINITY;
  expect(advanceFar(fiber)).toBe('exited');
  takeResults(fiber, base, f, args);
  return { result: args.words[0]!, instructionCount: meter.instructionCount, callCount: meter.callCount };
}

describe.each(cases)('$name', (entry) => {
  const whole = runWithPauses(entry, 'fast', []);
  const counts = Array.from({ length: whole.instructionCount }, (_, i) => i);

  test('has something to stop', () => {
    expect(whole.instructionCount).toBeGreaterThan(20);
    expect(whole.result).not.toBe(0);
  });

  test.each(['fast', 'clear'] as const)('%s code, stopped once, before each instruction', (lowering) => {
    for (const count of counts) expect(runWithPauses(entry, lowering, [count]), `stop ${count}`).toEqual(whole);
  });

  test('stopped before every third instruction', () => {
    expect(
      runWithPauses(
        entry,
        'fast',
        counts.filter((count) => count % 3 === 0),
      ),
    ).toEqual(whole);
  });

  test('stopped everywhere, with somebody looking now and then', () => {
    expect(runWithPauses(entry, 'fast', counts, true)).toEqual(whole);
  });
});
