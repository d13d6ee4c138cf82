/**
 * A module with parts left out or replaced, and everything that is left renumbered. Nothing is checked: what still
 * refers to a part that is gone gets an index that no module has, and the validator refuses the result.
 */
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import {
  ByteWriter,
  type EncodableModule,
  encodableData,
  encodeModule,
  writeInstruction,
} from '../../encoder/index.ts';
import {
  concreteHeapType,
  type Expr,
  type ExternKind,
  type HeapType,
  type ImmediateKind,
  indexSpaces,
  instructions,
  isConcrete,
  type LocalGroup,
  type Module,
  mapCompType,
  type SubType,
  translateValType,
  typeidxOf,
  type ValType,
} from '../../syntax/index.ts';

export type Space = ExternKind | 'elem' | 'data' | 'type';

/** What to change. Indices count in the module's index spaces; a dropped type takes its whole group along. */
export interface Edit {
  /** New bodies, `end` included, by function index. */
  readonly bodies?: ReadonlyMap<number, Uint8Array>;
  readonly drop?: Partial<Record<Space, ReadonlySet<number>>>;
  /** Locals to leave out, by function index. Parameters stay. */
  readonly dropLocals?: ReadonlyMap<number, ReadonlySet<number>>;
  /** Parameters to leave out, by function index: the function gets a type of its own. Its callers are not changed. */
  readonly dropParams?: ReadonlyMap<number, ReadonlySet<number>>;
  readonly dropStart?: boolean;
  readonly keepExport?: (kind: ExternKind, index: number) => boolean;
}

/** An index that nothing has. */
const GONE = 0xffff_fff0;

class Renumbering {
  private readonly to: readonly number[];

  constructor(count: number, dropped: ReadonlySet<number> | undefined) {
    let next = 0;
    this.to = Array.from({ length: count }, (_, index) => (dropped?.has(index) ? GONE : next++));
  }

  of(index: number): number {
    return this.to[index] ?? GONE;
  }

  get all(): readonly number[] {
    return this.to;
  }
}

type Remap = (reader: InstructionReader, map: Record<Space, Renumbering>) => void;

const first =
  (space: Space): Remap =>
  (reader, map) => {
    reader.index = map[space].of(reader.index);
  };
const both =
  (space: Space, space2: Space): Remap =>
  (reader, map) => {
    reader.index = map[space].of(reader.index);
    reader.index2 = map[space2].of(reader.index2);
  };
const heapOf = (heap: HeapType, types: Renumbering): HeapType =>
  isConcrete(heap) ? concreteHeapType(types.of(typeidxOf(heap))) : heap;
const blockType: Remap = (reader, { type }) => {
  if (reader.blockTypeidx >= 0) reader.blockTypeidx = type.of(reader.blockTypeidx);
  else reader.blockValType = translateValType(reader.blockValType, type.all);
};
const memarg: Remap = (reader, { memory }) => {
  reader.memidx = memory.of(reader.memidx);
};

const remaps: Partial<Record<ImmediateKind, Remap>> = {
  blocktype: blockType,
  try_table: (reader, map) => {
    blockType(reader, map);
    reader.catches = reader.catches.map((clause) => {
      return { ...clause, tagidx: clause.tagidx < 0 ? clause.tagidx : map.tag.of(clause.tagidx) };
    });
  },
  br_on_cast: (reader, { type }) => {
    reader.heap = heapOf(reader.heap, type);
    reader.heap2 = heapOf(reader.heap2, type);
  },
  tagidx: first('tag'),
  funcidx: first('func'),
  typeidx: first('type'),
  typeidx_tableidx: both('type', 'table'),
  typeidx_fieldidx: first('type'),
  typeidx_u32: first('type'),
  typeidx_dataidx: both('type', 'data'),
  typeidx_elemidx: both('type', 'elem'),
  typeidx_typeidx: both('type', 'type'),
  valtypes: (reader, { type }) => {
    reader.valTypes = reader.valTypes.map((each) => translateValType(each, type.all));
  },
  globalidx: first('global'),
  tableidx: first('table'),
  tableidx_tableidx: both('table', 'table'),
  elemidx: first('elem'),
  elemidx_tableidx: both('elem', 'table'),
  memidx: first('memory'),
  memidx_memidx: both('memory', 'memory'),
  dataidx: first('data'),
  dataidx_memidx: both('data', 'memory'),
  memarg,
  memarg_laneidx: memarg,
  heaptype: (reader, { type }) => {
    reader.heap = heapOf(reader.heap, type);
  },
};

const remapsById = instructions.map(({ imm }) => remaps[imm]);
const namesLocal = instructions.map(({ imm }) => imm === 'localidx');

export function rewriteModule(bytes: Uint8Array, edit: Edit): Uint8Array {
  return new Rewriter(decodeModule(bytes), edit).rewrite();
}

class Rewriter {
  private readonly module: Module;
  private readonly edit: Edit;
  private readonly pool = new ByteWriter();
  private readonly map: Record<Space, Renumbering>;
  private readonly addedTypes: SubType[] = [];

  constructor(module: Module, edit: Edit) {
    this.module = module;
    this.edit = edit;
    const { funcs, tables, memories, globals, tags } = indexSpaces(module);
    const of = (space: Space, items: readonly unknown[]) => new Renumbering(items.length, edit.drop?.[space]);
    this.map = {
      func: of('func', funcs),
      table: of('table', tables),
      memory: of('memory', memories),
      global: of('global', globals),
      tag: of('tag', tags),
      elem: of('elem', module.elems),
      data: of('data', module.datas),
      type: of('type', module.types),
    };
  }

  rewrite(): Uint8Array {
    const { module, edit, map } = this;
    const { start } = module;
    const keepExport = edit.keepExport ?? (() => true);
    // Functions first: they may add types.
    const funcs = this.funcs();
    const parts: Omit<EncodableModule, 'bytes'> = {
      recGroups: [...this.recGroups(), ...this.addedTypes.map((type) => ({ types: [type] }))],
      imports: this.imports(),
      funcs,
      tables: this.kept('table', module.tables).map(({ type, init }) => ({
        type: { ...type, element: this.valType(type.element) },
        init: init && this.expr(init),
      })),
      memories: this.kept('memory', module.memories),
      globals: this.kept('global', module.globals).map(({ type, init }) => ({
        type: { ...type, content: this.valType(type.content) },
        init: this.expr(init),
      })),
      tags: this.kept('tag', module.tags).map(({ type }) => ({ type: { typeidx: map.type.of(type.typeidx) } })),
      exports: module.exports
        .filter(({ kind, index }) => keepExport(kind, index) && !this.isDropped(kind, index))
        .map((entry) => ({ ...entry, index: map[entry.kind].of(entry.index) })),
      start: start === undefined || edit.dropStart ? undefined : { funcidx: map.func.of(start.funcidx) },
      elems: this.elems(),
      hasDataCount: module.dataCount !== undefined && module.datas.some((_, index) => !this.isDropped('data', index)),
      datas: this.datas(),
      customs: [],
      names: undefined,
    };
    return encodeModule({ ...parts, bytes: this.pool.toBytes() }).bytes;
  }

  private isDropped(space: Space, index: number): boolean {
    return this.edit.drop?.[space]?.has(index) ?? false;
  }

  private valType(type: ValType): ValType {
    return translateValType(type, this.map.type.all);
  }

  private recGroups(): EncodableModule['recGroups'] {
    return this.module.recGroups
      .filter(({ from }) => !this.isDropped('type', from))
      .map(({ types }) => ({
        types: types.map(({ final, supertypes, comp }) => ({
          final,
          supertypes: supertypes.map((typeidx) => this.map.type.of(typeidx)),
          comp: mapCompType(comp, (type) => this.valType(type)),
        })),
      }));
  }

  private imports(): EncodableModule['imports'] {
    const next: Record<ExternKind, number> = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
    return this.module.imports
      .filter(({ type }) => !this.isDropped(type.kind, next[type.kind]++))
      .map((entry) => {
        const { type } = entry;
        if (type.kind === 'func') return { ...entry, type: { ...type, typeidx: this.map.type.of(type.typeidx) } };
        if (type.kind === 'tag') {
          return { ...entry, type: { ...type, type: { typeidx: this.map.type.of(type.type.typeidx) } } };
        }
        if (type.kind === 'table') {
          return { ...entry, type: { ...type, type: { ...type.type, element: this.valType(type.type.element) } } };
        }
        if (type.kind === 'global') {
          return { ...entry, type: { ...type, type: { ...type.type, content: this.valType(type.type.content) } } };
        }
        return entry;
      });
  }

  /** The module's own definitions of a kind that are not dropped. */
  private kept<T>(kind: ExternKind, own: readonly T[]): T[] {
    const imported = this.map[kind].all.length - own.length;
    return own.filter((_, i) => !this.isDropped(kind, imported + i));
  }

  private funcs(): EncodableModule['funcs'] {
    const imported = this.map.func.all.length - this.module.funcs.length;
    return this.module.funcs.flatMap((func, i) => {
      const funcidx = imported + i;
      if (this.isDropped('func', funcidx)) return [];
      const locals = this.locals(funcidx, func.typeidx, func.locals);
      const body = this.edit.bodies?.get(funcidx);
      const expr =
        body === undefined
          ? this.expr(func.body, locals.map)
          : this.code(new InstructionReader(body, 0, body.length), locals.map);
      return [{ typeidx: this.typeidxOf(funcidx, func.typeidx), locals: locals.groups, body: expr }];
    });
  }

  /** The function's type, a new one when it loses parameters. */
  private typeidxOf(funcidx: number, typeidx: number): number {
    const dropped = this.edit.dropParams?.get(funcidx);
    const { comp } = this.module.types[typeidx]!;
    if (dropped === undefined || comp.kind !== 'func') return this.map.type.of(typeidx);
    const params = comp.params.filter((_, i) => !dropped.has(i)).map((type) => this.valType(type));
    const results = comp.results.map((type) => this.valType(type));
    this.addedTypes.push({ final: true, supertypes: [], comp: { kind: 'func', params, results } });
    const keptTypes = this.map.type.all.filter((index) => index !== GONE).length;
    return keptTypes + this.addedTypes.length - 1;
  }

  private locals(funcidx: number, typeidx: number, groups: readonly LocalGroup[]) {
    const { comp } = this.module.types[typeidx]!;
    const params = comp.kind === 'func' ? comp.params.length : 0;
    const types = groups.flatMap(({ count, type }) => new Array<ValType>(count).fill(this.valType(type)));
    const dropped = new Set([
      ...(this.edit.dropLocals?.get(funcidx) ?? []),
      ...(this.edit.dropParams?.get(funcidx) ?? []),
    ]);
    if (dropped.size === 0) {
      return { map: undefined, groups: groups.map(({ count, type }) => ({ count, type: this.valType(type) })) };
    }
    const map = new Renumbering(params + types.length, dropped);
    const kept = types.filter((_, i) => !dropped.has(params + i));
    return { map, groups: kept.map((type) => ({ count: 1, type })) };
  }

  private elems(): EncodableModule['elems'] {
    return this.module.elems.flatMap((elem, index) => {
      if (this.isDropped('elem', index)) return [];
      const { type, items, mode } = elem;
      const mapped = {
        type: this.valType(type),
        mode:
          mode.kind === 'active'
            ? { ...mode, tableidx: this.map.table.of(mode.tableidx), offset: this.expr(mode.offset) }
            : mode,
        items:
          items.kind === 'expr'
            ? { kind: 'expr' as const, exprs: items.exprs.map((expr) => this.expr(expr)) }
            : { kind: 'funcidx' as const, indices: items.indices.map((each) => this.map.func.of(each)) },
      };
      return [mapped];
    });
  }

  private datas(): EncodableModule['datas'] {
    return this.module.datas.map(encodableData).flatMap(({ content, mode }, index) => {
      if (this.isDropped('data', index)) return [];
      const byteOffset = this.pool.length;
      this.pool.bytes(this.module.bytes.subarray(content.byteOffset, content.byteOffset + content.byteLength));
      const mapped =
        mode.kind === 'active'
          ? { ...mode, memidx: this.map.memory.of(mode.memidx), offset: this.expr(mode.offset) }
          : mode;
      return [{ content: { byteOffset, byteLength: content.byteLength }, mode: mapped }];
    });
  }

  private expr({ byteOffset, byteLength }: Expr, locals?: Renumbering): Expr {
    return this.code(new InstructionReader(this.module.bytes, byteOffset, byteOffset + byteLength), locals);
  }

  private code(reader: InstructionReader, locals: Renumbering | undefined): Expr {
    const byteOffset = this.pool.length;
    while (!reader.done) {
      reader.next();
      remapsById[reader.id]?.(reader, this.map);
      if (locals !== undefined && namesLocal[reader.id]) reader.index = locals.of(reader.index);
      writeInstruction(this.pool, reader);
    }
    return { byteOffset, byteLength: this.pool.length - byteOffset };
  }
}
