/**
 * Numbers of the slot operations: those of the loop in the order of its table, then those behind it.
 * Names only, so that a program need not carry the table that the loop was generated from.
 */
import { coldOpNames, controlOpNames, pureOpNames } from './cold-ops.ts';
import { hotOpNames } from './hot-names.gen.ts';

/** Number of the first cold operation; the loop's `default` hands these to a table. */
export const FIRST_COLD = hotOpNames.length;
/** Number of the first cold operation that may move control. */
export const FIRST_CONTROL = FIRST_COLD + coldOpNames.length;
/** Number of the first operation behind the loop that needs nothing of the loop's state. */
export const FIRST_PURE = FIRST_CONTROL + controlOpNames.length;

/** Names by number, for listings and messages. */
export const slotOpNames: readonly string[] = [...hotOpNames, ...coldOpNames, ...controlOpNames, ...pureOpNames];

const numberByName = new Map<string, number>();
for (const [number, name] of slotOpNames.entries()) numberByName.set(name, number);

/** The number of a slot operation, `undefined` when the table has none of that name. */
export function findSlotOp(name: string): number | undefined {
  return numberByName.get(name);
}

const ownOps: (number | undefined)[] = [];

/** What an instruction of an operation does itself: of a pair, the first. */
export function ownOpOf(op: number): number {
  ownOps[op] ??= findSlotOp(slotOpNames[op]!.split('; ')[0]!);
  return ownOps[op]!;
}
