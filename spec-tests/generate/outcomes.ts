/**
 * What a call of a function can come to, in Glassbox or in the host, and when two such outcomes are the
 * same. NaN bits, the depth of stacks, and runs that a budget ended are no differences between engines.
 */
import { callValues, funcOf, type Value } from '../../src/api/index.ts';
import {
  F32,
  F64,
  GlassboxError,
  I32,
  isRef,
  Trap,
  type TrapKind,
  UncaughtException,
  V128,
  type ValType,
} from '../../src/syntax/index.ts';
import { hostTrapKinds } from './host-traps.ts';

export type CallOutcome =
  | { readonly kind: 'results'; readonly values: readonly Value[] }
  /** Several kinds of trap where an engine does not tell them apart, none where its words are not known. */
  | { readonly kind: 'trap'; readonly traps: readonly TrapKind[]; readonly message: string }
  | { readonly kind: 'exception' }
  /** A budget, the stack, or a value that cannot cross into JavaScript: the state afterwards means nothing. */
  | { readonly kind: 'inconclusive'; readonly why: string };

/** Calls an exported function of Glassbox. @throws errors that are not a guest's */
export function callGlassbox(exported: unknown, args: readonly Value[]): CallOutcome {
  try {
    return { kind: 'results', values: callValues(funcOf(exported)!, args) };
  } catch (error) {
    if (error instanceof Trap) return { kind: 'trap', traps: [error.kind], message: error.message };
    if (error instanceof UncaughtException) return { kind: 'exception' };
    // A usage error is a v128 on its way to a JavaScript function.
    const isInconclusive =
      error instanceof GlassboxError && (error.code === 'ERR_EXHAUSTED' || error.code === 'ERR_USAGE');
    if (isInconclusive) return { kind: 'inconclusive', why: error.message };
    throw error;
  }
}

interface HostErrors {
  readonly RuntimeError: new () => Error;
}

const { RuntimeError } = (globalThis as unknown as { readonly WebAssembly: HostErrors }).WebAssembly;

/** What an error of the host's means. */
export function hostErrorOutcome(error: unknown): CallOutcome {
  if (error instanceof RuntimeError) {
    return { kind: 'trap', traps: hostTrapKinds(error.message), message: error.message };
  }
  const isHosts = error instanceof RangeError || error instanceof TypeError;
  return isHosts ? { kind: 'inconclusive', why: error.message } : { kind: 'exception' };
}

/** Calls an exported function of the host's. */
export function callHost(exported: unknown, args: readonly Value[], results: readonly ValType[]): CallOutcome {
  try {
    const result = (exported as (...values: unknown[]) => unknown)(...args.map(toHost));
    const values = results.length > 1 ? (result as unknown[]) : [result];
    return { kind: 'results', values: results.map((type, i) => fromHost(type, values[i])) };
  } catch (error) {
    return hostErrorOutcome(error);
  }
}

const scratch = new DataView(new ArrayBuffer(8));

function toHost({ type, lo, hi }: Value): unknown {
  if (isRef(type)) return null;
  if (type === I32) return lo;
  scratch.setInt32(0, lo, true);
  scratch.setInt32(4, hi, true);
  if (type === F32) return scratch.getFloat32(0, true);
  return type === F64 ? scratch.getFloat64(0, true) : scratch.getBigInt64(0, true);
}

function fromHost(type: ValType, value: unknown): Value {
  scratch.setInt32(0, 0);
  scratch.setInt32(4, 0);
  if (type === I32) scratch.setInt32(0, value as number, true);
  else if (type === F32) scratch.setFloat32(0, value as number, true);
  else if (type === F64) scratch.setFloat64(0, value as number, true);
  else if (!isRef(type)) scratch.setBigInt64(0, value as bigint, true);
  const ref = isRef(type) ? value : null;
  return { type, lo: scratch.getInt32(0, true), hi: scratch.getInt32(4, true), x2: 0, x3: 0, ref };
}

function isNan({ type, lo, hi }: Value): boolean {
  if (type === F32) return (lo & 0x7fff_ffff) > 0x7f80_0000;
  const high = hi & 0x7fff_ffff;
  return type === F64 && (high > 0x7ff0_0000 || (high === 0x7ff0_0000 && lo !== 0));
}

/** A value as text, by its bits; `anyNan`: all NaNs are one. References are null, or of a JavaScript type. */
export function valueText(value: Value, anyNan: boolean): string {
  const { type, lo, hi, x2, x3, ref } = value;
  if (anyNan && isNan(value)) return 'nan';
  if (isRef(type)) return ref === null ? 'null' : typeof ref;
  if (type === I32 || type === F32) return String(lo);
  return type === V128 ? `${lo} ${hi} ${x2} ${x3}` : `${lo} ${hi}`;
}

export function outcomeText(outcome: CallOutcome, anyNan = false): string {
  if (outcome.kind === 'results') return outcome.values.map((value) => valueText(value, anyNan)).join(', ');
  if (outcome.kind === 'trap') return `trap ${outcome.message}`;
  return outcome.kind === 'exception' ? 'exception' : `inconclusive: ${outcome.why}`;
}

/** @returns whether Glassbox's outcome may be the host's; one that is inconclusive is like any other */
export function agrees(ours: CallOutcome, hosts: CallOutcome): boolean {
  if (ours.kind === 'inconclusive' || hosts.kind === 'inconclusive') return true;
  if (ours.kind !== hosts.kind) return false;
  if (ours.kind === 'trap' && hosts.kind === 'trap') return hosts.traps.includes(ours.traps[0]!);
  return outcomeText(ours, true) === outcomeText(hosts, true);
}
