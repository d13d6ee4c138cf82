/** Which operations are done with one dispatch when they follow one another. Each stays an instruction. */
import { hotOpNames } from '../hot-names.gen.ts';
import { findSlotOp } from '../slot-numbers.ts';

/** By the first operation, then by the second. */
const pairs: (Map<number, number> | undefined)[] = [];
for (const [number, name] of hotOpNames.entries()) {
  const [first, second] = name.split('; ');
  if (first === undefined || second === undefined) continue;
  const firstOp = findSlotOp(first)!;
  pairs[firstOp] ??= new Map();
  pairs[firstOp].set(findSlotOp(second)!, number);
}

/** The operation that does `first` and then `second`, which is that of the next instruction. */
export function pair(first: number, second: number): number | undefined {
  return pairs[first]?.get(second);
}
