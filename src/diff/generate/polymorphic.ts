/**
 * One step for each instruction of the table: those without a signature have a function of their own here, the others
 * are
 * made from it. A step may turn into another one where the module has not what the instruction needs.
 */
import { writeCastTypes } from '../../encoder/index.ts';
import {
  abstractHeapTypes,
  concreteHeapType,
  EXTERNREF,
  type FieldType,
  type HeapType,
  heapTypeOf,
  I32,
  I64,
  type InstrId,
  instructions,
  isDefaultable,
  isPacked,
  isRef,
  type Mnemonic,
  type PolymorphicMnemonic,
  refType,
  typeidxOf,
  unpacked,
  type ValType,
} from '../../syntax/index.ts';
import type { CodeGenerator } from './code-generator.ts';
import {
  branch,
  branchIf,
  branchOnNonNull,
  branchOnNull,
  branchTable,
  call,
  callIndirect,
  callRef,
  rethrow,
  returnCall,
  returnCallIndirect,
  returnCallRef,
  returnNow,
  sometimes,
  throwNow,
  throwRef,
  tryBlock,
  tryTable,
} from './jumps.ts';
import { applySigned, copyMemory } from './operands.ts';
import { numberTypes, topOf } from './random-types.ts';
import {
  fieldsOf,
  newArrayFrom,
  newStruct,
  nonNullOf,
  pushArrayIndex,
  pushElementIndex,
  pushInstance,
  segmentLength,
  segmentsFor,
} from './references.ts';

type Step = (g: CodeGenerator) => void;
type BlockPart = 'else' | 'end' | 'catch' | 'catch_all' | 'delegate';

const { any, eq, i31, struct, array, func } = abstractHeapTypes;

/** What to do when there is nothing that the instruction could work on. */
const nothing: Step = (g) => void g.op('nop');

function anyNumber(g: CodeGenerator): ValType {
  return g.choices.pick(g.plan.knows('simd') ? numberTypes : numberTypes.slice(0, 4));
}

/** Any type that a module of this profile can have values of. */
function anyReference(g: CodeGenerator): ValType {
  const { plan, choices } = g;
  if (!plan.knows('gc')) return choices.chance(2) ? EXTERNREF : refType(func, true);
  const concrete = plan.types.map((_, typeidx) => concreteHeapType(typeidx));
  const heap = choices.chance(2) ? choices.pick(concrete) : choices.pick([any, eq, i31, struct, array, func]);
  return refType(heap, choices.chance(2));
}

// Tables

const tableOf = (g: CodeGenerator) => g.choices.below(g.plan.tables.length);
const typeOf = (g: CodeGenerator, tableidx: number) => g.plan.tables[tableidx]!.type;
const smallCount = (g: CodeGenerator) => g.choices.pick([1, 0, 2, 3]);

const tableInit: Step = (g) => {
  const { elems, tables } = g.plan;
  const found = elems.flatMap(({ type }, elemidx) =>
    tables.flatMap((table, tableidx) => (g.isSubtype(type, table.type.element) ? [[elemidx, tableidx] as const] : [])),
  );
  if (found.length === 0) return nothing(g);
  const [elemidx, tableidx] = g.choices.pick(found);
  const { mode, length } = elems[elemidx]!;
  const count = mode.kind === 'passive' ? Math.min(length, smallCount(g)) : 0;
  pushElementIndex(g, tableidx, count);
  g.i32(g.choices.below(mode.kind === 'passive' ? length - count + 1 : 1)).i32(count + (g.choices.chance(12) ? 1 : 0));
  g.op('table.init', elemidx, tableidx).effect(3);
};

const tableCopy: Step = (g) => {
  const to = tableOf(g);
  const others = g.plan.tables.flatMap(({ type }, index) =>
    g.isSubtype(type.element, typeOf(g, to).element) ? [index] : [],
  );
  const from = g.choices.pick(others);
  const count = smallCount(g);
  pushElementIndex(g, to, count);
  pushElementIndex(g, from, count);
  const is64 = typeOf(g, to).address === I64 && typeOf(g, from).address === I64;
  g.address(is64 ? I64 : I32, count)
    .op('table.copy', to, from)
    .effect(3);
};

const tableGrow: Step = (g) => {
  const tableidx = tableOf(g);
  const { element, address } = typeOf(g, tableidx);
  g.value(element)
    .address(address, g.choices.pick([0, 1, 3, 10_000]))
    .op('table.grow', tableidx)
    .effect(2, address);
};

const tableFill: Step = (g) => {
  const tableidx = tableOf(g);
  const { element, address } = typeOf(g, tableidx);
  const count = smallCount(g);
  pushElementIndex(g, tableidx, count);
  g.value(element).address(address, count).op('table.fill', tableidx).effect(3);
};

// Aggregates

interface FieldPlace {
  readonly heap: HeapType;
  readonly index: number;
  readonly field: FieldType;
}

/** A field of a structure or array type of the module that fits; `undefined` when none does. */
function pickField(
  g: CodeGenerator,
  kind: 'struct' | 'array',
  fits: (field: FieldType) => boolean,
): FieldPlace | undefined {
  const found = g.plan.aggregates.flatMap((heap) => {
    if (g.plan.compOf(heap).kind !== kind) return [];
    return fieldsOf(g, heap).flatMap((field, index) => (fits(field) ? [{ heap, index, field }] : []));
  });
  return found.length === 0 ? undefined : g.choices.pick(found);
}

const reader =
  (name: Mnemonic, kind: 'struct' | 'array', fits: (field: FieldType) => boolean): Step =>
  (g) => {
    const place = pickField(g, kind, fits);
    if (place === undefined) return nothing(g);
    const { heap, index, field } = place;
    pushInstance(g, heap);
    if (kind === 'struct') g.op(name, typeidxOf(heap), index).effect(1, unpacked(field.storage));
    else pushArrayIndex(g).op(name, typeidxOf(heap)).effect(2, unpacked(field.storage));
  };

const plain = ({ storage }: FieldType) => !isPacked(storage);
const packed = ({ storage }: FieldType) => isPacked(storage);
const mutable = (field: FieldType) => field.mutable;

const structSet: Step = (g) => {
  const place = pickField(g, 'struct', mutable);
  if (place === undefined) return nothing(g);
  const { heap, index, field } = place;
  pushInstance(g, heap);
  g.value(unpacked(field.storage)).op('struct.set', typeidxOf(heap), index).effect(2);
};

const arraySet: Step = (g) => {
  const place = pickField(g, 'array', mutable);
  if (place === undefined) return nothing(g);
  pushInstance(g, place.heap);
  pushArrayIndex(g).value(unpacked(place.field.storage)).op('array.set', typeidxOf(place.heap)).effect(3);
};

const arrayFill: Step = (g) => {
  const place = pickField(g, 'array', mutable);
  if (place === undefined) return nothing(g);
  pushInstance(g, place.heap);
  pushArrayIndex(g).value(unpacked(place.field.storage));
  pushArrayIndex(g).op('array.fill', typeidxOf(place.heap)).effect(4);
};

const arrayCopy: Step = (g) => {
  const to = pickField(g, 'array', mutable);
  if (to === undefined) return nothing(g);
  const { storage } = to.field;
  const fits = (field: FieldType) =>
    field.storage === storage || (isRef(storage) && g.isSubtype(field.storage, storage));
  const from = pickField(g, 'array', fits)!;
  pushInstance(g, to.heap);
  pushArrayIndex(g);
  pushInstance(g, from.heap);
  pushArrayIndex(g);
  pushArrayIndex(g).op('array.copy', typeidxOf(to.heap), typeidxOf(from.heap)).effect(5);
};

/** Array types for which there are segments. */
function arraysFrom(g: CodeGenerator, from: 'data' | 'elem'): HeapType[] {
  const { plan } = g;
  return plan.aggregates.filter((heap) => plan.compOf(heap).kind === 'array' && segmentsFor(g, heap, from).length > 0);
}

const arrayInit =
  (name: 'array.init_data' | 'array.init_elem', from: 'data' | 'elem'): Step =>
  (g) => {
    const heaps = arraysFrom(g, from).filter((heap) => fieldsOf(g, heap)[0]!.mutable);
    if (heaps.length === 0) return nothing(g);
    const heap = g.choices.pick(heaps);
    const index = g.choices.pick(segmentsFor(g, heap, from));
    const length = segmentLength(g, heap, from, index);
    pushInstance(g, heap);
    pushArrayIndex(g).i32(g.choices.below(length + 1));
    pushArrayIndex(g).op(name, typeidxOf(heap), index).effect(4);
  };

const newArray =
  (write: (g: CodeGenerator, heap: HeapType, field: FieldType) => void): Step =>
  (g) => {
    const place = pickField(g, 'array', () => true);
    if (place === undefined) return nothing(g);
    write(g, place.heap, place.field);
  };

const newFrom =
  (name: 'array.new_data' | 'array.new_elem', from: 'data' | 'elem'): Step =>
  (g) => {
    const found = g.plan.aggregates.filter(
      (heap) => g.plan.compOf(heap).kind === 'array' && segmentsFor(g, heap, from).length > 0,
    );
    if (found.length === 0 || !newArrayFrom(g, g.choices.pick(found), name)) nothing(g);
  };

const newStructure =
  (name: Mnemonic): Step =>
  (g) => {
    const found = g.plan.aggregates.filter((heap) => {
      const isStruct = g.plan.compOf(heap).kind === 'struct';
      return isStruct && (name === 'struct.new' || fieldsOf(g, heap).every(({ storage }) => isDefaultable(storage)));
    });
    if (found.length === 0) return nothing(g);
    newStruct(g, g.choices.pick(found), name);
  };

// Casts

/** Types of one hierarchy: a value's, and one to ask about. */
function castTypes(g: CodeGenerator): { from: ValType; heap: HeapType } {
  const { plan, choices } = g;
  const concrete = plan.types.map((_, typeidx) => concreteHeapType(typeidx));
  const heap = choices.chance(2) ? choices.pick(concrete) : choices.pick([any, eq, i31, struct, array, func]);
  const top = topOf(plan.types, heap);
  // Not so general that nothing fits, nor so close that all does.
  const near = concrete.filter((each) => topOf(plan.types, each) === top);
  const from = choices.chance(2) && near.length > 0 ? choices.pick(near) : top;
  return { from: refType(from, choices.chance(2)), heap };
}

const test =
  (name: 'ref.test' | 'ref.test null'): Step =>
  (g) => {
    const { from, heap } = castTypes(g);
    g.value(from).op(name).out.heapType(heap);
    g.effect(1, I32);
  };

/** Of a value that is of the type most often. */
const cast =
  (name: 'ref.cast' | 'ref.cast null'): Step =>
  (g) => {
    const { from, heap } = castTypes(g);
    const nullable = name === 'ref.cast null';
    g.value(g.choices.chance(8) ? from : refType(heap, nullable))
      .op(name)
      .out.heapType(heap);
    g.effect(1, refType(heap, nullable));
  };

const branchOnCast =
  (name: 'br_on_cast' | 'br_on_cast_fail'): Step =>
  (g) => {
    const { plan, choices } = g;
    const { heap } = castTypes(g);
    const from = { heap: topOf(plan.types, heap), nullable: choices.chance(2) };
    const to = { heap, nullable: from.nullable && choices.chance(2) };
    const target = refType(to.heap, to.nullable);
    const rest = refType(from.heap, from.nullable && !to.nullable);
    const [taken, through] = name === 'br_on_cast' ? [target, rest] : [rest, target];
    g.op('block').writeBlockType([], [taken]);
    g.enclosed([], [taken], () => {
      if (choices.chance(2)) g.value(target);
      else g.value(refType(from.heap, from.nullable));
      g.op(name);
      writeCastTypes(g.out, 0, from, to);
      g.effect(1, through).sink();
      g.value(taken);
    });
    g.op('end');
  };

const nullableType = (g: CodeGenerator) => refType(heapTypeOf(anyReference(g)), true);

const steps: Readonly<Record<Exclude<PolymorphicMnemonic, BlockPart>, Step>> = {
  unreachable: (g) => {
    // Now and then: it ends the call.
    if (g.choices.chance(6)) sometimes(g, () => g.op('unreachable'));
    else nothing(g);
  },
  block: (g) => g.block(g.blockTypes(), g.blockTypes()),
  loop: (g) => g.loop(g.blockTypes(), g.blockTypes()),
  if: (g) => g.ifElse(g.blockTypes(), g.blockTypes()),
  throw: (g) => sometimes(g, throwNow),
  throw_ref: throwRef,
  br: (g) => sometimes(g, branch),
  br_if: branchIf,
  br_table: (g) => sometimes(g, branchTable),
  return: (g) => sometimes(g, returnNow),
  call,
  call_indirect: callIndirect,
  return_call: (g) => sometimes(g, returnCall),
  return_call_indirect: (g) => sometimes(g, returnCallIndirect),
  call_ref: callRef,
  return_call_ref: (g) => sometimes(g, returnCallRef),
  try_table: tryTable,
  br_on_null: (g) => branchOnNull(g, nullableType(g)),
  br_on_non_null: (g) => branchOnNonNull(g, nullableType(g)),
  br_on_cast: branchOnCast('br_on_cast'),
  br_on_cast_fail: branchOnCast('br_on_cast_fail'),
  try: tryBlock,
  rethrow,
  drop: (g) => void g.value(anyNumber(g)).op('drop').effect(1),
  select: (g) => {
    const type = anyNumber(g);
    g.take([type, type, I32]).op('select').effect(3, type);
  },
  select_t: (g) => {
    const type = g.choices.chance(2) ? anyReference(g) : anyNumber(g);
    g.take([type, type, I32]).op('select_t', 1).out.valType(type);
    g.effect(3, type);
  },
  'local.get': (g) => {
    const type = anyNumber(g);
    const local = g.readable(type);
    if (local === undefined) g.value(type);
    else g.op('local.get', local).effect(0, type);
  },
  'local.set': (g) => {
    const type = g.choices.chance(3) ? anyReference(g) : anyNumber(g);
    g.take([type]).op('local.set', g.writable(type)).effect(1);
  },
  'local.tee': (g) => {
    const type = g.choices.chance(3) ? anyReference(g) : anyNumber(g);
    // What stays is as general as the local.
    g.take([type]).op('local.tee', g.writable(type)).effect(1, type);
  },
  'global.get': (g) => {
    const globalidx = g.choices.below(g.plan.globals.length);
    g.op('global.get', globalidx).effect(0, g.plan.globals[globalidx]!.type.content);
  },
  'global.set': (g) => {
    const found = g.plan.globals.flatMap(({ type }, index) => (type.mutable ? [index] : []));
    if (found.length === 0) return nothing(g);
    const globalidx = g.choices.pick(found);
    g.take([g.plan.globals[globalidx]!.type.content]).op('global.set', globalidx).effect(1);
  },
  'table.get': (g) => {
    const tableidx = tableOf(g);
    pushElementIndex(g, tableidx);
    g.op('table.get', tableidx).effect(1, typeOf(g, tableidx).element);
  },
  'table.set': (g) => {
    const tableidx = tableOf(g);
    pushElementIndex(g, tableidx);
    g.value(typeOf(g, tableidx).element).op('table.set', tableidx).effect(2);
  },
  'table.init': tableInit,
  'table.copy': tableCopy,
  'table.grow': tableGrow,
  'table.size': (g) => {
    const tableidx = tableOf(g);
    g.op('table.size', tableidx).effect(0, typeOf(g, tableidx).address);
  },
  'table.fill': tableFill,
  'memory.copy': copyMemory,
  'ref.null': (g) => {
    const heap = heapTypeOf(anyReference(g));
    g.op('ref.null').out.heapType(heap);
    g.effect(0, refType(heap, true));
  },
  'ref.is_null': (g) => void g.value(anyReference(g)).op('ref.is_null').effect(1, I32),
  'ref.func': (g) => {
    const funcidx = g.choices.below(g.plan.funcs.length);
    const { typeidx } = g.plan.funcs[funcidx]!;
    const isTyped = g.plan.knows('function-references');
    g.op('ref.func', funcidx).effect(0, isTyped ? refType(concreteHeapType(typeidx), false) : refType(func, true));
  },
  'ref.as_non_null': (g) => {
    const type = anyReference(g);
    // Of an object most often, although its type allows null.
    g.value(g.choices.chance(8) ? refType(heapTypeOf(type), true) : nonNullOf(type));
    g.op('ref.as_non_null').effect(1, nonNullOf(type));
  },
  'ref.test': test('ref.test'),
  'ref.test null': test('ref.test null'),
  'ref.cast': cast('ref.cast'),
  'ref.cast null': cast('ref.cast null'),
  'struct.new': newStructure('struct.new'),
  'struct.new_default': newStructure('struct.new_default'),
  'struct.get': reader('struct.get', 'struct', plain),
  'struct.get_s': reader('struct.get_s', 'struct', packed),
  'struct.get_u': reader('struct.get_u', 'struct', packed),
  'struct.set': structSet,
  'array.new': newArray((g, heap, { storage }) => {
    g.value(unpacked(storage)).i32(g.choices.below(5)).op('array.new', typeidxOf(heap)).effect(2, refType(heap, false));
  }),
  'array.new_default': newArray((g, heap, { storage }) => {
    if (!isDefaultable(storage)) return nothing(g);
    g.i32(g.choices.below(5)).op('array.new_default', typeidxOf(heap)).effect(1, refType(heap, false));
  }),
  'array.new_fixed': newArray((g, heap, { storage }) => {
    const count = g.choices.below(4);
    for (let i = 0; i < count; i++) g.value(unpacked(storage));
    g.op('array.new_fixed', typeidxOf(heap), count).effect(count, refType(heap, false));
  }),
  'array.new_data': newFrom('array.new_data', 'data'),
  'array.new_elem': newFrom('array.new_elem', 'elem'),
  'array.get': reader('array.get', 'array', plain),
  'array.get_s': reader('array.get_s', 'array', packed),
  'array.get_u': reader('array.get_u', 'array', packed),
  'array.set': arraySet,
  'array.fill': arrayFill,
  'array.copy': arrayCopy,
  'array.init_data': arrayInit('array.init_data', 'data'),
  'array.init_elem': arrayInit('array.init_elem', 'elem'),
  'any.convert_extern': (g) => {
    const nullable = g.choices.chance(2);
    g.value(refType(abstractHeapTypes.extern, nullable)).op('any.convert_extern').effect(1, refType(any, nullable));
  },
  'extern.convert_any': (g) => {
    const nullable = g.choices.chance(2);
    g.value(refType(any, nullable)).op('extern.convert_any').effect(1, refType(abstractHeapTypes.extern, nullable));
  },
};

/** Makes one instruction with all that it needs. Its results, or those of what stands in for it, are on the stack. */
export function applyRow(g: CodeGenerator, id: InstrId): void {
  const { name } = instructions[id]!;
  const step = (steps as Readonly<Record<string, Step>>)[name];
  if (step !== undefined) step(g);
  else applySigned(g, id);
}
