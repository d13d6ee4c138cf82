/**
 * Structures and arrays on the garbage-collected heap, which is the host's own: an object here is an
 * object there, and is freed when nothing refers to it.
 *
 * References of the `any` hierarchy: null is `null`, an i31 is a JavaScript number in its range, the rest
 * are StructInst, ArrayInst or, internalised, any value of the host.
 *
 * @see https://webassembly.github.io/spec/core/exec/runtime.html#aggregate-instances
 */
import {
  type ArrayType,
  abstractHeapTypes,
  type FieldType,
  type HeapType,
  I8,
  I16,
  isConcrete,
  isRef,
  type StructType,
  typeidxOf,
  typeRegistry,
  unpacked,
  type ValType,
} from '../syntax/index.ts';
import { Func } from './function.ts';
import { ExceptionInst } from './global.ts';

export class StructInst {
  /** Canonical id of its type. */
  readonly typeId: number;
  /** Words of numbers, lo before hi, and references, field after field (`StructLayout`). */
  readonly slots: unknown[];

  constructor(typeId: number, slots: unknown[]) {
    this.typeId = typeId;
    this.slots = slots;
  }
}

/** Elements by storage: bytes, half-words, words (two for 64 bits, four for v128), or references. */
export type ArrayElements = Int8Array | Int16Array | Int32Array | unknown[];

export class ArrayInst {
  readonly typeId: number;
  readonly length: number;
  readonly elements: ArrayElements;

  constructor(typeId: number, length: number, elements: ArrayElements) {
    this.typeId = typeId;
    this.length = length;
    this.elements = elements;
  }
}

/** Where a field lives in a structure. */
export interface FieldLayout {
  /** Value type of the field on the operand stack, in canonical ids. */
  readonly type: ValType;
  /** 8 or 16 for packed fields, else 32. */
  readonly bits: number;
  /** Index of its first entry in `slots`. */
  readonly slot: number;
  /** Words of its value, an entry for each; 0: a reference, which takes one entry. */
  readonly words: number;
}

export interface StructLayout {
  readonly typeId: number;
  readonly fields: readonly FieldLayout[];
  /**
   * `slots` of a structure of zeros and nulls: a copy has its final size and kind, where entries stored one by
   * one into an empty array make V8 keep room for 17 (binary trees 1.25× as fast, measured).
   */
  readonly defaults: readonly unknown[];
}

export interface ArrayLayout {
  readonly typeId: number;
  /** Value type of an element on the operand stack, in canonical ids. */
  readonly type: ValType;
  readonly bits: number;
}

function bitsOf({ storage }: FieldType): number {
  if (storage === I8) return 8;
  return storage === I16 ? 16 : 32;
}

/** @param widthOf entries of `slots` that a value of a type takes */
export function structLayout(typeId: number, widthOf: (type: ValType) => number): StructLayout {
  // Nulls first: an array that has held one may hold anything.
  const defaults: unknown[] = [];
  const { fields } = typeRegistry.subTypeOf(typeId).comp as StructType;
  const layouts = fields.map((field) => {
    const type = unpacked(field.storage);
    const width = widthOf(type);
    const layout = { type, bits: bitsOf(field), slot: defaults.length, words: isRef(type) ? 0 : width };
    for (let i = 0; i < width; i++) defaults.push(null);
    return layout;
  });
  for (const { slot, words } of layouts) defaults.fill(0, slot, slot + words);
  return { typeId, fields: layouts, defaults };
}

export function arrayLayout(typeId: number): ArrayLayout {
  const { field } = typeRegistry.subTypeOf(typeId).comp as ArrayType;
  return { typeId, type: unpacked(field.storage), bits: bitsOf(field) };
}

/** Is a JavaScript value in `any` an i31? */
export function isI31(ref: unknown): ref is number {
  return typeof ref === 'number' && (ref << 1) >> 1 === ref;
}

const { any, eq, i31, struct, array, func, extern, exn } = abstractHeapTypes;

/** Does a reference that is not null have a heap type, given in canonical ids? */
export function hasHeapType(ref: unknown, heap: HeapType): boolean {
  if (isConcrete(heap)) return hasConcreteType(ref, typeidxOf(heap));
  if (heap === any || heap === extern) return true;
  if (heap === eq) return isI31(ref) || ref instanceof StructInst || ref instanceof ArrayInst;
  if (heap === i31) return isI31(ref);
  if (heap === struct) return ref instanceof StructInst;
  if (heap === array) return ref instanceof ArrayInst;
  if (heap === func) return ref instanceof Func;
  return heap === exn && ref instanceof ExceptionInst;
}

function hasConcreteType(ref: unknown, typeId: number): boolean {
  const isTyped = ref instanceof StructInst || ref instanceof ArrayInst || ref instanceof Func;
  return isTyped && typeRegistry.isSubtypeId(ref.typeId, typeId);
}
