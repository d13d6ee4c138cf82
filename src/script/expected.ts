/**
 * Compares results with what a script expects, bit by bit: NaN patterns, lanes, alternatives and kinds
 * of references.
 *
 * @see https://github.com/WebAssembly/spec/tree/main/interpreter#scripts
 */

import { funcOf, type Value } from '../api/index.ts';
import { hasHeapType } from '../runtime/index.ts';
import {
  abstractHeapTypes,
  F32,
  type HeapType,
  heapTypeOf,
  I32,
  I64,
  isRef,
  V128,
  valTypeText,
} from '../syntax/index.ts';
import type { LanePattern, NanKind, ResultPattern } from '../text/index.ts';

/** Stands for `(ref.extern N)` and `(ref.host N)`: one object a number, so that identity can be checked. */
export class HostReference {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}

type Lanes = Extract<ResultPattern, { kind: 'lanes' }>;

const F32_QUIET = 0x7fc00000;
const F64_QUIET = 0x7ff80000;
const MAGNITUDE = 0x7fffffff;

/** Canonical: only the payload's top bit is set. Arithmetic: at least that one is. The sign is free. */
function isNan32(lo: number, nan: NanKind): boolean {
  return nan === 'canonical' ? (lo & MAGNITUDE) === F32_QUIET : (lo & F32_QUIET) === F32_QUIET;
}

function isNan64(lo: number, hi: number, nan: NanKind): boolean {
  return nan === 'canonical' ? (hi & MAGNITUDE) === F64_QUIET && lo === 0 : (hi & F64_QUIET) === F64_QUIET;
}

/** Does a result fit a pattern? */
export function matches(pattern: ResultPattern, value: Value): boolean {
  const { type, lo, hi } = value;
  switch (pattern.kind) {
    case 'number':
      return type === pattern.type && lo === pattern.lo && (type === I32 || type === F32 || hi === pattern.hi);
    case 'nan':
      return type === pattern.type && (type === F32 ? isNan32(lo, pattern.nan) : isNan64(lo, hi, pattern.nan));
    case 'v128': {
      const bytes = bytesOf(value);
      return type === V128 && pattern.bytes.every((byte, index) => byte === bytes[index]);
    }
    case 'lanes':
      return type === V128 && lanesMatch(pattern, value);
    case 'either':
      return pattern.patterns.some((each) => matches(each, value));
    case 'ref.null':
      return isRef(type) && value.ref === null;
    case 'ref.extern':
    case 'ref.host':
      return isRef(type) && value.ref instanceof HostReference && value.ref.id === pattern.id;
    case 'ref':
      return isRef(type) && value.ref !== null && refMatches(pattern.heap, pattern.id, value);
  }
}

function bytesOf({ lo, hi, x2, x3 }: Value): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  [lo, hi, x2, x3].forEach((word, index) => {
    view.setInt32(index * 4, word, true);
  });
  return new Uint8Array(view.buffer);
}

function lanesMatch({ shape, lanes }: Lanes, value: Value): boolean {
  const words = [value.lo, value.hi, value.x2, value.x3];
  // NaN patterns only occur in float lanes, which are one or two words.
  const isWide = shape === 'f64x2';
  return lanes.every((lane, index) =>
    isWide ? lane64Matches(lane, words[2 * index]!, words[2 * index + 1]!) : lane32Matches(lane, words[index]!),
  );
}

function lane32Matches(lane: LanePattern, word: number): boolean {
  return 'nan' in lane ? isNan32(word, lane.nan) : lane.lo === word;
}

function lane64Matches(lane: LanePattern, lo: number, hi: number): boolean {
  return 'nan' in lane ? isNan64(lo, hi, lane.nan) : lane.lo === lo && lane.hi === hi;
}

const { func, extern } = abstractHeapTypes;

/** Is a non-null reference of a kind? */
function refMatches(heap: HeapType, id: number | undefined, { type, ref }: Value): boolean {
  const found = funcOf(ref);
  if (heap === func) return found !== undefined && (id === undefined || found.funcidx === id);
  if (found !== undefined) return false;
  if (id !== undefined) return ref instanceof HostReference && ref.id === id;
  if (heap === extern) return heapTypeOf(type) === extern;
  return hasHeapType(ref, heap);
}

const scratch = new DataView(new ArrayBuffer(8));

/** A value as a script would write it; floats with their bits, which decide. */
export function valueText(value: Value): string {
  const { type, lo, hi, ref } = value;
  scratch.setInt32(0, lo, true);
  scratch.setInt32(4, hi, true);
  if (type === I32) return `(i32.const ${lo})`;
  if (type === I64) return `(i64.const ${hexText(hi)}_${hexDigits(lo)})`;
  if (type === F32) return `(f32.const ${scratch.getFloat32(0, true)} = ${hexText(lo)})`;
  if (type === V128) {
    return `(v128.const i32x4 ${[lo, hi, value.x2, value.x3].map(hexText).join(' ')})`;
  }
  if (!isRef(type)) return `(f64.const ${scratch.getFloat64(0, true)} = ${hexText(hi)}_${hexDigits(lo)})`;
  if (ref === null) return `(ref.null of type ${valTypeText(type)})`;
  const found = funcOf(ref);
  if (found !== undefined) return `(ref.func ${found.funcidx})`;
  return ref instanceof HostReference ? `(ref.extern ${ref.id})` : `(a ${valTypeText(type)})`;
}

function hexDigits(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

function hexText(word: number): string {
  return `0x${hexDigits(word)}`;
}

/** A pattern as a script writes it. */
export function patternText(pattern: ResultPattern): string {
  switch (pattern.kind) {
    case 'number':
      return valueText({ ...pattern, x2: 0, x3: 0, ref: null });
    case 'nan':
      return `(${valTypeText(pattern.type)}.const nan:${pattern.nan})`;
    case 'v128': {
      const view = new DataView(pattern.bytes.buffer, pattern.bytes.byteOffset);
      return `(v128.const i32x4 ${[0, 4, 8, 12].map((at) => hexText(view.getInt32(at, true))).join(' ')})`;
    }
    case 'lanes': {
      const lanes = pattern.lanes.map((lane) => ('nan' in lane ? `nan:${lane.nan}` : hexText(lane.lo)));
      return `(v128.const ${pattern.shape} ${lanes.join(' ')})`;
    }
    case 'either':
      return `(either ${pattern.patterns.map(patternText).join(' ')})`;
    case 'ref.null':
      return '(ref.null)';
    case 'ref.extern':
    case 'ref.host':
      return `(${pattern.kind} ${pattern.id})`;
    case 'ref':
      return `(a non-null reference of heap type 0x${pattern.heap.toString(16)}${pattern.id === undefined ? '' : ` ${pattern.id}`})`;
  }
}
