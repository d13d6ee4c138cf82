/** Values as `print /x` and its like show them. */
import { Failure } from '../../failure.ts';
import { printable } from '../../output.ts';
import { floatValue, type IntValue, intShape, intValue, textOf, type Value } from './values.ts';

/** gdb's letters. */
export const formatLetters = 'xduotcazfs';

/** @throws {Failure} for a letter that means nothing */
export function checkFormat(letter: string): void {
  if (!formatLetters.includes(letter)) {
    throw new Failure(`'/${letter}' is no format`, 'there is: x d u o t c a z f s');
  }
}

/** @param letter absent: as the value's type has it */
export function formatted(value: Value, letter?: string): string {
  if (letter === undefined) return textOf(value);
  if (value.kind === 'list') {
    if (letter === 's') return stringText(value.items);
    return `{${value.items.map((item) => formatted(item, letter)).join(', ')}}`;
  }
  if (value.kind === 'opaque') return value.text;
  if (value.kind === 'float') {
    if (letter === 'f') return textOf(value);
    return formatted(bitsOf(value.type, value.value), letter);
  }
  return formattedInt(value, letter);
}

const scratch = new DataView(new ArrayBuffer(8));

/** The bits of a float as an integer. */
function bitsOf(type: 'f32' | 'f64', value: number): IntValue {
  if (type === 'f32') {
    scratch.setFloat32(0, value);
    return intValue('u32', BigInt(scratch.getUint32(0)));
  }
  scratch.setFloat64(0, value);
  return intValue('u64', scratch.getBigUint64(0));
}

function unsigned({ type, value }: IntValue): bigint {
  // A number as typed has as many bits as it needs.
  const bits = type === 'int' && value >= 0n ? 64 : type === 'int' ? 32 : intShape(type).bits;
  return BigInt.asUintN(bits, value);
}

function formattedInt(value: IntValue, letter: string): string {
  const bits = unsigned(value);
  switch (letter) {
    case 'x':
      return `0x${bits.toString(16)}`;
    case 'a':
      return `0x${bits.toString(16)}`;
    case 'z':
      return `0x${bits.toString(16).padStart(value.type === 'int' ? 8 : intShape(value.type).bits / 4, '0')}`;
    case 'o':
      return bits === 0n ? '0' : `0${bits.toString(8)}`;
    case 't':
      return bits.toString(2);
    case 'u':
      return String(bits);
    case 'd':
      return String(BigInt.asIntN(value.type === 'int' ? 64 : intShape(value.type).bits, value.value));
    case 'c':
      return `${BigInt.asIntN(8, value.value)} '${characterText(Number(bits & 0xffn))}'`;
    case 'f':
      return textOf(asFloat(value));
    default:
      return textOf(value);
  }
}

/** The float that the bits of an integer are; those of no float's width are numbers. */
function asFloat(value: IntValue): Value {
  const { bits } = intShape(value.type);
  if (value.type === 'int' || bits < 32) return value;
  if (bits === 32) {
    scratch.setUint32(0, Number(unsigned(value)));
    return floatValue('f32', scratch.getFloat32(0));
  }
  scratch.setBigUint64(0, unsigned(value));
  return floatValue('f64', scratch.getFloat64(0));
}

const escapes: Readonly<Record<number, string>> = { 0: '\\0', 9: '\\t', 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };

export function characterText(byte: number): string {
  const escaped = escapes[byte];
  if (escaped !== undefined) return escaped;
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** Bytes as a quoted string, up to a zero byte. */
function stringText(items: readonly Value[]): string {
  const bytes = items.map((item) => (item.kind === 'int' ? Number(BigInt.asUintN(8, item.value)) : 0));
  const end = bytes.indexOf(0);
  return quotedText(Uint8Array.from(end < 0 ? bytes : bytes.slice(0, end)));
}

/** UTF-8 as a quoted string; bytes that are none of it stand as U+FFFD. */
export function quotedText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t').replace(/\r/g, '\\r');
  return `"${printable(escaped)}"`;
}
