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

/** The loop executes these itself. */
export const hotVectorNames = [
  'v128.load',
  'v128.store',
  'v128.not',
  'v128.and',
  'v128.andnot',
  'v128.or',
  'v128.xor',
  'v128.bitselect',
  'i32x4.splat',
  'i32x4.add',
  'i32x4.sub',
  'i32x4.mul',
  'i32x4.shl',
  'i32x4.shr_s',
  'i32x4.shr_u',
  'i64x2.add',
  'i64x2.sub',
  'f32x4.add',
  'f32x4.sub',
  'f32x4.mul',
  'f32x4.div',
  'f64x2.add',
  'f64x2.sub',
  'f64x2.mul',
  'f64x2.div',
] as const satisfies readonly VectorMnemonic[];
export type HotVectorName = (typeof hotVectorNames)[number];

type ColdVectorMnemonic = Exclude<VectorMnemonic, keyof typeof relaxedAs | (typeof moved)[number] | HotVectorName>;

/** Accesses to memory whose handlers stand in cold/ under their own names. */
export type VectorAccessName = Extract<ColdVectorMnemonic, `v128.load${string}` | `v128.store${string}`>;
/** Vector instructions whose handlers stand in cold/ under their own names, and which cannot trap. */
export type VectorOpName = Exclude<ColdVectorMnemonic, VectorAccessName>;

const others = new Set<string>([...Object.keys(relaxedAs), ...moved, ...hotVectorNames]);
const coldNames = instructions
  .filter(({ name, proposal }) => (proposal === 'simd' || proposal === 'relaxed-simd') && !others.has(name))
  .map(({ name }) => name as ColdVectorMnemonic);
const isAccess = (name: ColdVectorMnemonic): name is VectorAccessName => /^v128\.(load|store)/.test(name);

export const vectorAccessNames: readonly VectorAccessName[] = coldNames.filter(isAccess);
export const vectorOpNames: readonly VectorOpName[] = coldNames.filter((name): name is VectorOpName => !isAccess(name));
