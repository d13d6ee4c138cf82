/**
 * What is debugged: the module with its text and source lines, and how a run of it begins. Every run has a new
 * instance and a new environment.
 */
import { type Instance, inspect, instantiate, type Module, type Session, Store } from '../../api/index.ts';
import { LineTable, Listing, type SessionOptions, type Stop } from '../../inspect/index.ts';
import type { Module as SyntaxModule } from '../../syntax/index.ts';
import { nodeHost } from '../../wasi/host/node.ts';
import { type HostDirectory, Wasi } from '../../wasi/index.ts';
import { Failure } from '../failure.ts';
import { link } from '../grants.ts';
import { invocationOf } from '../invocation.ts';
import { partsOf, type Step } from '../stopping.ts';
import { jsValueOf } from './js-values.ts';
import { funcLabel, shortPath } from './names.ts';

export interface ProgramOptions {
  readonly path: string;
  readonly module: Module;
  /** The text that the module was compiled from. */
  readonly text: string | undefined;
  readonly argv0: string;
  readonly env: Readonly<Record<string, string>>;
  /** Folders are opened for each run: the guest closes them. */
  readonly openPreopens: () => Record<string, HostDirectory>;
}

/** What a run calls: `_start`, or an export with arguments. */
export interface Entry {
  /** Absent: `_start`. */
  readonly name: string | undefined;
  readonly args: readonly string[];
}

/** One of the calls that a run consists of: the start function, a library's set-up, the entry. */
interface Call {
  /** Name of the export, or of the start function. */
  readonly name: string;
  /** As a snapshot keeps it. */
  readonly step: Step;
  readonly func: Parameters<Session['begin']>[0];
  readonly values: readonly unknown[];
}

/** A run in progress. */
export interface Run {
  readonly session: Session;
  readonly instance: Instance;
  readonly store: Store;
  /** Name of the function that was called last. */
  readonly entry: string;
  /** Begins what is to be called next; `undefined` when the run is over. */
  next(): Stop | undefined;
  /** All state as bytes: what `glassbox resume` takes. @throws {SnapshotError} for what cannot be saved */
  save(): Uint8Array;
  /** Hands on what the guest has written. */
  flush(): void;
  close(): void;
}

export class Program {
  readonly options: ProgramOptions;
  readonly listing: Listing;
  readonly lines: LineTable;

  constructor(options: ProgramOptions) {
    this.options = options;
    const { module, text } = options;
    const source =
      text === undefined || module.sourceMap === undefined ? undefined : { text, sourceMap: module.sourceMap };
    this.listing = new Listing(module.syntax, source);
    this.lines = new LineTable(module.syntax);
  }

  get syntax(): SyntaxModule {
    return this.options.module.syntax;
  }

  /** The file's name, as places show it. */
  get fileName(): string {
    return this.options.path === '-' ? '<stdin>' : shortPath(this.options.path);
  }

  /**
   * Instantiates the module and calls its entry; it stands before the first instruction.
   *
   * @param prepare is given the session before anything is called
   * @throws {Failure}
   */
  begin(entry: Entry, options: SessionOptions, prepare: (run: Run) => void): { run: Run; stop: Stop } {
    const { path, module, argv0, env, openPreopens } = this.options;
    const name = this.entryName(entry);
    const args = [argv0, ...(name === '_start' ? entry.args : [])];
    const wasi = new Wasi({ args, env: { ...env }, preopens: openPreopens(), host: nodeHost() });
    const store = new Store();
    try {
      const instance = link(path, module, () => instantiate(module, wasi.imports, { store, omitStart: true }));
      const calls = this.calls(instance, name, entry.args);
      const session = inspect(instance, options);
      let current: Call | undefined;
      const run: Run = {
        session,
        instance,
        store,
        get entry() {
          return current?.name ?? '';
        },
        next: () => {
          const call = calls.shift();
          if (call === undefined) return undefined;
          current = call;
          return session.begin(call.func, call.values);
        },
        save: () => {
          const hasEnded = session.stop?.reason === 'exit';
          const steps = [...(current === undefined || hasEnded ? [] : [current]), ...calls].map(({ step }) => step);
          return session.save({ parts: partsOf({ path, steps, wasi }) });
        },
        flush: () => wasi.flush(),
        close: () => {
          session.close();
          wasi.close();
        },
      };
      prepare(run);
      return { run, stop: run.next()! };
    } catch (error) {
      wasi.close();
      throw error;
    }
  }

  /** What a run calls, in its order. @throws {Failure} for an entry that is none, or arguments that do not fit */
  private calls(instance: Instance, name: string | undefined, args: readonly string[]): Call[] {
    const { module } = this.options;
    const calls: Call[] = [];
    const startidx = this.syntax.start?.funcidx;
    const start = startidx === undefined ? undefined : instance.entry.funcs[startidx];
    // One of the host's has run already.
    if (start !== undefined && start.host === null) {
      const step = { name: undefined, args: [], prints: false };
      calls.push({ name: funcLabel(this.syntax, startidx!), step, func: start, values: [] });
    }
    if (name === undefined) return calls;
    const { func, values } = invocationOf(instance, module, name, name === '_start' ? [] : args);
    // A library's own set-up, which it expects before any other call.
    if (name !== '_start' && name !== '_initialize' && instance.exports._initialize !== undefined) {
      const step = { name: '_initialize', args: [], prints: false };
      const setUp = invocationOf(instance, module, '_initialize', []).func;
      calls.push({ name: '_initialize', step, func: setUp, values: [] });
    }
    const step = { name, args, prints: name !== '_start' };
    calls.push({ name, step, func, values: values.map(jsValueOf) });
    return calls;
  }

  /**
   * The export that a run calls: `_start`, or else the only function there is; none where the start function is
   * all. @throws {Failure}
   */
  private entryName({ name }: Entry): string | undefined {
    if (name !== undefined) return name;
    const functions = this.options.module.exports().filter(({ kind }) => kind === 'func');
    if (functions.some((each) => each.name === '_start')) return '_start';
    if (functions.length === 1) return functions[0]!.name;
    if (this.syntax.start !== undefined) return undefined;
    throw new Failure(
      'the module has no _start to run',
      functions.length === 0 ? 'it exports no function' : "call an export: 'invoke NAME ARGS…', or --invoke NAME",
    );
  }
}
