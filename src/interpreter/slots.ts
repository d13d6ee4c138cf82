/** How values lie in a frame: two words each, four for v128; references beside them. */
import { F64, I64, isRef, V128, type ValType } from '../syntax/index.ts';

/** Words that a value of a type takes. */
export function widthOf(type: ValType): number {
  return type === V128 ? 4 : 2;
}

/** Words of a sequence of values. */
export function wordsOf(types: readonly ValType[]): number {
  let words = 0;
  for (const type of types) words += widthOf(type);
  return words;
}

export function hasRefs(types: readonly ValType[]): boolean {
  return types.some(isRef);
}

/** How a value moves: one word, two, four, or a reference. */
export type ValueClass = 'word' | 'pair' | 'quad' | 'ref';

export function classOf(type: ValType): ValueClass {
  if (isRef(type)) return 'ref';
  if (type === V128) return 'quad';
  return type === I64 || type === F64 ? 'pair' : 'word';
}
