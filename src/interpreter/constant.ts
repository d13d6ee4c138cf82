/**
 * Evaluates constant expressions: initial values of globals, tables and segments. They are few and short,
 * so a small stack of their own serves them.
 *
 * @see https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions
 */
import { InstructionReader } from '../decoder/index.ts';
import type { Global, Instance } from '../runtime/index.ts';
import { type Expr, instructions, type Mnemonic, UnsupportedError } from '../syntax/index.ts';
import { i64Add, i64Mul, i64Sub } from './numerics/index.ts';

/** Values side by side: four words and a reference each. */
class ConstantStack {
  readonly words = new Int32Array(4 * MAX_DEPTH);
  readonly refs: unknown[] = [];
  height = 0;

  push(lo: number, hi: number, ref: unknown = null): void {
    const at = 4 * this.height;
    this.words.fill(0, at, at + 4);
    this.words[at] = lo;
    this.words[at + 1] = hi;
    this.refs[this.height++] = ref;
  }
}

/** Operands of one constant expression; validation knows no bound, and no module needs as many. */
const MAX_DEPTH = 1024;

type Step = (stack: ConstantStack, reader: InstructionReader, instance: Instance) => void;

function i32Binary(operator: (a: number, b: number) => number): Step {
  return ({ words, height }, _, __) => {
    const a = 4 * (height - 2);
    words[a] = operator(words[a]!, words[a + 4]!);
  };
}

function i64Binary(operator: (I: Int32Array, d: number, a: number, b: number) => void): Step {
  return ({ words, height }) => {
    const a = 4 * (height - 2);
    operator(words, a, a, a + 4);
  };
}

const binaries: Partial<Record<Mnemonic, Step>> = {
  'i32.add': i32Binary((a, b) => (a + b) | 0),
  'i32.sub': i32Binary((a, b) => (a - b) | 0),
  'i32.mul': i32Binary(Math.imul),
  'i64.add': i64Binary(i64Add),
  'i64.sub': i64Binary(i64Sub),
  'i64.mul': i64Binary(i64Mul),
};

const pushes: Partial<Record<Mnemonic, Step>> = {
  'i32.const': (stack, { lo }) => stack.push(lo, 0),
  'i64.const': (stack, { lo, hi }) => stack.push(lo, hi),
  'f32.const': (stack, { lo }) => stack.push(lo, 0),
  'f64.const': (stack, { lo, hi }) => stack.push(lo, hi),
  'v128.const': (stack, { bytes, lanesAt }) => {
    stack.push(0, 0);
    const at = 4 * (stack.height - 1);
    const lanes = new DataView(bytes.buffer, bytes.byteOffset + lanesAt, 16);
    for (let i = 0; i < 4; i++) stack.words[at + i] = lanes.getInt32(4 * i, true);
  },
  'ref.null': (stack) => stack.push(0, 0, null),
  'ref.func': (stack, { index }, instance) => stack.push(0, 0, instance.funcs[index]),
  'global.get': (stack, { index }, instance) => {
    const { words, ref } = instance.globals[index]!;
    stack.push(0, 0, ref);
    stack.words.set(words, 4 * (stack.height - 1));
  },
};

/** A constant expression's value: four words, and a reference when it is one. */
export interface Constant {
  readonly words: Int32Array;
  readonly ref: unknown;
}

/** @throws {UnsupportedError} at an instruction that this version does not execute */
export function evaluate(instance: Instance, { byteOffset, byteLength }: Expr): Constant {
  const stack = new ConstantStack();
  const reader = new InstructionReader(instance.code.module.bytes, byteOffset, byteOffset + byteLength);
  for (reader.next(); ; reader.next()) {
    const { name } = instructions[reader.id]!;
    if (name === 'end') return { words: stack.words.slice(0, 4), ref: stack.refs[0] };
    const push = pushes[name];
    const binary = binaries[name];
    if (push !== undefined && stack.height < MAX_DEPTH) push(stack, reader, instance);
    else if (binary !== undefined) {
      binary(stack, reader, instance);
      stack.height--;
    } else throw new UnsupportedError(`${name} in a constant expression is not executed yet`, reader.at);
  }
}

export function setGlobal(global: Global, { words, ref }: Constant): void {
  global.words.set(words);
  global.ref = ref;
}
