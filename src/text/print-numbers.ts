/**
 * Constants as text that parses back to the same bits. 64-bit integers are two int32 halves, since
 * the core does without BigInt; NaN payloads never pass through a JavaScript number.
 *
 * @see https://webassembly.github.io/spec/core/text/values.html#floating-point
 */
const CHUNK = 1e7;

/** An unsigned 64-bit integer in decimal, from its halves. */
export function u64Text(lo: number, hi: number): string {
  const low = lo >>> 0;
  const high = hi >>> 0;
  if (high < 2 ** 21) return String(high * 2 ** 32 + low);
  // Schoolbook division by 10^7 in 16-bit digits: each step stays below 2^53.
  let digits = [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff];
  let text = '';
  while (digits.length > 0) {
    let remainder = 0;
    const quotient: number[] = [];
    for (const digit of digits) {
      const value = remainder * 0x10000 + digit;
      remainder = value % CHUNK;
      if (quotient.length > 0 || value >= CHUNK) quotient.push(Math.floor(value / CHUNK));
    }
    text = (quotient.length > 0 ? String(remainder).padStart(7, '0') : String(remainder)) + text;
    digits = quotient;
  }
  return text;
}

/** A signed 64-bit integer in decimal, from its halves. */
export function s64Text(lo: number, hi: number): string {
  if (hi >= 0) return u64Text(lo, hi);
  const negatedLo = -lo | 0;
  const negatedHi = ~hi + (lo === 0 ? 1 : 0);
  return `-${u64Text(negatedLo, negatedHi)}`;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The shortest decimal that rounds to the f32 `value`, also when first rounded to a double. */
function shortestF32(value: number): string {
  for (let precision = 1; precision <= 9; precision++) {
    const decimal = Number(value.toPrecision(precision));
    const isSafe =
      Math.fround(decimal) === value &&
      Math.fround(decimal * (1 + Number.EPSILON)) === value &&
      Math.fround(decimal * (1 - Number.EPSILON)) === value;
    if (isSafe) return String(decimal);
  }
  return String(value);
}

function specialText(isNegative: boolean, payload: string, isCanonical: boolean): string {
  const sign = isNegative ? '-' : '';
  if (payload === '0') return `${sign}inf`;
  return isCanonical ? `${sign}nan` : `${sign}nan:0x${payload}`;
}

/** An f32 from its bits. */
export function f32Text(bits: number): string {
  const isSpecial = (bits & 0x7f80_0000) === 0x7f80_0000;
  const payload = bits & 0x007f_ffff;
  if (isSpecial) return specialText(bits < 0, payload.toString(16), payload === 0x0040_0000);
  scratch.setInt32(0, bits);
  const value = scratch.getFloat32(0);
  return Object.is(value, -0) ? '-0' : shortestF32(value);
}

/** An f64 from its bits. */
export function f64Text(lo: number, hi: number): string {
  const isSpecial = (hi & 0x7ff0_0000) === 0x7ff0_0000;
  if (isSpecial) {
    const payload = (hi & 0x000f_ffff) * 2 ** 32 + (lo >>> 0);
    return specialText(hi < 0, payload.toString(16), payload === 2 ** 51);
  }
  scratch.setInt32(0, hi);
  scratch.setInt32(4, lo);
  const value = scratch.getFloat64(0);
  return Object.is(value, -0) ? '-0' : String(value);
}
