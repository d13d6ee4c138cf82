/** The naive peer's arithmetic: one case an instruction, i64 as signed BigInt. */

const ZERO = BigInt(0);
const BITS_MASK = BigInt(63);
const scratch = new DataView(new ArrayBuffer(8));

/**
 * @param {number} opcode a comparison, an operation or a conversion
 * @param {any[]} stack
 */
export function executeNumeric(opcode, stack) {
  const last = stack.pop();
  stack.push(isUnary(opcode) ? unary(opcode, last) : binary(opcode, stack.pop(), last));
}

/** @param {number} opcode */
function isUnary(opcode) {
  return (
    opcode >= 0xa7 ||
    opcode === 0x45 ||
    opcode === 0x50 ||
    (opcode >= 0x67 && opcode <= 0x69) ||
    (opcode >= 0x79 && opcode <= 0x7b) ||
    (opcode >= 0x8b && opcode <= 0x91) ||
    (opcode >= 0x99 && opcode <= 0x9f)
  );
}

/**
 * @param {number} opcode
 * @param {any} x
 * @param {any} y
 * @returns {unknown}
 */
function binary(opcode, x, y) {
  switch (opcode) {
    case 0x46: // i32.eq
      return x === y ? 1 : 0;
    case 0x47: // i32.ne
      return x !== y ? 1 : 0;
    case 0x48: // i32.lt_s
      return x < y ? 1 : 0;
    case 0x49: // i32.lt_u
      return x >>> 0 < y >>> 0 ? 1 : 0;
    case 0x4a: // i32.gt_s
      return x > y ? 1 : 0;
    case 0x4b: // i32.gt_u
      return x >>> 0 > y >>> 0 ? 1 : 0;
    case 0x4c: // i32.le_s
      return x <= y ? 1 : 0;
    case 0x4d: // i32.le_u
      return x >>> 0 <= y >>> 0 ? 1 : 0;
    case 0x4e: // i32.ge_s
      return x >= y ? 1 : 0;
    case 0x4f: // i32.ge_u
      return x >>> 0 >= y >>> 0 ? 1 : 0;
    case 0x51: // i64.eq
      return x === y ? 1 : 0;
    case 0x52: // i64.ne
      return x !== y ? 1 : 0;
    case 0x53: // i64.lt_s
      return x < y ? 1 : 0;
    case 0x54: // i64.lt_u
      return unsigned(x) < unsigned(y) ? 1 : 0;
    case 0x55: // i64.gt_s
      return x > y ? 1 : 0;
    case 0x56: // i64.gt_u
      return unsigned(x) > unsigned(y) ? 1 : 0;
    case 0x57: // i64.le_s
      return x <= y ? 1 : 0;
    case 0x58: // i64.le_u
      return unsigned(x) <= unsigned(y) ? 1 : 0;
    case 0x59: // i64.ge_s
      return x >= y ? 1 : 0;
    case 0x5a: // i64.ge_u
      return unsigned(x) >= unsigned(y) ? 1 : 0;
    case 0x5b: // f32.eq
      return x === y ? 1 : 0;
    case 0x5c: // f32.ne
      return x !== y ? 1 : 0;
    case 0x5d: // f32.lt
      return x < y ? 1 : 0;
    case 0x5e: // f32.gt
      return x > y ? 1 : 0;
    case 0x5f: // f32.le
      return x <= y ? 1 : 0;
    case 0x60: // f32.ge
      return x >= y ? 1 : 0;
    case 0x61: // f64.eq
      return x === y ? 1 : 0;
    case 0x62: // f64.ne
      return x !== y ? 1 : 0;
    case 0x63: // f64.lt
      return x < y ? 1 : 0;
    case 0x64: // f64.gt
      return x > y ? 1 : 0;
    case 0x65: // f64.le
      return x <= y ? 1 : 0;
    case 0x66: // f64.ge
      return x >= y ? 1 : 0;
    case 0x6a: // i32.add
      return (x + y) | 0;
    case 0x6b: // i32.sub
      return (x - y) | 0;
    case 0x6c: // i32.mul
      return Math.imul(x, y);
    case 0x6d: // i32.div_s
      return (x / divisor(y)) | 0;
    case 0x6e: // i32.div_u
      return ((x >>> 0) / (divisor(y) >>> 0)) | 0;
    case 0x6f: // i32.rem_s
      return (x % divisor(y)) | 0;
    case 0x70: // i32.rem_u
      return ((x >>> 0) % (divisor(y) >>> 0)) | 0;
    case 0x71: // i32.and
      return x & y;
    case 0x72: // i32.or
      return x | y;
    case 0x73: // i32.xor
      return x ^ y;
    case 0x74: // i32.shl
      return x << y;
    case 0x75: // i32.shr_s
      return x >> y;
    case 0x76: // i32.shr_u
      return (x >>> y) | 0;
    case 0x77: // i32.rotl
      return (x << y) | (x >>> (32 - (y & 31)));
    case 0x78: // i32.rotr
      return (x >>> y) | (x << (32 - (y & 31)));
    case 0x7c: // i64.add
      return asI64(x + y);
    case 0x7d: // i64.sub
      return asI64(x - y);
    case 0x7e: // i64.mul
      return asI64(x * y);
    case 0x7f: // i64.div_s
      return asI64(x / y);
    case 0x80: // i64.div_u
      return asI64(unsigned(x) / unsigned(y));
    case 0x81: // i64.rem_s
      return x % y;
    case 0x82: // i64.rem_u
      return asI64(unsigned(x) % unsigned(y));
    case 0x83: // i64.and
      return x & y;
    case 0x84: // i64.or
      return x | y;
    case 0x85: // i64.xor
      return x ^ y;
    case 0x86: // i64.shl
      return asI64(x << (y & BITS_MASK));
    case 0x87: // i64.shr_s
      return x >> (y & BITS_MASK);
    case 0x88: // i64.shr_u
      return asI64(unsigned(x) >> (y & BITS_MASK));
    case 0x89: // i64.rotl
      return rotate(x, y);
    case 0x8a: // i64.rotr
      return rotate(x, -y);
    case 0x92: // f32.add
      return Math.fround(x + y);
    case 0x93: // f32.sub
      return Math.fround(x - y);
    case 0x94: // f32.mul
      return Math.fround(x * y);
    case 0x95: // f32.div
      return Math.fround(x / y);
    case 0x96: // f32.min
      return Math.min(x, y);
    case 0x97: // f32.max
      return Math.max(x, y);
    case 0x98: // f32.copysign
      return copySign(x, y);
    case 0xa0: // f64.add
      return x + y;
    case 0xa1: // f64.sub
      return x - y;
    case 0xa2: // f64.mul
      return x * y;
    case 0xa3: // f64.div
      return x / y;
    case 0xa4: // f64.min
      return Math.min(x, y);
    case 0xa5: // f64.max
      return Math.max(x, y);
    case 0xa6: // f64.copysign
      return copySign(x, y);
  }
  throw new Error(`opcode 0x${opcode.toString(16)} is not known`);
}

/**
 * @param {number} opcode
 * @param {any} x
 * @returns {unknown}
 */
function unary(opcode, x) {
  switch (opcode) {
    case 0x45: // i32.eqz
      return x === 0 ? 1 : 0;
    case 0x50: // i64.eqz
      return x === ZERO ? 1 : 0;
    case 0x67: // i32.clz
      return Math.clz32(x);
    case 0x68: // i32.ctz
      return x === 0 ? 32 : 31 - Math.clz32(x & -x);
    case 0x69: // i32.popcnt
      return popcount(x);
    case 0x79: // i64.clz
      return BigInt(64 - bitLength(unsigned(x)));
    case 0x7a: // i64.ctz
      return BigInt(x === ZERO ? 64 : bitLength(unsigned(x & -x)) - 1);
    case 0x7b: // i64.popcnt
      return BigInt(popcount(Number(BigInt.asIntN(32, x))) + popcount(Number(BigInt.asIntN(32, x >> BigInt(32)))));
    case 0x8b: // f32.abs
      return Math.abs(x);
    case 0x8c: // f32.neg
      return -x;
    case 0x8d: // f32.ceil
      return Math.ceil(x);
    case 0x8e: // f32.floor
      return Math.floor(x);
    case 0x8f: // f32.trunc
      return Math.trunc(x);
    case 0x90: // f32.nearest
      return nearest(x);
    case 0x91: // f32.sqrt
      return Math.fround(Math.sqrt(x));
    case 0x99: // f64.abs
      return Math.abs(x);
    case 0x9a: // f64.neg
      return -x;
    case 0x9b: // f64.ceil
      return Math.ceil(x);
    case 0x9c: // f64.floor
      return Math.floor(x);
    case 0x9d: // f64.trunc
      return Math.trunc(x);
    case 0x9e: // f64.nearest
      return nearest(x);
    case 0x9f: // f64.sqrt
      return Math.sqrt(x);
    case 0xa7: // i32.wrap_i64
      return Number(BigInt.asIntN(32, x));
    case 0xa8: // i32.trunc_f32_s
      return truncate(x, -(2 ** 31), 2 ** 31) | 0;
    case 0xa9: // i32.trunc_f32_u
      return truncate(x, 0, 2 ** 32) | 0;
    case 0xaa: // i32.trunc_f64_s
      return truncate(x, -(2 ** 31), 2 ** 31) | 0;
    case 0xab: // i32.trunc_f64_u
      return truncate(x, 0, 2 ** 32) | 0;
    case 0xac: // i64.extend_i32_s
      return BigInt(x);
    case 0xad: // i64.extend_i32_u
      return BigInt(x >>> 0);
    case 0xae: // i64.trunc_f32_s
      return BigInt(truncate(x, -(2 ** 63), 2 ** 63));
    case 0xaf: // i64.trunc_f32_u
      return asI64(BigInt(truncate(x, 0, 2 ** 64)));
    case 0xb0: // i64.trunc_f64_s
      return BigInt(truncate(x, -(2 ** 63), 2 ** 63));
    case 0xb1: // i64.trunc_f64_u
      return asI64(BigInt(truncate(x, 0, 2 ** 64)));
    case 0xb2: // f32.convert_i32_s
      return Math.fround(x);
    case 0xb3: // f32.convert_i32_u
      return Math.fround(x >>> 0);
    case 0xb4: // f32.convert_i64_s
      return Math.fround(Number(x));
    case 0xb5: // f32.convert_i64_u
      return Math.fround(Number(unsigned(x)));
    case 0xb6: // f32.demote_f64
      return Math.fround(x);
    case 0xb7: // f64.convert_i32_s
      return x;
    case 0xb8: // f64.convert_i32_u
      return x >>> 0;
    case 0xb9: // f64.convert_i64_s
      return Number(x);
    case 0xba: // f64.convert_i64_u
      return Number(unsigned(x));
    case 0xbb: // f64.promote_f32
      return x;
    case 0xbc: // i32.reinterpret_f32
      return as(x, scratch.setFloat32, scratch.getInt32);
    case 0xbd: // i64.reinterpret_f64
      return as(x, scratch.setFloat64, scratch.getBigInt64);
    case 0xbe: // f32.reinterpret_i32
      return as(x, scratch.setInt32, scratch.getFloat32);
    case 0xbf: // f64.reinterpret_i64
      return as(x, scratch.setBigInt64, scratch.getFloat64);
    case 0xc0: // i32.extend8_s
      return (x << 24) >> 24;
    case 0xc1: // i32.extend16_s
      return (x << 16) >> 16;
    case 0xc2: // i64.extend8_s
      return BigInt.asIntN(8, x);
    case 0xc3: // i64.extend16_s
      return BigInt.asIntN(16, x);
    case 0xc4: // i64.extend32_s
      return BigInt.asIntN(32, x);
  }
  throw new Error(`opcode 0x${opcode.toString(16)} is not known`);
}

/** A bigint; what TypeScript makes of its negation and difference is a number. */
const asI64 = (/** @type {any} */ x) => BigInt.asIntN(64, x);

/** A bigint. */
const unsigned = (/** @type {any} */ x) => BigInt.asUintN(64, x);

function divisor(/** @type {number} */ y) {
  if (y === 0) throw new Error('integer divide by zero');
  return y;
}

/**
 * @param {bigint} x
 * @param {any} count a bigint
 */
function rotate(x, count) {
  const bits = count & BITS_MASK;
  const whole = unsigned(x);
  return BigInt.asIntN(64, (whole << bits) | (whole >> (BigInt(64) - bits)));
}

/** How many bits a number that is not negative takes. */
function bitLength(/** @type {bigint} */ x) {
  return x === ZERO ? 0 : x.toString(2).length;
}

function popcount(/** @type {number} */ x) {
  let count = 0;
  for (let rest = x; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function nearest(/** @type {number} */ x) {
  const rounded = Math.round(x);
  const tie = Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
  return copySign(tie, x);
}

/**
 * @param {number} x
 * @param {number} y
 */
function copySign(x, y) {
  const isNegative = y < 0 || Object.is(y, -0);
  return isNegative ? -Math.abs(x) : Math.abs(x);
}

/**
 * @param {number} x
 * @param {number} low
 * @param {number} high the first whole number that is too large
 */
function truncate(x, low, high) {
  const whole = Math.trunc(x);
  if (Number.isNaN(x)) throw new Error('invalid conversion to integer');
  if (whole < low || whole >= high) throw new Error('integer overflow');
  return whole;
}

/**
 * The bits of a value as another type.
 *
 * @param {any} x
 * @param {(at: number, value: any, littleEndian: boolean) => void} write
 * @param {(at: number, littleEndian: boolean) => unknown} read
 */
function as(x, write, read) {
  write.call(scratch, 0, x, true);
  return read.call(scratch, 0, true);
}
