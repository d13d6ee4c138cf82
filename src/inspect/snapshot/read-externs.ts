/**
 * Memories, tables, globals, tags and functions of the host in a snapshot: first as records, and then, once it is
 * known which instance imports them, as entries of a store. The embedder may supply what no instance defines.
 */

import { kindOf } from '../../interpreter/index.ts';
import {
  type Budgets,
  type Extern,
  type Func,
  Global,
  type Instance,
  MAX_MEMORY_BYTES,
  Memory,
  type ModuleCode,
  Table,
  Tag,
} from '../../runtime/index.ts';
import {
  type ExternKind,
  type GlobalType,
  I32,
  I64,
  type Import,
  isRef,
  type MemoryType,
  type TableType,
  translateValType,
  typeRegistry,
  type ValType,
} from '../../syntax/index.ts';
import { SPARSE_PAGE_BYTES } from './format.ts';
import { type FuncRecord, readFuncRecord } from './read-values.ts';
import type { SnapshotReader } from './reader.ts';
import type { DecodeOptions, ImportRequest } from './state.ts';
import type { ReadTypes } from './type-table.ts';

interface MemoryRecord {
  readonly offset: number;
  readonly type: MemoryType;
  readonly pageCount: number;
  readonly runs: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

interface TableRecord {
  readonly offset: number;
  readonly type: TableType;
  readonly length: number;
}

/** An instance whose indices are not followed yet. */
export interface InstanceRecord {
  readonly offset: number;
  readonly code: ModuleCode;
  readonly funcs: readonly FuncRecord[];
  readonly memories: readonly number[];
  readonly tables: readonly number[];
  readonly globals: readonly number[];
  readonly tags: readonly number[];
  readonly isDropped: readonly boolean[];
}

/** Who imports something, and as what. */
interface Importer {
  readonly instance: number;
  readonly entry: Import;
}

/** Functions, exports and segment elements of all instances; a few bytes may stand for many instances. */
const MAX_ENTRIES = 2 ** 24;

export class ReadExterns {
  readonly memories: Memory[] = [];
  readonly tables: Table[] = [];
  readonly globals: Global[] = [];
  readonly tags: Tag[] = [];
  readonly hostFuncs: Func[] = [];
  readonly instances: InstanceRecord[] = [];

  private readonly source: SnapshotReader;
  private readonly types: ReadTypes;
  private readonly options: DecodeOptions;
  private readonly tagIds: number[];
  private readonly memoryRecords: MemoryRecord[];
  private readonly tableRecords: TableRecord[];
  private readonly globalTypes: GlobalType[];
  private readonly hostFuncIds: number[];

  /** Reads the records. */
  constructor(source: SnapshotReader, types: ReadTypes, modules: readonly ModuleCode[], options: DecodeOptions) {
    this.source = source;
    this.types = types;
    this.options = options;
    this.tagIds = this.list('tags', () => this.tagId());
    this.memoryRecords = this.list('memories', () => this.memoryRecord());
    this.tableRecords = this.list('tables', () => this.tableRecord());
    this.globalTypes = this.list('globals', () => ({ content: types.valType(), mutable: source.flag() }));
    this.hostFuncIds = this.list('functions', () => types.id('func'));
    const instanceCount = source.countOf('instances');
    let entryCount = 0;
    for (let i = 0; i < instanceCount; i++) {
      const record = this.instanceRecord(modules, instanceCount);
      entryCount += entriesOf(record.code);
      if (entryCount > MAX_ENTRIES) source.fail(`the instances have more than ${MAX_ENTRIES} functions and exports`);
      this.instances.push(record);
    }
  }

  private list<T>(what: string, read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.source.countOf(what); left > 0; left--) items.push(read());
    return items;
  }

  private tagId(): number {
    const start = this.source.offset;
    const id = this.types.id('func');
    if (this.types.funcType(id).results.length > 0) this.source.fail("a tag's type has results", start);
    return id;
  }

  private maximum(): number | undefined {
    if (!this.source.flag()) return undefined;
    const start = this.source.offset;
    const max = this.source.f64();
    if (!(max >= 0 && Math.floor(max) === max)) this.source.fail(`a maximum of ${max}`, start);
    return max;
  }

  private memoryRecord(): MemoryRecord {
    const { source } = this;
    const offset = source.offset;
    const address = source.flag() ? I64 : I32;
    const shared = source.flag();
    const pageSizeLog2 = source.u8();
    const max = this.maximum();
    const byteLength = source.count();
    const pageCount = byteLength / 2 ** pageSizeLog2;
    const isSized =
      byteLength <= MAX_MEMORY_BYTES && Math.floor(pageCount) === pageCount && pageCount <= (max ?? pageCount);
    if ((pageSizeLog2 !== 0 && pageSizeLog2 !== 16) || !isSized || (shared && max === undefined)) {
      source.fail(`there is no memory of ${byteLength} bytes as this`, offset);
    }
    const runs = this.list('runs of pages', () => this.memoryRun(byteLength));
    const type = { address, limits: { min: pageCount, max }, shared, pageSizeLog2 } as const;
    return { offset, type, pageCount, runs };
  }

  private memoryRun(byteLength: number) {
    const start = this.source.offset;
    const at = this.source.count() * SPARSE_PAGE_BYTES;
    const bytes = this.source.blob();
    if (at + bytes.length > byteLength) this.source.fail('contents pass the end of their memory', start);
    return { at, bytes };
  }

  private tableRecord(): TableRecord {
    const { source } = this;
    const offset = source.offset;
    const address = source.flag() ? I64 : I32;
    const element = this.types.valType();
    if (!isRef(element)) source.fail('a table that holds no references', offset);
    const max = this.maximum();
    const length = source.count();
    if (length > (max ?? length)) source.fail(`a table of ${length} elements, which may have ${max}`, offset);
    return { offset, type: { address, limits: { min: length, max }, element }, length };
  }

  private instanceRecord(modules: readonly ModuleCode[], instanceCount: number): InstanceRecord {
    const { source } = this;
    const offset = source.offset;
    const code = modules[source.index(modules.length, 'module')]!;
    const { spaces, module, importedFuncs } = code;
    const times = <T>(count: number, read: () => T): T[] => {
      source.claim(count);
      source.releaseClaims();
      return Array.from({ length: count }, read);
    };
    return {
      offset,
      code,
      funcs: times(importedFuncs, () => readFuncRecord(source, instanceCount, this.hostFuncIds.length)),
      memories: times(spaces.memories.length, () => source.index(this.memoryRecords.length, 'memory')),
      tables: times(spaces.tables.length, () => source.index(this.tableRecords.length, 'table')),
      globals: times(spaces.globals.length, () => source.index(this.globalTypes.length, 'global')),
      tags: times(spaces.tags.length, () => source.index(this.tagIds.length, 'tag')),
      isDropped: times(module.datas.length, () => source.flag()),
    };
  }

  /** Makes the entries, or takes them from the embedder. */
  make(): void {
    const importers = new Importers(this.instances);
    for (const [i, typeId] of this.tagIds.entries()) {
      const given = this.given('tag', importers.of('tag', i), { typeId }) as Tag | undefined;
      if (given !== undefined && given.typeId !== typeId) this.misfit(importers.of('tag', i)!);
      this.tags.push(given ?? new Tag(typeId, this.types.funcType(typeId)));
    }
    for (const [i, record] of this.memoryRecords.entries())
      this.memories.push(this.memory(record, importers.of('memory', i)));
    for (const [i, record] of this.tableRecords.entries())
      this.tables.push(this.table(record, importers.of('table', i)));
    for (const [i, type] of this.globalTypes.entries()) this.globals.push(this.global(type, importers.of('global', i)));
    for (const [i, typeId] of this.hostFuncIds.entries())
      this.hostFuncs.push(this.hostFunc(typeId, importers.of('func', i)));
  }

  /** What the embedder gives for an import that no instance defines. */
  private given(
    kind: ExternKind,
    importer: Importer | undefined,
    { typeId, valType }: { typeId?: number; valType?: ValType },
  ): Extern | undefined {
    if (importer === undefined) return undefined;
    const { module, name } = importer.entry;
    const funcType = typeId === undefined ? undefined : this.types.funcType(typeId);
    const request: ImportRequest = { module, name, kind, funcType, valType, instance: importer.instance };
    const given = this.options.imports?.(request);
    if (given !== undefined && kindOf(given) !== kind) this.misfit(importer);
    return given;
  }

  private misfit({ entry: { module, name } }: Importer): never {
    return this.source.fail(`what is given for import ${JSON.stringify(module)} ${JSON.stringify(name)} does not fit`);
  }

  private get budgets(): Budgets {
    return this.options.budgets;
  }

  private memory({ type, pageCount, runs }: MemoryRecord, importer: Importer | undefined): Memory {
    const given = this.given('memory', importer, {}) as Memory | undefined;
    const memory = given ?? new Memory(type, this.budgets.memoryBytes);
    if (given !== undefined) {
      const isAlike =
        given.type.address === type.address &&
        given.type.shared === type.shared &&
        given.type.pageSizeLog2 === type.pageSizeLog2 &&
        given.type.limits.max === type.limits.max;
      const missing = pageCount - given.pageCount;
      if (!isAlike || missing < 0 || given.grow(missing) < 0) this.misfit(importer!);
      given.bytes.fill(0);
    }
    for (const { at, bytes } of runs) memory.bytes.set(bytes, at);
    return memory;
  }

  private table({ type, length }: TableRecord, importer: Importer | undefined): Table {
    const given = this.given('table', importer, { valType: type.element }) as Table | undefined;
    if (given === undefined) return new Table(type, null, this.budgets.tableElements);
    const isAlike =
      given.type.address === type.address &&
      given.type.element === type.element &&
      given.type.limits.max === type.limits.max;
    const missing = length - given.length;
    if (!isAlike || missing < 0 || given.grow(missing, null) < 0) this.misfit(importer!);
    return given;
  }

  /** The value of an immutable global is all there is to it. */
  private global(type: GlobalType, importer: Importer | undefined): Global {
    const given = type.mutable ? this.given('global', importer, { valType: type.content }) : undefined;
    if (given === undefined) return new Global(type);
    const isAlike = given instanceof Global && given.type.mutable && given.type.content === type.content;
    return isAlike ? given : this.misfit(importer!);
  }

  private hostFunc(typeId: number, importer: Importer | undefined): Func {
    if (importer === undefined) this.source.fail('a function of the host that no instance imports');
    const given = this.given('func', importer, { typeId }) as Func | undefined;
    const { module, name } = importer.entry;
    if (given === undefined) {
      this.source.fail(`import ${JSON.stringify(module)} ${JSON.stringify(name)} (func) is not provided`);
    }
    if (!typeRegistry.isSubtypeId(given.typeId, typeId)) this.misfit(importer);
    return given;
  }
}

/** What an instance makes that its record does not spell out. */
function entriesOf({ module }: ModuleCode): number {
  const items = module.elems.reduce(
    (sum, { items }) => sum + (items.kind === 'funcidx' ? items.indices.length : items.exprs.length),
    0,
  );
  return 1 + module.funcs.length + module.exports.length + module.elems.length + items;
}

/** Which import names each entry first; none for what an instance defines. */
class Importers {
  private readonly found: Readonly<Record<ExternKind, Map<number, Importer | undefined>>> = {
    func: new Map(),
    memory: new Map(),
    table: new Map(),
    global: new Map(),
    tag: new Map(),
  };

  constructor(records: readonly InstanceRecord[]) {
    for (const [instance, record] of records.entries()) this.addImports(instance, record);
    for (const record of records) this.dropDefined(record);
  }

  of(kind: ExternKind, number: number): Importer | undefined {
    return this.found[kind].get(number);
  }

  private addImports(instance: number, record: InstanceRecord): void {
    const used = { func: 0, memory: 0, table: 0, global: 0, tag: 0 };
    for (const entry of record.code.module.imports) {
      const { kind } = entry.type;
      const index = used[kind]++;
      const number = kind === 'func' ? record.funcs[index]!.hostFunc : numbersOf(record, kind)[index]!;
      if (number !== undefined && !this.found[kind].has(number)) this.found[kind].set(number, { instance, entry });
    }
  }

  private dropDefined(record: InstanceRecord): void {
    const { module } = record.code;
    const defined = { memory: module.memories, table: module.tables, global: module.globals, tag: module.tags };
    for (const kind of ['memory', 'table', 'global', 'tag'] as const) {
      const numbers = numbersOf(record, kind);
      for (let i = numbers.length - defined[kind].length; i < numbers.length; i++) this.found[kind].delete(numbers[i]!);
    }
  }
}

function numbersOf(record: InstanceRecord, kind: Exclude<ExternKind, 'func'>): readonly number[] {
  if (kind === 'memory') return record.memories;
  if (kind === 'table') return record.tables;
  return kind === 'global' ? record.globals : record.tags;
}

/** Whether an entry is what its instance's module defines; what is imported is checked as when linking. */
export function definitionsFit(instance: Instance): boolean {
  const { code, memories, tables, globals, tags } = instance;
  const { module, spaces } = code;
  const from = <T>(all: readonly T[], defined: readonly unknown[]) => all.length - defined.length;
  const firstMemory = from(spaces.memories, module.memories);
  const firstTable = from(spaces.tables, module.tables);
  const firstGlobal = from(spaces.globals, module.globals);
  const firstTag = from(spaces.tags, module.tags);
  return (
    module.memories.every(({ type }, i) => isMemoryOf(type, memories[firstMemory + i]!)) &&
    module.tables.every(({ type }, i) => isTableOf(code, type, tables[firstTable + i]!)) &&
    module.globals.every(({ type }, i) => isGlobalOf(code, type, globals[firstGlobal + i]!)) &&
    module.tags.every(({ type }, i) => code.typeIds[type.typeidx] === tags[firstTag + i]!.typeId)
  );
}

function isMemoryOf({ address, shared, pageSizeLog2, limits }: MemoryType, { type, pageCount }: Memory): boolean {
  const isAlike = address === type.address && shared === type.shared && pageSizeLog2 === type.pageSizeLog2;
  return isAlike && limits.max === type.limits.max && pageCount >= limits.min;
}

function isTableOf(code: ModuleCode, { address, element, limits }: TableType, { type, length }: Table): boolean {
  const isAlike = address === type.address && translateValType(element, code.typeIds) === type.element;
  return isAlike && limits.max === type.limits.max && length >= limits.min;
}

function isGlobalOf(code: ModuleCode, { content, mutable }: GlobalType, { type }: Global): boolean {
  return mutable === type.mutable && translateValType(content, code.typeIds) === type.content;
}
