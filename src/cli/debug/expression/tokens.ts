/** The words of an expression: numbers, names, operators. */
import { Failure } from '../../failure.ts';

export interface Token {
  readonly kind: 'number' | 'name' | 'quoted' | 'operator' | 'end';
  readonly text: string;
  readonly at: number;
}

/** Longer ones first. */
const operators = [
  ...['<<=', '>>=', '&&', '||', '==', '!=', '<=', '>=', '<<', '>>'],
  ...['+', '-', '*', '/', '%', '&', '|', '^', '~', '!', '<', '>', '=', '?', ':', '(', ')', '[', ']', '@', ','],
];

const number = /^(?:0x[\da-f](?:_?[\da-f])*|(?:\d(?:_?\d)*)?\.?\d(?:_?\d)*(?:e[+-]?\d+)?|\d+\.)/i;
/** `$n`, `$a.b`, `$core::fmt`, `$1`, `$`, `fac`; others are quoted: `$"…"`. */
const name = /^(?:\$[\w.]*(?:::[\w.]+)*|[A-Za-z_][\w.]*(?:::[\w.]+)*)/;
const quoted = /^\$?"((?:[^"\\]|\\.)*)"/;

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const blank = /^\s+/.exec(rest);
    if (blank !== null) {
      at += blank[0].length;
      continue;
    }
    const token = tokenAt(rest, at);
    if (token === undefined) throw new Failure(`'${rest[0]}' has no meaning in an expression`);
    tokens.push(token.token);
    at += token.length;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function tokenAt(rest: string, at: number): { token: Token; length: number } | undefined {
  const quotedMatch = quoted.exec(rest);
  if (quotedMatch !== null) {
    const text = quotedMatch[1]!.replace(/\\(.)/g, '$1');
    return { token: { kind: 'quoted', text, at }, length: quotedMatch[0].length };
  }
  for (const [kind, pattern] of [
    ['number', number],
    ['name', name],
  ] as const) {
    const match = pattern.exec(rest);
    if (match !== null) return { token: { kind, text: match[0], at }, length: match[0].length };
  }
  const operator = operators.find((each) => rest.startsWith(each));
  return operator === undefined
    ? undefined
    : { token: { kind: 'operator', text: operator, at }, length: operator.length };
}
