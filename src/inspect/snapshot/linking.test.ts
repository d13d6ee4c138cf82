/** What instances share with each other and with the host keeps its identity; what cannot be saved is named. */
import { describe, expect, test } from 'vitest';
import { compile, Global, hostFunction, type Imports, instantiate, Memory, Store, Table } from '../../api/index.ts';
import { setStore, storeOf } from '../../api/ownership.ts';
import { call, finish, load, resolverOf, runTo, save, stateOf } from '../../api/test-guest.ts';
import { advance, type Fiber, settled, stand } from '../../interpreter/index.ts';
import { ArrayInst, type Func, type Instance, StructInst } from '../../runtime/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import { decodeSnapshot, encodeSnapshot, hexText, sha256 } from './index.ts';
import type { EncodeOptions, MachineState } from './state.ts';

const atRest = (instances: readonly Instance[]): MachineState => ({
  fiber: undefined,
  instances,
  instructionCount: 5,
  callCount: 1,
  fuelLeft: Number.POSITIVE_INFINITY,
  parts: new Map([
    ['b', Uint8Array.of(1, 2)],
    ['a', new Uint8Array(0)],
  ]),
});

function reload(bytes: Uint8Array, imports: Imports = {}, loadExtern?: (bytes: Uint8Array) => unknown): MachineState {
  const store = new Store();
  const own = (instance: Instance) => setStore(instance, store);
  return decodeSnapshot(bytes, { budgets: store.budgets, own, imports: resolverOf(imports), loadExtern });
}

/** Saves instances at rest and reads them back. */
function copy(instances: readonly Instance[], imports: Imports = {}, options: EncodeOptions = {}): readonly Instance[] {
  return reload(encodeSnapshot(atRest(instances), options), imports).instances;
}

describe('identity', () => {
  const maker = compile(`(module (memory (export "m") 1 4) (table (export "t") 3 funcref) (tag (export "e") (param i32))
    (global (export "g") (mut i32) (i32.const 3)) (func (export "f") (result i32) (i32.const 8)))`);
  const user =
    compile(`(module (import "a" "m" (memory 1 4)) (import "a" "t" (table 3 funcref)) (import "a" "e" (tag (param i32)))
    (import "a" "g" (global (mut i32))) (import "a" "f" (func (result i32))) (memory (export "own") 1)
    (elem (i32.const 1) func 0 $x) (export "f" (func 0))
    (func $x (export "set") (param i32) (global.set 0 (local.get 0)) (i32.store (i32.const 0) (local.get 0))))`);

  test('what one instance exports and another imports is the same thing afterwards', () => {
    const store = new Store();
    const a = instantiate(maker, {}, { store });
    const b = instantiate(user, { a: a.exports }, { store });
    const [bCopy, aCopy, ...rest] = copy([b.entry]) as [Instance, Instance];
    expect(rest).toEqual([]);
    for (const name of ['m', 't', 'e', 'g', 'f']) expect(aCopy.exports.get(name), name).toBeDefined();
    expect(bCopy.memories[0]).toBe(aCopy.memories[0]);
    expect(bCopy.memories[1]).not.toBe(aCopy.memories[0]);
    expect(bCopy.memory0).toBe(aCopy.memory0);
    expect(bCopy.tables[0]).toBe(aCopy.tables[0]);
    expect(bCopy.globals[0]).toBe(aCopy.globals[0]);
    expect(bCopy.cells[0]).toBe(aCopy.globals[0]!.words);
    expect(bCopy.tags[0]).toBe(aCopy.tags[0]);
    expect(bCopy.funcs[0]).toBe(aCopy.funcs[0]);
    expect(aCopy.tables[0]!.elements).toEqual([null, aCopy.funcs[0], bCopy.funcs[1]]);
  });

  test('numbers do not depend on which instances were asked for', () => {
    const store = new Store();
    const a = instantiate(maker, {}, { store });
    const b = instantiate(user, { a: a.exports }, { store });
    const bytes = encodeSnapshot(atRest([b.entry]));
    expect(encodeSnapshot(atRest([b.entry, a.entry]))).toEqual(bytes);
    expect(encodeSnapshot({ ...reload(bytes) })).toEqual(bytes);
  });

  test("the host's memory, table and global get the contents, or new ones are made", () => {
    const instance = instantiate(
      compile(`(module (import "h" "m" (memory 1)) (import "h" "t" (table 1 externref)) (import "h" "g" (global (mut i64)))
        (import "h" "k" (global i32)) (func (export "f") (drop (memory.grow (i32.const 1))) (i32.store (i32.const 70000) (i32.const 9))
          (global.set 0 (i64.const -2)) (drop (table.grow (ref.null extern) (i32.const 2)))))`),
      host(),
    );
    instance.call('f');
    const bytes = encodeSnapshot(atRest([instance.entry]));
    const given = host();
    given.h.m.bytes[5] = 7;
    for (const imports of [given, {}]) {
      const [again] = reload(bytes, imports).instances as [Instance];
      expect(again.memory0.byteLength).toBe(2 * 65536);
      expect(again.memory0.view.getInt32(70000, true)).toBe(9);
      expect([...again.cells[0]!]).toEqual([-2, -1, 0, 0]);
      expect(again.cells[1]![0]).toBe(12);
      expect(again.tables[0]!.elements).toEqual(['x', null, null]);
    }
    expect(given.h.m.pageCount).toBe(2);
    expect(given.h.m.bytes[5]).toBe(0);
    expect(given.h.g.value).toBe(-2n);
    expect(given.h.t.length).toBe(3);
  });

  function host() {
    const m = new Memory({ initial: 1 });
    const t = new Table({ element: 'externref', initial: 1 }, 'x');
    return { h: { m, t, g: new Global({ content: 'i64', mutable: true }, 5n), k: 12 } };
  }
});

describe('calls of the host', () => {
  const text = `(module (import "env" "ask" (func $ask (param i32 i64 externref) (result i32)))
    (func $inner (param i32) (result i32) (i32.mul (local.get 0) (call $ask (local.get 0) (i64.const -1) (ref.null extern))))
    (func (export "main") (result i32) (i32.add (i32.const 1) (call $inner (i32.const 6)))))`;

  test('one that has not returned is made again', async () => {
    const guest = call(text, { env: { ask: () => new Promise(() => {}) } }, 'main');
    expect(advance(guest.fiber)).toBe('waiting');
    const bytes = save(guest);
    const asked: unknown[][] = [];
    const ask = (...args: unknown[]) => {
      asked.push(args);
      return Promise.resolve(7);
    };
    const again = load(bytes, { env: { ask } });
    expect(save(again)).toEqual(bytes);
    expect(advance(again.fiber)).toBe('waiting');
    await settled(again.fiber);
    expect(finish(again)).toEqual([43]);
    expect(asked).toEqual([[6, -1n, null]]);
    expect(again.store.instructionCount).toBe(10);
  });

  test('a function that nobody gives, or one of another type', () => {
    const guest = call(text, { env: { ask: () => 1 } }, 'main');
    runTo(guest, 3);
    const bytes = save(guest);
    expect(() => load(bytes, {})).toThrow(/import "env" "ask" \(func\) is not provided/);
    const other = instantiate(compile('(module (func (export "f")))')).exports.f;
    expect(() => load(bytes, { env: { ask: other } })).toThrow(/import "env" "ask" does not fit/);
    expect(finish(load(bytes, { env: { ask: () => 2 } }))).toEqual([13]);
  });

  test('a host function that has called the guest back cannot be saved', () => {
    let error: unknown;
    const store = new Store();
    const imports = {
      env: {
        back: hostFunction(() => {
          try {
            store.meter.pauseAt = store.instructionCount + 1;
            stand(store.meter.running!, instance.entry.exports.get('leaf') as Func, {
              words: new Int32Array(0),
              refs: [],
            });
            stateOf({ store, fiber: store.meter.running as Fiber, instances: [], entry: null as never, base: 0 });
          } catch (thrown) {
            error = thrown;
          }
        }),
      },
    };
    const instance = instantiate(
      compile('(module (import "env" "back" (func)) (func (export "main") (call 0)) (func (export "leaf")))'),
      imports,
      { store },
    );
    try {
      instance.call('main');
    } catch {
      // What became of the run is of no interest.
    }
    expect(error).toBeInstanceOf(SnapshotError);
    expect(String(error)).toMatch(/called the guest back/);
  });
});

describe('references of the host', () => {
  const module = compile(`(module (table (export "t") 12 externref) (global (export "g") (mut anyref) (ref.null any))
    (func (export "any") (param externref) (global.set 0 (any.convert_extern (local.get 0)))))`);
  const filled = (values: readonly unknown[]) => {
    const instance = instantiate(module);
    for (const [i, value] of values.entries()) instance.exports.t.set(i, value);
    return instance;
  };

  test('plain values are saved as they are', () => {
    const values = [
      null,
      undefined,
      true,
      false,
      0,
      -0,
      1.5,
      Number.NaN,
      'a\ud800\0ü',
      '',
      12345678901234567890123n,
      -1n,
    ];
    const instance = filled(values);
    instance.call('any', 'text');
    const [again] = copy([instance.entry]) as [Instance];
    expect(again.tables[0]!.elements).toEqual(values);
    expect(again.globals[0]!.ref).toBe('text');
  });

  test('others by hooks, with their identity', () => {
    const date = new Date(77);
    const saveExtern = (value: unknown) => (value instanceof Date ? Uint8Array.of(value.getTime()) : undefined);
    const bytes = encodeSnapshot(atRest([filled([date, 'x', date]).entry]), { saveExtern });
    const [again] = reload(bytes, {}, ([time]) => new Date(time!)).instances as [Instance];
    const { elements } = again.tables[0]!;
    expect(elements[0]).toEqual(date);
    expect(elements[2]).toBe(elements[0]);
    expect(() => reload(bytes)).toThrow(/a hook must load it/);
  });

  test.each([
    [new Date(0), 'table 0, element 3 of instance 0: externref to a Date'],
    [Symbol('s'), 'table 0, element 3 of instance 0: externref to a symbol'],
    [() => 1, 'table 0, element 3 of instance 0: externref to a function'],
    [Object.create(null), 'table 0, element 3 of instance 0: externref to an object'],
  ])('%s without a hook is named', (value, words) => {
    expect(() => encodeSnapshot(atRest([filled([1, 2, 3, value]).entry]))).toThrow(words);
  });

  test('the way to a deep one is told', () => {
    const instance = instantiate(
      compile(`(module (type $s (struct (field i32) (field anyref))) (type $a (array (mut anyref))) (global $g (mut anyref) (ref.null any))
        (func (export "f") (param externref) (global.set $g (array.new_fixed $a 2 (ref.null any)
          (struct.new $s (i32.const 1) (any.convert_extern (local.get 0)))))))`),
    );
    instance.call('f', new Map());
    expect(() => encodeSnapshot(atRest([instance.entry]))).toThrow(
      'global 0 of instance 0, element 1, field 1: externref to a Map',
    );
  });

  test("a local of a frame's is named", () => {
    const guest = call('(module (func (export "main") (param i32 externref) (nop) (nop)))', {}, 'main', [1, new Set()]);
    runTo(guest, 1);
    expect(() => save(guest)).toThrow('frame 0 (function 0 of instance 0), local 1: externref to a Set');
  });

  test('a function of the host that no import names', () => {
    const exporter = instantiate(compile('(module (import "h" "f" (func)) (export "f" (func 0)))'), {
      h: { f: () => {} },
    });
    const instance = instantiate(compile('(module (table (export "t") 2 funcref))'));
    instance.exports.t.set(1, exporter.exports.f);
    expect(() => encodeSnapshot(atRest([instance.entry]))).toThrow(
      'table 0, element 1 of instance 0: a function of the host that no import names cannot be saved',
    );
    // It has a name where its importer is saved too.
    const [first, second] = copy([instance.entry, exporter.entry], { h: { f: () => {} } }) as [Instance, Instance];
    expect(first.tables[0]!.elements[1]).toBe(second.funcs[0]);
  });
});

describe('modules', () => {
  const module = compile('(module (func (export "main") (nop) (nop)))');
  const other = compile('(module (func (export "main") (nop) (nop) (nop)))');
  const saved = (options: EncodeOptions) => {
    const guest = call(module, {}, 'main');
    runTo(guest, 1);
    return save(guest, options);
  };

  test('without bytes they must be given, and be the same', () => {
    const bytes = saved({ omitModuleBytes: true });
    expect(bytes.length).toBeLessThan(saved({}).length);
    expect(finish(load(bytes, {}, { modules: [other.code, module.code] }))).toEqual([]);
    const digest = hexText(sha256(module.bytes));
    expect(() => load(bytes)).toThrow(`module 0 of the snapshot has the SHA-256 ${digest}; none is given`);
    expect(() => load(bytes, {}, { modules: [other.code] })).toThrow(
      `module 0 of the snapshot has the SHA-256 ${digest}; given is ${hexText(sha256(other.bytes))}`,
    );
  });

  test('two instances of one module share its code', () => {
    const a = instantiate(module).entry;
    const b = instantiate(compile(module.bytes)).entry;
    const [first, second] = copy([a, b]) as [Instance, Instance];
    expect(second.code).toBe(first.code);
    expect(storeOf(first)).toBe(storeOf(second));
  });
});

test('a list of a million nodes', () => {
  const guest = call(
    `(module (type $n (struct (field (ref null $n)) (field i64))) (global $g (export "g") (mut (ref null $n)) (ref.null $n))
      (func (export "main") (param $i i32)
        (loop (global.set $g (struct.new $n (global.get $g) (i64.extend_i32_u (local.get $i))))
          (br_if 0 (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))`,
    {},
    'main',
    [1_000_000],
  );
  finish(guest);
  const [again] = copy(guest.instances) as [Instance];
  let length = 0;
  let at = again.globals[0]!.ref;
  for (; at instanceof StructInst; at = at.slots[0]) if (at.slots[1] === ++length) continue;
  expect(length).toBe(1_000_000);
  expect(at).toBe(null);
});

test('types of objects are found anew in a process that numbers them otherwise', () => {
  const instance = instantiate(
    compile(`(module (rec (type $a (sub (struct (field (ref null $b))))) (type $b (array (mut (ref null $a)))))
      (type $c (sub $a (struct (field (ref null $b)) (field (mut f32)))))
      (global (mut anyref) (struct.new $c (array.new_default $b (i32.const 3)) (f32.const 2))))`),
  );
  const [again] = copy([instance.entry]) as [Instance];
  const object = again.globals[0]!.ref as StructInst;
  expect(object.typeId).toBe((instance.entry.globals[0]!.ref as StructInst).typeId);
  expect(object.slots[0]).toBeInstanceOf(ArrayInst);
  expect((object.slots[0] as ArrayInst).elements).toEqual([null, null, null]);
});

test('counts, fuel and parts', () => {
  const instance = instantiate(compile('(module)')).entry;
  const state = reload(encodeSnapshot(atRest([instance])));
  expect({ ...state, instances: [] }).toEqual({ ...atRest([]), fiber: undefined });
});
