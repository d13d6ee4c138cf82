/** Every character of a line is given a colour or none, and each word the one of its kind. */
import { StringStream } from '@codemirror/language';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instructions } from '../../../src/syntax/index.ts';
import { type WatTokenState, watTokens } from './wat-tokens.ts';

function tokensOf(...lines: readonly string[]): [string, string][] {
  const state: WatTokenState = watTokens.startState!(2);
  const found: [string, string][] = [];
  for (const line of lines) {
    const stream = new StringStream(line, 2, 2);
    while (!stream.eol()) {
      stream.start = stream.pos;
      const style = watTokens.token(stream, state);
      if (stream.pos === stream.start) throw new Error(`no progress in ${JSON.stringify(line)}`);
      if (style !== null) found.push([stream.current(), style]);
    }
  }
  return found;
}

describe('watTokens', () => {
  test('tells kinds of words apart', () => {
    expect(tokensOf('(func $f (param i32) (br_if 0 (i32.load offset=4 (local.get 0)))) ;; end')).toEqual([
      ['(', 'paren'],
      ['func', 'keyword'],
      ['$f', 'variableName'],
      ['(', 'paren'],
      ['param', 'keyword'],
      ['i32', 'typeName'],
      [')', 'paren'],
      ['(', 'paren'],
      ['br_if', 'controlKeyword'],
      ['0', 'number'],
      ['(', 'paren'],
      ['i32.load', 'macroName'],
      ['offset=4', 'attributeName'],
      ['(', 'paren'],
      ['local.get', 'propertyName'],
      ['0', 'number'],
      [')', 'paren'],
      [')', 'paren'],
      [')', 'paren'],
      [')', 'paren'],
      [';; end', 'comment'],
    ]);
  });

  test('nests block comments over lines, and knows strings with escapes', () => {
    expect(tokensOf('(; a (; b', ';) c', 'd ;) "x\\"(;" (@name "y")')).toEqual([
      ['(; a (; b', 'comment'],
      [';) c', 'comment'],
      ['d ;)', 'comment'],
      ['"x\\"(;"', 'string'],
      ['(@name', 'meta'],
      ['"y"', 'string'],
      [')', 'paren'],
    ]);
  });

  test('knows every instruction of the table, and says what is none', () => {
    const unknown = instructions
      .map(({ name }) => name.split(' ')[0]!)
      .filter((name) => name !== 'select_t' && tokensOf(name)[0]?.[1] === 'invalid');
    expect(unknown).toEqual([]);
    expect(tokensOf('i32.foo')).toEqual([['i32.foo', 'invalid']]);
    expect(tokensOf('-0x1p3 nan:0x7 inf 1_000')).toEqual([
      ['-0x1p3', 'number'],
      ['nan:0x7', 'number'],
      ['inf', 'number'],
      ['1_000', 'number'],
    ]);
  });

  test('comes to the end of any line', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (lines) => {
        tokensOf(...lines);
      }),
    );
  });
});
