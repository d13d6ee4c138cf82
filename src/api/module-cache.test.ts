/** Modules from the cache are those that were decoded; what is damaged, or another's, is not used. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateModule, TapeChoices } from '../diff/generate/index.ts';
import { compile, instantiate, type Module, type ModuleCache } from './index.ts';

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

/** `bytes` compiled, and then from the cache. */
function twice(bytes: Uint8Array): readonly [Module, Module] {
  const { entries, warnings, cache } = memoryCache();
  const first = compile(bytes, { cache });
  expect(entries.size).toBe(1);
  const [[key, entry]] = [...entries] as [[string, Uint8Array]];
  const second = compile(bytes, { cache: { ...cache, read: () => Buffer.from(entry), write: () => expect.fail(key) } });
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
  const entry = [...entries.values()][0]!;

  /** Compiles with `damaged` as what the cache has; the warnings. */
  function warningsWith(damaged: Uint8Array): readonly string[] {
    const { warnings, cache: other, entries: written } = memoryCache();
    const module = compile(small, { cache: { ...other, read: () => damaged } });
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
