/** Runs of a module: each has a new instance and a new environment, and begins with the start function. */
import { type Instance, inspect, instantiate, type Module, Store } from '../../api/index.ts';
import { nodeHost } from '../../wasi/host/node/index.ts';
import { type HostDirectory, Wasi } from '../../wasi/index.ts';
import { Failure } from '../failure.ts';
import { link } from '../grants.ts';
import { invocationOf } from '../invocation.ts';
import { jsValueOf } from './js-values.ts';
import { funcLabel } from './names.ts';
import { type Call, type Entry, type Launcher, runOf } from './run.ts';

/** What runs are granted. */
export interface Environment {
  readonly argv0: string;
  readonly env: Readonly<Record<string, string>>;
  /** Folders are opened for each run: the guest closes them. */
  readonly openPreopens: () => Record<string, HostDirectory>;
}

export function moduleLauncher(path: string, module: Module, environment: Environment): Launcher {
  const { argv0, env, openPreopens } = environment;
  return (entry, options, prepare) => {
    const name = entryName(module, entry);
    const args = [argv0, ...(name === '_start' ? entry.args : [])];
    const wasi = new Wasi({ args, env: { ...env }, preopens: openPreopens(), host: nodeHost() });
    try {
      const store = new Store();
      const instance = link(path, module, () => instantiate(module, wasi.imports, { store, omitStart: true }));
      const calls = callsOf(instance, name, entry.args);
      const run = runOf({ path, session: inspect(instance, options), instance, wasi, calls });
      prepare(run);
      return { run, stop: run.next()! };
    } catch (error) {
      wasi.close();
      throw error;
    }
  };
}

/** What a run calls, in its order. @throws {Failure} for an entry that is none, or arguments that do not fit */
function callsOf(instance: Instance, name: string | undefined, args: readonly string[]): Call[] {
  const { module, exports } = instance;
  const calls: Call[] = [];
  const startidx = module.syntax.start?.funcidx;
  const start = startidx === undefined ? undefined : instance.entry.funcs[startidx];
  // One of the host's has run already.
  if (start !== undefined && start.host === null) {
    calls.push({
      name: funcLabel(module.syntax, startidx!),
      step: { name: undefined, args: [], prints: false },
      begin: (session) => session.begin(start, []),
    });
  }
  if (name === undefined) return calls;
  const entry = exportCall(instance, name, name === '_start' ? [] : args, name !== '_start');
  const isLibrary = name !== '_start' && name !== '_initialize' && exports._initialize !== undefined;
  // A library's own set-up, which it expects before any other call.
  return [...calls, ...(isLibrary ? [exportCall(instance, '_initialize', [], false)] : []), entry];
}

/** A call of an export. @throws {Failure} for one that is none, or arguments that do not fit */
export function exportCall(instance: Instance, name: string, args: readonly string[], prints: boolean): Call {
  const { func, values } = invocationOf(instance, instance.module, name, args);
  const given = values.map(jsValueOf);
  return { name, step: { name, args, prints }, begin: (session) => session.begin(func, given) };
}

/**
 * The export that a run calls: `_start`, or else the only function there is; none where the start function is
 * all. @throws {Failure}
 */
function entryName(module: Module, { name }: Entry): string | undefined {
  if (name !== undefined) return name;
  const functions = module.exports().filter(({ kind }) => kind === 'func');
  if (functions.some((each) => each.name === '_start')) return '_start';
  if (functions.length === 1) return functions[0]!.name;
  if (module.syntax.start !== undefined) return undefined;
  throw new Failure(
    'the module has no _start to run',
    functions.length === 0 ? 'it exports no function' : "call an export: 'invoke NAME ARGS…', or --invoke NAME",
  );
}
