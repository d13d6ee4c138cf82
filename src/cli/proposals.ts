/**
 * Which proposals beyond the first release of WebAssembly a module uses, found by walking all of it:
 * instructions by their rows in the instruction table, the rest by its types and sections.
 */
import { InstructionReader } from '../decoder/index.ts';
import {
  EXNREF,
  EXTERNREF,
  type Expr,
  FUNCREF,
  heapTypeOf,
  I64,
  type ImportType,
  indexSpaces,
  instrId,
  instructions,
  isConcrete,
  isNullable,
  isRef,
  type Module,
  type Proposal,
  type SubType,
  V128,
  type ValType,
} from '../syntax/index.ts';

/** Proposals that no instruction of its own shows. */
type StructuralProposal =
  | 'multi-value'
  | 'multi-memory'
  | 'memory64'
  | 'mutable-global'
  | 'extended-const'
  | 'custom-page-sizes';

export type ModuleProposal = Exclude<Proposal, 'mvp'> | StructuralProposal;

const WASM_PAGE_LOG2 = 16;
const extendedConstIds = new Set(
  (['i32.add', 'i32.sub', 'i32.mul', 'i64.add', 'i64.sub', 'i64.mul'] as const).map(instrId),
);
const blockIds = new Set((['block', 'loop', 'if', 'try', 'try_table'] as const).map(instrId));

/** The proposals a module needs, in alphabetical order. The module must have been decoded, it need not be valid. */
export function neededProposals(module: Module): ModuleProposal[] {
  const needed = new Set<ModuleProposal>();
  scanTypes(module, needed);
  scanSections(module, needed);
  for (const func of module.funcs) {
    for (const { type } of func.locals) scanValType(type, needed);
    scanCode(module, func.body, needed);
  }
  for (const expr of constantExprs(module)) scanConstant(module, expr, needed);
  return [...needed].sort();
}

function scanValType(type: ValType, needed: Set<ModuleProposal>): void {
  if (type === V128) needed.add('simd');
  if (!isRef(type) || type === FUNCREF) return;
  if (type === EXTERNREF) needed.add('reference-types');
  else if (type === EXNREF) needed.add('exceptions');
  else if (isConcrete(heapTypeOf(type)) || !isNullable(type)) needed.add('function-references');
  else needed.add('gc');
}

function scanTypes(module: Module, needed: Set<ModuleProposal>): void {
  for (const { types } of module.recGroups) {
    if (types.length !== 1) needed.add('gc');
    for (const type of types) scanSubType(type, needed);
  }
}

function scanSubType({ final, supertypes, comp }: SubType, needed: Set<ModuleProposal>): void {
  if (!final || supertypes.length > 0 || comp.kind !== 'func') needed.add('gc');
  if (comp.kind !== 'func') return;
  if (comp.results.length > 1) needed.add('multi-value');
  for (const type of [...comp.params, ...comp.results]) scanValType(type, needed);
}

function scanSections(module: Module, needed: Set<ModuleProposal>): void {
  const { tables, memories, globals, tags } = indexSpaces(module);
  if (tags.length > 0 && !needed.has('legacy-exceptions')) needed.add('exceptions');
  if (tables.length > 1) needed.add('reference-types');
  if (memories.length > 1) needed.add('multi-memory');
  for (const { address, element } of tables) {
    if (address === I64) needed.add('memory64');
    scanValType(element, needed);
  }
  for (const { address, shared, pageSizeLog2 } of memories) {
    if (address === I64) needed.add('memory64');
    if (shared) needed.add('threads');
    if (pageSizeLog2 !== WASM_PAGE_LOG2) needed.add('custom-page-sizes');
  }
  for (const { content } of globals) scanValType(content, needed);
  const isMutable = (type: ImportType) => type.kind === 'global' && type.type.mutable;
  const exportsMutable = module.exports.some(({ kind, index }) => kind === 'global' && globals[index]?.mutable);
  if (exportsMutable || module.imports.some(({ type }) => isMutable(type))) needed.add('mutable-global');
  if (module.tables.some(({ init }) => init !== undefined)) needed.add('function-references');
  const passive = [...module.datas, ...module.elems].some(({ mode }) => mode.kind === 'passive');
  if (passive || module.dataCount !== undefined) needed.add('bulk-memory');
}

function scanCode(module: Module, expr: Expr, needed: Set<ModuleProposal>): void {
  const reader = new InstructionReader(module.bytes, expr.byteOffset, expr.byteOffset + expr.byteLength);
  while (reader.offset < expr.byteOffset + expr.byteLength) {
    reader.next();
    const { proposal } = instructions[reader.id]!;
    if (proposal !== 'mvp') needed.add(proposal);
    if (blockIds.has(reader.id) && reader.blockTypeidx >= 0) scanBlockType(module, reader.blockTypeidx, needed);
  }
}

/** A block type that is an index may take operands or give several results. */
function scanBlockType(module: Module, typeidx: number, needed: Set<ModuleProposal>): void {
  const comp = module.types[typeidx]?.comp;
  if (comp?.kind === 'func' && (comp.params.length > 0 || comp.results.length > 1)) needed.add('multi-value');
}

function scanConstant(module: Module, expr: Expr, needed: Set<ModuleProposal>): void {
  scanCode(module, expr, needed);
  const reader = new InstructionReader(module.bytes, expr.byteOffset, expr.byteOffset + expr.byteLength);
  while (reader.offset < expr.byteOffset + expr.byteLength) {
    reader.next();
    if (extendedConstIds.has(reader.id)) needed.add('extended-const');
  }
}

function constantExprs(module: Module): Expr[] {
  const exprs: Expr[] = [];
  for (const { init } of module.globals) exprs.push(init);
  for (const { init } of module.tables) if (init !== undefined) exprs.push(init);
  for (const { mode, items } of module.elems) {
    if (mode.kind === 'active') exprs.push(mode.offset);
    if (items.kind === 'expr') exprs.push(...items.exprs);
  }
  for (const { mode } of module.datas) if (mode.kind === 'active') exprs.push(mode.offset);
  return exprs;
}
