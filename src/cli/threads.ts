/**
 * Programs with threads: which runs need a group of workers, and how one ends. A program that imports a shared memory
 * gets one under any name; without threads it runs in this agent, and `thread-spawn` refuses.
 */
import type { Imports, Module, Value } from '../api/index.ts';
import { Exhaustion, type ExhaustionKind, HostExit, type Import } from '../syntax/index.ts';
import { nodeWorkers } from '../wasi/host/node/index.ts';
import {
  Errno,
  type StoppedThread,
  sharedMemory,
  ThreadGroup,
  type ThreadGroupOptions,
  type ThreadLimits,
  type Wasi,
} from '../wasi/index.ts';
import { type Arguments, type Option, quantity } from './command.ts';
import { usageFailure } from './failure.ts';
import { linkFailure } from './grants.ts';
import { invocationIn } from './invocation.ts';
import type { ThreadMonitors } from './monitors.ts';
import { backtraceText, exitCodeOf, handOn } from './outcome.ts';
import { printable, writeErr, writeOut } from './output.ts';
import { parseCount } from './quantities.ts';
import { Signals } from './signals.ts';
import { valueText } from './values.ts';

export const threadOptions: readonly Option[] = [
  { name: 'threads', help: 'run with threads, which is the default for a program that imports a shared memory' },
  { name: 'on-trap', value: 'dump', help: 'after a trap, show where every thread stands' },
  { name: 'max-threads', value: 'N', help: 'the most threads beside the main one (default: 1000); 0: it has none' },
];

/** What a run with threads cannot do yet. */
const excluded = ['record', 'stop-after', 'snapshot'] as const;

/** The most threads that the program may have; undefined: it runs in this agent. @throws {Failure} */
export function threadCountOf(args: Arguments, module: Module): number | undefined {
  const maxThreads = quantity(args, 'max-threads', parseCount, 'a whole number of threads');
  const isShared = module.syntax.imports.some(({ type }) => type.kind === 'memory' && type.type.shared);
  if (args.flag('threads') && !isShared) {
    throw usageFailure(
      "'--threads' needs a program whose threads share a memory: this one imports none that is shared",
    );
  }
  if (!isShared || maxThreads === 0) return undefined;
  for (const other of excluded) {
    if (args.value(other) === undefined) continue;
    throw usageFailure(`'--${other}' does not go together with threads`, 'add --max-threads 0 to run without them');
  }
  return maxThreads ?? DEFAULT_MAX_THREADS;
}

const DEFAULT_MAX_THREADS = 1000;

/** What a program for threads imports beside WASI, for a run without them. */
export function importsWithoutThreads(module: Module, wasi: Wasi, maxMemoryBytes: number | undefined): Imports {
  const imports: Record<string, Imports[string]> = { ...wasi.imports };
  for (const entry of module.syntax.imports) {
    const value = importWithoutThreads(entry, maxMemoryBytes);
    if (value === undefined) continue;
    const names = imports[entry.module];
    imports[entry.module] = { ...names, [entry.name]: names?.[entry.name] ?? value };
  }
  return imports;
}

function importWithoutThreads({ module, name, type }: Import, maxMemoryBytes: number | undefined) {
  if (type.kind === 'memory' && type.type.shared) return sharedMemory(type.type, maxMemoryBytes);
  const isSpawn = module === 'wasi' && name === 'thread-spawn' && type.kind === 'func';
  return isSpawn ? () => -Errno.notsup : undefined;
}

/** A run with threads. */
export interface ThreadedProgram {
  /** What messages call it. */
  readonly path: string;
  readonly module: Module;
  readonly wasi: Wasi;
  readonly maxThreads: number;
  readonly limits: ThreadLimits & { readonly timeoutMs?: number | undefined };
  /** An export to be called, with its arguments as on the command line; absent: `_start`. */
  readonly invoked: string | undefined;
  readonly guestArgs: readonly string[];
  readonly monitors: ThreadMonitors | undefined;
  /** After a failure, all threads are shown. */
  readonly dumps: boolean;
}

/** A run that has ended. */
export interface ThreadedOutcome {
  readonly exitCode: number;
  readonly counts: { readonly instructionCount: number; readonly callCount: number; readonly memoryBytes: number };
}

/** The workers' program is beside this one. */
function startWorkerOf(): ThreadGroupOptions['startWorker'] {
  const name = './thread-worker.cjs';
  return nodeWorkers(require.resolve(name));
}

/** Runs to the end of all threads. */
export async function runThreaded(program: ThreadedProgram): Promise<ThreadedOutcome> {
  const { path, module, wasi, maxThreads, limits, monitors } = program;
  const { timeoutMs, ...threadLimits } = limits;
  const signal = new Signals();
  const startWorker = startWorkerOf();
  let exitCode = 0;
  let group: ThreadGroup | undefined;
  try {
    const graceMs = program.dumps ? LONG_GRACE_MS : undefined;
    const options = { wasi, startWorker, maxThreads, signal, timeoutMs, limits: threadLimits, graceMs, ...monitors };
    group = new ThreadGroup(module, options);
    const results = await callIn(group, program);
    handOn(wasi);
    writeOut(results.map((value) => `${valueText(value)}\n`).join(''));
  } catch (error) {
    // Whoever reads its output may not come back.
    if (error instanceof Exhaustion && endsFromOutside.has(error.kind)) wasi.giveUp();
    exitCode = signal.exitCodeOf(error) ?? exitCodeOf(path, linkFailure(path, module, error));
    if (program.dumps && !(error instanceof HostExit)) writeErr(dumpText(group?.stoppedThreads ?? []));
  } finally {
    signal.close();
  }
  const { instructions = 0, calls = 0 } = group?.counts ?? {};
  const counts = { instructionCount: instructions, callCount: calls, memoryBytes: group?.memoryBytes ?? 0 };
  return { exitCode, counts };
}

/** How long threads have to say where they stand: on a busy machine it takes its time. */
const LONG_GRACE_MS = 5000;

/** All threads of a stopped program. */
function dumpText(threads: readonly StoppedThread[]): string {
  const parts = threads.map(({ tid, doing, backtrace }) => {
    const name = tid === 0 ? 'thread 0 (main)' : `thread ${tid}`;
    return `${name}: ${printable(doing)}\n${backtraceText(backtrace)}`;
  });
  return parts.join('');
}

const endsFromOutside: ReadonlySet<ExhaustionKind> = new Set(['deadline', 'aborted']);

async function callIn(group: ThreadGroup, program: ThreadedProgram): Promise<readonly Value[]> {
  const { invoked, module, guestArgs } = program;
  if (invoked !== undefined) return group.runValues(invoked, invocationIn(module, invoked, guestArgs));
  await group.run();
  return [];
}
