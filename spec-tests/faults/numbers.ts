/** Faults in numbers: constants' and branches' own variants of operations, edges of divisions and conversions. */
import { A, B, cold, type Fault, fault, file, loop, numerics } from './fault.ts';

const fused: readonly Fault[] = [
  fault('i32.add of a constant is off by one', 'v8', /^i32\.add$/, loop(/^i32\.add_i$/, '+ n.b', '+ n.b + 1')),
  // All comparisons of order become the same two operations.
  fault('i32.ge_u of a constant is greater than', 'v8', /^i32\.[lg][et]_u$/, loop(/^i32\.ge_u_i$/, '>=', '>')),
  fault('a branch on i32.ge_u is greater than', 'v8', /^i32\.[lg][et]_u$/, loop(/^br_i32\.ge_u$/, '>=', '>')),
  fault(
    'a branch on i32.eq of a constant compares low halves',
    'v8',
    /^i32\.(eq|ne)$/,
    loop(/^br_i32\.eq_i$/, `I[${A}] === n.b`, `(I[${A}] << 16) === (n.b << 16)`),
  ),
  fault(
    'i32.shl and i32.add in one subtract',
    'v8',
    /^i32\.(shl|add)$/,
    loop(/^i32\.shl_i\+i32\.add$/, '+ I[fp', '- I[fp'),
  ),
  fault('i32.xor and i32.and in one or', 'v8', /^i32\.(xor|and)$/, loop(/^i32\.xor\+i32\.and_i$/, '^', '|')),
  fault('a branch on not i32.and looks at the sign', 'v8', /^i32\.and$/, loop(/^brn_i32\.and_i$/, '!== 0', '> 0')),
  fault(
    'i64.mul by a constant takes 32 bits',
    'v8',
    /^i64\.mul$/,
    loop(/^i64\.mul_i$/, '* n.k', '* (n.k & 0xffffffffn)'),
  ),
  fault(
    'i64.shr_s by a constant fills with a one',
    'v8',
    /^i64\.shr_s$/,
    loop(/^i64\.shr_s_i$/, 'y >> 31', 'y >>> 31'),
  ),
  fault('i64.ne of a constant needs both halves', 'v8', /^i64\.ne$/, loop(/^i64\.ne_i$/, '||', '&&')),
  fault('a branch on i64.eqz looks at the low half', 'v8', /^i64\.eqz$/, loop(/^br_i64_n?z$/, ` | I[${A} + 1]`, '')),
  fault(
    'f32.div by a constant multiplies',
    'v8',
    /^f32\.div$/,
    loop(/^f32\.div_i$/, '/ n.k', '* Math.fround(1 / n.k)'),
  ),
  fault(
    'a branch on not f32.lt takes NaN for less',
    'v8',
    /^f32\.(lt|gt)$/,
    loop(/^brn_f32\.lt$/, `!(S[${A}] < S[${B}])`, `S[${A}] >= S[${B}]`),
  ),
];

const integers: readonly Fault[] = [
  fault(
    'i32.shl by 32 and more gives 0',
    'v8',
    /^i32\.shl$/,
    loop(/^i32\.shl$/, `I[${A}] << I[${B}]`, `I[${B}] >>> 0 > 31 ? 0 : I[${A}] << I[${B}]`),
  ),
  fault('i32.rotr turns by one less on the left', 'v8', /^i32\.rotr$/, loop(/^i32\.rotr$/, '<< -I[', '<< ~I[')),
  fault(
    'i32.div_u divides signed numbers',
    'v8',
    /^i32\.div_u$/,
    numerics('i32', '((dividend >>> 0) / (divisor >>> 0)) | 0', '(dividend / divisor) | 0'),
  ),
  fault(
    'i32.rem_s of the least number by -1 traps',
    'v8',
    /^i32\.rem_s$/,
    numerics(
      'i32',
      'return (dividend % divisor) | 0',
      'if (divisor === -1 && dividend === I32_MIN) trapIntegerOverflow();\n  return (dividend % divisor) | 0',
    ),
  ),
  fault(
    'i64.div_u by zero does not trap',
    'v8',
    /^i64\.div_u$/,
    file('numerics/i64.ts', 'if ((bLo | bHi) === 0) trapDivideByZero();', '', 'export function i64DivU'),
  ),
  fault(
    'i64.div_s wraps where it must trap',
    'v8',
    /^i64\.div_s$/,
    numerics('i64', 'if ((bLo & bHi) === -1 && aLo === 0 && aHi === I32_MIN) trapIntegerOverflow();', ''),
  ),
  fault(
    'i64 division by a word takes a digit for signed',
    'v8',
    /^i64\.(div|rem)_[su]$/,
    numerics('i64', '* 0x10000 + (lo >>> 16)', '* 0x10000 + (lo >> 16)'),
  ),
  fault('i64.shr_u by 32 takes the wrong half', 'v8', /^i64\.shr_u$/, loop(/^i64\.shr_u$/, 's < 32', 's <= 32')),
  fault('i64.rotl by 32 does nothing', 'v8', /^i64\.rotl$/, loop(/^i64\.rotl$/, 's >= 32', 's > 32')),
  fault(
    'i64.lt_u compares low halves signed',
    'v8',
    /^i64\.[lg][et]_u$/,
    loop(/^i64\.lt_u$/, '(x ^ -2147483648) < (z ^ -2147483648)', 'x < z'),
  ),
  fault('i64.ctz of the high half is one too few', 'v8', /^i64\.ctz$/, numerics('i64', '32 + i32Ctz', '31 + i32Ctz')),
  fault('i64.extend_i32_s without sign', 'v8', /^i64\.extend_i32_s$/, loop(/^i64\.extend_i32_s$/, 'x >> 31', '0')),
  fault(
    'i64.add128 loses the carry in its middle',
    'wasmtime',
    /^i64\.add128$/,
    numerics('wide', '(w1 >= TWO_32 ? 1 : 0)', '0'),
  ),
  fault(
    'i64.mul_wide_s corrects for one sign',
    'wasmtime',
    /^i64\.mul_wide_s$/,
    numerics('wide', '(aHi < 0 ? bHi : 0) + (bHi < 0 ? aHi : 0)', '(aHi < 0 ? bHi : 0)'),
  ),
];

const floats: readonly Fault[] = [
  fault(
    'f64.copysign copies its own sign',
    'v8',
    /^f64\.copysign$/,
    cold('numeric', 'I[fp + n.b + 1]! & SIGN', 'I[fp + n.a + 1]! & SIGN'),
  ),
  fault(
    'f32.max of zeros of both signs',
    'v8',
    /^f(32|64)\.max$/,
    numerics('f64', 'return Math.max(a, b);', 'return a > b ? a : a !== a ? a : b;'),
  ),
  fault(
    'f64.ceil loses the sign of zero',
    'v8',
    /^f(32|64)\.ceil$/,
    numerics('f64', 'return Math.ceil(a);', 'return Math.ceil(a) + 0;'),
  ),
  fault(
    'f64.nearest loses the sign of zero',
    'v8',
    /^f(32|64|32x4|64x2)\.nearest$/,
    numerics('f64', '-(TWO_52 - a - TWO_52)', '0 - (TWO_52 - a - TWO_52)'),
  ),
  fault(
    'f64.neg leaves zero as it is',
    'v8',
    /^f64\.neg$/,
    loop(/^f64\.neg$/, '^ -2147483648', `^ (F[${A} >> 1] === 0 ? 0 : -2147483648)`),
  ),
];

const conversions: readonly Fault[] = [
  fault(
    'f32.convert_i64_s and _u round twice',
    'v8',
    /^f32\.convert_i64_[su]$/,
    numerics('convert', '(lo & 0x7ff) === 0 ? lo : (lo & ~0x7ff) | 0x800', 'lo'),
  ),
  fault(
    'f64.convert_i64_u with a sign',
    'v8',
    /^f64\.convert_i64_u$/,
    numerics('convert', 'return (hi >>> 0) * TWO_32', 'return hi * TWO_32'),
  ),
  fault(
    'i32.trunc_f64_s traps below its least number',
    'v8',
    /^i32\.trunc_f64_s$/,
    numerics('convert', 'value > -TWO_31 - 1', 'value >= -TWO_31'),
  ),
  fault(
    'i32.trunc_f64_u traps below zero',
    'v8',
    /^i32\.trunc_f(32|64)_u$/,
    numerics('convert', 'value > -1 && value < TWO_32', 'value >= 0 && value < TWO_32'),
  ),
  fault(
    'i64.trunc_f64_s takes 2^63',
    'v8',
    /^i64\.trunc_f(32|64)_s$/,
    numerics('convert', 'value < TWO_63)', 'value <= TWO_63)'),
  ),
  fault(
    'i64.trunc_f64_u takes 2^64',
    'v8',
    /^i64\.trunc_f(32|64)_u$/,
    numerics('convert', 'value < TWO_64)', 'value <= TWO_64)'),
  ),
  fault(
    'i32.trunc_sat_f32_u of negative numbers',
    'v8',
    /trunc_sat_f(32|64)(x4|x2)?_u/,
    numerics('convert', 'return value > 0 ? value | 0 : 0;', 'return value | 0;'),
  ),
  fault(
    'i64.trunc_sat_f64_s of NaN is the least number',
    'v8',
    /^i64\.trunc_sat_f(32|64)_s$/,
    numerics('convert', 'value < 0 ? -TWO_31 : 0', '-TWO_31'),
  ),
  fault(
    'a constant NaN loses its payload',
    'v8',
    /^f32\.const$/,
    file(
      'lower/variable-rules.ts',
      'emitter.pushConst(type, lo, isPair',
      'emitter.pushConst(type, type === F32 && (lo & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : lo, isPair',
    ),
  ),
];

export const numberFaults: readonly Fault[] = [...fused, ...integers, ...floats, ...conversions];
