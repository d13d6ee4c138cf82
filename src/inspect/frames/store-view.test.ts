/** Globals, tables and objects: what is shown, what can be changed, and what is refused. */
import { describe, expect, test } from 'vitest';
import { makeGuest } from '../../../spec-tests/generate/stopped-guest.ts';
import { Global } from '../../api/index.ts';
import type { StructInst } from '../../runtime/index.ts';
import { UsageError } from '../../syntax/index.ts';
import { objectView } from './gc-view.ts';
import { globalAt, globalsOf, tableElementAt, tableElements } from './store-view.ts';

describe('globals', () => {
  const imported = new Global({ content: 'i64', mutable: true }, BigInt(4));
  const make = () =>
    makeGuest(
      `(type $t (struct (field i32)))
       (import "m" "g" (global $outside (mut i64)))
       (global $named f32 (f32.const nan:0x5))
       (global (export "exported") (mut v128) (v128.const i32x4 1 2 3 4))
       (global (mut (ref $t)) (struct.new $t (i32.const 8)))
       (global (mut externref) (ref.null extern))`,
      { m: { g: imported } },
    );

  test('are shown with names and types', () => {
    const shown = globalsOf(make().entry).map(({ index, name, type, text, isMutable }) => {
      return [index, name, type, text, isMutable];
    });
    expect(shown).toEqual([
      [0, 'outside', 'i64', '4', true],
      [1, 'named', 'f32', 'nan:0x5', false],
      [2, 'exported', 'v128', 'i32x4 0x00000001 0x00000002 0x00000003 0x00000004', true],
      [3, undefined, '(ref $t)', 'struct $t {0: 8}', true],
      [4, undefined, 'externref', 'null', true],
    ]);
  });

  test('are changed for everybody who shares them', () => {
    const globals = globalsOf(make().entry);
    globals[0]!.set(BigInt(-1));
    expect(imported.value).toBe(BigInt(-1));
    globals[2]!.setText('f64x2 1 -0');
    expect(globals[2]!.text).toBe('i32x4 0x00000000 0x3ff00000 0x00000000 0x80000000');
    globals[4]!.set('text');
    expect(globals[4]!.text).toBe('extern "text"');
    imported.value = BigInt(4);
  });

  test('are refused what they do not take', () => {
    const globals = globalsOf(make().entry);
    expect(() => globals[3]!.set(null)).toThrow('global 3 is of a type without null');
    expect(() => globals[1]!.set(1)).toThrow('global 1 ($named) is immutable: pass { force: true }');
    globals[1]!.set(1, { force: true });
    expect(globals[1]!.value).toBe(1);
    expect(() => globals[1]!.set('x', { force: true })).toThrow(UsageError);
  });

  test.each([-1, 5, 0.5, Number.NaN])('there is none %d', (index) => {
    expect(() => globalAt(make().entry, index)).toThrow(`there is no global ${index}: they go from 0 to 4`);
  });
});

describe('tables', () => {
  const make = () =>
    makeGuest(
      `(type $f (func)) (type $g (func (param i32)))
       (func $a (export "a") (type $f)) (func $b (export "b") (type $g))
       (table $any 3 10 funcref) (table $typed 2 (ref null $f))
       (elem (table $any) (i32.const 1) func $a $b)`,
    );

  test('are shown from anywhere', () => {
    const { entry } = make();
    expect(tableElements(entry, 0, 0, 100).map(({ text }) => text)).toEqual(['null', 'func 0 $a', 'func 1 $b']);
    expect(tableElements(entry, 0, 2, 1).map(({ index, type }) => [index, type])).toEqual([[2, 'funcref']]);
    expect(tableElements(entry, 0, 3, 1)).toEqual([]);
    expect(tableElementAt(entry, 1, 0).type).toBe('(ref null $f)');
  });

  test('take what their type allows', () => {
    const { entry } = make();
    const [a, b] = entry.funcs;
    tableElementAt(entry, 0, 0).set(b);
    expect(entry.tables[0]!.elements[0]).toBe(b);
    tableElementAt(entry, 1, 0).set(a);
    expect(() => tableElementAt(entry, 1, 0).set(b)).toThrow('element 0 of table 1 does not take an object');
    tableElementAt(entry, 1, 0).set(null);
    expect(entry.tables[1]!.elements).toEqual([null, null]);
  });

  test('have ends', () => {
    const { entry } = make();
    expect(() => tableElementAt(entry, 0, 3)).toThrow('there is no element of table 0, index 3: they go from 0 to 2');
    expect(() => tableElementAt(entry, 2, 0)).toThrow('there is no table 2: they go from 0 to 1');
    expect(() => tableElements(makeGuest('').entry, 0, 0, 1)).toThrow('there is no table 0: there are none');
  });
});

describe('objects', () => {
  const make = () => {
    const guest = makeGuest(
      `(rec (type $node (struct (field $value (mut i8)) (field $next (mut (ref null $node))) (field $id i64))))
       (type $bytes (array (mut i8))) (type $shorts (array (mut i16))) (type $wide (array (mut v128)))
       (type $refs (array (mut (ref null $node)))) (type $fixed (array i64))
       (tag $oops (param i32 externref f64))
       (global $list (mut (ref $node))
         (struct.new $node (i32.const 255) (struct.new $node (i32.const 2) (ref.null $node) (i64.const -2)) (i64.const 1)))
       (global $bytes (ref $bytes) (array.new_fixed $bytes 3 (i32.const 1) (i32.const 128) (i32.const 3)))
       (global $shorts (ref $shorts) (array.new $shorts (i32.const 65535) (i32.const 200)))
       (global $wide (ref $wide) (array.new_fixed $wide 2 (v128.const i64x2 1 2) (v128.const i64x2 3 4)))
       (global $refs (ref $refs) (array.new_default $refs (i32.const 2)))
       (global $fixed (ref $fixed) (array.new_fixed $fixed 2 (i64.const 1) (i64.const -1)))
       (global $caught (mut exnref) (ref.null exn))
       (func (export "catch")
         block (result exnref)
           try_table (catch_all_ref 0) i32.const 5 ref.null extern f64.const 0.5 throw $oops end
           unreachable
         end
         global.set $caught)`,
    );
    const { entry } = guest;
    const view = (index: number) => objectView(globalAt(entry, index).bits.ref, entry)!;
    return { guest, entry, view };
  };

  test('unfold as trees', () => {
    const list = make().view(0);
    expect([list.kind, list.typeName, list.length]).toEqual(['struct', '$node', 3]);
    expect(list.children().map(({ name, type, text, isMutable }) => [name, type, text, isMutable])).toEqual([
      ['value', 'i8', '-1', true],
      ['next', '(ref null $node)', 'struct $node {value: 2, next: null, id: -2}', true],
      ['id', 'i64', '1', false],
    ]);
    const next = objectView(list.childNamed('next')!.bits.ref, make().entry)!;
    expect(next.child(2).text).toBe('-2');
    expect(list.childNamed('nothing')).toBe(undefined);
    expect(() => list.child(3)).toThrow('there is no field 3: they go from 0 to 2');
  });

  test('of any storage are read and written', () => {
    const { view } = make();
    expect(
      view(1)
        .children()
        .map(({ text }) => text),
    ).toEqual(['1', '-128', '3']);
    expect(view(2).length).toBe(200);
    expect(view(2).children()).toHaveLength(100);
    expect(
      view(2)
        .children(199, 5)
        .map(({ index, text }) => [index, text]),
    ).toEqual([[199, '-1']]);
    view(2).child(199).set(0x12345);
    expect(view(2).child(199).value).toBe(0x2345);
    const lane = view(3).child(1);
    expect(lane.text).toBe('i32x4 0x00000003 0x00000000 0x00000004 0x00000000');
    lane.setText('i64x2 5 6');
    expect(
      view(3)
        .children()
        .map(({ text }) => text),
    ).toEqual([
      'i32x4 0x00000001 0x00000000 0x00000002 0x00000000',
      'i32x4 0x00000005 0x00000000 0x00000006 0x00000000',
    ]);
    expect(
      view(5)
        .children()
        .map(({ value }) => value),
    ).toEqual([BigInt(1), BigInt(-1)]);
  });

  test('wrap what is packed', () => {
    const { view } = make();
    view(0).child(0).set(0x180);
    expect(view(0).child(0).value).toBe(-128);
  });

  test('keep to their types', () => {
    const { view, entry } = make();
    const next = view(0).child(1);
    expect(() => next.set(globalAt(entry, 1).bits.ref)).toThrow('field 1 ($next) does not take an object');
    next.set(null);
    expect(next.value).toBe(null);
    expect(() => view(0).child(2).set(BigInt(3))).toThrow('field 2 ($id) is immutable');
    view(0).child(2).set(BigInt(3), { force: true });
    expect(view(0).child(2).text).toBe('3');
    expect(() => view(5).child(0).set(BigInt(3))).toThrow('element 0 of an array is immutable');
  });

  test('that are cyclic are cut', () => {
    const { view, entry } = make();
    const list = globalAt(entry, 0);
    view(0).child(1).set(list.bits.ref);
    expect(list.text).toBe('struct $node {value: -1, next: struct $node (cycle), id: 1}');
  });

  test('that are long or deep are cut', () => {
    const { entry, view } = make();
    expect(globalAt(entry, 2).text).toBe(`array $shorts [200] {${'-1, '.repeat(8)}… 192 more}`);
    expect(globalAt(entry, 2).textWithin({ items: 2 })).toBe('array $shorts [200] {-1, -1, … 198 more}');
    expect(globalAt(entry, 0).textWithin({ depth: 1 })).toBe('struct $node {value: -1, next: struct $node {…}, id: 1}');
    const ref = globalAt(entry, 0).bits.ref as StructInst;
    view(4).child(0).set(ref);
    expect(globalAt(entry, 4).textWithin({ depth: 2 })).toBe(
      'array $refs [2] {struct $node {value: -1, next: struct $node {…}, id: 1}, null}',
    );
  });

  test('exceptions have tag and payload', () => {
    const { guest, entry, view } = make();
    guest.call('catch');
    expect(globalAt(entry, 6).text).toBe('exn $oops {5, null, 0.5}');
    expect([view(6).kind, view(6).typeName]).toEqual(['exn', '$oops']);
    expect(
      view(6)
        .children()
        .map(({ type, text }) => [type, text]),
    ).toEqual([
      ['i32', '5'],
      ['externref', 'null'],
      ['f64', '0.5'],
    ]);
    expect(() => view(6).child(0).set(1)).toThrow('value 0 of an exception is immutable');
    expect(() => view(6).child(0).set(1, { force: true })).toThrow('cannot be changed');
  });

  test.each([[null], [5], ['text'], [undefined], [{}]])('%s has no parts', (ref) => {
    expect(objectView(ref, undefined)).toBe(undefined);
  });

  test('of types that the viewing module does not know are shown without names', () => {
    const { view, entry } = make();
    const stranger = makeGuest('');
    const seen = objectView(view(0).ref, stranger.entry)!;
    expect(seen.typeName).toBe(undefined);
    expect(seen.children().map(({ name, text }) => [name, text])[0]).toEqual([undefined, '-1']);
    expect(seen.child(1).type).toMatch(/^\(ref null \(;id \d+;\)\)$/);
    expect(objectView(globalAt(entry, 0).bits.ref, undefined)!.child(1).text).toBe('struct {0: 2, 1: null, 2: -2}');
  });
});
