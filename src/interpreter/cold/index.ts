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

const tables = [
  numericHandlers,
  memoryHandlers,
  tableHandlers,
  referenceHandlers,
  aggregateHandlers,
  vectorAccessHandlers,
  vectorHandlers,
] as const;

type KeysOf<Table> = Table extends unknown ? keyof Table : never;
type Handled = KeysOf<(typeof tables)[number]> | AtomicOpName;
type Forgotten = Exclude<ColdOpName | PureOpName, Handled>;
/**
 * By the operations' names. One object of so many properties, put together from others, left 2.4 MB of garbage at
 * every start.
 *
 * @typeParam None operations without a handler: where there is one, this does not compile
 */
function handlersByName<None extends never>(): ReadonlyMap<ColdOpName | PureOpName | None, ColdHandler> {
  const byName = new Map<ColdOpName | PureOpName | None, ColdHandler>();
  for (const name of atomicOpNames) byName.set(name, atomicHandler(name));
  for (const table of tables) {
    for (const [name, handler] of Object.entries(table)) byName.set(name as keyof typeof table, handler);
  }
  return byName;
}

const handlers = handlersByName<Forgotten>();

export const coldHandlers: readonly ColdHandler[] = coldOpNames.map((name) => handlers.get(name)!);
export const pureHandlers: readonly ColdHandler[] = pureOpNames.map((name) => handlers.get(name)!);
export const controlHandlers: readonly ControlHandler[] = controlOpNames.map((name) => control[name]);

/**
 * A handler in a field, with a mark, as V8 knows of a field what shape its values have, unless that has descendants: a
 * call need not find out that it calls a function (0.92 of the time on trees of structures, measured; see `Operation`).
 */
class Behind {
  readonly run: ColdHandler | ControlHandler;

  constructor(run: ColdHandler | ControlHandler) {
    this.run = Object.assign(run, { isHandler: true });
  }
}

const behind = [...coldHandlers, ...controlHandlers, ...pureHandlers].map((handler) => new Behind(handler));

/**
 * Runs an operation that the dispatch loop does not do itself. The loop's state is saved in the fiber.
 *
 * It is the loop's one use of these tables: while the loop looked into them itself, its compiler kept the operation's
 * number on the host's stack for every instruction (CoreMark took 0.9 of the time in one sitting).
 *
 * @returns the instruction to go on with; null leaves the loop
 */
export function runBehind(t: Fiber, n: Instr, fp: number): Instr | null {
  const { op } = n;
  const { run } = behind[op - FIRST_COLD]!;
  const next = run(t, n, fp);
  return op >= FIRST_CONTROL && op < FIRST_PURE ? (next as Instr | null) : n.next;
}

export { slowAccess };
