/**
 * Instantiates a loaded module: links imports, makes what the module defines, runs active segments. The
 * start function is the caller's to call, who knows whether it may wait.
 *
 * @see https://webassembly.github.io/spec/core/exec/modules.html#instantiation
 */
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
 * @throws {LinkError} when an import does not fit
 * @throws {Trap} when an active segment does not fit; the segments before it stay written, as the specification has it
 * @throws {Exhaustion} when memory runs out
 */
export function instantiate(
  code: ModuleCode,
  externs: readonly Extern[],
  budgets: Budgets,
  own: (instance: Instance) => void,
): Instance {
  const instance = new Instance(code);
  own(instance);
  link(instance, externs);
  define(instance, budgets);
  instance.memory0 = instance.memories[0] ?? instance.memory0;
  for (const entry of code.module.exports) instance.exports.set(entry.name, externOf(instance, entry));
  for (const elem of code.module.elems) instance.elems.push(elementsOf(instance, elem));
  for (const { content } of code.module.datas) instance.datas.push(contentOf(instance, content));
  for (const [i, elem] of code.module.elems.entries()) placeElements(instance, elem, i);
  for (const [i, data] of code.module.datas.entries()) placeData(instance, data, i);
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

function contentOf({ code }: Instance, { byteOffset, byteLength }: DataSegment['content']): Uint8Array {
  return code.module.bytes.subarray(byteOffset, byteOffset + byteLength);
}

/** Active segments are copied and dropped, declarative ones dropped. */
function placeElements(instance: Instance, { mode }: ElemSegment, elemidx: number): void {
  if (mode.kind === 'passive') return;
  const elements = instance.elems[elemidx]!;
  instance.elems[elemidx] = [];
  if (mode.kind === 'declarative') return;
  const table = instance.tables[mode.tableidx]!;
  initTable(table, elements, offsetOf(instance, mode.offset, table.is64), 0, elements.length);
}

function placeData(instance: Instance, { mode }: DataSegment, dataidx: number): void {
  if (mode.kind === 'passive') return;
  const content = instance.datas[dataidx]!;
  instance.datas[dataidx] = new Uint8Array(0);
  const memory = instance.memories[mode.memidx]!;
  initMemory(memory, content, offsetOf(instance, mode.offset, memory.is64), 0, content.length);
}

function offsetOf(instance: Instance, offset: Expr, is64: boolean): number {
  const { words } = evaluate(instance, offset);
  const lo = words[0]! >>> 0;
  return is64 ? (words[1]! >>> 0) * 2 ** 32 + lo : lo;
}
