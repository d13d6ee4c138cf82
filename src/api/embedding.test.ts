/** The embedding API held by the wrong end: arguments, imports and host functions that make no sense, odd names. */
import { describe, expect, test } from 'vitest';
import { Exhaustion, F32, GlassboxError, I32, LinkError, UsageError } from '../syntax/index.ts';
import { startTimer } from './event-loop.ts';
import {
  callValues,
  compile,
  funcOf,
  Global,
  type Imports,
  type Instance,
  instantiate,
  Memory,
  Store,
  Table,
  Tag,
  type Value,
  validate,
} from './index.ts';

function make(wat: string, imports: unknown = {}, store = new Store()): Instance {
  return instantiate(compile(`(module ${wat})`), imports as Imports, { store });
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

describe('what makes no sense is a UsageError', () => {
  const instance = make(`(func (export "i32") (param i32)) (func (export "i64") (param i64))
    (func (export "func") (param funcref)) (func (export "v128") (param v128)) (memory (export "memory") 1)`);
  const i32 = funcOf(instance.exports.i32)!;
  const value = (type: Value['type']): Value => ({ type, lo: 0, hi: 0, x2: 0, x3: 0, ref: null });
  const cases: Readonly<Record<string, () => unknown>> = {
    'compiling null': () => compile(null as never),
    'compiling a list of numbers': () => compile([0, 97] as never),
    'validating a number': () => validate(5 as never),
    'calling what is not exported': () => instance.call('nothing'),
    'calling what objects inherit': () => instance.call('toString'),
    'calling a memory': () => instance.call('memory'),
    'a bigint for an i32': () => instance.call('i32', 1n),
    'a symbol for an i32': () => instance.call('i32', Symbol('x')),
    'a number for an i64': () => instance.call('i64', 1),
    'a JavaScript function for a funcref': () => instance.call('func', () => 1),
    'anything for a v128': () => instance.call('v128', 1),
    'too few exact values': () => callValues(i32, []),
    'an exact value of another type': () => callValues(i32, [value(F32)]),
    'a table of numbers': () => new Table({ element: 'i32', initial: 1 }, 1),
    'a table larger than its maximum': () => new Table({ element: 'funcref', initial: 2, maximum: 1 }),
    'a memory larger than its maximum': () => new Memory({ initial: 2, maximum: 1 }),
    'growing a memory by NaN': () => new Memory({ initial: 1 }).grow(Number.NaN),
    'an element past the end of a table': () => new Table({ element: 'externref', initial: 1 }).get(1),
    'fuel that is NaN': () => new Store({ fuel: Number.NaN }),
  };

  test.each(Object.keys(cases))('%s', (name) => {
    expect(thrown(cases[name]!)).toBeInstanceOf(UsageError);
  });

  test('and exact values of the right type are taken', () => {
    expect(callValues(i32, [value(I32)])).toEqual([]);
  });
});

describe('imports', () => {
  const f = '(import "a" "f" (func))';
  const wrong: Readonly<Record<string, unknown>> = {
    null: null,
    'no such module': {},
    'a module that is null': { a: null },
    'a module that is a string': { a: 'text' },
    'no such name': { a: {} },
    'an inherited name': { a: Object.create({ f: () => 1 }) },
    'an inherited module': Object.create({ a: { f: () => 1 } }),
    'a number for a function': { a: { f: 5 } },
    'a memory for a function': { a: { f: new Memory({ initial: 1 }) } },
  };

  test.each(Object.keys(wrong))('%s: a LinkError', (name) => {
    expect(thrown(() => make(f, wrong[name]))).toBeInstanceOf(LinkError);
  });

  test('never reach what every object inherits', () => {
    for (const [module, name] of [
      ['constructor', 'keys'],
      ['__proto__', 'hasOwnProperty'],
      ['toString', 'call'],
    ]) {
      const wat = `(import "${module}" "${name}" (func (param externref) (result externref)))`;
      expect(
        thrown(() => make(wat)),
        `${module} ${name}`,
      ).toBeInstanceOf(LinkError);
    }
  });

  test('may be getters, each asked once, in the order of the imports', () => {
    const asked: string[] = [];
    const a = {
      get f() {
        asked.push('f');
        return () => undefined;
      },
      get g() {
        asked.push('g');
        return () => undefined;
      },
    };
    make('(import "a" "g" (func)) (import "a" "f" (func))', { a });
    expect(asked).toEqual(['g', 'f']);
  });

  test('whose getters throw: the error is the embedder’s', () => {
    const a = {
      get f(): never {
        throw new Error('mine');
      },
    };
    expect(() => make(f, { a })).toThrow('mine');
  });
});

test('exports may have the names of what objects inherit', () => {
  const { exports } = make(`(func (export "__proto__") (result i32) (i32.const 1))
    (func (export "constructor") (result i32) (i32.const 2)) (func (export "") (result i32) (i32.const 3))`);
  expect(Object.keys(exports)).toEqual(['__proto__', 'constructor', '']);
  expect(['__proto__', 'constructor', ''].map((name) => exports[name]())).toEqual([1, 2, 3]);
  expect(exports.hasOwnProperty).toBeUndefined();
});

describe('host functions', () => {
  const wat = '(import "a" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f))';

  test('may return any object that one can await', async () => {
    const soon = {
      // biome-ignore lint/suspicious/noThenProperty: that is what is tested
      then(resolve: (value: number) => void) {
        setTimeout(() => resolve(5), 1);
      },
    };
    const instance = make(wat, { a: { f: () => soon } });
    expect(await instance.callAsync('run')).toBe(5);
    expect(thrown(() => instance.call('run'))).toBeInstanceOf(UsageError);
  });

  /** A promise that never settles, and counts how often nobody waits for it any longer. */
  function endless() {
    const seen = { cancelled: 0 };
    const promise = Object.assign(new Promise<number>(() => undefined), {
      cancel: () => {
        seen.cancelled++;
      },
    });
    return { promise, seen };
  }

  test('are told when a signal ends the guest that waits for them', async () => {
    const { promise, seen } = endless();
    const controller = new AbortController();
    const running = make(wat, { a: { f: () => promise } }).callAsync('run', [], { signal: controller.signal });
    controller.abort();
    await expect(running).rejects.toThrow('execution aborted');
    expect(seen.cancelled).toBe(1);
  });

  test('are told when time ends the guest, and when it cannot wait at all', async () => {
    const { promise, seen } = endless();
    const instance = make(wat, { a: { f: () => promise } }, new Store({ timeoutMs: 1 }));
    await expect(instance.callAsync('run')).rejects.toThrow(Exhaustion);
    expect(seen.cancelled).toBe(1);
    expect(thrown(() => instance.call('run'))).toBeInstanceOf(UsageError);
    expect(seen.cancelled).toBe(2);
  });

  test('hear nothing when their promise settles', async () => {
    const { seen, promise } = endless();
    const settled = Object.assign(Promise.resolve(4), { cancel: promise.cancel });
    expect(await make(wat, { a: { f: () => settled } }).callAsync('run')).toBe(4);
    expect(seen.cancelled).toBe(0);
  });

  test.each([1e10, Number.POSITIVE_INFINITY])('may wait when the timeout is %d ms', async (timeoutMs) => {
    const later = () => new Promise((resolve) => setTimeout(() => resolve(6), 20));
    expect(await make(wat, { a: { f: later } }, new Store({ timeoutMs })).callAsync('run')).toBe(6);
  });

  test.each([2 ** 31, 1e10, Number.POSITIVE_INFINITY])('a timer of %d ms does not fire at once', async (delayMs) => {
    let fired = false;
    const stop = startTimer(delayMs, () => {
      fired = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    stop();
    expect(fired).toBe(false);
  });

  test('throw what they like, and it arrives as it is', () => {
    for (const mine of ['text', 0, undefined, new RangeError('mine'), Object.freeze(new Error('mine'))]) {
      const f = () => {
        throw mine;
      };
      expect(thrown(() => make(wat, { a: { f } }).call('run'))).toBe(mine);
    }
  });
});

describe('instances that share', () => {
  test('see each other’s writes and growth, whoever made the entry', () => {
    const memory = new Memory({ initial: 1, maximum: 3 });
    const table = new Table({ element: 'externref', initial: 1 });
    const wat = `(import "a" "m" (memory 1)) (import "a" "t" (table 1 externref)) (export "m" (memory 0)) (export "t" (table 0))
      (func (export "grow") (result i32) (memory.grow (i32.const 1)))
      (func (export "store") (i32.store8 (i32.const 65536) (i32.const 9)))
      (func (export "load") (result i32) (i32.load8_u (i32.const 65536)))
      (func (export "set") (param externref) (table.set (i32.const 0) (local.get 0)))`;
    const [one, two] = [make(wat, { a: { m: memory, t: table } }), make(wat, { a: { m: memory, t: table } })];
    expect(one.exports.m).toBe(memory);
    expect(two.exports.t).toBe(table);
    const former = memory.bytes;
    expect(one.call('grow')).toBe(1);
    two.call('store');
    expect(one.call('load')).toBe(9);
    expect(memory.bytes[65536]).toBe(9);
    expect(memory.bytes).not.toBe(former);
    expect(memory.grow(1)).toBe(2);
    expect(two.call('grow')).toBe(-1);
    one.call('set', one);
    expect(table.get(0)).toBe(one);
  });

  test('call each other across stores, each with its own limits', () => {
    const limited = new Store({ fuel: 0 });
    const callee = make('(func (export "f") (result i32) (i32.const 4))', {}, limited);
    const caller = make('(import "a" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f))', {
      a: callee.exports,
    });
    // Who calls pays.
    expect(caller.call('run')).toBe(4);
    expect(thrown(() => callee.call('f'))).toBeInstanceOf(GlassboxError);
  });
});

describe('what an embedder gets wrong', () => {
  const wrong = (value: unknown) => value as never;
  test.each([
    ['no module', () => instantiate(wrong(null))],
    ['bytes for a module', () => instantiate(wrong(new Uint8Array(8)))],
    ['an object for a store', () => instantiate(compile('(module)'), {}, { store: wrong({}) })],
    ['a memory of nothing', () => new Memory(wrong(undefined))],
    ['a memory without a size', () => new Memory(wrong({}))],
    ['a table of nothing', () => new Table(wrong(undefined))],
    ['a global of nothing', () => new Global(wrong(undefined))],
    ['a tag of nothing', () => new Tag(wrong(undefined))],
    ['a clock that is none', () => new Store({ clock: wrong(5) })],
    ['a module of nothing', () => compile(wrong(undefined))],
  ])('%s is a usage error', (_, action) => {
    expect(thrown(action)).toBeInstanceOf(UsageError);
  });
});
