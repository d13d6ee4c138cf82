/**
 * Names of the slot operations whose handlers stand in cold/, outside the dispatch loop: rare ones, and
 * those that call out. A name without a handler does not compile.
 *
 * Only names are here, so that slot-ops.ts and the generator need none of the handlers.
 */
import { instructions, type Mnemonic, type MnemonicWith } from '../syntax/index.ts';
import { type VectorAccessName, type VectorOpName, vectorAccessNames, vectorOpNames } from './vector-names.ts';

/** Compute and store, or trap; the loop goes on with the next instruction. */
const ownColdOps = [
  'i32.div_s',
  'i32.div_u',
  'i32.rem_s',
  'i32.rem_u',
  'i64.div_s',
  'i64.div_u',
  'i64.rem_s',
  'i64.rem_u',
  'i32.trunc_f32_s',
  'i32.trunc_f32_u',
  'i32.trunc_f64_s',
  'i32.trunc_f64_u',
  'i64.trunc_f32_s',
  'i64.trunc_f32_u',
  'i64.trunc_f64_s',
  'i64.trunc_f64_u',
  'far.i32.load',
  'far.i32.load8_s',
  'far.i32.load8_u',
  'far.i32.load16_s',
  'far.i32.load16_u',
  'far.i64.load',
  'far.i64.load8_s',
  'far.i64.load8_u',
  'far.i64.load16_s',
  'far.i64.load16_u',
  'far.i64.load32_s',
  'far.i64.load32_u',
  'far.i32.store',
  'far.i32.store8',
  'far.i32.store16',
  'far.i64.store',
  'far.v128.load',
  'far.v128.store',
  'memory.size',
  'memory.init',
  'far.memory.copy',
  'far.memory.fill',
  'data.drop',
  'table.get',
  'table.set',
  'table.size',
  'table.grow',
  'table.fill',
  'table.copy',
  'table.init',
  'elem.drop',
  'ref.as_non_null',
  'ref.test',
  'ref.cast',
  'ref.i31',
  'i31.get_s',
  'i31.get_u',
  'struct.new',
  'struct.new_default',
  'struct.get',
  'struct.get_s',
  'struct.set',
  'array.new',
  'array.new_default',
  'array.new_fixed',
  'array.new_data',
  'array.new_elem',
  'array.get',
  'array.get_s',
  'array.set',
  'array.len',
  'array.fill',
  'array.copy',
  'array.init_data',
  'array.init_elem',
] as const;

/**
 * Compute and store, and cannot trap: the loop does not save its state for them, which costs more than the
 * call does (2×, measured on vectors).
 */
const ownPureOps = [
  'i32.popcnt',
  'i64.clz',
  'i64.ctz',
  'i64.popcnt',
  'i64.add128',
  'i64.sub128',
  'i64.mul_wide_s',
  'i64.mul_wide_u',
  'f32.ceil',
  'f32.floor',
  'f32.trunc',
  'f32.nearest',
  'f32.min',
  'f32.max',
  'f32.copysign',
  'f64.ceil',
  'f64.floor',
  'f64.trunc',
  'f64.nearest',
  'f64.min',
  'f64.max',
  'f64.copysign',
  'i32.trunc_sat_f32_s',
  'i32.trunc_sat_f32_u',
  'i32.trunc_sat_f64_s',
  'i32.trunc_sat_f64_u',
  'i64.trunc_sat_f32_s',
  'i64.trunc_sat_f32_u',
  'i64.trunc_sat_f64_s',
  'i64.trunc_sat_f64_u',
  'f32.convert_i64_s',
  'f32.convert_i64_u',
  'f64.convert_i64_s',
  'f64.convert_i64_u',
  'ref.null',
  'ref.func',
  'ref.eq',
  'select_quad',
  'shuffle_words',
  'select_ref',
  'global.get_quad',
  'global.set_quad',
  'global.get_ref',
  'global.set_ref',
  'clear_refs',
  'move',
] as const;

/** Atomic instructions but for the waits, which may suspend. */
export type AtomicOpName = Exclude<Extract<Mnemonic, `${string}atomic${string}`>, `memory.atomic.wait${string}`>;

/** They are cold operations under their own names. */
export const atomicOpNames: readonly AtomicOpName[] = instructions
  .filter(({ name }) => name.includes('atomic') && !name.startsWith('memory.atomic.wait'))
  .map(({ name }) => name as AtomicOpName);

/** May move control, call out, or change what the loop keeps at hand; they say where to go on. */
export const controlOpNames = [
  'lower',
  'exit',
  'relink',
  'probe',
  'hook',
  'call_import',
  'call_indirect64',
  'call_ref',
  'return_many',
  'return_call',
  'return_call_indirect',
  'return_call_ref',
  'throw',
  'throw_ref',
  'rethrow',
  'memory.grow',
  'memory.atomic.wait32',
  'memory.atomic.wait64',
  'br_on_null',
  'br_on_non_null',
  'br_on_cast',
  'br_on_cast_fail',
] as const;

/** A cold operation with a handler written for it. */
export type OwnColdOpName = (typeof ownColdOps)[number];
export type ColdOpName = OwnColdOpName | AtomicOpName | VectorAccessName;
export type PureOpName = (typeof ownPureOps)[number] | VectorOpName;

/** All cold operations, in the order of their numbers. */
export const coldOpNames: readonly ColdOpName[] = [...ownColdOps, ...atomicOpNames, ...vectorAccessNames];

/** All pure operations, in the order of their numbers. */
export const pureOpNames: readonly PureOpName[] = [...ownPureOps, ...vectorOpNames];

export type ControlOpName = (typeof controlOpNames)[number];

/** The simple instructions of a signature that cold/ must handle. */
export type ColdMnemonicWith<S extends string> = Extract<MnemonicWith<S>, ColdOpName | PureOpName>;
