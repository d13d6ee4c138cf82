/**
 * `glassbox run`: runs a WASI program, or one exported function of any module. Option names and exit
 * codes are wasmtime's where it has the same.
 */
import { instantiate, Store } from '../api/index.ts';
import { nodeHost } from '../wasi/host/node/index.ts';
import { Wasi } from '../wasi/index.ts';
import { cacheOf, cacheOptions } from './cache.ts';
import { nowMs } from './clock.ts';
import { type Arguments, type Command, choice, expectOperands } from './command.ts';
import { exitCodes } from './failure.ts';
import { featureOption, featureSwitches } from './features.ts';
import { environmentOf, grantOptions, link, preopensOf } from './grants.ts';
import { guestName } from './input.ts';
import { compileLightly } from './light-compiling.ts';
import { limitOptions, statsOption, statsText, storeOptionsOf } from './limits.ts';
import { listeningOf, listenOptions } from './listening.ts';
import { compileInput } from './load.ts';
import { monitoringOf, monitorOption } from './monitor-option.ts';
import { exitCodeOf } from './outcome.ts';
import { writeErr } from './output.ts';
import { recordOption, recordPathOf } from './record-option.ts';
import { runSteps, stepsOf, stopOf, stopOptions } from './stopping.ts';
import {
  importsWithoutThreads,
  runThreaded,
  type ThreadedOutcome,
  type ThreadedProgram,
  threadCountOf,
  threadOptions,
} from './threads.ts';
import { type Tracing, traceOptions, tracingOf } from './tracing.ts';

export const run: Command = {
  name: 'run',
  summary: 'run a WASI program, or one function of a module',
  usage: '[OPTIONS] FILE [ARGS…]',
  example: 'glassbox run --dir . --fuel 1000000000 app.wasm in.txt',
  guestArguments: true,
  options: [
    { name: 'invoke', value: 'NAME', help: 'call an exported function with ARGS; its results are the last lines' },
    ...grantOptions,
    ...listenOptions,
    ...limitOptions,
    ...threadOptions,
    { name: 'tier', value: 'TIER', help: 'interpreter or auto (default)' },
    featureOption,
    ...cacheOptions,
    monitorOption,
    ...traceOptions,
    ...stopOptions,
    recordOption,
    statsOption,
    { name: 'lowering', value: 'FORM', help: 'fast or clear code', hidden: true },
  ],
  notes: [
    "Options end at FILE ('-' is standard input); what follows belongs to the program.",
    "Exit codes: the program's own, 134 after a trap, 1 for what does not load, 2 for a bad option, 130 and 143 after",
    'SIGINT and SIGTERM.',
  ].join('\n'),
  execute: executeRun,
};

async function executeRun(args: Arguments): Promise<number> {
  const monitoring = await monitoringOf(args);
  if (monitoring?.showsMonitorHelp(args)) return exitCodes.ok;
  expectOperands(run, args, 1, Number.POSITIVE_INFINITY);
  const [path, ...guestArgs] = args.operands as [string, ...string[]];
  const storeOptions = storeOptionsOf(args);
  choice(args, 'tier', ['auto', 'interpreter']);
  const env = environmentOf(args);
  const stop = stopOf(args);
  const recordPath = recordPathOf(args);
  const invoked = args.value('invoke');
  const lowering = choice(args, 'lowering', ['fast', 'clear']);
  // A loop that was named, and a recorded run, which makes no turns, are compiled thoroughly from the start.
  const isHasty = args.value('loop') === undefined && recordPath === undefined;
  const compileThoroughly = isHasty ? compileLightly(path) : () => {};
  const cache = cacheOf(args);
  const module = compileInput(path, { lowering, features: featureSwitches(args) }, cache);
  const dumps = choice(args, 'on-trap', ['nothing', 'dump']) === 'dump';
  const maxThreads = threadCountOf(args, module);
  const name = args.value('argv0') ?? guestName(path);
  const tracing = tracingOf(args);
  const listening = await listeningOf(args);
  const wasi = new Wasi({
    args: [name, ...(invoked === undefined ? guestArgs : [])],
    env: { ...listening.env, ...env },
    preopens: preopensOf(args),
    listeners: listening.listeners,
    host: nodeHost(),
    // A recorded run waits where it is: its session makes no turns of the event loop.
    isAsync: recordPath === undefined,
    ...tracing.options,
  });
  const started = nowMs();
  if (maxThreads !== undefined) {
    const monitors = monitoring?.threadMonitorsOf(args, name);
    // V8 takes the workers' code caches under the usual flags only.
    compileThoroughly();
    const program = { path, module, wasi, maxThreads, limits: storeOptions, invoked, guestArgs, monitors, dumps };
    return await runGroup(program, args, tracing, started);
  }
  const monitors = monitoring?.monitorsOf(args, name);
  const store = new Store(storeOptions);
  let exitCode: number | undefined;
  try {
    const instance = link(path, module, () =>
      instantiate(module, importsWithoutThreads(module, wasi, storeOptions.maxMemoryBytes), {
        store,
        omitStart: true,
        beforeStart: monitors?.attach,
      }),
    );
    const steps = stepsOf(instance, invoked, guestArgs);
    if (recordPath !== undefined) {
      const { runRecorded } = await import('./snapshots/recording.ts');
      exitCode = runRecorded({ path, store, instance, wasi, steps, guestArgs: [name, ...guestArgs] }, recordPath);
    } else {
      exitCode = await runSteps({ path, store, instances: [instance], wasi, steps }, stop);
    }
  } catch (error) {
    exitCode = exitCodeOf(path, error);
  } finally {
    wasi.close();
    monitors?.finish();
    tracing.finish(module, exitCode);
    // Not at the first start: who runs a program once need not wait for it.
    if (cache?.hasFound) module.keepCode();
    if (args.flag('stats')) writeErr(statsText(store, nowMs() - started));
  }
  return exitCode;
}

async function runGroup(
  program: ThreadedProgram,
  args: Arguments,
  tracing: Tracing,
  startedMs: number,
): Promise<number> {
  let outcome: ThreadedOutcome | undefined;
  try {
    outcome = await runThreaded(program);
  } finally {
    program.wasi.close();
    tracing.finish(program.module, outcome?.exitCode);
    if (outcome !== undefined && args.flag('stats')) {
      writeErr(statsText(outcome.counts, nowMs() - startedMs));
    }
  }
  return outcome.exitCode;
}
