/**
 * A place in the tokens and the elementary steps from it: keywords, parentheses, names, numbers.
 * Every failure is a ParseError with the specification suite's words.
 */
import { isSharedEverythingName, ParseError, SHARED_EVERYTHING, valTypeByKeyword } from '../syntax/index.ts';
import { isGrammarKeyword } from './keywords.ts';
import { type TokenKind, type Tokens, token } from './lexer.ts';
import { unsignedValue } from './number-literals.ts';
import { stringText } from './string-literals.ts';

export class Cursor {
  readonly tokens: Tokens;
  /** Index of the next token. */
  at: number;
  /** Index of the token where the text ends for this cursor. */
  readonly end: number;

  constructor(tokens: Tokens, at = 0, end = tokens.count - 1) {
    this.tokens = tokens;
    this.at = at;
    this.end = end;
  }

  get kind(): TokenKind {
    return this.at < this.end ? (this.tokens.kinds[this.at] as TokenKind) : token.end;
  }

  kindAfter(steps: number): TokenKind {
    const at = this.at + steps;
    return at < this.end ? (this.tokens.kinds[at] as TokenKind) : token.end;
  }

  get text(): string {
    return this.tokens.text(this.at);
  }

  get offset(): number {
    return this.tokens.starts[Math.min(this.at, this.tokens.count - 1)]!;
  }

  fail(reason: string, at = this.at): never {
    throw new ParseError(reason, this.tokens.positionOf(at));
  }

  /** Complains about the next token if the grammar does not know it at all. */
  rejectUnknown(): void {
    const { kind } = this;
    if (kind === token.reserved || (kind === token.keyword && !isGrammarKeyword(this.text))) this.unexpected();
  }

  /** The complaint about a token that fits nowhere. */
  unexpected(expected?: string): never {
    const detail = expected === undefined ? '' : `, expected ${expected}`;
    const { kind } = this;
    if (kind === token.end) this.fail(`unexpected token: end of text${detail}`);
    const text = shortened(this.text);
    const isUnknown = kind === token.reserved || (kind === token.keyword && !isGrammarKeyword(text));
    const reason = isUnknown ? `unknown operator ${text}` : `unexpected token ${text}`;
    return this.fail(`${reason}${this.sharedDetail() ?? detail}`);
  }

  /** What to say of a token that shared-everything-threads would know. */
  private sharedDetail(): string | undefined {
    if (isSharedEverythingName(this.text)) return `: it needs ${SHARED_EVERYTHING}, which is not supported`;
    const isShared = this.text === 'shared' || this.head === 'shared';
    return isShared ? `: only memories are shared, as ${SHARED_EVERYTHING} is not supported` : undefined;
  }

  isKeyword(word: string): boolean {
    return this.kind === token.keyword && this.text === word;
  }

  /** Steps over the keyword if it is next. */
  accept(word: string): boolean {
    if (!this.isKeyword(word)) return false;
    this.at++;
    return true;
  }

  expectKeyword(word: string): void {
    if (!this.accept(word)) this.unexpected(word);
  }

  /** The keyword after an opening parenthesis, `''` when neither stands here. */
  get head(): string {
    if (this.kind !== token.open || this.kindAfter(1) !== token.keyword) return '';
    return this.tokens.text(this.at + 1);
  }

  /** Steps over `(word` if it is next. */
  acceptOpen(word: string): boolean {
    if (this.head !== word) return false;
    this.at += 2;
    return true;
  }

  expectOpen(word: string): void {
    if (this.acceptOpen(word)) return;
    if (this.kind === token.open) this.at++;
    this.unexpected(`(${word}`);
  }

  open(): void {
    if (this.kind !== token.open) this.unexpected('(');
    this.at++;
  }

  close(): void {
    if (this.kind !== token.close) this.unexpected(')');
    this.at++;
  }

  acceptClose(): boolean {
    if (this.kind !== token.close) return false;
    this.at++;
    return true;
  }

  /** An identifier's name without its `$`, if one is next. */
  acceptId(): string | undefined {
    if (this.kind !== token.id) return undefined;
    return this.idText(this.at++);
  }

  private idText(index: number): string {
    const start = this.tokens.starts[index]! + 1;
    const { source } = this.tokens;
    if (source[start] !== '"') return source.slice(start, this.tokens.ends[index]);
    return stringText(source, start, this.tokens.ends[index]!) as string;
  }

  /** A string literal that must be a name. */
  name(): string {
    if (this.kind !== token.string) this.unexpected('a string');
    const { starts, ends, source } = this.tokens;
    const text = stringText(source, starts[this.at]!, ends[this.at]!);
    if (text === undefined) this.fail('malformed UTF-8 encoding');
    this.at++;
    return text;
  }

  /** An unsigned integer of at most 32 bits. */
  u32(what = 'a number'): number {
    if (this.kind !== token.nat) this.unexpected(what);
    const value = unsignedValue(this.text, 32);
    if (value === undefined) this.fail('i32 constant out of range');
    this.at++;
    return value;
  }

  /** Index of the token after the parenthesised phrase that starts at token `open`. */
  after(open: number): number {
    return Math.min(this.tokens.closes[open]! + 1, this.end);
  }
}

const LONGEST_SHOWN = 60;

function shortened(text: string): string {
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}…`;
}

/** Whether a token may start a value type. */
export function startsValType(cursor: Cursor): boolean {
  if (cursor.kind === token.open) return cursor.head === 'ref';
  return cursor.kind === token.keyword && valTypeByKeyword(cursor.text) !== undefined;
}
