/**
 * A module as data → its binary: sections in order, empty ones left out.
 *
 * Expressions are byte ranges of `EncodableModule.bytes`, as in a decoded module, and are copied as
 * they are; `EncodedModule.placements` tells where each went, for source maps.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html
 */
import { type SectionName, sectionIds, sectionOrder } from '../decoder/index.ts';
import {
  type ByteRange,
  type CustomSection,
  type DataSegment,
  type ElemItems,
  type ElemMode,
  type Export,
  type Expr,
  type ExternKind,
  FUNCREF,
  type GlobalType,
  type ImportType,
  type LocalGroup,
  type SubType,
  type TagType,
  type ValType,
} from '../syntax/index.ts';
import { ByteWriter } from './byte-writer.ts';
import { type EncodableNames, encodeNames } from './encode-names.ts';
import {
  type EncodableMemoryType,
  type EncodableTableType,
  writeGlobalType,
  writeMemoryType,
  writeRecGroup,
  writeTableType,
  writeTagType,
} from './encode-types.ts';

export type EncodableImportType =
  | Exclude<ImportType, { kind: 'table' | 'memory' }>
  | { readonly kind: 'table'; readonly type: EncodableTableType }
  | { readonly kind: 'memory'; readonly type: EncodableMemoryType };

export interface EncodableImport {
  readonly module: string;
  readonly name: string;
  readonly type: EncodableImportType;
}

export interface EncodableFunc {
  readonly typeidx: number;
  readonly locals: readonly LocalGroup[];
  readonly body: Expr;
}

export interface EncodableElem {
  readonly type: ValType;
  readonly items: ElemItems;
  readonly mode: ElemMode;
}

export type DataMode =
  | { readonly kind: 'active'; readonly memidx: number; readonly offset: Expr }
  | { readonly kind: 'passive' };

export interface EncodableData {
  readonly content: ByteRange;
  readonly mode: DataMode;
}

/** A module to encode. Every range points into `bytes`; a decoded `Module` is nearly one. */
export interface EncodableModule {
  readonly bytes: Uint8Array;
  readonly recGroups: readonly { readonly types: readonly SubType[] }[];
  readonly imports: readonly EncodableImport[];
  readonly funcs: readonly EncodableFunc[];
  readonly tables: readonly { readonly type: EncodableTableType; readonly init: Expr | undefined }[];
  readonly memories: readonly { readonly type: EncodableMemoryType }[];
  readonly globals: readonly { readonly type: GlobalType; readonly init: Expr }[];
  readonly tags: readonly { readonly type: TagType }[];
  readonly exports: readonly Omit<Export, 'byteOffset'>[];
  readonly start: { readonly funcidx: number } | undefined;
  readonly elems: readonly EncodableElem[];
  /** Whether to write the data count section, which instructions with a data index need. */
  readonly hasDataCount: boolean;
  readonly datas: readonly EncodableData[];
  /** Custom sections, each after the place of the section whose id is `after`; 0: before all. */
  readonly customs: readonly CustomSection[];
  /** Names for a `name` section at the end; a custom section of that name takes precedence. */
  readonly names: EncodableNames | undefined;
}

/** `byteLength` bytes at `from` in the input's `bytes` stand at `to` in the output. */
export interface Placement {
  readonly from: number;
  readonly byteLength: number;
  readonly to: number;
}

export interface EncodedModule {
  readonly bytes: Uint8Array;
  /** Where the expressions went. */
  readonly placements: readonly Placement[];
}

const MAGIC_AND_VERSION = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const HAS_INIT = 0x40;
const EXPR_ITEMS = 4;
const EXPLICIT_INDEX = 2;
const NOT_ACTIVE = 1;
const FUNC_ELEM_KIND = 0x00;

const externKindCodes = { func: 0, table: 1, memory: 2, global: 3, tag: 4 } as const satisfies Record<
  ExternKind,
  number
>;

/** A decoded module's segment as one to encode. */
export function encodableData({ mode, memidx, offset, contentOffset, contentLength }: DataSegment): EncodableData {
  const content = { byteOffset: contentOffset, byteLength: contentLength };
  return { content, mode: mode === 'active' ? { kind: mode, memidx, offset } : { kind: mode } };
}

export function encodeModule(module: EncodableModule): EncodedModule {
  return new ModuleEncoder(module).encode();
}

class ModuleEncoder {
  /** Write a section's contents; false where there are none. Not made for each module: V8 would compile them anew. */
  private static readonly contents: Record<(typeof sectionOrder)[number], (to: ModuleEncoder) => boolean> = {
    type: (to) => to.vector(to.module.recGroups, ({ types }) => writeRecGroup(to.section, types)),
    import: (to) => to.vector(to.module.imports, (entry) => to.import(entry)),
    function: (to) => to.vector(to.module.funcs, ({ typeidx }) => to.section.u32(typeidx)),
    table: (to) => to.vector(to.module.tables, (table) => to.table(table)),
    memory: (to) => to.vector(to.module.memories, ({ type }) => writeMemoryType(to.section, type)),
    tag: (to) => to.vector(to.module.tags, ({ type }) => writeTagType(to.section, type)),
    global: (to) => to.vector(to.module.globals, (global) => to.global(global)),
    export: (to) => to.vector(to.module.exports, (entry) => to.export(entry)),
    start: (to) => to.number(to.module.start?.funcidx),
    element: (to) => to.vector(to.module.elems, (elem) => to.elem(elem)),
    'data count': (to) => to.number(to.module.hasDataCount ? to.module.datas.length : undefined),
    code: (to) => to.vector(to.module.funcs, (func) => to.code(func)),
    data: (to) => to.vector(to.module.datas, (data) => to.data(data)),
  };

  private readonly module: EncodableModule;
  private readonly out = new ByteWriter();
  /** Contents of the section at hand. */
  private section = new ByteWriter();
  private readonly placements: Placement[] = [];
  /** Placements before this one are final; later ones count from the section's start. */
  private placedCount = 0;

  constructor(module: EncodableModule) {
    this.module = module;
  }

  encode(): EncodedModule {
    this.out.bytes(MAGIC_AND_VERSION);
    this.customSections(0);
    for (const name of sectionOrder) {
      this.section.truncate(0);
      if (ModuleEncoder.contents[name](this)) this.finishSection(name);
      this.customSections(sectionIds[name]);
    }
    this.nameSection();
    return { bytes: this.out.toBytes(), placements: this.placements };
  }

  private finishSection(name: SectionName): void {
    this.out.u8(sectionIds[name]);
    this.out.u32(this.section.length);
    const start = this.out.length;
    this.out.copy(this.section, 0, this.section.length);
    for (; this.placedCount < this.placements.length; this.placedCount++) {
      const placement = this.placements[this.placedCount]!;
      this.placements[this.placedCount] = { ...placement, to: placement.to + start };
    }
  }

  private vector<T>(items: readonly T[], write: (item: T) => void): boolean {
    if (items.length === 0) return false;
    this.section.u32(items.length);
    for (const item of items) write(item);
    return true;
  }

  private number(number: number | undefined): boolean {
    if (number === undefined) return false;
    this.section.u32(number);
    return true;
  }

  private range({ byteOffset, byteLength }: ByteRange): Uint8Array {
    return this.module.bytes.subarray(byteOffset, byteOffset + byteLength);
  }

  private expr(expr: Expr): void {
    this.placements.push({ from: expr.byteOffset, byteLength: expr.byteLength, to: this.section.length });
    this.section.bytes(this.range(expr));
  }

  private import({ module, name, type }: EncodableImport): void {
    const { section } = this;
    section.name(module);
    section.name(name);
    section.u8(externKindCodes[type.kind]);
    if (type.kind === 'func') section.u32(type.typeidx);
    else if (type.kind === 'table') writeTableType(section, type.type);
    else if (type.kind === 'memory') writeMemoryType(section, type.type);
    else if (type.kind === 'global') writeGlobalType(section, type.type);
    else writeTagType(section, type.type);
  }

  private table({ type, init }: EncodableModule['tables'][number]): void {
    if (init === undefined) {
      writeTableType(this.section, type);
      return;
    }
    this.section.u8(HAS_INIT);
    this.section.u8(0);
    writeTableType(this.section, type);
    this.expr(init);
  }

  private global({ type, init }: EncodableModule['globals'][number]): void {
    writeGlobalType(this.section, type);
    this.expr(init);
  }

  private export({ name, kind, index }: EncodableModule['exports'][number]): void {
    this.section.name(name);
    this.section.u8(externKindCodes[kind]);
    this.section.u32(index);
  }

  /** @see https://webassembly.github.io/spec/core/binary/modules.html#element-section */
  private elem({ type, items, mode }: EncodableElem): void {
    const { section } = this;
    const hasExprs = items.kind === 'expr';
    const isShort = mode.kind === 'active' && mode.tableidx === 0 && (!hasExprs || type === FUNCREF);
    const flags = hasExprs ? EXPR_ITEMS : 0;
    if (mode.kind === 'active') {
      section.u32(isShort ? flags : flags | EXPLICIT_INDEX);
      if (!isShort) section.u32(mode.tableidx);
      this.expr(mode.offset);
    } else section.u32(flags | NOT_ACTIVE | (mode.kind === 'declarative' ? EXPLICIT_INDEX : 0));
    if (!isShort && hasExprs) section.valType(type);
    else if (!isShort) section.u8(FUNC_ELEM_KIND);
    if (hasExprs) this.vectorOf(items.exprs, (expr) => this.expr(expr));
    else this.vectorOf(items.indices, (funcidx) => section.u32(funcidx));
  }

  private vectorOf<T>(items: readonly T[], write: (item: T) => void): void {
    this.section.u32(items.length);
    for (const item of items) write(item);
  }

  private code({ locals, body }: EncodableFunc): void {
    const groups = new ByteWriter();
    groups.u32(locals.length);
    for (const { count, type } of locals) {
      groups.u32(count);
      groups.valType(type);
    }
    this.section.u32(groups.length + body.byteLength);
    this.section.copy(groups, 0, groups.length);
    this.expr(body);
  }

  private data({ content, mode }: EncodableData): void {
    const { section } = this;
    if (mode.kind === 'passive') section.u32(1);
    else {
      section.u32(mode.memidx === 0 ? 0 : 2);
      if (mode.memidx !== 0) section.u32(mode.memidx);
      this.expr(mode.offset);
    }
    section.u32(content.byteLength);
    section.bytes(this.range(content));
  }

  private customSections(after: number): void {
    for (const custom of this.module.customs) {
      if (custom.after === after) this.customSection(custom.name, this.range(custom.content));
    }
  }

  private customSection(name: string, content: Uint8Array): void {
    this.section.truncate(0);
    this.section.name(name);
    this.section.bytes(content);
    this.out.u8(0);
    this.out.u32(this.section.length);
    this.out.copy(this.section, 0, this.section.length);
  }

  private nameSection(): void {
    const { names, customs } = this.module;
    if (names === undefined || customs.some((custom) => custom.name === 'name')) return;
    const content = encodeNames(names);
    if (content.length > 0) this.customSection('name', content);
  }
}
