/** Faults at the edges of operations: carries, limits of lanes and of conversions, widths of accesses. */
import { cold, type Fault, fault, file, loop, numerics, vector } from './fault.ts';

/** A fault of one generated handler. */
const one = (name: string, what: string, from: string, to: string): Fault =>
  fault(`${name} ${what}`, 'v8', new RegExp(`^${name.replace('.', '\\.')}$`), vector(name, from, to));

export const edgeFaults: readonly Fault[] = [
  fault(
    'i64.atomic.store stores the low half',
    'v8',
    /^i64\.atomic\.store$/,
    file('../atomics/operations.ts', 'join(lo, I[from + 1]!)', 'join(lo, 0)', 'export function store'),
  ),
  fault(
    'i64.atomic.rmw.cmpxchg compares low halves',
    'v8',
    /^i64\.atomic\.rmw\.cmpxchg$/,
    file(
      '../atomics/operations.ts',
      'const wanted = join(I[expected]!, I[expected + 1]!);',
      'const wanted = join(I[expected]!, Number(Atomics.load(atomicViews(memory).i64, ea / 8) >> 32n));',
    ),
  ),
  fault(
    'memory.atomic.notify of unshared memory gives one',
    'v8',
    /^memory\.atomic\.notify$/,
    file('../atomics/operations.ts', 'if (!memory.type.shared) return 0;', 'if (!memory.type.shared) return 1;'),
  ),
  fault('i64.ge_u of equals with a high bit', 'v8', /^i64\.[lg][et]_u$/, loop(/^i64\.ge_u$/, />=/, '>')),
  fault(
    'f64.convert_i64_s rounds the low half signed',
    'v8',
    /^f64\.convert_i64_s$/,
    numerics('convert', 'return hi * TWO_32 + (lo >>> 0);', 'return hi * TWO_32 + lo;'),
  ),
  fault('i64.sub128 loses its last borrow', 'wasmtime', /^i64\.sub128$/, numerics('wide', '(w2 < 0 ? 1 : 0)', '0')),
  fault(
    'i64.trunc_sat_f64_u of large numbers is 0',
    'v8',
    /^i64\.trunc_sat_f(32|64)_u$/,
    file(
      'numerics/convert.ts',
      'I[d] = -1;\n    I[d + 1] = -1;',
      'I[d] = -1;\n    I[d + 1] = 0x7fffffff;',
      'export function i64TruncSatU',
    ),
  ),
  fault(
    'f64.promote_f32 flushes subnormals',
    'v8',
    /^f64\.promote_f32$/,
    loop(/^f64\.promote_f32$/, 'u = S[(fp + n.a)];', 'u = S[(fp + n.a)]; if (Math.abs(u) < 1.2e-38) u = 0;'),
  ),
  fault(
    'v128.load16x4_s is unsigned in one lane',
    'v8',
    /^v128\.load16x4_s$/,
    file('cold/v128.ts', 'getInt16(', 'getUint16(', "'v128.load16x4_s'"),
  ),
  fault(
    'v128.load64_lane loads 32 bits',
    'v8',
    /^v128\.load64_lane$/,
    cold('v128', 'I[at + 2 * lane + 1] = view.getInt32(ea + 4, true);', ''),
  ),
  fault(
    'memory64 offsets wrap at 32 bits',
    'wasmtime',
    /load|store/,
    file('cold/memory.ts', 'memory.is64) + offset', 'memory.is64) + (offset % 2 ** 31)', 'function farHandler'),
  ),
  fault(
    'far i32.store16 stores a byte',
    'wasmtime',
    /^i(32|64)\.store16$/,
    cold('memory', 'view.setInt16(ea, I[b]!, true)', 'view.setInt8(ea, I[b]!)'),
  ),
  fault(
    'an exception of a callee passes a try',
    'v8',
    /^(throw|rethrow|call\w*)$/,
    file('unwind.ts', 'at < handler.from || at >= handler.to', 'at <= handler.from || at >= handler.to - 1'),
  ),
  one('i16x8.sub_sat_u', 'wraps', 'x - y : 0)', 'x - y : x - y)'),
  one('i8x16.narrow_i16x8_s', 'wraps above', 's > 127 ? 127 : s', 's'),
  one('i64x2.abs', 'forgets the carry', '(x === 0 ? 1 : 0)', '0'),
  one(
    'i32x4.extmul_high_i16x8_s',
    'takes low lanes',
    'const x2 = I[a + 2]!; const x3 = I[a + 3]!;',
    'const x2 = I[a]!; const x3 = I[a + 1]!;',
  ),
  one('f64x2.convert_low_i32x4_u', 'with a sign', 'x1 >>> 0', 'x1'),
];
