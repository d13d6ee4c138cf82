/**
 * Instantiates a loaded module: links imports, makes what the module defines, runs active segments. The
 * start function is the caller's to call, who knows whether it may wait.
 *
 * @see https://webassembly.github.io/spec/core/exec/modules.html#instantiation
 */
import { Reader } from '../decoder/index.ts';
import {
  type Budgets,
  type Extern,
  Func,
  Global,
  Instance,
  Memory,
  type ModuleCode,
  Table,
  Tag,
} from '../runtime/index.ts';
import {
  type DataSegment,
  type ElemSegment,
  type Expr,
  type FuncType,
  LinkError,
  mapCompType,
  type TableType,
  translateValType,
} from '../syntax/index.ts';
import { initMemory } from './cold/memory.ts';
import { initTable } from './cold/table.ts';
import { evaluate, setGlobal } from './constant.ts';
import { checkImport } from './linking.ts';

/**
 * @param externs one for each import, in order
 * @param own tells whose the instance is, before anything can call into it
 * @param keepsSharedData imported shared memories are in use already: active segments are not copied into them again
 * @throws {LinkError} when an import does not fit
 * @throws {Trap} when an active segment does not fit; the segments before it stay written, as the specification has it
 * @throws {Exhaustion} when memory runs out
 */
export function instantiate(
  code: ModuleCode,
  externs: readonly Extern[],
  budgets: Budgets,
  own: (instance: Instance) => void,
  keepsSharedData = false,
): Instance {
  const instance = new Instance(code);
  own(instance);
  link(instance, externs);
  define(instance, budgets);
  instance.memory0 = instance.memories[0] ?? instance.memory0;
  for (const entry of code.module.exports) instance.exports.set(entry.name, externOf(instance, entry));
  for (const elem of code.module.elems) instance.elems.push(elementsOf(instance, elem));
  placeSegments(instance, keepsSharedData);
  return instance;
}

function link(instance: Instance, externs: readonly Extern[]): void {
  const { code } = instance;
  code.module.imports.forEach((entry, i) => {
    const extern = externs[i];
    if (extern === undefined) throw new LinkError(`unknown import ${entry.module} ${entry.name}`);
    checkImport(code, entry, extern);
    if (extern instanceof Func) instance.funcs.push(extern);
    else if (extern instanceof Table) instance.tables.push(extern);
    else if (extern instanceof Memory) instance.memories.push(extern);
    else if (extern instanceof Global) instance.addGlobal(extern);
    else instance.tags.push(extern);
  });
}

function define(instance: Instance, budgets: Budgets): void {
  const { code } = instance;
  const { module } = code;
  module.funcs.forEach(({ typeidx }, i) => {
    const type = canonicalFuncType(code, typeidx);
    const funcidx = code.importedFuncs + i;
    instance.funcs.push(Func.wasm(code.typeIds[typeidx]!, type, instance, funcidx, code.codes[i]!));
  });
  for (const { type } of module.tags) {
    instance.tags.push(new Tag(code.typeIds[type.typeidx]!, canonicalFuncType(code, type.typeidx)));
  }
  for (const { type } of module.memories) instance.memories.push(new Memory(type, budgets.memoryBytes));
  for (const { type, init } of module.globals) {
    const global = new Global({ content: translateValType(type.content, code.typeIds), mutable: type.mutable });
    setGlobal(global, evaluate(instance, init));
    instance.addGlobal(global);
  }
  for (const { type, init } of module.tables) {
    const element = init === undefined ? null : evaluate(instance, init).ref;
    instance.tables.push(new Table(canonicalTableType(code, type), element, budgets.tableElements));
  }
}

function canonicalFuncType(code: ModuleCode, typeidx: number): FuncType {
  return mapCompType(code.funcType(typeidx), (type) => translateValType(type, code.typeIds)) as FuncType;
}

function canonicalTableType(code: ModuleCode, type: TableType): TableType {
  return { ...type, element: translateValType(type.element, code.typeIds) };
}

function externOf(instance: Instance, { kind, index }: ModuleCode['module']['exports'][number]): Extern {
  if (kind === 'func') return instance.funcs[index]!;
  if (kind === 'table') return instance.tables[index]!;
  if (kind === 'memory') return instance.memories[index]!;
  return kind === 'global' ? instance.globals[index]! : instance.tags[index]!;
}

function elementsOf(instance: Instance, { items }: ElemSegment): readonly unknown[] {
  if (items.kind === 'funcidx') return items.indices.map((index) => instance.funcs[index]);
  return items.exprs.map((expr) => evaluate(instance, expr).ref);
}

function contentOf({ code }: Instance, { contentOffset, contentLength }: DataSegment): Uint8Array {
  return code.module.bytes.subarray(contentOffset, contentOffset + contentLength);
}

/** What is left of an active segment. */
const DROPPED = new Uint8Array(0);

/**
 * Copies active segments, and drops them and declarative ones. Data goes from the module's bytes to the memory without
 * an array of its own: Go's linker makes 50,000 segments. A trap leaves those that are not copied to functions of the
 * instance that may be in another one's table.
 */
function placeSegments(instance: Instance, keepsSharedData: boolean): void {
  const { bytes, elems, datas } = instance.code.module;
  const reader = new Reader(bytes);
  for (const data of datas) instance.datas.push(data.mode === 'passive' ? contentOf(instance, data) : DROPPED);
  let dataidx = 0;
  try {
    for (let i = 0; i < elems.length; i++) placeElements(instance, reader, elems[i]!, i);
    for (; dataidx < datas.length; dataidx++) {
      placeData(instance, reader, datas[dataidx]!, keepsSharedData);
    }
  } catch (error) {
    for (; dataidx < datas.length; dataidx++) instance.datas[dataidx] = contentOf(instance, datas[dataidx]!);
    throw error;
  }
}

function placeElements(instance: Instance, reader: Reader, { mode }: ElemSegment, elemidx: number): void {
  if (mode.kind === 'passive') return;
  if (mode.kind === 'active') {
    const elements = instance.elems[elemidx]!;
    const table = instance.tables[mode.tableidx]!;
    initTable(table, elements, offsetOf(instance, reader, mode.offset, table.is64), 0, elements.length);
  }
  instance.elems[elemidx] = [];
}

function placeData(instance: Instance, reader: Reader, data: DataSegment, keepsSharedData: boolean): void {
  if (data.mode === 'passive') return;
  const memory = instance.memories[data.memidx]!;
  const { module, spaces } = instance.code;
  const isImported = data.memidx < spaces.memories.length - module.memories.length;
  if (keepsSharedData && isImported && memory.type.shared) return;
  const target = offsetOf(instance, reader, data.offset, memory.is64);
  initMemory(memory, module.bytes, target, data.contentOffset, data.contentLength);
}

const I32_CONST = 0x41;
const I64_CONST = 0x42;

/** An address; nearly all are one constant, which needs no evaluation. */
function offsetOf(instance: Instance, reader: Reader, offset: Expr, is64: boolean): number {
  const end = offset.byteOffset + offset.byteLength;
  reader.seek(offset.byteOffset, end);
  const opcode = reader.u8();
  if (opcode === (is64 ? I64_CONST : I32_CONST)) {
    const lo = (is64 ? reader.s64() : reader.s32()) >>> 0;
    if (reader.offset === end - 1) return is64 ? (reader.hi >>> 0) * 2 ** 32 + lo : lo;
  }
  const { words } = evaluate(instance, offset);
  const lo = words[0]! >>> 0;
  return is64 ? (words[1]! >>> 0) * 2 ** 32 + lo : lo;
}
