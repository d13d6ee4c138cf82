/** Constants as code: numbers, and expressions of any type that initialise globals, tables and segments. */
import { type ByteWriter, writeOpcode } from '../../encoder/index.ts';
import {
  abstractHeapTypes,
  F32,
  F64,
  type HeapType,
  heapTypeOf,
  I32,
  I64,
  instrId,
  isConcrete,
  isNullable,
  isRef,
  type Mnemonic,
  typeidxOf,
  unpacked,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { Choices } from './choices.ts';
import { constantWords } from './constants.ts';
import type { ModulePlan } from './module-plan.ts';
import { isSubHeap, isSubtype } from './random-types.ts';

/** Pushes a number or vector. */
export function writeNumber(out: ByteWriter, type: ValType, words: readonly number[]): void {
  const [lo = 0, hi = 0] = words;
  if (type === I32) {
    writeOpcode(out, ids.i32);
    out.s32(lo);
  } else if (type === I64) {
    writeOpcode(out, ids.i64);
    out.s64(lo, hi);
  } else {
    writeOpcode(out, type === F32 ? ids.f32 : type === F64 ? ids.f64 : ids.v128);
    const count = type === F32 ? 1 : type === F64 ? 2 : 4;
    for (let i = 0; i < count; i++) out.word(words[i] ?? 0);
  }
}

const ids = {
  i32: instrId('i32.const'),
  i64: instrId('i64.const'),
  f32: instrId('f32.const'),
  f64: instrId('f64.const'),
  v128: instrId('v128.const'),
};

const { any, eq, i31, struct, array, extern, func } = abstractHeapTypes;
const MAX_DEPTH = 3;

/** Writes constant expressions of one module. */
export class ConstantWriter {
  private readonly out: ByteWriter;
  private readonly plan: ModulePlan;
  private readonly choices: Choices;
  private depth = 0;
  private globalCount = 0;

  constructor(out: ByteWriter, plan: ModulePlan, choices: Choices) {
    this.out = out;
    this.plan = plan;
    this.choices = choices;
  }

  /** With its `end`. @param globalCount globals that it may read, if they do not change */
  expression(type: ValType, globalCount: number): void {
    this.globalCount = globalCount;
    this.value(type);
    this.op('end');
  }

  private op(name: Mnemonic, ...indices: readonly number[]): void {
    writeOpcode(this.out, instrId(name));
    for (const index of indices) this.out.u32(index);
  }

  private value(type: ValType): void {
    this.depth++;
    if (!this.global(type)) {
      if (isRef(type)) this.reference(type);
      else this.number(type);
    }
    this.depth--;
  }

  /** Reads a global that is known already, when there is one. */
  private global(type: ValType): boolean {
    const { plan, choices } = this;
    if (!choices.chance(5)) return false;
    const known = plan.globals.slice(0, this.globalCount).flatMap((global, index) => {
      const isReadable = !global.type.mutable && (global.isImport || plan.knows('gc'));
      return isReadable && isSubtype(plan.types, global.type.content, type) ? [index] : [];
    });
    if (known.length === 0) return false;
    this.op('global.get', choices.pick(known));
    return true;
  }

  private number(type: ValType): void {
    const isInteger = type === I32 || type === I64;
    if (isInteger && this.plan.knows('extended-const') && this.depth <= MAX_DEPTH && this.choices.chance(4)) {
      this.value(type);
      this.value(type);
      const names =
        type === I32 ? (['i32.add', 'i32.sub', 'i32.mul'] as const) : (['i64.add', 'i64.sub', 'i64.mul'] as const);
      this.op(this.choices.pick(names));
    } else writeNumber(this.out, type, constantWords(type, this.choices));
  }

  private null(heap: HeapType): void {
    this.op('ref.null');
    this.out.heapType(heap);
  }

  private reference(type: ValType): void {
    const heap = heapTypeOf(type);
    const isTooDeep = this.depth > MAX_DEPTH + 2;
    if (isNullable(type) && (isTooDeep || this.choices.chance(3))) this.null(heap);
    else if (!this.object(heap)) {
      if (!isNullable(type)) throw new Error('a constant that cannot be made');
      this.null(heap);
    }
  }

  /** An object of a type or one below it; false where there is none. */
  private object(heap: HeapType): boolean {
    const { plan, choices } = this;
    if (heap === func || this.kindOf(heap) === 'func') {
      const known = plan.functionsOf(heap);
      if (known.length === 0) return false;
      this.op('ref.func', choices.pick(known));
      return true;
    }
    if (!plan.knows('gc')) return false;
    if (heap === i31 || ((heap === any || heap === eq) && choices.chance(2))) {
      this.value(I32);
      this.op('ref.i31');
      return true;
    }
    if (heap === any && this.depth <= MAX_DEPTH && choices.chance(6))
      return this.converted(extern, 'any.convert_extern');
    if (heap === extern) return this.converted(any, 'extern.convert_any');
    return this.aggregate(heap);
  }

  private converted(from: HeapType, name: Mnemonic): boolean {
    if (!this.object(from === any ? i31 : extern)) return false;
    this.op(name);
    return true;
  }

  private kindOf(heap: HeapType): string | undefined {
    return isConcrete(heap) ? this.plan.types[typeidxOf(heap)]!.comp.kind : undefined;
  }

  private aggregate(heap: HeapType): boolean {
    const { plan, choices } = this;
    if (heap !== any && heap !== eq && heap !== struct && heap !== array && !isConcrete(heap)) return false;
    const candidates = plan.aggregates.filter((each) => isSubHeap(plan.types, each, heap));
    if (candidates.length === 0) return false;
    // The first is the type itself, or an early one: nothing refers to itself without null.
    const typeidx = typeidxOf(this.depth > MAX_DEPTH ? candidates[0]! : choices.pick(candidates));
    const { comp } = plan.types[typeidx]!;
    if (comp.kind === 'struct') {
      for (const { storage } of comp.fields) this.value(unpacked(storage));
      this.op('struct.new', typeidx);
    } else if (comp.kind === 'array' && choices.chance(2)) {
      this.value(unpacked(comp.field.storage));
      writeNumber(this.out, I32, [choices.below(4)]);
      this.op('array.new', typeidx);
    } else if (comp.kind === 'array') {
      const count = choices.below(4);
      for (let i = 0; i < count; i++) this.value(unpacked(comp.field.storage));
      this.op('array.new_fixed', typeidx, count);
    }
    return true;
  }
}

/** Is the type a number or vector? */
export function isNumber(type: ValType): boolean {
  return !isRef(type) && (type === I32 || type === I64 || type === F32 || type === F64 || type === V128);
}
