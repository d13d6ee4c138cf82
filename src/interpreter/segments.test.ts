/** Active segments when one of them does not fit: those before it are written, the others can still be used. */
import { expect, test } from 'vitest';
import { compile, instantiate, Memory, Table } from '../api/index.ts';

const host = `(module (import "m" "mem" (memory 1)) (import "m" "t" (table 2 funcref)) (type $f (func (result i32)))
  (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0))))`;

function tableAfter(segments: string): (index: number) => unknown {
  const m = { mem: new Memory({ initial: 1 }), t: new Table({ element: 'funcref', initial: 2 }, null) };
  const guest = `(module (import "m" "mem" (memory 1)) (import "m" "t" (table 2 funcref))
    (func $first (result i32) (memory.init 0 (i32.const 64) (i32.const 0) (i32.const 1)) (i32.load8_u (i32.const 64)))
    (func $last (result i32) (memory.init 2 (i32.const 64) (i32.const 0) (i32.const 1)) (i32.load8_u (i32.const 64)))
    (elem (i32.const 0) func $first $last) ${segments})`;
  expect(() => instantiate(compile(guest), { m })).toThrow('out of bounds');
  const caller = instantiate(compile(host), { m });
  return (index) => caller.call('call', index);
}

test('data before the one that traps is dropped, data behind it is not', () => {
  const call = tableAfter('(data (i32.const 0) "a") (data (i32.const 65536) "b") (data (i32.const 1) "c")');
  expect(() => call(0)).toThrow('out of bounds');
  expect(call(1)).toBe('c'.charCodeAt(0));
});

test('no data is dropped when elements trap', () => {
  const call = tableAfter(
    '(elem (i32.const 9) func $first) (data (i32.const 0) "a") (data (i32.const 1) "b") (data (i32.const 1) "c")',
  );
  expect([call(0), call(1)]).toEqual(['a', 'c'].map((letter) => letter.charCodeAt(0)));
});
