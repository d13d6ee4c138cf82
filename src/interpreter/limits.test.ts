/** What guests may use up: tables, the host's heap, and time within single instructions. */
import { expect, test } from 'vitest';
import { compile, instantiate, Store } from '../api/index.ts';
import { Exhaustion } from '../syntax/index.ts';
import { Meter } from './meter.ts';

test('tables of a store share a budget', () => {
  const store = new Store({ maxTableElements: 100 });
  const wat = `(module (table 60 funcref) (func (export "grow") (param i32) (result i32)
    (table.grow (ref.null func) (local.get 0))))`;
  const instance = instantiate(compile(wat), {}, { store });
  expect(instance.call('grow', 41)).toBe(-1);
  expect(instance.call('grow', 40)).toBe(60);
  expect(() => instantiate(compile('(module (table 1 funcref))'), {}, { store })).toThrow(Exhaustion);
});

test('a hundred huge tables end in an error, not the process', () => {
  const tables = '(table 10000000 funcref)'.repeat(100);
  expect(() => instantiate(compile(`(module ${tables})`))).toThrow('table limit exceeded');
});

test.each([
  [
    'memory.fill',
    '(memory 1600) (func (export "run") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 104857600)) (br 0)))',
  ],
  [
    'memory.copy',
    '(memory 1600) (func (export "run") (loop (memory.copy (i32.const 1) (i32.const 0) (i32.const 104857000)) (br 0)))',
  ],
  [
    'table.fill',
    '(table 9000000 funcref) (func (export "run") (loop (table.fill (i32.const 0) (ref.null func) (i32.const 9000000)) (br 0)))',
  ],
  [
    'array.fill',
    `(type $a (array (mut i8))) (func (export "run") (local $a (ref null $a))
    (local.set $a (array.new_default $a (i32.const 100000000)))
    (loop (array.fill $a (local.get $a) (i32.const 0) (i32.const 1) (i32.const 100000000)) (br 0)))`,
  ],
])('a deadline is seen between rounds of a long %s', (_, wat) => {
  const store = new Store({ timeoutMs: 100 });
  const instance = instantiate(compile(`(module ${wat})`), {}, { store });
  expect(() => instance.call('run')).toThrow('deadline exceeded');
});

test('a guest that fills the heap is ended before the process is', () => {
  let share = 0;
  const meter = new Meter({ heapShare: () => share });
  meter.allocate(2 ** 26);
  share = 0.9;
  expect(() => meter.allocate(2 ** 26)).toThrow('memory limit exceeded');
  expect(() => meter.allocate(1000)).not.toThrow();
});
