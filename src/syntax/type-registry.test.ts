/** Canonical type ids and subtyping, against a plain reading of the rules. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ANYREF,
  abstractHeapTypes,
  BOTTOM,
  BOTTOM_REF,
  type CompType,
  concreteHeapType,
  EQREF,
  EXTERNREF,
  type FieldType,
  FUNCREF,
  I8,
  I31REF,
  I32,
  I64,
  type RecGroup,
  refType,
  STRUCTREF,
  type SubType,
  TypeRegistry,
  translateValType,
  typeRegistry,
  type ValType,
} from './index.ts';

const { none, nofunc, noextern, func, any, struct, i31, exn, extern } = abstractHeapTypes;
const ref = (typeidx: number, nullable = false) => refType(concreteHeapType(typeidx), nullable);
const field = (storage: ValType, mutable = false): FieldType => ({ storage, mutable });
const structOf = (...fields: FieldType[]): CompType => ({ kind: 'struct', fields });
const arrayOf = (of: FieldType): CompType => ({ kind: 'array', field: of });
const funcOf = (params: ValType[], results: ValType[]): CompType => ({ kind: 'func', params, results });
const open = (comp: CompType, ...supertypes: number[]): SubType => ({ final: false, supertypes, comp });
const final = (comp: CompType, ...supertypes: number[]): SubType => ({ final: true, supertypes, comp });

/** Groups from lists of definitions, numbered in order. */
function groups(...lists: SubType[][]): RecGroup[] {
  let from = 0;
  return lists.map((types) => {
    const group = { from, types };
    from += types.length;
    return group;
  });
}

describe('canonical ids', () => {
  const registry = new TypeRegistry();
  const cases: [name: string, groups: RecGroup[], same: [number, number][], different: [number, number][]][] = [
    ['equal definitions', groups([final(funcOf([I32], []))], [final(funcOf([I32], []))]), [[0, 1]], []],
    ['other parameters', groups([final(funcOf([I32], []))], [final(funcOf([], [I32]))]), [], [[0, 1]]],
    ['an open and a final one', groups([final(structOf())], [open(structOf())]), [], [[0, 1]]],
    ['mutability', groups([final(arrayOf(field(I8)))], [final(arrayOf(field(I8, true)))]), [], [[0, 1]]],
    [
      'groups that refer to themselves',
      groups([final(structOf(field(ref(0))))], [final(structOf(field(ref(1))))]),
      [[0, 1]],
      [],
    ],
    [
      'a reference into the group and one out of it',
      groups([final(structOf(field(ref(0))))], [final(structOf(field(ref(0))))]),
      [],
      [[0, 1]],
    ],
    [
      'the place within a group',
      groups([final(structOf()), final(structOf())], [final(structOf()), final(structOf())], [final(structOf())]),
      [
        [0, 2],
        [1, 3],
      ],
      [
        [0, 1],
        [0, 4],
      ],
    ],
    [
      'nullability within the group',
      groups([final(structOf(field(ref(0, true))))], [final(structOf(field(ref(1))))]),
      [],
      [[0, 1]],
    ],
    [
      'supertypes',
      groups([open(structOf())], [open(structOf(), 0)], [open(structOf(), 0)], [open(structOf())]),
      [
        [1, 2],
        [0, 3],
      ],
      [[0, 1]],
    ],
  ];
  it.each(cases)('tell %s apart or not', (_name, recGroups, same, different) => {
    const ids = registry.addTypes(recGroups);
    for (const [a, b] of same) expect(ids[a]).toBe(ids[b]);
    for (const [a, b] of different) expect(ids[a]).not.toBe(ids[b]);
  });

  it('are the same across modules, whatever stands before', () => {
    const a = registry.addTypes(groups([final(structOf(field(I64)))], [final(structOf(field(ref(0))))]));
    const b = registry.addTypes(
      groups([final(funcOf([], []))], [final(structOf(field(I64)))], [final(structOf(field(ref(1))))]),
    );
    expect(b.slice(1)).toEqual(a);
    expect(registry.subTypeOf(b[2]!).comp).toEqual(structOf(field(ref(b[1]!))));
  });

  it('add nothing for types already known', () => {
    const recGroups = groups([final(structOf(field(I64)))]);
    registry.addTypes(recGroups);
    const { size } = registry;
    registry.addTypes(recGroups);
    expect(registry.size).toBe(size);
  });

  it('of host functions are those of equal module types', () => {
    const [id] = registry.addTypes(groups([final(funcOf([I32, EXTERNREF], [I64]))]));
    expect(registry.funcTypeId({ kind: 'func', params: [I32, EXTERNREF], results: [I64] })).toBe(id);
    const inner = registry.funcTypeId({ kind: 'func', params: [ref(id!)], results: [] });
    expect(registry.subTypeOf(inner).comp).toEqual(funcOf([ref(id!)], []));
  });

  it('replace indices in value types', () => {
    expect(translateValType(ref(1, true), [7, 9])).toBe(ref(9, true));
    expect(translateValType(I32, [7, 9])).toBe(I32);
    expect(translateValType(FUNCREF, [7, 9])).toBe(FUNCREF);
  });

  it('are kept for the whole agent in one registry', () => {
    expect(typeRegistry).toBeInstanceOf(TypeRegistry);
  });
});

describe('subtyping', () => {
  const registry = new TypeRegistry();
  const ids = registry.addTypes(
    groups(
      [open(structOf())],
      [open(structOf(field(I32)), 0)],
      [open(structOf(field(I32), field(I64)), 1)],
      [open(arrayOf(field(I8)))],
      [open(funcOf([], []))],
      [open(structOf(field(I64)), 0)],
    ),
  );
  const [base, middle, leaf, array, func0, sibling] = ids as [number, number, number, number, number, number];
  const nullable = (heap: Parameters<typeof refType>[0]) => refType(heap, true);
  const strict = (heap: Parameters<typeof refType>[0]) => refType(heap, false);

  const cases: [name: string, a: ValType, b: ValType, matches: boolean][] = [
    ['a number and itself', I32, I32, true],
    ['two numbers', I32, I64, false],
    ['bottom and a number', BOTTOM, I64, true],
    ['bottom and a reference', BOTTOM, ref(leaf), true],
    ['the bottom reference and any reference', BOTTOM_REF, ref(leaf), true],
    ['the bottom reference and a number', BOTTOM_REF, I32, false],
    ['non-null below nullable', strict(any), ANYREF, true],
    ['nullable not below non-null', ANYREF, strict(any), false],
    ['i31 below eq', I31REF, EQREF, true],
    ['eq not below i31', EQREF, I31REF, false],
    ['struct below any', STRUCTREF, ANYREF, true],
    ['struct not below i31', STRUCTREF, I31REF, false],
    ['none below i31', nullable(none), I31REF, true],
    ['none below a struct type', nullable(none), ref(leaf, true), true],
    ['none not below a function type', nullable(none), ref(func0, true), false],
    ['nofunc below a function type', nullable(nofunc), ref(func0, true), true],
    ['nofunc below func', nullable(nofunc), FUNCREF, true],
    ['nofunc not below a struct type', nullable(nofunc), ref(leaf, true), false],
    ['noextern below extern', nullable(noextern), EXTERNREF, true],
    ['func not below any', FUNCREF, ANYREF, false],
    ['extern not below any', EXTERNREF, ANYREF, false],
    ['exn not below any', nullable(exn), ANYREF, false],
    ['a leaf below its root', ref(leaf), ref(base), true],
    ['a leaf below its parent', ref(leaf), ref(middle), true],
    ['a parent not below its child', ref(middle), ref(leaf), false],
    ['siblings', ref(middle), ref(sibling), false],
    ['a struct type below struct', ref(leaf), strict(struct), true],
    ['a struct type below eq', ref(leaf), EQREF, true],
    ['an array type not below struct', ref(array), STRUCTREF, false],
    ['a function type below func', ref(func0), strict(func), true],
    ['a function type not below any', ref(func0), ANYREF, false],
    ['an abstract type not below a concrete one', strict(struct), ref(base), false],
    ['i31 not below a struct type', strict(i31), ref(base), false],
  ];
  it.each(cases)('of %s', (_name, a, b, matches) => {
    expect(registry.matchesVal(a, b)).toBe(matches);
  });

  it('finds the top of each hierarchy', () => {
    expect(registry.topOf(concreteHeapType(leaf))).toBe(any);
    expect(registry.topOf(concreteHeapType(func0))).toBe(func);
    expect(registry.topOf(none)).toBe(any);
    expect(registry.topOf(nofunc)).toBe(func);
    expect(registry.topOf(noextern)).toBe(extern);
    expect(registry.topOf(abstractHeapTypes.noexn)).toBe(exn);
  });

  it('lists ancestors from the root', () => {
    expect(registry.displayOf(leaf)).toEqual([base, middle, leaf]);
    expect(registry.depthOf(leaf)).toBe(2);
  });

  it('agrees with walking up the supertypes, on random trees', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (choices) => {
        const tree = new TypeRegistry();
        const types = choices.map((choice, i) => {
          const fields = Array.from({ length: i + 1 }, () => field(I32));
          return i === 0 || choice % 5 === 0 ? open(structOf(...fields)) : open(structOf(...fields), choice % i);
        });
        const treeIds = tree.addTypes(groups(...types.map((type) => [type])));
        types.forEach((_, a) => {
          const ancestors = new Set<number>();
          for (let at: number | undefined = a; at !== undefined; at = types[at]!.supertypes[0]) ancestors.add(at);
          types.forEach((_type, b) => {
            expect(tree.isSubtypeId(treeIds[a]!, treeIds[b]!)).toBe(ancestors.has(b));
          });
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('structural matching', () => {
  const registry = new TypeRegistry();
  const cases: [name: string, a: CompType, b: CompType, matches: boolean][] = [
    ['more fields', structOf(field(I32), field(I64)), structOf(field(I32)), true],
    ['fewer fields', structOf(), structOf(field(I32)), false],
    ['an immutable field of a subtype', structOf(field(I31REF)), structOf(field(ANYREF)), true],
    ['a mutable field of a subtype', structOf(field(I31REF, true)), structOf(field(ANYREF, true)), false],
    ['a packed field and its unpacked type', arrayOf(field(I8)), arrayOf(field(I32)), false],
    ['a mutable array for an immutable one', arrayOf(field(I8, true)), arrayOf(field(I8)), false],
    ['a function taking more', funcOf([ANYREF], []), funcOf([I31REF], []), true],
    ['a function taking less', funcOf([I31REF], []), funcOf([ANYREF], []), false],
    ['a function returning less', funcOf([], [I31REF]), funcOf([], [ANYREF]), true],
    ['functions of other arity', funcOf([I32], []), funcOf([], []), false],
    ['a struct and an array', structOf(), arrayOf(field(I8)), false],
  ];
  it.each(cases)('of %s', (_name, a, b, matches) => {
    expect(registry.matchesComp(a, b)).toBe(matches);
  });
});
