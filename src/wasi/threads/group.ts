/**
 * A guest with threads: one instance a thread, each in a worker of its own, over the same shared memory. This agent is
 * their host. It never blocks: it starts threads, answers their calls of WASI on the one environment that they share,
 * and ends all of them when one of them decides how the guest ends.
 *
 * @see https://github.com/WebAssembly/wasi-threads
 */
import {
  type AbortSignalLike,
  type HostFunctionType,
  type Imports,
  Memory,
  type Module,
  type Value,
} from '../../api/index.ts';
import {
  type BacktraceFrame,
  Exhaustion,
  type ExhaustionKind,
  HostExit,
  type Import,
  InternalError,
  type MemoryType,
  Trap,
  UsageError,
  valTypeText,
} from '../../syntax/index.ts';
import { delay } from '../host/event-loop.ts';
import { Errno, type Wasi } from '../preview1/index.ts';
import type { SharedDescriptors } from '../preview1/shared-descriptors.ts';
import type { Suspended } from '../preview1/suspension.ts';
import {
  FIRST_OWN,
  functionOf,
  numberOf,
  readValues,
  remoteFunction,
  SPAWN,
  START_NAME,
  writeValues,
} from './calls.ts';
import { ControlBlock, HOST } from './control.ts';
import { type FailureData, failureError, ThreadError } from './failure.ts';
import type {
  Doing,
  Entry,
  ImportedMemory,
  MonitorOrders,
  StartWorker,
  ThreadLimits,
  ThreadReport,
  WorkerBoot,
  WorkerMessage,
} from './messages.ts';
import { type Member, Pool } from './pool.ts';
import type { Call } from './slot.ts';

export interface ThreadGroupOptions {
  /** The environment that all threads share, made with `isAsync: true`; the embedder closes it afterwards. */
  readonly wasi: Wasi;
  /** Makes workers: `nodeWorkers()` of `glassbox/node`, or the embedder's own. */
  readonly startWorker: StartWorker;
  /** Most threads at once beside the main one; beyond it `thread-spawn` answers −6. 0: none. Default: 1000. */
  readonly maxThreads?: number | undefined;
  /** Ends the group with an Exhaustion `aborted`. */
  readonly signal?: AbortSignalLike | undefined;
  /** Ends the group after so long with an Exhaustion `deadline`. */
  readonly timeoutMs?: number | undefined;
  /** Limits of each thread. */
  readonly limits?: ThreadLimits | undefined;
  /** How long threads have to end by themselves when the group is over, before they are terminated. Default: 100. */
  readonly graceMs?: number | undefined;
  /** Memories that the module imports, and functions, which this agent answers: they may return promises. */
  readonly imports?: Imports | undefined;
  /** Monitors of each thread, whose reports go to `report`. */
  readonly monitors?: MonitorOrders | undefined;
  /** Is told what the monitors have to tell of a thread that has ended. */
  readonly report?: ((report: ThreadReport) => void) | undefined;
  /** A module whose `imports` each worker takes for itself, as a URL: functions that threads call without waiting. */
  readonly importsUrl?: string | undefined;
}

/** Of 29 bits; 0 is the main thread. */
const MAX_TID = 2 ** 29 - 1;
const DEFAULT_MAX_THREADS = 1000;
const DEFAULT_GRACE_MS = 100;
/** How long a worker that was terminated has to end before it is terminated again. */
const TERMINATION_MS = 1000;
/** How long a worker may load: when one is terminated meanwhile, Node leaves the file open that it loads. */
const LOADING_MS = 10_000;

export class ThreadGroup {
  private readonly module: Module;
  private readonly options: ThreadGroupOptions;
  private readonly control = new ControlBlock();
  private readonly memories: readonly { readonly module: string; readonly name: string; readonly memory: Memory }[];
  private readonly mayUse: boolean;
  private readonly pool: Pool;
  /** Absent: every call of WASI is to be told of, so threads make none for themselves. */
  private readonly descriptors: SharedDescriptors | undefined;
  /** Threads that have been promised to the guest and have not ended, without the main one. */
  private readonly living = new Set<number>();
  private lastTid = 0;
  private entry: Entry | undefined;
  private settle: { resolve(value: unknown): void; reject(error: unknown): void } | undefined;
  private failure: unknown;
  private results: unknown;
  private readonly stopped: StoppedThread[] = [];
  private isWinding = false;
  /** Output of a guest that has left, which waits for room. */
  private flush: Suspended | undefined;

  /** @throws {UsageError | Exhaustion} for options that make no sense, and memories that the host cannot give */
  constructor(module: Module, options: ThreadGroupOptions) {
    const { maxThreads = DEFAULT_MAX_THREADS, graceMs = DEFAULT_GRACE_MS } = options;
    if (!(maxThreads >= 0)) throw new UsageError(`maxThreads must be a number from 0 up, not ${maxThreads}`);
    if (!(graceMs >= 0)) throw new UsageError(`graceMs must be a number from 0 up, not ${graceMs}`);
    if (!options.wasi.maySuspend) throw new UsageError('threads need an environment made with isAsync: true');
    this.module = module;
    this.options = options;
    this.memories = memoriesFor(module, options);
    this.mayUse = canSpawn(module);
    if (!options.wasi.isTraced) this.descriptors = options.wasi.shareDescriptors(this);
    this.pool = new Pool((member, events) => options.startWorker(this.boot(member), events), {
      message: (member, message) => this.receive(member, message),
      failed: (member, error) => this.workerFailed(member, error),
      ended: (member) => {
        this.descriptors?.agentEnded(member.agent);
        this.changed?.();
      },
    });
  }

  /** Threads that run or are about to, beside the main one. */
  get threadCount(): number {
    return this.living.size;
  }

  /** Workers that there are now. */
  get workerCount(): number {
    return this.pool.members.size;
  }

  /** Wasm instructions and calls of functions of all threads that have ended. */
  get counts(): { readonly instructions: number; readonly calls: number } {
    return this.pool.counts;
  }

  /**
   * Runs the guest: the start function, `_initialize` and then an export, in a worker. Ends when all threads have.
   *
   * @param name an export; absent: `_start`, when there is one
   * @returns the export's results
   * @throws {HostExit} from `proc_exit` of any thread
   * @throws {Trap | Exhaustion | UncaughtException | LinkError} the first that any thread has thrown
   * @throws {UsageError} when the group has run before
   */
  run(name?: string, values: readonly unknown[] = []): Promise<unknown> {
    const hasStart = this.module.syntax.exports.some((each) => each.name === '_start' && each.kind === 'func');
    const entryName = name ?? (hasStart ? '_start' : undefined);
    return this.runEntry(entryName === undefined ? { type: 'none' } : { type: 'plain', name: entryName, values });
  }

  /** As `run`, with exact values. */
  async runValues(name: string, values: readonly Value[]): Promise<readonly Value[]> {
    return (await this.runEntry({ type: 'exact', name, values })) as Value[];
  }

  private async runEntry(entry: Entry): Promise<unknown> {
    if (this.entry !== undefined) throw new UsageError('a thread group runs once: make another one');
    const { signal, timeoutMs } = this.options;
    this.entry = entry;
    if (signal?.aborted) throw new Exhaustion('aborted');
    const abort = () => this.cancel();
    signal?.addEventListener('abort', abort);
    const stopTimer = timeoutMs === undefined ? undefined : delay(timeoutMs, () => this.cancel('deadline'));
    try {
      return await new Promise((resolve, reject) => {
        this.settle = { resolve, reject };
        this.pool.run({ tid: 0, startArgument: 0 });
        if (this.mayUse) this.pool.warm(1);
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      stopTimer?.();
    }
  }

  /** Ends all threads, unless the outcome is decided. */
  cancel(kind: ExhaustionKind = 'aborted'): void {
    if (this.settle === undefined) return;
    if (!this.control.decide('cancel', HOST)) {
      this.giveUpOutput();
      return;
    }
    this.failure = new Exhaustion(kind);
    this.wind();
  }

  /**
   * Where the threads stood that the group's end has stopped, or that have failed, by their tid; those that have ended
   * before are not among them. Of one that did not stop in time no frames are known.
   */
  get stoppedThreads(): readonly StoppedThread[] {
    return [...this.stopped].sort((a, b) => a.tid - b.tid);
  }

  /** Bytes of the memories that the threads share. */
  get memoryBytes(): number {
    return this.memories.reduce((sum, { memory }) => sum + memory.byteLength, 0);
  }

  /** @internal Whether a thread is in the middle of using a descriptor. */
  isUsed(fd: number): boolean {
    for (const { slot } of this.pool.members) {
      if (slot.isUsing(fd)) return true;
    }
    return false;
  }

  private boot(member: Member): WorkerBoot {
    const { limits = {}, imports = {}, importsUrl, wasi } = this.options;
    const { fuel, maxFrames, maxStackBytes, maxMemoryBytes, maxTableElements, loop } = limits;
    const hostImports = this.module.syntax.imports.flatMap((entry, i) => (ownFunction(imports, entry) ? [i] : []));
    const memories: ImportedMemory[] = this.memories.map(({ memory, ...names }) => ({
      ...names,
      memory: memory.share(),
    }));
    const descriptors = this.descriptors?.newShare();
    member.agent = descriptors?.agent ?? 0;
    return {
      module: this.module.share(),
      memories,
      control: this.control.buffer,
      slot: member.slot.buffer,
      // No more than these: an embedder's object may hold what cannot be sent.
      limits: { fuel, maxFrames, maxStackBytes, maxMemoryBytes, maxTableElements, loop },
      entry: this.entry!,
      context: wasi.threadContext,
      descriptors,
      monitors: this.options.monitors,
      isTraced: wasi.isTraced,
      hostImports,
      importsUrl,
    };
  }

  // What workers tell

  private receive(member: Member, message: WorkerMessage): void {
    if (message === 'call') this.answer(member);
    else if (message === 'released') this.descriptors?.released();
    else if (message === 'ended') {
      this.living.delete(member.tid);
      this.pool.ended(member);
      if (this.control.isOver) this.wind();
    } else if (message !== 'ready') {
      if (message.type === 'failed') this.failure = failureError(message.failure);
      else if (message.type === 'returned') this.results = message.results;
      else if (message.type === 'report') this.options.report?.({ ...message.report, tid: member.tid });
      else this.stopped.push(stoppedThread(member.tid, message.doing, message.failure));
    }
  }

  private workerFailed(member: Member, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.living.delete(member.tid);
    this.fail(new ThreadError(`a thread's worker has failed: ${reason}`));
  }

  /** Something of the host's has failed: that is the outcome, if it is the first. */
  private fail(error: unknown): void {
    if (this.control.decide('trap', HOST)) this.failure = error;
    this.wind();
  }

  // Calls

  private answer(member: Member): void {
    const { slot } = member;
    const { call } = slot;
    if (call === undefined) return;
    if (this.control.isOver) {
      slot.answer('over');
      return;
    }
    try {
      const outcome = this.perform(member, call);
      if (isPromise(outcome)) this.answerLater(member, call, outcome);
      else this.finish(member, call, outcome);
    } catch (error) {
      this.answerError(member, error);
    }
  }

  private answerLater(member: Member, call: Call, outcome: PromiseLike<unknown> & { cancel?(): void }): void {
    const isCurrent = () => member.pending === outcome;
    member.pending = outcome;
    outcome.then(
      (value) => {
        if (!isCurrent()) return;
        member.pending = undefined;
        this.finish(member, call, value);
      },
      (error: unknown) => {
        if (!isCurrent()) return;
        member.pending = undefined;
        this.answerError(member, error);
      },
    );
  }

  private finish({ slot }: Member, call: Call, value: unknown): void {
    writeValues(slot.values, this.typeOf(call.func).results, Array.isArray(value) ? value : [value]);
    slot.answer('value');
  }

  private answerError({ slot }: Member, error: unknown): void {
    if (error instanceof Trap) {
      slot.answer(error);
      return;
    }
    // Decided before the thread hears of it: its own end must not come first.
    if (error instanceof HostExit) this.control.decide('exit', HOST, error.exitCode);
    else if (this.control.decide('trap', HOST)) this.failure = error;
    slot.answer('over');
    this.wind();
  }

  private typeOf(func: number): HostFunctionType {
    const { syntax } = this.module;
    const type = syntax.imports[func - FIRST_OWN]?.type;
    return remoteFunction(func, syntax, type?.kind === 'func' ? type.typeidx : 0).type;
  }

  private perform({ tid, slot }: Member, { func, memory: index }: Call): unknown {
    const args = readValues(slot.values, this.typeOf(func).params);
    if (func === SPAWN) return this.spawn(Number(args[0]));
    const wasi = functionOf(func);
    const { options, memories, module } = this;
    if (wasi !== undefined) return options.wasi.answer({ ...wasi, memory: memories[index]?.memory, args, thread: tid });
    const act = ownFunction(options.imports ?? {}, module.syntax.imports[func - FIRST_OWN]!);
    if (act === undefined) throw new InternalError('a thread called a function that nobody gave');
    return act(...args);
  }

  /** `thread-spawn`: a tid, or a negative number. */
  private spawn(startArgument: number): number {
    const { maxThreads = DEFAULT_MAX_THREADS } = this.options;
    if (!this.mayUse || maxThreads === 0) return -Errno.notsup;
    if (this.living.size >= Math.min(maxThreads, MAX_TID)) return -Errno.again;
    do this.lastTid = this.lastTid === MAX_TID ? 1 : this.lastTid + 1;
    while (this.living.has(this.lastTid));
    this.living.add(this.lastTid);
    this.pool.run({ tid: this.lastTid, startArgument });
    return this.lastTid;
  }

  // The end

  private changed: (() => void) | undefined;

  /** Ends all threads and then the run. */
  private wind(): void {
    if (this.isWinding) return;
    this.isWinding = true;
    void this.windUp().then(
      () => this.settleNow(),
      (error: unknown) => this.settle?.reject(error),
    );
  }

  private async windUp(): Promise<void> {
    const { graceMs = DEFAULT_GRACE_MS } = this.options;
    const { pool } = this;
    const isLeft = this.control.kind === 'exit';
    pool.close();
    let leftMs = graceMs;
    while (pool.members.size > 0 && leftMs > 0) {
      for (const member of pool.members) this.wake(member);
      const stepMs = Math.min(leftMs, leftMs > graceMs - 8 ? 1 : 8);
      await this.pause(stepMs);
      leftMs -= stepMs;
    }
    for (let waitedMs = 0; pool.members.size > 0; waitedMs += TERMINATION_MS) {
      for (const member of pool.members) {
        if (member.isReady || waitedMs >= LOADING_MS) this.terminate(member);
      }
      await this.pause(TERMINATION_MS);
    }
    this.living.clear();
    this.descriptors?.leave(this);
    if (isLeft) await this.handOnOutput();
  }

  /** As long as nobody calls the group off. */
  private async handOnOutput(): Promise<void> {
    const flush = this.options.wasi.flushed();
    this.flush = flush;
    const over = new Promise<void>((resolve) => {
      this.stopFlush = resolve;
    });
    await Promise.race([flush, over]);
  }

  private stopFlush = () => {};

  /** Whoever reads it may not come back. */
  private giveUpOutput(): void {
    this.options.wasi.giveUp();
    this.flush?.cancel();
    this.stopFlush();
  }

  private terminate(member: Member): void {
    const { tid } = member;
    const isKnown = tid < 0 || this.stopped.some((each) => each.tid === tid);
    if (!isKnown) this.stopped.push({ tid, doing: 'does not stop in time', backtrace: [] });
    member.terminate();
  }

  /** Answers what a thread waits for, and notifies where it is parked. */
  private wake(member: Member): void {
    const { pending, slot } = member;
    if (pending !== undefined) {
      member.pending = undefined;
      pending.cancel?.();
    }
    if (slot.call !== undefined) slot.answer('over');
    const { parked } = slot;
    const buffer = parked === undefined ? undefined : this.memories[parked.memory]?.memory.buffer;
    if (buffer !== undefined) Atomics.notify(new Int32Array(buffer), parked!.wordIndex);
  }

  /** Ends after so long, or earlier when the workers have changed. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = delay(ms, resolve);
      this.changed = () => {
        if (this.pool.members.size > 0) return;
        stop();
        resolve();
      };
    });
  }

  private settleNow(): void {
    const { control, settle } = this;
    if (control.kind === 'return') settle?.resolve(this.results);
    else if (control.kind === 'exit') settle?.reject(new HostExit(control.exitCode));
    else
      settle?.reject(this.failure ?? new ThreadError('a thread has failed, and its worker ended before it said why'));
  }
}

/** What the embedder gives for an imported function that is none of WASI's. */
function ownFunction(imports: Imports, { module, name, type }: Import): ((...args: unknown[]) => unknown) | undefined {
  if (type.kind !== 'func' || numberOf(module, name) !== undefined) return undefined;
  const value = imports[module]?.[name];
  return typeof value === 'function' ? (value as (...args: unknown[]) => unknown) : undefined;
}

/** A thread that was stopped, or has failed. */
export interface StoppedThread {
  /** 0 is the main thread. */
  readonly tid: number;
  /** For people: `waiting`, `computing`, `calling fd_read`, or why it has failed. */
  readonly doing: string;
  /** Its frames, innermost first. */
  readonly backtrace: readonly BacktraceFrame[];
}

function stoppedThread(tid: number, doing: Doing, { message, backtrace = [] }: FailureData): StoppedThread {
  const text = typeof doing === 'object' ? `calling ${doing.calling}` : doing;
  return { tid, doing: doing === 'failing' ? message : text, backtrace };
}

type PromiseWithCancel = PromiseLike<unknown> & Partial<Pick<Suspended, 'cancel'>>;

function isPromise(value: unknown): value is PromiseWithCancel {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** The shared memories that a module imports, those that the embedder has not given made anew. */
function memoriesFor(module: Module, { imports = {}, limits }: ThreadGroupOptions) {
  const made = new Map<string, Memory>();
  return module.syntax.imports.flatMap(({ module: from, name, type }) => {
    if (type.kind !== 'memory' || !type.type.shared) return [];
    const key = JSON.stringify([from, name]);
    const given = imports[from]?.[name];
    const memory = made.get(key) ?? (given instanceof Memory ? given : sharedMemory(type.type, limits?.maxMemoryBytes));
    made.set(key, memory);
    return [{ module: from, name, memory }];
  });
}

/**
 * A memory that a module of this type can import. What it may not grow to is not promised to it.
 *
 * @throws {Exhaustion} `memory`
 */
export function sharedMemory(
  { limits, address, pageSizeLog2 }: MemoryType,
  maxBytes: number = Number.POSITIVE_INFINITY,
): Memory {
  const pageBytes = 2 ** pageSizeLog2;
  const mostPages = Math.floor(maxBytes / pageBytes);
  if (limits.min > mostPages) throw new Exhaustion('memory');
  return new Memory({
    initial: limits.min,
    maximum: Math.min(limits.max!, mostPages),
    shared: true,
    address: valTypeText(address) as 'i32' | 'i64',
    pageBytes,
  });
}

/** Whether a module's threads can be started: it exports what they run, and shares its memory with them. */
function canSpawn(module: Module): boolean {
  const start = module.exports().find(({ name }) => name === START_NAME);
  const isShared = module.syntax.imports.some(({ type }) => type.kind === 'memory' && type.type.shared);
  return isShared && start?.kind === 'func' && start.type === '(func (param i32 i32))';
}
