/** The handlers outside the dispatch loop, in the order of their operations' numbers. */
import {
  type AtomicOpName,
  atomicOpNames,
  type ColdOpName,
  coldOpNames,
  controlOpNames,
  type PureOpName,
  pureOpNames,
} from '../cold-ops.ts';
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

export { slowAccess };
