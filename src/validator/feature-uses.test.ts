/** Features: each kind of use is found, is valid with the feature and what it needs alone, and refused without. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { type Feature, FeatureOffError, featureNames, resolveFeatures } from '../syntax/index.ts';
import { parseModule } from '../text/index.ts';
import { neededFeatures, validateModule } from './index.ts';

const decoded = (fields: string) => decodeModule(parseModule(`(module ${fields})`).bytes);

/** A feature, what uses it, a module that does, and the other features that the module uses. */
const uses: readonly [feature: Feature, what: string, fields: string, others?: readonly Feature[]][] = [
  ['mutable-global', 'an import of a mutable global', '(import "" "" (global (mut i32)))'],
  ['mutable-global', 'an export of a mutable global', '(global (export "g") (mut i32) (i32.const 0))'],
  ['sign-extension', 'i64.extend16_s', '(func (drop (i64.extend16_s (i64.const 0))))'],
  ['saturating-float-to-int', 'i32.trunc_sat_f32_u', '(func (drop (i32.trunc_sat_f32_u (f32.const 0))))'],
  ['multi-value', 'several results', '(func (result i32 i32) (i32.const 0) (i32.const 0))'],
  ['multi-value', 'a block with a type index', '(func (i32.const 0) (loop (param i32) (drop)))'],
  ['bulk-memory', 'memory.fill', '(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))'],
  ['bulk-memory', 'a passive data segment', '(data "")'],
  ['bulk-memory', 'the data count section', '(memory 1) (data (i32.const 0) "") (func (data.drop 0))'],
  ['bulk-memory', 'a passive element segment', '(elem func)'],
  ['reference-types', 'externref', '(func (param externref))'],
  ['reference-types', 'funcref as a value', '(func (local funcref))'],
  ['reference-types', 'funcref as a value', '(global funcref (ref.null func))'],
  ['reference-types', 'table.size', '(table 1 funcref) (func (drop (table.size)))'],
  ['reference-types', 'select_t', '(func (drop (select (result i32) (i32.const 0) (i32.const 0) (i32.const 0))))'],
  ['reference-types', 'a second table', '(table 1 funcref) (table 1 funcref)'],
  ['reference-types', 'a second table', '(import "" "" (table 1 funcref)) (table 1 funcref)'],
  ['bulk-memory', 'a declarative element segment', '(func) (elem declare func 0)'],
  ['reference-types', 'elements as expressions', '(table 1 funcref) (elem (i32.const 0) funcref (ref.null func))'],
  ['reference-types', 'ref.null', '(func (drop (ref.null extern)))'],
  ['extended-const', 'i64.mul in a constant', '(global i64 (i64.mul (i64.const 2) (i64.const 3)))'],
  ['extended-const', 'i32.add in a constant', '(memory 1) (data (i32.add (i32.const 2) (i32.const 3)) "")'],
  ['simd', 'v128', '(func (param v128))'],
  ['simd', 'v128', '(import "" "" (global v128))'],
  ['simd', 'i8x16.add', '(func (param i32) unreachable i8x16.add drop)'],
  ['simd', 'v128', '(func (block (result v128) unreachable) unreachable)'],
  ['simd', 'v128', '(type (array v128))', ['gc', 'function-references', 'reference-types']],
  ['relaxed-simd', 'i8x16.relaxed_swizzle', '(func unreachable i8x16.relaxed_swizzle drop)'],
  ['tail-call', 'return_call', '(func (return_call 0))'],
  ['tail-call', 'return_call_ref', '(type $t (func)) (func unreachable (return_call_ref $t))', ['function-references']],
  ['multi-memory', 'a second memory', '(memory 1) (memory 1)'],
  ['multi-memory', 'a second memory', '(import "" "" (memory 1)) (memory 1)'],
  ['memory64', 'a memory with 64-bit addresses', '(memory i64 1)'],
  ['memory64', 'a table with 64-bit addresses', '(import "" "" (table i64 1 funcref))'],
  ['exceptions', 'a tag', '(tag)'],
  ['exceptions', 'a tag', '(import "" "" (tag (param i32)))'],
  ['exceptions', 'exnref', '(func (param exnref))'],
  ['exceptions', 'exnref', '(func (drop (ref.null exn)))', ['reference-types']],
  ['exceptions', 'throw_ref', '(func unreachable throw_ref)'],
  ['exceptions', 'try_table', '(func (try_table))'],
  ['legacy-exceptions', 'try', '(func (try (do)))'],
  ['legacy-exceptions', 'catch_all', '(func (try (do) (catch_all)))'],
  ['function-references', '(ref func)', '(func (param (ref func)))'],
  ['function-references', '(ref 0)', '(type (func)) (table 1 (ref null 0)) (func (param (ref 0)))'],
  ['function-references', 'a table with an initial value', '(table 1 funcref (ref.null func))'],
  ['function-references', 'call_ref', '(type $t (func)) (func unreachable (call_ref $t))'],
  ['function-references', '(ref extern)', '(func (param (ref extern)))'],
  ['gc', 'a recursive group', '(rec (type (func)) (type (func)))'],
  ['gc', 'a recursive group', '(rec)'],
  ['gc', 'sub', '(type (sub (func)))'],
  ['gc', 'struct', '(type (struct))'],
  ['gc', 'a type that refers to itself or ahead', '(type $t (func (param (ref null $t))))'],
  ['gc', 'array', '(type (array i8))'],
  ['gc', 'anyref', '(func (param anyref))'],
  ['gc', 'nullref', '(func (drop (ref.null none)))'],
  ['gc', 'nullfuncref', '(table 1 nullfuncref)'],
  ['gc', 'i31.get_s', '(func (drop (i31.get_s (ref.i31 (i32.const 1)))))'],
  [
    'gc',
    "global.get of the module's own global in a constant",
    '(global i32 (i32.const 1)) (global i32 (global.get 0))',
  ],
  ['threads', 'a shared memory', '(memory 1 1 shared)'],
  ['threads', 'a shared memory', '(import "" "" (memory 1 1 shared))'],
  ['threads', 'atomic.fence', '(func (atomic.fence))'],
  ['custom-page-sizes', 'a memory with a page size', '(memory 1 (pagesize 1))'],
  ['custom-page-sizes', 'a memory with a page size', '(import "some" "name" (memory 1 (pagesize 1)))'],
  ['wide-arithmetic', 'i64.add128', '(func unreachable i64.add128 drop drop)'],
];

const only = (...names: readonly Feature[]) =>
  resolveFeatures({ 'all-proposals': false, ...Object.fromEntries(names.map((name) => [name, true])) });

describe('a use of a feature', () => {
  it.each(uses)('%s: %s, in %s', (feature, what, fields, others = []) => {
    const module = decoded(fields);
    expect(neededFeatures(module).get(feature)).toContain(what);
    expect(() => validateModule(module, only(feature, ...others))).not.toThrow();
    expect(() => validateModule(module, resolveFeatures({ [feature]: false }))).toThrowError(
      expect.objectContaining({ name: 'ValidationError', reason: expect.stringContaining('feature, which is off') }),
    );
    // Everything else is on, so that it is this feature and no other that is missed.
    const dependents = featureNames.filter((name) => !resolveFeatures({ [feature]: false }).has(name));
    const missed = [...neededFeatures(module).keys()].filter((name) => dependents.includes(name));
    expect(missed).toContain(feature);
  });

  it('counts a page size that is given and is the usual one: engines without the feature know no such flag', () => {
    const section = [2, 7, 1, 1, 0x61, 1, 0x62, 2, 0x08, 1, 16];
    section[1] = section.length - 2;
    const module = decodeModule(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section));
    expect([...neededFeatures(module).keys()]).toEqual(['custom-page-sizes']);
  });

  it('is also a section that holds nothing', () => {
    const module = decodeModule(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 13, 1, 0));
    expect(neededFeatures(module)).toEqual(new Map([['exceptions', ['the tag section']]]));
  });

  it('is known for every feature', () => {
    expect(new Set(uses.map(([feature]) => feature))).toEqual(new Set(featureNames));
  });

  it('is told with its place', () => {
    const module = decoded('(import "" "" (func)) (func) (func nop (drop (i32.extend8_s (i32.const 0))))');
    const { body } = module.funcs[1]!;
    try {
      validateModule(module, resolveFeatures({ 'sign-extension': false }));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(FeatureOffError);
      expect(error).toMatchObject({
        feature: 'sign-extension',
        reason: 'i32.extend8_s needs the sign-extension feature, which is off',
        funcidx: 2,
        byteOffset: body.byteOffset + 3,
      });
    }
  });
});

describe('the first release', () => {
  it.each([
    ['an empty module', ''],
    ['a table and its elements', '(table 1 funcref) (func $f) (elem (i32.const 0) $f)'],
    ['a block with a result', '(func (result i32) (block (result i32) (i32.const 1)))'],
    ['an imported global in a constant', '(import "" "" (global i32)) (global i32 (global.get 0))'],
    ['a mutable global of its own', '(global (mut i32) (i32.const 0)) (func (global.set 0 (i32.const 1)))'],
    ['indirect calls', '(table 1 funcref) (type $t (func)) (func (call_indirect (type $t) (i32.const 0)))'],
    ['data', '(memory 1 2) (data (i32.const 0) "a")'],
  ])('needs no feature for %s', (_name, fields) => {
    const module = decoded(fields);
    expect([...neededFeatures(module)]).toEqual([]);
    expect(() => validateModule(module, only())).not.toThrow();
  });
});
