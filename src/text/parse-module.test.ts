/** Modules: abbreviations against what they stand for, identifiers, types, names, and the complaints. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { ParseError } from '../syntax/index.ts';
import { parseModule } from './index.ts';

/** The binary without custom sections, in hexadecimal: names do not matter to what a text means. */
function meaningOf(source: string): string {
  const { bytes } = parseModule(source);
  const { sections } = decodeModule(bytes);
  return sections
    .filter(({ id }) => id !== 0)
    .map(
      ({ id, byteOffset, byteLength }) =>
        `${id}:${Buffer.from(bytes.subarray(byteOffset, byteOffset + byteLength)).toString('hex')}`,
    )
    .join(' ');
}

/** Two texts of one meaning. */
const abbreviations: readonly [name: string, short: string, long: string][] = [
  ['a module without (module …)', '(func) (memory 1)', '(module (func) (memory 1))'],
  ['an inline export', '(func (export "a") (export "b"))', '(func $f) (export "a" (func $f)) (export "b" (func $f))'],
  ['an inline function import', '(func $f (import "a" "b") (param i32))', '(import "a" "b" (func (param i32)))'],
  [
    'an exported import',
    '(table (export "x") (import "a" "b") 1 funcref)',
    '(import "a" "b" (table 1 funcref)) (export "x" (table 0))',
  ],
  ['a global import', '(global (import "a" "b") (mut i32))', '(import "a" "b" (global (mut i32)))'],
  ['a tag import', '(tag (import "a" "b") (param i64))', '(type (func (param i64))) (import "a" "b" (tag (type 0)))'],
  ['inline data', '(memory (data "a" "b"))', '(memory 1 1) (data (memory 0) (offset i32.const 0) "ab")'],
  ['inline data of a 64-bit memory', '(memory i64 (data "a"))', '(memory i64 1 1) (data (i64.const 0) "a")'],
  ['no inline data', '(memory (data))', '(memory 0 0) (data (i32.const 0))'],
  [
    'inline data in bytes',
    '(memory (pagesize 1) (data "abc"))',
    '(memory 3 3 (pagesize 1)) (data (i32.const 0) "abc")',
  ],
  [
    'an inline element list',
    '(func) (table funcref (elem 0 0))',
    '(func) (table 2 2 funcref) (elem (table 0) (offset i32.const 0) func 0 0)',
  ],
  [
    'inline expressions',
    '(func) (table funcref (elem (ref.func 0)))',
    '(func) (table 1 1 funcref) (elem (i32.const 0) funcref (item ref.func 0))',
  ],
  ['a table of 64 bits', '(table i64 funcref (elem))', '(table i64 0 0 funcref) (elem (i64.const 0) func)'],
  [
    'bare function indices',
    '(func) (table 1 funcref) (elem (i32.const 0) 0)',
    '(func) (table 1 funcref) (elem (i32.const 0) func 0)',
  ],
  [
    'segments that name their target without parentheses',
    '(memory 1) (data 0 (i32.const 0) "")',
    '(memory 1) (data (memory 0) (i32.const 0) "")',
  ],
  [
    'several parameters',
    '(type (func (param i32 i64) (result f32 f64)))',
    '(type (func (param i32) (param i64) (result f32) (result f64)))',
  ],
  [
    'several locals',
    '(func (local i32 i32) (local $x i32) (local i64))',
    '(func (local i32) (local i32 i32) (local i64))',
  ],
  [
    'fields',
    '(type (struct (field i8 (mut i16)) (field $x i32)))',
    '(type (struct (field i8) (field (mut i16)) (field i32)))',
  ],
  ['final types', '(type (func))', '(rec (type (sub final (func))))'],
  ['reference types', '(func (param funcref nullref))', '(func (param (ref null func) (ref null none)))'],
  ['an address type', '(memory i32 1) (table i32 1 funcref)', '(memory 1) (table 1 funcref)'],
  ['an implied type', '(func (param i32))', '(type (func (param i32))) (func (type 0))'],
  [
    'a used type',
    '(type $t (func (param i32))) (func (param $x i32) local.get $x drop)',
    '(type (func (param i32))) (func (type 0) local.get 0 drop)',
  ],
  ['the smallest fitting type', '(type (func)) (type (func)) (func)', '(type (func)) (type (func)) (func (type 0))'],
  [
    'no type of a larger group',
    '(rec (type (func)) (type (struct))) (func)',
    '(rec (type (func)) (type (struct))) (type (func)) (func (type 2))',
  ],
  ['no type that is open', '(type (sub (func))) (func)', '(type (sub (func))) (type (func)) (func (type 1))'],
  [
    'implied types in the order of the text',
    '(import "" "" (func (param f32))) (func i32.const 0 (block (param i32) drop)) (type (func (result i64)))',
    '(type (func (result i64))) (type (func (param f32))) (type (func)) (type (func (param i32))) (import "" "" (func (type 1))) (func (type 2) i32.const 0 (block (type 3) drop))',
  ],
  ['a quoted identifier', '(func $"a") (start $a)', '(func) (start 0)'],
  [
    'identifiers before their definition',
    '(export "x" (func $f)) (elem declare func $f) (func $f (type $t)) (type $t (func))',
    '(type (func)) (func (type 0)) (export "x" (func 0)) (elem declare func 0)',
  ],
  ['escapes', '(data "\\61\\u{62}\\t\\n\\r\\"\\\'\\\\\\u{3b_b}")', '(data "ab\\09\\0a\\0d\\22\\27\\5c\\ce\\bb")'],
];

describe('abbreviations', () => {
  it.each(abbreviations)('%s', (_name, short, long) => {
    expect(meaningOf(short)).toBe(meaningOf(long));
  });
});

describe('sections', () => {
  it.each([
    ['an empty module', '', ''],
    ['a binary one', '(module binary "\\00asm\\01\\00\\00\\00" "\\05\\03\\01\\00\\01")', '5:010001'],
    ['limits', '(memory 1 2 shared) (memory i64 1) (memory 1 (pagesize 1))', '5:030301020401080100'],
    ['bounds of 64 bits', '(memory i64 0 0xffff_ffff_ffff_ffff)', '5:010500ffffffffffffffffff01'],
    ['a table with an initial value', '(table 1 funcref (ref.null func))', '4:01400070' + '0001d0700b'],
    ['subtypes', '(type $a (sub (struct))) (type (sub final $a (struct (field i32))))', '1:0250005f004f01005f017f00'],
    [
      'a data count where an instruction needs it',
      '(func data.drop 0) (data "")',
      '1:01600000 3:0100 12:01 10:010500fc09000b 11:010100',
    ],
    ['a tag', '(tag (param i32))', '1:0160017f00 13:010000'],
  ])('%s', (_name, source, sections) => {
    expect(meaningOf(source)).toBe(sections);
  });
});

describe('the name section', () => {
  it('holds the identifiers of all index spaces', () => {
    const source = `(module $m
      (type $t (struct (field $x i32) (field i32) (field $y i32)))
      (import "" "" (func $imported (param $p i32)))
      (func $f (param $a i32) (local i32) (local $b i32) (block (loop $l)) (if $k (local.get $a) (then)))
      (table $tab 1 funcref) (memory $mem 1) (global $g i32 (i32.const 0))
      (elem $e func) (data $d "") (tag $tag))`;
    const { name, bytes } = parseModule(source);
    const { names } = decodeModule(bytes);
    expect(name).toBe('m');
    expect(names).toEqual({
      module: 'm',
      functions: new Map([
        [0, 'imported'],
        [1, 'f'],
      ]),
      locals: new Map([
        [0, new Map([[0, 'p']])],
        [
          1,
          new Map([
            [0, 'a'],
            [2, 'b'],
          ]),
        ],
      ]),
      labels: new Map([
        [
          1,
          new Map([
            [1, 'l'],
            [2, 'k'],
          ]),
        ],
      ]),
      types: new Map([[0, 't']]),
      tables: new Map([[0, 'tab']]),
      memories: new Map([[0, 'mem']]),
      globals: new Map([[0, 'g']]),
      elems: new Map([[0, 'e']]),
      datas: new Map([[0, 'd']]),
      fields: new Map([
        [
          0,
          new Map([
            [0, 'x'],
            [2, 'y'],
          ]),
        ],
      ]),
      tags: new Map([[0, 'tag']]),
      problem: undefined,
    });
  });
});

const failures: readonly [source: string, reason: string, place: string][] = [
  ['(module', 'unexpected token: end of text, expected )', '1:8'],
  ['(module) (module)', 'unexpected token (', '1:10'],
  ['(module))', 'unexpected token )', '1:9'],
  ['\n (nonsense)', 'unknown operator nonsense', '2:3'],
  ['(result)', 'unexpected token result', '1:2'],
  ['(func (global.atomic.get 0))', 'unknown operator global.atomic.get: it needs shared-everything-threads', '1:8'],
  ['(type (shared (func)))', 'unexpected token shared: only memories are shared, as shared-everything', '1:8'],
  ['(table shared 1 funcref)', 'unexpected token shared: only memories are shared, as shared-everything', '1:8'],
  ['(func $f)\n(func $f)', 'duplicate func $f', '2:7'],
  ['(import "" "" (memory $m 1)) (memory $m 1)', 'duplicate memory $m', '1:38'],
  ['(func (param $x i32) (local $x i32))', 'duplicate local $x', '1:29'],
  ['(type (struct (field $x i32) (field $x i32)))', 'duplicate field $x', '1:37'],
  ['(type $t (func)) (rec (type $t (func)))', 'duplicate type $t', '1:29'],
  ['(func) (import "" "" (func))', 'import after function', '1:9'],
  ['(memory 0) (func (import "" ""))', 'import after memory', '1:18'],
  ['(global i32 (i32.const 0)) (import "" "" (func))', 'import after global', '1:29'],
  ['(table 0 funcref) (import "" "" (func))', 'import after table', '1:20'],
  ['(tag) (import "" "" (func))', 'import after tag', '1:8'],
  ['(start 0) (start 0) (func)', 'multiple start sections', '1:11'],
  ['(export "a" (func $x))', 'unknown function $x', '1:19'],
  ['(func (type $x))', 'unknown type $x', '1:13'],
  ['(type (func)) (func (type 0) (param i32))', 'inline function type', '1:21'],
  ['(func (result i32) (param i32))', 'unexpected token param', '1:21'],
  ['(func (param i8))', 'unexpected token i8', '1:14'],
  ['(table 0 i32)', 'unexpected token i32', '1:10'],
  ['(global anyfunc (ref.null func))', 'unknown operator anyfunc', '1:9'],
  ['(memory)', 'unexpected token )', '1:8'],
  ['(memory -1)', 'unexpected token -1', '1:9'],
  ['(memory i64 0x1_0000_0000_0000_0000)', 'i64 constant out of range', '1:13'],
  ['(memory 0 (pagesize 3))', 'invalid custom page size', '1:21'],
  ['(import "\\ff" "" (func))', 'malformed UTF-8 encoding', '1:9'],
  ['(data "a" 1)', 'unexpected token 1', '1:11'],
  ['(elem funcref 0)', 'unexpected token 0', '1:15'],
  ['(func $f', 'unexpected token: end of text', '1:9'],
  ['(type (func', 'unexpected token: end of text', '1:12'],
  ['(call 99999999999)', 'unexpected token call', '1:2'],
  ['(start 99999999999)', 'i32 constant out of range', '1:8'],
];

describe('ill-formed modules', () => {
  it.each(failures)('%j: %s', (source, reason, place) => {
    let error: unknown;
    try {
      parseModule(source);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ParseError);
    const { reason: actual, position } = error as ParseError;
    expect(actual.slice(0, reason.length)).toBe(reason);
    expect(`${position.line}:${position.column}`).toBe(place);
  });
});

/** Tokens of which most orders are nonsense and some are modules. */
const words =
  '( ) ( ) ( ) (func (block (if (then (else (type (rec (sub (struct (field (param (result (local (import (export (memory ' +
  '(table (elem (data (global (tag (start (item (offset (ref (mut (try (do (catch (@custom (@name $a $b "a" "\\ff" 0 1 -1 ' +
  '4294967296 1.5 nan i32 funcref i8 null i32.const i32.add i32.load offset=1 align=3 br_table call_indirect end else ' +
  'v128.const i32x4 ref.cast select quote binary';

describe('any tokens at all', () => {
  it('make a module that decodes or a ParseError', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words.split(' ')), { maxLength: 30 }), fc.boolean(), (tokens, closed) => {
        const text = tokens.join(' ');
        const opened = (text.match(/\(/g) ?? []).length - (text.match(/\)/g) ?? []).length;
        const source = closed ? text + ')'.repeat(Math.max(0, opened)) : text;
        try {
          const { bytes } = parseModule(source);
          expect(decodeModule(bytes).bytes).toBe(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
