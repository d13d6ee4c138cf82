/**
 * The sections' contents, one function a section, collected in a `ModuleDraft`.
 *
 * Function bodies stay byte ranges: whoever walks them (validator, lowering, printer) finds what is
 * ill-formed inside, as a DecodeError of InstructionReader. Their locals and closing `end` are
 * checked here. Types are in decode-types.ts, the frame around sections in decode-module.ts.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html
 */
import {
  abstractHeapTypes,
  type ByteRange,
  type DataSegment,
  type ElemItems,
  type ElemMode,
  type ElemSegment,
  type Export,
  type Expr,
  type ExternKind,
  FUNCREF,
  type Func,
  type Global,
  type Import,
  type ImportType,
  type LocalGroup,
  type Memory,
  type Module,
  type RecGroup,
  refType,
  type SubType,
  type Table,
  type Tag,
  type ValType,
} from '../syntax/index.ts';
import {
  decodeGlobalType,
  decodeMemoryType,
  decodeTableType,
  decodeTagType,
  decodeTypeSection,
} from './decode-types.ts';
import { readExpr } from './expr.ts';
import type { InstructionReader } from './instruction-reader.ts';
import { moduleLimits } from './limits.ts';
import { Reader } from './reader.ts';
import type { SectionName } from './section-ids.ts';

/** What the sections read so far have given. */
export interface ModuleDraft {
  readonly recGroups: RecGroup[];
  readonly types: SubType[];
  readonly imports: Import[];
  /** The function section: type index of each function whose body the code section holds. */
  funcTypes: readonly number[];
  readonly funcs: Func[];
  readonly tables: Table[];
  readonly memories: Memory[];
  readonly globals: Global[];
  readonly tags: Tag[];
  readonly exports: Export[];
  start: { readonly funcidx: number; readonly byteOffset: number } | undefined;
  readonly elems: ElemSegment[];
  dataCount: number | undefined;
  readonly datas: DataSegment[];
  /** Imports of each kind, which count against the limits of the index spaces. */
  readonly importCounts: Record<ExternKind, number>;
}

export function emptyDraft(): ModuleDraft {
  return {
    recGroups: [],
    types: [],
    imports: [],
    funcTypes: [],
    funcs: [],
    tables: [],
    memories: [],
    globals: [],
    tags: [],
    exports: [],
    start: undefined,
    elems: [],
    dataCount: undefined,
    datas: [],
    importCounts: { func: 0, table: 0, memory: 0, global: 0, tag: 0 },
  };
}

type SectionDecoder = (reader: InstructionReader, draft: ModuleDraft) => void;

/** Each reads its section's contents; the caller checks where they end. */
export const sectionDecoders = {
  type: (reader, draft) => decodeTypeSection(reader, draft.recGroups, draft.types),
  import: decodeImports,
  function: decodeFunctions,
  table: decodeTables,
  memory: decodeMemories,
  tag: decodeTags,
  global: decodeGlobals,
  export: decodeExports,
  start: (reader, draft) => {
    draft.start = { byteOffset: reader.offset, funcidx: reader.u32() };
  },
  element: decodeElems,
  'data count': (reader, draft) => {
    draft.dataCount = reader.u32();
  },
  code: decodeCode,
  data: decodeDatas,
} satisfies Record<Exclude<SectionName, 'custom'>, SectionDecoder>;

/** Extern kinds by their byte in imports and exports. */
const externKinds = ['func', 'table', 'memory', 'global', 'tag'] as const satisfies readonly ExternKind[];

const indexSpaceLimits = {
  func: moduleLimits.functions,
  table: moduleLimits.tables,
  memory: moduleLimits.memories,
  global: moduleLimits.globals,
  tag: moduleLimits.tags,
} as const satisfies Record<ExternKind, number>;

/** A vector's length that, with the imports of the kind, keeps the index space's limit. */
function definitionCount(reader: InstructionReader, draft: ModuleDraft, kind: ExternKind): number {
  return reader.vectorLength(indexSpaceLimits[kind] - draft.importCounts[kind], kind);
}

function decodeImports(reader: InstructionReader, draft: ModuleDraft): void {
  const count = reader.vectorLength(moduleLimits.imports, 'import');
  for (let i = 0; i < count; i++) {
    const byteOffset = reader.offset;
    const module = reader.name(moduleLimits.nameBytes);
    const name = reader.name(moduleLimits.nameBytes);
    const type = decodeImportType(reader);
    const importCount = ++draft.importCounts[type.kind];
    const limit = indexSpaceLimits[type.kind];
    if (importCount > limit) reader.fail(`${type.kind} count exceeds the limit of ${limit}`, byteOffset);
    draft.imports.push({ module, name, type, byteOffset });
  }
}

function decodeImportType(reader: InstructionReader): ImportType {
  const start = reader.offset;
  const kind = externKinds[reader.u8()] ?? reader.fail('malformed import kind', start);
  switch (kind) {
    case 'func':
      return { kind, typeidx: reader.u32() };
    case 'table':
      return { kind, type: decodeTableType(reader) };
    case 'memory':
      return { kind, type: decodeMemoryType(reader) };
    case 'global':
      return { kind, type: decodeGlobalType(reader) };
    case 'tag':
      return { kind, type: decodeTagType(reader) };
  }
}

/** Where an import's type stands, after its two names and its kind. */
export function importTypeOffset(module: Module, entry: Import): number {
  const reader = new Reader(module.bytes, entry.byteOffset);
  reader.skip(reader.u32());
  reader.skip(reader.u32());
  return reader.offset + 1;
}

function decodeFunctions(reader: InstructionReader, draft: ModuleDraft): void {
  const count = definitionCount(reader, draft, 'func');
  draft.funcTypes = decodeIndices(reader, count);
}

/** `count` is checked against the bytes that are left, so that it may reserve memory. */
function decodeIndices(reader: InstructionReader, count: number): readonly number[] {
  const indices = new Array<number>(count);
  for (let i = 0; i < count; i++) indices[i] = reader.u32();
  return indices;
}

/** A table whose elements start as an expression's value begins with these two bytes. */
const TABLE_WITH_INIT = 0x40;

function decodeTables(reader: InstructionReader, draft: ModuleDraft): void {
  const count = definitionCount(reader, draft, 'table');
  for (let i = 0; i < count; i++) {
    const byteOffset = reader.offset;
    const hasInit = !reader.done && reader.bytes[byteOffset] === TABLE_WITH_INIT;
    if (hasInit) {
      reader.u8();
      if (reader.u8() !== 0) reader.fail('malformed table: zero byte expected', reader.offset - 1);
    }
    const type = decodeTableType(reader);
    draft.tables.push({ type, init: hasInit ? readExpr(reader) : undefined, byteOffset });
  }
}

function decodeMemories(reader: InstructionReader, draft: ModuleDraft): void {
  const count = definitionCount(reader, draft, 'memory');
  for (let i = 0; i < count; i++) {
    const byteOffset = reader.offset;
    draft.memories.push({ type: decodeMemoryType(reader), byteOffset });
  }
}

function decodeTags(reader: InstructionReader, draft: ModuleDraft): void {
  const count = definitionCount(reader, draft, 'tag');
  for (let i = 0; i < count; i++) {
    const byteOffset = reader.offset;
    draft.tags.push({ type: decodeTagType(reader), byteOffset });
  }
}

function decodeGlobals(reader: InstructionReader, draft: ModuleDraft): void {
  const count = definitionCount(reader, draft, 'global');
  for (let i = 0; i < count; i++) {
    const byteOffset = reader.offset;
    const type = decodeGlobalType(reader);
    draft.globals.push({ type, init: readExpr(reader), byteOffset });
  }
}

function decodeExports(reader: InstructionReader, draft: ModuleDraft): void {
  const count = reader.vectorLength(moduleLimits.exports, 'export');
  for (let i = 0; i < count; i++) {
    const byteOffset = reader.offset;
    const name = reader.name(moduleLimits.nameBytes);
    const kindAt = reader.offset;
    const kind = externKinds[reader.u8()] ?? reader.fail('malformed export kind', kindAt);
    draft.exports.push({ name, kind, index: reader.u32(), byteOffset });
  }
}

/** Bits of an element segment's flags. */
const NOT_ACTIVE = 1;
/** Of active segments: a table index follows. Of the others: declarative, not passive. */
const EXPLICIT = 2;
const USES_EXPRS = 4;

const FUNC_NON_NULL = refType(abstractHeapTypes.func, false);

function decodeElems(reader: InstructionReader, draft: ModuleDraft): void {
  const count = reader.vectorLength(moduleLimits.elemSegments, 'element segment');
  for (let i = 0; i < count; i++) {
    const byteOffset = reader.offset;
    const flags = reader.u32();
    if (flags > 7) reader.fail('malformed elements segment kind', byteOffset);
    const mode = decodeElemMode(reader, flags);
    const type = decodeElemType(reader, flags);
    const items = decodeElemItems(reader, flags);
    draft.elems.push({ type, items, mode, byteOffset });
  }
}

const passive = { kind: 'passive' } as const;
const declarative = { kind: 'declarative' } as const;

function decodeElemMode(reader: InstructionReader, flags: number): ElemMode {
  if (flags & NOT_ACTIVE) return flags & EXPLICIT ? declarative : passive;
  const tableidx = flags & EXPLICIT ? reader.u32() : 0;
  return { kind: 'active', tableidx, offset: readExpr(reader) };
}

/** Function indices are never null; without a kind or type of its own a segment of expressions is `funcref`. */
function decodeElemType(reader: InstructionReader, flags: number): ValType {
  const hasType = (flags & (NOT_ACTIVE | EXPLICIT)) !== 0;
  if (flags & USES_EXPRS) return hasType ? reader.refType() : FUNCREF;
  const start = reader.offset;
  if (hasType && reader.u8() !== 0) reader.fail('malformed element kind', start);
  return FUNC_NON_NULL;
}

const noFuncs: ElemItems = { kind: 'funcidx', indices: [] };

function decodeElemItems(reader: InstructionReader, flags: number): ElemItems {
  const count = reader.vectorLength(moduleLimits.elemsPerSegment, 'element');
  if (count === 0 && !(flags & USES_EXPRS)) return noFuncs;
  if (!(flags & USES_EXPRS)) return { kind: 'funcidx', indices: decodeIndices(reader, count) };
  const exprs: Expr[] = [];
  for (let i = 0; i < count; i++) exprs.push(readExpr(reader));
  return { kind: 'expr', exprs };
}

function decodeCode(reader: InstructionReader, draft: ModuleDraft): void {
  const count = reader.vectorLength(moduleLimits.functions, 'function body');
  // A count that differs from the function section's is told after the last section.
  for (let i = 0; i < count; i++) draft.funcs.push(decodeFunc(reader, draft.funcTypes[i] ?? 0));
}

const noLocals: readonly LocalGroup[] = [];

function decodeFunc(reader: InstructionReader, typeidx: number): Func {
  const start = reader.offset;
  const size = reader.u32();
  if (size > moduleLimits.functionBytes) {
    reader.fail(`function size of ${size} bytes exceeds the limit of ${moduleLimits.functionBytes}`, start);
  }
  const entry: ByteRange = { byteOffset: reader.offset, byteLength: size };
  const end = entry.byteOffset + size;
  if (end > reader.end) reader.fail('length out of bounds: function passes the end of the module', start);
  const locals = decodeLocals(reader);
  const byteOffset = reader.offset;
  if (byteOffset > end) reader.fail('section size mismatch: locals pass the end of the function', end);
  checkClosed(reader, byteOffset, end);
  reader.offset = end;
  return { typeidx, locals, body: { byteOffset, byteLength: end - byteOffset }, entry };
}

function decodeLocals(reader: InstructionReader): readonly LocalGroup[] {
  const groupCount = reader.vectorLength(reader.end, 'local group');
  if (groupCount === 0) return noLocals;
  const groups: LocalGroup[] = [];
  let total = 0;
  for (let i = 0; i < groupCount; i++) {
    const start = reader.offset;
    const count = reader.u32();
    total += count;
    if (total > moduleLimits.locals) reader.fail(`too many locals: more than ${moduleLimits.locals}`, start);
    groups.push({ count, type: reader.valType() });
  }
  return groups;
}

const END_OPCODE = 0x0b;

/**
 * A body's last byte is its `end`. Where it is not, the size is wrong or the code is ill-formed:
 * reading on as if there were no size finds which.
 */
function checkClosed(reader: InstructionReader, start: number, end: number): void {
  if (end > start && reader.bytes[end - 1] === END_OPCODE) return;
  reader.offset = start;
  readExpr(reader);
  reader.fail('section size mismatch: END opcode expected at the end of the function', end);
}

function decodeDatas(reader: InstructionReader, draft: ModuleDraft): void {
  const count = reader.vectorLength(moduleLimits.dataSegments, 'data segment');
  for (let i = 0; i < count; i++) draft.datas.push(decodeData(reader));
}

function decodeData(reader: InstructionReader): DataSegment {
  const byteOffset = reader.offset;
  const flags = reader.u32();
  if (flags > 2) reader.fail('malformed data segment kind', byteOffset);
  const memidx = flags === 2 ? reader.u32() : 0;
  const offset = flags === 1 ? undefined : readExpr(reader);
  const contentLength = reader.u32();
  const contentOffset = reader.skip(contentLength);
  return offset === undefined
    ? { mode: 'passive', memidx: undefined, offset, contentOffset, contentLength, byteOffset }
    : { mode: 'active', memidx, offset, contentOffset, contentLength, byteOffset };
}
