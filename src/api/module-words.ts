/**
 * A decoded module as a row of 32-bit integers and back, for the module cache: reading it is much faster than
 * decoding. The custom sections' contents are not among them; they are decoded from the module's bytes when wanted.
 *
 * What is read is taken as it stands: module-cache.ts sees to it that only what was written is read.
 */
import { lazyCustomData } from '../decoder/index.ts';
import {
  type ByteRange,
  type CompType,
  type DataSegment,
  type ElemItems,
  type ElemMode,
  type ElemSegment,
  type ExternKind,
  type FieldType,
  type Func,
  type GlobalType,
  type Import,
  type ImportType,
  InternalError,
  type Limits,
  type LocalGroup,
  type MemoryType,
  type Module,
  type RecGroup,
  type SubType,
  type TableType,
  type ValType,
} from '../syntax/index.ts';

const ABSENT = -1;

const externKinds: readonly ExternKind[] = ['func', 'table', 'memory', 'global', 'tag'];
const compKinds: readonly CompType['kind'][] = ['func', 'struct', 'array'];
const elemModes: readonly ElemMode['kind'][] = ['active', 'passive', 'declarative'];

/** The words of a module. */
export function moduleToWords(module: Module): Int32Array {
  const out = new WordWriter();
  out.list(module.sections, (section) => {
    out.int(section.id);
    out.text(section.name);
    out.range(section);
  });
  out.list(module.recGroups, ({ types }) => out.list(types, (type) => writeSubType(out, type)));
  out.list(module.imports, (entry) => writeImport(out, entry));
  out.list(module.funcs, (func) => writeFunc(out, func));
  out.list(module.tables, ({ type, init, byteOffset }) => {
    writeTableType(out, type);
    out.optionalRange(init);
    out.int(byteOffset);
  });
  out.list(module.memories, ({ type, byteOffset }) => {
    writeMemoryType(out, type);
    out.int(byteOffset);
  });
  out.list(module.globals, ({ type, init, byteOffset }) => {
    writeGlobalType(out, type);
    out.range(init);
    out.int(byteOffset);
  });
  out.list(module.tags, ({ type, byteOffset }) => {
    out.int(type.typeidx);
    out.int(byteOffset);
  });
  out.list(module.exports, ({ name, kind, index, byteOffset }) => {
    out.text(name);
    out.int(externKinds.indexOf(kind));
    out.int(index);
    out.int(byteOffset);
  });
  out.int(module.start?.funcidx ?? ABSENT);
  out.int(module.start?.byteOffset ?? 0);
  out.list(module.elems, (elem) => writeElem(out, elem));
  out.int(module.dataCount ?? ABSENT);
  out.list(module.datas, (data) => writeData(out, data));
  out.list(module.customs, ({ name, content, after }) => {
    out.text(name);
    out.range(content);
    out.int(after);
  });
  return out.words();
}

/** The module of `bytes`, from what `moduleToWords` made of it. */
export function moduleFromWords(bytes: Uint8Array, words: Int32Array): Module {
  const source = new WordReader(words);
  const sections = source.list(() => {
    const id = source.int();
    return { id, name: source.text(), ...source.range() };
  });
  const recGroups: RecGroup[] = [];
  const types: SubType[] = [];
  for (let left = source.count(); left > 0; left--) {
    const group = { from: types.length, types: source.list(() => readSubType(source)) };
    recGroups.push(group);
    for (const type of group.types) types.push(type);
  }
  const imports = source.list(() => readImport(source));
  const funcs = source.list(() => readFunc(source));
  const tables = source.list(() => ({
    type: readTableType(source),
    init: source.optionalRange(),
    byteOffset: source.int(),
  }));
  const memories = source.list(() => ({ type: readMemoryType(source), byteOffset: source.int() }));
  const globals = source.list(() => ({
    type: readGlobalType(source),
    init: source.range(),
    byteOffset: source.int(),
  }));
  const tags = source.list(() => ({ type: { typeidx: source.int() }, byteOffset: source.int() }));
  const exports = source.list(() => ({
    name: source.text(),
    kind: externKinds[source.int()]!,
    index: source.int(),
    byteOffset: source.int(),
  }));
  const start = { funcidx: source.int(), byteOffset: source.int() };
  const elems = source.list(() => readElem(source));
  const dataCount = source.int();
  const datas = source.list(() => readData(source));
  const customs = source.list(() => ({ name: source.text(), content: source.range(), after: source.int() }));
  return lazyCustomData({
    bytes,
    sections,
    recGroups,
    types,
    imports,
    funcs,
    tables,
    memories,
    globals,
    tags,
    exports,
    start: start.funcidx === ABSENT ? undefined : start,
    elems,
    dataCount: dataCount === ABSENT ? undefined : dataCount,
    datas,
    customs,
  });
}

class WordWriter {
  private buffer = new Int32Array(1024);
  private length = 0;

  int(value: number): void {
    if (this.length === this.buffer.length) {
      const grown = new Int32Array(2 * this.length);
      grown.set(this.buffer);
      this.buffer = grown;
    }
    this.buffer[this.length++] = value;
  }

  words(): Int32Array {
    return this.buffer.slice(0, this.length);
  }

  /** A number that is not negative, beyond 32 bits too; limits go up to 2^64. */
  float(value: number): void {
    const [lo, hi] = new Int32Array(new Float64Array([value]).buffer);
    this.int(lo!);
    this.int(hi!);
  }

  text(text: string): void {
    this.int(text.length);
    for (let i = 0; i < text.length; i++) this.int(text.charCodeAt(i));
  }

  range({ byteOffset, byteLength }: ByteRange): void {
    this.int(byteOffset);
    this.int(byteLength);
  }

  optionalRange(range: ByteRange | undefined): void {
    this.range(range ?? { byteOffset: ABSENT, byteLength: 0 });
  }

  list<Item>(items: readonly Item[], write: (item: Item) => void): void {
    this.int(items.length);
    for (const item of items) write(item);
  }
}

class WordReader {
  private readonly words: Int32Array;
  private at = 0;

  constructor(words: Int32Array) {
    this.words = words;
  }

  int(): number {
    return this.words[this.at++] as number;
  }

  float(): number {
    const value = new Float64Array(new Int32Array([this.int(), this.int()]).buffer);
    return value[0]!;
  }

  /** How many follow, each of at least a word. */
  count(): number {
    const count = this.int();
    if (count < 0 || count > this.words.length - this.at) throw new InternalError('a cached module has no such form');
    return count;
  }

  text(): string {
    let text = '';
    for (let left = this.count(); left > 0; left--) text += String.fromCharCode(this.int());
    return text;
  }

  range(): ByteRange {
    const byteOffset = this.int();
    return { byteOffset, byteLength: this.int() };
  }

  optionalRange(): ByteRange | undefined {
    const range = this.range();
    return range.byteOffset === ABSENT ? undefined : range;
  }

  list<Item>(read: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = this.count(); left > 0; left--) items.push(read());
    return items;
  }
}

// Types

function writeSubType(out: WordWriter, { final, supertypes, comp }: SubType): void {
  out.int(Number(final));
  out.list(supertypes, (typeidx) => out.int(typeidx));
  out.int(compKinds.indexOf(comp.kind));
  if (comp.kind === 'func') {
    out.list(comp.params, (type) => out.int(type));
    out.list(comp.results, (type) => out.int(type));
  } else if (comp.kind === 'struct') out.list(comp.fields, (field) => writeField(out, field));
  else writeField(out, comp.field);
}

function readSubType(source: WordReader): SubType {
  const final = source.int() === 1;
  return { final, supertypes: source.list(() => source.int()), comp: readCompType(source) };
}

function readCompType(source: WordReader): CompType {
  const kind = compKinds[source.int()]!;
  if (kind === 'struct') return { kind, fields: source.list(() => readField(source)) };
  if (kind === 'array') return { kind, field: readField(source) };
  return { kind, params: source.list(() => readValType(source)), results: source.list(() => readValType(source)) };
}

function readValType(source: WordReader): ValType {
  return source.int() as ValType;
}

function writeField(out: WordWriter, { storage, mutable }: FieldType): void {
  out.int(storage);
  out.int(Number(mutable));
}

function readField(source: WordReader): FieldType {
  return { storage: readValType(source), mutable: source.int() === 1 };
}

function writeLimits(out: WordWriter, { min, max }: Limits): void {
  out.float(min);
  out.float(max ?? ABSENT);
}

function readLimits(source: WordReader): Limits {
  const min = source.float();
  const max = source.float();
  return { min, max: max === ABSENT ? undefined : max };
}

function writeTableType(out: WordWriter, { address, limits, element }: TableType): void {
  out.int(address);
  writeLimits(out, limits);
  out.int(element);
}

function readTableType(source: WordReader): TableType {
  const address = readValType(source) as TableType['address'];
  return { address, limits: readLimits(source), element: readValType(source) };
}

function writeMemoryType(out: WordWriter, { address, limits, shared, pageSizeLog2 }: MemoryType): void {
  out.int(address);
  writeLimits(out, limits);
  out.int(Number(shared));
  out.int(pageSizeLog2);
}

function readMemoryType(source: WordReader): MemoryType {
  const address = readValType(source) as MemoryType['address'];
  return { address, limits: readLimits(source), shared: source.int() === 1, pageSizeLog2: source.int() };
}

function writeGlobalType(out: WordWriter, { content, mutable }: GlobalType): void {
  out.int(content);
  out.int(Number(mutable));
}

function readGlobalType(source: WordReader): GlobalType {
  return { content: readValType(source), mutable: source.int() === 1 };
}

// Definitions and segments

function writeImport(out: WordWriter, { module, name, type, byteOffset }: Import): void {
  out.text(module);
  out.text(name);
  out.int(byteOffset);
  out.int(externKinds.indexOf(type.kind));
  if (type.kind === 'func') out.int(type.typeidx);
  else if (type.kind === 'table') writeTableType(out, type.type);
  else if (type.kind === 'memory') writeMemoryType(out, type.type);
  else if (type.kind === 'global') writeGlobalType(out, type.type);
  else out.int(type.type.typeidx);
}

function readImport(source: WordReader): Import {
  const module = source.text();
  const name = source.text();
  const byteOffset = source.int();
  return { module, name, type: readImportType(source), byteOffset };
}

function readImportType(source: WordReader): ImportType {
  const kind = externKinds[source.int()]!;
  if (kind === 'func') return { kind, typeidx: source.int() };
  if (kind === 'table') return { kind, type: readTableType(source) };
  if (kind === 'memory') return { kind, type: readMemoryType(source) };
  if (kind === 'global') return { kind, type: readGlobalType(source) };
  return { kind, type: { typeidx: source.int() } };
}

function writeFunc(out: WordWriter, { typeidx, locals, body, entry }: Func): void {
  out.int(typeidx);
  out.range(body);
  out.range(entry);
  out.list(locals, ({ count, type }) => {
    out.int(count);
    out.int(type);
  });
}

const noLocals: readonly LocalGroup[] = [];

function readFunc(source: WordReader): Func {
  const typeidx = source.int();
  const body = source.range();
  const entry = source.range();
  const groupCount = source.count();
  if (groupCount === 0) return { typeidx, locals: noLocals, body, entry };
  const locals: LocalGroup[] = [];
  for (let i = 0; i < groupCount; i++) locals.push({ count: source.int(), type: readValType(source) });
  return { typeidx, locals, body, entry };
}

function writeElem(out: WordWriter, { type, items, mode, byteOffset }: ElemSegment): void {
  out.int(type);
  out.int(byteOffset);
  out.int(elemModes.indexOf(mode.kind));
  if (mode.kind === 'active') {
    out.int(mode.tableidx);
    out.range(mode.offset);
  }
  out.int(Number(items.kind === 'expr'));
  if (items.kind === 'expr') out.list(items.exprs, (expr) => out.range(expr));
  else out.list(items.indices, (funcidx) => out.int(funcidx));
}

function readElem(source: WordReader): ElemSegment {
  const type = readValType(source);
  const byteOffset = source.int();
  const mode = readElemMode(source);
  return { type, items: readElemItems(source), mode, byteOffset };
}

function readElemMode(source: WordReader): ElemMode {
  const kind = elemModes[source.int()]!;
  return kind === 'active' ? { kind, tableidx: source.int(), offset: source.range() } : { kind };
}

function readElemItems(source: WordReader): ElemItems {
  if (source.int() === 1) return { kind: 'expr', exprs: source.list(() => source.range()) };
  return { kind: 'funcidx', indices: source.list(() => source.int()) };
}

function writeData(out: WordWriter, data: DataSegment): void {
  out.int(data.byteOffset);
  out.int(data.contentOffset);
  out.int(data.contentLength);
  out.int(data.memidx ?? ABSENT);
  if (data.mode === 'active') out.range(data.offset);
}

function readData(source: WordReader): DataSegment {
  const byteOffset = source.int();
  const contentOffset = source.int();
  const contentLength = source.int();
  const memidx = source.int();
  return memidx === ABSENT
    ? { mode: 'passive', memidx: undefined, offset: undefined, contentOffset, contentLength, byteOffset }
    : { mode: 'active', memidx, offset: source.range(), contentOffset, contentLength, byteOffset };
}
