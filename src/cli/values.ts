/**
 * Arguments and results of `--invoke` as text. Results read as wasmtime prints them: integers signed,
 * floats in the fewest digits that give the value back, without an exponent.
 */
import type { Value } from '../api/index.ts';
import {
  EXTERNREF,
  F32,
  F64,
  heapTypeOf,
  heapTypeText,
  I32,
  I64,
  isRef,
  V128,
  type ValType,
  valTypeText,
} from '../syntax/index.ts';
import { usageFailure } from './failure.ts';

const words = new DataView(new ArrayBuffer(16));

/** Little-endian words of `words` as a value. */
function valueOfWords(type: ValType): Value {
  const word = (index: number) => words.getInt32(index * 4, true);
  return { type, lo: word(0), hi: word(1), x2: word(2), x3: word(3), ref: null };
}

function intoWords(value: Value): void {
  [value.lo, value.hi, value.x2, value.x3].forEach((word, index) => {
    words.setInt32(index * 4, word, true);
  });
}

/** Reads an argument of the parameter's type. @throws {Failure} when the text is none */
export function parseValue(text: string, type: ValType): Value {
  words.setBigUint64(0, 0n);
  words.setBigUint64(8, 0n);
  const ok = isRef(type) ? parseRef(text, type) : parseNumber(text, type);
  if (!ok)
    throw usageFailure(`'${text}' is no ${valTypeText(type)}`, 'arguments follow the file: --invoke NAME FILE ARGS…');
  const value = valueOfWords(type);
  return type === EXTERNREF && text !== 'null' ? { ...value, ref: text } : value;
}

/** A null of any nullable type; a host reference is the text itself. */
function parseRef(text: string, type: ValType): boolean {
  return text === 'null' || type === EXTERNREF;
}

function parseNumber(text: string, type: ValType): boolean {
  if (type === I32 || type === I64 || type === V128) {
    const bits = type === I32 ? 32 : type === I64 ? 64 : 128;
    const value = parseInteger(text, bits);
    if (value === undefined) return false;
    words.setBigUint64(0, BigInt.asUintN(64, value), true);
    words.setBigUint64(8, BigInt.asUintN(64, value >> 64n), true);
    return true;
  }
  const value = parseFloatText(text);
  if (value === undefined) return false;
  if (type === F32) words.setFloat32(0, value, true);
  else words.setFloat64(0, value, true);
  return true;
}

/** Signed or unsigned, decimal or `0x…`, within so many bits. */
function parseInteger(text: string, bits: number): bigint | undefined {
  const match = /^([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(text.replace(/(?<=[0-9a-f])_(?=[0-9a-f])/gi, ''));
  if (match === null) return undefined;
  const magnitude = BigInt(match[2]!);
  const value = match[1] === '-' ? -magnitude : magnitude;
  return value >= -(1n << BigInt(bits - 1)) && value < 1n << BigInt(bits) ? value : undefined;
}

function parseFloatText(text: string): number | undefined {
  const match = /^([+-]?)(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|(inf|infinity)|(nan))$/i.exec(text);
  if (match === null) return undefined;
  const magnitude =
    match[2] !== undefined ? Number(match[2]) : match[3] !== undefined ? Number.POSITIVE_INFINITY : Number.NaN;
  return match[1] === '-' ? -magnitude : magnitude;
}

/** One result, as one line shows it. */
export function valueText(value: Value): string {
  const { type } = value;
  if (isRef(type)) {
    const name = refName(type);
    return value.ref === null ? `<null ${name}>` : `<${name}>`;
  }
  intoWords(value);
  if (type === I32) return String(words.getInt32(0, true));
  if (type === I64) return String(words.getBigInt64(0, true));
  if (type === F32) return floatText(words.getFloat32(0, true), shortestF32);
  if (type === F64) return floatText(words.getFloat64(0, true), String);
  return String((words.getBigUint64(8, true) << 64n) | words.getBigUint64(0, true));
}

function refName(type: ValType): string {
  return `${heapTypeText(heapTypeOf(type))}ref`;
}

/** Fewest digits that name an f32 among the f32s. */
function shortestF32(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

function floatText(value: number, shortest: (value: number) => string): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0';
  return withoutExponent(shortest(value));
}

/** `1.5e+21` as `1500000000000000000000`. */
function withoutExponent(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, first, fraction = '', exponentText] = match;
  const digits = `${first}${fraction}`;
  const exponent = Number(exponentText);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.padEnd(exponent + 1, '0')}`;
}
