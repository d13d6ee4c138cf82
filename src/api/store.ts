/**
 * A store: the limits that its instances share, their fuel, and the stacks they run on. Instances that
 * link together usually share a store; an agent may have many.
 */
import { Fiber, type Interrupt, type LoopName, loopNames, Meter } from '../interpreter/index.ts';
import {
  Budget,
  type Budgets,
  DEFAULT_MAX_TABLE_ELEMENTS,
  type Instance as RuntimeInstance,
} from '../runtime/index.ts';
import { UsageError } from '../syntax/index.ts';
import { hostHeapShare } from './host-heap.ts';

export interface StoreOptions {
  /** Wasm instructions that may run in all; absent: no bound. Exact to the instruction. */
  readonly fuel?: number | undefined;
  /** Milliseconds that one call from the host may take; absent: no bound. */
  readonly timeoutMs?: number | undefined;
  /** Frames on a control stack, 1,000,000 unless told. */
  readonly maxFrames?: number | undefined;
  /** Bytes of operands and locals on a value stack, 64 MiB unless told. */
  readonly maxStackBytes?: number | undefined;
  /** Bytes of linear memory in all; absent: what the host gives. */
  readonly maxMemoryBytes?: number | undefined;
  /** Elements of all tables, 50,000,000 unless told. */
  readonly maxTableElements?: number | undefined;
  /** Milliseconds, for timeouts and for yielding to the event loop; `Date.now` unless told. */
  readonly clock?: (() => number) | undefined;
  /** Which of the dispatch loops runs the guests; all do the same. Absent: what is the fastest here just then. */
  readonly loop?: LoopName | undefined;
  /** Ends what the store runs with an Exhaustion `aborted`, synchronous calls too, when another agent says so. */
  readonly interrupt?: Interrupt | undefined;
}

export { type Interrupt, type LoopName, loopNames };

const numericOptions = [
  'fuel',
  'timeoutMs',
  'maxFrames',
  'maxStackBytes',
  'maxMemoryBytes',
  'maxTableElements',
] as const;

export class Store {
  /** @internal */
  readonly meter: Meter;
  /** @internal */
  readonly budgets: Budgets;
  readonly timeoutMs: number | undefined;
  private mainFiber: Fiber | undefined;
  private readonly idleFibers: Fiber[] = [];
  private readonly takenFibers = new Set<Fiber>();

  /** @throws {UsageError} when a limit is no number from 0 up */
  constructor(options: StoreOptions = {}) {
    for (const name of numericOptions) {
      const value = options[name];
      if (value !== undefined && !(value >= 0))
        throw new UsageError(`${name} must be a number from 0 up, not ${value}`);
    }
    if (options.clock !== undefined && typeof options.clock !== 'function') {
      throw new UsageError('clock must be a function that gives milliseconds');
    }
    if (options.loop !== undefined && !loopNames.includes(options.loop)) {
      throw new UsageError(`loop must be one of ${loopNames.join(', ')}, not ${String(options.loop)}`);
    }
    this.meter = new Meter({ ...options, clock: options.clock ?? Date.now, heapShare: hostHeapShare });
    this.budgets = {
      memoryBytes: new Budget(options.maxMemoryBytes ?? Number.POSITIVE_INFINITY),
      tableElements: new Budget(options.maxTableElements ?? DEFAULT_MAX_TABLE_ELEMENTS),
    };
    this.timeoutMs = options.timeoutMs;
  }

  /** Wasm instructions executed so far; exact also for the host functions that a guest calls. */
  get instructionCount(): number {
    return this.settled().instructionCount;
  }

  /** Calls of wasm functions so far. */
  get callCount(): number {
    return this.settled().callCount;
  }

  /** Fuel left; Infinity without a bound. A host function that sets it sets what its guest goes on with. */
  get fuel(): number {
    return this.settled().fuelLeft;
  }

  set fuel(fuel: number) {
    if (!(fuel >= 0)) throw new UsageError(`fuel must be a number from 0 up, not ${fuel}`);
    this.settled().fuelLeft = fuel;
  }

  /** The meter, after what a guest in the middle of a host call has used is booked. */
  private settled(): Meter {
    this.meter.running?.endSlice();
    return this.meter;
  }

  /** Bytes of linear memory in use. */
  get memoryBytes(): number {
    return this.budgets.memoryBytes.used;
  }

  /** @internal The fiber for a synchronous call: the running one when a host function calls back. */
  syncFiber(instance: RuntimeInstance): Fiber {
    if (this.meter.running !== null) return this.meter.running;
    this.mainFiber ??= new Fiber(this.meter, instance);
    return this.mainFiber;
  }

  /** @internal A fiber of its own for an asynchronous call; give it back when done. */
  takeFiber(instance: RuntimeInstance): Fiber {
    const fiber = this.idleFibers.pop() ?? new Fiber(this.meter, instance);
    this.takenFibers.add(fiber);
    return fiber;
  }

  /** @internal Before its call is forgotten: a promise that this still waits for may write to the fiber later. */
  giveFiber(fiber: Fiber): void {
    this.takenFibers.delete(fiber);
    fiber.deadlineMs = Number.POSITIVE_INFINITY;
    fiber.signal = undefined;
    if (fiber.pending === null) this.idleFibers.push(fiber);
  }

  /** @internal The fiber's call has failed; it is not used again. */
  dropFiber(fiber: Fiber): void {
    this.takenFibers.delete(fiber);
  }

  /** @internal Fibers that run or wait. */
  fibers(): Fiber[] {
    const main = this.mainFiber === undefined || this.mainFiber.sp === 0 ? [] : [this.mainFiber];
    return [...main, ...this.takenFibers];
  }
}
