/**
 * Runs scripts of the specification's kind (.wast) over the embedding API: one outcome a command, and a
 * failure never stops the commands after it.
 *
 * @see https://github.com/WebAssembly/spec/tree/main/interpreter#scripts
 */
import {
  type CompileOptions,
  callValues,
  compile,
  funcOf,
  Global,
  type Imports,
  type Instance,
  instantiate,
  type Module,
  Store,
  type StoreOptions,
  type Value,
} from '../api/index.ts';
import {
  DecodeError,
  Exhaustion,
  exhaustionMessages,
  GlassboxError,
  LinkError,
  ParseError,
  Trap,
  trapMessages,
  UncaughtException,
  V128,
  ValidationError,
  type ValType,
  valTypeText,
} from '../syntax/index.ts';
import {
  type ModuleSource,
  parseScript,
  type ScriptAction,
  type ScriptCommand,
  type ScriptConst,
} from '../text/index.ts';
import { type CustomProblem, customProblems } from '../validator/index.ts';
import { HostReference, matches, patternText, valueText } from './expected.ts';
import { CommandFailure, CommandSkip, type ScriptOutcome, type ScriptResult } from './outcome.ts';
import { spectestSource, wasmtimeSource } from './spectest.ts';
import {
  adoptExports,
  commandsAt,
  type ScriptThreads,
  StartedThreads,
  sharedExports,
  type ThreadTask,
} from './threads.ts';

export interface ScriptOptions extends CompileOptions {
  /** Limits of what the script runs; a script has one store. */
  readonly store?: StoreOptions | undefined;
  /** Compare also the words of malformed and invalid modules' errors; without, their kind decides. */
  readonly strictMessages?: boolean | undefined;
  /** `wasmtime`: a module's identifier is also its name for imports, and there is a host module `wasmtime`. */
  readonly dialect?: 'spec' | 'wasmtime' | undefined;
  /** Makes instances in place of the embedding API, and runs their start functions. */
  readonly instantiate?: ((module: Module, imports: Imports, store: Store) => Instance) | undefined;
  /** Makes the script's calls in place of the embedding API. */
  readonly callValues?: typeof callValues | undefined;
  /** Starts the agents that the script's threads run in; absent: they are skipped. */
  readonly threads?: ScriptThreads | undefined;
}

/** Runs a script. Nothing that a script does makes this throw. */
export function runScript(source: string, options: ScriptOptions = {}): ScriptResult {
  return runAt({ source, path: [], shared: [] }, options);
}

/** Runs a thread of a script, in the agent that `threads` has started for it. */
export function runScriptThread(task: ThreadTask, threads: ScriptThreads): ScriptResult {
  return runAt(task, { ...task.options, threads });
}

type Place = Pick<ThreadTask, 'source' | 'path' | 'shared'>;

function runAt(place: Place, options: ScriptOptions): ScriptResult {
  let commands: readonly ScriptCommand[];
  try {
    commands = commandsAt(parseScript(place.source), place.path);
  } catch (error) {
    const line = error instanceof ParseError ? error.position.line : 1;
    return { outcomes: [{ line, kind: 'script', status: 'failed', message: describe(error) }] };
  }
  return { outcomes: new ScriptRunner(options, place).run(commands) };
}

/** An error as a report shows it: what is not one of ours is a bug of ours, and named as such. */
function describe(error: unknown): string {
  if (error instanceof CommandFailure || error instanceof CommandSkip) return error.message;
  if (error instanceof GlassboxError) return `${error.name}: ${error.message}`;
  return error instanceof Error ? `internal ${error.name}: ${error.message}` : String(error);
}

/** Ours may say more than the suite's words, and the suite may go on where ours end: `uninitialized element 7`. */
function sameWords(expected: string, actual: string): boolean {
  return actual.includes(expected) || expected.startsWith(actual);
}

type FaultCommand = Extract<ScriptCommand, { action: ScriptAction | undefined; message: string | undefined }>;
type ThreadCommand = Extract<ScriptCommand, { kind: 'thread' }>;
type ModuleCommand = Extract<ScriptCommand, { module: ModuleSource; message: string }>;

/** What scripts can do with an instance, or with what stands for one of another agent. */
type ScriptInstance = Pick<Instance, 'exports'>;

class ScriptRunner {
  private readonly options: ScriptOptions;
  private readonly place: Place;
  private readonly threads: StartedThreads | undefined;
  private readonly store: Store;
  private readonly imports: Record<string, Imports[string]> = Object.create(null);
  private readonly definitions = new Map<string, Module>();
  private readonly instances = new Map<string, ScriptInstance>();
  private latestDefinition: Module | undefined;
  private latestInstance: ScriptInstance | undefined;
  /** Outcomes of threads that a command has waited for. */
  private readonly joined: ScriptOutcome[] = [];
  private readonly hostReferences = new Map<number, HostReference>();

  constructor(options: ScriptOptions, place: Place) {
    this.options = options;
    this.place = place;
    this.threads = options.threads && new StartedThreads(options.threads);
    for (const shared of place.shared) this.instances.set(shared.id, { exports: adoptExports(shared) });
    this.store = new Store(options.store);
    this.imports.spectest = this.hostModule(spectestSource);
    if (this.isWasmtime) this.imports.wasmtime = this.hostModule(wasmtimeSource);
  }

  private get isWasmtime(): boolean {
    return this.options.dialect === 'wasmtime';
  }

  private hostModule(source: string): Imports[string] {
    return this.instantiate(compile(source)).exports;
  }

  /** The outcomes of threads stand after the commands that wait for them. */
  run(commands: readonly ScriptCommand[]): ScriptOutcome[] {
    const outcomes = commands.flatMap((command, index) => {
      const own = this.outcomeOf(command, index);
      return [own, ...this.joined.splice(0)];
    });
    return [...outcomes, ...(this.threads?.joinAll() ?? [])];
  }

  private outcomeOf(command: ScriptCommand, index: number): ScriptOutcome {
    const { line } = command.position;
    const kind = command.kind === 'action' ? command.action.kind : command.kind;
    try {
      this.execute(command, index);
      return { line, kind, status: 'passed' };
    } catch (error) {
      const status = error instanceof CommandSkip ? 'skipped' : 'failed';
      return { line, kind, status, message: describe(error) };
    }
  }

  private execute(command: ScriptCommand, index: number): void {
    switch (command.kind) {
      case 'module':
        // What follows a module that fails must not run on the one before it.
        this.latestInstance = undefined;
        this.instantiateAs(command.module.id, this.define(command.module));
        break;
      case 'definition':
        this.define(command.module);
        break;
      case 'instance':
        this.instantiateAs(command.id, this.definition(command.definition));
        break;
      case 'register':
        this.imports[command.name] = this.instance(command.module).exports;
        break;
      case 'action':
        this.perform(command.action);
        break;
      case 'assert_return':
        this.assertReturn(command);
        break;
      case 'assert_trap':
      case 'assert_exhaustion':
      case 'assert_exception':
        this.assertFault(command);
        break;
      case 'assert_malformed':
      case 'assert_invalid':
      case 'assert_unlinkable':
        this.assertRefused(command);
        break;
      case 'assert_malformed_custom':
      case 'assert_invalid_custom':
        this.assertCustomRefused(command);
        break;
      case 'assert_suspension':
        throw new CommandSkip('stack switching is not implemented');
      case 'thread':
        this.startThread(command, index);
        break;
      case 'wait':
        if (this.threads === undefined) throw new CommandSkip('no threads are run');
        this.joined.push(...this.threads.join(command.thread));
        break;
      case 'component':
        throw new CommandSkip('components are not run');
    }
  }

  private startThread({ id, shared, position }: ThreadCommand & ScriptCommand, index: number): void {
    const { options, place, threads } = this;
    if (threads === undefined) throw new CommandSkip('threads of scripts need a host that starts agents');
    const { features, lowering, strictMessages, dialect, store } = options;
    threads.start(id, {
      source: place.source,
      path: [...place.path, index],
      line: position.line,
      shared: shared.map((module) => sharedExports(module, this.instance(module).exports)),
      options: { features, lowering, strictMessages, dialect, store: { loop: store?.loop } },
    });
  }

  private compile(source: ModuleSource): Module {
    return compile(source.assemble().bytes, this.options);
  }

  private define(source: ModuleSource): Module {
    this.latestDefinition = undefined;
    const module = this.compile(source);
    this.latestDefinition = module;
    if (source.id !== undefined) this.definitions.set(source.id, module);
    return module;
  }

  private definition(id: string | undefined): Module {
    const module = id === undefined ? this.latestDefinition : this.definitions.get(id);
    if (module === undefined) throw new CommandFailure(`there is no module ${id ?? 'yet'}`);
    return module;
  }

  private instantiateAs(id: string | undefined, module: Module): void {
    this.latestInstance = undefined;
    const instance = this.instantiate(module);
    this.latestInstance = instance;
    if (id === undefined) return;
    this.instances.set(id, instance);
    if (this.isWasmtime) this.imports[id] = instance.exports;
  }

  private instantiate(module: Module): Instance {
    const { imports, options, store } = this;
    return options.instantiate?.(module, imports, store) ?? instantiate(module, imports, { store });
  }

  private instance(id: string | undefined): ScriptInstance {
    const instance = id === undefined ? this.latestInstance : this.instances.get(id);
    if (instance === undefined) throw new CommandFailure(`there is no instance ${id ?? 'yet'}`);
    return instance;
  }

  private perform(action: ScriptAction): Value[] {
    const value: unknown = this.instance(action.module).exports[action.name];
    if (action.kind === 'get') {
      if (!(value instanceof Global)) throw new CommandFailure(`there is no global '${action.name}'`);
      const { words, ref, type } = value.entry;
      const [lo = 0, hi = 0, x2 = 0, x3 = 0] = words;
      return [{ type: type.content, lo, hi, x2, x3, ref }];
    }
    const func = funcOf(value);
    if (func === undefined) throw new CommandFailure(`there is no function '${action.name}'`);
    const { params } = func.type;
    if (params.length !== action.args.length) {
      throw new CommandFailure(`'${action.name}' takes ${params.length} arguments, ${action.args.length} given`);
    }
    const { callValues: call = callValues } = this.options;
    return call(
      func,
      action.args.map((constant, index) => this.argument(constant, params[index]!)),
    );
  }

  private argument(constant: ScriptConst, type: ValType): Value {
    const value = { type, lo: 0, hi: 0, x2: 0, x3: 0, ref: null };
    if (constant.kind === 'number') {
      if (constant.type === type) return { ...value, lo: constant.lo, hi: constant.hi };
      throw new CommandFailure(`a ${valTypeText(constant.type)} is given for a ${valTypeText(type)}`);
    }
    if (constant.kind === 'v128') {
      if (type !== V128) throw new CommandFailure(`a v128 is given for a ${valTypeText(type)}`);
      const view = new DataView(constant.bytes.buffer, constant.bytes.byteOffset);
      const word = (index: number) => view.getInt32(index * 4, true);
      return { type, lo: word(0), hi: word(1), x2: word(2), x3: word(3), ref: null };
    }
    return constant.kind === 'ref.null' ? value : { ...value, ref: this.hostReference(constant.id) };
  }

  private hostReference(id: number): HostReference {
    const known = this.hostReferences.get(id);
    if (known !== undefined) return known;
    const reference = new HostReference(id);
    this.hostReferences.set(id, reference);
    return reference;
  }

  private assertReturn({ action, results }: Extract<ScriptCommand, { kind: 'assert_return' }>): void {
    const values = this.perform(action);
    const fits =
      values.length === results.length && results.every((pattern, index) => matches(pattern, values[index]!));
    if (fits) return;
    const expected = results.map(patternText).join(' ') || 'nothing';
    throw new CommandFailure(`expected ${expected}, got ${values.map(valueText).join(' ') || 'nothing'}`);
  }

  private assertFault(command: FaultCommand): void {
    const error = thrownBy(() => {
      if (command.action !== undefined) return this.perform(command.action).map(valueText).join(' ');
      this.instantiate(this.compile(command.module!));
      return 'an instance';
    });
    const { kind, message } = command;
    const words =
      error instanceof Trap
        ? trapMessages[error.kind]
        : error instanceof Exhaustion
          ? exhaustionMessages[error.kind]
          : '';
    // To wasmtime an exhausted stack is a trap.
    const isTrap = error instanceof Trap || (this.isWasmtime && error instanceof Exhaustion);
    const isKind =
      (kind === 'assert_trap' && isTrap) ||
      (kind === 'assert_exhaustion' && error instanceof Exhaustion) ||
      (kind === 'assert_exception' && error instanceof UncaughtException);
    if (!isKind) throw error;
    if (message !== undefined && words !== '' && !sameWords(message, words)) {
      throw new CommandFailure(`expected '${message}', got '${error.message}'`);
    }
  }

  private assertRefused({ kind, module: source, message }: ModuleCommand): void {
    const error = thrownBy(() => {
      const module = this.compile(source);
      if (kind === 'assert_unlinkable') this.instantiate(module);
      return kind === 'assert_unlinkable' ? 'an instance' : 'a valid module';
    });
    const isMalformed = error instanceof DecodeError || error instanceof ParseError;
    const isKind =
      (kind === 'assert_malformed' && isMalformed) ||
      (kind === 'assert_invalid' && error instanceof ValidationError) ||
      (kind === 'assert_unlinkable' && error instanceof LinkError);
    if (!isKind) throw error;
    // Words about imports are the engine's own in wasmtime's scripts.
    const isLoose = (kind !== 'assert_unlinkable' || this.isWasmtime) && this.options.strictMessages !== true;
    const words = error instanceof LinkError ? error.message : error.reason;
    if (!isLoose && !sameWords(message, words))
      throw new CommandFailure(`expected '${message}', got '${error.message}'`);
  }

  /** Custom sections that cannot be read make a text ill-formed and a binary worth a warning: the words decide. */
  private assertCustomRefused({ kind, module: source, message }: ModuleCommand): void {
    const reasons = this.customReasons(source, kind === 'assert_malformed_custom' ? 'malformed' : 'invalid');
    if (reasons.some((reason) => sameWords(message, reason))) return;
    throw new CommandFailure(`expected '${message}', got '${reasons.join("', '") || 'a valid module'}'`);
  }

  private customReasons(source: ModuleSource, kind: CustomProblem['kind']): string[] {
    try {
      const problems = customProblems(this.compile(source).syntax);
      return problems.filter((problem) => problem.kind === kind).map(({ reason }) => reason);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return [error.reason];
    }
  }
}

/** What a step throws. @throws {CommandFailure} when it gives something instead, which `step` names */
function thrownBy(step: () => string): Error {
  let got: string;
  try {
    got = step();
  } catch (error) {
    if (error instanceof CommandFailure || !(error instanceof Error)) throw error;
    return error;
  }
  throw new CommandFailure(`expected an error, got ${got || 'a return'}`);
}
