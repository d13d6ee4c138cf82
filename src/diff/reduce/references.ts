/** What a module still refers to: parts that nothing names can go. */
import { InstructionReader } from '../../decoder/index.ts';
import {
  type Expr,
  type FuncType,
  type HeapType,
  heapTypeOf,
  type ImmediateKind,
  indexSpaces,
  instructions,
  isConcrete,
  isRef,
  type Module,
  typeidxOf,
  type ValType,
} from '../../syntax/index.ts';
import type { Edit, Space } from './rewrite.ts';

const spaces: readonly Space[] = ['func', 'table', 'memory', 'global', 'tag', 'elem', 'data', 'type'];

/** The spaces of an instruction's first and second index. */
const indexSpacesOf: Partial<Record<ImmediateKind, readonly Space[]>> = {
  tagidx: ['tag'],
  funcidx: ['func'],
  typeidx: ['type'],
  typeidx_tableidx: ['type', 'table'],
  typeidx_fieldidx: ['type'],
  typeidx_u32: ['type'],
  typeidx_dataidx: ['type', 'data'],
  typeidx_elemidx: ['type', 'elem'],
  typeidx_typeidx: ['type', 'type'],
  globalidx: ['global'],
  tableidx: ['table'],
  tableidx_tableidx: ['table', 'table'],
  elemidx: ['elem'],
  elemidx_tableidx: ['elem', 'table'],
  memidx: ['memory'],
  memidx_memidx: ['memory', 'memory'],
  dataidx: ['data'],
  dataidx_memidx: ['data', 'memory'],
};

class References {
  readonly used: Readonly<Record<Space, Set<number>>> = {
    func: new Set(),
    table: new Set(),
    memory: new Set(),
    global: new Set(),
    tag: new Set(),
    elem: new Set(),
    data: new Set(),
    type: new Set(),
  };
  readonly locals = new Map<number, Set<number>>();
  private readonly module: Module;

  constructor(module: Module, called: readonly number[]) {
    this.module = module;
    for (const funcidx of called) this.used.func.add(funcidx);
    if (module.start !== undefined) this.used.func.add(module.start.funcidx);
    for (const { kind, index } of module.exports) if (kind === 'func') this.used.func.add(index);
    this.collect();
    this.collectTypes();
  }

  private collect(): void {
    const { module } = this;
    const imported = indexSpaces(module).funcs.length - module.funcs.length;
    module.funcs.forEach(({ body, locals }, i) => {
      const used = new Set<number>();
      this.locals.set(imported + i, used);
      this.expr(body, used);
      for (const { type } of locals) this.valType(type);
    });
    for (const { init } of module.tables) if (init !== undefined) this.expr(init);
    for (const { init } of module.globals) this.expr(init);
    for (const [index, { mode, items, type }] of module.elems.entries()) {
      // Active segments are copied without being named; declarative ones make functions known to `ref.func`.
      if (mode.kind !== 'passive') this.used.elem.add(index);
      if (mode.kind === 'active') {
        this.used.table.add(mode.tableidx);
        this.expr(mode.offset);
      }
      this.valType(type);
      if (items.kind === 'expr') for (const expr of items.exprs) this.expr(expr);
      else for (const each of items.indices) this.used.func.add(each);
    }
    for (const [index, { mode, memidx, offset }] of module.datas.entries()) {
      if (mode === 'passive') continue;
      this.used.data.add(index);
      this.used.memory.add(memidx);
      this.expr(offset);
    }
  }

  private collectTypes(): void {
    const { funcs, tables, globals, tags } = indexSpaces(this.module);
    for (const typeidx of funcs) this.used.type.add(typeidx);
    for (const { typeidx } of tags) this.used.type.add(typeidx);
    for (const { element } of tables) this.valType(element);
    for (const { content } of globals) this.valType(content);
    // Types name types; a group stays or goes as a whole.
    for (let before = -1; before !== this.used.type.size; ) {
      before = this.used.type.size;
      for (const { from, types } of this.module.recGroups) {
        if (!types.some((_, i) => this.used.type.has(from + i))) continue;
        types.forEach(({ supertypes, comp }, i) => {
          this.used.type.add(from + i);
          for (const typeidx of supertypes) this.used.type.add(typeidx);
          if (comp.kind === 'func') for (const type of [...comp.params, ...comp.results]) this.valType(type);
          else for (const { storage } of comp.kind === 'array' ? [comp.field] : comp.fields) this.valType(storage);
        });
      }
    }
  }

  private valType(type: ValType): void {
    if (isRef(type)) this.heap(heapTypeOf(type));
  }

  private heap(heap: HeapType): void {
    if (isConcrete(heap)) this.used.type.add(typeidxOf(heap));
  }

  private expr({ byteOffset, byteLength }: Expr, locals?: Set<number>): void {
    const reader = new InstructionReader(this.module.bytes, byteOffset, byteOffset + byteLength);
    while (!reader.done) {
      reader.next();
      this.instruction(reader, locals);
    }
  }

  private instruction(reader: InstructionReader, locals: Set<number> | undefined): void {
    const { used } = this;
    const { imm } = instructions[reader.id]!;
    const [first, second] = indexSpacesOf[imm] ?? [];
    if (first !== undefined) used[first].add(reader.index);
    if (second !== undefined) used[second].add(reader.index2);
    if (imm === 'localidx') locals?.add(reader.index);
    if (imm === 'memarg' || imm === 'memarg_laneidx') used.memory.add(reader.memidx);
    if (imm === 'heaptype' || imm === 'br_on_cast') this.heap(reader.heap);
    if (imm === 'br_on_cast') this.heap(reader.heap2);
    if (imm === 'valtypes') for (const type of reader.valTypes) this.valType(type);
    if (imm === 'blocktype' || imm === 'try_table') {
      if (reader.blockTypeidx >= 0) used.type.add(reader.blockTypeidx);
      else this.valType(reader.blockValType);
    }
    if (imm === 'try_table') for (const { tagidx } of reader.catches) if (tagidx >= 0) used.tag.add(tagidx);
  }
}

/** The edit that leaves out all that nothing refers to. */
export function unreferenced(module: Module, called: readonly number[]): Edit {
  const { used, locals } = new References(module, called);
  const { funcs, tables, memories, globals, tags } = indexSpaces(module);
  const counts: Record<Space, number> = {
    func: funcs.length,
    table: tables.length,
    memory: memories.length,
    global: globals.length,
    tag: tags.length,
    elem: module.elems.length,
    data: module.datas.length,
    type: module.types.length,
  };
  const drop: Partial<Record<Space, Set<number>>> = {};
  for (const space of spaces) {
    const indices = Array.from({ length: counts[space] }, (_, index) => index);
    drop[space] = new Set(indices.filter((index) => !used[space].has(index)));
  }
  const imported = funcs.length - module.funcs.length;
  const dropLocals = new Map<number, Set<number>>();
  module.funcs.forEach((func, i) => {
    const params = (module.types[func.typeidx]!.comp as FuncType).params.length;
    const total = params + func.locals.reduce((sum, { count }) => sum + count, 0);
    const usedHere = locals.get(imported + i)!;
    const unused = Array.from({ length: total - params }, (_, k) => params + k).filter((k) => !usedHere.has(k));
    if (unused.length > 0) dropLocals.set(imported + i, new Set(unused));
  });
  return { drop, dropLocals, keepExport: (kind) => kind === 'func' };
}

/** The parameters of a function that its body does not name. */
export function unusedParams(module: Module, funcidx: number): Set<number> {
  const { locals } = new References(module, [funcidx]);
  const { params } = module.types[indexSpaces(module).funcs[funcidx]!]!.comp as FuncType;
  const used = locals.get(funcidx);
  return new Set([...params.keys()].filter((index) => !used?.has(index)));
}
