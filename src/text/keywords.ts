/**
 * Which keywords the grammar knows at all: others are "unknown operator", known ones in a wrong place
 * "unexpected token".
 */
import { abstractHeapTypes, findInstrId, type InstrId, instructions, valTypeByKeyword } from '../syntax/index.ts';

/** Rows of the instruction table that are chosen by their immediates and have no keyword of their own. */
const notKeywords: ReadonlySet<string> = new Set(['select_t', 'ref.test null', 'ref.cast null']);

const words = `
  module import export type rec sub final func param result local table memory global tag elem data start
  offset item declare mut field struct array ref null shared pagesize before after first last
  then do block loop if else end try try_table catch catch_ref catch_all catch_all_ref delegate
  i8x16 i16x8 i32x4 i64x2 f32x4 f64x2 nan:canonical nan:arithmetic
  binary quote definition instance register invoke get either thread wait component core
  ref.extern ref.host ref.any ref.eq ref.i31 ref.struct ref.array ref.exn
  assert_return assert_trap assert_exhaustion assert_malformed assert_invalid assert_unlinkable
  assert_exception assert_suspension assert_malformed_custom assert_invalid_custom`;

const grammarKeywords: ReadonlySet<string> = new Set([
  ...words.trim().split(/\s+/),
  ...Object.keys(abstractHeapTypes),
  ...instructions.map((row) => row.name).filter((name) => !notKeywords.has(name)),
]);

const MEMARG = /^(offset|align)=(\d(_?\d)*|0x[\da-fA-F](_?[\da-fA-F])*)$/;

export function isGrammarKeyword(text: string): boolean {
  return grammarKeywords.has(text) || MEMARG.test(text) || valTypeByKeyword(text) !== undefined;
}

/** The instruction that a keyword names. */
export function instrIdOfKeyword(keyword: string): InstrId | undefined {
  return notKeywords.has(keyword) ? undefined : findInstrId(keyword);
}
