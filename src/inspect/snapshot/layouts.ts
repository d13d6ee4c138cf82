/** How values of structures, arrays, globals and frames lie in words: what a snapshot writes of each. */
import { type ArrayLayout, arrayLayout, type StructLayout, structLayout } from '../../runtime/index.ts';
import { F64, I64, isRef, V128, type ValType } from '../../syntax/index.ts';

/** Words of a number or vector that mean something; 1 for a reference, as structures count. */
export function wordsIn(type: ValType): number {
  if (type === V128) return 4;
  return type === I64 || type === F64 ? 2 : 1;
}

const structs = new Map<number, StructLayout>();
const arrays = new Map<number, ArrayLayout>();

/** The layout of a structure type, by canonical id. */
export function structLayoutOf(typeId: number): StructLayout {
  const layout = structs.get(typeId) ?? structLayout(typeId, wordsIn);
  structs.set(typeId, layout);
  return layout;
}

/** The layout of an array type, by canonical id. */
export function arrayLayoutOf(typeId: number): ArrayLayout {
  const layout = arrays.get(typeId) ?? arrayLayout(typeId);
  arrays.set(typeId, layout);
  return layout;
}

/** Bytes of an element in an array of numbers. */
export function elementBytesOf({ type, bits }: ArrayLayout): number {
  if (isRef(type)) return 0;
  return bits < 32 ? bits / 8 : 4 * wordsIn(type);
}
