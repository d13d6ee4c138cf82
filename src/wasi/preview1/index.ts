/** WASI preview 1 as an import object, made for one guest. */
import { decodeUtf8, encodeUtf8 } from '../../api/index.ts';
import { UsageError } from '../../syntax/index.ts';
import {
  type Clock,
  type Host,
  type HostDirectory,
  HostError,
  type InputStream,
  type OutputStream,
  type RandomSource,
} from '../host/host.ts';
import { memoryHost } from '../host/memory.ts';
import type { HostListener } from '../host/waiting.ts';
import { type CallListener, Tracer, type TracerOptions } from '../trace/index.ts';
import type { GuestMemory } from './abi.ts';
import { noMemory, type Preview1Imports, preview1Imports } from './bind.ts';
import type { Outcome, WasiContext } from './context.ts';
import { DescriptorTable, MAX_DESCRIPTORS } from './descriptors.ts';
import { Errno } from './errno.ts';
import { callForThread, preview1Functions, unstableFunctions } from './functions.ts';
import { type RestoreOptions, restoreContext, type SavedStreams, saveContext } from './saving.ts';
import type { DescriptorUsers, SharedDescriptors } from './shared-descriptors.ts';
import type { ArgumentsOf, FunctionName } from './signatures.ts';
import { SteadyClock } from './steady-clock.ts';
import { flushed } from './streaming.ts';
import { type Suspended, suspend } from './suspension.ts';

export { Errno, errnoRows } from './errno.ts';
export type { RestoreOptions } from './saving.ts';
export { type FunctionName, signatures } from './signatures.ts';

export interface WasiOptions {
  /** The command line, the program's name first. Default: none. */
  readonly args?: readonly string[];
  /** Environment variables. Default: none; the host's are never passed on by themselves. */
  readonly env?: Readonly<Record<string, string>>;
  /** Directories granted, by the guest's name for them, such as `/`; the guest owns and closes the handles. */
  readonly preopens?: Readonly<Record<string, HostDirectory>>;
  /**
   * Sockets that the guest may accept connections from: its descriptors from 3 on, before the directories. It owns and
   * closes them. They need a guest that runs asynchronously.
   */
  readonly listeners?: readonly HostListener[];
  /** Most descriptors that may be open at once, the standard streams included; beyond it is `mfile`. Default: 2^20. */
  readonly maxDescriptors?: number;
  /** Streams, clock and randomness. Default: `memoryHost()`, which touches nothing and is deterministic. */
  readonly host?: Host;
  /** Each of these takes the place of the host's. */
  readonly stdin?: InputStream;
  readonly stdout?: OutputStream;
  readonly stderr?: OutputStream;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** The guest will be run by `callAsync`: waiting suspends it instead of holding up the thread. Default: false. */
  readonly isAsync?: boolean;
  /** Is told every call, with what is passed and answered; twice one that suspends the guest. */
  readonly trace?: CallListener;
  /** How much of buffers is told, and by which clock time is measured. */
  readonly traceOptions?: TracerOptions;
}

/** A call of preview 1 by a thread that runs in another agent. */
export interface ThreadCall {
  readonly name: FunctionName;
  readonly isUnstable: boolean;
  /** What the thread's instance exports as its memory; absent: the function uses none. */
  readonly memory: GuestMemory | undefined;
  readonly args: readonly (number | bigint)[];
  readonly thread: number;
}

/** What a thread in another agent needs to answer some calls without asking: see `WasiContext`. */
export interface ThreadContext {
  readonly args: readonly Uint8Array[];
  readonly environ: readonly Uint8Array[];
  readonly hasMachinesClock: boolean;
  readonly hasMachinesRandom: boolean;
}

/**
 * A WASI preview 1 environment for one run of one guest.
 *
 *     const wasi = new Wasi({ args: ['app', 'in.txt'], host: nodeHost(), preopens: { '/': openDirectory('.') } });
 *     const instance = instantiate(module, wasi.imports);
 *     try { instance.call('_start'); } finally { wasi.close(); }
 *
 * `_start` returns, or throws `HostExit` with the guest's exit code.
 */
export class Wasi {
  /** To be passed to `instantiate`. A function that is not here fails to link, with its name. */
  readonly imports: Preview1Imports;
  readonly #context: WasiContext & { readonly clock: SteadyClock };
  readonly #streams: SavedStreams;
  readonly #tracer: Tracer | undefined;

  /** @throws {UsageError} a zero character in an argument or variable, or `=` in a variable's name */
  constructor(options: WasiOptions = {}) {
    const host = options.host ?? memoryHost();
    this.#streams = {
      stdin: options.stdin ?? host.stdin,
      stdout: options.stdout ?? host.stdout,
      stderr: options.stderr ?? host.stderr,
    };
    const environ = Object.entries(options.env ?? {});
    const badName = environ.find(([name]) => name === '' || name.includes('='));
    if (badName !== undefined) throw new UsageError(`"${badName[0]}" cannot name an environment variable`);
    this.#context = {
      args: (options.args ?? []).map(guestText),
      environ: environ.map(([name, value]) => guestText(`${name}=${value}`)),
      descriptors: descriptorsOf(this.#streams, options),
      clock: new SteadyClock(options.clock ?? host.clock),
      random: options.random ?? host.random,
      maySuspend: options.isAsync ?? false,
    };
    const { trace, traceOptions } = options;
    this.#tracer = trace === undefined ? undefined : new Tracer(this.#context, trace, traceOptions);
    this.imports = preview1Imports(this.#context, this.#tracer);
  }

  /**
   * @internal Answers a call that a thread of the guest makes in another agent. A call that is cancelled changes
   * nothing for other threads.
   */
  answer({ name, isUnstable, memory = noMemory, args, thread }: ThreadCall): Outcome {
    const functions = isUnstable ? unstableFunctions : preview1Functions;
    // The thread has them from the types of the same table.
    const act = () => callForThread(name, this.#context, memory, args as ArgumentsOf<typeof name>, functions);
    return this.#tracer === undefined ? act() : this.#tracer.call(name, memory, args, act, isUnstable, thread);
  }

  /** @internal What threads may do for themselves. */
  get threadContext(): ThreadContext {
    const { args, environ, clock, random } = this.#context;
    return { args, environ, hasMachinesClock: clock.isMachines, hasMachinesRandom: random.isMachines === true };
  }

  /** @internal Lets threads see the descriptors, so that they read and write files for themselves. */
  shareDescriptors(users: DescriptorUsers): SharedDescriptors {
    return this.#context.descriptors.share(users);
  }

  /** @internal Whether somebody wants to be told of every call. */
  get isTraced(): boolean {
    return this.#tracer !== undefined;
  }

  /** @internal Whether the guest may wait without holding up this agent. */
  get maySuspend(): boolean {
    return this.#context.maySuspend;
  }

  /** @internal As `flush`, waiting for room without holding up the agent. Output that nobody takes is lost. */
  flushed(): Suspended {
    return suspend(async (until) => {
      await flushed(this.#context, until).catch((error: unknown) => {
        if (!(error instanceof HostError)) throw error;
      });
      return Errno.success;
    });
  }

  /** Hands on buffered output. `proc_exit` and `close` do it by themselves. */
  flush(): void {
    this.#context.descriptors.flush();
  }

  /**
   * Output that nobody takes at once is lost from now on. For a run that was ended by time or a signal: `close` would
   * wait for whoever is to read it.
   */
  giveUp(): void {
    this.#context.descriptors.giveUp();
  }

  /** Hands on buffered output and closes what the guest left open; to be called however the run ended. */
  close(): void {
    this.#context.descriptors.closeAll();
  }

  /**
   * The state of this environment: arguments, variables, and what is open, by the names that lead there. What the
   * files hold stays where it is. Buffered output is handed on first.
   *
   * @throws {SnapshotError} naming a descriptor that could not be opened again: its file is gone, or no file
   */
  save(): Uint8Array {
    return encodeUtf8(saveContext(this.#context, this.#streams));
  }

  /**
   * Takes on a state that `save` gave, in this process or another: opens again what was open, through the
   * directories granted to this environment. Variables given to it take the place of saved ones.
   *
   * @throws {SnapshotError} for bytes that are no such state, a directory that is not granted, a file that is missing
   */
  restore(bytes: Uint8Array, options: RestoreOptions = {}): void {
    restoreContext(this.#context, this.#streams, decodeUtf8(bytes, 0, bytes.length) ?? '', options);
  }
}

/** The guest finds the end of a text by its zero byte, so there can be none inside. */
function guestText(text: string): Uint8Array {
  if (text.includes('\0')) throw new UsageError(`"${text}" holds a zero character, which no guest can be given`);
  return encodeUtf8(text);
}

function descriptorsOf(streams: SavedStreams, options: WasiOptions): DescriptorTable {
  const { preopens = {}, listeners = [], maxDescriptors = MAX_DESCRIPTORS } = options;
  const givenCount = 3 + listeners.length + Object.keys(preopens).length;
  if (!(maxDescriptors >= givenCount)) {
    throw new UsageError(`maxDescriptors must be at least ${givenCount}, which the guest begins with`);
  }
  const descriptors = new DescriptorTable({ maxCount: maxDescriptors });
  descriptors.add({ kind: 'input', stream: streams.stdin, readCount: 0 });
  descriptors.add({ kind: 'output', stream: streams.stdout });
  descriptors.add({ kind: 'output', stream: streams.stderr });
  for (const listener of listeners) descriptors.add({ kind: 'listener', listener, flags: 0 });
  for (const [name, directory] of Object.entries(preopens)) descriptors.addPreopen(name, directory);
  return descriptors;
}
