/** Every kind of trap and of exhaustion is reached, in fast and in clear code, and names itself with its words. */
import { describe, expect, test } from 'vitest';
import { type CompileOptions, compile, instantiate, Store, type StoreOptions } from '../src/api/index.ts';
import {
  Exhaustion,
  type ExhaustionKind,
  exhaustionMessages,
  Trap,
  type TrapKind,
  trapMessages,
} from '../src/syntax/index.ts';
import { Wasi } from '../src/wasi/index.ts';

const lowerings = ['fast', 'clear'] as const;

/** Definitions of a module whose function `f` traps. */
const trapCases: Readonly<Record<TrapKind, readonly string[]>> = {
  unreachable: ['(func (export "f") unreachable)'],
  'memory-out-of-bounds': [
    '(memory 1) (func (export "f") (drop (i32.load (i32.const 65533))))',
    '(memory 1) (func (export "f") (memory.fill (i32.const 65535) (i32.const 0) (i32.const 2)))',
    '(memory 1) (func (export "f") (v128.store (i32.const -1) (v128.const i64x2 0 0)))',
    '(memory i64 1) (func (export "f") (drop (i64.load (i64.const 0x1_0000_0000))))',
    '(memory 1) (func (export "f") (drop (i32.atomic.load (i32.const 65536))))',
    '(type $v (array i8)) (data $d "a") (func (export "f") (drop (array.new_data $v $d (i32.const 0) (i32.const 2))))',
  ],
  'table-out-of-bounds': [
    '(table 1 funcref) (func (export "f") (drop (table.get (i32.const 1))))',
    '(table 1 funcref) (func (export "f") (table.fill (i32.const 1) (ref.null func) (i32.const 1)))',
    '(table 1 funcref) (elem $e func) (func (export "f") (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)))',
  ],
  'undefined-element': [
    '(table 1 funcref) (func (export "f") (call_indirect (i32.const 1)))',
    '(table 1 funcref) (func (export "f") (return_call_indirect (i32.const 1)))',
    '(table i64 1 funcref) (func (export "f") (call_indirect (i64.const -1)))',
  ],
  'uninitialized-element': [
    '(table 1 funcref) (func (export "f") (call_indirect (i32.const 0)))',
    '(table 1 funcref) (func (export "f") (return_call_indirect (i32.const 0)))',
  ],
  'indirect-call-type': [
    '(table funcref (elem $g)) (func $g (param i32)) (func (export "f") (call_indirect (i32.const 0)))',
    '(table funcref (elem $g)) (func $g (param i32)) (func (export "f") (return_call_indirect (i32.const 0)))',
  ],
  'integer-divide-by-zero': [
    'i32.div_s',
    'i32.div_u',
    'i32.rem_s',
    'i32.rem_u',
    'i64.div_s',
    'i64.div_u',
    'i64.rem_s',
    'i64.rem_u',
  ].map((name) => `(func (export "f") (drop (${name} (${name.slice(0, 3)}.const 1) (${name.slice(0, 3)}.const 0))))`),
  'integer-overflow': [
    '(func (export "f") (drop (i32.div_s (i32.const 0x8000_0000) (i32.const -1))))',
    '(func (export "f") (drop (i64.div_s (i64.const 0x8000_0000_0000_0000) (i64.const -1))))',
    '(func (export "f") (drop (i32.trunc_f32_s (f32.const 0x1p31))))',
    '(func (export "f") (drop (i64.trunc_f64_u (f64.const -1))))',
  ],
  'invalid-conversion': [
    '(func (export "f") (drop (i32.trunc_f32_s (f32.const nan))))',
    '(func (export "f") (drop (i64.trunc_f64_u (f64.const -nan))))',
  ],
  'null-reference': ['(func (export "f") (drop (ref.as_non_null (ref.null extern))))'],
  'null-function-reference': [
    '(type $t (func)) (func (export "f") (call_ref $t (ref.null $t)))',
    '(type $t (func)) (func (export "f") (return_call_ref $t (ref.null $t)))',
  ],
  'null-exception-reference': ['(func (export "f") (throw_ref (ref.null exn)))'],
  'null-structure-reference': [
    '(type $s (struct (field (mut i32)))) (func (export "f") (drop (struct.get $s 0 (ref.null $s))))',
    '(type $s (struct (field (mut i32)))) (func (export "f") (struct.set $s 0 (ref.null $s) (i32.const 0)))',
  ],
  'null-array-reference': [
    '(type $v (array i8)) (func (export "f") (drop (array.len (ref.null $v))))',
    '(type $v (array i8)) (func (export "f") (drop (array.get_s $v (ref.null $v) (i32.const 0))))',
    '(type $v (array (mut i8))) (func (export "f") (array.fill $v (ref.null $v) (i32.const 0) (i32.const 0) (i32.const 0)))',
  ],
  'null-i31-reference': ['(func (export "f") (drop (i31.get_u (ref.null i31))))'],
  'array-out-of-bounds': [
    '(type $v (array i8)) (func (export "f") (drop (array.get_u $v (array.new_default $v (i32.const 1)) (i32.const 1))))',
    '(type $v (array (mut i8))) (func (export "f") (array.set $v (array.new_default $v (i32.const 0)) (i32.const 0) (i32.const 0)))',
  ],
  'cast-failure': [
    '(func (export "f") (drop (ref.cast (ref i31) (ref.null any))))',
    '(type $s (struct)) (func (export "f") (drop (ref.cast (ref null $s) (ref.i31 (i32.const 0)))))',
  ],
  'unaligned-atomic': ['(memory 1) (func (export "f") (i32.atomic.store (i32.const 2) (i32.const 0)))'],
  'expected-shared-memory': [
    '(memory 1) (func (export "f") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0))))',
  ],
  'unaligned-pointer': [
    `(import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (memory (export "memory") 1) (func (export "f") (drop (call $sizes (i32.const 2) (i32.const 4))))`,
  ],
};

const endless = '(func (export "f") (loop (br 0)))';

interface Budget extends StoreOptions {
  readonly fields: string;
}

/** `aborted` belongs to asynchronous calls, and has its test there. */
const exhaustionCases: Readonly<Record<Exclude<ExhaustionKind, 'aborted'>, Budget>> = {
  'call-stack': { fields: '(func $f (export "f") (call $f))' },
  fuel: { fields: endless, fuel: 1000 },
  deadline: { fields: endless, timeoutMs: 1 },
  memory: { fields: '(memory 2) (func (export "f"))', maxMemoryBytes: 65_536 },
  table: { fields: '(table 0xffff_ffff funcref) (func (export "f"))' },
};

/** Runs `f`; returns what it throws. */
function thrownBy(fields: string, lowering: CompileOptions['lowering'], options: StoreOptions = {}): unknown {
  const wasi = new Wasi();
  try {
    instantiate(compile(`(module ${fields})`, { lowering }), wasi.imports, { store: new Store(options) }).call('f');
    return undefined;
  } catch (error) {
    return error;
  } finally {
    wasi.close();
  }
}

describe.each(lowerings)('in %s code', (lowering) => {
  describe.each(Object.keys(trapMessages) as TrapKind[])('trap %s', (kind) => {
    test('has a case', () => expect(trapCases[kind].length).toBeGreaterThan(0));

    test.each(trapCases[kind])('%s', (fields) => {
      const error = thrownBy(fields, lowering);
      expect(error).toBeInstanceOf(Trap);
      expect(error).toMatchObject({ kind, message: expect.stringMatching(`^${trapMessages[kind]}`) });
    });
  });

  const exhaustions = Object.keys(exhaustionMessages).filter((kind) => kind !== 'aborted');
  test.each(exhaustions)('exhaustion %s', (kind) => {
    const { fields, ...options } = exhaustionCases[kind as keyof typeof exhaustionCases];
    const error = thrownBy(fields, lowering, options);
    expect(error).toBeInstanceOf(Exhaustion);
    expect(error).toMatchObject({ kind });
  });
});

test('exhaustion aborted', async () => {
  const instance = instantiate(compile(`(module ${endless})`));
  await expect(instance.callAsync('f', [], { signal: AbortSignal.timeout(1) })).rejects.toMatchObject({
    kind: 'aborted',
  });
});
