/**
 * Immediates of instructions: text → bytes, one function a kind of immediate. Text and binary differ
 * in order and in what may be left out; both are settled here.
 *
 * @see https://webassembly.github.io/spec/core/text/instructions.html
 */
import type { CatchClause } from '../decoder/index.ts';
import {
  type ByteWriter,
  writeBlockType,
  writeCastTypes,
  writeCatches,
  writeLabels,
  writeMemarg,
} from '../encoder/index.ts';
import {
  BOTTOM,
  heapTypeOf,
  type ImmediateKind,
  type InstrId,
  instrId,
  instructions,
  isNullable,
} from '../syntax/index.ts';
import type { Cursor } from './cursor.ts';
import { readF32, readF64 } from './float-literals.ts';
import type { IndexSpace } from './index-space.ts';
import { token } from './lexer.ts';
import type { ModuleContext } from './module-context.ts';
import { integerBits, readInteger, unsignedValue } from './number-literals.ts';
import { checkNoParamIds, parseHeapType, parseRefType, parseResults, parseWrittenTypeUse } from './parse-types.ts';

/** What immediates are read from and resolved by. */
export interface ImmediateScope {
  readonly cursor: Cursor;
  readonly context: ModuleContext;
  readonly locals: IndexSpace;
  labelidx(): number;
}

/** Reads the immediates of an instruction and appends them to `out`. */
type ImmediateParser = (scope: ImmediateScope, out: ByteWriter, id: InstrId) => void;

type SpaceName = keyof ModuleContext['spaces'];

/** One index, in this space; `optional`: nothing stands for 0. */
function index(space: SpaceName, optional = false): ImmediateParser {
  return ({ cursor, context }, out) => {
    const isDefault = optional && !context.spaces[space].isNext(cursor);
    out.u32(isDefault ? 0 : context.spaces[space].index(cursor));
  };
}

/** A type index and another one. */
function typeidxAnd(space: SpaceName): ImmediateParser {
  return ({ cursor, context }, out) => {
    out.u32(context.spaces.type.index(cursor));
    if (space === 'data') context.usesDataidx = true;
    out.u32(context.spaces[space].index(cursor));
  };
}

/** Two indices of one space, both or neither: `memory.copy`, `table.copy`. */
function optionalPair(space: 'memory' | 'table'): ImmediateParser {
  return ({ cursor, context }, out) => {
    const isGiven = context.spaces[space].isNext(cursor);
    out.u32(isGiven ? context.spaces[space].index(cursor) : 0);
    out.u32(isGiven ? context.spaces[space].index(cursor) : 0);
  };
}

/** A segment and where it goes, which stands first in the text and may be left out. */
function segment(space: 'data' | 'elem', target: 'memory' | 'table'): ImmediateParser {
  return ({ cursor, context }, out) => {
    const next = cursor.kindAfter(1);
    const isTargetGiven = next === token.id || next === token.nat;
    const targetidx = isTargetGiven ? context.spaces[target].index(cursor) : 0;
    if (space === 'data') context.usesDataidx = true;
    out.u32(context.spaces[space].index(cursor));
    out.u32(targetidx);
  };
}

function blocktype({ cursor, context }: ImmediateScope, out: ByteWriter): void {
  const use = parseWrittenTypeUse(cursor, context);
  checkNoParamIds(cursor, use);
  const { params, results } = use;
  if (use.typeidx !== undefined) writeBlockType(out, use.typeidx, BOTTOM);
  else if (params.length === 0 && results.length <= 1) writeBlockType(out, -1, results[0] ?? BOTTOM);
  else writeBlockType(out, context.funcTypeidx(params, results), BOTTOM);
}

const catchKinds: readonly string[] = [
  'catch',
  'catch_ref',
  'catch_all',
  'catch_all_ref',
] satisfies CatchClause['kind'][];

function catches({ cursor, context, labelidx }: ImmediateScope, out: ByteWriter): void {
  const clauses: CatchClause[] = [];
  while (catchKinds.includes(cursor.head)) {
    const kind = cursor.head as CatchClause['kind'];
    cursor.at += 2;
    const tagidx = kind === 'catch' || kind === 'catch_ref' ? context.spaces.tag.index(cursor) : -1;
    clauses.push({ kind, tagidx, labelidx: labelidx() });
    cursor.close();
  }
  writeCatches(out, clauses);
}

const OFFSET = 'offset=';
const ALIGN = 'align=';
const MEMARG = /^(offset|align)=/;

/** The number after `offset=` or `align=`, if such a keyword is next. */
function acceptPhrase(cursor: Cursor, phrase: string) {
  if (cursor.kind !== token.keyword) return undefined;
  const { text } = cursor;
  if (!text.startsWith(phrase)) return undefined;
  const isNumber = /^(0x[\da-f](_?[\da-f])*|\d(_?\d)*)$/i.test(text.slice(phrase.length));
  if (!isNumber) cursor.fail(`unknown operator ${text}`);
  cursor.at++;
  return readInteger(text, phrase.length);
}

/** Whether a memory index is next. Before a lane index a lone number is the lane. */
function isMemidxNext(cursor: Cursor, hasLane: boolean): boolean {
  if (cursor.kind === token.id) return true;
  if (cursor.kind !== token.nat) return false;
  const next = cursor.kindAfter(1);
  return !hasLane || next === token.nat || (next === token.keyword && MEMARG.test(cursor.tokens.text(cursor.at + 1)));
}

function memarg(scope: ImmediateScope, out: ByteWriter, id: InstrId, hasLane = false): void {
  const cursor: Cursor = scope.cursor;
  const memidx = isMemidxNext(cursor, hasLane) ? scope.context.spaces.memory.index(cursor) : 0;
  const { at } = cursor;
  const offset = acceptPhrase(cursor, OFFSET);
  if (offset?.overflow) cursor.fail('i64 constant out of range: offset', at);
  const alignAt = cursor.at;
  const align = acceptPhrase(cursor, ALIGN);
  const natural = Math.log2(instructions[id]!.accessBytes as number);
  const alignLog2 = align === undefined ? natural : log2Of(align);
  if (alignLog2 === undefined) cursor.fail('alignment must be a power of two', alignAt);
  writeMemarg(out, alignLog2, memidx, offset?.lo ?? 0, offset?.hi ?? 0);
}

function log2Of({ lo, hi, overflow }: { lo: number; hi: number; overflow: boolean }): number | undefined {
  if (overflow || (lo === 0) === (hi === 0)) return undefined;
  const word = lo === 0 ? hi : lo;
  const log2 = 31 - Math.clz32(word);
  if (2 ** log2 !== word) return undefined;
  return lo === 0 ? log2 + 32 : log2;
}

function lane(scope: ImmediateScope, out: ByteWriter): void {
  const cursor: Cursor = scope.cursor;
  if (cursor.kind !== token.nat) cursor.unexpected('a lane index');
  const value = unsignedValue(cursor.text, 8);
  if (value === undefined) cursor.fail('i8 constant out of range: lane index');
  cursor.at++;
  out.u8(value);
}

function isNumber(cursor: Cursor): boolean {
  const { kind } = cursor;
  return kind === token.nat || kind === token.int || kind === token.float;
}

function shuffleLanes(scope: ImmediateScope, out: ByteWriter): void {
  const cursor: Cursor = scope.cursor;
  const { at } = cursor;
  while (isNumber(cursor)) cursor.at++;
  const count = cursor.at - at;
  if (count !== 16) cursor.fail(`invalid lane length: ${count} lanes, expected 16`, at);
  cursor.at = at;
  for (; cursor.at < at + 16; cursor.at++) {
    const value = cursor.kind === token.nat ? unsignedValue(cursor.text, 8) : undefined;
    if (value === undefined) cursor.fail('i8 constant out of range: lane index');
    out.u8(value);
  }
}

/** Appends an integer of `bitCount` bits, little-endian, and steps over it. */
function integerLane(cursor: Cursor, out: ByteWriter, bitCount: number): void {
  const { lo, hi } = integer(cursor, bitCount);
  for (let shift = 0; shift < Math.min(32, bitCount); shift += 8) out.u8((lo >>> shift) & 0xff);
  if (bitCount === 64) out.word(hi);
}

/** Bits of the integer literal that must be next. */
export function integer(cursor: Cursor, bitCount: number) {
  const { kind } = cursor;
  if (kind !== token.nat && kind !== token.int) cursor.unexpected(`an i${bitCount} constant`);
  const bits = integerBits(readInteger(cursor.text), bitCount);
  if (bits === undefined) cursor.fail(`${bitCount < 32 ? '' : `i${bitCount} `}constant out of range`);
  cursor.at++;
  return bits;
}

/** Bits of the f32 literal that must be next. */
export function f32(cursor: Cursor): number {
  if (!isNumber(cursor)) cursor.unexpected('an f32 constant');
  const bits = readF32(cursor.text);
  if (bits === undefined) cursor.fail('constant out of range for f32');
  cursor.at++;
  return bits;
}

/** Bits of the f64 literal that must be next. */
export function f64(cursor: Cursor) {
  if (!isNumber(cursor)) cursor.unexpected('an f64 constant');
  const bits = readF64(cursor.text);
  if (bits === undefined) cursor.fail('constant out of range for f64');
  cursor.at++;
  return bits;
}

function f64Lane(cursor: Cursor, out: ByteWriter): void {
  const { lo, hi } = f64(cursor);
  out.word(lo);
  out.word(hi);
}

/** The shapes of v128 constants: how many lanes, and how to append one. */
export const v128Shapes = {
  i8x16: { laneCount: 16, write: (cursor: Cursor, out: ByteWriter) => integerLane(cursor, out, 8) },
  i16x8: { laneCount: 8, write: (cursor: Cursor, out: ByteWriter) => integerLane(cursor, out, 16) },
  i32x4: { laneCount: 4, write: (cursor: Cursor, out: ByteWriter) => integerLane(cursor, out, 32) },
  i64x2: { laneCount: 2, write: (cursor: Cursor, out: ByteWriter) => integerLane(cursor, out, 64) },
  f32x4: { laneCount: 4, write: (cursor: Cursor, out: ByteWriter) => out.word(f32(cursor)) },
  f64x2: { laneCount: 2, write: f64Lane },
} as const;

export type V128Shape = keyof typeof v128Shapes;

/** The shape that must be next. */
export function v128Shape(cursor: Cursor): V128Shape {
  const word = cursor.kind === token.keyword ? cursor.text : '';
  if (!Object.prototype.hasOwnProperty.call(v128Shapes, word)) cursor.unexpected('a vector shape');
  cursor.at++;
  return word as V128Shape;
}

/** `i32x4 0 1 2 3` → 16 bytes. */
export function v128(cursor: Cursor, out: ByteWriter): void {
  const shape = v128Shape(cursor);
  const { laneCount, write } = v128Shapes[shape];
  const { at } = cursor;
  while (isNumber(cursor)) cursor.at++;
  const count = cursor.at - at;
  if (count !== laneCount) cursor.rejectUnknown();
  if (count !== laneCount) cursor.fail(`wrong number of lane literals: ${count} for ${shape}`, at);
  cursor.at = at;
  for (let i = 0; i < laneCount; i++) write(cursor, out);
}

function callIndirect({ cursor, context }: ImmediateScope, out: ByteWriter): void {
  const { table } = context.spaces;
  const tableidx = table.isNext(cursor) ? table.index(cursor) : 0;
  const use = parseWrittenTypeUse(cursor, context);
  checkNoParamIds(cursor, use);
  out.u32(use.typeidx ?? context.funcTypeidx(use.params, use.results));
  out.u32(tableidx);
}

/** The parsers of immediates, complete by construction. */
export const immediateParsers: Record<ImmediateKind, ImmediateParser> = {
  none: () => {},
  blocktype,
  labelidx: ({ labelidx }, out) => out.u32(labelidx()),
  br_table: ({ cursor, labelidx }, out) => {
    const labels = [labelidx()];
    while (cursor.kind === token.id || cursor.kind === token.nat) labels.push(labelidx());
    writeLabels(out, labels);
  },
  br_on_cast: ({ cursor, context, labelidx }, out) => {
    const label = labelidx();
    const [from, to] = [parseRefType(cursor, context), parseRefType(cursor, context)].map((type) => ({
      heap: heapTypeOf(type),
      nullable: isNullable(type),
    }));
    writeCastTypes(out, label, from!, to!);
  },
  try_table: (scope, out) => {
    blocktype(scope, out);
    catches(scope, out);
  },
  tagidx: index('tag'),
  funcidx: index('func'),
  typeidx: index('type'),
  typeidx_tableidx: callIndirect,
  typeidx_fieldidx: ({ cursor, context }, out) => {
    const typeidx = context.spaces.type.index(cursor);
    out.u32(typeidx);
    out.u32(context.fieldidx(cursor, typeidx));
  },
  typeidx_u32: ({ cursor, context }, out) => {
    out.u32(context.spaces.type.index(cursor));
    out.u32(cursor.u32());
  },
  typeidx_dataidx: typeidxAnd('data'),
  typeidx_elemidx: typeidxAnd('elem'),
  typeidx_typeidx: typeidxAnd('type'),
  valtypes: ({ cursor, context }, out) => out.valTypes(parseResults(cursor, context)),
  localidx: ({ cursor, locals }, out) => out.u32(locals.index(cursor)),
  globalidx: index('global'),
  tableidx: index('table', true),
  tableidx_tableidx: optionalPair('table'),
  elemidx: index('elem'),
  elemidx_tableidx: segment('elem', 'table'),
  memidx: index('memory', true),
  memidx_memidx: optionalPair('memory'),
  dataidx: ({ cursor, context }, out) => {
    context.usesDataidx = true;
    out.u32(context.spaces.data.index(cursor));
  },
  dataidx_memidx: segment('data', 'memory'),
  memarg: (scope, out, id) => memarg(scope, out, id),
  memarg_laneidx: (scope, out, id) => {
    memarg(scope, out, id, true);
    lane(scope, out);
  },
  laneidx: lane,
  lanes16: shuffleLanes,
  heaptype: ({ cursor, context }, out) => out.heapType(parseHeapType(cursor, context)),
  fence: (_scope, out) => out.u8(0),
  i32: ({ cursor }, out) => out.s32(integer(cursor, 32).lo),
  i64: ({ cursor }, out) => {
    const { lo, hi } = integer(cursor, 64);
    out.s64(lo, hi);
  },
  f32: ({ cursor }, out) => out.word(f32(cursor)),
  f64: ({ cursor }, out) => f64Lane(cursor, out),
  v128: ({ cursor }, out) => v128(cursor, out),
};

const refTest = instrId('ref.test');
const refTestNull = instrId('ref.test null');
const refCast = instrId('ref.cast');
const refCastNull = instrId('ref.cast null');
const select = instrId('select');
const selectT = instrId('select_t');

/** Three keywords stand for two instructions each; the immediates that follow tell which. */
export function chosenId({ cursor, context }: ImmediateScope, id: InstrId): InstrId {
  if (id === select) return cursor.head === 'result' ? selectT : select;
  if (id !== refTest && id !== refCast) return id;
  const { at } = cursor;
  const nullable = isNullable(parseRefType(cursor, context));
  cursor.at = at;
  if (id === refTest) return nullable ? refTestNull : refTest;
  return nullable ? refCastNull : refCast;
}

const parsersById = instructions.map((row) => immediateParsers[row.imm]);

/** Reads an instruction's immediates (the keyword is already read) and appends them to `out`. */
export function parseImmediates(scope: ImmediateScope, out: ByteWriter, id: InstrId): void {
  if (id === refTest || id === refTestNull || id === refCast || id === refCastNull) {
    out.heapType(heapTypeOf(parseRefType(scope.cursor, scope.context)));
    return;
  }
  parsersById[id]!(scope, out, id);
}
