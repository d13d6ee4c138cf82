/**
 * Types in a snapshot. Canonical ids mean nothing outside of a process, so a snapshot holds the recursive groups
 * that it needs as the type section of a module of their own: its type indices stand for them, and what reads
 * modules reads and validates them too.
 */
import { decodeModule } from '../../decoder/index.ts';
import { encodeModule } from '../../encoder/index.ts';
import {
  type CompType,
  concreteHeapType,
  type FuncType,
  heapTypeOf,
  isConcrete,
  isNullable,
  isRef,
  mapCompType,
  type RecGroup,
  refType,
  type SubType,
  typeidxOf,
  typeRegistry,
  type ValType,
  valTypeText,
} from '../../syntax/index.ts';
import { validateModule } from '../../validator/index.ts';
import type { SnapshotReader } from './reader.ts';

const nothing = {
  bytes: new Uint8Array(0),
  imports: [],
  funcs: [],
  tables: [],
  memories: [],
  globals: [],
  tags: [],
  exports: [],
  start: undefined,
  elems: [],
  hasDataCount: false,
  datas: [],
  customs: [],
  names: undefined,
} as const;

/** The value types in a definition. */
function valTypesIn(comp: CompType): readonly ValType[] {
  if (comp.kind === 'func') return [...comp.params, ...comp.results];
  if (comp.kind === 'array') return [comp.field.storage];
  return comp.fields.map(({ storage }) => storage);
}

/** Canonical ids that a definition names. */
function idsIn({ supertypes, comp }: SubType): number[] {
  const named = valTypesIn(comp).filter((type) => isRef(type) && isConcrete(heapTypeOf(type)));
  return [...supertypes, ...named.map((type) => typeidxOf(heapTypeOf(type)))];
}

/** Gathers the types of a snapshot that is written. */
export class TypeTable {
  private readonly groups: RecGroup[] = [];
  /** Canonical id → type index. */
  private readonly indexOf = new Map<number, number>();

  /** The type index for a canonical id, whose group is added when it is new, after those that it names. */
  typeidx(id: number): number {
    if (!this.indexOf.has(id)) this.addGroups(id);
    return this.indexOf.get(id)!;
  }

  /** Depth first without recursion: chains of types may be long. */
  private addGroups(wanted: number): void {
    const waiting = [wanted];
    while (waiting.length > 0) {
      const id = waiting[waiting.length - 1]!;
      const missing = this.indexOf.has(id) ? [] : this.missingFor(id);
      for (const other of missing) waiting.push(other);
      if (missing.length > 0) continue;
      waiting.pop();
      if (!this.indexOf.has(id)) this.addGroup(typeRegistry.groupOf(id));
    }
  }

  /** Ids outside of an id's group that it names and that have no index yet. */
  private missingFor(id: number): number[] {
    const { from, types } = typeRegistry.groupOf(id);
    const isOwn = (named: number) => named >= from && named < from + types.length;
    const named = new Set(types.flatMap(idsIn));
    return [...named].filter((other) => !isOwn(other) && !this.indexOf.has(other));
  }

  private addGroup(group: RecGroup): void {
    this.groups.push(group);
    for (let i = 0; i < group.types.length; i++) this.indexOf.set(group.from + i, this.indexOf.size);
  }

  /** A value type in canonical ids as one in type indices. */
  valType(type: ValType): ValType {
    if (!isRef(type) || !isConcrete(heapTypeOf(type))) return type;
    return refType(concreteHeapType(this.typeidx(typeidxOf(heapTypeOf(type)))), isNullable(type));
  }

  /** The groups as the binary of a module. */
  toBytes(): Uint8Array {
    const recGroups = this.groups.map(({ types }) => ({
      types: types.map(({ final, supertypes, comp }) => ({
        final,
        supertypes: supertypes.map((id) => this.indexOf.get(id)!),
        comp: mapCompType(comp, (type) => this.valType(type)),
      })),
    }));
    return encodeModule({ ...nothing, recGroups }).bytes;
  }
}

/** The types of a snapshot that is read: canonical ids by type index. */
export class ReadTypes {
  readonly ids: readonly number[];
  private readonly source: SnapshotReader;

  /** @throws {SnapshotError} when the bytes are no valid types */
  constructor(source: SnapshotReader) {
    this.source = source;
    const start = source.offset;
    const bytes = source.blob();
    try {
      const module = decodeModule(bytes);
      validateModule(module);
      this.ids = typeRegistry.addTypes(module.recGroups);
    } catch (error) {
      source.fail(`the snapshot's types are wrong: ${error instanceof Error ? error.message : error}`, start);
    }
  }

  /** Reads a type index; the canonical id that it stands for must be of `kind`. */
  id(kind: CompType['kind'] | 'aggregate'): number {
    const start = this.source.offset;
    const id = this.ids[this.source.index(this.ids.length, 'type')]!;
    const found = typeRegistry.subTypeOf(id).comp.kind;
    if (found !== kind && (kind !== 'aggregate' || found === 'func')) {
      this.source.fail(`a ${found} type stands where a ${kind} type must`, start);
    }
    return id;
  }

  funcType(id: number): FuncType {
    return typeRegistry.subTypeOf(id).comp as FuncType;
  }

  /** Reads a value type, into canonical ids. */
  valType(): ValType {
    const start = this.source.offset;
    const type = this.source.count() as ValType;
    const isHeap = isRef(type) && type < 2 ** 31;
    if (isHeap && isConcrete(heapTypeOf(type))) {
      const typeidx = typeidxOf(heapTypeOf(type));
      const id = this.ids[typeidx];
      if (id === undefined) this.source.fail(`there is no type ${typeidx}`, start);
      return refType(concreteHeapType(id), isNullable(type));
    }
    // Texts of types that do not exist are numbers.
    if (type >= 2 ** 31 || type === 0 || /0x|bot|^i8$|^i16$/.test(valTypeText(type))) {
      this.source.fail('this is no value type', start);
    }
    return type;
  }
}
