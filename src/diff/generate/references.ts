/** References: values of any reference type, and what becomes of references that are left over. */
import {
  ANYREF,
  type ArrayType,
  abstractHeapTypes,
  EXTERNREF,
  type FieldType,
  type HeapType,
  heapTypeOf,
  I8,
  I16,
  I32,
  isConcrete,
  isDefaultable,
  isNullable,
  isRef,
  type Mnemonic,
  refType,
  type StructType,
  typeidxOf,
  unpacked,
  type ValType,
} from '../../syntax/index.ts';
import type { CodeGenerator } from './code-generator.ts';
import { caughtException } from './jumps.ts';
import { isSubHeap, isSubtype, topOf } from './random-types.ts';

const { any, eq, i31, none, func, extern, exn } = abstractHeapTypes;

export function nonNullOf(type: ValType): ValType {
  return refType(heapTypeOf(type), false);
}

function pushNull(g: CodeGenerator, heap: HeapType): void {
  g.op('ref.null').out.heapType(heap);
  g.effect(0, refType(heap, true));
}

/** Pushes a reference of a type. @param isLeaf as simple as it can be */
export function valueOfReference(g: CodeGenerator, type: ValType, isLeaf: boolean): void {
  const heap = heapTypeOf(type);
  // Objects that hold objects of their own type end somewhere, at the latest with the tape.
  const isNull = isLeaf ? g.choices.isExhausted || g.choices.chance(2) : g.choices.chance(10);
  if (isNullable(type) && isNull) pushNull(g, heap);
  else if (isLeaf || !indirectly(g, type)) pushObject(g, heap, isNullable(type));
}

/** Takes the reference from somewhere; false when there is no such place. */
function indirectly(g: CodeGenerator, type: ValType): boolean {
  const kind = g.choices.below(10);
  if (kind === 0) return fromTable(g, type);
  if (kind === 1 && g.plan.knows('gc')) return fromField(g, type);
  if (kind === 2 && g.plan.knows('gc')) return byCast(g, type);
  if (kind === 3 && g.plan.knows('function-references') && !isNullable(type)) {
    g.value(refType(heapTypeOf(type), true))
      .op('ref.as_non_null')
      .effect(1, type);
    return true;
  }
  return false;
}

function fromTable(g: CodeGenerator, type: ValType): boolean {
  const { types, tables } = g.plan;
  const found = tables.flatMap((table, index) => (isSubtype(types, table.type.element, type) ? [index] : []));
  if (found.length === 0) return false;
  const tableidx = g.choices.pick(found);
  pushElementIndex(g, tableidx);
  g.op('table.get', tableidx).effect(1, type);
  return true;
}

/** Pushes the index of an element, most often of one that is there. */
export function pushElementIndex(g: CodeGenerator, tableidx: number, count = 1): void {
  const { address, limits } = g.plan.tables[tableidx]!.type;
  if (g.choices.chance(16)) g.value(address);
  else g.address(address, g.choices.below(Math.max(1, limits.min - count + 1)));
}

function fromField(g: CodeGenerator, type: ValType): boolean {
  const { plan, choices } = g;
  const fits = ({ storage }: FieldType) => isRef(storage) && isSubtype(plan.types, storage, type);
  const found = plan.aggregates.filter((heap) => fieldsOf(g, heap).some(fits));
  if (found.length === 0) return false;
  const heap = choices.pick(found);
  const typeidx = typeidxOf(heap);
  pushInstance(g, heap);
  if (plan.compOf(heap).kind === 'array') pushArrayIndex(g).op('array.get', typeidx).effect(2, type);
  else g.op('struct.get', typeidx, fieldsOf(g, heap).findIndex(fits)).effect(1, type);
  return true;
}

export function fieldsOf(g: CodeGenerator, heap: HeapType): readonly FieldType[] {
  const comp = g.plan.compOf(heap);
  if (comp.kind === 'struct') return comp.fields;
  return comp.kind === 'array' ? [comp.field] : [];
}

/** Pushes a reference to an instance of a type; seldom null. */
export function pushInstance(g: CodeGenerator, heap: HeapType): void {
  g.value(refType(heap, g.choices.chance(12)));
}

/** Pushes an index into an array, or a count of elements. */
export function pushArrayIndex(g: CodeGenerator): CodeGenerator {
  return g.choices.chance(24) ? g.value(I32) : g.i32(g.choices.pick([0, 0, 1, 0, 2]));
}

/** A reference of a type above it, cast back: to what it is, or seldom to what it may not be. */
function byCast(g: CodeGenerator, type: ValType): boolean {
  const heap = heapTypeOf(type);
  const top = topOf(g.plan.types, heap);
  if (heap === top || heap === exn || heap === extern) return false;
  if (g.choices.chance(8)) g.value(refType(top, true));
  else g.value(type);
  g.op(isNullable(type) ? 'ref.cast null' : 'ref.cast').out.heapType(heap);
  g.effect(1, type);
  return true;
}

/** An object of a type or one below it; null, or a trap, where none can be made. */
function pushObject(g: CodeGenerator, heap: HeapType, canBeNull: boolean): void {
  if (objectOf(g, heap)) return;
  pushNull(g, heap);
  if (canBeNull) return;
  if (g.plan.knows('function-references')) g.op('ref.as_non_null');
  else g.op('unreachable');
  g.effect(1, refType(heap, false));
}

function objectOf(g: CodeGenerator, heap: HeapType): boolean {
  const { plan, choices } = g;
  const type = refType(heap, false);
  if (heap === func || (isConcrete(heap) && plan.compOf(heap).kind === 'func')) {
    const found = plan.functionsOf(heap);
    if (found.length === 0) return false;
    g.op('ref.func', choices.pick(found)).effect(0, type);
    return true;
  }
  if (heap === exn && plan.tags.length > 0 && !plan.isLegacy && !g.isDeep) {
    caughtException(g, type);
    return true;
  }
  if (!plan.knows('gc')) return false;
  if (heap === i31 || ((heap === any || heap === eq) && (g.isDeep || choices.chance(2)))) {
    g.value(I32).op('ref.i31').effect(1, type);
    return true;
  }
  if (heap === extern) {
    g.value(g.isDeep ? refType(i31, false) : nonNullOf(ANYREF))
      .op('extern.convert_any')
      .effect(1, type);
    return true;
  }
  if (heap === any && choices.chance(5)) {
    g.value(nonNullOf(EXTERNREF)).op('any.convert_extern').effect(1, type);
    return true;
  }
  const candidates = plan.aggregates.filter((each) => isSubHeap(plan.types, each, heap));
  if (heap === none || candidates.length === 0) return false;
  // The first refers to nothing that refers to it without null.
  newInstance(g, g.isDeep ? candidates[0]! : choices.pick(candidates));
  g.effect(1, type);
  return true;
}

/** Allocates an instance of a structure or array type. */
export function newInstance(g: CodeGenerator, heap: HeapType): void {
  if (g.plan.compOf(heap).kind === 'struct') newStruct(g, heap);
  else newArray(g, heap);
}

const allDefaultable = (fields: readonly FieldType[]) => fields.every(({ storage }) => isDefaultable(storage));

export function newStruct(g: CodeGenerator, heap: HeapType, name?: Mnemonic): void {
  const { fields } = g.plan.compOf(heap) as StructType;
  const typeidx = typeidxOf(heap);
  const isDefault = allDefaultable(fields) && (name === 'struct.new_default' || g.isDeep || g.choices.chance(4));
  if (isDefault) g.op('struct.new_default', typeidx);
  else g.values(fields.map(({ storage }) => unpacked(storage))).op('struct.new', typeidx);
  g.effect(isDefault ? 0 : fields.length, refType(heap, false));
}

function newArray(g: CodeGenerator, heap: HeapType): void {
  const { storage } = (g.plan.compOf(heap) as ArrayType).field;
  const kind = g.choices.below(5);
  if (kind === 3 && newArrayFrom(g, heap, 'array.new_data')) return;
  if (kind === 4 && newArrayFrom(g, heap, 'array.new_elem')) return;
  const typeidx = typeidxOf(heap);
  const element = unpacked(storage);
  if (kind === 1 || g.isDeep) {
    const count = g.isDeep ? 1 : g.choices.below(5);
    for (let i = 0; i < count; i++) g.value(element);
    g.op('array.new_fixed', typeidx, count).effect(count, refType(heap, false));
  } else if (kind === 2 && isDefaultable(storage)) {
    g.i32(1 + g.choices.below(4))
      .op('array.new_default', typeidx)
      .effect(1, refType(heap, false));
  } else
    g.value(element)
      .i32(1 + g.choices.below(4))
      .op('array.new', typeidx)
      .effect(2, refType(heap, false));
}

/** Segments that an array of a type can be made of. */
export function segmentsFor(g: CodeGenerator, heap: HeapType, from: 'data' | 'elem'): number[] {
  const { storage } = (g.plan.compOf(heap) as ArrayType).field;
  if (from === 'data') return isRef(storage) ? [] : g.plan.datas.map((_, dataidx) => dataidx);
  return g.plan.elems.flatMap(({ type }, elemidx) => (isSubtype(g.plan.types, type, storage) ? [elemidx] : []));
}

/** How many elements of an array a segment has. */
export function segmentLength(g: CodeGenerator, heap: HeapType, from: 'data' | 'elem', index: number): number {
  if (from === 'elem') {
    const { mode, length } = g.plan.elems[index]!;
    return mode.kind === 'passive' ? length : 0;
  }
  const { mode, content } = g.plan.datas[index]!;
  const { storage } = (g.plan.compOf(heap) as ArrayType).field;
  return mode.kind === 'active' ? 0 : Math.floor(content.byteLength / storageBytes(storage));
}

function storageBytes(storage: ValType): number {
  if (storage === I8) return 1;
  if (storage === I16) return 2;
  return storage === I32 ? 4 : 16;
}

export function newArrayFrom(g: CodeGenerator, heap: HeapType, name: 'array.new_data' | 'array.new_elem'): boolean {
  const from = name === 'array.new_data' ? 'data' : 'elem';
  const found = segmentsFor(g, heap, from);
  if (found.length === 0) return false;
  const index = g.choices.pick(found);
  const length = segmentLength(g, heap, from, index);
  const start = g.choices.below(length + 1);
  const count = g.choices.chance(12) ? length + 1 : g.choices.below(length - start + 1);
  g.i32(start).i32(count).op(name, typeidxOf(heap), index).effect(2, refType(heap, false));
  return true;
}

/** Lets a leftover reference be seen: a question about it, or a place in a table. */
export function sinkReference(g: CodeGenerator, type: ValType): boolean {
  const { tables } = g.plan;
  const found = tables.flatMap((table, index) => (g.isSubtype(type, table.type.element) ? [index] : []));
  if (found.length > 0 && g.choices.chance(2)) {
    const tableidx = g.choices.pick(found);
    const kept = g.fresh(type);
    g.op('local.set', kept).effect(1);
    pushElementIndex(g, tableidx);
    g.op('local.get', kept).effect(0, type).op('table.set', tableidx).effect(2);
    return true;
  }
  g.op('ref.is_null').effect(1, I32);
  g.sink();
  return true;
}
