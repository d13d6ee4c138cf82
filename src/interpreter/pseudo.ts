/**
 * Pseudo calls: what stands on the control stack where no wasm call instruction does. A return goes on
 * with their `next`, which leaves the loop or restores the caller's instance.
 */
import { Instr } from '../runtime/index.ts';
import { findSlotOp } from './slot-numbers.ts';

/** Bottom of an invocation from the host. */
export const EXIT = new Instr(0, -1);
EXIT.next = new Instr(findSlotOp('exit')!, -1);

/** Between a caller and its callee in another instance. */
export const LINK = new Instr(0, -1);
LINK.next = new Instr(findSlotOp('relink')!, -1);
