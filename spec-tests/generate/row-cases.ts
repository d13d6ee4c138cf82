/**
 * Cases for the rows of the instruction table that no cross product of operands alone can make: control,
 * variables, tables, references, aggregates, whole memories. Each is the body of a function
 *
 *     (func $f (param $a T) (param $b T) (param $c i32) (result T) …)
 *
 * and what it gives, as literals and BigInt arithmetic; T stands for each number type in turn.
 */
import type { TrapKind } from '../../src/syntax/index.ts';
import type { NumberType } from './operands.ts';

export interface RowCase {
  /** Definitions beside the function. */
  readonly fields?: string;
  readonly body: string;
  /** What T stands for; all number types unless told. */
  readonly types?: readonly NumberType[];
  /** `a`, `b`: bits of T. `c`: unsigned. A string is a trap's kind. */
  readonly expect: (a: bigint, b: bigint, c: bigint) => bigint | TrapKind;
  /** The host does not know something in the case although it knows the row. */
  readonly isBeyondHost?: boolean;
}

const A = '(local.get $a)';
const B = '(local.get $b)';
const C = '(local.get $c)';
const WIDE_C = '(i64.extend_i32_u (local.get $c))';

const first = (a: bigint) => a;
/** A test that gave 1 or 0 chose between the operands. */
const chosen = (condition: (c: bigint) => boolean) => (a: bigint, b: bigint, c: bigint) => (condition(c) ? a : b);
const ifC = chosen((c) => c !== 0n);
const i32: readonly NumberType[] = ['i32'];
const i64: readonly NumberType[] = ['i64'];
const u32 = (value: bigint) => BigInt.asUintN(32, value);

const signed =
  (bits: number) =>
  (a: bigint): bigint =>
    u32(BigInt.asIntN(bits, a));
const zeroExtended =
  (bits: number) =>
  (a: bigint): bigint =>
    BigInt.asUintN(bits, a);

/** `b` when `condition` is 0, else `a`. */
const choose = (condition: string) => `(select ${A} ${B} ${condition})`;

// Calls: $pick chooses by its third parameter.

const pickType = '(type $pick (func (param T T i32) (result T)))';
const pickFunc = '(func $pick (type $pick) (select (local.get 0) (local.get 1) (local.get 2)))';
const swapFunc = '(func $swap (type $pick) (select (local.get 1) (local.get 0) (local.get 2)))';

/** Table of two functions, a null, and a function of another type. */
const calledTable = (address: string) => `${pickType} ${pickFunc} ${swapFunc}
  (func $other)
  (table $t ${address} 4 4 funcref) (elem (table $t) (${address || 'i32'}.const 0) func $pick $swap)
  (elem (table $t) (${address || 'i32'}.const 3) func $other)`;
/** $pick with 0 gives its second operand, $swap with 1 too. */
const byTable = (_: bigint, b: bigint, c: bigint): bigint | TrapKind => {
  if (c <= 1n) return b;
  if (c === 2n) return 'uninitialized-element';
  return c === 3n ? 'indirect-call-type' : 'undefined-element';
};
const byReference = (_: bigint, b: bigint, c: bigint): bigint | TrapKind => {
  if (c <= 1n) return b;
  return c === 2n ? 'null-function-reference' : 'table-out-of-bounds';
};
const referenceTable = `${pickType} ${pickFunc} ${swapFunc}
  (table $r 3 (ref null $pick)) (elem (table $r) (i32.const 0) (ref null $pick) (ref.func $pick) (ref.func $swap))`;

const tag = '(tag $e (param T T))';
const thrower = `${tag} (func $throw (param T T i32) (if (local.get 2) (then (throw $e (local.get 0) (local.get 1)))))`;
const caught = (clause: string, after: string) => `
  (block $caught (result T T) (try_table ${clause} (call $throw ${A} ${B} ${C})) ${A} ${A}) ${after}`;
const legacy = (handlers: string) => `
  (try (result T) (do (call $throw ${A} ${B} ${C}) ${B}) ${handlers})`;

// References to choose from: a structure, a null, an i31, an array, a function apart.

const shapes = `(type $s (sub (struct (field i32)))) (type $u (sub $s (struct (field i32) (field i32))))
  (type $v (array (mut i8)))
  (table $any 6 anyref) (elem (table $any) (i32.const 0) anyref
    (ref.null any) (struct.new $s (i32.const 1)) (struct.new $u (i32.const 1) (i32.const 2))
    (ref.i31 (i32.const -7)) (array.new_default $v (i32.const 3)))
  (elem (table $any) (i32.const 5) anyref (struct.new $s (i32.const 1)))`;
const anyAt = `(table.get $any ${C})`;
const isShape =
  (...which: readonly number[]) =>
  (a: bigint, b: bigint, c: bigint): bigint | TrapKind => {
    if (c > 5n) return 'table-out-of-bounds';
    return which.includes(Number(c)) ? a : b;
  };
const castShape =
  (...which: readonly number[]) =>
  (a: bigint, b: bigint, c: bigint): bigint | TrapKind => {
    const outcome = isShape(...which)(a, b, c);
    return outcome === b && !which.includes(Number(c)) ? 'cast-failure' : outcome;
  };
/** Rows of the table of shapes that a heap type has, null apart. */
const shapesByType = {
  any: [1, 2, 3, 4, 5],
  eq: [1, 2, 3, 4, 5],
  struct: [1, 2, 5],
  array: [4],
  i31: [3],
  none: [],
  $s: [1, 2, 5],
  $u: [2],
  $v: [4],
} as const;

function forShapes(make: (type: string, which: readonly number[]) => RowCase): RowCase[] {
  return Object.entries(shapesByType).map(([type, which]) => ({ ...make(type, which), types: i64 }));
}

const castInto = (row: 'br_on_cast' | 'br_on_cast_fail', type: string) => `
  (block $to (result anyref) (${row} $to anyref (ref ${type}) ${anyAt}) (drop) (return ${row === 'br_on_cast' ? B : A}))
  (drop) ${row === 'br_on_cast' ? A : B}`;

// Structures and arrays of T.

const struct = '(type $s (struct (field (mut T)) (field (mut i32)) (field (mut T))))';
const nullOr = (type: string, made: string) =>
  `(if (result (ref null ${type})) ${C} (then ${made}) (else (ref.null ${type})))`;
const unlessNull =
  (kind: TrapKind) =>
  (a: bigint, _b: bigint, c: bigint): bigint | TrapKind =>
    c === 0n ? kind : a;
const packedStruct = '(type $s (struct (field (mut i8)) (field (mut i16))))';
const array = '(type $v (array (mut T)))';
/** Length 3: the second element is the value. */
const inThree = (a: bigint, b: bigint, c: bigint): bigint | TrapKind => {
  if (c > 2n) return 'array-out-of-bounds';
  return c === 1n ? a : b;
};
const packedArrays = '(type $v8 (array (mut i8))) (type $v16 (array (mut i16)))';
const funcs = '(func $x) (func $y) (elem declare func $x $y)';
const data = '(data $d "\\01\\02\\83\\04")';
/** Bytes of `data` as an unaligned i16 from c on. */
const bytesFrom = (c: bigint): bigint => [0x0201n, 0x8302n, 0x0483n][Number(c)] as bigint;
const elems = `${funcs} (elem $el func $x $y) (type $fv (array (mut funcref)))`;

// Tables: functions at 0 and 1, a null at 2.

const table = `(func $x) (func $y) (table $t 3 5 funcref) (elem (table $t) (i32.const 0) func $x $y)
  (table $t2 3 funcref) (elem $el func $x $y)`;
const table64 = `(func $x) (func $y) (table $t i64 3 5 funcref) (elem (table $t) (i64.const 0) func $x $y)
  (table $t2 i64 3 funcref) (elem $el func $x $y)`;
const nullAt = (index: string, which = '$t') => choose(`(ref.is_null (table.get ${which} ${index}))`);
const isNullAt = (a: bigint, b: bigint, c: bigint): bigint | TrapKind => {
  if (c > 2n) return 'table-out-of-bounds';
  return c === 2n ? a : b;
};
/** Two elements from an index on fit a table of three. */
const twoInThree = (a: bigint, b: bigint, c: bigint): bigint | TrapKind => {
  if (c > 1n) return 'table-out-of-bounds';
  return c === 0n ? a : b;
};

const memory = '(memory $m 1 2) (data $d "\\01\\02\\83\\04")';
const memory64 = '(memory $m i64 1 2) (data $d "\\01\\02\\83\\04")';
const PAGE = 65_536n;
/** c bytes from `start` to the end of the page fit. */
const fitsPage =
  (start: bigint, result: (a: bigint, b: bigint, c: bigint) => bigint) =>
  (a: bigint, b: bigint, c: bigint): bigint | TrapKind =>
    start + c > PAGE ? 'memory-out-of-bounds' : result(a, b, c);
const growth = (wide: boolean) => (_a: bigint, _b: bigint, c: bigint) => {
  if (c <= 1n) return 1n;
  return wide ? 2n ** 64n - 1n : 2n ** 32n - 1n;
};

const abstractTypes = [
  'func',
  'nofunc',
  'extern',
  'noextern',
  'exn',
  'noexn',
  'any',
  'eq',
  'i31',
  'struct',
  'array',
  'none',
];

const sharedMemory = '(memory $m 1 1 shared) (data (i32.const 8) "\\05")';

export const rowCases: Readonly<Record<string, readonly RowCase[]>> = {
  // Control.
  unreachable: [{ body: `(if ${C} (then unreachable)) ${A}`, expect: (a, _, c) => (c === 0n ? a : 'unreachable') }],
  nop: [{ body: `nop ${A} nop`, expect: first }],
  block: [{ body: `(block (result T) (br_if 0 ${A} ${C}) (drop) ${B})`, expect: ifC }],
  loop: [
    {
      body: `(loop $l (result T)
        (if ${C} (then (local.set $c (i32.const 0)) (local.set $b ${A}) (br $l))) ${B})`,
      expect: ifC,
    },
  ],
  if: [
    { body: `(if (result T) ${C} (then ${A}) (else ${B}))`, expect: ifC },
    { body: `${A} (if (param T) (result T) ${C} (then) (else (drop) ${B}))`, expect: ifC },
  ],
  else: [
    { body: `${A} ${B} (if (param T T) (result T) ${C} (then (drop)) (else (local.set $b) (drop) ${B}))`, expect: ifC },
  ],
  end: [{ body: `(block $x (block $y (br_if $y ${C}) (return ${B}))) ${A}`, expect: ifC }],
  br: [{ body: `(block $x (result T) (block $y (br_if $y ${C}) (br $x ${B})) (br $x ${A}) unreachable)`, expect: ifC }],
  br_if: [{ body: `(block $x (result T) (drop (br_if $x ${A} ${C})) ${B})`, expect: ifC }],
  br_table: [
    {
      body: `(block $two (result T) (block $one (result T) (br_table $one $two ${A} ${C})) (drop) ${B})`,
      expect: ifC,
    },
    {
      body: `(block $c (block $b (block $a (br_table $a $b $a $c ${C})) (return ${A})) (return ${B})) ${A}`,
      expect: chosen((c) => c !== 1n),
    },
  ],
  return: [{ body: `(if ${C} (then (return ${A}))) ${B}`, expect: ifC }],
  call: [{ fields: pickType + pickFunc, body: `(call $pick ${A} ${B} ${C})`, expect: ifC }],
  call_indirect: [
    { fields: calledTable(''), body: `(call_indirect $t (type $pick) ${A} ${B} ${C} ${C})`, expect: byTable },
    {
      fields: calledTable('i64'),
      body: `(call_indirect $t (type $pick) ${A} ${B} ${C} ${WIDE_C})`,
      expect: byTable,
      isBeyondHost: true,
    },
  ],
  return_call: [{ fields: pickType + pickFunc, body: `(return_call $pick ${A} ${B} ${C})`, expect: ifC }],
  return_call_indirect: [
    { fields: calledTable(''), body: `(return_call_indirect $t (type $pick) ${A} ${B} ${C} ${C})`, expect: byTable },
    {
      fields: calledTable('i64'),
      body: `(return_call_indirect $t (type $pick) ${A} ${B} ${C} ${WIDE_C})`,
      expect: byTable,
      isBeyondHost: true,
    },
  ],
  call_ref: [
    { fields: referenceTable, body: `(call_ref $pick ${A} ${B} ${C} (table.get $r ${C}))`, expect: byReference },
  ],
  return_call_ref: [
    { fields: referenceTable, body: `(return_call_ref $pick ${A} ${B} ${C} (table.get $r ${C}))`, expect: byReference },
  ],
  throw: [{ fields: thrower, body: caught('(catch $e $caught)', '(drop)'), expect: first }],
  throw_ref: [
    {
      fields: thrower,
      body: `(block $out (result T T) (try_table (catch $e $out)
        (block $ref (result exnref) (try_table (catch_all_ref $ref) (call $throw ${A} ${B} ${C})) (return ${A}))
        (throw_ref)) unreachable) (local.set $a) (drop) ${A}`,
      expect: chosen((c) => c === 0n),
    },
    {
      body: `(if ${C} (then (throw_ref (ref.null exn)))) ${A}`,
      expect: (a, _, c) => (c === 0n ? a : 'null-exception-reference'),
    },
  ],
  try_table: [
    {
      fields: thrower,
      body: `${caught('(catch $e $caught)', '(local.set $a) (drop)')} ${A}`,
      expect: chosen((c) => c === 0n),
    },
    {
      fields: thrower,
      body: `(block $all (try_table (catch_all $all) (call $throw ${A} ${B} ${C})) (return ${A})) ${B}`,
      expect: chosen((c) => c === 0n),
    },
    {
      fields: `${thrower} (tag $no (param T T))`,
      body: `(block $out (result T T exnref) (block $in (result T T) (try_table (catch $no $in) (catch_ref $e $out)
        (call $throw ${A} ${B} ${C})) (return ${A})) unreachable) (drop) (local.set $b) (drop) ${B}`,
      expect: chosen((c) => c === 0n),
    },
  ],
  br_on_null: [
    {
      fields: table,
      body: `(block $n (drop (br_on_null $n (table.get $t ${C}))) (return ${B})) ${A}`,
      expect: isNullAt,
    },
  ],
  br_on_non_null: [
    {
      fields: table,
      body: `(block $n (result (ref func)) (br_on_non_null $n (table.get $t ${C})) (return ${A})) (drop) ${B}`,
      expect: isNullAt,
    },
  ],
  br_on_cast: forShapes((type, which) => ({
    fields: shapes,
    body: castInto('br_on_cast', type),
    expect: isShape(...which),
  })),
  br_on_cast_fail: forShapes((type, which) => ({
    fields: shapes,
    body: castInto('br_on_cast_fail', type),
    expect: isShape(...which),
  })),

  // Legacy exceptions.
  try: [{ fields: thrower, body: legacy(`(catch_all ${A})`), expect: ifC }],
  catch: [{ fields: thrower, body: legacy('(catch $e (drop))'), expect: ifC }],
  catch_all: [{ fields: `${thrower} (tag $no)`, body: legacy(`(catch $no ${B}) (catch_all ${A})`), expect: ifC }],
  rethrow: [
    {
      fields: thrower,
      body: `(try $o (result T) (do (try $t (result T) (do (call $throw ${A} ${B} ${C}) ${B})
        (catch_all (rethrow $t)))) (catch $e (drop)))`,
      expect: ifC,
    },
  ],
  delegate: [
    {
      fields: thrower,
      body: `(try $o (result T) (do (try (result T) (do (try (result T) (do (call $throw ${A} ${B} ${C}) ${B})
        (delegate $o))) (catch_all ${B}))) (catch $e (drop)))`,
      expect: ifC,
    },
  ],

  // Parametric and variable.
  drop: [{ body: `${A} ${B} (drop)`, expect: first }],
  select: [{ body: `(select ${A} ${B} ${C})`, expect: ifC }],
  select_t: [
    { body: `(select (result T) ${A} ${B} ${C})`, expect: ifC },
    {
      fields: table,
      body: choose(`(ref.is_null (select (result funcref) (ref.null func) (ref.func $x) ${C}))`),
      expect: ifC,
    },
  ],
  'local.get': [{ body: `(if ${C} (then (local.set $b ${A}))) ${B}`, expect: ifC }],
  'local.set': [
    {
      body: `${B} (local.set $b ${A}) (if (param T) ${C} (then (local.set $a)) (else (drop))) ${A}`,
      expect: (a, b, c) => ifC(b, a, c),
    },
  ],
  'local.tee': [{ body: `(local.tee $b ${A}) ${B} (select ${C})`, expect: first }],
  'global.get': [
    {
      fields: '(global $g (mut T) (T.const 0))',
      body: `(global.set $g ${A}) (global.get $g)`,
      expect: first,
      types: ['i32', 'i64', 'f32', 'f64'],
    },
    {
      fields: '(global $g (mut v128) (v128.const i64x2 0 0))',
      body: `(global.set $g ${A}) (global.get $g)`,
      expect: first,
      types: ['v128'],
    },
  ],
  'global.set': [
    {
      fields: '(global $g (mut T) (T.const 0)) (global $h (mut T) (T.const 0))',
      body: `(global.set $g ${A}) (global.set $h ${B}) (if ${C} (then (global.set $h (global.get $g)))) (global.get $h)`,
      expect: ifC,
      types: ['i32', 'i64', 'f32', 'f64'],
    },
  ],

  // Tables.
  'table.get': [
    { fields: table, body: nullAt(C), expect: isNullAt },
    { fields: table64, body: nullAt(WIDE_C), expect: isNullAt, isBeyondHost: true },
  ],
  'table.set': [
    {
      fields: table,
      body: `(table.set $t ${C} (ref.null func)) ${nullAt(C)}`,
      expect: (a, _, c) => (c > 2n ? 'table-out-of-bounds' : a),
    },
    {
      fields: table64,
      body: `(table.set $t ${WIDE_C} (ref.null func)) ${nullAt(WIDE_C)}`,
      expect: (a, _, c) => (c > 2n ? 'table-out-of-bounds' : a),
      isBeyondHost: true,
    },
  ],
  'table.init': [
    {
      fields: table,
      body: `(table.init $t2 $el ${C} (i32.const 0) (i32.const 2)) ${nullAt('(i32.const 0)', '$t2')}`,
      expect: (a, b, c) => twoInThree(b, a, c),
    },
    {
      fields: table64,
      body: `(table.init $t2 $el ${WIDE_C} (i32.const 0) (i32.const 2)) ${nullAt('(i64.const 0)', '$t2')}`,
      expect: (a, b, c) => twoInThree(b, a, c),
      isBeyondHost: true,
    },
  ],
  'elem.drop': [
    {
      fields: table,
      body: `(elem.drop $el) (table.init $t2 $el (i32.const 0) (i32.const 0) ${C}) ${A}`,
      expect: (a, _, c) => (c === 0n ? a : 'table-out-of-bounds'),
    },
  ],
  'table.copy': [
    {
      fields: table,
      body: `(table.copy $t $t ${C} (i32.const 1) (i32.const 2)) ${nullAt('(i32.const 2)')}`,
      // To 0: the elements 1 and null; the last stays null. To 1: over themselves.
      expect: (a, b, c) => (twoInThree(a, a, c) === a ? a : twoInThree(a, b, c)),
    },
    {
      fields: table,
      body: `(table.copy $t2 $t (i32.const 0) ${C} (i32.const 2)) ${nullAt('(i32.const 1)', '$t2')}`,
      expect: (a, b, c) => twoInThree(b, a, c),
    },
    {
      fields: table64,
      body: `(table.copy $t2 $t (i64.const 0) ${WIDE_C} (i64.const 2)) ${nullAt('(i64.const 1)', '$t2')}`,
      expect: (a, b, c) => twoInThree(b, a, c),
      isBeyondHost: true,
    },
  ],
  'table.grow': [
    {
      fields: table,
      body: `(table.grow $t (ref.func $x) ${C})`,
      types: i32,
      expect: (_a, _b, c) => (c <= 2n ? 3n : 2n ** 32n - 1n),
    },
    {
      fields: table64,
      body: `(table.grow $t (ref.func $x) ${WIDE_C})`,
      types: i64,
      expect: (_a, _b, c) => (c <= 2n ? 3n : 2n ** 64n - 1n),
      isBeyondHost: true,
    },
  ],
  'table.size': [
    {
      fields: table,
      body: `(drop (table.grow $t (ref.null func) ${C})) (table.size $t)`,
      types: i32,
      expect: (_a, _b, c) => (c <= 2n ? 3n + c : 3n),
    },
    {
      fields: table64,
      body: `(drop (table.grow $t (ref.null func) ${WIDE_C})) (table.size $t)`,
      types: i64,
      expect: (_a, _b, c) => (c <= 2n ? 3n + c : 3n),
      isBeyondHost: true,
    },
  ],
  'table.fill': [
    {
      fields: table,
      body: `(table.fill $t2 ${C} (ref.func $x) (i32.const 2)) ${nullAt('(i32.const 0)', '$t2')}`,
      expect: (a, b, c) => twoInThree(b, a, c),
    },
    {
      fields: table64,
      body: `(table.fill $t2 ${WIDE_C} (ref.func $x) (i64.const 2)) ${nullAt('(i64.const 0)', '$t2')}`,
      expect: (a, b, c) => twoInThree(b, a, c),
      isBeyondHost: true,
    },
  ],

  // Whole memories. A store after an atomic wait or notify shows that both saw the same.
  'memory.size': [
    {
      fields: memory,
      body: `(drop (memory.grow ${C})) (memory.size)`,
      types: i32,
      expect: (_a, _b, c) => (c <= 1n ? 1n + c : 1n),
    },
    {
      fields: memory64,
      body: `(drop (memory.grow ${WIDE_C})) (memory.size)`,
      types: i64,
      expect: (_a, _b, c) => (c <= 1n ? 1n + c : 1n),
      isBeyondHost: true,
    },
  ],
  'memory.grow': [
    { fields: memory, body: `(memory.grow ${C})`, types: i32, expect: growth(false) },
    { fields: memory64, body: `(memory.grow ${WIDE_C})`, types: i64, expect: growth(true), isBeyondHost: true },
  ],
  'memory.init': [
    {
      fields: memory,
      body: `(memory.init $d (i32.const 65533) (i32.const 1) ${C}) (i32.load8_u (i32.const 65534))`,
      types: i32,
      expect: (_a, _b, c) => (c > 3n ? 'memory-out-of-bounds' : c > 1n ? 0x83n : 0n),
    },
    {
      fields: memory64,
      body: `(memory.init $d (i64.extend_i32_u ${A}) (i32.const 0) (i32.const 2)) (i32.load8_u offset=1 (i64.extend_i32_u ${A}))`,
      types: i32,
      expect: (a) => (a + 2n > PAGE ? 'memory-out-of-bounds' : 2n),
      isBeyondHost: true,
    },
  ],
  'data.drop': [
    {
      fields: memory,
      body: `(data.drop $d) (memory.init $d (i32.const 0) (i32.const 0) ${C}) ${A}`,
      expect: (a, _, c) => (c === 0n ? a : 'memory-out-of-bounds'),
    },
  ],
  'memory.copy': [
    {
      fields: memory,
      body: `(memory.init $d (i32.const 0) (i32.const 0) (i32.const 4)) (memory.copy (i32.const 65532) (i32.const 1) ${C})
        (i32.load (i32.const 65532))`,
      types: i32,
      expect: fitsPage(PAGE - 4n, (_a, _b, c) => [0n, 2n, 0x8302n, 0x0004_8302n, 0x0004_8302n][Number(c)] as bigint),
    },
    {
      fields: memory,
      body: `(memory.init $d (i32.const 0) (i32.const 0) (i32.const 4)) (memory.copy (i32.const 1) (i32.const 0) (i32.const 4))
        (memory.copy ${A} ${B} (i32.const 1)) (i32.load8_u (i32.const 4))`,
      types: i32,
      expect: (a, b) => {
        if (a >= PAGE || b >= PAGE) return 'memory-out-of-bounds';
        const overlapped = [1n, 1n, 2n, 0x83n, 4n];
        return a === 4n ? (overlapped[Number(b)] ?? 0n) : 4n;
      },
    },
    {
      fields: `${memory64} (memory $n 1)`,
      body: `(memory.init $d (i64.const 0) (i32.const 0) (i32.const 4)) (memory.copy $n $m ${A} (i64.const 1) (i32.const 2))
        (i32.load16_u $n ${A})`,
      types: i32,
      expect: (a) => (a + 2n > PAGE ? 'memory-out-of-bounds' : 0x8302n),
      isBeyondHost: true,
    },
  ],
  'memory.fill': [
    {
      fields: memory,
      body: `(memory.fill (i32.const 65534) ${A} ${C}) (i32.load16_u (i32.const 65534))`,
      types: i32,
      expect: fitsPage(PAGE - 2n, (a, _b, c) => ((a & 0xffn) * 0x101n) & ((1n << (8n * c)) - 1n)),
    },
    {
      fields: memory64,
      body: `(memory.fill (i64.const 65534) ${A} ${WIDE_C}) (i32.load16_u (i64.const 65534))`,
      types: i32,
      expect: fitsPage(PAGE - 2n, (a, _b, c) => ((a & 0xffn) * 0x101n) & ((1n << (8n * c)) - 1n)),
      isBeyondHost: true,
    },
  ],
  'memory.atomic.notify': [
    {
      fields: sharedMemory,
      body: `(memory.atomic.notify (i32.shl ${C} (i32.const 1)) ${A})`,
      types: i32,
      expect: (_a, _b, c) => {
        const address = u32(c << 1n);
        if (address % 4n !== 0n) return 'unaligned-atomic';
        return address + 4n > PAGE ? 'memory-out-of-bounds' : 0n;
      },
    },
    {
      fields: '(memory 1 1)',
      body: `(memory.atomic.notify offset=65532 (i32.const 0) ${A})`,
      types: i32,
      expect: () => 0n,
    },
  ],
  'memory.atomic.wait32': [
    {
      fields: sharedMemory,
      body: `(memory.atomic.wait32 (i32.const 8) ${A} (i64.const 0))`,
      types: i32,
      expect: (a) => (a === 5n ? 2n : 1n),
      // V8 lets no main thread wait.
      isBeyondHost: true,
    },
    {
      fields: '(memory 1 1)',
      body: `(memory.atomic.wait32 (i32.const 8) ${A} (i64.const 0))`,
      types: i32,
      expect: () => 'expected-shared-memory',
    },
    {
      fields: sharedMemory,
      body: `(memory.atomic.wait32 (i32.const 6) ${A} (i64.const 0))`,
      types: i32,
      expect: () => 'unaligned-atomic',
    },
    {
      fields: sharedMemory,
      body: `(memory.atomic.wait32 (i32.const 65536) ${A} (i64.const 0))`,
      types: i32,
      expect: () => 'memory-out-of-bounds',
    },
  ],
  'memory.atomic.wait64': [
    {
      fields: sharedMemory,
      body: `(memory.atomic.wait64 (i32.const 8) (i64.extend_i32_s ${A}) (i64.const 1))`,
      types: i32,
      expect: (a) => (a === 5n ? 2n : 1n),
      isBeyondHost: true,
    },
    {
      fields: '(memory 1 1)',
      body: `(memory.atomic.wait64 (i32.const 8) (i64.const 0) (i64.const 0))`,
      types: i32,
      expect: () => 'expected-shared-memory',
    },
    {
      fields: sharedMemory,
      body: `(memory.atomic.wait64 (i32.const 4) (i64.const 0) (i64.const 0))`,
      types: i32,
      expect: () => 'unaligned-atomic',
    },
    {
      fields: sharedMemory,
      body: `(memory.atomic.wait64 (i32.const 65536) (i64.const 0) (i64.const 0))`,
      types: i32,
      expect: () => 'memory-out-of-bounds',
    },
  ],
  'atomic.fence': [{ body: `${A} (atomic.fence)`, expect: first }],

  // References.
  'ref.null': abstractTypes.map((type) => ({
    body: choose(`(ref.is_null (ref.null ${type}))`),
    expect: first,
    isBeyondHost: type !== 'func' && type !== 'extern',
  })),
  'ref.is_null': [{ fields: table, body: nullAt(C), expect: isNullAt }],
  'ref.func': [{ fields: funcs, body: choose('(ref.is_null (ref.func $x))'), expect: (_, b) => b }],
  'ref.eq': [
    {
      fields: `${shapes} (global $g (ref $s) (struct.new $s (i32.const 1)))`,
      body: `(table.set $any (i32.const 1) (global.get $g)) ${choose(`(ref.eq (ref.cast eqref ${anyAt}) (global.get $g))`)}`,
      expect: isShape(1),
    },
    { fields: shapes, body: choose(`(ref.eq (ref.cast eqref ${anyAt}) (ref.i31 (i32.const -7)))`), expect: isShape(3) },
    { fields: shapes, body: choose(`(ref.eq (ref.cast eqref ${anyAt}) (ref.null none))`), expect: isShape(0) },
  ],
  'ref.as_non_null': [
    {
      fields: table,
      body: `(drop (ref.as_non_null (table.get $t ${C}))) ${A}`,
      expect: (a, _, c) => (c > 2n ? 'table-out-of-bounds' : c === 2n ? 'null-reference' : a),
    },
  ],
  'ref.test': forShapes((type, which) => ({
    fields: shapes,
    body: choose(`(ref.test (ref ${type}) ${anyAt})`),
    expect: isShape(...which),
  })),
  'ref.test null': forShapes((type, which) => ({
    fields: shapes,
    body: choose(`(ref.test (ref null ${type}) ${anyAt})`),
    expect: isShape(0, ...which),
  })),
  'ref.cast': forShapes((type, which) => ({
    fields: shapes,
    body: `(drop (ref.cast (ref ${type}) ${anyAt})) ${A}`,
    expect: castShape(...which),
  })),
  'ref.cast null': forShapes((type, which) => ({
    fields: shapes,
    body: `(drop (ref.cast (ref null ${type}) ${anyAt})) ${A}`,
    expect: castShape(0, ...which),
  })),

  // Aggregates.
  'struct.new': [{ fields: struct, body: `(struct.get $s 2 (struct.new $s ${B} ${C} ${A}))`, expect: first }],
  'struct.new_default': [
    {
      fields: struct,
      body: `(local $r (ref $s)) (local.set $r (struct.new_default $s))
        (if (i32.eqz ${C}) (then (struct.set $s 0 (local.get $r) ${A}))) (struct.get $s 0 (local.get $r))`,
      expect: (a, _, c) => (c === 0n ? a : 0n),
    },
  ],
  'struct.get': [
    {
      fields: struct,
      body: `(struct.get $s 0 ${nullOr('$s', `(struct.new $s ${A} ${C} ${B})`)})`,
      expect: unlessNull('null-structure-reference'),
    },
  ],
  'struct.get_s': [
    { fields: packedStruct, body: `(struct.get_s $s 0 (struct.new $s ${A} ${B}))`, types: i32, expect: signed(8) },
    { fields: packedStruct, body: `(struct.get_s $s 1 (struct.new $s ${B} ${A}))`, types: i32, expect: signed(16) },
    {
      fields: packedStruct,
      body: `(struct.get_s $s 1 ${nullOr('$s', `(struct.new $s ${B} ${A})`)})`,
      types: i32,
      expect: (a, b, c) => unlessNull('null-structure-reference')(signed(16)(a), b, c),
    },
  ],
  'struct.get_u': [
    {
      fields: packedStruct,
      body: `(struct.get_u $s 0 (struct.new $s ${A} ${B}))`,
      types: i32,
      expect: zeroExtended(8),
    },
    {
      fields: packedStruct,
      body: `(struct.get_u $s 1 (struct.new $s ${B} ${A}))`,
      types: i32,
      expect: zeroExtended(16),
    },
    {
      fields: packedStruct,
      body: `(struct.get_u $s 0 ${nullOr('$s', `(struct.new $s ${A} ${B})`)})`,
      types: i32,
      expect: (a, b, c) => unlessNull('null-structure-reference')(zeroExtended(8)(a), b, c),
    },
  ],
  'struct.set': [
    {
      fields: struct,
      body: `(local $r (ref null $s)) (local.set $r ${nullOr('$s', `(struct.new $s ${B} ${C} ${B})`)})
        (struct.set $s 2 (local.get $r) ${A}) (struct.get $s 2 (local.get $r))`,
      expect: unlessNull('null-structure-reference'),
    },
  ],
  'array.new': [
    {
      fields: array,
      body: `(array.get $v (array.new $v ${A} (i32.const 3)) ${C})`,
      expect: (a, _, c) => (c > 2n ? 'array-out-of-bounds' : a),
    },
  ],
  'array.new_default': [
    {
      fields: array,
      body: `(array.get $v (array.new_default $v (i32.const 3)) ${C})`,
      expect: (_a, _b, c) => (c > 2n ? 'array-out-of-bounds' : 0n),
    },
  ],
  'array.new_fixed': [
    { fields: array, body: `(array.get $v (array.new_fixed $v 3 ${B} ${A} ${B}) ${C})`, expect: inThree },
  ],
  'array.new_data': [
    {
      fields: `${packedArrays} ${data}`,
      body: `(array.get_u $v16 (array.new_data $v16 $d ${C} (i32.const 1)) (i32.const 0))`,
      types: i32,
      expect: (_a, _b, c) => (c > 2n ? 'memory-out-of-bounds' : bytesFrom(c)),
    },
  ],
  'array.new_elem': [
    {
      fields: elems,
      body: choose(`(ref.is_null (array.get $fv (array.new_elem $fv $el ${C} (i32.const 1)) (i32.const 0)))`),
      expect: (_, b, c) => (c > 1n ? 'table-out-of-bounds' : b),
    },
  ],
  'array.get': [
    { fields: array, body: `(array.get $v (array.new_fixed $v 3 ${B} ${A} ${B}) ${C})`, expect: inThree },
    {
      fields: array,
      body: `(array.get $v ${nullOr('$v', `(array.new $v ${A} (i32.const 1))`)} (i32.const 0))`,
      expect: unlessNull('null-array-reference'),
    },
  ],
  'array.get_s': [
    {
      fields: packedArrays,
      body: `(array.get_s $v8 (array.new_fixed $v8 3 ${B} ${A} ${B}) ${C})`,
      types: i32,
      expect: (a, b, c) => inThree(signed(8)(a), signed(8)(b), c),
    },
    {
      fields: packedArrays,
      body: `(array.get_s $v16 (array.new_fixed $v16 3 ${B} ${A} ${B}) ${C})`,
      types: i32,
      expect: (a, b, c) => inThree(signed(16)(a), signed(16)(b), c),
    },
  ],
  'array.get_u': [
    {
      fields: packedArrays,
      body: `(array.get_u $v8 (array.new_fixed $v8 3 ${B} ${A} ${B}) ${C})`,
      types: i32,
      expect: (a, b, c) => inThree(zeroExtended(8)(a), zeroExtended(8)(b), c),
    },
    {
      fields: packedArrays,
      body: `(array.get_u $v16 (array.new_fixed $v16 3 ${B} ${A} ${B}) ${C})`,
      types: i32,
      expect: (a, b, c) => inThree(zeroExtended(16)(a), zeroExtended(16)(b), c),
    },
  ],
  'array.set': [
    {
      fields: array,
      body: `(local $r (ref $v)) (local.set $r (array.new $v ${B} (i32.const 3)))
        (array.set $v (local.get $r) ${C} ${A}) (array.get $v (local.get $r) (i32.const 1))`,
      expect: inThree,
    },
  ],
  'array.len': [
    {
      fields: '(type $v (array i8))',
      body: `(array.len (array.new_default $v (i32.and ${C} (i32.const 0xffff))))`,
      types: i32,
      expect: (_a, _b, c) => c & 0xffffn,
    },
    {
      fields: '(type $v (array i8))',
      body: `(drop (array.len ${nullOr('$v', '(array.new_default $v (i32.const 0))')})) ${A}`,
      expect: unlessNull('null-array-reference'),
    },
  ],
  'array.fill': [
    {
      fields: array,
      body: `(local $r (ref $v)) (local.set $r (array.new $v ${B} (i32.const 3)))
        (array.fill $v (local.get $r) ${C} ${A} (i32.const 2)) (array.get $v (local.get $r) (i32.const 0))`,
      expect: (a, b, c) => (c > 1n ? 'array-out-of-bounds' : c === 0n ? a : b),
    },
  ],
  'array.copy': [
    {
      fields: array,
      body: `(local $r (ref $v)) (local.set $r (array.new_fixed $v 3 ${B} ${A} ${B}))
        (array.copy $v $v (local.get $r) ${C} (local.get $r) (i32.const 1) (i32.const 2)) (array.get $v (local.get $r) (i32.const 0))`,
      expect: (a, b, c) => (c > 1n ? 'array-out-of-bounds' : c === 0n ? a : b),
    },
  ],
  'array.init_data': [
    {
      fields: `${packedArrays} ${data}`,
      body: `(local $r (ref $v16)) (local.set $r (array.new_default $v16 (i32.const 2)))
        (array.init_data $v16 $d (local.get $r) (i32.const 1) ${C} (i32.const 1)) (array.get_u $v16 (local.get $r) (i32.const 1))`,
      types: i32,
      expect: (_a, _b, c) => (c > 2n ? 'memory-out-of-bounds' : bytesFrom(c)),
    },
    {
      fields: `${packedArrays} ${data}`,
      body: `(array.init_data $v16 $d (array.new_default $v16 (i32.const 2)) ${C} (i32.const 0) (i32.const 1)) ${A}`,
      types: i32,
      expect: (a, _, c) => (c > 1n ? 'array-out-of-bounds' : a),
    },
  ],
  'array.init_elem': [
    {
      fields: elems,
      body: `(local $r (ref $fv)) (local.set $r (array.new_default $fv (i32.const 2)))
        (array.init_elem $fv $el (local.get $r) (i32.const 1) ${C} (i32.const 1))
        ${choose('(ref.is_null (array.get $fv (local.get $r) (i32.const 1)))')}`,
      expect: (_, b, c) => (c > 1n ? 'table-out-of-bounds' : b),
    },
  ],
  'any.convert_extern': [
    {
      fields: shapes,
      body: choose(`(ref.test (ref $s) (any.convert_extern (extern.convert_any ${anyAt})))`),
      expect: isShape(...shapesByType.$s),
    },
    { body: choose('(ref.is_null (any.convert_extern (ref.null extern)))'), expect: first },
  ],
  'extern.convert_any': [
    { fields: shapes, body: choose(`(ref.is_null (extern.convert_any ${anyAt}))`), expect: isShape(0) },
  ],
  'ref.i31': [{ body: `(i31.get_s (ref.i31 ${A}))`, types: i32, expect: signed(31) }],
  'i31.get_s': [
    { body: `(i31.get_s (ref.i31 ${A}))`, types: i32, expect: signed(31) },
    {
      body: `(drop (i31.get_s ${nullOr('i31', '(ref.i31 (i32.const 0))')})) ${A}`,
      expect: unlessNull('null-i31-reference'),
    },
  ],
  'i31.get_u': [
    { body: `(i31.get_u (ref.i31 ${A}))`, types: i32, expect: zeroExtended(31) },
    {
      body: `(drop (i31.get_u ${nullOr('i31', '(ref.i31 (i32.const 0))')})) ${A}`,
      expect: unlessNull('null-i31-reference'),
    },
  ],
};
