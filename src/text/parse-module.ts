/**
 * Text → module: binds all identifiers, reads all types, then assembles field by field.
 *
 * @see https://webassembly.github.io/spec/core/text/modules.html
 */
import { sectionIds, sectionOrder } from '../decoder/index.ts';
import { ByteWriter, type EncodableModule, encodeModule, type Placement } from '../encoder/index.ts';
import type { CustomSection, ExternKind } from '../syntax/index.ts';
import { AnnotationTable, type CustomAnnotation } from './annotations.ts';
import { Cursor } from './cursor.ts';
import { type Tokens, token, tokenize } from './lexer.ts';
import { ModuleContext } from './module-context.ts';
import { FieldParser, inlineSegmentStart } from './parse-fields.ts';
import { parseRecGroup } from './parse-types.ts';
import { SourceMap } from './source-map.ts';
import { lastNotAbove } from './source-position.ts';
import { writeString } from './string-literals.ts';

export interface ParsedModule {
  /** The module's binary. */
  readonly bytes: Uint8Array;
  readonly sourceMap: SourceMap;
  /** The module's identifier, without `$`. */
  readonly name: string | undefined;
}

/**
 * Assembles a module in the text format: `(module …)`, or its fields alone.
 *
 * @throws {ParseError} with the specification suite's words, at the first thing that is not well-formed
 * @see https://webassembly.github.io/spec/core/text/modules.html#text-module
 */
export function parseModule(source: string): ParsedModule {
  const tokens = tokenize(source);
  const cursor = new Cursor(tokens);
  const isBinary = cursor.head === 'module' && isBinaryModule(cursor);
  if (!isBinary) return parseModuleTokens(tokens, 0, cursor.end);
  cursor.at += 2;
  const name = cursor.acceptId();
  cursor.at++;
  const bytes = stringBytes(cursor);
  cursor.close();
  if (cursor.kind !== token.end) cursor.unexpected('end of text');
  return { bytes, sourceMap: new SourceMap(new Uint32Array(0), new Uint32Array(0), tokens.lines), name };
}

function isBinaryModule(cursor: Cursor): boolean {
  const at = cursor.at + (cursor.kindAfter(2) === token.id ? 3 : 2);
  return at < cursor.end && cursor.tokens.kinds[at] === token.keyword && cursor.tokens.text(at) === 'binary';
}

/** The bytes of the string literals that come next. */
export function stringBytes(cursor: Cursor): Uint8Array {
  const out = new ByteWriter();
  const { starts, ends, source } = cursor.tokens;
  for (; cursor.kind === token.string; cursor.at++) {
    writeString(out, source, starts[cursor.at]!, ends[cursor.at]!);
  }
  return out.toBytes();
}

/** Assembles the module that the tokens `from` to `to` are; in scripts it may be a `(module definition …)`. */
export function parseModuleTokens(tokens: Tokens, from: number, to: number, inScript = false): ParsedModule {
  const cursor = new Cursor(tokens, from, to);
  const context = new ModuleContext(new AnnotationTable(tokens, from, to));
  const isWrapped = cursor.head === 'module';
  let name: string | undefined;
  const outerCustoms = context.annotations.takeCustoms(from);
  const outerName = context.annotations.takeModuleName(from);
  if (isWrapped) {
    cursor.at += 2;
    if (inScript) cursor.accept('definition');
    name = cursor.acceptId();
  }
  const annotatedName = isWrapped ? context.annotations.takeModuleName(cursor.at) : undefined;
  const first = cursor.at;

  bindIdentifiers(cursor, context);
  cursor.at = first;
  const customs = [...outerCustoms];
  const takeCustoms = () => {
    for (const custom of context.annotations.takeCustoms(cursor.at)) customs.push(custom);
  };
  const parser = new FieldParser(cursor, context);
  for (;;) {
    takeCustoms();
    if (cursor.kind === token.close || cursor.kind === token.end) break;
    parser.field();
  }
  if (isWrapped) cursor.close();
  takeCustoms();
  if (cursor.kind !== token.end) cursor.unexpected('end of text');
  context.annotations.checkAllTaken();

  const module = assemble(context, parser, customs, annotatedName ?? outerName ?? name);
  const { bytes, placements } = encodeModule(module);
  return { bytes, sourceMap: sourceMapOf(context, placements, tokens.lines), name };
}

const externKinds: ReadonlySet<string> = new Set(['func', 'table', 'memory', 'global', 'tag'] satisfies ExternKind[]);

/** Walks the fields without reading them: gives identifiers their indices, then reads all types. */
function bindIdentifiers(cursor: Cursor, context: ModuleContext): void {
  const definitions: number[] = [];
  const binder = new Binder(cursor, context);
  while (cursor.kind === token.open) {
    const field = cursor.at;
    const { head } = cursor;
    if (head === 'type' || head === 'rec') definitions.push(field);
    cursor.at++;
    binder.field(head, field);
    cursor.at = cursor.after(field);
  }
  context.spaces.type.count = 0;
  for (const at of definitions) {
    cursor.at = at;
    parseRecGroup(cursor, context);
  }
  context.spaces.type.count = context.types.length;
  context.indexFuncTypes();
}

class Binder {
  private readonly cursor: Cursor;
  private readonly context: ModuleContext;
  /** The first definition seen, after which no import may come. */
  private defined: ExternKind | undefined;

  constructor(cursor: Cursor, context: ModuleContext) {
    this.cursor = cursor;
    this.context = context;
  }

  /** Binds what a field defines; the cursor is at its keyword. */
  field(head: string, field: number): void {
    const { cursor, context } = this;
    if (head === 'type') this.bind('type');
    else if (head === 'rec') this.recGroup(cursor.after(field) - 1);
    else if (head === 'import') this.import();
    else if (head === 'elem' || head === 'data') this.bind(head);
    else if (externKinds.has(head)) this.definition(head as ExternKind, context);
  }

  private bind(space: keyof ModuleContext['spaces']): void {
    const { cursor, context } = this;
    cursor.at++;
    context.spaces[space].bind(cursor.acceptId(), cursor);
  }

  private recGroup(end: number): void {
    const { cursor } = this;
    cursor.at++;
    while (cursor.at < end && cursor.head === 'type') {
      const definition = cursor.at++;
      this.bind('type');
      cursor.at = cursor.after(definition);
    }
  }

  private import(): void {
    const { cursor } = this;
    this.checkOrder(cursor.at);
    cursor.at++;
    while (cursor.kind === token.string) cursor.at++;
    const kind = cursor.head;
    if (!externKinds.has(kind)) return;
    cursor.at++;
    this.bind(kind as ExternKind);
  }

  private checkOrder(at: number): void {
    const words = { func: 'function', table: 'table', memory: 'memory', global: 'global', tag: 'tag' };
    if (this.defined !== undefined) this.cursor.fail(`import after ${words[this.defined]}`, at);
  }

  private definition(kind: ExternKind, context: ModuleContext): void {
    const { cursor } = this;
    this.bind(kind);
    while (cursor.head === 'export') cursor.at = cursor.after(cursor.at);
    if (cursor.head === 'import') {
      this.checkOrder(cursor.at);
      return;
    }
    this.defined ??= kind;
    if (kind === 'memory' && inlineSegmentStart(cursor, 'data')) context.spaces.data.bind(undefined, cursor);
    if (kind === 'table' && inlineSegmentStart(cursor, 'elem')) context.spaces.elem.bind(undefined, cursor);
  }
}

function assemble(
  context: ModuleContext,
  parser: FieldParser,
  customs: readonly CustomAnnotation[],
  name: string | undefined,
): EncodableModule {
  const sections = customSections(context, customs);
  const { spaces } = context;
  return {
    ...parser.fields,
    bytes: context.pool.toBytes(),
    recGroups: context.recGroups,
    hasDataCount: context.usesDataidx,
    customs: sections,
    names: {
      module: name,
      functions: spaces.func.names,
      locals: context.localNames,
      labels: context.labelNames,
      types: spaces.type.names,
      tables: spaces.table.names,
      memories: spaces.memory.names,
      globals: spaces.global.names,
      elems: spaces.elem.names,
      datas: spaces.data.names,
      fields: fieldNames(context),
      tags: spaces.tag.names,
    },
  };
}

function fieldNames(context: ModuleContext): Map<number, ReadonlyMap<number, string>> {
  const names = new Map<number, ReadonlyMap<number, string>>();
  for (const [typeidx, space] of context.fields) if (space.names.size > 0) names.set(typeidx, space.names);
  return names;
}

/** Custom sections of annotations; their contents join the pool. */
function customSections(context: ModuleContext, customs: readonly CustomAnnotation[]): CustomSection[] {
  const { pool } = context;
  const section = (name: string, after: number, write: (out: ByteWriter) => void): CustomSection => {
    const byteOffset = pool.length;
    write(pool);
    return { name, after, content: { byteOffset, byteLength: pool.length - byteOffset } };
  };
  const sections = customs.map((custom) => section(custom.name, custom.after, (out) => custom.write(out)));
  if (context.branchHints.length > 0) {
    const beforeCode = sectionIds[sectionOrder[sectionOrder.indexOf('code') - 1]!];
    sections.push(section('metadata.code.branch_hint', beforeCode, (out) => writeBranchHints(out, context)));
  }
  return sections;
}

/** @see https://webassembly.github.io/spec/core/appendix/custom.html#branch-hints */
function writeBranchHints(out: ByteWriter, { branchHints }: ModuleContext): void {
  out.u32(branchHints.length);
  for (const { funcidx, hints } of branchHints) {
    out.u32(funcidx);
    out.u32(hints.length);
    for (const { byteOffset, value } of hints) {
      out.u32(byteOffset);
      out.u32(1);
      out.u8(value);
    }
  }
}

/** Moves the places of instructions from the pool to where the encoder put them. */
function sourceMapOf(context: ModuleContext, placements: readonly Placement[], lines: Uint32Array): SourceMap {
  const from = context.codeOffsets.toArray();
  const sources = context.sourceOffsets.toArray();
  const byteOffsets = new Uint32Array(from.length);
  const sourceOffsets = new Uint32Array(from.length);
  let count = 0;
  // Sections are laid out in ascending order, and so are the placements.
  for (const placement of placements) {
    const end = placement.from + placement.byteLength;
    for (let i = lastNotAbove(from, placement.from - 1) + 1; i < from.length && from[i]! < end; i++) {
      byteOffsets[count] = from[i]! - placement.from + placement.to;
      sourceOffsets[count] = sources[i]!;
      count++;
    }
  }
  return new SourceMap(byteOffsets.subarray(0, count), sourceOffsets.subarray(0, count), lines);
}
