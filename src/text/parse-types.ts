/**
 * The text format of types: value, reference and heap types, definitions, type uses, limits, and the
 * types of tables, memories and globals.
 *
 * @see https://webassembly.github.io/spec/core/text/types.html
 */
import type { Bound, EncodableLimits, EncodableMemoryType, EncodableTableType } from '../encoder/index.ts';
import {
  type AddressType,
  abstractHeapTypes,
  type CompType,
  concreteHeapType,
  type FieldType,
  type GlobalType,
  type HeapType,
  I8,
  I16,
  I32,
  I64,
  isRef,
  MAX_TYPE_COUNT,
  refType,
  type SubType,
  type ValType,
  valTypeByKeyword,
} from '../syntax/index.ts';
import { type Cursor, startsValType } from './cursor.ts';
import { IndexSpace } from './index-space.ts';
import { token } from './lexer.ts';
import type { ModuleContext } from './module-context.ts';
import { readInteger } from './number-literals.ts';

const DEFAULT_PAGE_SIZE_LOG2 = 16;

export function parseHeapType(cursor: Cursor, context: ModuleContext): HeapType {
  if (cursor.kind === token.keyword) {
    const word = cursor.text;
    if (!Object.prototype.hasOwnProperty.call(abstractHeapTypes, word)) cursor.unexpected('a heap type');
    cursor.at++;
    return abstractHeapTypes[word as keyof typeof abstractHeapTypes];
  }
  const { at } = cursor;
  const typeidx = context.spaces.type.index(cursor);
  if (typeidx >= MAX_TYPE_COUNT) cursor.fail('unknown type', at);
  return concreteHeapType(typeidx);
}

/** `(ref null? ht)` or an abbreviation such as `funcref`. */
export function parseRefType(cursor: Cursor, context: ModuleContext): ValType {
  const { at } = cursor;
  const type = parseValType(cursor, context);
  if (isRef(type)) return type;
  cursor.at = at;
  return cursor.unexpected('a reference type');
}

export function parseValType(cursor: Cursor, context: ModuleContext): ValType {
  const type = parseStorageType(cursor, context);
  if (type !== I8 && type !== I16) return type;
  cursor.at--;
  return cursor.unexpected('a value type');
}

function parseStorageType(cursor: Cursor, context: ModuleContext): ValType {
  if (cursor.kind === token.keyword) {
    const type = valTypeByKeyword(cursor.text);
    if (type === undefined) cursor.unexpected('a value type');
    cursor.at++;
    return type;
  }
  if (!cursor.acceptOpen('ref')) {
    if (cursor.kind === token.open) cursor.at++;
    cursor.unexpected('a value type');
  }
  const nullable = cursor.accept('null');
  const heap = parseHeapType(cursor, context);
  cursor.close();
  return refType(heap, nullable);
}

function parseFieldType(cursor: Cursor, context: ModuleContext): FieldType {
  if (!cursor.acceptOpen('mut')) return { storage: parseStorageType(cursor, context), mutable: false };
  const storage = parseStorageType(cursor, context);
  cursor.close();
  return { storage, mutable: true };
}

export function parseGlobalType(cursor: Cursor, context: ModuleContext): GlobalType {
  if (!cursor.acceptOpen('mut')) return { content: parseValType(cursor, context), mutable: false };
  const content = parseValType(cursor, context);
  cursor.close();
  return { content, mutable: true };
}

/** Parameters and results, with the parameters' identifiers. */
export interface InlineFuncType {
  readonly params: ValType[];
  readonly results: ValType[];
  /** What each parameter is called. */
  readonly ids: (ParamName | undefined)[];
}

/** A parameter's identifier with its token, and what `(@name …)` calls it. */
export interface ParamName {
  readonly id: string | undefined;
  readonly at: number;
  readonly shown: string | undefined;
}

/** `(param …)* (result …)*`. */
export function parseInlineFuncType(cursor: Cursor, context: ModuleContext): InlineFuncType {
  const params: ValType[] = [];
  const ids: InlineFuncType['ids'] = [];
  while (cursor.acceptOpen('param')) {
    const { at } = cursor;
    const id = cursor.acceptId();
    const shown = context.annotations.takeName(cursor.at);
    if (id !== undefined || shown !== undefined) {
      params.push(parseValType(cursor, context));
      ids.push({ id, at, shown });
    } else {
      while (startsValType(cursor)) {
        params.push(parseValType(cursor, context));
        ids.push(undefined);
      }
    }
    cursor.close();
  }
  return { params, results: parseResults(cursor, context), ids };
}

/** `(result …)*`. */
export function parseResults(cursor: Cursor, context: ModuleContext): ValType[] {
  const results: ValType[] = [];
  while (cursor.acceptOpen('result')) {
    while (startsValType(cursor)) results.push(parseValType(cursor, context));
    cursor.close();
  }
  return results;
}

/** A type use: the function type's index and its parameters' identifiers. */
export interface TypeUse {
  readonly typeidx: number;
  readonly paramCount: number;
  readonly ids: InlineFuncType['ids'];
}

/** What stands in a type use, before it is resolved to an index. */
export interface WrittenTypeUse extends InlineFuncType {
  /** `(type x)`, when it is there. */
  readonly typeidx: number | undefined;
  /** Token of the type use's start. */
  readonly at: number;
}

/** `(type x)? (param …)* (result …)*`; an index with inline types must fit them. */
export function parseWrittenTypeUse(cursor: Cursor, context: ModuleContext): WrittenTypeUse {
  const { at } = cursor;
  let typeidx: number | undefined;
  if (cursor.acceptOpen('type')) {
    typeidx = context.spaces.type.index(cursor);
    cursor.close();
  }
  const inline = parseInlineFuncType(cursor, context);
  if (typeidx !== undefined && (inline.params.length > 0 || inline.results.length > 0)) {
    checkInlineType(cursor, context, typeidx, inline, at);
  }
  return { ...inline, typeidx, at };
}

function checkInlineType(
  cursor: Cursor,
  context: ModuleContext,
  typeidx: number,
  inline: InlineFuncType,
  at: number,
): void {
  if (['type', 'param', 'result'].includes(cursor.head)) {
    cursor.at++;
    cursor.unexpected('the parts of a type use in order');
  }
  const comp = context.compType(typeidx);
  if (comp === undefined) cursor.fail(`unknown type ${typeidx}`, at);
  const fits = comp.kind === 'func' && sameTypes(comp.params, inline.params) && sameTypes(comp.results, inline.results);
  if (!fits) cursor.fail(`inline function type: parameters or results differ from those of type ${typeidx}`, at);
}

function sameTypes(a: readonly ValType[], b: readonly ValType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i]);
}

/**
 * A type use of a function, import or tag. Without an index, the smallest fitting type is taken or
 * added. An index of no type has no parameters here; that it does not exist is for validation to say.
 */
export function parseTypeUse(cursor: Cursor, context: ModuleContext): TypeUse {
  const use = parseWrittenTypeUse(cursor, context);
  const { params, results, ids } = use;
  if (use.typeidx === undefined) {
    return { typeidx: context.funcTypeidx(params, results), paramCount: params.length, ids };
  }
  const comp = context.compType(use.typeidx);
  return { typeidx: use.typeidx, paramCount: comp?.kind === 'func' ? comp.params.length : 0, ids };
}

/** A type use of an instruction, which must not name its parameters. */
export function checkNoParamIds(cursor: Cursor, use: WrittenTypeUse): void {
  for (const id of use.ids) {
    if (id?.id === undefined) continue;
    cursor.at = id.at;
    cursor.unexpected('a value type');
  }
}

function parseStructFields(cursor: Cursor, context: ModuleContext, typeidx: number): FieldType[] {
  const fields: FieldType[] = [];
  const space = new IndexSpace('field');
  context.fields.set(typeidx, space);
  while (cursor.acceptOpen('field')) {
    const id = cursor.acceptId();
    const name = context.annotations.takeName(cursor.at);
    if (id !== undefined || name !== undefined) {
      const index = space.bind(id, cursor);
      if (name !== undefined) space.names.set(index, name);
      fields.push(parseFieldType(cursor, context));
    } else {
      while (cursor.kind !== token.close) {
        space.bind(undefined, cursor);
        fields.push(parseFieldType(cursor, context));
      }
    }
    cursor.close();
  }
  return fields;
}

function parseCompType(cursor: Cursor, context: ModuleContext, typeidx: number): CompType {
  if (cursor.acceptOpen('func')) {
    const { params, results, ids } = parseInlineFuncType(cursor, context);
    const space = new IndexSpace('local');
    for (const id of ids) space.bind(id?.id, cursor, id?.at);
    cursor.close();
    return { kind: 'func', params, results };
  }
  if (cursor.acceptOpen('struct')) {
    const fields = parseStructFields(cursor, context, typeidx);
    cursor.close();
    return { kind: 'struct', fields };
  }
  cursor.expectOpen('array');
  const field = parseFieldType(cursor, context);
  cursor.close();
  return { kind: 'array', field };
}

function parseSubType(cursor: Cursor, context: ModuleContext, typeidx: number): SubType {
  if (!cursor.acceptOpen('sub')) return { final: true, supertypes: [], comp: parseCompType(cursor, context, typeidx) };
  const final = cursor.accept('final');
  const supertypes: number[] = [];
  while (context.spaces.type.isNext(cursor)) supertypes.push(context.spaces.type.index(cursor));
  const comp = parseCompType(cursor, context, typeidx);
  cursor.close();
  return { final, supertypes, comp };
}

/** `(type $id? subtype)`, whose identifier is bound already. */
function parseTypeDefinition(cursor: Cursor, context: ModuleContext): SubType {
  const typeidx = context.types.length;
  cursor.expectOpen('type');
  cursor.acceptId();
  const name = context.annotations.takeName(cursor.at);
  if (name !== undefined) context.spaces.type.names.set(typeidx, name);
  const type = parseSubType(cursor, context, typeidx);
  cursor.close();
  context.types.push(type);
  return type;
}

/** `(rec …)` or a single `(type …)`. */
export function parseRecGroup(cursor: Cursor, context: ModuleContext): void {
  const from = context.types.length;
  const types: SubType[] = [];
  if (cursor.acceptOpen('rec')) {
    while (cursor.kind !== token.close) types.push(parseTypeDefinition(cursor, context));
    cursor.close();
  } else types.push(parseTypeDefinition(cursor, context));
  context.recGroups.push({ from, types });
}

/** `i32`, `i64`, or nothing for i32. */
export function parseAddressType(cursor: Cursor): AddressType {
  if (cursor.accept('i64')) return I64;
  cursor.accept('i32');
  return I32;
}

/** Bounds are u64 for any address type: whether they fit it is validation. */
function parseBound(cursor: Cursor): Bound {
  if (cursor.kind !== token.nat) cursor.unexpected('limits');
  const { lo, hi, overflow } = readInteger(cursor.text);
  if (overflow) cursor.fail('i64 constant out of range: a bound must be below 2^64');
  cursor.at++;
  return hi === 0 ? lo : { lo, hi };
}

function parseLimits(cursor: Cursor): EncodableLimits {
  const min = parseBound(cursor);
  return { min, max: cursor.kind === token.nat ? parseBound(cursor) : undefined };
}

/** `(pagesize n)` as log2, if it is there. */
export function parsePageSizeLog2(cursor: Cursor): number {
  if (!cursor.acceptOpen('pagesize')) return DEFAULT_PAGE_SIZE_LOG2;
  const { at } = cursor;
  const pageSize = cursor.u32('a page size');
  const log2 = 31 - Math.clz32(pageSize);
  if (pageSize === 0 || 2 ** log2 !== pageSize) cursor.fail('invalid custom page size: not a power of two', at);
  cursor.close();
  return log2;
}

export function parseMemoryType(cursor: Cursor): EncodableMemoryType {
  const address = parseAddressType(cursor);
  const limits = parseLimits(cursor);
  const shared = cursor.accept('shared');
  return { address, limits, shared, pageSizeLog2: parsePageSizeLog2(cursor) };
}

export function parseTableType(cursor: Cursor, context: ModuleContext): EncodableTableType {
  const address = parseAddressType(cursor);
  const limits = parseLimits(cursor);
  return { address, limits, element: parseRefType(cursor, context) };
}
