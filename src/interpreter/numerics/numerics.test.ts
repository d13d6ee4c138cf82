/**
 * Every operator against the host's own WebAssembly on the cross product of interesting operands and
 * on random ones. Wide arithmetic, which hosts lack, is compared with BigInt.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instructions, Trap } from '../../syntax/index.ts';

import * as numerics from './index.ts';

/** What the tests need of the host's WebAssembly; the project's own types do not know it. */
interface HostWebAssembly {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  RuntimeError: new () => Error;
}
const host = (globalThis as unknown as { WebAssembly: HostWebAssembly }).WebAssembly;

const I = new Int32Array(16);
const words64 = new BigInt64Array(I.buffer);
const A = 4;
const B = 6;

type HostValue = number | bigint;
type Operator = (a: HostValue, b: HostValue) => HostValue;

const scratch = new DataView(new ArrayBuffer(8));
const lo = (value: HostValue) => Number(BigInt.asIntN(32, value as bigint));
const hi = (value: HostValue) => Number(BigInt.asIntN(32, (value as bigint) >> 32n));

/** The operand on the value stack's words, the result from them; result over operand, as the loop may ask. */
const onWords =
  (operator: (I: Int32Array, d: number, a: number, b: number) => void): Operator =>
  (a, b) => {
    words64[A / 2] = a as bigint;
    words64[B / 2] = b as bigint;
    operator(I, B, A, B);
    const overB = words64[B / 2]!;
    words64[B / 2] = b as bigint;
    operator(I, A, A, B);
    expect(words64[A / 2]).toBe(overB);
    return overB;
  };
const toI64 =
  (operator: (I: Int32Array, d: number, value: number) => void): Operator =>
  (a) => {
    operator(I, 2, a as number);
    return words64[1]!;
  };
const fromI64 =
  (operator: (lo: number, hi: number) => number): Operator =>
  (a) =>
    operator(lo(a), hi(a));
const compare =
  (operator: (aLo: number, aHi: number, bLo: number, bHi: number) => number): Operator =>
  (a, b) =>
    operator(lo(a), hi(a), lo(b), hi(b));
const plain = (operator: (a: number, b: number) => number): Operator => operator as Operator;

const n = numerics;
const operators: Readonly<Record<string, Operator>> = {
  'i32.div_s': plain(n.i32DivS),
  'i32.div_u': plain(n.i32DivU),
  'i32.rem_s': plain(n.i32RemS),
  'i32.rem_u': plain(n.i32RemU),
  'i32.ctz': plain(n.i32Ctz),
  'i32.popcnt': plain(n.i32Popcnt),
  'i64.add': onWords(n.i64Add),
  'i64.sub': onWords(n.i64Sub),
  'i64.mul': onWords(n.i64Mul),
  'i64.div_s': onWords(n.i64DivS),
  'i64.div_u': onWords(n.i64DivU),
  'i64.rem_s': onWords(n.i64RemS),
  'i64.rem_u': onWords(n.i64RemU),
  'i64.clz': onWords((words, d, a) => n.i64Clz(words, d, a)),
  'i64.ctz': onWords((words, d, a) => n.i64Ctz(words, d, a)),
  'i64.popcnt': onWords((words, d, a) => n.i64Popcnt(words, d, a)),
  'i64.eq': compare(n.i64Eq),
  'i64.ne': compare(n.i64Ne),
  'i64.lt_s': compare(n.i64LtS),
  'i64.gt_s': compare(n.i64GtS),
  'i64.le_s': compare(n.i64LeS),
  'i64.ge_s': compare(n.i64GeS),
  'i64.ge_u': compare(n.i64GeU),
  'f32.min': plain(n.f32Min),
  'f32.max': plain(n.f32Max),
  'f32.ceil': plain(n.f32Ceil),
  'f32.floor': plain(n.f32Floor),
  'f32.trunc': plain(n.f32Trunc),
  'f32.nearest': plain(n.f32Nearest),
  'f64.min': plain(n.f64Min),
  'f64.max': plain(n.f64Max),
  'f64.ceil': plain(n.f64Ceil),
  'f64.floor': plain(n.f64Floor),
  'f64.trunc': plain(n.f64Trunc),
  'f64.nearest': plain(n.f64Nearest),
  'i32.trunc_f32_s': plain(n.i32TruncS),
  'i32.trunc_f32_u': plain(n.i32TruncU),
  'i32.trunc_f64_s': plain(n.i32TruncS),
  'i32.trunc_f64_u': plain(n.i32TruncU),
  'i32.trunc_sat_f32_s': plain(n.i32TruncSatS),
  'i32.trunc_sat_f32_u': plain(n.i32TruncSatU),
  'i32.trunc_sat_f64_s': plain(n.i32TruncSatS),
  'i32.trunc_sat_f64_u': plain(n.i32TruncSatU),
  'i64.trunc_f32_s': toI64(n.i64TruncS),
  'i64.trunc_f32_u': toI64(n.i64TruncU),
  'i64.trunc_f64_s': toI64(n.i64TruncS),
  'i64.trunc_f64_u': toI64(n.i64TruncU),
  'i64.trunc_sat_f32_s': toI64(n.i64TruncSatS),
  'i64.trunc_sat_f32_u': toI64(n.i64TruncSatU),
  'i64.trunc_sat_f64_s': toI64(n.i64TruncSatS),
  'i64.trunc_sat_f64_u': toI64(n.i64TruncSatU),
  'f32.convert_i64_s': fromI64(n.f32ConvertI64S),
  'f32.convert_i64_u': fromI64(n.f32ConvertI64U),
  'f64.convert_i64_s': fromI64(n.f64ConvertI64S),
  'f64.convert_i64_u': fromI64(n.f64ConvertI64U),
};

const typeByte: Record<string, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

/** The signature of a row as the names of its operand types and of its result. */
function signatureOf(name: string): { params: string[]; result: string; code: number } {
  const row = instructions.find((each) => each.name === name)!;
  const [params, results] = (row as { sig: string }).sig
    .split('->')
    .map((side) => side.trim().slice(1, -1).split(' ').filter(Boolean));
  return { params: params!, result: results![0]!, code: row.code };
}

/** A module whose function `f` applies one instruction to its parameters, run by the host. */
function hostOperator(name: string): Operator {
  const { params, result, code } = signatureOf(name);
  const opcode = code > 0xff ? [code >> 16, code & 0xff] : [code];
  const body = [0, ...params.flatMap((_, index) => [0x20, index]), ...opcode, 0x0b];
  const type = [0x60, params.length, ...params.map((type) => typeByte[type]!), 1, typeByte[result]!];
  const section = (id: number, content: number[]) => [id, content.length, ...content];
  const bytes = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, ...type]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, body.length, ...body]),
  ];
  const instance = new host.Instance(new host.Module(new Uint8Array(bytes)));
  return instance.exports.f as Operator;
}

const interestingI64 = [
  0n,
  1n,
  -1n,
  2n,
  3n,
  10n,
  63n,
  64n,
  ...[16n, 31n, 32n, 33n, 47n, 52n, 53n, 54n, 62n, 63n].flatMap((bit) => [
    (1n << bit) - 1n,
    1n << bit,
    (1n << bit) + 1n,
    -(1n << bit) - 1n,
    -(1n << bit),
  ]),
  0x0123456789abcdefn,
  0xfedcba9876543210n,
  0x7fffff4000000001n,
  0x8000004000000001n,
  0xfffffffffffff7ffn,
].map((value) => BigInt.asIntN(64, value));
const interestingI32 = [
  ...[0, 1, -1, 2, 3, 7, 10, 31, 32, 33, 64, 255, 256, 0xffff, 0x10000, 0x1234567],
  ...[0x7fffffff, -0x80000000, -0x7fffffff, -2, -3, -32, 0x55555555, -0x55555556],
];
const magnitudes = [
  ...[0, Number.MIN_VALUE, 1.5e-45, 0.1, 0.49999999999999994, 0.5, 0.9999999, 1, 1.5, 2.5, 3.5, 8388607.5, 8388609],
  ...[31, 32, 52, 53, 63, 64, 127].flatMap((bit) => [2 ** bit - 1, 2 ** bit, 2 ** bit + 1, 2 ** bit - 0.5]),
  ...[2 ** 31 - 128, 2 ** 32 - 256, 2 ** 63 - 1024, 2 ** 64 - 2048, 2 ** 52 - 0.5, 2 ** 52 + 1],
  ...[Number.MAX_VALUE, Number.POSITIVE_INFINITY],
];
const interestingF64 = [...magnitudes, ...magnitudes.map((value) => -value), Number.NaN];
const interestingF32 = interestingF64.map(Math.fround);

const f32FromBits = (bits: number) => {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
};
const f64FromBits = (bits: bigint) => {
  scratch.setBigInt64(0, bits);
  return scratch.getFloat64(0);
};
const anyI64 = fc.oneof(
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  // Values of every magnitude, so that each way of dividing is taken.
  fc
    .tuple(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.integer({ min: 0, max: 63 }))
    .map(([v, s]) => v >> BigInt(s)),
);
const operands: Record<string, { interesting: HostValue[]; any: fc.Arbitrary<HostValue> }> = {
  i32: { interesting: interestingI32, any: fc.integer({ min: -0x80000000, max: 0x7fffffff }) },
  i64: { interesting: interestingI64, any: anyI64 },
  f32: {
    interesting: interestingF32,
    any: fc.oneof(
      fc.integer({ min: -0x80000000, max: 0x7fffffff }).map(f32FromBits),
      fc.float({ min: -(2 ** 33), max: 2 ** 33 }),
    ),
  },
  f64: {
    interesting: interestingF64,
    any: fc.oneof(
      fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(f64FromBits),
      fc.double({ min: -(2 ** 65), max: 2 ** 65 }),
    ),
  },
};

/** V8's words for what the specification's suite calls a trap. */
const hostTrapKinds: Record<string, string> = {
  'divide by zero': 'integer-divide-by-zero',
  'remainder by zero': 'integer-divide-by-zero',
  'divide result unrepresentable': 'integer-overflow',
};

function outcomeOf(operator: Operator, a: HostValue, b: HostValue): HostValue | string {
  try {
    return operator(a, b);
  } catch (error) {
    if (error instanceof Trap) return error.kind;
    if (!(error instanceof host.RuntimeError)) throw error;
    // V8 says the same for NaN and for what is too large.
    const conversion = Number.isNaN(a) ? 'invalid-conversion' : 'integer-overflow';
    return hostTrapKinds[error.message] ?? conversion;
  }
}

/** NaN equals NaN here: its bits are the business of who writes it. `Object.is` tells −0 from +0. */
function agree(name: string, ours: Operator, theirs: Operator, a: HostValue, b: HostValue): void {
  const actual = outcomeOf(ours, a, b);
  const expected = outcomeOf(theirs, a, b);
  if (!Object.is(actual, expected)) {
    expect.fail(`${name} of ${a} and ${b}: ${String(actual)}, not ${String(expected)}`);
  }
}

describe.each(Object.keys(operators))('%s', (name) => {
  const ours = operators[name]!;
  const theirs = hostOperator(name);
  const { params } = signatureOf(name);
  const first = operands[params[0]!]!;
  const second = operands[params[1] ?? params[0]!]!;

  it('agrees with the host on interesting operands', () => {
    for (const a of first.interesting) {
      for (const b of params.length > 1 ? second.interesting : second.interesting.slice(0, 1)) {
        agree(name, ours, theirs, a, b);
      }
    }
  });

  it('agrees with the host on random operands', () => {
    fc.assert(
      fc.property(first.any, second.any, (a, b) => agree(name, ours, theirs, a, b)),
      { numRuns: 500 },
    );
  });
});

describe('wide arithmetic', () => {
  const u64 = (value: bigint) => BigInt.asUintN(64, value);
  const joined = (low: bigint, high: bigint) => (u64(high) << 64n) | u64(low);
  const result = () => joined(words64[0]!, words64[1]!);
  const mod128 = (value: bigint) => BigInt.asUintN(128, value);

  function checkProducts(a: bigint, b: bigint): void {
    const load = () => {
      words64[2] = a;
      words64[3] = b;
    };
    load();
    n.i64MulWideU(I, 0, 4, 6);
    expect(result()).toBe(mod128(u64(a) * u64(b)));
    n.i64MulWideS(I, 0, 4, 6);
    expect(result()).toBe(mod128(a * b));
    // The result may lie over the operands.
    n.i64MulWideS(I, 4, 4, 6);
    expect(joined(words64[2]!, words64[3]!)).toBe(mod128(a * b));
    load();
    n.i64MulWideU(I, 4, 6, 4);
    expect(joined(words64[2]!, words64[3]!)).toBe(mod128(u64(a) * u64(b)));
  }

  function checkSums(aLo: bigint, aHi: bigint, bLo: bigint, bHi: bigint): void {
    const load = () => words64.set([aLo, aHi, bLo, bHi], 2);
    load();
    n.i64Add128(I, 0, 4, 6, 8, 10);
    expect(result()).toBe(mod128(joined(aLo, aHi) + joined(bLo, bHi)));
    n.i64Sub128(I, 0, 4, 6, 8, 10);
    expect(result()).toBe(mod128(joined(aLo, aHi) - joined(bLo, bHi)));
    n.i64Sub128(I, 6, 4, 6, 8, 10);
    expect(joined(words64[3]!, words64[4]!)).toBe(mod128(joined(aLo, aHi) - joined(bLo, bHi)));
  }

  it('multiplies interesting operands as BigInt does', () => {
    for (const a of interestingI64) for (const b of interestingI64) checkProducts(a, b);
  });

  it('multiplies random operands as BigInt does', () => {
    fc.assert(fc.property(anyI64, anyI64, checkProducts), { numRuns: 1000 });
  });

  it('adds and subtracts as BigInt does', () => {
    const few = [0n, 1n, -1n, 0xffffffffn, 1n << 32n, -(1n << 63n), (1n << 63n) - 1n];
    for (const a of few) for (const b of few) for (const c of few) for (const d of few) checkSums(a, b, c, d);
    fc.assert(fc.property(anyI64, anyI64, anyI64, anyI64, checkSums), { numRuns: 1000 });
  });
});
