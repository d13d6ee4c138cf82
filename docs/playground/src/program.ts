/**
 * What the page works on: a compiled module, the text that is shown for it, and what is wrong with it when it does
 * not compile. Running it is machine.ts's.
 */

import { decodeModule } from '../../../src/decoder/index.ts';
import { compile, DecodeError, type Module, ParseError, ValidationError } from '../../../src/index.ts';
import { parseModule, printModuleLines } from '../../../src/text/index.ts';
import { CodeMap, type Range, startsOfLines } from './code-map.ts';

export interface Program {
  readonly module: Module;
  readonly code: CodeMap;
  /** Bytes that were opened, or text that was written; the former is printed to be shown. */
  readonly origin: 'bytes' | 'text';
}

/** What is wrong, and where in the text. */
export interface Diagnosis extends Range {
  readonly message: string;
}

export type Assembled = { readonly program: Program } | { readonly diagnosis: Diagnosis };

/** Assembles, validates and maps a text. Throws for nothing that a text can contain. */
export function assemble(text: string): Assembled {
  try {
    const module = compile(text);
    return { program: { module, code: mapOfText(module, text), origin: 'text' } };
  } catch (error) {
    return { diagnosis: diagnose(text, error) };
  }
}

function mapOfText(module: Module, text: string): CodeMap {
  return new CodeMap(module.syntax, text, (byteOffset) => module.sourceMap?.position(byteOffset)?.offset ?? -1);
}

function diagnose(text: string, error: unknown): Diagnosis {
  if (error instanceof ParseError) {
    const { offset } = error.position;
    return { ...wordAt(text, offset), message: error.reason };
  }
  if (!(error instanceof ValidationError || error instanceof DecodeError)) {
    return { from: 0, to: 0, message: error instanceof Error ? error.message : String(error) };
  }
  return { ...placeOfByte(text, error.byteOffset), message: error.message };
}

/** Validation speaks of bytes: the text is assembled once more for its map, without being validated. */
function placeOfByte(text: string, byteOffset: number): Range {
  try {
    const { bytes, sourceMap } = parseModule(text);
    const offsetOf = (byte: number) => sourceMap.position(byte)?.offset ?? -1;
    const found = new CodeMap(decodeModule(bytes), text, offsetOf).nearestTextRange(byteOffset);
    if (found !== undefined) return found;
  } catch {
    // The bytes do not even decode: there is no better place than the beginning.
  }
  return { from: 0, to: 0 };
}

function wordAt(text: string, offset: number): Range {
  const from = Math.min(offset, text.length);
  const rest = /^[^\s()]+|^[()]/.exec(text.slice(from, from + 200));
  return { from, to: from + (rest?.[0].length ?? 0) };
}

/**
 * A binary module, and its text.
 *
 * @throws {DecodeError | ValidationError} when the bytes are no valid module
 */
export function disassemble(bytes: Uint8Array): { program: Program; text: string } {
  const module = compile(bytes);
  const { text, lines } = printModuleLines(module.syntax);
  const lineStarts = startsOfLines(text);
  // By byte, since there may be a million instructions.
  const offsets = new Int32Array(module.bytes.length).fill(-1);
  for (const { line, byteOffset } of lines) offsets[byteOffset] = skipIndent(text, lineStarts[line - 1]!);
  const code = new CodeMap(module.syntax, text, (byteOffset) => offsets[byteOffset]!);
  return { program: { module, code, origin: 'bytes' }, text };
}

function skipIndent(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === ')') at++;
  return at;
}
