/**
 * Where NaNs whose bits an engine may choose come to be, where their bits show, and the code that makes them canonical.
 * Moves, `abs`, `neg`, `copysign`, `pmin` and `pmax` leave all bits to the operands: they are as exact as integers.
 *
 * @see https://webassembly.github.io/spec/core/exec/numerics.html#nan-propagation
 */
import { F32, F64, type InstrId, instructions, V128, type ValType } from '../../syntax/index.ts';
import type { NanMode } from '../case.ts';
import type { Code } from './code.ts';

/** A scratch local's type, and in which lanes to look for NaNs. */
export type NanShape = 'f32' | 'f64' | 'f32x4' | 'f64x2';

export const scratchTypes: Readonly<Record<NanShape, ValType>> = { f32: F32, f64: F64, f32x4: V128, f64x2: V128 };

const F32_NAN = 0x7fc0_0000;
const F64_NAN_HI = 0x7ff8_0000;

/** Makes a NaN on top of the stack the canonical one; `local` is of the shape's type. */
export function canonicalise(code: Code, shape: NanShape, local: number): void {
  code.at('local.tee', local);
  if (shape === 'f32') code.f32(F32_NAN);
  else if (shape === 'f64') code.f64(0, F64_NAN_HI);
  else if (shape === 'f32x4') code.v128([F32_NAN, F32_NAN, F32_NAN, F32_NAN]);
  else code.v128([0, F64_NAN_HI, 0, F64_NAN_HI]);
  code.at('local.get', local).at('local.get', local).op(`${shape}.eq`);
  code.op(scratchTypes[shape] === V128 ? 'v128.bitselect' : 'select');
}

const arithmetic =
  /^(f32|f64|f32x4|f64x2)\.(add|sub|mul|div|sqrt|min|max|ceil|floor|trunc|nearest|promote_\w+|demote_\w+|relaxed_n?madd|relaxed_min|relaxed_max)$/;
const showing: ReadonlyMap<string, NanShape> = new Map([
  ['i32.reinterpret_f32', 'f32'],
  ['i64.reinterpret_f64', 'f64'],
  ['f32.store', 'f32'],
  ['f64.store', 'f64'],
  ['f32.copysign', 'f32'],
  ['f64.copysign', 'f64'],
  ['f32x4.splat', 'f32'],
  ['f64x2.splat', 'f64'],
  ['f32x4.replace_lane', 'f32'],
  ['f64x2.replace_lane', 'f64'],
]);

/** For each instruction, the shape of the float to make canonical after it or before it. */
export interface NanRules {
  readonly after: readonly (NanShape | undefined)[];
  readonly before: readonly (NanShape | undefined)[];
}

const shapeOf = (id: InstrId) => arithmetic.exec(instructions[id]!.name)?.[1] as NanShape | undefined;
const ids = instructions.map((_, id) => id);
const nothing: readonly undefined[] = [];

const all: Readonly<Record<NanMode, NanRules>> = {
  none: { after: nothing, before: nothing },
  after: { after: ids.map(shapeOf), before: nothing },
  // A vector's bits show in all that is done with it.
  before: {
    after: ids.map((id) => (shapeOf(id)?.includes('x') ? shapeOf(id) : undefined)),
    before: ids.map((id) => showing.get(instructions[id]!.name)),
  },
};

export function nanRules(mode: NanMode): NanRules {
  return all[mode];
}
