/**
 * Faults: which errors are an instruction's, and those that the dispatch loop raises itself, by number: a
 * small integer leaves the loop, and the cold path makes the error of it.
 */
import { Exhaustion, type ExhaustionKind, Trap, type TrapKind } from '../syntax/index.ts';

/** Index 0 means no fault. */
export const faultKinds = [
  'none',
  'call-stack',
  'unreachable',
  'memory-out-of-bounds',
  'undefined-element',
  'uninitialized-element',
] as const;

/** The error a fault number stands for. */
export function faultError(fault: number): Trap | Exhaustion {
  const kind = faultKinds[fault] as (typeof faultKinds)[number];
  return kind === 'call-stack' ? new Exhaustion('call-stack') : new Trap(kind as TrapKind);
}

/** What ends a run between two instructions; every other fault is an instruction's. */
const sliceEnds: ReadonlySet<ExhaustionKind> = new Set<ExhaustionKind>(['fuel', 'deadline', 'aborted']);

/** Does the error end a run at an instruction, which counts as executed? */
export function isFault(error: unknown): boolean {
  return error instanceof Trap || (error instanceof Exhaustion && !sliceEnds.has(error.kind));
}
