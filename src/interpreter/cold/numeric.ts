/** Cold numeric operations: the numerics on operands in the value stack. */
import { instructions, type Mnemonic, signatureOf } from '../../syntax/index.ts';
import type { ColdMnemonicWith } from '../cold-ops.ts';
import * as numerics from '../numerics/index.ts';
import type { ColdHandler } from './handler.ts';

type I32Operator = (a: number, b: number) => number;
type I64Operator = (I: Int32Array, d: number, a: number, b: number) => void;
type FloatOperator = (a: number, b: number) => number;

const i32Binary = {
  'i32.div_s': numerics.i32DivS,
  'i32.div_u': numerics.i32DivU,
  'i32.rem_s': numerics.i32RemS,
  'i32.rem_u': numerics.i32RemU,
} satisfies Record<ColdMnemonicWith<'[i32 i32] -> [i32]'>, I32Operator>;

const i32Unary = {
  'i32.popcnt': numerics.i32Popcnt,
} satisfies Record<ColdMnemonicWith<'[i32] -> [i32]'>, (a: number) => number>;

const i64Binary = {
  'i64.div_s': numerics.i64DivS,
  'i64.div_u': numerics.i64DivU,
  'i64.rem_s': numerics.i64RemS,
  'i64.rem_u': numerics.i64RemU,
} satisfies Record<ColdMnemonicWith<'[i64 i64] -> [i64]'>, I64Operator>;

const i64Unary = {
  'i64.clz': numerics.i64Clz,
  'i64.ctz': numerics.i64Ctz,
  'i64.popcnt': numerics.i64Popcnt,
} satisfies Record<ColdMnemonicWith<'[i64] -> [i64]'>, (I: Int32Array, d: number, a: number) => void>;

/** Two results: four words from `c`. */
const i64Wide = {
  'i64.mul_wide_s': numerics.i64MulWideS,
  'i64.mul_wide_u': numerics.i64MulWideU,
} satisfies Record<ColdMnemonicWith<'[i64 i64] -> [i64 i64]'>, I64Operator>;

/** The four operands are the frame's words from `a` on. */
const i64Wide128 = {
  'i64.add128': numerics.i64Add128,
  'i64.sub128': numerics.i64Sub128,
} satisfies Record<
  ColdMnemonicWith<'[i64 i64 i64 i64] -> [i64 i64]'>,
  (I: Int32Array, d: number, aLo: number, aHi: number, bLo: number, bHi: number) => void
>;

const f32Unary = {
  'f32.ceil': numerics.f64Ceil,
  'f32.floor': numerics.f64Floor,
  'f32.trunc': numerics.f64Trunc,
  'f32.nearest': numerics.f64Nearest,
} satisfies Record<ColdMnemonicWith<'[f32] -> [f32]'>, (a: number) => number>;

const f64Unary = {
  'f64.ceil': numerics.f64Ceil,
  'f64.floor': numerics.f64Floor,
  'f64.trunc': numerics.f64Trunc,
  'f64.nearest': numerics.f64Nearest,
} satisfies Record<ColdMnemonicWith<'[f64] -> [f64]'>, (a: number) => number>;

const f32Binary = {
  'f32.min': numerics.f64Min,
  'f32.max': numerics.f64Max,
} satisfies Record<Exclude<ColdMnemonicWith<'[f32 f32] -> [f32]'>, 'f32.copysign'>, FloatOperator>;

const f64Binary = {
  'f64.min': numerics.f64Min,
  'f64.max': numerics.f64Max,
} satisfies Record<Exclude<ColdMnemonicWith<'[f64 f64] -> [f64]'>, 'f64.copysign'>, FloatOperator>;

/** float → i32: the operand is an f32 or an f64 as the name says. */
const i32FromFloat = {
  'i32.trunc_f32_s': numerics.i32TruncS,
  'i32.trunc_f32_u': numerics.i32TruncU,
  'i32.trunc_f64_s': numerics.i32TruncS,
  'i32.trunc_f64_u': numerics.i32TruncU,
  'i32.trunc_sat_f32_s': numerics.i32TruncSatS,
  'i32.trunc_sat_f32_u': numerics.i32TruncSatU,
  'i32.trunc_sat_f64_s': numerics.i32TruncSatS,
  'i32.trunc_sat_f64_u': numerics.i32TruncSatU,
} satisfies Record<
  Exclude<ColdMnemonicWith<'[f32] -> [i32]'> | ColdMnemonicWith<'[f64] -> [i32]'>, `${string}reinterpret${string}`>,
  (value: number) => number
>;

const i64FromFloat = {
  'i64.trunc_f32_s': numerics.i64TruncS,
  'i64.trunc_f32_u': numerics.i64TruncU,
  'i64.trunc_f64_s': numerics.i64TruncS,
  'i64.trunc_f64_u': numerics.i64TruncU,
  'i64.trunc_sat_f32_s': numerics.i64TruncSatS,
  'i64.trunc_sat_f32_u': numerics.i64TruncSatU,
  'i64.trunc_sat_f64_s': numerics.i64TruncSatS,
  'i64.trunc_sat_f64_u': numerics.i64TruncSatU,
} satisfies Record<
  Exclude<ColdMnemonicWith<'[f32] -> [i64]'> | ColdMnemonicWith<'[f64] -> [i64]'>, `${string}reinterpret${string}`>,
  (I: Int32Array, d: number, value: number) => void
>;

const f32FromI64 = {
  'f32.convert_i64_s': numerics.f32ConvertI64S,
  'f32.convert_i64_u': numerics.f32ConvertI64U,
} satisfies Record<ColdMnemonicWith<'[i64] -> [f32]'>, (lo: number, hi: number) => number>;

const f64FromI64 = {
  'f64.convert_i64_s': numerics.f64ConvertI64S,
  'f64.convert_i64_u': numerics.f64ConvertI64U,
} satisfies Record<ColdMnemonicWith<'[i64] -> [f64]'>, (lo: number, hi: number) => number>;

const SIGN = -2147483648;

const copysign = {
  'f32.copysign': ({ I }, n, fp) => {
    I[fp + n.c] = (I[fp + n.a]! & ~SIGN) | (I[fp + n.b]! & SIGN);
  },
  'f64.copysign': ({ I }, n, fp) => {
    const sign = I[fp + n.b + 1]! & SIGN;
    I[fp + n.c] = I[fp + n.a]!;
    I[fp + n.c + 1] = (I[fp + n.a + 1]! & ~SIGN) | sign;
  },
} satisfies Record<string, ColdHandler>;

/** Turns each operator of a table into a handler; keys stay, so that a missing one does not compile. */
function handlers<K extends Mnemonic, O>(operators: Record<K, O>, wrap: (operator: O, name: K) => ColdHandler) {
  const names = Object.keys(operators) as K[];
  return Object.fromEntries(names.map((name) => [name, wrap(operators[name], name)])) as Record<K, ColdHandler>;
}

const operandIsF32 = new Set<string>(
  instructions.filter((row) => signatureOf(row)?.operands[0] === 'f32').map(({ name }) => name),
);

/** The float operand of a conversion, as a number. NaN payloads play no part in integers. */
function floatReader(name: string): (t: Parameters<ColdHandler>[0], at: number) => number {
  return operandIsF32.has(name) ? (t, at) => t.S[at]! : (t, at) => t.F[at >> 1]!;
}

function writeF64({ F, I }: Parameters<ColdHandler>[0], at: number, value: number): void {
  F[at >> 1] = value;
  if (!Number.isNaN(value)) return;
  I[at] = 0;
  I[at + 1] = 0x7ff80000;
}

function writeF32({ S, I }: Parameters<ColdHandler>[0], at: number, value: number): void {
  S[at] = value;
  if (Number.isNaN(value)) I[at] = 0x7fc00000;
}

export const numericHandlers = {
  ...handlers(i32Binary, (operator) => ({ I }, n, fp) => {
    I[fp + n.c] = operator(I[fp + n.a]!, I[fp + n.b]!);
  }),
  ...handlers(i32Unary, (operator) => ({ I }, n, fp) => {
    I[fp + n.c] = operator(I[fp + n.a]!);
  }),
  ...handlers(
    i64Binary,
    (operator) =>
      ({ I }, n, fp) =>
        operator(I, fp + n.c, fp + n.a, fp + n.b),
  ),
  ...handlers(
    i64Unary,
    (operator) =>
      ({ I }, n, fp) =>
        operator(I, fp + n.c, fp + n.a),
  ),
  ...handlers(
    i64Wide,
    (operator) =>
      ({ I }, n, fp) =>
        operator(I, fp + n.c, fp + n.a, fp + n.b),
  ),
  ...handlers(i64Wide128, (operator) => ({ I }, n, fp) => {
    const a = fp + n.a;
    operator(I, fp + n.c, a, a + 2, a + 4, a + 6);
  }),
  ...handlers(f32Unary, (operator) => (t, n, fp) => writeF32(t, fp + n.c, operator(t.S[fp + n.a]!))),
  ...handlers(f64Unary, (operator) => (t, n, fp) => writeF64(t, fp + n.c, operator(t.F[(fp + n.a) >> 1]!))),
  ...handlers(f32Binary, (operator) => (t, n, fp) => {
    writeF32(t, fp + n.c, operator(t.S[fp + n.a]!, t.S[fp + n.b]!));
  }),
  ...handlers(f64Binary, (operator) => (t, n, fp) => {
    writeF64(t, fp + n.c, operator(t.F[(fp + n.a) >> 1]!, t.F[(fp + n.b) >> 1]!));
  }),
  ...handlers(i32FromFloat, (operator, name) => {
    const read = floatReader(name);
    return (t, n, fp) => {
      t.I[fp + n.c] = operator(read(t, fp + n.a));
    };
  }),
  ...handlers(i64FromFloat, (operator, name) => {
    const read = floatReader(name);
    return (t, n, fp) => operator(t.I, fp + n.c, read(t, fp + n.a));
  }),
  ...handlers(f32FromI64, (operator) => (t, n, fp) => {
    t.S[fp + n.c] = operator(t.I[fp + n.a]!, t.I[fp + n.a + 1]!);
  }),
  ...handlers(f64FromI64, (operator) => (t, n, fp) => {
    t.F[(fp + n.c) >> 1] = operator(t.I[fp + n.a]!, t.I[fp + n.a + 1]!);
  }),
  ...copysign,
};
