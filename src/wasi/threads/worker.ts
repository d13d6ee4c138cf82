/**
 * A worker of a thread group: runs one thread after the other, each with an instance, a value stack and limits of its
 * own, over the group's memories. It blocks its agent between threads and in every wait, so nothing else can run in it.
 */
import {
  type Caller,
  callValues,
  funcOf,
  type HostFunction,
  type HostFunctionType,
  hostFunction,
  type Imports,
  type ImportValue,
  type Instance,
  type Interrupt,
  instantiate,
  Memory,
  Module,
  Store,
} from '../../api/index.ts';
import { Exhaustion, HostExit, UsageError } from '../../syntax/index.ts';
import { noMemory, usesMemory } from '../preview1/bind.ts';
import { callForThread } from '../preview1/functions.ts';
import type { ArgumentsOf, FunctionName } from '../preview1/signatures.ts';
import {
  FIRST_OWN,
  functionOf,
  numberOf,
  type RemoteFunction,
  readValues,
  remoteFunction,
  START_NAME,
  writeValues,
} from './calls.ts';
import { ControlBlock } from './control.ts';
import { failureData } from './failure.ts';
import type { Doing, Entry, ThreadReport, WorkerBoot, WorkerMessage } from './messages.ts';
import { monitorThread } from './monitoring.ts';
import { type MachineEffects, type OwnCalls, ownCallsOf } from './own-calls.ts';
import { GROUP_OVER, OwnFiles } from './own-files.ts';
import { Slot, type ThreadStart } from './slot.ts';

/**
 * Serves a group until it is over, or has enough workers.
 *
 * @param post sends the group's host agent a message
 * @param machine answers calls that need not go to the host agent; absent: those go there too
 */
export async function serveThreads(
  boot: WorkerBoot,
  post: (message: WorkerMessage) => void,
  machine?: MachineEffects,
): Promise<void> {
  const own = boot.importsUrl === undefined ? {} : await importsOf(boot.importsUrl, machine);
  const worker = new GuestWorker(boot, own, machine, post);
  post('ready');
  worker.serve();
}

/** @throws {UsageError} when the module exports no `imports` */
async function importsOf(url: string, machine: MachineEffects | undefined): Promise<Imports> {
  const load = machine?.importModule ?? ((from: string) => import(from));
  const { imports } = (await load(url)) as { readonly imports?: Imports };
  if (typeof imports === 'object' && imports !== null) return imports;
  throw new UsageError(`${url} exports no object 'imports'`);
}

const NS_PER_MS = 1e6;

class GuestWorker {
  private readonly boot: WorkerBoot;
  private readonly post: (message: WorkerMessage) => void;
  private readonly module: Module;
  private readonly memories: readonly Memory[];
  private readonly control: ControlBlock;
  private readonly slot: Slot;
  private readonly ownCalls: OwnCalls;
  private readonly ownFiles: OwnFiles | undefined;
  private readonly imports: Imports;
  private readonly interrupt: Interrupt;
  /** Of the thread that runs. */
  private tid = 0;
  private finishReports: (() => Omit<ThreadReport, 'tid'>[]) | undefined;
  /** What the thread is at, should it be stopped. */
  private doing: Doing = 'computing';

  constructor(
    boot: WorkerBoot,
    own: Imports,
    machine: MachineEffects | undefined,
    post: (message: WorkerMessage) => void,
  ) {
    this.boot = boot;
    this.ownCalls = ownCallsOf(boot, machine);
    this.post = post;
    this.module = Module.fromShared(boot.module);
    this.memories = boot.memories.map(({ memory }) => Memory.fromShared(memory));
    this.control = new ControlBlock(boot.control);
    this.slot = new Slot(boot.slot);
    this.ownFiles = this.ownFilesOf(machine);
    this.imports = this.importsWith(own);
    this.interrupt = this.interruptOf();
  }

  private ownFilesOf(machine: MachineEffects | undefined): OwnFiles | undefined {
    const { control, slot, post } = this;
    const { descriptors } = this.boot;
    if (descriptors === undefined) return undefined;
    const { context } = this.ownCalls;
    return new OwnFiles(descriptors, {
      slot,
      control,
      context,
      fileOf: machine?.fileOf,
      release: () => post('released'),
    });
  }

  serve(): void {
    for (;;) {
      const start = this.slot.next();
      if (start === undefined) return;
      this.run(start);
    }
  }

  /** Runs a thread to its end, and says how that was if it decides the group's outcome. */
  private run({ tid, startArgument }: ThreadStart): void {
    this.tid = tid;
    this.doing = 'computing';
    const { control, slot } = this;
    const store = new Store({ ...this.boot.limits, interrupt: this.interrupt });
    try {
      if (!control.isOver) this.call(store, tid, startArgument);
    } catch (error) {
      // By `proc_exit`, which has decided the outcome if it was the first.
      if (!(error instanceof HostExit)) this.tellOfFailure(error);
    }
    this.endReports();
    slot.addCounts(store.instructionCount, store.callCount);
    slot.rest();
    this.post('ended');
  }

  private beginReports(instance: Instance): void {
    const { monitors } = this.boot;
    if (monitors === undefined) return;
    const { clock } = this.ownCalls.context;
    const nowMs = () => Number(clock.monotonicNs()) / NS_PER_MS;
    this.finishReports = monitorThread(instance, monitors, this.tid, nowMs);
  }

  private endReports(): void {
    for (const report of this.finishReports?.() ?? []) this.post({ type: 'report', report });
    this.finishReports = undefined;
  }

  private tellOfFailure(error: unknown): void {
    const failure = failureData(error);
    const isStopped = error instanceof Exhaustion && error.kind === 'aborted';
    const isFirst = !isStopped && this.control.decide('trap', this.tid);
    this.post({ type: 'stopped', doing: isStopped ? this.doing : 'failing', failure });
    if (isFirst) this.post({ type: 'failed', failure });
  }

  private call(store: Store, tid: number, startArgument: number): void {
    const isMain = tid === 0;
    const beforeStart = (made: Instance) => this.beginReports(made);
    const instance = instantiate(this.module, this.imports, { store, keepsSharedData: !isMain, beforeStart });
    if (!isMain) {
      instance.call(START_NAME, tid, startArgument);
      return;
    }
    const results = callEntry(instance, this.boot.entry);
    if (this.control.decide('return', tid)) this.post({ type: 'returned', results });
  }

  private interruptOf(): Interrupt {
    const { control, slot } = this;
    const buffers = this.memories.map(({ buffer }) => buffer);
    return {
      get aborted() {
        return control.isOver;
      },
      blocks: (buffer, byteOffset) => {
        this.doing = 'waiting';
        slot.park(buffers.indexOf(buffer), byteOffset);
      },
      unblocked: () => {
        slot.unpark();
        if (!control.isOver) this.doing = 'computing';
      },
    };
  }

  /** What is missing here is what linking then tells. */
  private importsWith(own: Imports): Imports {
    const made: Record<string, Record<string, ImportValue>> = Object.create(null);
    const namesOf = (module: string): Record<string, ImportValue> => {
      made[module] ??= Object.create(null) as Record<string, ImportValue>;
      return made[module];
    };
    const { imports } = this.module.syntax;
    const hosts = new Set(this.boot.hostImports);
    this.boot.memories.forEach(({ module, name }, i) => {
      namesOf(module)[name] = this.memories[i]!;
    });
    imports.forEach(({ module, name, type }, i) => {
      const names = namesOf(module);
      if (names[name] !== undefined) return;
      const given = ownValue(own, module, name);
      const number = numberOf(module, name) ?? (hosts.has(i) ? FIRST_OWN + i : undefined);
      if (given !== undefined) names[name] = given;
      else if (type.kind === 'func' && number !== undefined) {
        names[name] = this.hostCall(name, remoteFunction(number, this.module.syntax, type.typeidx));
      }
    });
    return made;
  }

  /** A function that the host agent answers. */
  private hostCall(name: string, { number, type, usesMemory }: RemoteFunction): HostFunction {
    const { slot, memories } = this;
    const tell = () => this.post('call');
    const wasi = functionOf(number);
    if (!this.boot.isTraced && wasi?.name === 'proc_exit') return this.exitFunction();
    if (wasi !== undefined && this.ownCalls.names.has(wasi.name)) return this.ownCall(wasi.name, type);
    const { ownFiles } = this;
    const isOwn = wasi !== undefined && ownFiles?.mayAnswer(wasi.name) === true;
    const call = (caller: Caller, ...values: never[]) => {
      if (isOwn) {
        const answer = ownFiles!.answer(wasi, usesMemory ? caller.memory() : noMemory, values);
        if (answer === GROUP_OVER) this.leave(name);
        if (answer !== undefined) return answer;
      }
      const memory = usesMemory ? indexOfMemory(memories, caller) : -1;
      writeValues(slot.values, type.params, values);
      if (!slot.request(number, memory, tell)) this.leave(name);
      const results = readValues(slot.values, type.results);
      return results.length > 1 ? results : results[0];
    };
    return hostFunction(call, type);
  }

  /** A function that needs no other agent. It is the same in both versions of preview 1. */
  private ownCall(name: FunctionName, type: HostFunctionType): HostFunction {
    const { context } = this.ownCalls;
    const hasMemory = usesMemory(name);
    const call = (caller: Caller, ...args: never[]) => {
      const memory = hasMemory ? caller.memory() : noMemory;
      return callForThread(name, context, memory, args as unknown as ArgumentsOf<typeof name>);
    };
    return hostFunction(call, type);
  }

  /** The outcome is decided here, at once: the host agent could hear of an earlier exit later. */
  private exitFunction(): HostFunction {
    const exit = (_caller: Caller, code: number) => {
      this.control.decide('exit', this.tid, code);
      throw new HostExit(code >>> 0);
    };
    return hostFunction(exit, { params: ['i32'], results: [] });
  }

  /** The group is over. */
  private leave(calling: string): never {
    this.doing = { calling };
    throw new Exhaustion('aborted');
  }
}

/** @throws {UsageError} when the caller's memory is its own, which no other agent reaches */
function indexOfMemory(memories: readonly Memory[], caller: Caller): number {
  const index = memories.indexOf(caller.memory());
  if (index >= 0) return index;
  throw new UsageError('the host cannot reach the memory of a thread that is not an imported, shared one');
}

function callEntry(instance: Instance, entry: Entry): unknown {
  const { exports } = instance;
  const isInitialize = entry.type !== 'none' && entry.name === '_initialize';
  if (exports._initialize !== undefined && !isInitialize) instance.call('_initialize');
  if (entry.type === 'none') return undefined;
  const { name, values } = entry;
  if (entry.type === 'plain') return sendable(instance.call(name, ...values));
  const func = funcOf(exports[name]);
  if (func === undefined) throw new UsageError(`the module exports no function ${JSON.stringify(name)}`);
  return callValues(func, entry.values).map((value) => ({ ...value, ref: sendable(value.ref) }));
}

/** What no other agent can have, such as a function, is null there. */
function sendable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sendable);
  return typeof value === 'number' || typeof value === 'bigint' || value === undefined ? value : null;
}

function ownValue(imports: Imports, module: string, name: string): ImportValue | undefined {
  const has = Object.prototype.hasOwnProperty;
  const names = has.call(imports, module) ? imports[module] : undefined;
  return names !== undefined && has.call(names, name) ? names[name] : undefined;
}
