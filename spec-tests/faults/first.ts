/** The first faults: wrong signs, wraps, bounds, operands and payloads in single instructions. */
import { A, B, C, cold, type Fault, loop, numerics } from './fault.ts';

const integers: readonly Fault[] = [
  {
    name: 'i32.shr_s shifts in zeros',
    changes: loop(/^i32\.shr_s/, /(\)\]) >> /, '$1 >>> '),
    instructions: /^i32\.shr_s$/,
    against: 'v8',
  },
  {
    name: 'i32.shr_u keeps the sign',
    changes: loop(/^i32\.shr_u(_i)?$/, '>>>', '>>'),
    instructions: /^i32\.shr_u$/,
    against: 'v8',
  },
  {
    name: 'i32.rotl is off by one',
    changes: loop(/^i32\.rotl$/, `>>> -I[${B}]`, `>>> (31 - I[${B}])`),
    instructions: /^i32\.rotl$/,
    against: 'v8',
  },
  {
    name: 'i32.mul loses low bits',
    changes: loop(/^i32\.mul(_i)?$/, /Math\.imul\((.*?), (.*?)\);/, '($1 * $2) | 0;'),
    instructions: /^i32\.mul$/,
    against: 'v8',
  },
  {
    name: 'i32.sub with its operands swapped',
    changes: loop(/^i32\.sub$/, `I[${A}] - I[${B}]`, `I[${B}] - I[${A}]`),
    instructions: /^i32\.sub$/,
    against: 'v8',
  },
  {
    name: 'i32.lt_u compares signed',
    changes: loop(/^(br_)?i32\.lt_u/, /\^ -2147483648/g, '^ 0'),
    instructions: /^i32\.(lt|ge)_u$/,
    against: 'v8',
  },
  {
    name: 'i32.ge_s is greater than',
    changes: loop(/^i32\.ge_s/, '>=', '>'),
    // `i32.le_s` is the same operation with its operands exchanged.
    instructions: /^i32\.(ge|le)_s$/,
    against: 'v8',
  },
  {
    name: 'i32.eqz of a negative number is 1',
    changes: loop(/^i32\.eqz$/, '=== 0', '<= 0'),
    instructions: /^i32\.eqz$/,
    against: 'v8',
  },
  {
    name: 'i32.clz counts one too few',
    changes: loop(
      /^i32\.clz$/,
      `Math.clz32(I[${A}])`,
      `Math.clz32(I[${A}] << 1 >>> 1 | I[${A}])- (I[${A}] === 0 ? 1 : 0)`,
    ),
    instructions: /^i32\.clz$/,
    against: 'v8',
  },
  {
    name: 'i32.ctz of 0 is 31',
    changes: loop(/^i32\.ctz$/, '? 32', '? 31'),
    instructions: /^i32\.ctz$/,
    against: 'v8',
  },
  {
    name: 'i32.popcnt forgets a pair',
    changes: numerics('i32', '0x33333333) + ((pairs', '0x33333332) + ((pairs'),
    instructions: /^i(32|64)\.popcnt$/,
    against: 'v8',
  },
  {
    name: 'i32.extend8_s extends without sign',
    changes: loop(/^i32\.extend8_s$/, '<< 24) >> 24', '<< 24) >>> 24'),
    instructions: /^i32\.extend8_s$/,
    against: 'v8',
  },
  {
    name: 'i32.div_s wraps where it must trap',
    changes: numerics('i32', 'if (dividend === I32_MIN && divisor === -1) trapIntegerOverflow();', ''),
    instructions: /^i32\.div_s$/,
    against: 'v8',
  },
  {
    name: 'i32.rem_u of negative numbers',
    changes: numerics('i32', '((dividend >>> 0) % (divisor >>> 0)) | 0', '(dividend % (divisor >>> 0)) | 0'),
    instructions: /^i32\.rem_u$/,
    against: 'v8',
  },
  {
    name: 'i64.add without the carry',
    changes: loop(
      /^i64\.add$/,
      /B64\[.*?;/,
      `x = I[${A}]; y = I[${A} + 1]; z = I[${B}]; w = I[${B} + 1]; I[${C}] = x + z; I[${C} + 1] = y + w;`,
    ),
    instructions: /^i64\.add$/,
    against: 'v8',
  },
  {
    name: 'i64.shl by more than 32',
    changes: loop(/^i64\.shl$/, 'x << (s - 32)', 'x << (s - 31)'),
    instructions: /^i64\.shl$/,
    against: 'v8',
  },
  {
    name: 'i64.shr_s fills with zeros',
    changes: loop(/^i64\.shr_s$/, 'y >> 31', '0'),
    instructions: /^i64\.shr_s$/,
    against: 'v8',
  },
  {
    name: 'i64.rotr without its second half',
    changes: loop(/^i64\.rotr$/, 's -= 32;', ''),
    instructions: /^i64\.rotr$/,
    against: 'v8',
  },
  {
    name: 'i64.lt_s compares low halves signed',
    changes: loop(/^(br_)?i64\.lt_s/, /\^ -2147483648/g, '^ 0'),
    instructions: /^i64\.(lt|ge)_s$/,
    against: 'v8',
  },
  {
    name: 'i64.extend_i32_u with a sign',
    changes: loop(/^i64\.extend_i32_u$/, '+ 1] = 0', `+ 1] = I[${A}] >> 31`),
    instructions: /^i64\.extend_i32_u$/,
    against: 'v8',
  },
  {
    name: 'i64.rem_s with the sign of the divisor',
    changes: numerics('i64', 'if (aHi < 0) negateInPlace(I, d);', 'if (I[b + 1]! < 0) negateInPlace(I, d);'),
    instructions: /^i64\.rem_s$/,
    against: 'v8',
  },
  {
    name: 'i64.clz looks at the low half',
    changes: numerics('i64', '32 + Math.clz32(I[a]!)', '31 + Math.clz32(I[a]!)'),
    instructions: /^i64\.clz$/,
    against: 'v8',
  },
];

const floats: readonly Fault[] = [
  {
    name: 'f32.add is not rounded to f32',
    changes: loop(/^f32\.add$/, /u = (S\[.*?\]) \+ (S\[.*?\]);/, 'u = $1 + $2; u = u * (1 + 2 ** -23);'),
    instructions: /^f32\.add$/,
    against: 'v8',
  },
  {
    name: 'f64.sub with its operands swapped',
    changes: loop(/^f64\.sub$/, `F[${A} >> 1] - F[${B} >> 1]`, `F[${B} >> 1] - F[${A} >> 1]`),
    instructions: /^f64\.sub$/,
    against: 'v8',
  },
  {
    name: 'f32.neg of a NaN drops its payload',
    changes: loop(
      /^f32\.neg$/,
      '^ -2147483648;',
      '^ -2147483648; if (S[(fp + n.c)] !== S[(fp + n.c)]) I[(fp + n.c)] = 0x7fc00000;',
    ),
    instructions: /^f32\.neg$/,
    against: 'v8',
  },
  {
    name: 'f64.min of zeros of both signs',
    changes: numerics('f64', 'return Math.min(a, b);', 'return a < b ? a : a !== a ? a : b;'),
    instructions: /^f(32|64)\.min$|^f(32x4|64x2)\.min$/,
    against: 'v8',
  },
  {
    name: 'f64.nearest rounds half up',
    changes: [
      {
        path: 'numerics/f64.ts',
        from: 'export function f64Nearest(a: number): number {',
        to: 'export function f64Nearest(a: number): number {\n  if (Math.abs(a) < 2 ** 31) return Math.round(a);',
      },
    ],
    instructions: /^f(32|64)\.nearest$|^f(32x4|64x2)\.nearest$/,
    against: 'v8',
  },
  {
    name: 'f64.ge is greater than',
    changes: loop(/^(brn?_)?f64\.ge$/, '>=', '>'),
    instructions: /^f64\.[lg]e$/,
    against: 'v8',
  },
  {
    name: 'f64.convert_i32_u with a sign',
    changes: loop(/^f64\.convert_i32_u$/, '>>> 0', '| 0'),
    instructions: /^f64\.convert_i32_u$/,
    against: 'v8',
  },
  {
    name: 'f32.demote_f64 of large numbers',
    changes: loop(/^f32\.demote_f64$/, /u = (F\[.*?\]);/, 'u = Math.max(-3.4e38, Math.min(3.4e38, $1));'),
    instructions: /^f32\.demote_f64$/,
    against: 'v8',
  },
  {
    name: 'f64.abs leaves a NaN as it is',
    changes: loop(/^f64\.abs$/, '& 0x7fffffff', '& (F[(fp + n.a) >> 1] !== F[(fp + n.a) >> 1] ? -1 : 0x7fffffff)'),
    instructions: /^f64\.abs$/,
    against: 'v8',
  },
];

const memory: readonly Fault[] = [
  {
    name: 'i32.load8_s extends without sign',
    changes: loop(/^i32\.load8_s$/, '<< 24) >> 24', '<< 24) >>> 24'),
    instructions: /^i32\.load8_s$/,
    against: 'v8',
  },
  {
    name: 'i64.load32_u with a sign',
    changes: loop(/^i64\.load32_u$/, '+ 1] = 0', `+ 1] = I[${C}] >> 31`),
    instructions: /^i64\.load32_u$/,
    against: 'v8',
  },
  {
    name: 'i32.load beyond the end by one byte',
    changes: [
      {
        path: 'cold/memory.ts',
        from: 'checkRange(ea, access.accessBytes, memory);',
        to: 'checkRange(ea, access.accessBytes - 1, memory); if (ea + access.accessBytes > memory.byteLength) return;',
      },
    ],
    instructions: /(load|store)/,
    against: 'v8',
  },
  {
    name: 'i32.store16 stores 32 bits',
    changes: loop(/^i32\.store16$/, 'setInt16', 'setInt32'),
    instructions: /^i(32|64)\.store16$/,
    against: 'v8',
  },
  {
    name: 'memory.fill leaves out the last byte',
    changes: loop(/^memory\.fill$/, 'x, x + z)', 'x, x + Math.max(0, z - 1))'),
    instructions: /^memory\.fill$/,
    against: 'v8',
  },
  {
    name: 'memory.grow says the new size',
    changes: cold(
      'control',
      'writeAddress(t, fp + n.c, former, memory.is64)',
      'writeAddress(t, fp + n.c, former + 1, memory.is64)',
    ),
    instructions: /^memory\.grow$/,
    against: 'v8',
  },
  {
    name: 'table.get at the length',
    changes: cold(
      'table',
      'if (index >= table.length) trapOutOfBounds();\n    t.R',
      'if (index > table.length) trapOutOfBounds();\n    t.R',
    ),
    instructions: /^table\.get$/,
    against: 'v8',
  },
];

const control: readonly Fault[] = [
  {
    name: 'br_table beyond its labels takes the first',
    changes: loop(/^br_table$/, 'x < e.length ? x : e.length - 1', 'x < e.length ? x : 0'),
    instructions: /^br_table$/,
    against: 'v8',
  },
  {
    name: 'select takes the other operand for negative conditions',
    changes: loop(/^select_word$/, '!== 0', '> 0'),
    instructions: /^select(_t)?$/,
    against: 'v8',
  },
  {
    name: 'global.get of 64 bits gives the low half twice',
    changes: loop(/^global\.get_pair$/, 'e[1]', 'e[0]'),
    instructions: /^global\.get$/,
    against: 'v8',
  },
  {
    name: 'call_indirect ignores the type',
    changes: loop(/^call_indirect$/, 'f.typeId !== n.d || ', ''),
    instructions: /^call_indirect$/,
    against: 'v8',
  },
  {
    name: 'br_i64.eq looks at the low half',
    changes: loop(/^(br_)?i64\.eq$/, 'x === z && y === w', 'x === z'),
    instructions: /^i64\.(eq|ne)$/,
    against: 'v8',
  },
];

const vectors: readonly Fault[] = [
  {
    name: 'v128.andnot the wrong way round',
    changes: loop(/^v128\.andnot$/, /(I\[x \+ (\d)\]) & ~(I\[y \+ \2\])/g, '~$1 & $3'),
    instructions: /^v128\.andnot$/,
    against: 'v8',
  },
  {
    name: 'i32x4.shr_s shifts in zeros',
    changes: loop(/^i32x4\.shr_s$/, / >> (?!>)/g, ' >>> '),
    instructions: /^i32x4\.shr_s$/,
    against: 'v8',
  },
  {
    name: 'i8x16.popcnt forgets a pair',
    changes: numerics('v128', '(pairs & 0x33333333)', '(pairs & 0x33333332)'),
    instructions: /^i8x16\.popcnt$/,
    against: 'v8',
  },
  {
    name: 'i16x8.extract_lane_s without sign',
    changes: cold('v128', '(I[fp + n.a]! << n.b) >> 16', '(I[fp + n.a]! << n.b) >>> 16'),
    instructions: /^i16x8\.extract_lane_s$/,
    against: 'v8',
  },
  {
    name: 'i64x2.extmul of negative numbers',
    changes: numerics('v128', '- (x < 0 ? y : 0) - (y < 0 ? x : 0)', '- (x < 0 ? y : 0)'),
    instructions: /^i64x2\.extmul_(low|high)_i32x4_s$/,
    against: 'v8',
  },
];

const references: readonly Fault[] = [
  {
    name: 'i31.get_u keeps the sign',
    changes: cold('aggregate', '(value) => value & 0x7fffffff', '(value) => value'),
    instructions: /^i31\.get_u$/,
    against: 'wasmtime',
  },
  {
    name: 'ref.test of null is always 1',
    changes: cold('aggregate', 'return ref === null ? nullable :', 'return ref === null ? true :'),
    instructions: /^ref\.test|^ref\.cast|^br_on_cast/,
    against: 'wasmtime',
  },
  {
    name: 'array.get at the length',
    changes: cold(
      'aggregate',
      "if (index >= length) throw new Trap('array-out-of-bounds');",
      "if (index > length) throw new Trap('array-out-of-bounds');",
    ),
    instructions: /^array\.(get|set)/,
    against: 'wasmtime',
  },
  {
    name: 'ref.eq is always 1',
    changes: cold('reference', '=== R[(fp + n.b) >> 1] ? 1 : 0', '=== R[(fp + n.b) >> 1] ? 1 : 1'),
    instructions: /^ref\.eq$/,
    against: 'wasmtime',
  },
];

export const firstFaults: readonly Fault[] = [...integers, ...floats, ...memory, ...control, ...vectors, ...references];
