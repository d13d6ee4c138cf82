/**
 * Which features beyond the first release of WebAssembly a module uses, and where: instructions by
 * their rows in the instruction table, the rest by its types, limits and sections.
 *
 * Modules need not be valid; what does not exist uses nothing.
 */
import { InstructionReader, importTypeOffset } from '../decoder/index.ts';
import {
  abstractHeapTypes,
  BOTTOM,
  EXTERNREF,
  type Expr,
  type Feature,
  FeatureOffError,
  type FeatureSet,
  FUNCREF,
  type GlobalType,
  type HeapType,
  heapTypeOf,
  I64,
  instrId,
  instructions,
  isConcrete,
  isNullable,
  isRef,
  type Limits,
  type MemoryType,
  type Module,
  refType,
  type SubType,
  type TableType,
  typeidxOf,
  V128,
  type ValType,
  valTypeText,
} from '../syntax/index.ts';
import { sectionOffset } from './type-section.ts';

/** Is told of each use: `what` needs `feature`. */
export type FeatureVisitor = (feature: Feature, what: string, byteOffset: number, funcidx?: number) => void;

/** @throws {DecodeError} when a function's code is ill-formed */
export function visitFeatureUses(module: Module, visit: FeatureVisitor): void {
  new FeatureScan(module, visit).all();
}

/** The features that a module needs, in alphabetical order, each with what needs it, every kind of use once. */
export function neededFeatures(module: Module): ReadonlyMap<Feature, readonly string[]> {
  const needed = new Map<Feature, Set<string>>();
  visitFeatureUses(module, (feature, what) => {
    const uses = needed.get(feature);
    if (uses === undefined) needed.set(feature, new Set([what]));
    else uses.add(what);
  });
  const sorted = [...needed].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([feature, uses]) => [feature, [...uses]]));
}

/** @throws {FeatureOffError} at the first use of a feature that is off */
export function checkFeatures(module: Module, on: FeatureSet): void {
  visitFeatureUses(module, (feature, what, byteOffset, funcidx) => {
    if (on.has(feature)) return;
    throw new FeatureOffError(what, feature, byteOffset, funcidx);
  });
}

const PAGE_SIZE_LOG2 = 16;
/** Bit of a memory type's flags: its page size is given, even if it is the usual one. */
const HAS_PAGE_SIZE = 0x08;

const { func, extern, exn, noexn } = abstractHeapTypes;

const extendedConstIds = new Set(
  (['i32.add', 'i32.sub', 'i32.mul', 'i64.add', 'i64.sub', 'i64.mul'] as const).map(instrId),
);
const globalGetId = instrId('global.get');
const returnCallRefId = instrId('return_call_ref');

function isIndexFrom(heap: HeapType, typeidx: number): boolean {
  return isConcrete(heap) && typeidxOf(heap) >= typeidx;
}

/** The value and storage types that a type is made of. */
function typesWithin({ comp }: Pick<SubType, 'comp'>): readonly ValType[] {
  if (comp.kind === 'func') return [...comp.params, ...comp.results];
  return (comp.kind === 'array' ? [comp.field] : comp.fields).map(({ storage }) => storage);
}

class FeatureScan {
  private readonly module: Module;
  private readonly visit: FeatureVisitor;
  private readonly importedGlobalCount: number;
  private readonly reader: InstructionReader;
  private funcidx: number | undefined;

  constructor(module: Module, visit: FeatureVisitor) {
    this.module = module;
    this.visit = visit;
    this.importedGlobalCount = module.imports.filter(({ type }) => type.kind === 'global').length;
    this.reader = new InstructionReader(module.bytes);
  }

  all(): void {
    this.types();
    this.imports();
    this.tablesAndMemories();
    this.globalsAndTags();
    this.exports();
    this.segments();
    this.functions();
  }

  private use(feature: Feature, what: string, byteOffset: number): void {
    this.visit(feature, what, byteOffset, this.funcidx);
  }

  // Types

  private valType(type: ValType, byteOffset: number): void {
    if (type === V128) this.use('simd', 'v128', byteOffset);
    else if (type === FUNCREF) this.use('reference-types', 'funcref as a value', byteOffset);
    else if (isRef(type)) this.refType(type, byteOffset);
  }

  /** A reference type; tables of `funcref` are as old as WebAssembly. */
  private refType(type: ValType, byteOffset: number): void {
    if (type === FUNCREF) return;
    const text = valTypeText(type);
    if (type === EXTERNREF) this.use('reference-types', text, byteOffset);
    const heap = heapTypeOf(type);
    if (isConcrete(heap) || !isNullable(type)) this.use('function-references', text, byteOffset);
    if (heap === exn || heap === noexn) this.use('exceptions', text, byteOffset);
    else if (!isConcrete(heap) && heap !== func && heap !== extern) this.use('gc', text, byteOffset);
  }

  private heapType(heap: HeapType, byteOffset: number): void {
    this.refType(refType(heap, true), byteOffset);
  }

  private types(): void {
    const byteOffset = sectionOffset(this.module, 'type');
    for (const { from, types } of this.module.recGroups) {
      if (types.length !== 1) this.use('gc', 'a recursive group', byteOffset);
      types.forEach((type, i) => {
        this.subType(type, byteOffset);
        const refersAhead = typesWithin(type).some((used) => isRef(used) && isIndexFrom(heapTypeOf(used), from + i));
        if (refersAhead) this.use('gc', 'a type that refers to itself or ahead', byteOffset);
      });
    }
  }

  private subType({ final, supertypes, comp }: SubType, byteOffset: number): void {
    if (!final || supertypes.length > 0) this.use('gc', 'sub', byteOffset);
    if (comp.kind === 'func') {
      if (comp.results.length > 1) this.use('multi-value', 'several results', byteOffset);
    } else this.use('gc', comp.kind, byteOffset);
    for (const type of typesWithin({ comp })) this.valType(type, byteOffset);
  }

  // Imports, definitions, exports

  private imports(): void {
    for (const entry of this.module.imports) {
      const { type, byteOffset } = entry;
      if (type.kind === 'table') this.tableType(type.type, byteOffset);
      else if (type.kind === 'memory') this.memoryType(type.type, byteOffset, importTypeOffset(this.module, entry));
      else if (type.kind === 'tag') this.use('exceptions', 'a tag', byteOffset);
      else if (type.kind === 'global') {
        if (type.type.mutable) this.use('mutable-global', 'an import of a mutable global', byteOffset);
        this.globalType(type.type, byteOffset);
      }
    }
  }

  private tablesAndMemories(): void {
    const { tables, memories } = this.module;
    for (const { type, init, byteOffset } of tables) {
      this.tableType(type, byteOffset);
      if (init === undefined) continue;
      this.use('function-references', 'a table with an initial value', byteOffset);
      this.constant(init);
    }
    for (const { type, byteOffset } of memories) this.memoryType(type, byteOffset, byteOffset);
    this.second('table', 'reference-types', 'a second table', tables);
    this.second('memory', 'multi-memory', 'a second memory', memories);
  }

  /** The second of a kind that the first release allowed one of. */
  private second(
    kind: 'table' | 'memory',
    feature: Feature,
    what: string,
    definitions: readonly { readonly byteOffset: number }[],
  ): void {
    const all = [...this.module.imports.filter(({ type }) => type.kind === kind), ...definitions];
    if (all[1] !== undefined) this.use(feature, what, all[1].byteOffset);
  }

  private tableType({ address, element, limits }: TableType, byteOffset: number): void {
    if (address === I64) this.use('memory64', 'a table with 64-bit addresses', byteOffset);
    this.limits(limits, byteOffset);
    this.refType(element, byteOffset);
  }

  private memoryType({ address, limits, shared, pageSizeLog2 }: MemoryType, byteOffset: number, flagsAt: number): void {
    if (address === I64) this.use('memory64', 'a memory with 64-bit addresses', byteOffset);
    if (shared) this.use('threads', 'a shared memory', byteOffset);
    const hasPageSize = pageSizeLog2 !== PAGE_SIZE_LOG2 || ((this.module.bytes[flagsAt] ?? 0) & HAS_PAGE_SIZE) !== 0;
    if (hasPageSize) this.use('custom-page-sizes', 'a memory with a page size', byteOffset);
    this.limits(limits, byteOffset);
  }

  private limits({ min, max }: Limits, byteOffset: number): void {
    if (Math.max(min, max ?? 0) >= 2 ** 32) this.use('memory64', 'limits of 2^32 and more', byteOffset);
  }

  private globalType({ content }: GlobalType, byteOffset: number): void {
    this.valType(content, byteOffset);
  }

  private globalsAndTags(): void {
    const { tags } = this.module;
    for (const { byteOffset } of tags) this.use('exceptions', 'a tag', byteOffset);
    const section = sectionOffset(this.module, 'tag');
    if (section > 0 && tags.length === 0) this.use('exceptions', 'the tag section', section);
    for (const { type, init, byteOffset } of this.module.globals) {
      this.globalType(type, byteOffset);
      this.constant(init);
    }
  }

  private exports(): void {
    for (const { kind, index, byteOffset } of this.module.exports) {
      // Imported mutable globals are told of already.
      const global = kind === 'global' ? this.module.globals[index - this.importedGlobalCount] : undefined;
      if (global?.type.mutable) this.use('mutable-global', 'an export of a mutable global', byteOffset);
    }
  }

  private segments(): void {
    const { elems, datas, dataCount } = this.module;
    for (const { type, items, mode, byteOffset } of elems) {
      if (mode.kind === 'passive') this.use('bulk-memory', 'a passive element segment', byteOffset);
      if (mode.kind === 'declarative') this.use('bulk-memory', 'a declarative element segment', byteOffset);
      if (mode.kind === 'active') this.constant(mode.offset);
      if (items.kind === 'funcidx') continue;
      this.refType(type, byteOffset);
      if (items.exprs.length > 0) this.use('reference-types', 'elements as expressions', byteOffset);
      for (const expr of items.exprs) this.constant(expr);
    }
    if (dataCount !== undefined) {
      this.use('bulk-memory', 'the data count section', sectionOffset(this.module, 'data count'));
    }
    for (const { mode, offset, byteOffset } of datas) {
      if (mode === 'passive') this.use('bulk-memory', 'a passive data segment', byteOffset);
      else this.constant(offset);
    }
  }

  // Code

  private functions(): void {
    const first = this.module.imports.filter(({ type }) => type.kind === 'func').length;
    this.module.funcs.forEach(({ locals, body, entry }, i) => {
      this.funcidx = first + i;
      for (const { type } of locals) this.valType(type, entry.byteOffset);
      this.code(body, () => {});
    });
    this.funcidx = undefined;
  }

  private constant(expr: Expr): void {
    this.code(expr, ({ id, at, index }) => {
      if (extendedConstIds.has(id)) this.use('extended-const', `${instructions[id]!.name} in a constant`, at);
      if (id === globalGetId && index >= this.importedGlobalCount) {
        this.use('gc', "global.get of the module's own global in a constant", at);
      }
    });
  }

  private code({ byteOffset, byteLength }: Expr, visitEach: (reader: InstructionReader) => void): void {
    const { reader } = this;
    reader.seek(byteOffset, byteOffset + byteLength);
    while (!reader.done) {
      reader.next();
      const { name, proposal } = instructions[reader.id]!;
      if (proposal !== 'mvp') this.use(proposal, name, reader.at);
      if (reader.id === returnCallRefId) this.use('tail-call', name, reader.at);
      this.immediates();
      visitEach(reader);
    }
  }

  /** Types among the current instruction's immediates. */
  private immediates(): void {
    const { reader } = this;
    const { at } = reader;
    switch (instructions[reader.id]!.imm) {
      case 'blocktype':
      case 'try_table':
        if (reader.blockTypeidx >= 0) this.use('multi-value', 'a block with a type index', at);
        else if (reader.blockValType !== BOTTOM) this.valType(reader.blockValType, at);
        break;
      case 'valtypes':
        for (const type of reader.valTypes) this.valType(type, at);
        break;
      case 'br_on_cast':
        this.heapType(reader.heap, at);
        this.heapType(reader.heap2, at);
        break;
      case 'heaptype':
        this.heapType(reader.heap, at);
        break;
    }
  }
}
