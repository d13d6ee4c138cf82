/** Parts of a module's text against the whole. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { parseModule } from './parse-module.ts';
import { printModule } from './print-module.ts';
import { PrintedParts } from './print-parts.ts';

const cases: readonly (readonly [string, string])[] = [
  ['an empty module', '(module)'],
  ['functions only', '(module (func) (func $f (param $a i32) (local i32 i64) (local $b f32) (block $l (br $l))))'],
  ['an import before them', '(module (import "a" "b" (func $i)) (memory 1) (func $g call $i) (export "g" (func $g)))'],
  ['data after them', `(module (memory 1) (func (drop (i32.const 1))) (data (i32.const 0) "${'x'.repeat(200)}"))`],
  ['data without functions', '(module (memory 1) (data "a"))'],
  [
    'custom sections around them',
    '(module (@custom "a" (before code) "1") (func) (@custom "b" (after code) "2") (@custom "c" "3"))',
  ],
  [
    'an else and a catch',
    '(module (tag $t) (func (if (i32.const 1) (then nop) (else nop)) (try (do nop) (catch $t nop))))',
  ],
];

describe('PrintedParts', () => {
  it.each(cases)('%s', (_, text) => {
    const module = decodeModule(parseModule(text).bytes);
    const parts = new PrintedParts(module);
    const funcs = module.funcs.map((_func, index) => parts.func(index));
    const whole = parts.before().text + funcs.map((part) => part.text).join('');
    expect(`${whole.slice(0, -1)}${parts.after().text}`).toBe(printModule(module));
    expect(funcs.map((part) => part.text.split('\n').length - 1)).toEqual(
      module.funcs.map((_func, index) => parts.funcLineCount(index)),
    );
  });
});
