/**
 * Constants and result patterns of scripts.
 *
 * @see https://github.com/WebAssembly/spec/tree/main/interpreter#scripts
 */
import { ByteWriter } from '../encoder/index.ts';
import { abstractHeapTypes, F32, F64, type HeapType, I32, I64, type ValType } from '../syntax/index.ts';
import type { Cursor } from './cursor.ts';
import { token } from './lexer.ts';
import { f32, f64, integer, type V128Shape, v128, v128Shape, v128Shapes } from './parse-immediates.ts';

/** A number: i32 and f32 bits in `lo`, i64 and f64 bits in `lo` and `hi` (signed halves). */
export interface NumberConst {
  readonly kind: 'number';
  readonly type: ValType;
  readonly lo: number;
  readonly hi: number;
}

/** An argument of an invocation. */
export type ScriptConst =
  | NumberConst
  | { readonly kind: 'v128'; readonly bytes: Uint8Array }
  /** `heap` is absent where the script leaves it out, and for type indices. */
  | { readonly kind: 'ref.null'; readonly heap: HeapType | undefined }
  /** A host reference with a number of the script's, as an externref or, `ref.host`, an anyref. */
  | { readonly kind: 'ref.extern' | 'ref.host'; readonly id: number };

export type NanKind = 'canonical' | 'arithmetic';

/** A lane as bits, or any NaN of a kind. */
export type LanePattern = { readonly lo: number; readonly hi: number } | { readonly nan: NanKind };

/** What a result must be. */
export type ResultPattern =
  | ScriptConst
  | { readonly kind: 'nan'; readonly type: ValType; readonly nan: NanKind }
  | { readonly kind: 'lanes'; readonly shape: V128Shape; readonly lanes: readonly LanePattern[] }
  /** Any non-null reference of a heap type; `id` asks for that very host reference or function index. */
  | { readonly kind: 'ref'; readonly heap: HeapType; readonly id: number | undefined }
  | { readonly kind: 'either'; readonly patterns: readonly ResultPattern[] };

const refPatterns: Readonly<Record<string, HeapType>> = {
  'ref.func': abstractHeapTypes.func,
  'ref.extern': abstractHeapTypes.extern,
  'ref.any': abstractHeapTypes.any,
  'ref.eq': abstractHeapTypes.eq,
  'ref.i31': abstractHeapTypes.i31,
  'ref.struct': abstractHeapTypes.struct,
  'ref.array': abstractHeapTypes.array,
  'ref.exn': abstractHeapTypes.exn,
};

/** Bits of a number constant whose keyword is already read. */
const numberParsers: Readonly<Record<string, (cursor: Cursor) => NumberConst>> = {
  'i32.const': (cursor) => ({ kind: 'number', type: I32, lo: integer(cursor, 32).lo, hi: 0 }),
  'i64.const': (cursor) => ({ kind: 'number', type: I64, ...integer(cursor, 64) }),
  'f32.const': (cursor) => ({ kind: 'number', type: F32, lo: f32(cursor), hi: 0 }),
  'f64.const': (cursor) => ({ kind: 'number', type: F64, ...f64(cursor) }),
};

/** Whether a constant or pattern is next. */
export function startsConst(cursor: Cursor): boolean {
  const { head } = cursor;
  return head.endsWith('.const') || head.startsWith('ref.') || head === 'either';
}

/** `(i32.const 1)`, `(ref.null func)`, … */
export function parseScriptConst(cursor: Cursor): ScriptConst {
  const { head } = cursor;
  if (head === '') return cursor.unexpected('a constant');
  cursor.at += 2;
  const value = constAfter(cursor, head);
  cursor.close();
  return value;
}

function constAfter(cursor: Cursor, head: string): ScriptConst {
  const number = numberParsers[head];
  if (number !== undefined) return number(cursor);
  if (head === 'v128.const') {
    const out = new ByteWriter();
    v128(cursor, out);
    return { kind: 'v128', bytes: out.toBytes() };
  }
  if (head === 'ref.null') return { kind: 'ref.null', heap: acceptHeapType(cursor) };
  if (head === 'ref.extern' || head === 'ref.host') return { kind: head, id: cursor.u32() };
  cursor.at--;
  return cursor.unexpected('a constant');
}

function acceptHeapType(cursor: Cursor): HeapType | undefined {
  if (cursor.kind === token.close) return undefined;
  const isKnown = cursor.kind === token.keyword && Object.prototype.hasOwnProperty.call(abstractHeapTypes, cursor.text);
  const heap = isKnown ? abstractHeapTypes[cursor.text as keyof typeof abstractHeapTypes] : undefined;
  const isIndex = cursor.kind === token.id || cursor.kind === token.nat;
  if (!isKnown && !isIndex) cursor.unexpected('a heap type');
  cursor.at++;
  return heap;
}

/** A constant, or a pattern such as `(f32.const nan:canonical)`, `(ref.i31)`, `(either …)`. */
export function parseResultPattern(cursor: Cursor): ResultPattern {
  const { head } = cursor;
  if (head === '') return cursor.unexpected('a result');
  cursor.at += 2;
  const pattern = patternAfter(cursor, head);
  cursor.close();
  return pattern;
}

function acceptNan(cursor: Cursor): NanKind | undefined {
  if (cursor.accept('nan:canonical')) return 'canonical';
  return cursor.accept('nan:arithmetic') ? 'arithmetic' : undefined;
}

function patternAfter(cursor: Cursor, head: string): ResultPattern {
  if (head === 'either') {
    const patterns: ResultPattern[] = [];
    do {
      if (cursor.head === 'either') cursor.fail('unexpected token either: alternatives do not nest', cursor.at + 1);
      patterns.push(parseResultPattern(cursor));
    } while (cursor.kind === token.open);
    return { kind: 'either', patterns };
  }
  if (head === 'v128.const') return parseLanes(cursor);
  if (head === 'f32.const' || head === 'f64.const') {
    const nan = acceptNan(cursor);
    if (nan !== undefined) return { kind: 'nan', type: head === 'f32.const' ? F32 : F64, nan };
  }
  const heap = Object.prototype.hasOwnProperty.call(refPatterns, head) ? refPatterns[head] : undefined;
  if (heap === undefined) return constAfter(cursor, head);
  return { kind: 'ref', heap, id: cursor.kind === token.nat ? cursor.u32() : undefined };
}

/** Lanes with NaN patterns among them; without any, a plain constant. */
function parseLanes(cursor: Cursor): ResultPattern {
  const start = cursor.at;
  const shape = v128Shape(cursor);
  const lanes: LanePattern[] = [];
  let hasNan = false;
  for (let i = 0; i < v128Shapes[shape].laneCount; i++) {
    const nan = acceptNan(cursor);
    hasNan ||= nan !== undefined;
    lanes.push(nan === undefined ? laneBits(cursor, shape) : { nan });
  }
  if (hasNan) return { kind: 'lanes', shape, lanes };
  cursor.at = start;
  return constAfter(cursor, 'v128.const');
}

function laneBits(cursor: Cursor, shape: V128Shape): LanePattern {
  if (shape === 'f32x4') return { lo: f32(cursor), hi: 0 };
  if (shape === 'f64x2') return f64(cursor);
  return integer(cursor, Number(shape.slice(1, shape.indexOf('x'))));
}
