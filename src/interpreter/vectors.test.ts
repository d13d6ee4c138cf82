/**
 * Every vector instruction of the table, in fast and clear code, beside the host's own WebAssembly: lane
 * operations over interesting and random vectors, accesses at the edges of memory. Relaxed instructions
 * are compared with what the deterministic profile makes of them.
 */
import { describe, expect, test } from 'vitest';
import {
  type CompileOptions,
  callValues,
  compile,
  funcOf,
  instantiate,
  type Memory,
  type Value,
} from '../api/index.ts';
import { type InstructionRow, instructions, signatureOf, V128, type ValType } from '../syntax/index.ts';
import { f32Fma, f64Fma } from './numerics/index.ts';
import { relaxedAs } from './vector-names.ts';

/** What the tests need of the host's WebAssembly; the project's own types do not know it. */
interface HostWebAssembly {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
}
const host = (globalThis as unknown as { WebAssembly: HostWebAssembly }).WebAssembly;

const lowerings = ['fast', 'clear'] as const;
type Lowering = CompileOptions['lowering'];
const rows = instructions.filter(({ proposal }) => proposal === 'simd' || proposal === 'relaxed-simd');

/** An instance of either engine: its bytes, and a function of i32. */
interface Subject {
  readonly bytes: Uint8Array;
  run(argument: number): void;
}

function onHost(bytes: Uint8Array): Subject {
  const { memory, run } = new host.Instance(new host.Module(bytes)).exports;
  return { bytes: new Uint8Array((memory as { readonly buffer: ArrayBuffer }).buffer), run: run as Subject['run'] };
}

/** @returns `other`: the memory of the accesses, when it is not the first */
function onGlassbox(module: Uint8Array, lowering: Lowering): Subject & { readonly other: Uint8Array | undefined } {
  const { memory, m, run } = instantiate(compile(module, { lowering })).exports;
  const { bytes } = memory as Memory;
  return { bytes, other: (m as Memory | undefined)?.bytes, run: run as unknown as Subject['run'] };
}

// Operands.

/** Deterministic random words. */
function randomWords(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return state ^ (state >>> 16);
  };
}

const f32s = [
  0, -0, 1, -1.5, 0.5, 2.5, -2.5, 1e-40, 3.4e38, -3.4e38, 2147483648, -2147483904, 4294967296, 0.1, -1e-45, 8388609,
];
const f64s = [
  0, -0, 1, -1.5, 0.5, 2.5, -2.5, 5e-324, 1.7e308, -1e308, 2147483647.5, -2147483648.9, 4294967295.5, 0.1, 1e-46,
  3.5e38,
];
const NANS_AND_INFINITIES = [
  0x7fc00000, 0xffc00001, 0x7f800001, 0xffa5a5a5, 0x7f800000, 0xff800000, 0x7fffffff, 0x80000001,
];

function interestingVectors(): Uint8Array[] {
  const vectors: ArrayBufferView[] = [];
  const bytes = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 2, 0x81, 15, 16, 17, 31, 0x55, 0xaa, 100, 200];
  for (let i = 0; i < 16; i += 3) vectors.push(Uint8Array.from(bytes, (_, k) => bytes[(k + i) % 16]!));
  const halves = [0, 1, 0x7fff, 0x8000, 0xffff, 0x8001, 0x00ff, 0xff80];
  for (let i = 0; i < 8; i += 3) vectors.push(Uint16Array.from(halves, (_, k) => halves[(k + i) % 8]!));
  const words = [0, -1, 0x7fffffff, -0x80000000, 1, 0xffff, -0x10000, 0x12345678];
  for (let i = 0; i < 8; i += 2) vectors.push(Int32Array.from(words.slice(0, 4), (_, k) => words[(k + i) % 8]!));
  vectors.push(
    BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
    BigInt64Array.of(-1n, 0xffffffffn),
    BigInt64Array.of(0n, 1n),
  );
  for (let i = 0; i < 16; i += 4) vectors.push(Float32Array.from(f32s.slice(i, i + 4)));
  for (let i = 0; i < 16; i += 2) vectors.push(Float64Array.from(f64s.slice(i, i + 2)));
  for (let i = 0; i < 8; i += 4) vectors.push(Uint32Array.from(NANS_AND_INFINITIES.slice(i, i + 4)));
  for (const high of [0x7ff80000, 0xfff00001, 0x7ff00000, 0xfff00000]) vectors.push(Uint32Array.of(0, high, 1, high));
  return vectors.map(({ buffer }) => new Uint8Array(buffer));
}

const vectors = interestingVectors();
/** A case is four vectors: three operands, and room for the result. */
const CASE_BYTES = 64;
const RESULT_AT = 48;
const CASES = 800;

/** Pairs from the cross product of interesting vectors; in the second half with a random word in each. */
function operandBytes(seed: number): Uint8Array {
  const random = randomWords(seed);
  const bytes = new Uint8Array(CASES * CASE_BYTES);
  const words = new Int32Array(bytes.buffer);
  const count = vectors.length;
  for (let i = 0; i < CASES; i++) {
    const isMixed = i >= CASES / 2;
    const pair = (isMixed ? random() >>> 1 : i * 467) % (count * count);
    [pair % count, Math.trunc(pair / count), (pair * 7) % count].forEach((pick, k) => {
      bytes.set(vectors[pick]!, i * CASE_BYTES + k * 16);
      if (isMixed) words[(i * CASE_BYTES) / 4 + 4 * k + (random() & 3)] = random();
    });
  }
  return bytes;
}

// Functions that run one instruction over all cases.

/** How the operands reach the instruction: as temporaries, or in locals of which the result replaces one. */
type Form = 'temporaries' | 'over 0' | 'over 1' | 'over 2';

const loadOf = (type: string, k: number) => `(${type}.load offset=${16 * k} (local.get $at))`;

function bodyOf(instruction: string, row: InstructionRow, form: Form): string {
  const { operands, results } = signatureOf(row)!;
  const result = results[0]!;
  const store = (value: string) => `(${result}.store offset=${RESULT_AT} (local.get $at) ${value})`;
  if (form === 'temporaries') return store(`(${instruction} ${operands.map(loadOf).join(' ')})`);
  const target = Number(form.at(-1));
  return `${operands.map((type, k) => `(local.set $x${k} ${loadOf(type, k)})`).join(' ')}
    (local.set $x${target} (${instruction} ${operands.map((_, k) => `(local.get $x${k})`).join(' ')}))
    ${store(`(local.get $x${target})`)}`;
}

function watOf(instruction: string, row: InstructionRow, form: Form): string {
  const { operands } = signatureOf(row)!;
  return `(module (memory (export "memory") 1)
    (func (export "run") (param $count i32) (local $at i32) ${operands.map((type, k) => `(local $x${k} ${type})`).join(' ')}
      (loop $next
        ${bodyOf(instruction, row, form)}
        (local.set $at (i32.add (local.get $at) (i32.const ${CASE_BYTES})))
        (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))`;
}

function formsOf(row: InstructionRow): Form[] {
  const { operands, results } = signatureOf(row)!;
  const over = operands.map((type, k) => (type === results[0] ? (`over ${k}` as Form) : undefined));
  return ['temporaries', ...over.filter((form) => form !== undefined)];
}

function resultsOf({ bytes, run }: Subject, operands: Uint8Array): Uint8Array {
  bytes.set(operands);
  run(CASES);
  return bytes.slice(0, CASES * CASE_BYTES);
}

/** The instruction with each of its immediates. */
function instructionsOf({ name, imm }: InstructionRow): string[] {
  if (imm === 'none') return [name];
  if (imm === 'v128') return vectors.slice(0, 8).map((vector) => `${name} i8x16 ${[...vector].join(' ')}`);
  if (imm === 'laneidx') return laneIndices(name).map((lane) => `${name} ${lane}`);
  expect(imm).toBe('lanes16');
  const random = randomWords(7);
  const lanes = (pick: (i: number) => number) => `${name} ${Array.from({ length: 16 }, (_, i) => pick(i)).join(' ')}`;
  return [
    lanes((i) => i),
    lanes((i) => 31 - i),
    lanes((i) => (i * 2) % 32),
    lanes((i) => 12 - (i & 12) + (i & 3) + (i < 8 ? 16 : 0)),
    lanes(() => random() & 31),
  ];
}

function laneIndices(name: string): number[] {
  const count = Number(/x(\d+)\./.exec(name)![1]);
  return Array.from({ length: count }, (_, lane) => lane);
}

// What NaN an arithmetic result has is the host's choice; ours is the canonical one.

const arithmetic =
  /^f(32x4|64x2)\.((relaxed_)?(n?madd|min|max)|add|sub|mul|div|sqrt|ceil|floor|trunc|nearest|demote.*|promote.*)$/;

function canonicalNans(name: string, results: Uint8Array): Uint8Array {
  if (!arithmetic.test(name)) return results;
  const words = new Int32Array(results.buffer);
  for (let at = 0; at < words.length; at += CASE_BYTES / 4) {
    for (let i = at + RESULT_AT / 4; i < at + CASE_BYTES / 4; i++) {
      if (name.startsWith('f32')) {
        if ((words[i]! & 0x7fffffff) > 0x7f800000) words[i] = 0x7fc00000;
      } else if (i % 2 === 1 && isNanPair(words[i - 1]!, words[i]!)) {
        words[i - 1] = 0;
        words[i] = 0x7ff80000;
      }
    }
  }
  return results;
}

function isNanPair(lo: number, hi: number): boolean {
  const high = hi & 0x7fffffff;
  return high > 0x7ff00000 || (high === 0x7ff00000 && lo !== 0);
}

// What hosts lack: the relaxed instructions that are no other instruction in the deterministic profile.

type Reference = (x: DataView, y: DataView, z: DataView, result: DataView) => void;

function fused(negate: boolean, is32: boolean): Reference {
  return (x, y, z, result) => {
    for (let at = 0; at < 16; at += is32 ? 4 : 8) {
      const read = (view: DataView) => (is32 ? view.getFloat32(at, true) : view.getFloat64(at, true));
      const factor = negate ? -read(x) : read(x);
      if (is32) result.setFloat32(at, f32Fma(factor, read(y), read(z)), true);
      else result.setFloat64(at, f64Fma(factor, read(y), read(z)), true);
    }
  };
}

/** Products of signed bytes summed in pairs, saturated to 16 bits. */
const dots = (x: DataView, y: DataView): number[] =>
  Array.from({ length: 8 }, (_, i) => {
    const product = (k: number) => x.getInt8(2 * i + k) * y.getInt8(2 * i + k);
    return Math.max(-32768, Math.min(32767, product(0) + product(1)));
  });

const references: Readonly<Record<string, Reference>> = {
  'f32x4.relaxed_madd': fused(false, true),
  'f32x4.relaxed_nmadd': fused(true, true),
  'f64x2.relaxed_madd': fused(false, false),
  'f64x2.relaxed_nmadd': fused(true, false),
  'i16x8.relaxed_dot_i8x16_i7x16_s': (x, y, _, result) => {
    dots(x, y).forEach((dot, i) => {
      result.setInt16(2 * i, dot, true);
    });
  },
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': (x, y, z, result) => {
    const pairs = dots(x, y);
    for (let i = 0; i < 4; i++) {
      result.setInt32(4 * i, pairs[2 * i]! + pairs[2 * i + 1]! + z.getInt32(4 * i, true), true);
    }
  },
};

function byReference(reference: Reference, operands: Uint8Array): Uint8Array {
  const bytes = operands.slice();
  for (let at = 0; at < bytes.length; at += CASE_BYTES) {
    const [x, y, z, result] = [0, 16, 32, 48].map((offset) => new DataView(bytes.buffer, at + offset, 16));
    reference(x!, y!, z!, result!);
  }
  return bytes;
}

function expectedOf(instruction: string, row: InstructionRow, operands: Uint8Array): Uint8Array {
  const reference = references[row.name];
  const ordinary = relaxedAs[row.name as keyof typeof relaxedAs] ?? instruction;
  const results =
    reference !== undefined
      ? byReference(reference, operands)
      : resultsOf(onHost(compile(watOf(ordinary, row, 'temporaries')).bytes), operands);
  return canonicalNans(row.name, results);
}

/** The first case whose bytes differ, in words that a reader can compare; a million bytes make no message. */
function firstDifference(actual: Uint8Array, expected: Uint8Array): string | undefined {
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  if (at < 0) return undefined;
  const start = at - (at % CASE_BYTES);
  const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const operands = [0, 16, 32].map((offset) => hex(expected.subarray(start + offset, start + offset + 16)));
  const result = (bytes: Uint8Array) => hex(bytes.subarray(start + RESULT_AT, start + CASE_BYTES));
  return `of ${operands.join(', ')}: ${result(actual)} instead of ${result(expected)}`;
}

const isAccess = ({ imm }: InstructionRow) => imm === 'memarg' || imm === 'memarg_laneidx';

describe('operations on lanes', () => {
  const operands = operandBytes(1);
  test.each(rows.filter((row) => !isAccess(row)))('$name', (row) => {
    for (const instruction of instructionsOf(row)) {
      const expected = expectedOf(instruction, row, operands);
      for (const form of formsOf(row)) {
        const module = compile(watOf(instruction, row, form)).bytes;
        for (const lowering of lowerings) {
          const actual = resultsOf(onGlassbox(module, lowering), operands);
          expect(firstDifference(actual, expected), `${instruction}, ${form}, ${lowering}`).toBeUndefined();
        }
      }
    }
  });
});

// Accesses.

const PAGE = 65536;
const VECTOR_AT = 1024;
const LOADED_AT = 2048;

/** An access at the function's address, its vector from and to fixed places. */
function accessWat(
  row: InstructionRow,
  lane: number | undefined,
  offset: number,
  memory: 'first' | 'second' | 'wide',
): string {
  const isStore = row.name.startsWith('v128.store');
  const address = memory === 'wide' ? '(i64.extend_i32_u (local.get $at))' : '(local.get $at)';
  const vector = isStore || lane !== undefined ? `(v128.load (i32.const ${VECTOR_AT}))` : '';
  const memidx = memory === 'first' ? '' : '$m';
  const access = `(${row.name} ${memidx} offset=${offset} ${lane ?? ''} ${address} ${vector})`;
  const first = `(memory (export "memory") 1)`;
  const second =
    memory === 'second' ? '(memory $m (export "m") 1)' : memory === 'wide' ? '(memory $m (export "m") i64 1)' : '';
  return `(module ${first} ${second} (func (export "run") (param $at i32)
    ${isStore ? access : `(v128.store (i32.const ${LOADED_AT}) ${access})`}))`;
}

const pristine = Uint8Array.from({ length: PAGE }, (_, i) => (i * 131 + (i >> 8) * 17 + 0x85) & 0xff);
const pristineWords = new Int32Array(pristine.buffer);

/** What a call does: the words of memory it changes, or `trap`. */
function outcomeOf({ bytes, run }: Subject, address: number): string {
  bytes.set(pristine);
  try {
    run(address);
  } catch (error) {
    expect((error as Error).message).toMatch(/out of bounds/);
    return 'trap';
  }
  const words = new Int32Array(bytes.buffer);
  let changed = '';
  for (let i = 0; i < words.length; i++) if (words[i] !== pristineWords[i]) changed += ` ${4 * i}:${words[i]}`;
  return changed;
}

function accessCases({ accessBytes = 0 }: InstructionRow): { offset: number; addresses: number[] }[] {
  const last = PAGE - accessBytes;
  return [
    { offset: 0, addresses: [0, 1, 2, 3, 7, last - 1, last, last + 1, PAGE - 1, PAGE, -1, -16] },
    { offset: 5, addresses: [0, last - 5, last - 4, -5] },
    { offset: last, addresses: [0, 1] },
    { offset: 0xffffffff, addresses: [0, 1, -1] },
  ];
}

function lanesOf({ imm, accessBytes = 0 }: InstructionRow): (number | undefined)[] {
  return imm === 'memarg' ? [undefined] : Array.from({ length: 16 / accessBytes }, (_, lane) => lane);
}

/** A subject whose accesses go to another memory: what they write there comes to the first. */
function onOtherMemory(module: Uint8Array, lowering: Lowering, isStore: boolean): Subject {
  const { bytes, other, run } = onGlassbox(module, lowering);
  return {
    bytes,
    run(address) {
      other!.set(pristine);
      run(address);
      if (isStore) bytes.set(other!);
    },
  };
}

describe('accesses to memory', () => {
  test.each(rows.filter(isAccess))('$name', (row) => {
    const isStore = row.name.startsWith('v128.store');
    for (const lane of lanesOf(row)) {
      for (const { offset, addresses } of accessCases(row)) {
        const near = compile(accessWat(row, lane, offset, 'first')).bytes;
        const outcomes = (subject: Subject) => addresses.map((address) => outcomeOf(subject, address));
        const expected = outcomes(onHost(near));
        for (const lowering of lowerings) {
          expect(outcomes(onGlassbox(near, lowering)), `${offset}, ${lowering}`).toEqual(expected);
        }
        for (const memory of ['second', 'wide'] as const) {
          const far = compile(accessWat(row, lane, offset, memory)).bytes;
          const message = `${memory} memory, ${offset}`;
          for (const lowering of lowerings) {
            expect(outcomes(onOtherMemory(far, lowering, isStore)), message).toEqual(expected);
          }
        }
      }
    }
  });
});

// Vectors wherever values go.

const vector = (lo: number, hi: number, x2: number, x3: number): Value => ({ type: V128, lo, hi, x2, x3, ref: null });
const X = vector(0x7f800001, -1, 3, 0x7ff00001);
const Y = vector(5, 6, 7, -8);
const word = (type: ValType, lo: number): Value => ({ type, lo, hi: 0, x2: 0, x3: 0, ref: null });

const places = {
  'parameters and results': '(func (export "f") (param v128 i32 v128) (result v128 v128) (local.get 2) (local.get 0))',
  'through a call': `(func $g (param v128 v128) (result v128 v128) (local.get 0) (local.get 1))
    (func (export "f") (param v128 i32 v128) (result v128 v128) (call $g (local.get 2) (local.get 0)))`,
  'through an indirect tail call': `(type $t (func (param v128 v128) (result v128 v128))) (table funcref (elem $g))
    (func $g (type $t) (local.get 0) (local.get 1))
    (func (export "f") (param v128 i32 v128) (result v128 v128)
      (return_call_indirect (type $t) (local.get 2) (local.get 0) (i32.const 0)))`,
  'through a block that a branch leaves': `(func (export "f") (param v128 i32 v128) (result v128 v128)
    (block (result v128 v128) (i32.const 9) (local.get 2) (local.get 0) (br_if 0 (local.get 1)) unreachable))`,
  'through a table of labels': `(func (export "f") (param v128 i32 v128) (result v128 v128)
    (block (result v128 v128) (i64.const 9) (local.get 2) (local.get 0) (br_table 0 0 (local.get 1))))`,
  'through a loop': `(func (export "f") (param v128 i32 v128) (result v128 v128) (local.get 0) (local.get 2) 
    (loop (param v128 v128) (result v128 v128) (local.set 2) (local.set 0) (local.get 2) (local.get 0)
      (br_if 0 (i32.eqz (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
      (drop) (drop) (local.get 0) (local.get 2)))`,
  'through globals': `(global $a (mut v128) (v128.const i32x4 0 0 0 0)) (global $b (mut v128) (v128.const i32x4 1 1 1 1))
    (func (export "f") (param v128 i32 v128) (result v128 v128)
      (global.set $a (local.get 2)) (global.set $b (local.get 0)) (global.get $a) (global.get $b))`,
  'chosen by select': `(func (export "f") (param v128 i32 v128) (result v128 v128)
    (select (local.get 2) (local.get 0) (local.get 1)) (select (result v128) (local.get 2) (local.get 0) (i32.eqz (local.get 1))))`,
  'thrown and caught': `(tag $e (param v128 i32 v128))
    (func $g (param v128 v128) (throw $e (local.get 0) (i32.const 7) (local.get 1)))
    (func (export "f") (param v128 i32 v128) (result v128 v128)
      (block (result v128 i32 v128)
        (try_table (catch $e 0) (call $g (local.get 2) (local.get 0))) unreachable)
      (local.set 0) (drop) (local.get 0))`,
  'kept while a local changes': `(func (export "f") (param v128 i32 v128) (result v128 v128) (local v128)
    (local.set 3 (local.get 2)) (local.get 3) (local.set 3 (local.get 0)) (local.get 3))`,
} as const;

describe('vectors go bit by bit', () => {
  test.each(Object.entries(places))('%s', (_, wat) => {
    for (const lowering of lowerings) {
      const { f: exported } = instantiate(compile(`(module ${wat})`, { lowering })).exports;
      const f = funcOf(exported)!;
      const [i32] = f.type.params.slice(1);
      expect(callValues(f, [X, word(i32!, 1), Y]), lowering).toEqual([Y, X]);
    }
  });
});
