/** What differs between two states of a guest, in words. */
import { describe, expect, test } from 'vitest';
import { compile, instantiate } from '../../api/index.ts';
import { call, runTo, save } from '../../api/test-guest.ts';
import { SnapshotError } from '../../syntax/index.ts';
import { diffSnapshots, encodeSnapshot } from './index.ts';
import { guests } from './test-guests.ts';

const text = `(module $m (memory 1) (global $total (mut i64) (i64.const 0)) (table $t 3 funcref) (elem declare func $f) (data "abc")
  (func $f (param $x i32) (param $y f64) (result i32)
    (i32.store (i32.const 1024) (local.get $x))
    (i32.store8 (i32.const 1032) (i32.const 9))
    (global.set $total (i64.const -5))
    (local.set $y (f64.const 1.5))
    (table.set $t (i32.const 1) (ref.func $f))
    (data.drop 0)
    (i32.add (local.get $x) (i32.const 2)))
  (func (export "main") (result i32) (call $f (i32.const 77) (f64.const -0))))`;

/** Snapshots of one guest after so many instructions. */
function at(module: ReturnType<typeof compile>, ...counts: readonly number[]): Uint8Array[] {
  return counts.map((count) => {
    const guest = call(module, {}, 'main');
    runTo(guest, count);
    return save(guest);
  });
}

const lines = (a: Uint8Array, b: Uint8Array) => diffSnapshots(a, b).map(({ where, a, b }) => `${where}: ${a} | ${b}`);

test('frames, locals, operands, memory, globals, tables, segments, counts', () => {
  const [a, b] = at(compile(text), 3, 18) as [Uint8Array, Uint8Array];
  expect(lines(a, b)).toEqual([
    'instructions: 3 | 18',
    'frame 1 (function 0 $f): at byte 0x46: i32.const | at byte 0x70: i32.const',
    'frame 1 (function 0 $f), local 1 ($y): -0 | 1.5',
    'frame 1 (function 0 $f), operand 0:  | 77',
    'memory 0, 0x400..0x409: 00 00 00 00 00 00 00 00 00 | 4d 00 00 00 00 00 00 00 09',
    'global 0 ($total): 0 | -5',
    'table 0, element 1: null | func 0 $f',
    'data segment 0: there | dropped',
  ]);
});

test('nothing differs from itself', () => {
  for (const { text: guestText } of guests) {
    const [a, b] = at(compile(guestText), 15, 15) as [Uint8Array, Uint8Array];
    expect(lines(a, b)).toEqual([]);
  }
});

test('a call that is deeper, and other functions', () => {
  const [a, b] = at(compile(text), 2, 4) as [Uint8Array, Uint8Array];
  expect(lines(a, b)).toEqual([
    'instructions: 2 | 4',
    'calls: 1 | 2',
    'frame 0 (function 1 $main), operand 0: 77 | ',
    'frame 0 (function 1 $main), operand 1: -0 | ',
    expect.stringMatching(/^frame 1: {2}\| function 0 \$f at byte 0x/),
  ]);
});

describe('objects', () => {
  const module =
    compile(`(module (type $n (struct (field (mut (ref null $n))) (field (mut i32)))) (type $a (array (mut i16)))
    (global $list (export "list") (mut (ref null $n)) (ref.null $n)) (global $data (export "data") (mut (ref null $a)) (ref.null $a))
    (func (export "push") (param i32) (global.set $list (struct.new $n (global.get $list) (local.get 0))))
    (func (export "set") (param i32 i32) (local $at (ref null $n)) (local.set $at (global.get $list))
      (block (loop (br_if 1 (i32.eqz (local.get 0))) (local.set $at (struct.get $n 0 (local.get $at)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0)))
      (struct.set $n 1 (local.get $at) (local.get 1)))
    (func (export "loop") (struct.set $n 0 (global.get $list) (global.get $list)))
    (func (export "array") (param i32) (global.set $data (array.new $a (local.get 0) (i32.const 3)))))`);

  function state(...calls: readonly (readonly [string, ...number[]])[]): Uint8Array {
    const instance = instantiate(module);
    for (const [name, ...args] of calls) instance.call(name, ...args);
    const counts = { instructionCount: 0, callCount: 0, fuelLeft: 1, parts: new Map() };
    return encodeSnapshot({ fiber: undefined, instances: [instance.entry], ...counts });
  }

  test.each<[string, Uint8Array, Uint8Array, string[]]>([
    [
      'a field deep in a list',
      state(['push', 1], ['push', 2], ['push', 3], ['set', 2, 9]),
      state(['push', 1], ['push', 2], ['push', 3]),
      ['global 0 ($list), field 0, field 0, field 1: 9 | 1'],
    ],
    [
      'a longer list',
      state(['push', 1], ['push', 2]),
      state(['push', 2]),
      ['global 0 ($list), field 0: struct {0: null, 1: 1} | null'],
    ],
    [
      'elements',
      state(['array', 5]),
      state(['array', -5]),
      [0, 1, 2].map((i) => `global 1 ($data), element ${i}: 5 | -5`),
    ],
    [
      'another identity',
      state(['push', 1], ['push', 1], ['loop']),
      state(['push', 1], ['push', 1]),
      ['global 0 ($list), field 0: struct {0: struct (cycle), 1: 1} | struct {0: null, 1: 1}, another one'],
    ],
  ])('%s', (_, a, b, expected) => {
    expect(lines(a, b)).toEqual(expected);
  });
});

test('other modules, parts, and what is no snapshot', () => {
  const counts = { fiber: undefined, instructionCount: 0, callCount: 0, fuelLeft: 1 };
  const save = (wat: string, part: string) => {
    const parts = new Map([['note', new TextEncoder().encode(part)]]);
    return encodeSnapshot({ ...counts, instances: [instantiate(compile(wat)).entry], parts });
  };
  expect(lines(save('(module)', 'one two'), save('(module)', 'one six'))).toEqual(['part "note": one two | one six']);
  const [line] = lines(save('(module)', ''), save('(module (memory 1))', ''));
  expect(line).toMatch(/^instance 0, SHA-256 of its module: [0-9a-f]{64} \| [0-9a-f]{64}$/);
  expect(() => diffSnapshots(new Uint8Array(8), save('(module)', ''))).toThrow(SnapshotError);
});
