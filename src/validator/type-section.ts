/**
 * Validity of a module's type definitions: indices known, supertypes defined before, open, of the
 * same shape and not too deep.
 *
 * @see https://webassembly.github.io/spec/core/valid/types.html#recursive-types
 */
import { type SectionName, sectionIds } from '../decoder/index.ts';
import {
  heapTypeOf,
  isConcrete,
  isRef,
  MAX_SUBTYPING_DEPTH,
  type Module,
  mapCompType,
  type RecGroup,
  type SubType,
  type TypeRegistry,
  typeidxOf,
  ValidationError,
} from '../syntax/index.ts';

/** Where a section starts, for definitions that carry no offset of their own; 0 when it is absent. */
export function sectionOffset(module: Module, name: SectionName): number {
  return module.sections.find((section) => section.id === sectionIds[name])?.byteOffset ?? 0;
}

/** Throws unless every index is within the group's end, and supertypes come before their subtype. */
function checkIndices({ from, types }: RecGroup, byteOffset: number): void {
  const end = from + types.length;
  const fail = (typeidx: number) => {
    throw new ValidationError(`unknown type ${typeidx}`, byteOffset);
  };
  types.forEach(({ comp, supertypes }, i) => {
    mapCompType(comp, (type) => {
      if (isRef(type) && isConcrete(heapTypeOf(type)) && typeidxOf(heapTypeOf(type)) >= end)
        fail(typeidxOf(heapTypeOf(type)));
      return type;
    });
    for (const typeidx of supertypes) if (typeidx >= from + i) fail(typeidx);
  });
}

/** Throws unless a type's declared supertype is open and matched by it. */
function checkSupertype(
  typeidx: number,
  { supertypes }: SubType,
  ids: readonly number[],
  registry: TypeRegistry,
  byteOffset: number,
): void {
  const supertypeidx = supertypes[0];
  if (supertypeidx === undefined) return;
  const fail = (reason: string) => {
    throw new ValidationError(reason, byteOffset);
  };
  if (supertypes.length > 1) fail(`sub type ${typeidx} has ${supertypes.length} super types, at most one is allowed`);
  const mismatch = `sub type ${typeidx} does not match super type ${supertypeidx}`;
  const id = ids[typeidx] as number;
  const supertype = registry.subTypeOf(ids[supertypeidx] as number);
  if (supertype.final) fail(`${mismatch}: ${supertypeidx} is final`);
  if (!registry.matchesComp(registry.subTypeOf(id).comp, supertype.comp)) fail(mismatch);
  if (registry.depthOf(id) > MAX_SUBTYPING_DEPTH)
    fail(`sub type ${typeidx} is more than ${MAX_SUBTYPING_DEPTH} steps below its root type`);
}

/**
 * Checks the type section and enters its types into `registry`.
 *
 * @returns canonical ids by type index
 * @throws {ValidationError} at the first invalid type
 */
export function checkTypes(module: Module, registry: TypeRegistry): readonly number[] {
  const byteOffset = sectionOffset(module, 'type');
  const ids: number[] = [];
  for (const group of module.recGroups) {
    checkIndices(group, byteOffset);
    registry.addGroup(group, ids);
    group.types.forEach((type, i) => {
      checkSupertype(group.from + i, type, ids, registry, byteOffset);
    });
  }
  return ids;
}
