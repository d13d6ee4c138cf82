/** Fields of structures and elements of arrays as values with their bits. Types are in canonical ids. */
import { classOf, slotCount } from '../../interpreter/index.ts';
import {
  type ArrayInst,
  type ArrayLayout,
  arrayLayout,
  type FieldLayout,
  type StructInst,
  type StructLayout,
  structLayout,
} from '../../runtime/index.ts';
import {
  type ArrayType,
  type FieldType,
  isRef,
  type StructType,
  typeRegistry,
  type ValType,
} from '../../syntax/index.ts';
import { type Bits, ofRef } from './bits.ts';

const structLayouts = new Map<number, StructLayout>();
const arrayLayouts = new Map<number, ArrayLayout>();

export function structLayoutOf({ typeId }: StructInst): StructLayout {
  const known = structLayouts.get(typeId) ?? structLayout(typeId, (type) => slotCount[classOf(type)]);
  structLayouts.set(typeId, known);
  return known;
}

export function arrayLayoutOf({ typeId }: ArrayInst): ArrayLayout {
  const known = arrayLayouts.get(typeId) ?? arrayLayout(typeId);
  arrayLayouts.set(typeId, known);
  return known;
}

export function fieldTypes({ typeId }: StructInst): readonly FieldType[] {
  return (typeRegistry.subTypeOf(typeId).comp as StructType).fields;
}

export function elementType({ typeId }: ArrayInst): FieldType {
  return (typeRegistry.subTypeOf(typeId).comp as ArrayType).field;
}

function bitsFrom(entries: ArrayLike<unknown>, at: number, type: ValType): Bits {
  if (isRef(type)) return ofRef(entries[at]);
  const count = slotCount[classOf(type)];
  const word = (i: number) => (i < count ? (entries[at + i] as number) : 0);
  return { lo: word(0), hi: word(1), x2: word(2), x3: word(3), ref: null };
}

function store(entries: unknown[] | Int8Array | Int16Array | Int32Array, at: number, type: ValType, bits: Bits): void {
  const into = entries as unknown[];
  if (isRef(type)) {
    into[at] = bits.ref;
    return;
  }
  const words = [bits.lo, bits.hi, bits.x2, bits.x3];
  for (let i = 0; i < slotCount[classOf(type)]; i++) into[at + i] = words[i];
}

/** Packed fields come sign-extended. */
export function readField({ slots }: StructInst, { type, slot }: FieldLayout): Bits {
  return bitsFrom(slots, slot, type);
}

/** Packed fields must come wrapped. */
export function writeField({ slots }: StructInst, { type, slot }: FieldLayout, bits: Bits): void {
  store(slots, slot, type, bits);
}

export function readElement(array: ArrayInst, index: number): Bits {
  const { type } = arrayLayoutOf(array);
  return bitsFrom(array.elements, index * slotCount[classOf(type)], type);
}

export function writeElement(array: ArrayInst, index: number, bits: Bits): void {
  const { type } = arrayLayoutOf(array);
  store(array.elements, index * slotCount[classOf(type)], type, bits);
}
