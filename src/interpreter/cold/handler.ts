/** The two kinds of cold handlers, as the dispatch loop calls them. */
import type { Instr } from '../../runtime/index.ts';
import type { Fiber } from '../fiber.ts';

/**
 * Computes and stores, as a `case` of the loop would. May throw a Trap; the loop's state is saved in the
 * fiber. Must not change stacks, memory views or the instance. A pure operation's must not throw, and finds
 * the loop's state unsaved: of the fiber it uses the stacks and the instance only.
 */
export type ColdHandler = (t: Fiber, n: Instr, fp: number) => void;

/**
 * May change everything in the fiber: `fp`, `sp`, `fuel`, `instance`. Sets `t.from` to what led on and
 * returns the instruction to go on with, or null to leave the loop with the fiber's state in the fiber.
 */
export type ControlHandler = (t: Fiber, n: Instr, fp: number) => Instr | null;
