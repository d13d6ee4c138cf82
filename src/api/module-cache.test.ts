/** Modules from the cache are those that were decoded; what is damaged, or another's, is not used. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateModule, TapeChoices } from '../diff/generate/index.ts';
import type { Exhaustion } from '../syntax/index.ts';
import { compile, instantiate, type Module, type ModuleCache, Store } from './index.ts';

const everything = compile(`(module $named
  (rec (type $s (sub (struct (field $f (mut i8)) (field (ref null $a))))) (type $a (array (mut i64))))
  (type $sub (sub final $s (struct (field (mut i8)) (field (ref null $a)) (field v128))))
  (import "💡" "f" (func (param i32) (result i64 f32)))
  (import "m" "t" (table i64 1 18446744073709551615 funcref)) (import "m" "g" (global (mut externref)))
  (import "m" "e" (tag (param i32))) (import "m" "m" (memory 1 2 shared))
  (memory i64 0 5) (memory 3) (table 2 (ref $s) (struct.new_default $s)) (table $t 4 funcref)
  (global i64 (i64.const -1)) (global (mut f64) (f64.const 0.5)) (tag (param i64))
  (func $start (local i32 i32 f64) (local.set 0 (i32.const 1))) (start $start)
  (func (export "ö") (export "x") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (elem (table $t) (i32.const 0) func $start $start) (elem declare func 2) (elem funcref (ref.null func))
  (data (memory 2) (i32.const 8) "abc") (data "passive") (@custom "c" "content"))`).bytes;

/** Entries in memory, and what was warned of. */
function memoryCache() {
  const entries = new Map<string, Uint8Array>();
  const warnings: string[] = [];
  const cache: ModuleCache = {
    read: (key) => entries.get(key),
    write: (key, entry) => entries.set(key, entry),
    digest: (bytes) => createHash('sha256').update(bytes).digest(),
    warn: (message) => warnings.push(message),
  };
  return { entries, warnings, cache };
}

/** Two functions, one of which calls the other, and a third. */
const three = compile(`(module (func $inner (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "f") (param i32) (result i32) (call $inner (i32.add (local.get 0) (i32.const 1))))
  (func (export "g") (result i32) (i32.const 5)))`).bytes;

/** Which functions have been made from code that was kept. */
function keptOf({ code }: Module): boolean[] {
  return code.codes.map((each) => code.kept?.body(each) !== undefined);
}

/** `bytes` compiled, and then from the cache. */
function twice(bytes: Uint8Array): readonly [Module, Module] {
  const { entries, warnings, cache } = memoryCache();
  const first = compile(bytes, { cache });
  expect(entries.size).toBe(1);
  const [[key, entry]] = [...entries] as [[string, Uint8Array]];
  const read = (name: string) => (name === key ? Buffer.from(entry) : undefined);
  const second = compile(bytes, { cache: { ...cache, read, write: () => expect.fail(key) } });
  expect(warnings).toEqual([]);
  return [first, second];
}

describe('a module from the cache', () => {
  test('has all that the decoded one has', () => {
    const [decoded, cached] = twice(everything);
    expect(cached.syntax).toEqual(decoded.syntax);
    expect(cached.syntax.names.module).toBe('named');
    expect([cached.imports(), cached.exports()]).toEqual([decoded.imports(), decoded.exports()]);
  });

  test('is the decoded one for any module', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('standard' as const, 'all' as const),
        (tape, profile) => {
          const [decoded, cached] = twice(generateModule(new TapeChoices(tape), profile));
          expect(cached.syntax).toEqual(decoded.syntax);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('runs', () => {
    const [, cached] = twice(compile('(module (func (export "f") (result i32) (i32.const 42)))').bytes);
    expect(instantiate(cached).call('f')).toBe(42);
  });

  test('is found with the digest of our own too', () => {
    const { entries, cache } = memoryCache();
    compile(everything, { cache });
    compile(everything, { cache: { read: cache.read, write: () => expect.fail('it was not found') } });
    expect(entries.size).toBe(1);
  });
});

describe('an entry is not used', () => {
  const { entries, cache } = memoryCache();
  const small = compile('(module (func (export "f") (result i32) (i32.const 42)) (data "x"))').bytes;
  compile(small, { cache });
  const [[key, entry]] = [...entries] as [[string, Uint8Array]];

  /** Compiles with `damaged` as what the cache has; the warnings. */
  function warningsWith(damaged: Uint8Array): readonly string[] {
    const { warnings, cache: other, entries: written } = memoryCache();
    const module = compile(small, { cache: { ...other, read: (name) => (name === key ? damaged : undefined) } });
    expect(instantiate(module).call('f')).toBe(42);
    expect([...written.values()]).toEqual([entry]);
    return warnings;
  }

  test('cut off at any byte', () => {
    for (let length = 0; length < entry.length; length++) {
      expect(warningsWith(entry.slice(0, length))).toEqual([
        expect.stringMatching(/is (cut off|damaged); it is not used/),
      ]);
    }
  });

  test('with any byte changed', () => {
    for (let at = 0; at < entry.length; at++) {
      const damaged = entry.slice();
      damaged[at]! ^= 1 << (at & 7);
      expect(warningsWith(damaged)).toEqual([expect.stringContaining('is damaged; it is not used')]);
    }
  });

  test('of another module', () => {
    const other = memoryCache();
    compile(everything, { cache: other.cache });
    const [foreign] = [...other.entries.values()];
    expect(warningsWith(foreign!)).toEqual([expect.stringContaining('is that of another module or version')]);
  });

  test('for other features', () => {
    const own = memoryCache();
    compile(small, { cache: own.cache, features: { gc: false } });
    compile(small, { cache: own.cache, features: { 'bulk-memory': true } });
    compile(small, { cache: own.cache });
    expect(own.entries.size).toBe(3);
  });

  test('for what is not valid, which is not kept', () => {
    const own = memoryCache();
    const invalid = Uint8Array.of(...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...[3, 2, 1, 0]);
    expect(() => compile(invalid, { cache: own.cache })).toThrow();
    expect(own.entries.size).toBe(0);
  });
});

describe('the code of a module', () => {
  /** What is in a cache after `f` of `three` has run. */
  function ran() {
    const memory = memoryCache();
    const module = compile(three, { cache: memory.cache });
    expect(instantiate(module).call('f', 13)).toBe(42);
    module.keepCode();
    return memory;
  }

  test('is kept of what was called, and the rest is made', () => {
    const { entries, cache, warnings } = ran();
    expect(entries.size).toBe(2);
    const module = compile(three, { cache });
    expect(keptOf(module)).toEqual([true, true, false]);
    const instance = instantiate(module);
    expect([instance.call('f', 13), instance.call('g')]).toEqual([42, 5]);
    expect(warnings).toEqual([]);
  });

  test('grows by what was called since', () => {
    const { cache } = ran();
    const module = compile(three, { cache });
    instantiate(module).call('g');
    module.keepCode();
    const again = compile(three, { cache });
    expect(keptOf(again)).toEqual([true, true, true]);
    const instance = instantiate(again);
    expect([instance.call('f', 13), instance.call('g')]).toEqual([42, 5]);
  });

  test('is not written again when nothing is new, nor when nothing ran, nor without a cache', () => {
    const { cache } = ran();
    const module = compile(three, { cache: { ...cache, write: (key) => expect.fail(key) } });
    module.keepCode();
    instantiate(module).call('f', 1);
    module.keepCode();
    compile(three).keepCode();
  });

  test('that cannot be kept is not tried again', () => {
    const { entries, cache } = memoryCache();
    const bytes = compile(`(module (type $s (struct (field i32)))
      (func (export "f") (result i32) (struct.get $s 0 (struct.new $s (i32.const 7)))))`).bytes;
    const module = compile(bytes, { cache });
    instantiate(module).call('f');
    module.keepCode();
    expect(entries.size).toBe(2);
    const again = compile(bytes, { cache: { ...cache, write: (key) => expect.fail(key) } });
    expect(instantiate(again).call('f')).toBe(7);
    again.keepCode();
  });

  test('is not used as clear code, which is not kept either', () => {
    const { cache } = ran();
    const unread = compile(three, { cache, lowering: 'clear' });
    expect(unread.code.kept).toBeNull();
    expect(instantiate(unread).call('f', 13)).toBe(42);
    const other = memoryCache();
    const clear = compile(three, { cache: other.cache, lowering: 'clear' });
    instantiate(clear).call('f', 13);
    clear.keepCode();
    expect(other.entries.size).toBe(1);
  });

  test('is fueled, traps and is looked at as that which was made here', () => {
    const { cache } = ran();
    const outcomes = [compile(three), compile(three, { cache })].map((module) => {
      const store = new Store({ fuel: 4 });
      try {
        return instantiate(module, {}, { store }).call('f', 13);
      } catch (error) {
        return [(error as Exhaustion).kind, (error as Exhaustion).backtrace];
      }
    });
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[0]).toEqual(['fuel', expect.anything()]);
  });

  test('that is damaged is told of, not used, and written anew', () => {
    const { cache, entries } = ran();
    const [, [key, entry]] = [...entries] as [unknown, [string, Uint8Array]];
    for (let at = 0; at < entry.length; at += 7) {
      const damaged = entry.slice();
      damaged[at]! ^= 1 << (at & 7);
      const warnings: string[] = [];
      const written: [string, Uint8Array][] = [];
      const module = compile(three, {
        cache: {
          ...cache,
          read: (name) => (name === key ? damaged : entries.get(name)),
          write: (...all) => written.push(all),
          warn: (message) => warnings.push(message),
        },
      });
      expect(instantiate(module).call('f', 13)).toBe(42);
      module.keepCode();
      expect(warnings).toEqual([expect.stringContaining('is damaged; it is not used')]);
      expect(written).toEqual([[key, entry]]);
    }
  });
});
