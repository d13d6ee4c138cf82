/** The words of the host's engine (V8) for traps, and which of our kinds they can stand for. */
import type { TrapKind } from '../../src/syntax/index.ts';

const kindsByWords: readonly (readonly [RegExp, readonly TrapKind[]])[] = [
  [/^unreachable/, ['unreachable']],
  // Of an atomic access that is both unaligned and out of bounds, V8 names the bounds, the specification the other.
  [/^memory access out of bounds|^data segment/, ['memory-out-of-bounds', 'unaligned-atomic']],
  [/^table access out of bounds|^table element|^element segment/, ['table-out-of-bounds']],
  [/^table index is out of bounds/, ['undefined-element', 'table-out-of-bounds']],
  [/^null function or function signature/, ['uninitialized-element', 'indirect-call-type']],
  [/^divide by zero|^remainder by zero/, ['integer-divide-by-zero']],
  [/^divide result unrepresentable/, ['integer-overflow']],
  [/^float unrepresentable/, ['integer-overflow', 'invalid-conversion']],
  [/^operation does not support unaligned/, ['unaligned-atomic']],
  [/^Atomics\.wait cannot be called/, ['expected-shared-memory']],
  [/^rethrowing null value/, ['null-exception-reference']],
];

/** The kinds that a host's message can mean; none when the words are not known. */
export function hostTrapKinds(message: string): readonly TrapKind[] {
  return kindsByWords.find(([words]) => words.test(message))?.[1] ?? [];
}
