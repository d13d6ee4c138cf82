/**
 * Values across the border of a prepared module: the code that makes a value of any type from bits known beforehand,
 * and the code that tells a value's bits as integers.
 */
import {
  ANYREF,
  abstractHeapTypes,
  F32,
  F64,
  type HeapType,
  heapTypeOf,
  I32,
  I64,
  isConcrete,
  isDefaultable,
  isNullable,
  isRef,
  type Module,
  typeidxOf,
  unpacked,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { Bits } from '../case.ts';
import type { Code } from './code.ts';
import { canonicalise, type NanShape } from './nans.ts';

/** What values are made of: the module's types, and functions that may stand for a reference. */
export interface ValueContext {
  readonly module: Module;
  /** A function of exactly this type, by its index in the prepared module. */
  funcOfType(typeidx: number | undefined): number | undefined;
  /** A local of a type that nobody else uses now. */
  scratch(type: ValType): number;
  readonly canonicaliseNans: boolean;
}

const { func, any, eq, i31, struct, array, none } = abstractHeapTypes;
const I31_TAKERS: ReadonlySet<HeapType> = new Set([any, eq, i31]);
/** Elements of a made-up array. */
const ARRAY_LENGTH = 3;

/** The words of bits, lowest first. */
export function wordsOf(bits: Bits): number[] {
  const words: number[] = [];
  for (let end = bits.length; end > 0; end -= 8)
    words.push(Number.parseInt(bits.slice(Math.max(0, end - 8), end), 16) | 0);
  return words;
}

/** Can a value of the type be made up? */
export function canMake(type: ValType, context: Pick<ValueContext, 'module' | 'funcOfType'>): boolean {
  if (isDefaultable(type)) return true;
  const heap = heapTypeOf(type);
  if (I31_TAKERS.has(heap)) return true;
  if (heap === func) return context.funcOfType(undefined) !== undefined;
  if (!isConcrete(heap)) return false;
  const { comp } = context.module.types[typeidxOf(heap)]!;
  if (comp.kind === 'func') return context.funcOfType(typeidxOf(heap)) !== undefined;
  const fields = comp.kind === 'struct' ? comp.fields : [comp.field];
  return fields.every(({ storage }) => isDefaultable(unpacked(storage)));
}

/** Pushes a number or vector. */
export function pushNumber(code: Code, type: ValType, bits: Bits): void {
  const [lo = 0, hi = 0, x2 = 0, x3 = 0] = wordsOf(bits);
  if (type === I32) code.i32(lo);
  else if (type === I64) code.i64(lo, hi);
  else if (type === F32) code.f32(lo);
  else if (type === F64) code.f64(lo, hi);
  else code.v128([lo, hi, x2, x3]);
}

/** Pushes a value that `canMake` allows, by a constant expression. */
export function pushValue(
  code: Code,
  type: ValType,
  bits: Bits,
  context: Pick<ValueContext, 'module' | 'funcOfType'>,
): void {
  const [lo = 0] = wordsOf(bits === 'null' ? '0' : bits);
  if (!isRef(type)) pushNumber(code, type, bits);
  else if (I31_TAKERS.has(heapTypeOf(type)) && (bits !== 'null' || !isNullable(type))) code.i32(lo).op('ref.i31');
  else if (isNullable(type) && bits === 'null') code.heap('ref.null', heapTypeOf(type));
  else pushReference(code, type, context);
}

/** Pushes a reference that is not null where one can be made, else null. */
function pushReference(code: Code, type: ValType, context: Pick<ValueContext, 'module' | 'funcOfType'>): void {
  const heap = heapTypeOf(type);
  const comp = isConcrete(heap) ? context.module.types[typeidxOf(heap)]!.comp : undefined;
  const funcidx = heap === func || comp?.kind === 'func' ? context.funcOfType(comp && typeidxOf(heap)) : undefined;
  if (funcidx !== undefined) code.at('ref.func', funcidx);
  else if (comp?.kind === 'struct' && canMakeFields(comp.fields)) code.at('struct.new_default', typeidxOf(heap));
  else if (comp?.kind === 'array' && canMakeFields([comp.field])) {
    code.i32(ARRAY_LENGTH).at('array.new_default', typeidxOf(heap));
  } else code.heap('ref.null', heap);
}

function canMakeFields(fields: readonly { readonly storage: ValType }[]): boolean {
  return fields.every(({ storage }) => isDefaultable(unpacked(storage)));
}

/** Pushes the value that i64 in locals from `local` on tell: what `toldBits` makes of its bits. */
export function pushTold(
  code: Code,
  type: ValType,
  local: number,
  context: Pick<ValueContext, 'module' | 'funcOfType'>,
): void {
  code.at('local.get', local);
  if (type === I32) code.op('i32.wrap_i64');
  else if (type === F32) code.op('i32.wrap_i64', 'f32.reinterpret_i32');
  else if (type === F64) code.op('f64.reinterpret_i64');
  else if (type === V128)
    code
      .op('i64x2.splat')
      .at('local.get', local + 1)
      .lane('i64x2.replace_lane', 1);
  else if (isRef(type)) pushToldReference(code, type, local, context);
}

/** 0 is null where null is allowed; the rest is an i31 where it can be, else something that is not null. */
function pushToldReference(
  code: Code,
  type: ValType,
  local: number,
  context: Pick<ValueContext, 'module' | 'funcOfType'>,
): void {
  const make = () => {
    if (I31_TAKERS.has(heapTypeOf(type))) code.at('local.get', local).op('i32.wrap_i64', 'ref.i31');
    else pushReference(code, type, context);
  };
  if (!isNullable(type)) {
    code.op('drop');
    make();
    return;
  }
  code.op('i64.eqz').block('if', { result: type }).heap('ref.null', heapTypeOf(type)).op('else');
  make();
  code.op('end');
}

/** A value's bits as the i64 that `pushTold` takes. */
export function toldBits(type: ValType, bits: Bits): Bits[] {
  if (type === V128) return [bits.slice(16), bits.slice(0, 16)];
  // Of an i31, 0 is as good as 1: 0 says null.
  return [
    bits === 'null'
      ? '0'.repeat(16)
      : isRef(type) && /^0*$/.test(bits)
        ? '1'.padStart(16, '0')
        : bits.padStart(16, '0'),
  ];
}

/** How many i64 tell a value of a type. */
export function integerCount(type: ValType): number {
  return type === V128 ? 2 : 1;
}

/** From a value on top of the stack to the i64 that tell it. */
export function tellValue(code: Code, type: ValType, context: ValueContext): void {
  const canonical = (shape: NanShape, of: ValType) => {
    if (context.canonicaliseNans) canonicalise(code, shape, context.scratch(of));
  };
  if (type === F32) {
    canonical('f32', F32);
    code.op('i32.reinterpret_f32', 'i64.extend_i32_u');
  } else if (type === F64) {
    canonical('f64', F64);
    code.op('i64.reinterpret_f64');
  } else if (type === V128) {
    const local = context.scratch(V128);
    code.at('local.tee', local).lane('i64x2.extract_lane', 0);
    code.at('local.get', local).lane('i64x2.extract_lane', 1);
  } else if (isRef(type)) {
    tellReference(code, type, context);
    code.op('i64.extend_i32_u');
  } else if (type === I32) code.op('i64.extend_i32_u');
}

/** 0: null; 1: not null; an i31 is its bits and 10, an array its length and 11. */
function tellReference(code: Code, type: ValType, { module, scratch }: ValueContext): void {
  if (!isAny(heapTypeOf(type), module)) {
    code.op('ref.is_null', 'i32.eqz');
    return;
  }
  const anyLocal = scratch(ANYREF);
  code.at('local.tee', anyLocal).op('ref.is_null').block('if', { result: I32 }).i32(0).op('else');
  code.at('local.get', anyLocal).heap('ref.test', i31).block('if', { result: I32 });
  code.at('local.get', anyLocal).heap('ref.cast', i31).op('i31.get_s').i32(2).op('i32.shl').i32(2).op('i32.or', 'else');
  code.at('local.get', anyLocal).heap('ref.test', array).block('if', { result: I32 });
  code.at('local.get', anyLocal).heap('ref.cast', array).op('array.len').i32(2).op('i32.shl').i32(3).op('i32.or');
  code.op('else').i32(1).op('end', 'end', 'end');
}

function isAny(heap: HeapType, module: Module): boolean {
  if (isConcrete(heap)) return module.types[typeidxOf(heap)]!.comp.kind !== 'func';
  return heap === any || heap === eq || heap === i31 || heap === struct || heap === array || heap === none;
}
