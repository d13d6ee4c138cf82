/**
 * Expressions as trees. The language is C's, with WebAssembly's types and places: `$n`, `local[0]`,
 * `operand[0]` (0 is on top), `table[0][3]`, `memory[0][16]`, `*(i32*)16`, `*(u8*)$p@16`, `$x = 5`.
 */
import { Failure } from '../../failure.ts';
import { type Token, tokenize } from './tokens.ts';
import { isIntType, literal, type NumberType, type Value } from './values.ts';

export type Space = 'local' | 'global' | 'operand' | 'table' | 'memory';

export type Expression =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string; readonly isQuoted: boolean }
  | { readonly kind: 'place'; readonly space: Space; readonly indices: readonly Expression[] }
  | { readonly kind: 'load'; readonly type: NumberType; readonly address: Expression }
  | { readonly kind: 'address'; readonly of: Expression }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'cast'; readonly type: NumberType; readonly operand: Expression }
  | {
      readonly kind: 'choice';
      readonly condition: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: 'assignment'; readonly target: Expression; readonly value: Expression }
  | { readonly kind: 'list'; readonly first: Expression; readonly count: Expression };

const spaces: Readonly<Record<string, Space>> = {
  local: 'local',
  global: 'global',
  operand: 'operand',
  op: 'operand',
  table: 'table',
  memory: 'memory',
};

/** C's order, the loosest first. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** Deeper expressions are no one's. */
const MAX_DEPTH = 200;

/** @throws {Failure} for text that is no expression */
export function parseExpression(text: string): Expression {
  const parser = new Parser(tokenize(text));
  const expression = parser.assignment();
  parser.expectEnd();
  return expression;
}

/** Does an expression change anything of the guest's? */
export function changesGuest(expression: Expression): boolean {
  switch (expression.kind) {
    case 'constant':
    case 'name':
      return false;
    case 'place':
      return expression.indices.some(changesGuest);
    case 'load':
      return changesGuest(expression.address);
    case 'address':
      return changesGuest(expression.of);
    case 'unary':
    case 'cast':
      return changesGuest(expression.operand);
    case 'binary':
      return changesGuest(expression.left) || changesGuest(expression.right);
    case 'choice':
      return [expression.condition, expression.then, expression.otherwise].some(changesGuest);
    case 'list':
      return changesGuest(expression.first) || changesGuest(expression.count);
    case 'assignment':
      return true;
  }
}

/** Splits at commas that stand in no parentheses and no quotes: `"%d", a, b(c, d)`. */
export function splitAtCommas(text: string): string[] {
  const parts = [''];
  let depth = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\' && isQuoted) {
      parts[parts.length - 1] += char + (text[++i] ?? '');
      continue;
    }
    if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /[([]/.test(char)) depth++;
    else if (!isQuoted && /[)\]]/.test(char)) depth--;
    if (char === ',' && depth === 0 && !isQuoted) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts.map((part) => part.trim());
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  private get token(): Token {
    return this.tokens[this.at]!;
  }

  private accept(...texts: readonly string[]): string | undefined {
    const { kind, text } = this.token;
    if (kind !== 'operator' || !texts.includes(text)) return undefined;
    this.at++;
    return text;
  }

  private expect(text: string): void {
    if (this.accept(text) === undefined) throw new Failure(`'${text}' is missing before ${this.found()}`);
  }

  private found(): string {
    return this.token.kind === 'end' ? 'the end of the expression' : `'${this.token.text}'`;
  }

  expectEnd(): void {
    if (this.token.kind !== 'end') throw new Failure(`the expression goes on after its end: ${this.found()}`);
  }

  assignment(): Expression {
    if (++this.depth > MAX_DEPTH) throw new Failure('the expression is nested too deeply');
    const target = this.list();
    const isAssignment = this.accept('=') !== undefined;
    const result: Expression = isAssignment ? { kind: 'assignment', target, value: this.assignment() } : target;
    this.depth--;
    return result;
  }

  private list(): Expression {
    const first = this.choice();
    return this.accept('@') === undefined ? first : { kind: 'list', first, count: this.unary() };
  }

  private choice(): Expression {
    const condition = this.binary(0);
    if (this.accept('?') === undefined) return condition;
    const then = this.assignment();
    this.expect(':');
    return { kind: 'choice', condition, then, otherwise: this.assignment() };
  }

  private binary(level: number): Expression {
    const wanted = levels[level];
    if (wanted === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = this.accept(...wanted);
      if (operator === undefined) return left;
      left = { kind: 'binary', operator, left, right: this.binary(level + 1) };
    }
  }

  private unary(): Expression {
    if (++this.depth > MAX_DEPTH) throw new Failure('the expression is nested too deeply');
    const result = this.prefixed();
    this.depth--;
    return result;
  }

  private prefixed(): Expression {
    const operator = this.accept('-', '+', '!', '~');
    if (operator !== undefined) return { kind: 'unary', operator, operand: this.unary() };
    if (this.accept('&') !== undefined) return { kind: 'address', of: this.unary() };
    if (this.accept('*') !== undefined) return this.load();
    const type = this.castType();
    if (type !== undefined) return { kind: 'cast', type, operand: this.unary() };
    return this.primary();
  }

  /** After `*`: `(i32*)ADDRESS`, or an address of an i32. */
  private load(): Expression {
    const [open, type, star, close] = this.tokens.slice(this.at, this.at + 4);
    const isTyped = open?.text === '(' && star?.text === '*' && close?.text === ')' && type?.kind === 'name';
    if (!isTyped) return { kind: 'load', type: 'i32', address: this.unary() };
    this.at += 4;
    return { kind: 'load', type: numberType(type.text), address: this.unary() };
  }

  /** `(i64)`, when it stands here. */
  private castType(): NumberType | undefined {
    const [open, type, close] = this.tokens.slice(this.at, this.at + 3);
    if (open?.text !== '(' || type?.kind !== 'name' || close?.text !== ')') return undefined;
    if (!isIntType(type.text) && type.text !== 'f32' && type.text !== 'f64') return undefined;
    this.at += 3;
    return type.text;
  }

  private primary(): Expression {
    const { kind, text } = this.token;
    if (kind === 'operator' && text === '(') {
      this.at++;
      const inner = this.assignment();
      this.expect(')');
      return inner;
    }
    if (kind === 'end' || kind === 'operator') throw new Failure(`a value is missing before ${this.found()}`);
    this.at++;
    if (kind === 'number') return { kind: 'constant', value: numberLiteral(text) };
    const space = kind === 'name' ? spaces[text] : undefined;
    if (space !== undefined && this.token.text === '[') return { kind: 'place', space, indices: this.indices() };
    const word = kind === 'name' ? floatWords[text] : undefined;
    if (word !== undefined) return { kind: 'constant', value: { kind: 'float', type: 'f64', value: word } };
    return { kind: 'name', name: text, isQuoted: kind === 'quoted' };
  }

  private indices(): Expression[] {
    const indices: Expression[] = [];
    while (this.accept('[') !== undefined) {
      indices.push(this.assignment());
      this.expect(']');
    }
    return indices;
  }
}

const floatWords: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY };

function numberType(text: string): NumberType {
  if (text !== 'int' && (isIntType(text) || text === 'f32' || text === 'f64')) return text;
  throw new Failure(`'${text}' is no type of a number`, 'there is: i8, u8, i16, u16, i32, u32, i64, u64, f32, f64');
}

function numberLiteral(text: string): Value {
  const digits = text.replaceAll('_', '');
  const isInteger = /^(?:0x[\da-f]+|\d+)$/i.test(digits);
  return isInteger ? literal(BigInt(digits)) : { kind: 'float', type: 'f64', value: Number(digits) };
}
