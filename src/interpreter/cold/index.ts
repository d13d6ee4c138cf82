/** The handlers outside the dispatch loop, in the order of their operations' numbers. */
import type { Instr } from '../../runtime/index.ts';
import {
  type AtomicOpName,
  atomicOpNames,
  type ColdOpName,
  coldOpNames,
  controlOpNames,
  type PureOpName,
  pureOpNames,
} from '../cold-ops.ts';
import type { Fiber } from '../fiber.ts';
import { FIRST_COLD, FIRST_CONTROL, FIRST_PURE } from '../slot-numbers.ts';
import { aggregateHandlers } from './aggregate.ts';
import { atomicHandler } from './atomic.ts';
import { controlHandlers as control } from './control.ts';
import type { ColdHandler, ControlHandler } from './handler.ts';
import { memoryHandlers, slowAccess } from './memory.ts';
import { numericHandlers } from './numeric.ts';
import { referenceHandlers } from './reference.ts';
import { tableHandlers } from './table.ts';
import { vectorAccessHandlers, vectorHandlers } from './v128.ts';

const atomicHandlers = Object.fromEntries(atomicOpNames.map((name) => [name, atomicHandler(name)])) as Record<
  AtomicOpName,
  ColdHandler
>;

const cold = {
  ...numericHandlers,
  ...memoryHandlers,
  ...tableHandlers,
  ...referenceHandlers,
  ...aggregateHandlers,
  ...atomicHandlers,
  ...vectorAccessHandlers,
  ...vectorHandlers,
} satisfies Record<ColdOpName | PureOpName, ColdHandler>;

export const coldHandlers: readonly ColdHandler[] = coldOpNames.map((name) => cold[name]);
export const pureHandlers: readonly ColdHandler[] = pureOpNames.map((name) => cold[name]);
export const controlHandlers: readonly ControlHandler[] = controlOpNames.map((name) => control[name]);

/**
 * Runs an operation that the dispatch loop does not do itself. The loop's state is saved in the fiber.
 *
 * It is the loop's one use of these tables: while the loop looked into them itself, its compiler kept the operation's
 * number on the host's stack for every instruction (CoreMark takes 0.9 of the time, measured).
 *
 * @returns the instruction to go on with; null leaves the loop
 */
export function runBehind(t: Fiber, n: Instr, fp: number): Instr | null {
  const { op } = n;
  if (op >= FIRST_CONTROL && op < FIRST_PURE) return controlHandlers[op - FIRST_CONTROL]!(t, n, fp);
  const handler = op < FIRST_CONTROL ? coldHandlers[op - FIRST_COLD]! : pureHandlers[op - FIRST_PURE]!;
  handler(t, n, fp);
  return n.next;
}

export { slowAccess };
