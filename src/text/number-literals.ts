/**
 * Integer literals as 32-bit halves, without BigInt, and what kind of number a token is.
 *
 * @see https://webassembly.github.io/spec/core/text/values.html#integers
 */
import { hexDigitValue, isDigit } from './characters.ts';

/** What a token spells: an unsigned or signed integer, a float (`inf` and `nan` too), or no number. */
export type NumberForm = 'nat' | 'int' | 'float' | 'none';

const UNDERSCORE = 0x5f;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;

/** End of a run of digits with single underscores between them; `start` itself when there is none. */
function digitsEnd(text: string, start: number, hex: boolean): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    const isWanted = hex ? hexDigitValue(code) >= 0 : isDigit(code);
    if (isWanted) at++;
    else if (code === UNDERSCORE && at > start) {
      const next = text.charCodeAt(at + 1);
      if (!(hex ? hexDigitValue(next) >= 0 : isDigit(next))) return at;
      at++;
    } else return at;
  }
}

function isHexPrefix(text: string, at: number): boolean {
  return text.charCodeAt(at) === ZERO && text.charCodeAt(at + 1) === 0x78;
}

/** Tells integers from floats from other tokens, by form alone. */
export function numberForm(text: string): NumberForm {
  const first = text.charCodeAt(0);
  const start = first === PLUS || first === MINUS ? 1 : 0;
  const rest = text.charCodeAt(start);
  if (!isDigit(rest)) return isSpecialFloat(text, start) ? 'float' : 'none';
  const hex = isHexPrefix(text, start);
  const digits = hex ? start + 2 : start;
  let at = digitsEnd(text, digits, hex);
  if (at === digits) return 'none';
  if (at === text.length) return start === 0 ? 'nat' : 'int';
  if (text.charCodeAt(at) === DOT) at = digitsEnd(text, at + 1, hex);
  if (at === text.length) return 'float';
  const exponentMark = text.charCodeAt(at) | 0x20;
  if (exponentMark !== (hex ? 0x70 : 0x65)) return 'none';
  at++;
  const sign = text.charCodeAt(at);
  if (sign === PLUS || sign === MINUS) at++;
  const end = digitsEnd(text, at, false);
  return end > at && end === text.length ? 'float' : 'none';
}

function isSpecialFloat(text: string, start: number): boolean {
  const word = text.slice(start);
  if (word === 'inf' || word === 'nan') return true;
  if (!word.startsWith('nan:0x')) return false;
  const end = digitsEnd(word, 6, true);
  return end > 6 && end === word.length;
}

/** An integer literal: magnitude in two unsigned halves. */
export interface IntegerLiteral {
  readonly negative: boolean;
  readonly lo: number;
  readonly hi: number;
  /** The magnitude needs more than 64 bits; `lo` and `hi` mean nothing. */
  readonly overflow: boolean;
}

const TWO_POW_32 = 2 ** 32;

/** Reads a token of form `nat` or `int`, or the digits of another literal from `from` to `to`. */
export function readInteger(text: string, from = 0, to = text.length): IntegerLiteral {
  const first = text.charCodeAt(from);
  const negative = first === MINUS;
  let at = negative || first === PLUS ? from + 1 : from;
  const radix = isHexPrefix(text, at) ? 16 : 10;
  if (radix === 16) at += 2;
  let lo = 0;
  let hi = 0;
  for (; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === UNDERSCORE) continue;
    lo = lo * radix + hexDigitValue(code);
    const carry = Math.floor(lo / TWO_POW_32);
    lo -= carry * TWO_POW_32;
    hi = hi * radix + carry;
    if (hi >= TWO_POW_32) return { negative, lo: 0, hi: 0, overflow: true };
  }
  return { negative, lo, hi, overflow: false };
}

/** Bits of an integer of up to 64 bits, as signed halves. */
export interface IntegerBits {
  readonly lo: number;
  readonly hi: number;
}

/** Whether a magnitude is at most 2^(bits−1), the greatest that may stand after a minus. */
function fitsNegated({ lo, hi }: IntegerLiteral, bitCount: number): boolean {
  if (bitCount === 64) return hi < 0x8000_0000 || (hi === 0x8000_0000 && lo === 0);
  return hi === 0 && lo <= 2 ** (bitCount - 1);
}

function fitsUnsigned({ lo, hi }: IntegerLiteral, bitCount: number): boolean {
  return bitCount === 64 || (hi === 0 && lo < 2 ** bitCount);
}

/**
 * An uninterpreted integer of 8, 16, 32 or 64 bits: signed or unsigned notation. Narrow ones come
 * sign-extended when negative; `undefined` when the value is out of range.
 */
export function integerBits(literal: IntegerLiteral, bitCount: number): IntegerBits | undefined {
  if (literal.overflow) return undefined;
  if (!literal.negative) {
    return fitsUnsigned(literal, bitCount) ? { lo: literal.lo | 0, hi: literal.hi | 0 } : undefined;
  }
  if (!fitsNegated(literal, bitCount)) return undefined;
  const lo = -literal.lo | 0;
  return { lo, hi: (literal.lo === 0 ? -literal.hi : ~literal.hi) | 0 };
}

/** An unsigned integer of 32 bits or fewer as a number; `undefined` when out of range. */
export function unsignedValue(text: string, bitCount: number): number | undefined {
  const literal = readInteger(text);
  if (literal.overflow || literal.negative || literal.hi !== 0) return undefined;
  return literal.lo < 2 ** bitCount ? literal.lo : undefined;
}
