/** Faults in vectors. */
import { cold, type Fault, fault, loop, vector } from './fault.ts';

const OPERANDS = 'const a = fp + n.a; const b = fp + n.b;';
const SWAPPED = 'const a = fp + n.b; const b = fp + n.a;';

/** A fault of one generated handler. */
const one = (name: string, what: string, from: string, to: string): Fault =>
  fault(`${name} ${what}`, 'v8', new RegExp(`^${name.replace('.', '\\.')}$`), vector(name, from, to));

export const vectorFaults: readonly Fault[] = [
  one('i8x16.sub_sat_s', 'with its operands swapped', OPERANDS, SWAPPED),
  one('i8x16.add_sat_u', 'saturates one too early', '255', '254'),
  one('i16x8.narrow_i32x4_u', 'with its operands swapped', OPERANDS, SWAPPED),
  one('i8x16.swizzle', 'wraps beyond the last lane', 's < 16', 's < 32'),
  one('i32x4.dot_i16x8_s', 'subtracts', ') + Math.imul(', ') - Math.imul('),
  one('i16x8.q15mulr_sat_s', 'does not round', '0x4000', '0'),
  one('i8x16.avgr_u', 'rounds down', '+ 1) >> 1', ') >> 1'),
  one('f32x4.pmin', 'takes the second of equals', 'S[b]! < S[a]!', 'S[b]! <= S[a]!'),
  one('i8x16.bitmask', 'has its words exchanged', '<< 4', '<< 8'),
  one('i8x16.all_true', 'forgets a word', 'x3 - 16843009', 'x2 - 16843009'),
  one('i16x8.extadd_pairwise_i8x16_s', 'without sign', '((x0 << 16) >> 24)', '((x0 << 16) >>> 24)'),
  one('i32x4.trunc_sat_f64x2_u_zero', 'leaves the upper lanes', 'I[c + 2] = 0;', 'I[c + 2] = x;'),
  one('f32x4.convert_i32x4_u', 'with a sign in its last lane', 'I[a + 3]! >>> 0', 'I[a + 3]!'),
  one('i8x16.shl', 'shifts by more than the lane', '& 7', '& 15'),
  one('v128.any_true', 'forgets a word', ' | I[a + 3]!', ''),
  one('i64x2.shr_s', 'shifts one lane without sign', 'i64ShrSBy(I, c + 2', 'i64ShrUBy(I, c + 2'),
  fault(
    'v128.bitselect the wrong way round',
    'v8',
    /^v128\.bitselect$/,
    loop(/^v128\.bitselect$/, /(I\[x \+ (\d)\]) & (I\[w \+ \2\])/, '$1 & ~$3'),
  ),
  fault(
    'i64x2.replace_lane leaves the high half',
    'v8',
    /^[if]64x2\.replace_lane$/,
    cold('v128', 'I[fp + n.c + 2 * n.d + 1] = hi;', ''),
  ),
  fault(
    'i8x16.extract_lane_u with a sign',
    'v8',
    /^i8x16\.extract_lane_u$/,
    cold('v128', '(I[fp + n.a]! >>> n.b) & 0xff;', '((I[fp + n.a]! >>> n.b) << 24) >> 24;'),
  ),
];
