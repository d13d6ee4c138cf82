/**
 * Generates src/interpreter/training.gen.ts: a module whose functions execute every operation of the dispatch loop,
 * with
 * operands of many kinds. Written from the loop's names and the instruction table. `--check` only compares.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadTs } from './load-ts.mjs';

const TARGET = new URL('../src/interpreter/training.gen.ts', import.meta.url);

const { hotOpNames } = await loadTs('src/interpreter/hot-names.gen.ts');
const { instructions, signatureOf } = await loadTs('src/syntax/index.ts');
const { parseModule } = await loadTs('src/text/index.ts');

/** @type {Map<string, any>} */
const rows = new Map(instructions.map((/** @type {{ name: string }} */ row) => [row.name, row]));
const TYPES = ['i32', 'i64', 'f32', 'f64', 'v128'];
const CONSTANTS = {
  i32: '(i32.const 3)',
  i64: '(i64.const 0x300000005)',
  f32: '(f32.const 1.5)',
  f64: '(f64.const 1.5)',
  v128: '(v128.const i32x4 1 2 3 4)',
};

/** Bytes that operands are read from: what makes integers small and large, floats numbers, NaNs and infinities. */
const SET_BYTES = 32;
const operandSets = [
  new BigInt64Array([1n, 2n, 3n, 4n]),
  new BigInt64Array([-1n, 0x7fffffffffffffffn, -5n, 7n]),
  new BigInt64Array([0x80000000n, 0xffffffffn, -0x80000000n, 0x7fffffffn]),
  new Float64Array([1.5, -2.25, Number.NaN, Number.POSITIVE_INFINITY]),
  new Float32Array([1.5, 1.5, -0.5, 2, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, 3]),
  new BigInt64Array([0n, 0n, 0n, 0n]),
  new BigInt64Array([33n, 65n, 0x123456789abcdefn, 32n]),
  new Float64Array([-0, 1e300, 1e300, 0.1]),
];

/** @param {string} type @param {'a' | 'b' | 'c'} operand */
const local = (type, operand) => `(local.get $${operand}_${type})`;

/** @param {string} type @param {string} value */
const keep = (type, value) => `(local.set $r_${type} ${value})`;

/** @param {string} name */
function operandTypes(name) {
  const { operands, results } = signatureOf(rows.get(name)) ?? { operands: [], results: [] };
  return { operands, results };
}

/**
 * An instruction applied to locals; the right operand is a constant in the immediate form.
 *
 * @param {string} name of a slot operation that computes a value
 * @param {string} [first] what takes the place of the first operand
 * @param {'b' | 'c'} [second]
 */
function applied(name, first, second = 'b') {
  const isImmediate = name.endsWith('_i');
  const mnemonic = isImmediate ? name.slice(0, -2) : name;
  const { operands } = operandTypes(mnemonic);
  const texts = operands.map((/** @type {keyof typeof CONSTANTS} */ type, /** @type {number} */ i) => {
    if (i === 0) return first ?? local(type, 'a');
    if (i === 1 && isImmediate) return CONSTANTS[type];
    return local(type, i === 1 ? second : 'c');
  });
  return `(${mnemonic} ${texts.join(' ')})`;
}

/** @param {string} name */
function accessText(name) {
  const isImmediate = name.endsWith('_i');
  const mnemonic = isImmediate ? name.slice(0, -2) : name;
  const type = mnemonic.split('.')[0] ?? '';
  if (mnemonic.includes('.load')) return keep(type, `(${mnemonic} offset=4 (local.get $p))`);
  return `(${mnemonic} offset=1024 (local.get $p) ${isImmediate ? '(i32.const 9)' : local(type, 'a')})`;
}

/** Moves, calls and branches, which have no instruction of their name. @type {Record<string, string>} */
const controlTexts = {
  enter: '(drop (call $word (local.get $a_i32)))',
  br: '(block (loop (br 1)))',
  br_nz: '(block (br_if 0 (local.get $a_i32)) (local.set $r_i32 (i32.const 1)))',
  br_z: '(if (local.get $a_i32) (then (local.set $r_i32 (i32.const 2))))',
  br_i64_nz: '(if (i64.eqz (local.get $a_i64)) (then (local.set $r_i32 (i32.const 3))))',
  br_i64_z: '(block (br_if 0 (i64.eqz (local.get $a_i64))) (local.set $r_i32 (i32.const 4)))',
  br_table: `(block (block (block (br_table 0 1 2 (local.get $a_i32))) (local.set $r_i32 (i32.const 5)))
    (local.set $r_i32 (i32.const 6)))`,
  call: '(local.set $r_i32 (call $word (local.get $b_i32)))',
  call_indirect: '(local.set $r_i32 (call_indirect (type $t) (local.get $b_i32) (i32.const 0)))',
  return: '(call $none)',
  return_word: '(local.set $r_i32 (call $word (i32.const 7)))',
  return_pair: '(local.set $r_i64 (call $pair (local.get $a_i64)))',
  copy_word: '(local.set $r_i32 (local.get $a_i32))',
  copy_pair: '(local.set $r_i64 (local.get $a_i64))',
  copy_quad: '(local.set $r_v128 (local.get $a_v128))',
  copy_ref: '(local.set $r_ref (local.get $a_ref))',
  const_word: '(local.set $r_i32 (i32.const 8))',
  const_pair: '(local.set $r_i64 (i64.const 0x900000001))',
  const_quad: '(local.set $r_v128 (v128.const i64x2 5 6))',
  select_word: '(local.set $r_i32 (select (local.get $a_i32) (local.get $b_i32) (local.get $c_i32)))',
  select_pair: '(local.set $r_i64 (select (local.get $a_i64) (local.get $b_i64) (local.get $c_i32)))',
  'global.get_word': '(local.set $r_i32 (global.get $word))',
  'global.get_pair': '(local.set $r_i64 (global.get $pair))',
  'global.set_word': '(global.set $word (local.get $a_i32))',
  'global.set_pair': '(global.set $pair (local.get $a_i64))',
};

/** What training cannot execute: it ends the guest, or stands in clear code only. */
const LEFT_OUT = new Set(['unreachable', 'check']);

/** @param {string} name of a slot operation */
function textOf(name) {
  const control = controlTexts[name];
  if (control !== undefined) return control;
  const [, branch, compare = ''] = /^(brn?)_(.*)$/.exec(name) ?? [];
  if (branch !== undefined) {
    const isOpposite = branch === 'brn';
    return isOpposite
      ? `(if ${applied(compare)} (then (local.set $r_i32 (i32.const 1))))`
      : `(block (br_if 0 ${applied(compare)}) (local.set $r_i32 (i32.const 1)))`;
  }
  if (/\.(?:load|store)/.test(name)) return accessText(name);
  const [first, second] = name.split('+');
  if (first !== undefined && second !== undefined) return keep('i32', applied(second, applied(first), 'c'));
  const mnemonic = name.endsWith('_i') ? name.slice(0, -2) : name;
  const { results } = operandTypes(mnemonic);
  if (results.length !== 1) throw new Error(`gen-training.mjs does not know how to execute ${name}`);
  return keep(results[0], applied(name));
}

/** Functions are short, so that each is lowered and run in no time. */
const OPS_A_FUNCTION = 24;

function moduleText() {
  const trained = hotOpNames.filter((/** @type {string} */ name) => !LEFT_OUT.has(name));
  const operands = TYPES.flatMap((type) =>
    ['a', 'b', 'c', 'r'].map((letter) => `(local $${letter}_${type} ${type})`),
  ).join(' ');
  const reads = TYPES.flatMap((type) =>
    ['a', 'b', 'c'].map((letter, i) => `(local.set $${letter}_${type} (${type}.load offset=${i * 8} (local.get $p)))`),
  ).join(' ');
  const functions = [];
  for (let from = 0; from < trained.length; from += OPS_A_FUNCTION) {
    const texts = trained.slice(from, from + OPS_A_FUNCTION).map(textOf);
    functions.push(`(func $f${functions.length} (param $p i32) ${operands} (local $a_ref externref) (local $r_ref externref)
      ${reads}\n${texts.join('\n')})`);
  }
  const data = operandSets.map((set, i) => {
    const digits = Buffer.from(set.buffer).toString('hex').replaceAll(/../g, '\\$&');
    return `(data (i32.const ${i * SET_BYTES}) "${digits}")`;
  });
  const calls = functions.map((_, i) => `(call $f${i} (local.get $p))`).join(' ');
  return `(module
    (type $t (func (param i32) (result i32)))
    (memory 1) (table 1 funcref) (elem (i32.const 0) $word)
    (global $word (mut i32) (i32.const 1)) (global $pair (mut i64) (i64.const 1))
    ${data.join('\n')}
    (func $none)
    (func $word (param i32) (result i32) (local.get 0))
    (func $pair (param i64) (result i64) (local.get 0))
    ${functions.join('\n')}
    (func (export "train") (param $rounds i32) (local $p i32)
      (loop $again
        (local.set $p (i32.const 0))
        (loop $sets
          ${calls}
          (local.set $p (i32.add (local.get $p) (i32.const ${SET_BYTES})))
          (br_if $sets (i32.lt_u (local.get $p) (i32.const ${operandSets.length * SET_BYTES}))))
        (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))))`;
}

const { bytes } = parseModule(moduleText());
const hex = Buffer.from(bytes)
  .toString('hex')
  .replaceAll(/.{100}/g, "$&' +\n  '");
const text = `/** The module of the training run, as hexadecimal digits. Generated by scripts/gen-training.mjs; do not edit. */
export const trainingModule =
  '${hex}';
`;
const present = existsSync(TARGET) ? readFileSync(TARGET, 'utf8') : '';
if (present !== text) {
  if (process.argv.includes('--check')) {
    console.error('src/interpreter/training.gen.ts is stale: run npm run gen');
    process.exitCode = 1;
  } else {
    writeFileSync(TARGET, text);
  }
}
