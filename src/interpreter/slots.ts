/** How values lie in a frame: two words each, four for v128; references beside them. */
import { isRef, V128, type ValType } from '../syntax/index.ts';

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
