/**
 * Which vector instructions are slot operations of their own name, and which become others: the relaxed
 * ones that the deterministic profile makes equal to ordinary ones, and those that only move words.
 */
import { instructions, type MnemonicOf } from '../syntax/index.ts';

/** Fixed-width and relaxed SIMD. */
export type VectorMnemonic = MnemonicOf<'simd' | 'relaxed-simd'>;

/**
 * The instruction that a relaxed one is, in the deterministic profile.
 *
 * @see https://webassembly.github.io/spec/core/appendix/profiles.html#deterministic-profile
 */
export const relaxedAs = {
  'i8x16.relaxed_swizzle': 'i8x16.swizzle',
  'i32x4.relaxed_trunc_f32x4_s': 'i32x4.trunc_sat_f32x4_s',
  'i32x4.relaxed_trunc_f32x4_u': 'i32x4.trunc_sat_f32x4_u',
  'i32x4.relaxed_trunc_f64x2_s_zero': 'i32x4.trunc_sat_f64x2_s_zero',
  'i32x4.relaxed_trunc_f64x2_u_zero': 'i32x4.trunc_sat_f64x2_u_zero',
  'i8x16.relaxed_laneselect': 'v128.bitselect',
  'i16x8.relaxed_laneselect': 'v128.bitselect',
  'i32x4.relaxed_laneselect': 'v128.bitselect',
  'i64x2.relaxed_laneselect': 'v128.bitselect',
  'f32x4.relaxed_min': 'f32x4.min',
  'f32x4.relaxed_max': 'f32x4.max',
  'f64x2.relaxed_min': 'f64x2.min',
  'f64x2.relaxed_max': 'f64x2.max',
  'i16x8.relaxed_q15mulr_s': 'i16x8.q15mulr_sat_s',
} as const satisfies Partial<Record<MnemonicOf<'relaxed-simd'>, MnemonicOf<'simd'>>>;

/** Instructions that move whole words; floats move as integers do. */
const moved = [
  'v128.load',
  'v128.store',
  'v128.const',
  'i32x4.extract_lane',
  'i64x2.extract_lane',
  'f32x4.extract_lane',
  'f64x2.extract_lane',
  'f32x4.replace_lane',
  'f64x2.replace_lane',
  'f32x4.splat',
  'f64x2.splat',
] as const satisfies readonly VectorMnemonic[];

/** Vector instructions whose handlers stand in cold/ under their own names. */
export type VectorOpName = Exclude<VectorMnemonic, keyof typeof relaxedAs | (typeof moved)[number]>;

const others = new Set<string>([...Object.keys(relaxedAs), ...moved]);

export const vectorOpNames: readonly VectorOpName[] = instructions
  .filter(({ name, proposal }) => (proposal === 'simd' || proposal === 'relaxed-simd') && !others.has(name))
  .map(({ name }) => name as VectorOpName);
