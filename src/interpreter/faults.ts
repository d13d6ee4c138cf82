/**
 * The faults that the dispatch loop raises itself, by number: a small integer leaves the loop, and the
 * cold path makes the error of it.
 */
import { Exhaustion, Trap, type TrapKind } from '../syntax/index.ts';

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
