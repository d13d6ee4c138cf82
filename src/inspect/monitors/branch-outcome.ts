/**
 * Which way a conditional branch is about to go, read from its operand. In clear code the slot instruction
 * behind a check holds the place of the condition, index or reference in `a`, and a cast's target in `k`.
 */
import type { Fiber } from '../../interpreter/index.ts';
import { hasHeapType, type Instr } from '../../runtime/index.ts';
import { type HeapType, instructions } from '../../syntax/index.ts';
import type { Branch } from './code-map.ts';

/** The outcome's number, as `Branch` counts them. */
export type OutcomeOf = (t: Fiber) => number;

const TAKEN = 0;
const NOT_TAKEN = 1;

/** @param check of the branch, in clear code */
export function outcomeReader(check: Instr, id: number, { outcomeNames }: Branch): OutcomeOf {
  const test = check.next!;
  const { a } = test;
  const last = outcomeNames.length - 1;
  switch (instructions[id]!.name) {
    case 'br_table':
      return (t) => Math.min(t.I[t.fp + a]! >>> 0, last);
    case 'br_on_null':
      return (t) => (t.R[(t.fp + a) >> 1] === null ? TAKEN : NOT_TAKEN);
    case 'br_on_non_null':
      return (t) => (t.R[(t.fp + a) >> 1] === null ? NOT_TAKEN : TAKEN);
    case 'br_on_cast':
      return (t) => (isCast(t.R[(t.fp + a) >> 1], test.k) ? TAKEN : NOT_TAKEN);
    case 'br_on_cast_fail':
      return (t) => (isCast(t.R[(t.fp + a) >> 1], test.k) ? NOT_TAKEN : TAKEN);
    default:
      return (t) => (t.I[t.fp + a] === 0 ? NOT_TAKEN : TAKEN);
  }
}

function isCast(ref: unknown, target: unknown): boolean {
  const { heap, nullable } = target as { heap: HeapType; nullable: boolean };
  return ref === null ? nullable : hasHeapType(ref, heap);
}
