/**
 * Threads of scripts: `(thread $T (shared (module $M)) …)` runs its commands at the same time as those after it, in an
 * agent of its own, with instances and names of its own; `(wait $T)` waits for its end. Of a module that it shares, a
 * thread has the shared memories. How agents are started is the host's matter.
 *
 * @see https://github.com/WebAssembly/threads/blob/main/interpreter/README.md
 */
import { Memory, type SharedMemory } from '../api/index.ts';
import type { FeatureSwitches } from '../syntax/index.ts';
import type { ScriptCommand } from '../text/index.ts';
import { CommandFailure, type ScriptOutcome, type ScriptResult } from './outcome.ts';

/** Starts agents for threads of scripts. */
export interface ScriptThreads {
  start(task: ThreadTask): ScriptThread;
}

export interface ScriptThread {
  /** Blocks until the thread has ended. What it did, and how it failed when it has not ended by itself. */
  join(): ScriptResult;
}

/** What a thread runs, as data that another agent can be sent: it gives it to `runScriptThread`. */
export interface ThreadTask {
  /** The whole script, so that lines are those of the file. */
  readonly source: string;
  /** Which of its commands the thread is, and within that which, and so on. */
  readonly path: readonly number[];
  /** Line of the command. */
  readonly line: number;
  readonly shared: readonly SharedExports[];
  readonly options: ThreadOptions;
}

/** What a thread runs its commands with: of the script's options what is data. */
export interface ThreadOptions {
  readonly features?: FeatureSwitches | undefined;
  readonly lowering?: 'fast' | 'clear' | undefined;
  readonly strictMessages?: boolean | undefined;
  readonly dialect?: 'spec' | 'wasmtime' | undefined;
  readonly store?: { readonly loop?: 'switch' | 'halves' | 'handlers' | undefined } | undefined;
}

/** The shared memories of an instance. */
export interface SharedExports {
  /** The instance's identifier. */
  readonly id: string;
  readonly memories: Readonly<Record<string, SharedMemory>>;
}

/** What a thread gets of an instance that it shares. */
export function sharedExports(id: string, exports: Readonly<Record<string, unknown>>): SharedExports {
  const memories: Record<string, SharedMemory> = {};
  for (const [name, value] of Object.entries(exports)) {
    if (value instanceof Memory && value.shared) memories[name] = value.share();
  }
  return { id, memories };
}

/** The exports that stand in a thread for those of an instance that it shares. */
export function adoptExports({ memories }: SharedExports): Record<string, Memory> {
  const exports: Record<string, Memory> = Object.create(null);
  for (const [name, memory] of Object.entries(memories)) exports[name] = Memory.fromShared(memory);
  return exports;
}

/** The commands of the thread at `path`. */
export function commandsAt(commands: readonly ScriptCommand[], path: readonly number[]): readonly ScriptCommand[] {
  let found = commands;
  for (const index of path) {
    const command = found[index];
    if (command?.kind !== 'thread') throw new CommandFailure(`command ${index} is no thread`);
    found = command.commands;
  }
  return found;
}

/** The threads that a script, or a thread of one, has started. */
export class StartedThreads {
  private readonly threads: ScriptThreads;
  private readonly started = new Map<string, ScriptThread>();

  constructor(threads: ScriptThreads) {
    this.threads = threads;
  }

  /** @throws {CommandFailure} when one of that name has not been waited for */
  start(id: string | undefined, task: ThreadTask): void {
    const name = id ?? '';
    if (this.started.has(name)) throw new CommandFailure(`thread ${name} runs already`);
    this.started.set(name, this.threads.start(task));
  }

  /** @throws {CommandFailure} when there is none */
  join(id: string | undefined): readonly ScriptOutcome[] {
    const name = id ?? '';
    const thread = this.started.get(name);
    if (thread === undefined) throw new CommandFailure(`there is no thread ${name}`);
    this.started.delete(name);
    return thread.join().outcomes;
  }

  /** Waits for those that nobody has waited for. */
  joinAll(): ScriptOutcome[] {
    return [...this.started.keys()].flatMap((name) => this.join(name));
  }
}
