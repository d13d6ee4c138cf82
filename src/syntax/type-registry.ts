/**
 * What types mean: equality of recursive types across modules, and subtyping.
 *
 * Every distinct definition gets one canonical id, so two types are equal when their ids are. The
 * engine shares `typeRegistry`, where the types of instantiated modules stay for the agent's life;
 * the validator uses a registry a module, so that rejected modules leave nothing behind.
 * Validity is not checked here: indices must be in range and supertypes defined before their subtypes.
 *
 * @see https://webassembly.github.io/spec/core/valid/matching.html
 */
import { LinkError } from './errors.ts';
import {
  abstractHeapTypes,
  BOTTOM,
  BOTTOM_HEAP,
  type CompType,
  concreteHeapType,
  type FieldType,
  type FuncType,
  type HeapType,
  heapTypeOf,
  isConcrete,
  isNullable,
  isRef,
  type RecGroup,
  refType,
  type SubType,
  typeidxOf,
  type ValType,
} from './types.ts';

/** A declared supertype chain may have 63 steps: the limit of the JavaScript interface. */
export const MAX_SUBTYPING_DEPTH = 63;

/** Ids above this would not fit a `ValType` of 31 bits. */
const MAX_ID_COUNT = 2 ** 23 - 0x80;

const NO_SUPERTYPE = -1;
const { any, array, eq, exn, extern, func, i31, noexn, noextern, nofunc, none, struct } = abstractHeapTypes;

/** The proper supertypes of each abstract heap type. */
const abstractSupertypes = new Map<HeapType, readonly HeapType[]>([
  [eq, [any]],
  [i31, [eq, any]],
  [struct, [eq, any]],
  [array, [eq, any]],
  [none, [i31, struct, array, eq, any]],
  [nofunc, [func]],
  [noextern, [extern]],
  [noexn, [exn]],
]);

const abstractTops = new Map<HeapType, HeapType>([
  [nofunc, func],
  [func, func],
  [noextern, extern],
  [extern, extern],
  [noexn, exn],
  [exn, exn],
]);

const heapTypeOfKind = { func, struct, array } as const;
const kindCode = { func: 0, struct: 1, array: 2 } as const;

/** A value type with its type index, if it has one, replaced by `ids[typeidx]`. */
export function translateValType(type: ValType, ids: ArrayLike<number>): ValType {
  if (!isRef(type) || !isConcrete(heapTypeOf(type))) return type;
  return refType(concreteHeapType(ids[typeidxOf(heapTypeOf(type))] as number), isNullable(type));
}

/** A composite type with every value type replaced by `translate` of it. */
export function mapCompType(comp: CompType, translate: (type: ValType) => ValType): CompType {
  const field = ({ storage, mutable }: FieldType): FieldType => ({ storage: translate(storage), mutable });
  if (comp.kind === 'array') return { kind: 'array', field: field(comp.field) };
  if (comp.kind === 'struct') return { kind: 'struct', fields: comp.fields.map(field) };
  return { kind: 'func', params: comp.params.map(translate), results: comp.results.map(translate) };
}

/**
 * A recursive group as text that is equal for equal groups: references into the group count from its
 * start and are negative, others are canonical. Lengths stand before sequences, so no two groups share a text.
 */
function groupKey(types: readonly SubType[], from: number, canonicalId: (typeidx: number) => number): string {
  const key: number[] = [];
  const valType = (type: ValType) => {
    if (!isRef(type) || !isConcrete(heapTypeOf(type))) return type;
    const typeidx = typeidxOf(heapTypeOf(type));
    if (typeidx >= from) return -1 - 2 * (typeidx - from) - (isNullable(type) ? 1 : 0);
    return refType(concreteHeapType(canonicalId(typeidx)), isNullable(type));
  };
  const pushField = ({ storage, mutable }: FieldType) => key.push(valType(storage), mutable ? 1 : 0);
  for (const { final, supertypes, comp } of types) {
    key.push(final ? 1 : 0, supertypes.length);
    for (const typeidx of supertypes) key.push(typeidx >= from ? from - typeidx - 1 : canonicalId(typeidx));
    key.push(kindCode[comp.kind]);
    if (comp.kind === 'array') pushField(comp.field);
    else if (comp.kind === 'struct') {
      key.push(comp.fields.length);
      for (const field of comp.fields) pushField(field);
    } else {
      key.push(comp.params.length, comp.results.length);
      for (const type of comp.params) key.push(valType(type));
      for (const type of comp.results) key.push(valType(type));
    }
  }
  return key.join();
}

export class TypeRegistry {
  /** Group text → canonical id of the group's first type; the others follow it. */
  private readonly groups = new Map<string, number>();
  private readonly subTypes: SubType[] = [];
  /** The first id of each id's group. */
  private readonly groupStarts: number[] = [];
  private readonly depths: number[] = [];
  private readonly displays: (readonly number[] | undefined)[] = [];

  /** How many distinct types are known. */
  get size(): number {
    return this.subTypes.length;
  }

  /**
   * Canonical ids of a module's types, by type index.
   *
   * @throws {LinkError} when the agent has seen more distinct types than ids can number (8 million)
   */
  addTypes(groups: readonly RecGroup[]): number[] {
    const ids: number[] = [];
    for (const group of groups) this.addGroup(group, ids);
    return ids;
  }

  /** Appends the ids of one group to `ids`, which holds those of all types before it. */
  addGroup(group: RecGroup, ids: number[]): void {
    const first = this.intern(group.types, group.from, (typeidx) => ids[typeidx] as number);
    for (let i = 0; i < group.types.length; i++) ids.push(first + i);
  }

  /** The id of a final function type without supertypes, whose own concrete references are canonical ids. */
  funcTypeId(type: FuncType): number {
    return this.intern([{ final: true, supertypes: [], comp: type }], Number.POSITIVE_INFINITY, (id) => id);
  }

  private intern(types: readonly SubType[], from: number, canonicalId: (typeidx: number) => number): number {
    const key = groupKey(types, from, canonicalId);
    const known = this.groups.get(key);
    if (known !== undefined) return known;
    const first = this.subTypes.length;
    if (first + types.length > MAX_ID_COUNT) throw new LinkError('too many distinct types in this process');
    const translated = (typeidx: number) => (typeidx >= from ? first + typeidx - from : canonicalId(typeidx));
    const valType = (type: ValType) =>
      isRef(type) && isConcrete(heapTypeOf(type))
        ? refType(concreteHeapType(translated(typeidxOf(heapTypeOf(type)))), isNullable(type))
        : type;
    for (const { final, supertypes, comp } of types) {
      const canonicalSupertypes = supertypes.map(translated);
      const supertype = canonicalSupertypes[0];
      this.subTypes.push({ final, supertypes: canonicalSupertypes, comp: mapCompType(comp, valType) });
      this.groupStarts.push(first);
      this.depths.push(supertype === undefined ? 0 : (this.depths[supertype] as number) + 1);
      this.displays.push(undefined);
    }
    this.groups.set(key, first);
    return first;
  }

  /** The definition behind an id, in canonical ids. */
  subTypeOf(id: number): SubType {
    return this.subTypes[id] as SubType;
  }

  /** The recursive group that an id was defined in, in canonical ids. */
  groupOf(id: number): RecGroup {
    const from = this.groupStarts[id] as number;
    let end = id + 1;
    while (this.groupStarts[end] === from) end++;
    return { from, types: this.subTypes.slice(from, end) };
  }

  /** Number of declared supertypes above an id. */
  depthOf(id: number): number {
    return this.depths[id] as number;
  }

  /** The chain of declared supertypes from the root to `id` itself: `display[d]` is the ancestor of depth `d`. */
  displayOf(id: number): readonly number[] {
    const known = this.displays[id];
    if (known !== undefined) return known;
    const display: number[] = [];
    for (let at = id; at !== NO_SUPERTYPE; at = this.supertypeOf(at)) display.push(at);
    display.reverse();
    this.displays[id] = display;
    return display;
  }

  private supertypeOf(id: number): number {
    return this.subTypeOf(id).supertypes[0] ?? NO_SUPERTYPE;
  }

  /** Declared subtyping: is `a` the type `b` or below it? Constant time. */
  isSubtypeId(a: number, b: number): boolean {
    return a === b || this.displayOf(a)[this.depthOf(b)] === b;
  }

  /** @see https://webassembly.github.io/spec/core/valid/matching.html#heap-types */
  matchesHeap(a: HeapType, b: HeapType): boolean {
    if (a === b || a === BOTTOM_HEAP) return true;
    if (isConcrete(a)) {
      if (isConcrete(b)) return this.isSubtypeId(typeidxOf(a), typeidxOf(b));
      return this.matchesHeap(heapTypeOfKind[this.subTypeOf(typeidxOf(a)).comp.kind], b);
    }
    if (!isConcrete(b)) return abstractSupertypes.get(a)?.includes(b) ?? false;
    const isFunc = this.subTypeOf(typeidxOf(b)).comp.kind === 'func';
    return a === (isFunc ? nofunc : none);
  }

  /** @see https://webassembly.github.io/spec/core/valid/matching.html#reference-types */
  matchesRef(a: ValType, b: ValType): boolean {
    return (isNullable(b) || !isNullable(a)) && this.matchesHeap(heapTypeOf(a), heapTypeOf(b));
  }

  /** Is a value of type `a` also one of type `b`? @see https://webassembly.github.io/spec/core/valid/matching.html#value-types */
  matchesVal(a: ValType, b: ValType): boolean {
    if (a === b || a === BOTTOM) return true;
    return isRef(a) && isRef(b) && this.matchesRef(a, b);
  }

  /** The greatest type of a heap type's hierarchy: what a cast starts from. */
  topOf(heap: HeapType): HeapType {
    if (!isConcrete(heap)) return abstractTops.get(heap) ?? any;
    return this.subTypeOf(typeidxOf(heap)).comp.kind === 'func' ? func : any;
  }

  private matchesField(a: FieldType, b: FieldType): boolean {
    if (a.mutable !== b.mutable) return false;
    return a.mutable ? a.storage === b.storage : this.matchesVal(a.storage, b.storage);
  }

  /** Structural matching, both in canonical ids. @see https://webassembly.github.io/spec/core/valid/matching.html#composite-types */
  matchesComp(a: CompType, b: CompType): boolean {
    if (a.kind === 'array') return b.kind === 'array' && this.matchesField(a.field, b.field);
    if (a.kind === 'struct') {
      if (b.kind !== 'struct' || a.fields.length < b.fields.length) return false;
      return b.fields.every((field, i) => this.matchesField(a.fields[i] as FieldType, field));
    }
    if (b.kind !== 'func' || a.params.length !== b.params.length || a.results.length !== b.results.length) return false;
    return (
      b.params.every((type, i) => this.matchesVal(type, a.params[i] as ValType)) &&
      a.results.every((type, i) => this.matchesVal(type, b.results[i] as ValType))
    );
  }
}

/** The agent's registry: canonical ids of all instantiated modules, host functions and stores. */
export const typeRegistry = new TypeRegistry();
