/**
 * Colours for the text format: splits a line into tokens and says what each is. The instruction table decides what
 * is an instruction and of which kind. It does not parse; errors come from the real parser.
 */
import type { StreamParser, StringStream } from '@codemirror/language';
import { abstractHeapTypes, instructions, valTypeByKeyword } from '../../../src/syntax/index.ts';

/** Words of the module's structure. */
const structure = new Set(
  `module import export type rec sub final func param result local table memory global tag elem data start offset item
  declare mut field struct array ref null shared pagesize before after first last then do catch catch_ref catch_all
  catch_all_ref i8x16 i16x8 i32x4 i64x2 f32x4 f64x2
  binary quote definition instance register invoke`.split(/\s+/),
);

const control =
  /^(?:unreachable|nop|block|loop|if|else|end|br|br_.*|return.*|call.*|try|try_table|catch|catch_all|throw.*|rethrow|delegate|select)$/;
const variables = /^(?:local|global|table|elem)\./;
const memory = /(?:^memory\.|^data\.|\.(?:v128\.)?(?:atomic\.)?(?:load|store)|\.atomic\.)/;

/** What the theme gives a colour to, by CodeMirror's names of tags. */
type TokenStyle = string | null;

/** Instructions by keyword. */
const styleByInstruction: ReadonlyMap<string, TokenStyle> = new Map(
  instructions.map(({ name }) => {
    const keyword = name === 'select_t' ? 'select' : name.split(' ')[0]!;
    if (control.test(keyword)) return [keyword, 'controlKeyword'];
    if (variables.test(keyword)) return [keyword, 'propertyName'];
    if (memory.test(keyword)) return [keyword, 'macroName'];
    return [keyword, 'operatorKeyword'];
  }),
);

const number =
  /^[+-]?(?:0x[\da-fA-F](?:_?[\da-fA-F])*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]+)?|\d(?:_?\d)*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]+)?|inf|nan(?::0x[\da-fA-F_]+|:canonical|:arithmetic)?)$/;

/** A character of an identifier, keyword or number. */
const word = /[0-9A-Za-z!#$%&'*+\-./:<=>?@\\^_`|~]/;

/** How many block comments are open: they nest. */
export interface WatTokenState {
  commentDepth: number;
}

function styleOfWord(text: string): TokenStyle {
  if (text.startsWith('$')) return 'variableName';
  if (number.test(text)) return 'number';
  if (/^(?:offset|align)=/.test(text)) return 'attributeName';
  const instruction = styleByInstruction.get(text);
  if (instruction !== undefined) return instruction;
  if (structure.has(text)) return 'keyword';
  if (Object.hasOwn(abstractHeapTypes, text) || valTypeByKeyword(text) !== undefined) return 'typeName';
  return 'invalid';
}

function blockComment(stream: StringStream, state: WatTokenState): TokenStyle {
  while (!stream.eol()) {
    if (stream.match('(;')) state.commentDepth++;
    else if (stream.match(';)')) {
      state.commentDepth--;
      if (state.commentDepth === 0) break;
    } else stream.next();
  }
  return 'comment';
}

function text(stream: StringStream): TokenStyle {
  stream.next();
  while (!stream.eol()) {
    const character = stream.next();
    if (character === '\\') stream.next();
    else if (character === '"') break;
  }
  return 'string';
}

export const watTokens: StreamParser<WatTokenState> = {
  name: 'wat',
  startState: () => ({ commentDepth: 0 }),
  copyState: (state) => ({ ...state }),
  token(stream, state) {
    if (state.commentDepth > 0) return blockComment(stream, state);
    if (stream.eatSpace()) return null;
    if (stream.match(';;')) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match('(;')) {
      state.commentDepth = 1;
      return blockComment(stream, state);
    }
    if (stream.peek() === '"') return text(stream);
    if (stream.match('(@')) {
      stream.eatWhile(word);
      return 'meta';
    }
    const start = stream.pos;
    if (!stream.eatWhile(word)) {
      stream.next();
      return 'paren';
    }
    return styleOfWord(stream.string.slice(start, stream.pos));
  },
  languageData: {
    commentTokens: { line: ';;', block: { open: '(;', close: ';)' } },
    closeBrackets: { brackets: ['(', '"'] },
    indentOnInput: /^\s*(?:\)|end|else)$/,
    wordChars: '$._',
  },
};
