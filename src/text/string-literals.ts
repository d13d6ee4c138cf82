/**
 * String literals → bytes and names. The lexer has checked their form.
 *
 * @see https://webassembly.github.io/spec/core/text/values.html#strings
 */
import { decodeUtf8, encodeUtf8 } from '../decoder/index.ts';

import { ByteWriter } from '../encoder/index.ts';
import { hexDigitValue } from './characters.ts';

const BACKSLASH = 0x5c;
const simpleEscapes = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['r', 0x0d],
  ['"', 0x22],
  ["'", 0x27],
  ['\\', 0x5c],
]);

/** Writes the bytes of the literal `source[start, end)`, quotes included in the range. */
export function writeString(out: ByteWriter, source: string, start: number, end: number): void {
  const last = end - 1;
  let at = start + 1;
  while (at < last) {
    const code = source.charCodeAt(at);
    if (code === BACKSLASH) at = writeEscape(out, source, at);
    else if (code < 0x80) {
      out.u8(code);
      at++;
    } else {
      const character = String.fromCodePoint(source.codePointAt(at) as number);
      out.bytes(encodeUtf8(character));
      at += character.length;
    }
  }
}

/** Writes the escape sequence at `start` and returns its end. */
function writeEscape(out: ByteWriter, source: string, start: number): number {
  const simple = simpleEscapes.get(source[start + 1] as string);
  if (simple !== undefined) {
    out.u8(simple);
    return start + 2;
  }
  if (source[start + 1] === 'u') {
    const close = source.indexOf('}', start);
    const codePoint = Number.parseInt(source.slice(start + 3, close).replace(/_/g, ''), 16);
    out.bytes(encodeUtf8(String.fromCodePoint(codePoint)));
    return close + 1;
  }
  out.u8(hexDigitValue(source.charCodeAt(start + 1)) * 16 + hexDigitValue(source.charCodeAt(start + 2)));
  return start + 3;
}

/** The literal as a name; `undefined` when its bytes are not well-formed UTF-8. */
export function stringText(source: string, start: number, end: number): string | undefined {
  const inner = source.slice(start + 1, end - 1);
  if (!inner.includes('\\')) return inner;
  const out = new ByteWriter();
  writeString(out, source, start, end);
  const bytes = out.toBytes();
  return decodeUtf8(bytes, 0, bytes.length);
}
