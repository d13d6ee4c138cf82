/**
 * The type section of a generated module: recursive groups of structures, arrays and functions, with open types and
 * subtypes of them that add fields or refine those that cannot change.
 */
import {
  abstractHeapTypes,
  type CompType,
  concreteHeapType,
  EXTERNREF,
  F32,
  F64,
  type FieldType,
  FUNCREF,
  type HeapType,
  heapTypeOf,
  I8,
  I16,
  I32,
  I64,
  isConcrete,
  isNullable,
  isRef,
  refType,
  type SubType,
  typeidxOf,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { Profile } from '../case.ts';
import type { Choices } from './choices.ts';
import { knowsProposal } from './known.ts';

const { any, eq, i31, struct, array, none, func, nofunc, extern, noextern, exn, noexn } = abstractHeapTypes;

export const numberTypes: readonly ValType[] = [I32, I64, F32, F64, V128];

/** What most signatures are made of. */
const usualTypes: readonly (readonly ValType[])[] = [
  [],
  [I32],
  [I64],
  [F64],
  [F32],
  [V128],
  [I32, I64],
  [F64, I32],
  [I64, V128],
  [EXTERNREF, F32],
  [FUNCREF],
  [I32, I32, I64],
  [F32, V128, F64, I32],
];

const above: ReadonlyMap<HeapType, readonly HeapType[]> = new Map([
  [eq, [any]],
  [i31, [eq, any]],
  [struct, [eq, any]],
  [array, [eq, any]],
  [none, [i31, struct, array, eq, any]],
  [nofunc, [func]],
  [noextern, [extern]],
  [noexn, [exn]],
]);

const kindHeaps: Readonly<Record<CompType['kind'], HeapType>> = { func, struct, array };

/** Declared subtyping of heap types, by type index: definitions that happen to be equal count as different. */
export function isSubHeap(types: readonly SubType[], a: HeapType, b: HeapType): boolean {
  if (a === b) return true;
  if (!isConcrete(a)) {
    if (!isConcrete(b)) return above.get(a)?.includes(b) ?? false;
    return a === (types[typeidxOf(b)]!.comp.kind === 'func' ? nofunc : none);
  }
  const { supertypes, comp } = types[typeidxOf(a)]!;
  const [supertype] = supertypes;
  if (isConcrete(b)) return supertype !== undefined && isSubHeap(types, concreteHeapType(supertype), b);
  return isSubHeap(types, kindHeaps[comp.kind], b);
}

export function isSubtype(types: readonly SubType[], a: ValType, b: ValType): boolean {
  if (a === b) return true;
  if (!isRef(a) || !isRef(b) || (isNullable(a) && !isNullable(b))) return false;
  return isSubHeap(types, heapTypeOf(a), heapTypeOf(b));
}

/** The type below all others of a heap type's hierarchy. */
export function bottomOf(types: readonly SubType[], heap: HeapType): HeapType {
  const top = topOf(types, heap);
  return top === func ? nofunc : top === extern ? noextern : top === exn ? noexn : none;
}

export function topOf(types: readonly SubType[], heap: HeapType): HeapType {
  for (const top of [any, func, extern]) if (isSubHeap(types, heap, top)) return top;
  return exn;
}

const nullable = (heap: HeapType) => refType(heap, true);
const nonNull = (heap: HeapType) => refType(heap, false);

/** Types of references that every module of the profile can have. */
export function abstractRefTypes(profile: Profile): readonly ValType[] {
  if (!knowsProposal(profile, 'gc')) return [FUNCREF, EXTERNREF];
  return [FUNCREF, EXTERNREF, ...[any, eq, i31, struct, array, exn].map(nullable), nonNull(i31), nonNull(eq)];
}

export class TypePlan {
  readonly groups: SubType[][] = [];
  readonly types: SubType[] = [];
  private readonly profile: Profile;
  private readonly choices: Choices;

  constructor(choices: Choices, profile: Profile) {
    this.choices = choices;
    this.profile = profile;
    if (!knowsProposal(profile, 'gc')) return;
    // Something that a structure or array of any type can be.
    this.addGroup([this.subType({ kind: 'struct', fields: [{ storage: I32, mutable: true }] }, false)]);
    this.addGroup([
      this.subType({ kind: 'array', field: { storage: choices.pick([I8, I16, I32, I64]), mutable: true } }, false),
    ]);
    // Something that element segments fill.
    const element = choices.pick([FUNCREF, nullable(i31), nullable(any), nullable(eq)]);
    if (choices.chance(2)) {
      this.addGroup([this.subType({ kind: 'array', field: { storage: element, mutable: true } }, false)]);
    }
    for (let left = choices.below(4); left > 0; left--) this.randomGroup();
  }

  private subType(comp: CompType, final: boolean, supertypes: readonly number[] = []): SubType {
    return { final, supertypes, comp };
  }

  private addGroup(types: readonly SubType[]): void {
    this.groups.push([...types]);
    this.types.push(...types);
  }

  /** The index of the final function type of its own that this is. */
  funcTypeidx(params: readonly ValType[], results: readonly ValType[]): number {
    const found = this.types.findIndex(({ final, supertypes, comp }) => {
      return (
        final &&
        supertypes.length === 0 &&
        comp.kind === 'func' &&
        sameTypes(comp.params, params) &&
        sameTypes(comp.results, results)
      );
    });
    if (found >= 0) return found;
    this.addGroup([this.subType({ kind: 'func', params: [...params], results: [...results] }, true)]);
    return this.types.length - 1;
  }

  private randomGroup(): void {
    const { choices, types } = this;
    const from = types.length;
    const size = choices.chance(3) ? choices.between(2, 3) : 1;
    const group: SubType[] = [];
    // Kinds first, so that a type may refer to those after it.
    const kinds = Array.from({ length: size }, () => choices.pick(['struct', 'array', 'struct', 'func'] as const));
    for (const kind of kinds) {
      const supertype = choices.chance(2) ? this.openType(kind) : undefined;
      const final = choices.chance(3);
      if (supertype !== undefined) {
        group.push(this.subType(this.refined(types[supertype]!.comp, from + group.length), final, [supertype]));
      } else group.push(this.subType(this.compType(kind, from + group.length, from + size), final));
    }
    this.addGroup(group);
  }

  /** A type that may have subtypes; only those of earlier groups, which are complete. */
  private openType(kind: CompType['kind']): number | undefined {
    const open = this.types.flatMap(({ final, comp }, typeidx) => (!final && comp.kind === kind ? [typeidx] : []));
    return open.length === 0 ? undefined : this.choices.pick(open);
  }

  /**
   * @param self references that are not null go below it, so that values can be made. @param end references may go
   * below it
   */
  private compType(kind: CompType['kind'], self: number, end: number): CompType {
    const { choices } = this;
    if (kind === 'array') return { kind, field: this.field(self, end) };
    if (kind === 'struct') return { kind, fields: choices.list(0, 4, () => this.field(self, end)) };
    const type = () => this.valueType(self);
    return { kind, params: choices.list(0, 2, type), results: choices.list(0, 2, type) };
  }

  private field(self: number, end: number): FieldType {
    const { choices } = this;
    const kind = choices.below(8);
    const mutable = !choices.chance(4);
    if (kind < 3) return { storage: choices.pick([I8, I16]), mutable };
    if (kind === 3) return { storage: nullable(concreteHeapType(choices.below(end))), mutable };
    return { storage: this.valueType(self), mutable };
  }

  /** Fields as they are, or closer where they cannot change, and some more. */
  private refined(comp: CompType, self: number): CompType {
    if (comp.kind === 'func') return comp;
    const refine = (field: FieldType): FieldType => {
      const { storage, mutable } = field;
      if (mutable || !isRef(storage) || !this.choices.chance(2)) return field;
      const below = this.types.flatMap((_, typeidx) => {
        const heap = concreteHeapType(typeidx);
        return typeidx < self && isSubHeap(this.types, heap, heapTypeOf(storage)) ? [heap] : [];
      });
      const heap = below.length === 0 ? heapTypeOf(storage) : this.choices.pick(below);
      return { storage: refType(heap, isNullable(storage)), mutable };
    };
    if (comp.kind === 'array') return { kind: 'array', field: refine(comp.field) };
    const more = this.choices.list(0, 2, () => this.field(self, self));
    return { kind: 'struct', fields: [...comp.fields.map(refine), ...more] };
  }

  /** A type for values, all of which can be made: numbers mostly. */
  valueType(end = this.types.length): ValType {
    const { choices } = this;
    if (!choices.chance(4)) return choices.pick(numberTypes);
    const concrete = this.types
      .slice(0, end)
      .flatMap(({ comp }, typeidx) => (comp.kind === 'func' ? [] : [concreteHeapType(typeidx)]));
    if (concrete.length > 0 && choices.chance(2)) return refType(choices.pick(concrete), !choices.chance(3));
    return choices.pick(abstractRefTypes(this.profile));
  }

  /**
   * Parameters or results: `most` of them, or fewer. Mostly such as other modules have too. V8 keeps the types of all
   * modules for good and looks through them for each new one: where every module brought two of its own, V8's part of
   * a case took 2.4 times as long after 12,000 cases.
   */
  valueTypes(most: number): readonly ValType[] {
    const { choices } = this;
    if (choices.chance(8)) return choices.list(0, most, () => this.valueType());
    return choices.pick(usualTypes.filter(({ length }) => length <= most));
  }
}

export function sameTypes(a: readonly ValType[], b: readonly ValType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i]);
}
