/** `printf` formats with the debugger's values: C's directives, strings from the guest's memory. */
import { Failure } from '../failure.ts';
import { addressOf, evaluate, formatted, type Scope, splitAtCommas, textOf, type Value } from './expression/index.ts';

const MAX_STRING_BYTES = 4096;
const MAX_WIDTH = 1000;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };

/**
 * @param text `"FORMAT", EXPR, …`
 * @throws {Failure} for a format that is none, or too few values
 */
export function formatPrintf(text: string, scope: Scope): string {
  const [format = '', ...expressions] = splitAtCommas(text);
  const match = /^"((?:[^"\\]|\\.)*)"$/.exec(format);
  if (match === null) throw new Failure('the format stands in quotes', 'printf "n is %d\\n", $n');
  const values = expressions.map((each) => evaluate(each, scope));
  let used = 0;
  const next = (): Value => {
    const value = values[used++];
    if (value === undefined) throw new Failure('there are fewer values than the format asks for');
    return value;
  };
  const plain = match[1]!.replace(/\\(.)/g, (whole, letter) => escapes[letter] ?? whole);
  const result = plain.replace(/%(-?0?\d*)(?:l{0,2})([a-z%])/g, (_, width: string, letter: string) => {
    return letter === '%' ? '%' : padded(directive(letter, next(), scope), width);
  });
  if (used < values.length) throw new Failure('there are more values than the format asks for');
  return result;
}

function padded(text: string, width: string): string {
  const count = Number(width.replace(/^-/, ''));
  if (count > MAX_WIDTH) throw new Failure(`a width is ${MAX_WIDTH} at most`);
  if (width.startsWith('-')) return text.padEnd(count);
  if (!width.startsWith('0')) return text.padStart(count);
  const sign = text.startsWith('-') ? '-' : '';
  return sign + text.slice(sign.length).padStart(count - sign.length, '0');
}

function directive(letter: string, value: Value, scope: Scope): string {
  switch (letter) {
    case 'd':
    case 'i':
      return formatted(value, 'd');
    case 'u':
    case 'o':
      return formatted(value, letter);
    case 'x':
      return formatted(value, 'x').replace(/^0x/, '');
    case 'p':
      return formatted(value, 'x');
    case 'c':
      return value.kind === 'int' ? String.fromCharCode(Number(BigInt.asUintN(8, value.value))) : textOf(value);
    case 's':
      return value.kind === 'int' ? stringAt(value, scope) : textOf(value);
    case 'f':
    case 'g':
    case 'e':
      return textOf(value);
    default:
      throw new Failure(`'%${letter}' is no directive`, 'there is: %d %u %x %o %c %f %s %p %%');
  }
}

function stringAt(value: Value, scope: Scope): string {
  const bytes = scope.memory((value.kind === 'int' ? value.memory : undefined) ?? 0) ?? new Uint8Array();
  const from = addressOf(value);
  const zero = bytes.indexOf(0, from);
  const end = Math.min(zero < 0 ? bytes.length : zero, from + MAX_STRING_BYTES);
  return new TextDecoder().decode(bytes.subarray(from, end));
}
