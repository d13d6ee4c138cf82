/** Tokens, what stands between them, and the complaints. */
import { describe, expect, it } from 'vitest';
import { ParseError } from '../syntax/index.ts';
import { token, tokenize } from './lexer.ts';

const kindNames = Object.fromEntries(Object.entries(token).map(([name, kind]) => [kind, name]));

function tokensOf(source: string): string[] {
  const tokens = tokenize(source);
  return Array.from({ length: tokens.count - 1 }, (_, i) => `${kindNames[tokens.kinds[i]!]} ${tokens.text(i)}`);
}

const cases: readonly [source: string, tokens: string[]][] = [
  ['', []],
  ['(func)', ['open (', 'keyword func', 'close )']],
  [
    'i32.const0 -1 +0x2 1.5 inf nan:0x1',
    ['keyword i32.const0', 'int -1', 'int +0x2', 'float 1.5', 'float inf', 'float nan:0x1'],
  ],
  ['nop;;comment', ['keyword nop']],
  [';; one\rnop', ['keyword nop']],
  ['(; a (; nested ;) ;)nop(;;)', ['keyword nop']],
  ['$a$b $"a b"', ['id $a$b', 'id $"a b"']],
  ['"a\\"b" "\\u{1F600}\\00\\t"', ['string "a\\"b"', 'string "\\u{1F600}\\00\\t"']],
  [
    '"a""b" "a"x 0$x 1x $"a"b a,b',
    ['reserved "a""b"', 'reserved "a"x', 'reserved 0$x', 'reserved 1x', 'reserved $"a"b', 'reserved a,b'],
  ],
  ['( @a) Func offset=8', ['open (', 'reserved @a', 'close )', 'reserved Func', 'keyword offset=8']],
  ['(@a (b) ")" ;; )\n) nop', ['keyword nop']],
  ['a(;\u00e9;)b;;\u{1f600}', ['keyword a', 'keyword b']],
];

describe('tokenize', () => {
  it.each(cases)('%j', (source, tokens) => {
    expect(tokensOf(source)).toEqual(tokens);
  });

  it('pairs parentheses, unmatched ones with the end', () => {
    const tokens = tokenize('(a (b) (c');
    expect([tokens.closes[0], tokens.closes[2], tokens.closes[5]]).toEqual([7, 4, 7]);
  });

  it('keeps annotations with their ids, places and bodies', () => {
    const source = 'a (@x y) (@"z w" (v)) b';
    const { annotations } = tokenize(source);
    expect(annotations.map(({ id, before }) => [id, before])).toEqual([
      ['x', 1],
      ['z w', 1],
    ]);
    expect(annotations.map(({ bodyStart, bodyEnd }) => source.slice(bodyStart, bodyEnd))).toEqual([' y', ' (v)']);
  });
});

const failures: readonly [source: string, reason: string, line: number, column: number][] = [
  ['é', 'illegal character U+00E9', 1, 1],
  ['a\n\x01', 'illegal character U+0001', 2, 1],
  ['(func \x7f)', 'illegal character', 1, 7],
  ['"a', 'unclosed string', 1, 1],
  ['"a\nb"', 'unclosed string', 1, 1],
  ['"\x01"', 'illegal control character U+0001', 1, 2],
  ['"\\x"', 'illegal escape', 1, 2],
  ['"\\u{d800}"', 'illegal escape', 1, 2],
  ['"\\u{110000}"', 'illegal escape', 1, 2],
  ['"\\u{}"', 'illegal escape', 1, 2],
  ['(; a', 'unclosed comment', 1, 1],
  ['$', 'empty identifier', 1, 1],
  ['$""', 'empty identifier', 1, 1],
  ['$"a\nb"', 'empty identifier', 1, 1],
  ['$"\\ff"', 'malformed UTF-8 encoding', 1, 1],
  ['(@)', 'empty annotation id', 1, 1],
  ['(@ x)', 'empty annotation id', 1, 1],
  ['(@"\\ef")', 'malformed UTF-8', 1, 1],
  ['(@x (y)', 'unclosed annotation', 1, 1],
  ['(@x "', 'unclosed string', 1, 5],
  ['"\ud800"', 'malformed UTF-8 encoding', 1, 2],
  [';; \udc00', 'malformed UTF-8 encoding', 1, 4],
];

describe('ill-formed characters', () => {
  it.each(failures)('%j: %s', (source, reason, line, column) => {
    let error: unknown;
    try {
      tokenize(source);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ParseError);
    const { reason: actual, position } = error as ParseError;
    expect(actual.startsWith(reason)).toBe(true);
    expect([position.line, position.column]).toEqual([line, column]);
  });
});
