/**
 * `glassbox run`: runs a WASI program, or one exported function of any module. Option names and exit
 * codes are wasmtime's where it has the same.
 */
import { callValues, type Instance, instantiate, type Module, Store, type StoreOptions } from '../api/index.ts';
import { type BacktraceFrame, Exhaustion, HostExit, Trap, UncaughtException } from '../syntax/index.ts';
import { nodeHost } from '../wasi/host/node.ts';
import { Wasi } from '../wasi/index.ts';
import { type Arguments, type Command, choice, expectOperands, quantity } from './command.ts';
import { exitCodes } from './failure.ts';
import { featureOption, featureSwitches } from './features.ts';
import { environmentOf, grantOptions, link, preopensOf } from './grants.ts';
import { guestName } from './input.ts';
import { invocationOf } from './invocation.ts';
import { compileInput } from './load.ts';
import { monitorOption, monitorsOf, showsMonitorHelp } from './monitor.ts';
import { paint, printable, writeErr, writeOut } from './output.ts';
import { countText, durationText, parseBytes, parseCount, parseDurationMs } from './quantities.ts';
import { valueText } from './values.ts';

export const run: Command = {
  name: 'run',
  summary: 'run a WASI program, or one function of a module',
  usage: '[OPTIONS] FILE [ARGS…]',
  example: 'glassbox run --dir . --fuel 1000000000 app.wasm in.txt',
  guestArguments: true,
  options: [
    { name: 'invoke', value: 'NAME', help: 'call an exported function with ARGS; its results are the last lines' },
    ...grantOptions,
    { name: 'fuel', value: 'N', help: 'stop after N instructions' },
    { name: 'timeout', value: 'TIME', help: 'stop after 300ms, 5s, 2m; plain numbers are seconds' },
    { name: 'max-memory', value: 'SIZE', help: 'the most all memories may grow to: 64K, 16M, 2G' },
    { name: 'tier', value: 'TIER', help: 'interpreter or auto (default)' },
    featureOption,
    monitorOption,
    { name: 'stats', help: 'write to standard error what the run took' },
    { name: 'lowering', value: 'FORM', help: 'fast or clear code', hidden: true },
  ],
  notes: [
    "Options end at FILE ('-' is standard input); what follows belongs to the program.",
    "Exit codes: the program's own, 134 after a trap, 1 for what does not load, 2 for a bad option.",
  ].join('\n'),
  execute: executeRun,
};

function executeRun(args: Arguments): number {
  if (showsMonitorHelp(args)) return exitCodes.ok;
  expectOperands(run, args, 1, Number.POSITIVE_INFINITY);
  const [path, ...guestArgs] = args.operands as [string, ...string[]];
  const storeOptions = storeOptionsOf(args);
  choice(args, 'tier', ['auto', 'interpreter']);
  const env = environmentOf(args);
  const invoked = args.value('invoke');
  const lowering = choice(args, 'lowering', ['fast', 'clear']);
  const module = compileInput(path, { lowering, features: featureSwitches(args) });
  const name = args.value('argv0') ?? guestName(path);
  const wasi = new Wasi({
    args: [name, ...(invoked === undefined ? guestArgs : [])],
    env,
    preopens: preopensOf(args),
    host: nodeHost(),
  });
  const monitors = monitorsOf(args, name);
  const started = performance.now();
  const store = new Store(storeOptions);
  try {
    const instance = link(path, module, () =>
      instantiate(module, wasi.imports, { store, beforeStart: monitors.attach }),
    );
    const results = invoked === undefined ? start(instance) : invoke(instance, module, invoked, guestArgs);
    wasi.flush();
    writeOut(results.map((line) => `${line}\n`).join(''));
    return exitCodes.ok;
  } catch (error) {
    return exitCodeOf(path, error);
  } finally {
    wasi.close();
    monitors.finish();
    if (args.flag('stats')) writeErr(statsText(store, performance.now() - started));
  }
}

/** Runs a program from its `_start`; a module without one has done its work when it is instantiated. */
function start(instance: Instance): string[] {
  if (instance.exports._start !== undefined) instance.call('_start');
  return [];
}

/** Calls an export with arguments given as text; returns its results as text. */
function invoke(instance: Instance, module: Module, name: string, texts: readonly string[]): string[] {
  const { func, values } = invocationOf(instance, module, name, texts);
  // A library's own set-up, which it expects before any other call.
  if (name !== '_initialize' && instance.exports._initialize !== undefined) instance.call('_initialize');
  return callValues(func, values).map(valueText);
}

function storeOptionsOf(args: Arguments): StoreOptions {
  const fuel = quantity(args, 'fuel', parseCount, 'a whole number of instructions');
  const timeoutMs = quantity(args, 'timeout', parseDurationMs, '300ms, 5s or 2m');
  const maxMemoryBytes = quantity(args, 'max-memory', parseBytes, '64K, 16M or 2G');
  return {
    ...(fuel === undefined ? {} : { fuel }),
    ...(timeoutMs === undefined ? {} : { timeoutMs, clock: () => performance.now() }),
    ...(maxMemoryBytes === undefined ? {} : { maxMemoryBytes }),
  };
}

const EXIT_CODE_MASK = 0xff;

/** What a run that did not return exits with, after saying why. Errors that are no outcome of a guest are rethrown. */
function exitCodeOf(path: string, error: unknown): number {
  if (error instanceof HostExit) return error.exitCode & EXIT_CODE_MASK;
  const isTrap = error instanceof Trap || error instanceof Exhaustion;
  if (!isTrap && !(error instanceof UncaughtException)) throw error;
  const name = path === '-' ? '<stdin>' : path;
  const title = error instanceof Trap ? 'wasm trap: ' : '';
  writeErr(`${paint(2, 'red', 'error:')} ${name}: ${title}${printable(error.message)}\n`);
  writeErr(backtraceText(error.backtrace));
  const help = error instanceof Exhaustion ? exhaustionAdvice[error.kind] : undefined;
  if (help !== undefined) writeErr(`${paint(2, 'cyan', 'help:')} ${help}\n`);
  return isTrap ? exitCodes.trap : exitCodes.failed;
}

const exhaustionAdvice: Partial<Record<Exhaustion['kind'], string>> = {
  fuel: 'raise --fuel to let it run longer',
  deadline: 'raise --timeout to let it run longer',
  memory: 'raise --max-memory to let it have more',
};

const SHOWN_FRAMES = 30;

/** Innermost first, in wasmtime's form: number, byte offset in the binary, module and function. */
function backtraceText(frames: readonly BacktraceFrame[]): string {
  if (frames.length === 0) return '';
  const lines = frames.slice(0, SHOWN_FRAMES).map(({ funcidx, funcName, moduleName, byteOffset }, index) => {
    const place = `0x${byteOffset.toString(16)}`.padStart(8);
    const name = funcName === undefined ? `<wasm function ${funcidx}>` : printable(funcName);
    return `${String(index).padStart(6)}: ${place} - ${printable(moduleName ?? '<unknown>')}!${name}\n`;
  });
  // How many there are is not known: errors carry the innermost frames of a deep stack.
  if (frames.length > SHOWN_FRAMES) lines.push('        … and more callers\n');
  return `wasm backtrace:\n${lines.join('')}`;
}

const PAGE_BYTES = 0x10000;

function statsText(store: Store, durationMs: number): string {
  return [
    `instructions  ${countText(store.instructionCount)}\n`,
    `calls         ${countText(store.callCount)}\n`,
    `memory pages  ${countText(Math.ceil(store.memoryBytes / PAGE_BYTES))}\n`,
    `time          ${durationText(durationMs)}\n`,
  ].join('');
}
