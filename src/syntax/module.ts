/**
 * The decoded module as plain data: what the binary and the text format describe, nothing computed.
 *
 * Instruction sequences stay bytes of the binary format (`Expr`): decoder, validator, printer and
 * lowering walk them with decoder/instruction-reader.ts, so there is one form of code and every
 * instruction has a byte offset. The text parser assembles to bytes and decodes those.
 *
 * @see https://webassembly.github.io/spec/core/syntax/modules.html
 */
import type { GlobalType, MemoryType, RecGroup, SubType, TableType, TagType, ValType } from './types.ts';

/** A range of bytes in the module's binary. */
export interface ByteRange {
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** An instruction sequence with its closing `end`, as a range of `Module.bytes`. */
export type Expr = ByteRange;

export type ExternKind = 'func' | 'table' | 'memory' | 'global' | 'tag';

/** What an import asks for. */
export type ImportType =
  | { readonly kind: 'func'; readonly typeidx: number }
  | { readonly kind: 'table'; readonly type: TableType }
  | { readonly kind: 'memory'; readonly type: MemoryType }
  | { readonly kind: 'global'; readonly type: GlobalType }
  | { readonly kind: 'tag'; readonly type: TagType };

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly type: ImportType;
  readonly byteOffset: number;
}

/** `count` consecutive locals of one type, as the binary format groups them. */
export interface LocalGroup {
  readonly count: number;
  readonly type: ValType;
}

/** A function defined in the module. */
export interface Func {
  readonly typeidx: number;
  readonly locals: readonly LocalGroup[];
  readonly body: Expr;
  /** The whole code entry, its locals included. */
  readonly entry: ByteRange;
}

export interface Table {
  readonly type: TableType;
  /** Initial value of the elements; absent: null. */
  readonly init: Expr | undefined;
  readonly byteOffset: number;
}

export interface Memory {
  readonly type: MemoryType;
  readonly byteOffset: number;
}

export interface Global {
  readonly type: GlobalType;
  readonly init: Expr;
  readonly byteOffset: number;
}

export interface Tag {
  readonly type: TagType;
  readonly byteOffset: number;
}

export interface Export {
  readonly name: string;
  readonly kind: ExternKind;
  /** Index in the space of `kind`, imports first. */
  readonly index: number;
  readonly byteOffset: number;
}

/** An active segment is copied at instantiation, a passive one on demand, a declarative one never. */
export type ElemMode =
  | { readonly kind: 'active'; readonly tableidx: number; readonly offset: Expr }
  | { readonly kind: 'passive' }
  | { readonly kind: 'declarative' };

/** Elements are function indices or constant expressions, as the binary has them. */
export type ElemItems =
  | { readonly kind: 'funcidx'; readonly indices: readonly number[] }
  | { readonly kind: 'expr'; readonly exprs: readonly Expr[] };

export interface ElemSegment {
  readonly type: ValType;
  readonly items: ElemItems;
  readonly mode: ElemMode;
  readonly byteOffset: number;
}

/**
 * An active segment is copied at instantiation, a passive one on demand.
 *
 * Flat, unlike an `ElemSegment`: Go's linker makes 50,000 of them, and objects of their own for mode and content
 * take half as much again. Both kinds have the same fields in the same order, so that the host sees one shape.
 */
export type DataSegment = ActiveData | PassiveData;

export interface ActiveData extends DataPlace {
  readonly mode: 'active';
  readonly memidx: number;
  readonly offset: Expr;
}

export interface PassiveData extends DataPlace {
  readonly mode: 'passive';
  readonly memidx: undefined;
  readonly offset: undefined;
}

interface DataPlace {
  /** The segment's contents, as a range of `Module.bytes`. */
  readonly contentOffset: number;
  readonly contentLength: number;
  readonly byteOffset: number;
}

export interface CustomSection {
  readonly name: string;
  /** Contents after the name, as a range of `Module.bytes`. */
  readonly content: ByteRange;
  /** Id of the section it follows, 0 at the module's start. */
  readonly after: number;
}

/** The `name` section. A damaged one is ignored, as the specification asks, and `problem` says why. */
export interface NameSection {
  readonly module: string | undefined;
  readonly functions: ReadonlyMap<number, string>;
  /** By function index, then local index. */
  readonly locals: ReadonlyMap<number, ReadonlyMap<number, string>>;
  /** By function index, then the label's number in order of its block. */
  readonly labels: ReadonlyMap<number, ReadonlyMap<number, string>>;
  readonly types: ReadonlyMap<number, string>;
  readonly tables: ReadonlyMap<number, string>;
  readonly memories: ReadonlyMap<number, string>;
  readonly globals: ReadonlyMap<number, string>;
  readonly elems: ReadonlyMap<number, string>;
  readonly datas: ReadonlyMap<number, string>;
  /** By type index, then field index. */
  readonly fields: ReadonlyMap<number, ReadonlyMap<number, string>>;
  readonly tags: ReadonlyMap<number, string>;
  readonly problem: string | undefined;
}

/** Which way a conditional branch is likely to go. */
export interface BranchHint {
  /** Of the `if` or `br_if`, counted from the start of the function's code entry (`Func.entry`). */
  readonly byteOffset: number;
  /** Whether the condition is likely to be true. */
  readonly likely: boolean;
}

/** The `metadata.code.branch_hint` section. A damaged one is ignored, and `problem` says why. */
export interface BranchHintSection {
  /** By function index, in ascending order. */
  readonly functions: ReadonlyMap<number, readonly BranchHint[]>;
  readonly problem: string | undefined;
}

/** Id, place and size of every section, custom ones too, in order. */
export interface SectionRange extends ByteRange {
  readonly id: number;
  readonly name: string;
}

export interface Module {
  /** The binary; every range and byte offset of the module points into it. */
  readonly bytes: Uint8Array;
  readonly sections: readonly SectionRange[];
  readonly recGroups: readonly RecGroup[];
  /** `recGroups` flattened: the type index space. */
  readonly types: readonly SubType[];
  readonly imports: readonly Import[];
  readonly funcs: readonly Func[];
  readonly tables: readonly Table[];
  readonly memories: readonly Memory[];
  readonly globals: readonly Global[];
  readonly tags: readonly Tag[];
  readonly exports: readonly Export[];
  /** Function index of the start function. */
  readonly start: { readonly funcidx: number; readonly byteOffset: number } | undefined;
  readonly elems: readonly ElemSegment[];
  /** The data count section's number; absent when the module has none. */
  readonly dataCount: number | undefined;
  readonly datas: readonly DataSegment[];
  readonly customs: readonly CustomSection[];
  readonly names: NameSection;
  readonly branchHints: BranchHintSection;
}

/** The index spaces: imports first, then the module's own definitions. */
export interface IndexSpaces {
  /** Type index of each function. */
  readonly funcs: readonly number[];
  readonly tables: readonly TableType[];
  readonly memories: readonly MemoryType[];
  readonly globals: readonly GlobalType[];
  readonly tags: readonly TagType[];
}

/** Lays imports and definitions out as index spaces. Cost is linear; callers keep the result. */
export function indexSpaces(module: Module): IndexSpaces {
  const funcs: number[] = [];
  const tables: TableType[] = [];
  const memories: MemoryType[] = [];
  const globals: GlobalType[] = [];
  const tags: TagType[] = [];
  for (const { type } of module.imports) {
    if (type.kind === 'func') funcs.push(type.typeidx);
    else if (type.kind === 'table') tables.push(type.type);
    else if (type.kind === 'memory') memories.push(type.type);
    else if (type.kind === 'global') globals.push(type.type);
    else tags.push(type.type);
  }
  for (const func of module.funcs) funcs.push(func.typeidx);
  for (const table of module.tables) tables.push(table.type);
  for (const memory of module.memories) memories.push(memory.type);
  for (const global of module.globals) globals.push(global.type);
  for (const tag of module.tags) tags.push(tag.type);
  return { funcs, tables, memories, globals, tags };
}

/** How many imports of a kind precede the module's own definitions. */
export function importCount(module: Module, kind: ExternKind): number {
  let count = 0;
  for (const entry of module.imports) if (entry.type.kind === kind) count++;
  return count;
}
