/**
 * Making, reading and writing structures and arrays, their values in words and references as a frame has
 * them. The cold handlers and constant expressions share it.
 *
 * @see https://webassembly.github.io/spec/core/exec/instructions.html#aggregate-reference-instructions
 */
import {
  type ArrayElements,
  ArrayInst,
  type ArrayLayout,
  type FieldLayout,
  StructInst,
  type StructLayout,
} from '../runtime/index.ts';
import { Exhaustion, isRef, Trap, V128 } from '../syntax/index.ts';
import { classOf, widthOf } from './slots.ts';

/** Words and references of a frame, or of anything that is laid out like one. */
export interface Frame {
  readonly I: Int32Array;
  readonly R: unknown[];
}

/** Entries that a value takes in a structure: one for each word, one for a reference. */
export const slotCount = { word: 1, pair: 2, quad: 4, ref: 1 } as const;

function writeField({ I, R }: Frame, at: number, { slots }: StructInst, { words, bits, slot }: FieldLayout): void {
  if (words === 0) {
    slots[slot] = R[at >> 1];
    return;
  }
  const spare = 32 - bits;
  for (let i = 0; i < words; i++) slots[slot + i] = (I[at + i]! << spare) >> spare;
}

/** `struct.new`: the fields stand side by side from word `at` on. */
export function newStruct(frame: Frame, at: number, { typeId, fields, defaults }: StructLayout): StructInst {
  const made = new StructInst(typeId, defaults.slice());
  let from = at;
  for (const field of fields) {
    writeField(frame, from, made, field);
    from += widthOf(field.type);
  }
  return made;
}

export function newDefaultStruct({ typeId, defaults }: StructLayout): StructInst {
  return new StructInst(typeId, defaults.slice());
}

/** Reads a field to word `at`; packed ones are sign- or zero-extended. */
export function getField(
  { I, R }: Frame,
  at: number,
  { slots }: StructInst,
  { words, bits, slot }: FieldLayout,
  isSigned: boolean,
): void {
  if (words === 0) R[at >> 1] = slots[slot];
  else if (bits < 32) I[at] = extend(slots[slot] as number, bits, isSigned);
  else for (let i = 0; i < words; i++) I[at + i] = slots[slot + i] as number;
}

export function setField(frame: Frame, at: number, made: StructInst, field: FieldLayout): void {
  writeField(frame, at, made, field);
}

function extend(value: number, bits: number, isSigned: boolean): number {
  const spare = 32 - bits;
  return isSigned ? (value << spare) >> spare : (value << spare) >>> spare;
}

/** Words that an element takes in `elements`, 1 for packed ones and references. */
function elementWords({ type }: ArrayLayout): number {
  return slotCount[classOf(type)];
}

/** Bytes of an element in a data segment. */
export function elementBytes({ type, bits }: ArrayLayout): number {
  if (bits < 32) return bits / 8;
  if (type === V128) return 16;
  return classOf(type) === 'pair' ? 8 : 4;
}

/** Elements all zero or null. @throws {Exhaustion} `memory` when the host cannot hold as many */
function makeElements(layout: ArrayLayout, length: number): ArrayElements {
  try {
    if (isRef(layout.type)) return new Array(length).fill(null);
    if (layout.bits === 8) return new Int8Array(length);
    if (layout.bits === 16) return new Int16Array(length);
    return new Int32Array(length * elementWords(layout));
  } catch {
    throw new Exhaustion('memory');
  }
}

/** Largest array, in bytes of its elements; references count as eight. What guests use goes by far below it. */
const MAX_ARRAY_BYTES = 2 ** 28;
const REF_BYTES = 8;

/** Bytes of an array's elements. */
export function arrayBytes(layout: ArrayLayout, length: number): number {
  return length * (isRef(layout.type) ? REF_BYTES : elementBytes(layout));
}

/** @throws {Exhaustion} `memory` when the array is larger than this engine or its host gives */
export function newDefaultArray(layout: ArrayLayout, length: number): ArrayInst {
  if (arrayBytes(layout, length) > MAX_ARRAY_BYTES) throw new Exhaustion('memory');
  return new ArrayInst(layout.typeId, length, makeElements(layout, length));
}

/** `array.new`: every element is the value at word `at`. */
export function newArray(frame: Frame, at: number, layout: ArrayLayout, length: number): ArrayInst {
  const made = newDefaultArray(layout, length);
  fillArray(frame, at, made, layout, 0, length);
  return made;
}

/** `array.new_fixed`: `length` values side by side from word `at` on. */
export function newFixedArray(frame: Frame, at: number, layout: ArrayLayout, length: number): ArrayInst {
  const made = newDefaultArray(layout, length);
  const width = widthOf(layout.type);
  for (let i = 0; i < length; i++) setElement(frame, at + i * width, made, layout, i);
  return made;
}

export function fillArray(
  { I, R }: Frame,
  at: number,
  { elements }: ArrayInst,
  layout: ArrayLayout,
  start: number,
  length: number,
): void {
  const words = elementWords(layout);
  if (Array.isArray(elements)) elements.fill(R[at >> 1], start, start + length);
  else if (words === 1) elements.fill(I[at]!, start, start + length);
  else for (let i = 0; i < length; i++) elements.set(I.subarray(at, at + words), (start + i) * words);
}

export function setElement({ I, R }: Frame, at: number, made: ArrayInst, layout: ArrayLayout, index: number): void {
  const { elements } = made;
  const words = elementWords(layout);
  if (Array.isArray(elements)) elements[index] = R[at >> 1];
  else for (let i = 0; i < words; i++) elements[index * words + i] = I[at + i]!;
}

/** Reads an element to word `at`; packed ones are sign- or zero-extended. */
export function getElement(
  { I, R }: Frame,
  at: number,
  { elements }: ArrayInst,
  layout: ArrayLayout,
  index: number,
  isSigned: boolean,
): void {
  const words = elementWords(layout);
  if (Array.isArray(elements)) R[at >> 1] = elements[index];
  else if (layout.bits < 32) I[at] = extend(elements[index]!, layout.bits, isSigned);
  else for (let i = 0; i < words; i++) I[at + i] = elements[index * words + i]!;
}

/** `array.copy` between arrays of one storage; overlapping ranges are fine. */
export function copyElements(
  to: ArrayInst,
  target: number,
  from: ArrayInst,
  source: number,
  length: number,
  layout: ArrayLayout,
): void {
  const words = elementWords(layout);
  if (Array.isArray(to.elements)) {
    const copied = (from.elements as unknown[]).slice(source, source + length);
    for (let i = 0; i < length; i++) to.elements[target + i] = copied[i];
    return;
  }
  const elements = from.elements as Int32Array;
  to.elements.set(elements.subarray(source * words, (source + length) * words), target * words);
}

/**
 * Copies `length` elements from a data segment.
 *
 * @throws {Trap} `memory-out-of-bounds` when the segment ends before
 */
export function readData(
  { elements }: ArrayInst,
  target: number,
  data: Uint8Array,
  source: number,
  length: number,
  layout: ArrayLayout,
): void {
  const bytes = elementBytes(layout);
  if (source + length * bytes > data.length) throw new Trap('memory-out-of-bounds');
  const view = elements as Int32Array;
  const window = new Uint8Array(view.buffer, view.byteOffset + target * bytes, length * bytes);
  window.set(data.subarray(source, source + length * bytes));
}

/**
 * Copies `length` references from an element segment.
 *
 * @throws {Trap} `table-out-of-bounds` when the segment ends before
 */
export function readElem(
  { elements }: ArrayInst,
  target: number,
  elem: readonly unknown[],
  source: number,
  length: number,
): void {
  if (source + length > elem.length) throw new Trap('table-out-of-bounds');
  const refs = elements as unknown[];
  for (let i = 0; i < length; i++) refs[target + i] = elem[source + i];
}
