/**
 * Calls with exact bits, in Glassbox and in the host's own WebAssembly: values are unsigned integers of
 * their type's width. JavaScript may change a NaN's bits and cannot hold a v128, so the host is called
 * through a wrapper that takes and gives integers.
 */
import {
  callValues,
  compile,
  funcOf,
  type Instance,
  instantiate,
  type Memory,
  type Value,
} from '../../src/api/index.ts';
import { F32, F64, I32, I64, Trap, type TrapKind, V128, type ValType } from '../../src/syntax/index.ts';
import { hostTrapKinds } from './host-traps.ts';
import { bitsOfType, type NumberType } from './operands.ts';

export const lowerings = ['fast', 'clear'] as const;
export type Lowering = (typeof lowerings)[number];

/** What a call gives: its results, or the kinds of trap it may be (a host does not tell some apart). */
export type Outcome = { readonly results: readonly bigint[] } | { readonly traps: readonly TrapKind[] };

/** A function that may be called again and again, and the memory it works on. */
export interface Subject {
  call(args: readonly bigint[]): Outcome;
  /** The exported memory as it is now; empty when there is none. */
  memory(): Uint8Array;
}

export interface FuncSignature {
  readonly params: readonly NumberType[];
  readonly results: readonly NumberType[];
}

const typeCodes: Readonly<Record<NumberType, ValType>> = { i32: I32, i64: I64, f32: F32, f64: F64, v128: V128 };

const word = (bits: bigint, at: number): number => Number(BigInt.asIntN(32, bits >> BigInt(32 * at)));

export function toValue(type: NumberType, bits: bigint): Value {
  const count = bitsOfType[type] / 32;
  const at = (i: number) => (i < count ? word(bits, i) : 0);
  return { type: typeCodes[type], lo: at(0), hi: at(1), x2: at(2), x3: at(3), ref: null };
}

export function fromValue(type: NumberType, { lo, hi, x2, x3 }: Value): bigint {
  const words = [lo, hi, x2, x3].slice(0, bitsOfType[type] / 32);
  return words.reduceRight((bits, each) => (bits << 32n) | BigInt(each >>> 0), 0n);
}

/** Instances of a module in Glassbox, called by the export `f`. */
export function inGlassbox(bytes: Uint8Array, signature: FuncSignature, lowering: Lowering): () => Subject {
  const module = compile(bytes, { lowering });
  return () => glassboxSubject(instantiate(module), signature);
}

function glassboxSubject(instance: Instance, { params, results }: FuncSignature): Subject {
  const f = funcOf(instance.exports.f)!;
  const memory = instance.exports.memory as Memory | undefined;
  return {
    memory: () => memory?.bytes ?? new Uint8Array(0),
    call(args) {
      try {
        const values = callValues(
          f,
          args.map((bits, i) => toValue(params[i]!, bits)),
        );
        return { results: values.map((value, i) => fromValue(results[i]!, value)) };
      } catch (error) {
        if (error instanceof Trap) return { traps: [error.kind] };
        throw error;
      }
    },
  };
}

const integerOf: Readonly<Record<NumberType, readonly string[]>> = {
  i32: ['i32'],
  i64: ['i64'],
  f32: ['i32'],
  f64: ['i64'],
  v128: ['i64', 'i64'],
};

function fromIntegers(type: NumberType, at: number): string {
  const get = `(local.get ${at})`;
  if (type === 'f32') return `(f32.reinterpret_i32 ${get})`;
  if (type === 'f64') return `(f64.reinterpret_i64 ${get})`;
  return type === 'v128' ? `(i64x2.replace_lane 1 (i64x2.splat ${get}) (local.get ${at + 1}))` : get;
}

function toIntegers(type: NumberType, local: string): string {
  const get = `(local.get ${local})`;
  if (type === 'f32') return `(i32.reinterpret_f32 ${get})`;
  if (type === 'f64') return `(i64.reinterpret_f64 ${get})`;
  return type === 'v128' ? `(i64x2.extract_lane 0 ${get}) (i64x2.extract_lane 1 ${get})` : get;
}

/** Text of the function `host`, which calls `$f` with integers for its values. */
export function hostWrapper({ params, results }: FuncSignature): string {
  let at = 0;
  const args = params.map((type) => {
    const text = fromIntegers(type, at);
    at += integerOf[type].length;
    return text;
  });
  const locals = results.map((type, i) => `(local $r${i} ${type})`).join(' ');
  const sets = results.map((_, i) => `(local.set $r${i})`).reverse();
  return `(func (export "host")
    (param ${params.flatMap((type) => integerOf[type]).join(' ')})
    (result ${results.flatMap((type) => integerOf[type]).join(' ')}) ${locals}
    (call $f ${args.join(' ')}) ${sets.join(' ')} ${results.map((type, i) => toIntegers(type, `$r${i}`)).join(' ')})`;
}

interface HostEngine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly RuntimeError: new () => Error;
}

const engine = (globalThis as unknown as { readonly WebAssembly: HostEngine }).WebAssembly;

/** Instances of a module in the host, called by the wrapped export `host`. */
export function inHost(bytes: Uint8Array, signature: FuncSignature): () => Subject {
  const module = new engine.Module(bytes);
  return () => hostSubject(new engine.Instance(module).exports, signature);
}

function hostSubject(exports: Readonly<Record<string, unknown>>, { params, results }: FuncSignature): Subject {
  const f = exports.host as (...args: unknown[]) => unknown;
  const memory = exports.memory as { readonly buffer: ArrayBuffer } | undefined;
  return {
    memory: () => new Uint8Array(memory?.buffer ?? new ArrayBuffer(0)),
    call(args) {
      try {
        const result = f(...args.flatMap((bits, i) => hostArguments(params[i]!, bits)));
        const integers = Array.isArray(result) ? result : [result];
        let at = 0;
        return { results: results.map((type) => hostResult(type, integers, () => at++)) };
      } catch (error) {
        if (error instanceof engine.RuntimeError) return { traps: hostTrapKinds(error.message) };
        throw error;
      }
    },
  };
}

function hostArguments(type: NumberType, bits: bigint): (number | bigint)[] {
  if (integerOf[type][0] === 'i32') return [word(bits, 0)];
  return type === 'v128' ? [bits & (2n ** 64n - 1n), bits >> 64n] : [bits];
}

function hostResult(type: NumberType, integers: readonly (number | bigint)[], next: () => number): bigint {
  const first = BigInt.asUintN(bitsOfType[type] === 32 ? 32 : 64, BigInt(integers[next()]!));
  return type === 'v128' ? first | (BigInt.asUintN(64, BigInt(integers[next()]!)) << 64n) : first;
}

const CANONICAL_F32 = 0x7fc0_0000n;
const CANONICAL_F64 = 0x7ff8_0000_0000_0000n;

/** Every NaN among the lanes made the canonical one: what ours must be where a host may choose. */
export function withCanonicalNans(lane: 'f32' | 'f64', bits: bigint): bigint {
  const isNan = (value: bigint) =>
    lane === 'f32' ? (value & 0x7fff_ffffn) > 0x7f80_0000n : (value & (2n ** 63n - 1n)) > 0x7ff0_0000_0000_0000n;
  const width = BigInt(bitsOfType[lane]);
  let canonical = 0n;
  for (let shift = 0n; bits >> shift > 0n; shift += width) {
    const value = BigInt.asUintN(Number(width), bits >> shift);
    const kept = isNan(value) ? (lane === 'f32' ? CANONICAL_F32 : CANONICAL_F64) : value;
    canonical |= kept << shift;
  }
  return canonical;
}
