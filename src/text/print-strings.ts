/**
 * Strings, identifiers and comments in the text format's spelling, for the printer.
 *
 * @see https://webassembly.github.io/spec/core/text/values.html#strings
 */

/** Ranges of characters that a terminal or reader takes for layout or text direction, not for text. */
const invisibleRanges = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x200b, 0x200f],
  [0x2028, 0x202f],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
] as const;

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  const code = character.codePointAt(0) as number;
  const isInvisible = invisibleRanges.some(([first, last]) => code >= first && code <= last);
  return isInvisible ? `\\u{${code.toString(16)}}` : character;
}

/** A name as a string literal. */
export function quoteName(name: string): string {
  let text = '';
  for (const character of name) text += escapeCharacter(character);
  return `"${text}"`;
}

const isPlainId = /^[0-9A-Za-z!#$%&'*+\-./:<=>?@\\^_`|~]+$/;

/** An identifier for any name but the empty one: `$name`, or `$"two words"`. */
export function identifier(name: string): string {
  return isPlainId.test(name) ? `$${name}` : `$${quoteName(name)}`;
}

const hexEscapes = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(16).padStart(2, '0')}`);
const dataCharacters = hexEscapes.map((hexEscape, byte) => {
  const character = String.fromCharCode(byte);
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return byte >= 0x20 && byte < 0x7f ? character : hexEscape;
});

/** Bytes as a string literal: printable ASCII as itself, the rest as `\hh`. */
export function quoteBytes(bytes: Uint8Array, start: number, end: number): string {
  let text = '"';
  for (let at = start; at < end; at++) text += dataCharacters[bytes[at] as number];
  return `${text}"`;
}
