/**
 * The disassembler: a module as canonical, indented text, in the order of the binary's sections.
 *
 * The text parses back to a module of the same meaning, names and custom sections. Lines know their
 * byte offset. Code is printed by print-code.ts, types by print-types.ts.
 *
 * @see https://webassembly.github.io/spec/core/text/modules.html
 */
import {
  BRANCH_HINT_SECTION,
  importTypeOffset,
  misplacedHint,
  type SectionName,
  sectionIds,
} from '../decoder/index.ts';
import {
  type CustomSection,
  type DataSegment,
  type ElemSegment,
  type Export,
  type ExternKind,
  FUNCREF,
  type Func,
  type Import,
  importCount,
  type LocalGroup,
  type Module,
} from '../syntax/index.ts';
import { type ArityContext, arityContext, arityOfType } from './print-arity.ts';
import { type HintsByOffset, printExpr, printFlat, printFolded, readerOf } from './print-code.ts';
import { type PrintedModule, TextLines } from './print-lines.ts';
import { ModuleNames } from './print-names.ts';
import { identifier, quoteBytes, quoteName } from './print-strings.ts';
import {
  printGlobalType,
  printMemoryType,
  printSubType,
  printTableType,
  printTypes,
  printValType,
} from './print-types.ts';

export interface PrintOptions {
  /** Instructions as nested S-expressions; default: one a line. */
  readonly fold?: boolean;
  /** The name section's names as identifiers; default true. */
  readonly names?: boolean;
}

/** @internal A module being printed. */
export interface Printing {
  readonly module: Module;
  readonly names: ModuleNames;
  readonly out: TextLines;
  readonly fold: boolean;
  readonly useNames: boolean;
  /** The branch hint section when its hints are printed at their branches. */
  readonly hints: CustomSection | undefined;
  readonly arities: Pick<ArityContext, 'module' | 'spaces'>;
}

/**
 * A module as text, ending in a newline.
 *
 * @throws {DecodeError} for function bodies that are ill-formed; validity is not needed
 * @throws {UsageError} when the text would be longer than a string can be
 */
export function printModule(module: Module, options: PrintOptions = {}): string {
  return print(module, options, false).text;
}

/** As `printModule`, and which line stands for which byte of the module. */
export function printModuleLines(module: Module, options: PrintOptions = {}): PrintedModule {
  return print(module, options, true);
}

function print(module: Module, options: PrintOptions, wantsLines: boolean): PrintedModule {
  const printing = beginPrinting(module, options, wantsLines);
  printBeforeFuncs(printing);
  printFuncs(printing);
  printAfterFuncs(printing);
  return printing.out.finish();
}

/** @internal What prints a module, or parts of it. */
export function beginPrinting(module: Module, options: PrintOptions, wantsLines: boolean): Printing {
  const useNames = options.names ?? true;
  return {
    module,
    names: new ModuleNames(module, useNames),
    out: new TextLines(wantsLines),
    fold: options.fold ?? false,
    useNames,
    hints: printableHints(module),
    arities: arityContext(module),
  };
}

/** @internal All that stands before the functions' code. */
export function printBeforeFuncs(printing: Printing): void {
  printing.out.add(0, `(module${printModuleName(printing)}`);
  printCustoms(printing, sectionIds.custom);
  for (const [section, printSection] of sectionsBeforeCode) {
    printSection(printing);
    printCustoms(printing, sectionIds[section]);
  }
}

/** @internal All that follows the functions' code. The parenthesis that ends the module stands in the last row. */
export function printAfterFuncs(printing: Printing): void {
  printCustoms(printing, sectionIds.code);
  printDatas(printing);
  printCustoms(printing, sectionIds.data);
  printing.out.append(')');
}

function printModuleName({ module, useNames }: Printing): string {
  const name = useNames ? module.names.module : undefined;
  if (name === undefined) return '';
  return name === '' ? ' (@name "")' : ` ${identifier(name)}`;
}

const sectionsBeforeCode: readonly (readonly [SectionName, (printing: Printing) => void])[] = [
  ['type', printTypeSection],
  ['import', (printing) => printImports(printing)],
  ['function', () => {}],
  ['table', printTables],
  ['memory', printMemories],
  ['tag', printTags],
  ['global', printGlobals],
  ['export', printExports],
  ['start', printStart],
  ['element', printElems],
  ['data count', () => {}],
];

function printTypeSection({ module, names, out }: Printing): void {
  for (const { from, types } of module.recGroups) {
    const isAlone = types.length === 1;
    if (!isAlone) out.add(1, '(rec');
    types.forEach((type, i) => {
      const typeidx = from + i;
      const text = printSubType(type, typeidx, names);
      out.add(isAlone ? 1 : 2, `(type ${names.definition('type', typeidx)} ${text})`);
    });
    if (!isAlone) out.append(')');
  }
}

function printImports(printing: Printing): void {
  const counts: Record<ExternKind, number> = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
  for (const entry of printing.module.imports) {
    const text = printImportType(entry, counts[entry.type.kind]++, printing);
    printing.out.add(1, `(import ${quoteName(entry.module)} ${quoteName(entry.name)} (${text}))`, entry.byteOffset);
  }
}

function printImportType(entry: Import, index: number, { module, names }: Printing): string {
  const { type } = entry;
  const start = `${type.kind} ${names.definition(type.kind, index)}`;
  switch (type.kind) {
    case 'func':
    case 'tag': {
      const typeidx = type.kind === 'func' ? type.typeidx : type.type.typeidx;
      return `${start} (type ${names.index('type', typeidx)})${names.signature(typeidx)}`;
    }
    case 'table':
      return `${start} ${printTableType(type.type, module, importTypeOffset(module, entry), names)}`;
    case 'memory':
      return `${start} ${printMemoryType(type.type, module, importTypeOffset(module, entry))}`;
    case 'global':
      return `${start} ${printGlobalType(type.type, names)}`;
  }
}

function printTables({ module, names, out }: Printing): void {
  const first = importCount(module, 'table');
  module.tables.forEach(({ type, init, byteOffset }, i) => {
    const text = printTableType(type, module, byteOffset, names);
    const value = init === undefined ? '' : ` ${printExpr(module.bytes, init, names).text}`;
    out.add(1, `(table ${names.definition('table', first + i)} ${text}${value})`, byteOffset);
  });
}

function printMemories({ module, names, out }: Printing): void {
  const first = importCount(module, 'memory');
  module.memories.forEach(({ type, byteOffset }, i) => {
    const text = printMemoryType(type, module, byteOffset);
    out.add(1, `(memory ${names.definition('memory', first + i)} ${text})`, byteOffset);
  });
}

function printTags({ module, names, out }: Printing): void {
  const first = importCount(module, 'tag');
  module.tags.forEach(({ type: { typeidx }, byteOffset }, i) => {
    const text = `(type ${names.index('type', typeidx)})${names.signature(typeidx)}`;
    out.add(1, `(tag ${names.definition('tag', first + i)} ${text})`, byteOffset);
  });
}

function printGlobals({ module, names, out }: Printing): void {
  const first = importCount(module, 'global');
  module.globals.forEach(({ type, init, byteOffset }, i) => {
    const { text } = printExpr(module.bytes, init, names);
    const start = `(global ${names.definition('global', first + i)} ${printGlobalType(type, names)}`;
    out.add(1, `${start}${text === '' ? '' : ` ${text}`})`, byteOffset);
  });
}

function printExports({ module, names, out }: Printing): void {
  for (const entry of module.exports) out.add(1, printExport(entry, names), entry.byteOffset);
}

function printExport({ name, kind, index }: Export, names: ModuleNames): string {
  return `(export ${quoteName(name)} (${kind} ${names.index(kind, index)}))`;
}

function printStart({ module: { start }, names, out }: Printing): void {
  if (start !== undefined) out.add(1, `(start ${names.index('func', start.funcidx)})`, start.byteOffset);
}

/** `(i32.const 8)`, or in the keyword's parentheses when it is not just one instruction. */
function printInParens(keyword: string, { text, count }: { text: string; count: number }): string {
  if (count === 1 && text.startsWith('(')) return text;
  return text === '' ? `(${keyword})` : `(${keyword} ${text})`;
}

function printElems(printing: Printing): void {
  printing.module.elems.forEach((segment, elemidx) => {
    const start = `(elem ${printing.names.definition('elem', elemidx)}`;
    const mode = printElemMode(segment, printing);
    printing.out.add(1, `${start}${mode} ${printElemItems(segment, printing)})`, segment.byteOffset);
  });
}

function printElemMode({ mode, type, items }: ElemSegment, { module, names }: Printing): string {
  if (mode.kind === 'passive') return '';
  if (mode.kind === 'declarative') return ' declare';
  // Only the form for table 0 has no type of its own: any other segment needs its table said.
  const isShort = mode.tableidx === 0 && (items.kind === 'funcidx' || type === FUNCREF);
  const table = isShort ? '' : ` (table ${names.index('table', mode.tableidx)})`;
  return `${table} ${printInParens('offset', printExpr(module.bytes, mode.offset, names))}`;
}

function printElemItems({ items, type }: ElemSegment, { module, names }: Printing): string {
  if (items.kind === 'funcidx') {
    return `func${items.indices.map((funcidx) => ` ${names.index('func', funcidx)}`).join('')}`;
  }
  const exprs = items.exprs.map((expr) => ` ${printInParens('item', printExpr(module.bytes, expr, names))}`);
  return printValType(type, names) + exprs.join('');
}

function printFuncs(printing: Printing): void {
  const first = importCount(printing.module, 'func');
  printing.module.funcs.forEach((func, i) => {
    printFunc(func, first + i, printing);
  });
}

/** @internal */
export function printFunc(func: Func, funcidx: number, printing: Printing): void {
  const { module, names, out } = printing;
  names.enterFunction(funcidx);
  const comp = module.types[func.typeidx]?.comp;
  const paramCount = comp?.kind === 'func' ? comp.params.length : 0;
  const start = `(func ${names.definition('func', funcidx)} (type ${names.index('type', func.typeidx)})`;
  out.add(1, start + printFuncSignature(func.typeidx, paramCount, printing), func.entry.byteOffset);
  printLocals(func.locals, paramCount, printing);
  const reader = readerOf(module.bytes, func.body);
  if (printing.fold) {
    const returnArity = arityOfType(printing.arities, func.typeidx)[1];
    printFolded(reader, names, { ...printing.arities, returnArity }, out, 2, hintsOf(func, funcidx, printing));
  } else printFlat(reader, names, out, 2, hintsOf(func, funcidx, printing));
  out.append(')');
}

/**
 * The branch hint section if annotations in the code say the same: hints that are all at branches, in a
 * section that stands where the text's annotations put it.
 */
function printableHints(module: Module): CustomSection | undefined {
  const [section, ...others] = module.customs.filter(({ name }) => name === BRANCH_HINT_SECTION);
  if (section === undefined || others.length > 0 || module.branchHints.functions.size === 0) return undefined;
  const next = module.sections.findIndex(({ id, name }) => id === sectionIds.custom && name === section.name) + 1;
  const isBeforeCode = module.sections[next]?.id === sectionIds.code;
  return isBeforeCode && misplacedHint(module) === undefined ? section : undefined;
}

function hintsOf({ entry }: Func, funcidx: number, { module, hints }: Printing): HintsByOffset | undefined {
  const found = hints && module.branchHints.functions.get(funcidx);
  return found && new Map(found.map(({ byteOffset, likely }) => [entry.byteOffset + byteOffset, likely]));
}

/** As `names.signature`, with the parameters' identifiers when there are some. */
function printFuncSignature(typeidx: number, paramCount: number, { module, names }: Printing): string {
  const comp = module.types[typeidx]?.comp;
  let hasIds = false;
  for (let i = 0; i < paramCount && !hasIds; i++) hasIds = names.localId(i) !== undefined;
  if (!hasIds || comp?.kind !== 'func') return names.signature(typeidx);
  const params = comp.params.map((type, i) => {
    const id = names.localId(i);
    return ` (param ${id === undefined ? '' : `${id} `}${printValType(type, names)})`;
  });
  return params.join('') + printTypes('result', comp.results, names);
}

/** @internal Locals with identifiers one a clause, the others as many to a clause as there are in a row. */
export function printLocals(groups: readonly LocalGroup[], paramCount: number, { names, out }: Printing): void {
  let localidx = paramCount;
  let unnamed = '';
  const flush = () => {
    if (unnamed !== '') out.add(2, `(local${unnamed})`);
    unnamed = '';
  };
  for (const { count, type } of groups) {
    const text = printValType(type, names);
    for (let i = 0; i < count; i++, localidx++) {
      const id = names.localId(localidx);
      if (id === undefined) {
        unnamed += ` ${text}`;
        continue;
      }
      flush();
      out.add(2, `(local ${id} ${text})`);
    }
  }
  flush();
}

/** Bytes of a string literal in one line. */
const BYTES_PER_LINE = 64;

/** Adds a string's rows to a line that has just begun, and its closing parenthesis. */
function printContent(bytes: Uint8Array, start: number, byteLength: number, out: TextLines): void {
  if (byteLength <= BYTES_PER_LINE) out.append(` ${quoteBytes(bytes, start, start + byteLength)}`);
  else {
    const end = start + byteLength;
    for (let at = start; at < end; at += BYTES_PER_LINE) {
      out.add(2, quoteBytes(bytes, at, Math.min(at + BYTES_PER_LINE, end)), at);
    }
  }
  out.append(')');
}

function printDatas(printing: Printing): void {
  const { module, names, out } = printing;
  module.datas.forEach((segment, dataidx) => {
    out.add(1, `(data ${names.definition('data', dataidx)}${printDataMode(segment, printing)}`, segment.byteOffset);
    printContent(module.bytes, segment.contentOffset, segment.contentLength, out);
  });
}

function printDataMode({ mode, memidx, offset }: DataSegment, { module, names }: Printing): string {
  if (mode === 'passive') return '';
  const memory = memidx === 0 ? '' : ` (memory ${names.index('memory', memidx)})`;
  return `${memory} ${printInParens('offset', printExpr(module.bytes, offset, names))}`;
}

/** Section names in `@custom` annotations, where they differ from ours. */
const annotationNames: Partial<Record<SectionName, string>> = {
  function: 'func',
  element: 'elem',
  'data count': 'datacount',
};

const placeNames = new Map<number, string>(
  (Object.keys(sectionIds) as SectionName[]).map((name) => [sectionIds[name], annotationNames[name] ?? name]),
);

/** The custom sections that follow the section `after`, without those that other text says: names and branch hints. */
function printCustoms(printing: Printing, after: number): void {
  for (const custom of printing.module.customs) {
    if (custom.after !== after || custom === printing.hints || isPrintedAsNames(custom, printing)) continue;
    printCustom(custom, printing);
  }
}

/** A damaged name section gives no names and is kept as it is. */
function isPrintedAsNames({ name }: CustomSection, { module }: Printing): boolean {
  return name === 'name' && module.names.problem === undefined;
}

function printCustom({ name, content, after }: CustomSection, { module, out }: Printing): void {
  const place = after === sectionIds.custom ? 'before first' : `after ${placeNames.get(after)}`;
  out.add(1, `(@custom ${quoteName(name)} (${place})`, content.byteOffset);
  printContent(module.bytes, content.byteOffset, content.byteLength, out);
}
