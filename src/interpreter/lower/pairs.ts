/** Which operations are done with one dispatch when they follow one another. Each stays an instruction. */
import { hotOpNames } from '../hot-names.gen.ts';
import { findSlotOp, slotOpNames } from '../slot-numbers.ts';

// Either may be an operation behind the loop.
const keyOf = (first: number, second: number) => first * slotOpNames.length + second;

const pairs = new Map<number, number>();
for (const [number, name] of hotOpNames.entries()) {
  const [first, second] = name.split('; ');
  if (first === undefined || second === undefined) continue;
  pairs.set(keyOf(findSlotOp(first)!, findSlotOp(second)!), number);
}

/** The operation that does `first` and then `second`, which is that of the next instruction. */
export function pair(first: number, second: number): number | undefined {
  return pairs.get(keyOf(first, second));
}
