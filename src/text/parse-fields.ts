/**
 * The fields of a module: functions, tables, memories, globals, tags, imports, exports, segments and
 * the start function, with their abbreviations. Their identifiers are bound already.
 *
 * @see https://webassembly.github.io/spec/core/text/modules.html
 */
import {
  ByteWriter,
  type EncodableData,
  type EncodableElem,
  type EncodableFunc,
  type EncodableImportType,
  type EncodableModule,
  writeOpcode,
} from '../encoder/index.ts';
import {
  type AddressType,
  abstractHeapTypes,
  type ByteRange,
  type ElemItems,
  type ElemMode,
  type Expr,
  type ExternKind,
  FUNCREF,
  I64,
  instrId,
  type LocalGroup,
  refType,
  type ValType,
} from '../syntax/index.ts';
import { type Cursor, startsValType } from './cursor.ts';
import { IndexSpace } from './index-space.ts';
import { token } from './lexer.ts';
import type { ModuleContext } from './module-context.ts';
import { InstructionParser } from './parse-instructions.ts';
import {
  parseAddressType,
  parseGlobalType,
  parseMemoryType,
  parsePageSizeLog2,
  parseRefType,
  parseTableType,
  parseTypeUse,
  parseValType,
  type TypeUse,
} from './parse-types.ts';
import { writeString } from './string-literals.ts';

type Mutable<T> = T extends readonly (infer Item)[] ? Item[] : T;
/** What the fields fill. */
export type ModuleFields = {
  -readonly [Key in
    | 'imports'
    | 'funcs'
    | 'tables'
    | 'memories'
    | 'globals'
    | 'tags'
    | 'exports'
    | 'elems'
    | 'datas'
    | 'start']: Mutable<EncodableModule[Key]>;
};

const externKinds: readonly string[] = ['func', 'table', 'memory', 'global', 'tag'] satisfies ExternKind[];
const FUNC_NON_NULL = refType(abstractHeapTypes.func, false);

export class FieldParser {
  readonly fields: ModuleFields = {
    imports: [],
    funcs: [],
    tables: [],
    memories: [],
    globals: [],
    tags: [],
    exports: [],
    start: undefined,
    elems: [],
    datas: [],
  };
  private readonly cursor: Cursor;
  private readonly context: ModuleContext;
  private readonly instructions: InstructionParser;
  /** Indices given so far in each space, in the order of the text. */
  private readonly counts = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
  private elemCount = 0;
  private dataCount = 0;

  constructor(cursor: Cursor, context: ModuleContext) {
    this.cursor = cursor;
    this.context = context;
    this.instructions = new InstructionParser(cursor, context);
  }

  /** Parses one field, whose parenthesis is next. Type definitions are passed over. */
  field(): void {
    const cursor: Cursor = this.cursor;
    const start = cursor.at;
    cursor.open();
    const word = cursor.kind === token.keyword ? cursor.text : '';
    if (word === 'type' || word === 'rec') {
      cursor.at = cursor.after(start);
      return;
    }
    const parse = this.parsers.get(word);
    if (parse === undefined) cursor.unexpected('a module field');
    cursor.at++;
    parse();
    cursor.close();
  }

  private readonly parsers: ReadonlyMap<string, () => void> = new Map([
    ['func', () => this.func()],
    ['table', () => this.table()],
    ['memory', () => this.memory()],
    ['global', () => this.global()],
    ['tag', () => this.tag()],
    ['import', () => this.import()],
    ['export', () => this.export()],
    ['start', () => this.start()],
    ['elem', () => this.elem()],
    ['data', () => this.data()],
  ]);

  /** Identifier and `@name` of a definition, whose index is the next of its kind. */
  private header(kind: ExternKind): number {
    const index = this.counts[kind]++;
    this.nameOf(this.context.spaces[kind], index);
    return index;
  }

  private nameOf(space: IndexSpace, index: number): void {
    this.cursor.acceptId();
    const name = this.context.annotations.takeName(this.cursor.at);
    if (name !== undefined) space.names.set(index, name);
  }

  /** `(export "…")*` of a definition. */
  private inlineExports(kind: ExternKind, index: number): void {
    const { cursor } = this;
    while (cursor.acceptOpen('export')) {
      this.fields.exports.push({ name: cursor.name(), kind, index });
      cursor.close();
    }
  }

  /** `(import "…" "…")` of a definition that is an import. */
  private inlineImport(parseType: () => EncodableImportType): boolean {
    const { cursor } = this;
    if (!cursor.acceptOpen('import')) return false;
    const module = cursor.name();
    const name = cursor.name();
    cursor.close();
    this.fields.imports.push({ module, name, type: parseType() });
    return true;
  }

  private import(): void {
    const cursor: Cursor = this.cursor;
    const module = cursor.name();
    const name = cursor.name();
    cursor.open();
    const kind = cursor.kind === token.keyword ? cursor.text : '';
    if (!externKinds.includes(kind)) cursor.unexpected('an import description');
    cursor.at++;
    const index = this.header(kind as ExternKind);
    const type = this.importTypes[kind as ExternKind](index);
    this.fields.imports.push({ module, name, type });
    cursor.close();
  }

  /** What an import of each kind asks for; the index is the import's own. */
  private readonly importTypes: Record<ExternKind, (index: number) => EncodableImportType> = {
    func: (index) => ({ kind: 'func', typeidx: this.importedFuncType(index) }),
    table: () => ({ kind: 'table', type: parseTableType(this.cursor, this.context) }),
    memory: () => ({ kind: 'memory', type: parseMemoryType(this.cursor) }),
    global: () => ({ kind: 'global', type: parseGlobalType(this.cursor, this.context) }),
    tag: () => ({ kind: 'tag', type: { typeidx: parseTypeUse(this.cursor, this.context).typeidx } }),
  };

  private importedFuncType(funcidx: number): number {
    const use = parseTypeUse(this.cursor, this.context);
    this.rememberLocals(funcidx, this.paramSpace(use));
    return use.typeidx;
  }

  /** The local indices that parameters take. */
  private paramSpace(use: TypeUse): IndexSpace {
    const locals = new IndexSpace('local');
    for (let i = 0; i < use.paramCount; i++) {
      const name = use.ids[i];
      locals.bind(name?.id, this.cursor, name?.at);
      if (name?.shown !== undefined) locals.names.set(i, name.shown);
    }
    return locals;
  }

  private rememberLocals(funcidx: number, locals: IndexSpace): void {
    if (locals.names.size > 0) this.context.localNames.set(funcidx, locals.names);
  }

  private func(): void {
    const { cursor, context } = this;
    const funcidx = this.header('func');
    this.inlineExports('func', funcidx);
    if (this.inlineImport(() => this.importTypes.func(funcidx))) return;
    const use = parseTypeUse(cursor, context);
    const localSpace = this.paramSpace(use);
    const locals = this.locals(localSpace);
    const { expr, labelNames, hints } = this.instructions.body(localSpace);
    this.rememberLocals(funcidx, localSpace);
    if (labelNames.size > 0) context.labelNames.set(funcidx, labelNames);
    if (hints.length > 0) {
      const shift = localsByteLength(locals) - expr.byteOffset;
      context.branchHints.push({
        funcidx,
        hints: hints.map(({ byteOffset, value }) => ({ byteOffset: byteOffset + shift, value })),
      });
    }
    this.fields.funcs.push({ typeidx: use.typeidx, locals, body: expr } satisfies EncodableFunc);
  }

  /** `(local …)*`, with neighbours of one type as one group. */
  private locals(space: IndexSpace): LocalGroup[] {
    const { cursor, context } = this;
    const types: ValType[] = [];
    while (cursor.acceptOpen('local')) {
      const { at } = cursor;
      const id = cursor.acceptId();
      const name = context.annotations.takeName(cursor.at);
      if (id !== undefined || name !== undefined) {
        const index = space.bind(id, cursor, at);
        if (name !== undefined) space.names.set(index, name);
        types.push(parseValType(cursor, context));
      } else {
        while (startsValType(cursor)) {
          space.bind(undefined, cursor);
          types.push(parseValType(cursor, context));
        }
      }
      cursor.close();
    }
    return grouped(types);
  }

  private tag(): void {
    const index = this.header('tag');
    this.inlineExports('tag', index);
    if (this.inlineImport(() => this.importTypes.tag(index))) return;
    this.fields.tags.push({ type: { typeidx: parseTypeUse(this.cursor, this.context).typeidx } });
  }

  private global(): void {
    const index = this.header('global');
    this.inlineExports('global', index);
    if (this.inlineImport(() => this.importTypes.global(index))) return;
    const type = parseGlobalType(this.cursor, this.context);
    this.fields.globals.push({ type, init: this.instructions.constExpr() });
  }

  private memory(): void {
    const { cursor } = this;
    const memidx = this.header('memory');
    this.inlineExports('memory', memidx);
    if (this.inlineImport(() => this.importTypes.memory(memidx))) return;
    const inline = inlineSegmentStart(cursor, 'data');
    if (!inline) {
      this.fields.memories.push({ type: parseMemoryType(cursor) });
      return;
    }
    const address = parseAddressType(cursor);
    const pageSizeLog2 = parsePageSizeLog2(cursor);
    cursor.expectOpen('data');
    this.dataCount++;
    const content = this.strings();
    cursor.close();
    const pageCount = Math.ceil(content.byteLength / 2 ** pageSizeLog2);
    const limits = { min: pageCount, max: pageCount };
    this.fields.memories.push({ type: { address, limits, shared: false, pageSizeLog2 } });
    const offset = this.zero(address);
    this.fields.datas.push({ content, mode: { kind: 'active', memidx, offset } });
  }

  /** The constant expression 0 of an address type. */
  private zero(address: AddressType): Expr {
    const { pool } = this.context;
    const start = pool.length;
    writeOpcode(pool, instrId(address === I64 ? 'i64.const' : 'i32.const'));
    pool.u8(0);
    writeOpcode(pool, instrId('end'));
    return this.context.exprFrom(start);
  }

  private table(): void {
    const { cursor, context } = this;
    const tableidx = this.header('table');
    this.inlineExports('table', tableidx);
    if (this.inlineImport(() => this.importTypes.table(tableidx))) return;
    if (inlineSegmentStart(cursor, 'elem')) {
      this.tableWithElem(tableidx);
      return;
    }
    const type = parseTableType(cursor, context);
    const init = cursor.kind === token.close ? undefined : this.instructions.constExpr();
    this.fields.tables.push({ type, init });
  }

  private tableWithElem(tableidx: number): void {
    const { cursor, context } = this;
    const address = parseAddressType(cursor);
    const element = parseRefType(cursor, context);
    cursor.expectOpen('elem');
    this.elemCount++;
    const hasExprs = cursor.kind === token.open;
    const items = hasExprs ? this.elemExprs() : this.elemIndices();
    cursor.close();
    const count = items.kind === 'expr' ? items.exprs.length : items.indices.length;
    this.fields.tables.push({ type: { address, limits: { min: count, max: count }, element }, init: undefined });
    const mode: ElemMode = { kind: 'active', tableidx, offset: this.zero(address) };
    // Function indices give a segment of (ref func); a table of another type takes expressions.
    const fits = items.kind === 'expr' || element === FUNCREF || element === FUNC_NON_NULL;
    const stored = fits ? items : this.asExprs(items.indices);
    this.fields.elems.push({ type: stored.kind === 'expr' ? element : FUNC_NON_NULL, items: stored, mode });
  }

  /** Function indices as `ref.func` expressions. */
  private asExprs(indices: readonly number[]): ElemItems {
    const { pool } = this.context;
    const exprs = indices.map((funcidx) => {
      const start = pool.length;
      writeOpcode(pool, instrId('ref.func'));
      pool.u32(funcidx);
      writeOpcode(pool, instrId('end'));
      return this.context.exprFrom(start);
    });
    return { kind: 'expr', exprs };
  }

  private export(): void {
    const cursor: Cursor = this.cursor;
    const name = cursor.name();
    cursor.open();
    const kind = cursor.kind === token.keyword ? cursor.text : '';
    if (!externKinds.includes(kind)) cursor.unexpected('an export description');
    cursor.at++;
    const index = this.context.spaces[kind as ExternKind].index(cursor);
    cursor.close();
    this.fields.exports.push({ name, kind: kind as ExternKind, index });
  }

  private start(): void {
    if (this.fields.start !== undefined) this.cursor.fail('multiple start sections', this.cursor.at - 2);
    this.fields.start = { funcidx: this.context.spaces.func.index(this.cursor) };
  }

  /** `(offset …)` or a single folded instruction. */
  private offsetExpr(): Expr {
    const { cursor } = this;
    if (!cursor.acceptOpen('offset')) return this.instructions.foldedExpr();
    const expr = this.instructions.constExpr();
    cursor.close();
    return expr;
  }

  private data(): void {
    const { cursor, context } = this;
    this.nameOf(context.spaces.data, this.dataCount++);
    const hasMemidx = cursor.head === 'memory' || context.spaces.memory.isNext(cursor);
    let mode: EncodableData['mode'] = { kind: 'passive' };
    if (hasMemidx || cursor.kind === token.open) {
      const memidx = hasMemidx ? this.segmentTarget('memory') : 0;
      mode = { kind: 'active', memidx, offset: this.offsetExpr() };
    }
    this.fields.datas.push({ content: this.strings(), mode });
  }

  /** `(memory x)` or `(table x)` of a segment; older texts leave the parentheses out. */
  private segmentTarget(kind: 'memory' | 'table'): number {
    const { cursor, context } = this;
    if (!cursor.acceptOpen(kind)) return context.spaces[kind].index(cursor);
    const index = context.spaces[kind].index(cursor);
    cursor.close();
    return index;
  }

  private strings(): ByteRange {
    const { cursor, context } = this;
    const { starts, ends, source } = cursor.tokens;
    const byteOffset = context.pool.length;
    for (; cursor.kind === token.string; cursor.at++) {
      writeString(context.pool, source, starts[cursor.at]!, ends[cursor.at]!);
    }
    return { byteOffset, byteLength: context.pool.length - byteOffset };
  }

  private elem(): void {
    const { cursor, context } = this;
    this.nameOf(context.spaces.elem, this.elemCount++);
    if (cursor.accept('declare')) {
      this.fields.elems.push({ ...this.elemList(false), mode: { kind: 'declarative' } });
      return;
    }
    const hasTable = cursor.head === 'table' || context.spaces.table.isNext(cursor);
    const isActive = hasTable || (cursor.kind === token.open && cursor.head !== 'ref');
    if (!isActive) {
      this.fields.elems.push({ ...this.elemList(false), mode: { kind: 'passive' } });
      return;
    }
    const tableidx = hasTable ? this.segmentTarget('table') : 0;
    const offset = this.offsetExpr();
    this.fields.elems.push({ ...this.elemList(true), mode: { kind: 'active', tableidx, offset } });
  }

  /** `func x*` or `reftype elemexpr*`; bare indices, where the abbreviation allows them. */
  private elemList(allowsBare: boolean): Pick<EncodableElem, 'type' | 'items'> {
    const { cursor, context } = this;
    const isFunc = cursor.accept('func');
    const isBare = allowsBare && (context.spaces.func.isNext(cursor) || cursor.kind === token.close);
    if (isFunc || isBare) return { type: FUNC_NON_NULL, items: this.elemIndices() };
    const type = parseRefType(cursor, context);
    return { type, items: this.elemExprs() };
  }

  private elemIndices(): Extract<ElemItems, { kind: 'funcidx' }> {
    const { cursor, context } = this;
    const indices: number[] = [];
    while (context.spaces.func.isNext(cursor)) indices.push(context.spaces.func.index(cursor));
    return { kind: 'funcidx', indices };
  }

  private elemExprs(): Extract<ElemItems, { kind: 'expr' }> {
    const { cursor } = this;
    const exprs: Expr[] = [];
    while (cursor.kind === token.open) {
      if (!cursor.acceptOpen('item')) {
        exprs.push(this.instructions.foldedExpr());
        continue;
      }
      exprs.push(this.instructions.constExpr());
      cursor.close();
    }
    return { kind: 'expr', exprs };
  }
}

/** Whether a table or memory has its segment inline: `i64? (data …)`, `i64? reftype (elem …)`. */
export function inlineSegmentStart(cursor: Cursor, kind: 'data' | 'elem'): boolean {
  let at = cursor.at;
  const { tokens } = cursor;
  const wordAt = (index: number) =>
    index < cursor.end && tokens.kinds[index] === token.keyword ? tokens.text(index) : '';
  if (wordAt(at) === 'i32' || wordAt(at) === 'i64') at++;
  if (kind === 'data') {
    if (wordAt(at + 1) === 'pagesize') at = cursor.after(at);
    return tokens.kinds[at] === token.open && wordAt(at + 1) === 'data';
  }
  return tokens.kinds[at] !== token.nat;
}

function grouped(types: readonly ValType[]): LocalGroup[] {
  const groups: { count: number; type: ValType }[] = [];
  for (const type of types) {
    const last = groups[groups.length - 1];
    if (last?.type === type) last.count++;
    else groups.push({ count: 1, type });
  }
  return groups;
}

/** Size of a function's locals in the binary. */
function localsByteLength(groups: readonly LocalGroup[]): number {
  const out = new ByteWriter();
  out.u32(groups.length);
  for (const { count, type } of groups) {
    out.u32(count);
    out.valType(type);
  }
  return out.length;
}
