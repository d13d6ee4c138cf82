/** What can be typed: instructions with their types, from the instruction table, and the identifiers of the text. */
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { type InstructionRow, instructions } from '../../../src/syntax/index.ts';

const structureWords =
  'module import export func param result local type memory data table elem global mut start tag then rec sub struct array field ref null'.split(
    ' ',
  );

const instructionOptions = instructions
  .filter(({ name }) => !name.includes(' ') && name !== 'select_t')
  .map((row) => ({ label: row.name, type: 'keyword', detail: row.sig ?? immediateText(row), boost: 0 }));

const wordOptions = [
  ...structureWords.map((label) => ({ label, type: 'keyword', boost: 1 })),
  ...'i32 i64 f32 f64 v128 funcref externref anyref eqref i31ref structref arrayref exnref'
    .split(' ')
    .map((label) => ({ label, type: 'type', boost: 1 })),
  ...instructionOptions,
];

function immediateText({ imm }: InstructionRow): string {
  return imm === 'none' ? '' : imm.replaceAll('_', ' ');
}

/** Documents longer than this are not searched for identifiers at each key. */
const MAX_SEARCHED = 300_000;

export function completeWat(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/[\w$.!#%&'*+\-/:<=>?@\\^`|~]+/);
  if (word === null && !context.explicit) return null;
  if (word?.text.startsWith('$')) return { from: word.from, options: identifierOptions(context), validFor: /^\S*$/ };
  if (word !== null && /^[-+\d]/.test(word.text)) return null;
  return { from: word?.from ?? context.pos, options: wordOptions, validFor: /^[\w.]*$/ };
}

function identifierOptions({ state, pos }: CompletionContext): { label: string; type: string }[] {
  if (state.doc.length > MAX_SEARCHED) return [];
  const before = state.sliceDoc(0, pos).replace(/[^\s()]*$/, '');
  const found = `${before} ${state.sliceDoc(pos)}`.match(/\$[^\s()";,[\]{}]+/g) ?? [];
  return [...new Set(found)].map((label) => ({ label, type: 'variable' }));
}

/** What a hint says about an instruction: its type, its bytes, where it comes from. */
export function describeInstruction(bytes: Uint8Array, row: InstructionRow): readonly string[] {
  const type = row.sig === undefined ? '' : `  ${row.sig}`;
  const access = row.accessBytes === undefined ? '' : ` · touches ${row.accessBytes} byte(s)`;
  const origin = row.proposal === 'mvp' ? 'WebAssembly 1.0' : row.proposal;
  const hex = Array.from(bytes.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return [`${row.name}${type}`, `${hex}${bytes.length > 12 ? ' …' : ''} · ${origin}${access}`];
}
