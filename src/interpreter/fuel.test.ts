/** Fuel is exact: the same count in fast and clear code, and a budget ends at the very instruction. */
import { describe, expect, test } from 'vitest';
import { compile, type Imports, instantiate, Store } from '../api/index.ts';
import { Exhaustion, Trap } from '../syntax/index.ts';

interface Case {
  readonly name: string;
  readonly wat: string;
  readonly call: readonly [name: string, ...values: unknown[]];
  /** Instructions executed, counted by hand; `else` and `end` are none. */
  readonly count: number;
}

const fib = `(func $fib (export "run") (param i32) (result i32)
  (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
    (then (local.get 0))
    (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                   (call $fib (i32.sub (local.get 0) (i32.const 2)))))))`;

const cases: readonly Case[] = [
  { name: 'straight line', wat: '(func (export "run") (drop (i32.const 1)) nop)', call: ['run'], count: 3 },
  { name: 'a branch over code', wat: '(func (export "run") (block (br 0) nop nop))', call: ['run'], count: 2 },
  {
    name: 'a loop of three rounds',
    wat: `(func (export "run") (param i32) (loop
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`,
    call: ['run', 3],
    count: 1 + 3 * 5,
  },
  { name: 'then', wat: '(func (export "run") (if (i32.const 1) (then nop) (else nop nop)))', call: ['run'], count: 3 },
  { name: 'else', wat: '(func (export "run") (if (i32.const 0) (then nop) (else nop nop)))', call: ['run'], count: 4 },
  { name: 'calls', wat: fib, call: ['run', 2], count: 13 + 2 * 5 },
  {
    name: 'code after a call that another path skips',
    wat: `(func $f) (func (export "run") (param i32)
      (block (br_if 0 (local.get 0)) (call $f) nop) nop)`,
    call: ['run', 1],
    count: 4,
  },
  {
    name: 'br_table with values that move',
    wat: `(func (export "run") (param i32) (result i32)
      (block (result i32) (i32.const 7) (block (result i32) (i32.const 9) (br_table 0 1 (local.get 0))) drop))`,
    call: ['run', 1],
    count: 6,
  },
  {
    name: 'an exception caught in a caller',
    wat: `(tag $e) (func $f (throw $e)) (func (export "run")
      (block (try_table (catch $e 0) nop (call $f) nop)) nop)`,
    call: ['run'],
    count: 6,
  },
];

function run({ wat, call }: Case, lowering: 'fast' | 'clear', fuel?: number): Store {
  const store = new Store({ fuel });
  const [name, ...values] = call;
  instantiate(compile(`(module ${wat})`, { lowering }), {}, { store }).call(name, ...values);
  return store;
}

describe.each(['fast', 'clear'] as const)('%s code', (lowering) => {
  test.each(cases)('$name', (entry) => {
    expect(run(entry, lowering).instructionCount).toBe(entry.count);
  });

  test.each(cases)('$name: just enough fuel, and one too little', (entry) => {
    expect(run(entry, lowering, entry.count).fuel).toBe(0);
    for (let fuel = 0; fuel < entry.count; fuel++) {
      expect(() => run(entry, lowering, fuel), `fuel ${fuel}`).toThrow(Exhaustion);
    }
  });
});

/** Writes a step number to memory at each step, so that the last one written tells where a run ended. */
const stepper = `(memory (export "memory") 1)
  (func $step (param i32) (i32.store (i32.const 0) (local.get 0)))
  (func (export "run") (local $i i32)
    (loop $next
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (call $step (local.get $i))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 50)))))`;

test('a budget ends at the same place in fast and clear code, for every budget', () => {
  const ends = (['fast', 'clear'] as const).map((lowering) => {
    const module = compile(`(module ${stepper})`, { lowering });
    return Array.from({ length: 700 }, (_, fuel) => {
      const store = new Store({ fuel });
      const instance = instantiate(module, {}, { store });
      let outcome = 'end';
      try {
        instance.call('run');
      } catch (error) {
        outcome = (error as Exhaustion).message;
      }
      return `${outcome} ${instance.exports.memory.bytes[0]} ${store.instructionCount}`;
    });
  });
  expect(ends[0]).toEqual(ends[1]);
  expect(ends[0]![699]).toBe('end 50 651');
  expect(ends[0]![300]).toMatch(/^all fuel consumed \d+ 300$/);
});

/** Loops without end, and what their first instruction computes in fast code. */
test.each([
  ['what the branch tests, a constant', '(loop nop (br_if 0 (i32.const 17)))'],
  ['what the branch tests, a sum', '(loop nop nop (br_if 0 (i32.add (local.get 0) (i32.const 17))))'],
  ['what br_table takes', '(loop nop (br_table 0 0 (i32.const 1)))'],
  ['nothing', '(loop nop (br 0))'],
  ['a local', '(loop nop (local.set 0 (i32.const 3)) (br 0))'],
  ['what a value is that the branch carries', '(i32.const 1) (loop (param i32) nop drop (br 0 (i32.const 2)))'],
])('a budget ends at the same instruction in fast and clear code: a loop begins with %s', (_, body) => {
  const ends = (['fast', 'clear'] as const).map((lowering) => {
    const module = compile(`(module (func (export "run") (local i32) ${body} unreachable))`, { lowering });
    return Array.from({ length: 130 }, (_, fuel) => {
      const instance = instantiate(module, {}, { store: new Store({ fuel }) });
      try {
        return instance.call('run');
      } catch (error) {
        return (error as Exhaustion).backtrace[0]?.byteOffset;
      }
    });
  });
  expect(ends[0]).toEqual(ends[1]);
});

test('a trap counts the instruction that trapped and nothing after it', () => {
  for (const lowering of ['fast', 'clear'] as const) {
    const store = new Store();
    const wat = '(module (func (export "run") nop (drop (i32.div_s (i32.const 1) (i32.const 0))) nop))';
    expect(() => instantiate(compile(wat, { lowering }), {}, { store }).call('run')).toThrow(Trap);
    expect(store.instructionCount).toBe(4);
  }
});

test('calls from the host into the guest and back share one budget', () => {
  const store = new Store({ fuel: 1000 });
  const imports: Imports = { host: { back: () => void instance.call('inner') } };
  const wat = `(module (import "host" "back" (func $back))
    (func (export "inner") nop nop) (func (export "run") nop (call $back) nop))`;
  const instance = instantiate(compile(wat), imports, { store });
  instance.call('run');
  expect(store.instructionCount).toBe(5);
  expect(store.fuel).toBe(995);
});
