/**
 * Validity of a whole module: definitions, exports, segments, the start function, and every body.
 *
 * The decoder has checked the form of the sections but not the form of the bodies, so that an
 * ill-formed instruction is found here, as a DecodeError.
 *
 * @see https://webassembly.github.io/spec/core/valid/modules.html
 */
import {
  type FeatureSet,
  type GlobalType,
  I32,
  type ImportType,
  isDefaultable,
  type Limits,
  type MemoryType,
  type Module,
  type TableType,
  ValidationError,
  valTypesText,
  valTypeText,
} from '../syntax/index.ts';
import { BodyChecker } from './body-checker.ts';
import { createContext, type ModuleContext } from './context.ts';
import { checkFeatures } from './feature-uses.ts';

const PAGE_SIZE_LOG2 = 16;

function fail(reason: string, byteOffset: number): never {
  throw new ValidationError(reason, byteOffset);
}

function checkLimits({ min, max }: Limits, maximum: number, tooLarge: string, byteOffset: number): void {
  if (min > maximum || (max !== undefined && max > maximum)) fail(tooLarge, byteOffset);
  if (max !== undefined && min > max)
    fail(`size minimum must not be greater than maximum: ${min} is greater than ${max}`, byteOffset);
}

function checkTableType(context: ModuleContext, { address, element, limits }: TableType, byteOffset: number): void {
  context.checkValType(element, byteOffset);
  const maximum = address === I32 ? 2 ** 32 - 1 : 2 ** 64;
  checkLimits(limits, maximum, `table size must be at most ${maximum} elements`, byteOffset);
}

/** Pages that a memory's addresses can reach, and how messages say it. */
function memoryBound({ address, pageSizeLog2 }: MemoryType): { pageCount: number; text: string } {
  if (pageSizeLog2 !== PAGE_SIZE_LOG2) {
    const pageCount = address === I32 ? 2 ** 32 - 1 : 2 ** 64;
    return { pageCount, text: `${pageCount} pages of 1 byte` };
  }
  return address === I32
    ? { pageCount: 2 ** 16, text: '65536 pages (4GiB)' }
    : { pageCount: 2 ** 48, text: '281474976710656 pages (16EiB)' };
}

function checkMemoryType(type: MemoryType, byteOffset: number): void {
  const { limits, pageSizeLog2, shared } = type;
  if (pageSizeLog2 !== 0 && pageSizeLog2 !== PAGE_SIZE_LOG2)
    fail(`invalid custom page size of 2^${pageSizeLog2}: pages have 1 or 65536 bytes`, byteOffset);
  const { pageCount, text } = memoryBound(type);
  checkLimits(limits, pageCount, `memory size must be at most ${text}`, byteOffset);
  if (shared && limits.max === undefined) fail('shared memory must have maximum', byteOffset);
}

function checkGlobalType(context: ModuleContext, { content }: GlobalType, byteOffset: number): void {
  context.checkValType(content, byteOffset);
}

function checkTag(context: ModuleContext, typeidx: number, byteOffset: number): void {
  const { results } = context.funcType(typeidx, byteOffset);
  if (results.length > 0) fail(`non-empty tag result type ${valTypesText(results)}`, byteOffset);
}

function checkImport(context: ModuleContext, type: ImportType, byteOffset: number): void {
  if (type.kind === 'table') checkTableType(context, type.type, byteOffset);
  else if (type.kind === 'memory') checkMemoryType(type.type, byteOffset);
  else if (type.kind === 'global') checkGlobalType(context, type.type, byteOffset);
  else if (type.kind === 'tag') checkTag(context, type.type.typeidx, byteOffset);
}

/** Tables stand before the module's globals, so that their initial values may read imported globals only. */
function checkTables(checker: BodyChecker, { module, globals }: ModuleContext): void {
  const importedGlobalCount = globals.length - module.globals.length;
  for (const { type, init, byteOffset } of module.tables) {
    checkTableType(checker.context, type, byteOffset);
    if (init !== undefined) checker.checkConstant(init, type.element, importedGlobalCount);
    else if (!isDefaultable(type.element))
      fail(`type mismatch: a table of ${valTypeText(type.element)} needs an initial value`, byteOffset);
  }
}

/** A global's initial value may read the globals before it. */
function checkGlobals(checker: BodyChecker, { module, globals }: ModuleContext): void {
  let visibleCount = globals.length - module.globals.length;
  for (const { type, init, byteOffset } of module.globals) {
    checkGlobalType(checker.context, type, byteOffset);
    checker.checkConstant(init, type.content, visibleCount);
    visibleCount++;
  }
}

const kindNouns = { func: 'function', table: 'table', memory: 'memory', global: 'global', tag: 'tag' } as const;

function checkExports(context: ModuleContext): void {
  const { funcs, tables, memories, globals, tags } = context;
  const counts = {
    func: funcs.length,
    table: tables.length,
    memory: memories.length,
    global: globals.length,
    tag: tags.length,
  };
  const names = new Set<string>();
  for (const { name, kind, index, byteOffset } of context.module.exports) {
    if (index >= counts[kind]) fail(`unknown ${kindNouns[kind]} ${index}`, byteOffset);
    if (names.has(name)) fail(`duplicate export name ${JSON.stringify(name)}`, byteOffset);
    names.add(name);
  }
}

function checkStart({ module: { start }, funcTypes }: ModuleContext): void {
  if (start === undefined) return;
  const { funcidx, byteOffset } = start;
  const { params, results } = funcTypes[funcidx] ?? fail(`unknown function ${funcidx}`, byteOffset);
  if (params.length > 0 || results.length > 0)
    fail(
      `start function ${funcidx} must be [] -> [], not ${valTypesText(params)} -> ${valTypesText(results)}`,
      byteOffset,
    );
}

function checkElems(checker: BodyChecker, context: ModuleContext): void {
  const { module, tables, funcs, globals } = context;
  for (const { type, items, mode, byteOffset } of module.elems) {
    context.checkValType(type, byteOffset);
    if (mode.kind === 'active') {
      const table = tables[mode.tableidx] ?? fail(`unknown table ${mode.tableidx}`, byteOffset);
      if (!context.matches(type, table.element))
        fail(
          `type mismatch: elements of ${valTypeText(type)} for a table of ${valTypeText(table.element)}`,
          byteOffset,
        );
      checker.checkConstant(mode.offset, table.address, globals.length);
    }
    if (items.kind === 'expr') for (const expr of items.exprs) checker.checkConstant(expr, type, globals.length);
    else {
      const unknown = items.indices.find((funcidx) => funcidx >= funcs.length);
      if (unknown !== undefined) fail(`unknown function ${unknown}`, byteOffset);
    }
  }
}

function checkDatas(checker: BodyChecker, { module, memories, globals }: ModuleContext): void {
  for (const { mode, memidx, offset, byteOffset } of module.datas) {
    if (mode === 'passive') continue;
    const memory = memories[memidx] ?? fail(`unknown memory ${memidx}`, byteOffset);
    checker.checkConstant(offset, memory.address, globals.length);
  }
}

/**
 * Checks a decoded module by all rules of validation.
 *
 * @param features what the module may use beyond the first release of WebAssembly; default: all
 * @returns what the rules were checked against, for a `BodyChecker` of the module's functions
 * @throws {ValidationError} at the first broken rule
 * @throws {FeatureOffError} at the first use of what is not in `features`, when no rule is broken
 * @throws {DecodeError} at the first ill-formed instruction
 */
export function validateModule(module: Module, features?: FeatureSet): ModuleContext {
  const context = createContext(module);
  const checker = new BodyChecker(context);
  for (const { type, byteOffset } of module.imports) checkImport(context, type, byteOffset);
  for (const { type, byteOffset } of module.memories) checkMemoryType(type, byteOffset);
  for (const { type, byteOffset } of module.tags) checkTag(context, type.typeidx, byteOffset);
  checkTables(checker, context);
  checkGlobals(checker, context);
  checkExports(context);
  checkStart(context);
  checkElems(checker, context);
  checkDatas(checker, context);
  for (let i = 0; i < module.funcs.length; i++) {
    checker.start(context.importedFuncCount + i);
    checker.run();
  }
  if (features !== undefined) checkFeatures(module, features);
  return context;
}
