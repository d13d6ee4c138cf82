/**
 * What an instruction is about to work on, in words beside it: the operands that it takes, bottom first, or the
 * value that it reads.
 */
import type { Listing } from './listing.ts';

/** What is needed of a frame. */
export interface AnnotatedFrame {
  readonly byteOffset: number;
  readonly isWaiting: boolean;
  readonly locals: readonly { readonly text: string }[];
  /** Bottom first. */
  readonly operands: readonly { readonly text: string }[];
}

/**
 * The values for the frame's instruction, `3 4` for an `i32.add` of these, `= 5` for a `local.get` of that;
 * `undefined` when there are none. A call that waits has taken its operands.
 *
 * @param globalText the value of a global as text
 */
export function annotation(
  listing: Listing,
  frame: AnnotatedFrame,
  globalText?: (globalidx: number) => string | undefined,
): string | undefined {
  if (frame.isWaiting) return undefined;
  const instruction = listing.instruction(frame.byteOffset);
  if (instruction === undefined) return undefined;
  const { reads, operandCount } = instruction;
  if (reads !== undefined) {
    const text = reads.space === 'local' ? frame.locals[reads.index]?.text : globalText?.(reads.index);
    return text === undefined ? undefined : `= ${text}`;
  }
  if (operandCount === 0) return undefined;
  return frame.operands
    .slice(-operandCount)
    .map(({ text }) => text)
    .join(' ');
}
