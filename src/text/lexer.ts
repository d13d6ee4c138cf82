/**
 * Source text → tokens in typed arrays. White space, comments and annotations stand between tokens;
 * annotations are kept aside, since some mean something (annotations.ts).
 *
 * A token that is well-formed but of no class the grammar knows is `RESERVED`; the parser complains
 * where it meets one, as annotations may contain it.
 *
 * @see https://webassembly.github.io/spec/core/text/lexical.html
 */
import { ParseError, type TextPosition } from '../syntax/index.ts';
import { hexDigitValue, isDigit, isIdCharacter } from './characters.ts';
import { numberForm } from './number-literals.ts';
import { lineStartsOf, positionIn } from './source-position.ts';
import { stringText } from './string-literals.ts';

/** Classes of tokens. */
export const token = {
  end: 0,
  open: 1,
  close: 2,
  keyword: 3,
  id: 4,
  string: 5,
  nat: 6,
  int: 7,
  float: 8,
  reserved: 9,
} as const;

export type TokenKind = (typeof token)[keyof typeof token];

const INITIAL_CAPACITY = 1024;

/** `(@id …)`, standing before a token. */
export interface Annotation {
  readonly id: string;
  /** Index of the token that follows it. */
  readonly before: number;
  /** Offset of its parenthesis. */
  readonly start: number;
  /** What stands between the id and the closing parenthesis. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** The tokens of a source, ended by one of kind `end`. */
export class Tokens {
  readonly source: string;
  kinds: Uint8Array;
  /** Offset of each token's first character, and one past its last. */
  starts: Uint32Array;
  ends: Uint32Array;
  /** Of each `(`, the index of its `)`, or of the end. */
  closes: Uint32Array;
  count = 0;
  readonly annotations: Annotation[] = [];
  private lineStarts: Uint32Array | undefined;

  constructor(source: string, capacity: number) {
    this.source = source;
    this.kinds = new Uint8Array(capacity);
    this.starts = new Uint32Array(capacity);
    this.ends = new Uint32Array(capacity);
    this.closes = new Uint32Array(capacity);
  }

  add(kind: TokenKind, start: number, end: number): void {
    const index = this.count++;
    if (index === this.kinds.length) this.grow();
    this.kinds[index] = kind;
    this.starts[index] = start;
    this.ends[index] = end;
  }

  private grow(): void {
    const size = this.kinds.length * 2;
    const grown = <T extends Uint8Array | Uint32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.kinds = grown(this.kinds, new Uint8Array(size));
    this.starts = grown(this.starts, new Uint32Array(size));
    this.ends = grown(this.ends, new Uint32Array(size));
    this.closes = grown(this.closes, new Uint32Array(size));
  }

  text(index: number): string {
    return this.source.slice(this.starts[index], this.ends[index]);
  }

  /** Offset of each line's first character. */
  get lines(): Uint32Array {
    this.lineStarts ??= lineStartsOf(this.source);
    return this.lineStarts;
  }

  position(offset: number): TextPosition {
    return positionIn(this.lines, offset);
  }

  /** Line and column of a token. */
  positionOf(index: number): TextPosition {
    return this.position(this.starts[Math.min(index, this.count - 1)]!);
  }

  fail(reason: string, offset: number): never {
    throw new ParseError(reason, this.position(offset));
  }
}

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const SEMICOLON = 0x3b;
const AT = 0x40;
const BACKSLASH = 0x5c;
const DOLLAR = 0x24;

/** Splits `source[from, to)`. @throws {ParseError} at the first character that starts no token */
export function tokenize(source: string, from = 0, to = source.length): Tokens {
  const tokens = new Tokens(source, Math.min(INITIAL_CAPACITY, to - from + 1));
  new Lexer(tokens, to).run(from);
  return tokens;
}

class Lexer {
  private readonly tokens: Tokens;
  private readonly source: string;
  private readonly to: number;
  /** Indices of the `(` still open. */
  private readonly opens: number[] = [];

  constructor(tokens: Tokens, to: number) {
    this.tokens = tokens;
    this.source = tokens.source;
    this.to = to;
  }

  private code(at: number): number {
    return at < this.to ? this.source.charCodeAt(at) : Number.NaN;
  }

  run(from: number): void {
    const { tokens } = this;
    let at = this.skipSpace(from);
    while (at < this.to) {
      const code = this.code(at);
      if (code === OPEN && this.code(at + 1) === AT) at = this.annotation(at);
      else if (code === OPEN) {
        this.opens.push(tokens.count);
        tokens.add(token.open, at, ++at);
      } else if (code === CLOSE) {
        const open = this.opens.pop();
        if (open !== undefined) tokens.closes[open] = tokens.count;
        tokens.add(token.close, at, ++at);
      } else {
        const end = this.wordEnd(at);
        tokens.add(this.classify(at, end), at, end);
        at = end;
      }
      at = this.skipSpace(at);
    }
    for (const open of this.opens) tokens.closes[open] = tokens.count;
    tokens.add(token.end, this.to, this.to);
  }

  /** Passes white space and comments. */
  private skipSpace(from: number): number {
    let at = from;
    for (;;) {
      const code = this.code(at);
      if (code === SPACE || code === LF || code === TAB || code === CR) at++;
      else if (code === SEMICOLON && this.code(at + 1) === SEMICOLON) at = this.lineCommentEnd(at);
      else if (code === OPEN && this.code(at + 1) === SEMICOLON) at = this.blockCommentEnd(at);
      else return at;
    }
  }

  private lineCommentEnd(start: number): number {
    let at = start;
    for (; at < this.to; at++) {
      const code = this.code(at);
      if (code === LF || code === CR) break;
      this.checkSurrogate(at, code);
    }
    return at;
  }

  private blockCommentEnd(start: number): number {
    let depth = 0;
    let at = start;
    while (at < this.to) {
      const code = this.code(at);
      const next = this.code(at + 1);
      if (code === OPEN && next === SEMICOLON) {
        depth++;
        at += 2;
      } else if (code === SEMICOLON && next === CLOSE) {
        depth--;
        at += 2;
        if (depth === 0) return at;
      } else {
        this.checkSurrogate(at, code);
        at++;
      }
    }
    return this.tokens.fail('unclosed comment', start);
  }

  /** Source is a sequence of scalar values: a lone surrogate could not have been UTF-8. */
  private checkSurrogate(at: number, code: number): void {
    if (code < 0xd800 || code > 0xdfff) return;
    const isPaired =
      code < 0xdc00 ? isLowSurrogate(this.code(at + 1)) : isHighSurrogate(this.source.charCodeAt(at - 1));
    if (!isPaired) this.tokens.fail('malformed UTF-8 encoding: lone surrogate', at);
  }

  /** One past the longest token that is no parenthesis. */
  private wordEnd(start: number): number {
    let at = start;
    while (at < this.to) {
      const code = this.code(at);
      if (isIdCharacter(code)) at++;
      else if (code === QUOTE) at = this.stringEnd(at);
      else if (isReservedMark(code) && !(code === SEMICOLON && this.code(at + 1) === SEMICOLON)) at++;
      else break;
    }
    if (at === start) this.illegalCharacter(at);
    return at;
  }

  private illegalCharacter(at: number): never {
    const code = this.source.codePointAt(at) as number;
    const shown = code > 0x20 && code < 0x7f ? `'${String.fromCharCode(code)}'` : `U+${hex4(code)}`;
    return this.tokens.fail(`illegal character ${shown}`, at);
  }

  private stringEnd(start: number): number {
    let at = start + 1;
    while (at < this.to) {
      const code = this.code(at);
      if (code === QUOTE) return at + 1;
      if (code === BACKSLASH) at = this.escapeEnd(at);
      else if (code === LF || (isControl(code) && this.code(start - 1) === DOLLAR)) break;
      else if (isControl(code)) this.tokens.fail(`illegal control character U+${hex4(code)} in string`, at);
      else {
        this.checkSurrogate(at, code);
        at++;
      }
    }
    // A quoted name cut off by a line's end is, to the longest-match rule, a bare `$` or `@`.
    if (this.source.charCodeAt(start - 1) === DOLLAR && at < this.to) this.tokens.fail('empty identifier', start - 1);
    return this.tokens.fail('unclosed string', start);
  }

  private escapeEnd(start: number): number {
    const code = this.code(start + 1);
    if (SIMPLE_ESCAPES.includes(String.fromCharCode(code))) return start + 2;
    if (hexDigitValue(code) >= 0 && hexDigitValue(this.code(start + 2)) >= 0) return start + 3;
    if (code === 0x75 && this.code(start + 2) === 0x7b) {
      let at = start + 3;
      let value = 0;
      for (; at < this.to && (hexDigitValue(this.code(at)) >= 0 || this.code(at) === 0x5f); at++) {
        if (this.code(at) !== 0x5f) value = Math.min(value * 16 + hexDigitValue(this.code(at)), 0x110000);
      }
      const isScalar = value < 0xd800 || (value >= 0xe000 && value < 0x110000);
      if (at > start + 3 && this.code(at) === 0x7d && isScalar) return at + 1;
    }
    return this.tokens.fail('illegal escape', start);
  }

  private classify(start: number, end: number): TokenKind {
    const { source } = this;
    const first = source.charCodeAt(start);
    if (first === QUOTE) return this.isOneString(start, end) ? token.string : token.reserved;
    if (first === DOLLAR) return this.classifyId(start, end);
    const text = source.slice(start, end);
    if (isDigit(first) || first === 0x2b || first === 0x2d) return numberKind(text);
    const isLowerCase = first >= 0x61 && first <= 0x7a;
    if (!isLowerCase || HAS_RESERVED_MARK.test(text)) return token.reserved;
    // `inf`, `nan` and `nan:0x1` begin as keywords do.
    return first === 0x69 || first === 0x6e ? numberKind(text, token.keyword) : token.keyword;
  }

  private classifyId(start: number, end: number): TokenKind {
    if (end === start + 1) this.tokens.fail('empty identifier', start);
    const isQuoted = this.source.charCodeAt(start + 1) === QUOTE;
    if (!isQuoted) return HAS_RESERVED_MARK.test(this.source.slice(start, end)) ? token.reserved : token.id;
    if (!this.isOneString(start + 1, end)) return token.reserved;
    const name = stringText(this.source, start + 1, end);
    if (name === undefined) this.tokens.fail('malformed UTF-8 encoding in identifier', start);
    if (name === '') this.tokens.fail('empty identifier', start);
    return token.id;
  }

  /** Whether a token that begins with a quote is a string and nothing more. */
  private isOneString(start: number, end: number): boolean {
    return this.stringEnd(start) === end;
  }

  private annotation(start: number): number {
    const idStart = start + 2;
    const isQuoted = this.code(idStart) === QUOTE;
    const idEnd = isQuoted ? this.annotationStringEnd(idStart) : this.idCharactersEnd(idStart);
    const id = isQuoted ? stringText(this.source, idStart, idEnd) : this.source.slice(idStart, idEnd);
    if (id === undefined) return this.tokens.fail('malformed UTF-8 encoding in annotation id', start);
    if (id === '') this.tokens.fail('empty annotation id', start);
    const end = this.annotationEnd(start, idEnd);
    this.tokens.annotations.push({ id, before: this.tokens.count, start, bodyStart: idEnd, bodyEnd: end - 1 });
    return end;
  }

  private annotationStringEnd(start: number): number {
    for (let at = start + 1; at < this.to && this.code(at) !== QUOTE; at++) {
      if (this.code(at) === LF) this.tokens.fail('empty annotation id', start);
    }
    return this.stringEnd(start);
  }

  private idCharactersEnd(start: number): number {
    let at = start;
    while (isIdCharacter(this.code(at))) at++;
    return at;
  }

  /** Passes an annotation's tokens: any, so long as parentheses match. */
  private annotationEnd(start: number, bodyStart: number): number {
    let depth = 1;
    let at = this.skipSpace(bodyStart);
    while (at < this.to) {
      const code = this.code(at);
      if (code === OPEN) {
        depth++;
        at++;
      } else if (code === CLOSE) {
        depth--;
        at++;
        if (depth === 0) return at;
      } else at = this.wordEnd(at);
      at = this.skipSpace(at);
    }
    return this.tokens.fail('unclosed annotation', start);
  }
}

const SIMPLE_ESCAPES = 'tnr"\'\\';
const HAS_RESERVED_MARK = /["[\]{},;]/;

function isReservedMark(code: number): boolean {
  return code === 0x2c || code === SEMICOLON || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d;
}

function isControl(code: number): boolean {
  return code < SPACE || code === 0x7f;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}

function hex4(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0');
}

function numberKind(text: string, otherwise: TokenKind = token.reserved): TokenKind {
  const form = numberForm(text);
  return form === 'none' ? otherwise : token[form];
}
