/** What the host agent and the workers of a thread group send each other, beside the control block and the slots. */
import type { SharedMemory, SharedModule, StoreOptions, Value } from '../../api/index.ts';
import type { ThreadContext } from '../preview1/index.ts';
import type { DescriptorShare } from '../preview1/shared-descriptors.ts';
import type { FailureData } from './failure.ts';

/** Limits that every thread has for itself. */
export type ThreadLimits = Pick<
  StoreOptions,
  'fuel' | 'maxFrames' | 'maxStackBytes' | 'maxMemoryBytes' | 'maxTableElements' | 'loop'
>;

/** A memory under the names by which the module imports it. */
export interface ImportedMemory {
  readonly module: string;
  readonly name: string;
  readonly memory: SharedMemory;
}

/** What the main thread calls, after the start function and `_initialize`. */
export type Entry =
  | { readonly type: 'plain'; readonly name: string; readonly values: readonly unknown[] }
  | { readonly type: 'exact'; readonly name: string; readonly values: readonly Value[] }
  | { readonly type: 'none' };

/** What looks on each thread. */
export interface MonitorOrders {
  /** As `glassbox run --monitor` takes them. */
  readonly orders: readonly string[];
  /** What reports call the module. */
  readonly title: string;
}

/** What one monitor tells of one thread. */
export interface ThreadReport {
  readonly tid: number;
  /** The order's index. */
  readonly order: number;
  readonly text: string;
  /** Files that belong beside the report's, by their extension. */
  readonly beside: readonly { readonly extension: string; readonly text: string }[];
}

/** All that a worker is given when it is made. Its threads are then started by its slot. */
export interface WorkerBoot {
  readonly module: SharedModule;
  readonly memories: readonly ImportedMemory[];
  readonly control: SharedArrayBuffer;
  readonly slot: SharedArrayBuffer;
  readonly limits: ThreadLimits;
  readonly entry: Entry;
  readonly context: ThreadContext;
  /** The table of descriptors; absent: every call goes to the host agent. */
  readonly descriptors: DescriptorShare | undefined;
  readonly monitors: MonitorOrders | undefined;
  /** Every call of WASI goes to the host agent, who tells of it. */
  readonly isTraced: boolean;
  /** Functions that the host agent answers, by the number of their import; their types are the module's. */
  readonly hostImports: readonly number[];
  /** A module whose `imports` each worker takes for itself. */
  readonly importsUrl: string | undefined;
}

/**
 * What a worker tells the host agent:
 * - `ready` for threads
 * - `call`: there is one in its slot
 * - `released`: its thread has used a descriptor that is to be changed, and no longer does
 * - `ended`: its thread has
 * - `stopped`: its thread ends before its function has returned; `ended` follows
 * - `failed`: its thread has, and that decides the outcome
 * - `report` of a monitor that has looked on its thread
 * - `returned`: the main thread has, and that decides the outcome
 */
export type WorkerMessage =
  | 'ready'
  | 'call'
  | 'released'
  | 'ended'
  | { readonly type: 'failed'; readonly failure: FailureData }
  | { readonly type: 'returned'; readonly results: unknown }
  | { readonly type: 'report'; readonly report: Omit<ThreadReport, 'tid'> }
  | { readonly type: 'stopped'; readonly doing: Doing; readonly failure: FailureData };

/** What a thread was at: a trap or the like, a wait at an address, a call of the host by its name, or its own code. */
export type Doing = 'failing' | 'waiting' | 'computing' | { readonly calling: string };

/** A worker as its group sees it. */
export interface ThreadWorker {
  /** Ends it wherever it is. */
  terminate(): void;
}

export interface WorkerEvents {
  message(message: WorkerMessage): void;
  /** It cannot go on; `exited` follows. */
  failed(error: unknown): void;
  exited(): void;
}

/** Starts a worker that passes `boot` to `serveThreads`. */
export type StartWorker = (boot: WorkerBoot, events: WorkerEvents) => ThreadWorker;
