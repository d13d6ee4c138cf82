/**
 * Evaluates constant expressions: initial values of globals, tables and segments. They are few and short,
 * so a small frame of their own serves them.
 *
 * @see https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions
 */
import { InstructionReader } from '../decoder/index.ts';
import { arrayLayout, type Global, type Instance, type StructLayout, structLayout } from '../runtime/index.ts';
import {
  ANYREF,
  type Expr,
  F32,
  F64,
  I32,
  I64,
  InternalError,
  instructions,
  type Mnemonic,
  V128,
  type ValType,
} from '../syntax/index.ts';
import * as aggregates from './aggregates.ts';
import { i64Add, i64Mul, i64Sub } from './numerics/index.ts';
import { classOf, widthOf } from './slots.ts';

/** Operands laid out as in a frame, so that aggregates are made the same way. */
class ConstantFrame implements aggregates.Frame {
  I = new Int32Array(32);
  readonly R: unknown[] = [];
  /** Word offset of each operand, and of the next one. */
  private readonly at: number[] = [0];
  private height = 0;

  /** Word offset of operand `i` from the top, 0 the topmost. */
  fromTop(i: number): number {
    return this.at[this.height - 1 - i]!;
  }

  /** Makes room for a value and returns its word offset. */
  push(type: ValType): number {
    const at = this.at[this.height]!;
    const end = at + widthOf(type);
    if (end > this.I.length) {
      const former = this.I;
      this.I = new Int32Array(2 * end);
      this.I.set(former);
    }
    this.height++;
    this.at[this.height] = end;
    return at;
  }

  pushWords(type: ValType, ...words: number[]): void {
    const at = this.push(type);
    this.I.set(words, at);
  }

  pushRef(ref: unknown): void {
    const at = this.push(ANYREF);
    this.R[at >> 1] = ref;
  }

  pop(count: number): number {
    this.height -= count;
    return this.at[this.height]!;
  }
}

type Step = (frame: ConstantFrame, reader: InstructionReader, instance: Instance) => void;

function i32Binary(operator: (a: number, b: number) => number): Step {
  return (frame) => {
    const a = frame.fromTop(1);
    frame.I[a] = operator(frame.I[a]!, frame.I[a + 2]!);
    frame.pop(1);
  };
}

function i64Binary(operator: (I: Int32Array, d: number, a: number, b: number) => void): Step {
  return (frame) => {
    const a = frame.fromTop(1);
    operator(frame.I, a, a, a + 2);
    frame.pop(1);
  };
}

function layoutOfStruct({ code }: Instance, typeidx: number): StructLayout {
  return structLayout(code.typeIds[typeidx]!, (type) => aggregates.slotCount[classOf(type)]);
}

function layoutOfArray({ code }: Instance, typeidx: number) {
  return arrayLayout(code.typeIds[typeidx]!);
}

const steps: Partial<Record<Mnemonic, Step>> = {
  'i32.const': (frame, { lo }) => frame.pushWords(I32, lo, 0),
  'i64.const': (frame, { lo, hi }) => frame.pushWords(I64, lo, hi),
  'f32.const': (frame, { lo }) => frame.pushWords(F32, lo, 0),
  'f64.const': (frame, { lo, hi }) => frame.pushWords(F64, lo, hi),
  'v128.const': (frame, { bytes, lanesAt }) => {
    const lanes = new DataView(bytes.buffer, bytes.byteOffset + lanesAt, 16);
    frame.pushWords(V128, ...[0, 4, 8, 12].map((byteOffset) => lanes.getInt32(byteOffset, true)));
  },
  'i32.add': i32Binary((a, b) => (a + b) | 0),
  'i32.sub': i32Binary((a, b) => (a - b) | 0),
  'i32.mul': i32Binary(Math.imul),
  'i64.add': i64Binary(i64Add),
  'i64.sub': i64Binary(i64Sub),
  'i64.mul': i64Binary(i64Mul),
  'ref.null': (frame) => frame.pushRef(null),
  'ref.func': (frame, { index }, instance) => frame.pushRef(instance.funcs[index]),
  'global.get': (frame, { index }, instance) => {
    const { type, words, ref } = instance.globals[index]!;
    const at = frame.push(type.content);
    frame.I.set(words.subarray(0, widthOf(type.content)), at);
    frame.R[at >> 1] = ref;
  },
  'ref.i31': (frame) => {
    const value = frame.I[frame.pop(1)]!;
    frame.pushRef((value << 1) >> 1);
  },
  // The two hierarchies hold the same references.
  'any.convert_extern': () => undefined,
  'extern.convert_any': () => undefined,
  'struct.new': (frame, { index }, instance) => {
    const layout = layoutOfStruct(instance, index);
    frame.pushRef(aggregates.newStruct(frame, frame.pop(layout.fields.length), layout));
  },
  'struct.new_default': (frame, { index }, instance) => {
    frame.pushRef(aggregates.newDefaultStruct(layoutOfStruct(instance, index)));
  },
  'array.new': (frame, { index }, instance) => {
    const length = frame.I[frame.pop(1)]! >>> 0;
    frame.pushRef(aggregates.newArray(frame, frame.pop(1), layoutOfArray(instance, index), length));
  },
  'array.new_default': (frame, { index }, instance) => {
    const length = frame.I[frame.pop(1)]! >>> 0;
    frame.pushRef(aggregates.newDefaultArray(layoutOfArray(instance, index), length));
  },
  'array.new_fixed': (frame, { index, index2 }, instance) => {
    frame.pushRef(aggregates.newFixedArray(frame, frame.pop(index2), layoutOfArray(instance, index), index2));
  },
};

/** A constant expression's value: up to four words, and a reference when it is one. */
export interface Constant {
  readonly words: Int32Array;
  readonly ref: unknown;
}

/** @throws {Exhaustion} when an aggregate is larger than the host can hold */
export function evaluate(instance: Instance, { byteOffset, byteLength }: Expr): Constant {
  const frame = new ConstantFrame();
  const reader = new InstructionReader(instance.code.module.bytes, byteOffset, byteOffset + byteLength);
  for (reader.next(); ; reader.next()) {
    const { name } = instructions[reader.id]!;
    if (name === 'end') return { words: frame.I.slice(0, 4), ref: frame.R[0] };
    const step = steps[name];
    if (step === undefined) throw new InternalError(`${name} is no constant instruction`);
    step(frame, reader, instance);
  }
}

export function setGlobal(global: Global, { words, ref }: Constant): void {
  global.words.set(words);
  global.ref = ref;
}
