/**
 * Vector instructions with immediates, and relaxed ones as the deterministic profile has them. Those
 * without immediates have the rule of their signature.
 */
import {
  F32,
  F64,
  I32,
  I64,
  instrId,
  instructions,
  type Mnemonic,
  type MnemonicOf,
  signatureOf,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { VectorAccess } from '../cold/v128.ts';
import { relaxedAs, type VectorAccessName, vectorAccessNames } from '../vector-names.ts';
import { slotOp } from './emitter.ts';
import type { Lowering } from './lowering.ts';
import type { Rule } from './rules.ts';

const CONST_QUAD = slotOp('const_quad');
const COPY_WORD = slotOp('copy_word');
const COPY_PAIR = slotOp('copy_pair');
const VECTOR_BYTES = 16;

/** `count` operands in `a`, `b`, `d`; the result in `c`. */
function vectorRule(op: number, count: number): Rule {
  return {
    before({ emitter }) {
      const first = emitter.height - count;
      const a = emitter.operand(first);
      const b = count > 1 ? emitter.operand(first + 1) : 0;
      const d = count > 2 ? emitter.operand(first + 2) : 0;
      emitter.popMany(count);
      const instr = emitter.emitResult(op, V128);
      instr.a = a;
      instr.b = b;
      instr.d = d;
    },
  };
}

/** A lane of whole words is a word or a pair that moves. */
function extractWords(result: ValType): Rule {
  const isPair = result === I64 || result === F64;
  return {
    before({ emitter, checker }) {
      const a = emitter.operand(emitter.pop());
      const lane = checker.reader.index;
      emitter.emitResult(isPair ? COPY_PAIR : COPY_WORD, result).a = a + (isPair ? 2 * lane : lane);
    },
  };
}

/** A narrow lane: its word in `a`, and in `b` the shift that brings it to the word's top or bottom. */
function extractNarrow(name: Mnemonic, bits: 8 | 16, isSigned: boolean): Rule {
  const op = slotOp(name);
  return {
    before({ emitter, checker }) {
      const vector = emitter.operand(emitter.pop());
      const bit = checker.reader.index * bits;
      const instr = emitter.emitResult(op, I32);
      instr.a = vector + (bit >> 5);
      instr.b = isSigned ? 32 - bits - (bit & 31) : bit & 31;
    },
  };
}

/** @param name the instruction on integers that moves the same bits */
function replace(name: Mnemonic): Rule {
  const op = slotOp(name);
  return {
    before({ emitter, checker }) {
      const first = emitter.height - 2;
      const a = emitter.operand(first);
      const b = emitter.operand(first + 1);
      emitter.popMany(2);
      const instr = emitter.emitResult(op, V128);
      instr.a = a;
      instr.b = b;
      instr.d = checker.reader.index;
    },
  };
}

function immediateBytes({ checker }: Lowering): Uint8Array {
  const { bytes, lanesAt } = checker.reader;
  return bytes.slice(lanesAt, lanesAt + VECTOR_BYTES);
}

const constant: Rule = {
  before(lowering) {
    const lanes = new DataView(immediateBytes(lowering).buffer);
    const words = new Int32Array(4);
    for (let i = 0; i < 4; i++) words[i] = lanes.getInt32(4 * i, true);
    lowering.emitter.emitResult(CONST_QUAD, V128).k = words;
  },
};

const SHUFFLE = slotOp('i8x16.shuffle');
const SHUFFLE_WORDS = slotOp('shuffle_words');

/** The frame's words that a shuffle moves whole; `undefined` when it takes any apart. */
function wholeWords(picks: Int32Array): Int32Array | undefined {
  const isWhole = picks.every((pick, i) => pick === picks[i - (i & 3)]! + 8 * (i & 3) && (pick & 31) === 8 * (i & 3));
  return isWhole ? Int32Array.from({ length: 4 }, (_, k) => picks[4 * k]! >> 5) : undefined;
}

const shuffle: Rule = {
  before(lowering) {
    const { emitter } = lowering;
    const first = emitter.height - 2;
    const operands = [emitter.operand(first), emitter.operand(first + 1)] as const;
    emitter.popMany(2);
    const picks = Int32Array.from(immediateBytes(lowering), (lane) => {
      const word = operands[lane >> 4]! + ((lane & 15) >> 2);
      return 32 * word + 8 * (lane & 3);
    });
    const words = wholeWords(picks);
    emitter.emitResult(words === undefined ? SHUFFLE : SHUFFLE_WORDS, V128).k = words ?? picks;
  },
};

/** Extending, splatting, zeroing and lane accesses: of any memory, near or far. */
function access(name: Mnemonic): Rule {
  const op = slotOp(name);
  const isStore = name.startsWith('v128.store');
  const isLane = name.endsWith('_lane');
  const operandCount = isLane ? 2 : 1;
  return {
    before({ emitter, checker }) {
      const { memidx, memOffset, index } = checker.reader;
      const first = emitter.height - operandCount;
      const a = emitter.operand(first);
      const b = isLane ? emitter.operand(first + 1) : 0;
      emitter.popMany(operandCount);
      const instr = isStore ? emitter.emit(op) : emitter.emitResult(op, V128);
      instr.a = a;
      instr.b = b;
      instr.k = { memidx, offset: memOffset, lane: isLane ? index : 0 } satisfies VectorAccess;
    },
  };
}

const accessRules = Object.fromEntries(vectorAccessNames.map((name) => [name, access(name)])) as Record<
  VectorAccessName,
  Rule
>;

const relaxedNames = Object.keys(relaxedAs) as (keyof typeof relaxedAs)[];
const relaxedRules = Object.fromEntries(
  relaxedNames.map((name) => [
    name,
    vectorRule(slotOp(relaxedAs[name]), signatureOf(instructions[instrId(name)]!)!.operands.length),
  ]),
) as Record<keyof typeof relaxedAs, Rule>;

export const vectorRules = {
  ...accessRules,
  ...relaxedRules,
  'v128.const': constant,
  'i8x16.shuffle': shuffle,
  'i8x16.extract_lane_s': extractNarrow('i8x16.extract_lane_s', 8, true),
  'i8x16.extract_lane_u': extractNarrow('i8x16.extract_lane_u', 8, false),
  'i16x8.extract_lane_s': extractNarrow('i16x8.extract_lane_s', 16, true),
  'i16x8.extract_lane_u': extractNarrow('i16x8.extract_lane_u', 16, false),
  'i32x4.extract_lane': extractWords(I32),
  'i64x2.extract_lane': extractWords(I64),
  'f32x4.extract_lane': extractWords(F32),
  'f64x2.extract_lane': extractWords(F64),
  'i8x16.replace_lane': replace('i8x16.replace_lane'),
  'i16x8.replace_lane': replace('i16x8.replace_lane'),
  'i32x4.replace_lane': replace('i32x4.replace_lane'),
  'i64x2.replace_lane': replace('i64x2.replace_lane'),
  'f32x4.replace_lane': replace('i32x4.replace_lane'),
  'f64x2.replace_lane': replace('i64x2.replace_lane'),
  'f32x4.splat': vectorRule(slotOp('i32x4.splat'), 1),
  'f64x2.splat': vectorRule(slotOp('i64x2.splat'), 1),
} satisfies Partial<Record<MnemonicOf<'simd' | 'relaxed-simd'>, Rule>>;
