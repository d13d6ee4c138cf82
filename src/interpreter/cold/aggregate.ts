/** Structures, arrays, i31 and casts. `k` carries layouts and index immediates (lower/aggregate-rules.ts). */
import {
  type ArrayInst,
  type ArrayLayout,
  type FieldLayout,
  hasHeapType,
  type Instr,
  type StructInst,
  type StructLayout,
} from '../../runtime/index.ts';
import { type HeapType, Trap } from '../../syntax/index.ts';
import * as aggregates from '../aggregates.ts';
import type { Fiber } from '../fiber.ts';
import type { ColdHandler } from './handler.ts';

/** `k` of casts and tests: the target in canonical ids. */
export interface CastTarget {
  readonly heap: HeapType;
  readonly nullable: boolean;
}

/** `k` of instructions on an array and a segment, or on two arrays. */
export interface ArraySource {
  readonly layout: ArrayLayout;
  readonly segment: number;
}

/** Does the reference in a slot have the type? */
export function isInstance(ref: unknown, { heap, nullable }: CastTarget): boolean {
  return ref === null ? nullable : hasHeapType(ref, heap);
}

function structAt(t: Fiber, at: number): StructInst {
  const ref = t.R[at >> 1];
  if (ref === null) throw new Trap('null-structure-reference');
  return ref as StructInst;
}

function arrayAt(t: Fiber, at: number): ArrayInst {
  const ref = t.R[at >> 1];
  if (ref === null) throw new Trap('null-array-reference');
  return ref as ArrayInst;
}

/** A u32 operand. */
function u32({ I }: Fiber, at: number): number {
  return I[at]! >>> 0;
}

function checkIndex({ length }: ArrayInst, index: number): void {
  if (index >= length) throw new Trap('array-out-of-bounds');
}

function checkRange({ length }: ArrayInst, start: number, count: number): void {
  if (start + count > length) throw new Trap('array-out-of-bounds');
}

function getField(isSigned: boolean): ColdHandler {
  return (t, n, fp) => {
    aggregates.getField(t, fp + n.c, structAt(t, fp + n.a), n.k as FieldLayout, isSigned);
  };
}

function getElement(isSigned: boolean): ColdHandler {
  return (t, n, fp) => {
    const from = arrayAt(t, fp + n.a);
    const index = u32(t, fp + n.b);
    checkIndex(from, index);
    aggregates.getElement(t, fp + n.c, from, n.k as ArrayLayout, index, isSigned);
  };
}

/** Bytes of an object besides its values, about. */
const OBJECT_BYTES = 64;
const SLOT_BYTES = 8;

function putStruct(t: Fiber, n: Instr, fp: number, made: StructInst): void {
  t.meter.allocate(OBJECT_BYTES + SLOT_BYTES * made.slots.length);
  t.R[(fp + n.c) >> 1] = made;
}

/** Makes an array of `length` elements, all zero or null, after a look at time and room. */
function makeArray(t: Fiber, layout: ArrayLayout, length: number): ArrayInst {
  t.checkTime(length);
  t.meter.allocate(OBJECT_BYTES + aggregates.arrayBytes(layout, length));
  return aggregates.newDefaultArray(layout, length);
}

function putArray(t: Fiber, n: Instr, fp: number, made: ArrayInst): void {
  t.R[(fp + n.c) >> 1] = made;
}

function i31(extend: (value: number) => number): ColdHandler {
  return ({ R, I }, n, fp) => {
    const ref = R[(fp + n.a) >> 1];
    if (ref === null) throw new Trap('null-i31-reference');
    I[fp + n.c] = extend(ref as number);
  };
}

export const aggregateHandlers = {
  'ref.test': ({ R, I }, n, fp) => {
    I[fp + n.c] = isInstance(R[(fp + n.a) >> 1], n.k as CastTarget) ? 1 : 0;
  },
  'ref.cast': ({ R }, n, fp) => {
    const ref = R[(fp + n.a) >> 1];
    if (!isInstance(ref, n.k as CastTarget)) throw new Trap('cast-failure');
    R[(fp + n.c) >> 1] = ref;
  },
  'ref.i31': ({ R, I }, n, fp) => {
    R[(fp + n.c) >> 1] = (I[fp + n.a]! << 1) >> 1;
  },
  'i31.get_s': i31((value) => value),
  'i31.get_u': i31((value) => value & 0x7fffffff),
  'struct.new': (t, n, fp) => putStruct(t, n, fp, aggregates.newStruct(t, fp + n.a, n.k as StructLayout)),
  'struct.new_default': (t, n, fp) => putStruct(t, n, fp, aggregates.newDefaultStruct(n.k as StructLayout)),
  'struct.get': getField(false),
  'struct.get_s': getField(true),
  'struct.set': (t, n, fp) => {
    aggregates.setField(t, fp + n.b, structAt(t, fp + n.a), n.k as FieldLayout);
  },
  'array.new': (t, n, fp) => {
    const layout = n.k as ArrayLayout;
    const made = makeArray(t, layout, u32(t, fp + n.b));
    aggregates.fillArray(t, fp + n.a, made, layout, 0, made.length);
    putArray(t, n, fp, made);
  },
  'array.new_default': (t, n, fp) => {
    putArray(t, n, fp, makeArray(t, n.k as ArrayLayout, u32(t, fp + n.a)));
  },
  'array.new_fixed': (t, n, fp) => {
    const layout = n.k as ArrayLayout;
    t.meter.allocate(OBJECT_BYTES + aggregates.arrayBytes(layout, n.b));
    putArray(t, n, fp, aggregates.newFixedArray(t, fp + n.a, layout, n.b));
  },
  'array.new_data': (t, n, fp) => {
    const { layout, segment } = n.k as ArraySource;
    const data = t.instance.datas[segment]!;
    const source = u32(t, fp + n.a);
    const length = u32(t, fp + n.b);
    if (source + length * aggregates.elementBytes(layout) > data.length) throw new Trap('memory-out-of-bounds');
    const made = makeArray(t, layout, length);
    aggregates.readData(made, 0, data, source, length, layout);
    putArray(t, n, fp, made);
  },
  'array.new_elem': (t, n, fp) => {
    const { layout, segment } = n.k as ArraySource;
    const elem = t.instance.elems[segment]!;
    const source = u32(t, fp + n.a);
    const length = u32(t, fp + n.b);
    if (source + length > elem.length) throw new Trap('table-out-of-bounds');
    const made = makeArray(t, layout, length);
    aggregates.readElem(made, 0, elem, source, length);
    putArray(t, n, fp, made);
  },
  'array.get': getElement(false),
  'array.get_s': getElement(true),
  'array.set': (t, n, fp) => {
    const to = arrayAt(t, fp + n.a);
    const index = u32(t, fp + n.b);
    checkIndex(to, index);
    aggregates.setElement(t, fp + n.d, to, n.k as ArrayLayout, index);
  },
  'array.len': (t, n, fp) => {
    t.I[fp + n.c] = arrayAt(t, fp + n.a).length;
  },
  // Four and five operands stand side by side from `a` on; `b` and `d` say where the later ones are.
  'array.fill': (t, n, fp) => {
    const to = arrayAt(t, fp + n.a);
    const start = u32(t, fp + n.a + 2);
    const length = u32(t, fp + n.d);
    checkRange(to, start, length);
    t.checkTime(length);
    aggregates.fillArray(t, fp + n.b, to, n.k as ArrayLayout, start, length);
  },
  'array.copy': (t, n, fp) => {
    const at = fp + n.a;
    const to = arrayAt(t, at);
    const from = arrayAt(t, at + 4);
    const target = u32(t, at + 2);
    const source = u32(t, at + 6);
    const length = u32(t, at + 8);
    checkRange(to, target, length);
    checkRange(from, source, length);
    t.checkTime(length);
    aggregates.copyElements(to, target, from, source, length, n.k as ArrayLayout);
  },
  'array.init_data': (t, n, fp) => {
    const { layout, segment } = n.k as ArraySource;
    const [to, target, source, length] = initOperands(t, fp + n.a);
    aggregates.readData(to, target, t.instance.datas[segment]!, source, length, layout);
  },
  'array.init_elem': (t, n, fp) => {
    const { segment } = n.k as ArraySource;
    const [to, target, source, length] = initOperands(t, fp + n.a);
    aggregates.readElem(to, target, t.instance.elems[segment]!, source, length);
  },
} satisfies Record<string, ColdHandler>;

function initOperands(t: Fiber, at: number): [to: ArrayInst, target: number, source: number, length: number] {
  const to = arrayAt(t, at);
  const target = u32(t, at + 2);
  const length = u32(t, at + 6);
  checkRange(to, target, length);
  t.checkTime(length);
  return [to, target, u32(t, at + 4), length];
}
