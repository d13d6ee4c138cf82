/**
 * Runs random modules twice: plainly, and under a session that does what users of a debugger do, at random. Results,
 * errors, the number of instructions and all state afterwards must be the same.
 */
import {
  compile,
  type Imports,
  type Instance,
  inspect,
  instantiate,
  type Module,
  restoreSnapshot,
  type Session,
  Store,
  saveSnapshot,
} from '../../src/api/index.ts';
import { generateModule, SeedChoices } from '../../src/diff/generate/index.ts';
import { Random } from '../../src/diff/random.ts';
import type { Stop } from '../../src/inspect/index.ts';
import type { Func } from '../../src/runtime/index.ts';
import { F32, F64, GlassboxError, I32, I64, SnapshotError, V128, type ValType } from '../../src/syntax/index.ts';

import { firstDifference } from './snapshot-copy.ts';

/** Generated loops may have no end. */
const limits = { fuel: 3_000, maxFrames: 100, maxMemoryBytes: 2 ** 22 };
const MOST_ACTIONS = 40;
const MOST_CALLS = 4;

function randomValue(type: ValType, random: Random): unknown {
  if (type === I32) return random.pick([0, 1, -1, 7, 64, random.word() | 0]);
  if (type === I64) return BigInt.asIntN(64, BigInt(random.word()) << BigInt(random.below(40)));
  if (type === F32 || type === F64) return random.pick([0, -0, 1.5, Number.NaN, 1e9, random.below(1000)]);
  return null;
}

/** A host of constant answers. */
function importsOf(module: Module): Imports {
  const imports: Record<string, Record<string, unknown>> = {};
  const { code } = module;
  for (const { module: space, name, type } of code.module.imports) {
    imports[space] ??= {};
    const entries = imports[space];
    if (type.kind === 'func') {
      const values = code.funcType(type.typeidx).results.map((result) => randomValue(result, new Random(5)));
      entries[name] = () => (values.length === 1 ? values[0] : values);
    } else if (type.kind === 'global') entries[name] = randomValue(type.type.content, new Random(5));
  }
  return imports as Imports;
}

interface Guest {
  readonly instance: Instance;
  readonly imports: Imports;
}

function make(module: Module): Guest | undefined {
  // Guests may wait there for others, that there are none of.
  if (module.code.module.memories.some(({ type }) => type.shared)) return undefined;
  const imports = importsOf(module);
  try {
    return { imports, instance: instantiate(module, imports, { store: new Store(limits) }) };
  } catch (error) {
    // Start functions trap, and imports of types that have no value here.
    if (error instanceof GlassboxError) return undefined;
    throw error;
  }
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { backtrace = [] } = error as { backtrace?: readonly { funcidx: number; byteOffset: number }[] };
  return `${error.name}: ${error.message}, ${backtrace.map((frame) => `${frame.funcidx}@${frame.byteOffset}`)}`;
}

const valuesText = (values: readonly unknown[]) =>
  values.map((value) => (typeof value === 'object' ? typeof value : `${typeof value} ${String(value)}`)).join(', ');

/** What a call and the counts have come to. */
function lineOf(outcome: string, { instructionCount, callCount }: Store): string {
  return `${outcome}; ${instructionCount} instructions, ${callCount} calls`;
}

function callPlainly({ instance }: Guest, name: string, args: readonly unknown[]): string {
  try {
    const result = instance.call(name, ...args);
    const { length } = (instance.entry.exports.get(name) as Func).type.results;
    return lineOf(valuesText(length === 0 ? [] : length === 1 ? [result] : (result as unknown[])), instance.store);
  } catch (error) {
    return lineOf(errorText(error), instance.store);
  }
}

const hasEnded = ({ reason }: Stop) => reason === 'exit' || reason === 'trap';

class RandomUser {
  private readonly session: Session;
  private readonly guest: Guest;
  private readonly random: Random;
  readonly counts: Record<string, number>;
  private isRecording = false;
  /** Snapshots on the way, to be run to their ends. */
  private readonly saved: Uint8Array[] = [];

  constructor(guest: Guest, random: Random, counts: Record<string, number>) {
    this.guest = guest;
    this.random = random;
    this.counts = counts;
    this.session = inspect(guest.instance);
  }

  close(): void {
    this.session.close();
  }

  async call(name: string, args: readonly unknown[]): Promise<string> {
    const { session, random, guest } = this;
    this.saved.length = 0;
    let stop = session.call(name, ...args);
    this.isRecording = random.below(2) === 0;
    if (this.isRecording) this.record();
    for (let i = random.below(MOST_ACTIONS); i > 0 && !hasEnded(stop); i--) stop = this.act();
    session.points.removeAll();
    while (!hasEnded(stop)) stop = session.run();
    const outcome = stop.reason === 'trap' ? errorText(stop.error) : valuesText(stop.results ?? []);
    const line = lineOf(outcome, guest.instance.store);
    for (const bytes of this.saved) await this.compareSaved(bytes, outcome);
    return line;
  }

  private record(): void {
    try {
      this.session.record();
    } catch (error) {
      // Shared memories are not recorded.
      if (!(error instanceof SnapshotError)) throw error;
      this.isRecording = false;
    }
  }

  private act(): Stop {
    const { random, session } = this;
    const actions = ['step', 'step', 'over', 'out', 'run', 'break', 'watch', 'edit', 'probe', 'save', 'back', 'goTo'];
    const action = random.pick(actions);
    this.counts[action] = (this.counts[action] ?? 0) + 1;
    const budget = random.below(random.pick([4, 40, 400]));
    switch (action) {
      case 'step':
        return session.step();
      case 'over':
        return session.stepOver();
      case 'out':
        return session.stepOut();
      case 'break':
        this.addBreakpoint();
        return session.run({ budget });
      case 'watch':
        this.addWatchpoint();
        return session.run({ budget });
      case 'edit':
        this.edit();
        return session.step();
      case 'probe':
        return this.probe(budget);
      case 'save':
        this.save();
        return session.run({ budget });
      case 'back':
      case 'goTo':
        return this.isRecording ? this.goBack() : session.run({ budget });
      default:
        return session.run({ budget });
    }
  }

  private addBreakpoint(): void {
    const { random, session } = this;
    const [frame] = session.frames;
    if (frame?.kind !== 'wasm') return;
    const breakpoint = random.pick([
      { byteOffset: frame.byteOffset },
      { func: frame.funcidx },
      { on: 'throw' } as const,
    ]);
    const ignore = random.below(3);
    session.addBreakpoint({ ...breakpoint, ignore });
  }

  private addWatchpoint(): void {
    const { random, session, guest } = this;
    const { memories, globals } = guest.instance.entry;
    const access = random.pick(['read', 'write', 'any'] as const);
    if (globals.length > 0 && random.below(2) === 0) {
      session.addWatchpoint({ global: random.below(globals.length), access });
    } else if (memories[0] !== undefined && memories[0].byteLength > 64) {
      session.addWatchpoint({ byteOffset: random.below(64), byteLength: 1 + random.below(32), access });
    }
  }

  /** Edits a local and puts its value back. */
  private edit(): void {
    const [frame] = this.session.frames;
    if (frame?.kind !== 'wasm' || frame.locals.length === 0) return;
    const local = this.random.pick(frame.locals);
    if (!['i32', 'i64'].includes(local.type)) return;
    const { value } = local;
    local.set(local.type === 'i32' ? 77 : 77n);
    local.set(value);
  }

  private probe(budget: number): Stop {
    const pattern = this.random.pick(['*', 'call*', '*.load*', 'local.*', 'br*']);
    const visit = () => {
      this.counts.visits = (this.counts.visits ?? 0) + 1;
    };
    const probe = this.session.addProbe(pattern, { before: visit, after: visit });
    const stop = this.session.run({ budget });
    probe.remove();
    return stop;
  }

  private save(): void {
    if (this.saved.length >= 2) return;
    try {
      this.saved.push(this.session.save());
    } catch (error) {
      // A function of the host that no import names.
      if (!(error instanceof SnapshotError)) throw error;
    }
  }

  /** Goes back and to where it was. */
  private goBack(): Stop {
    const { session, random } = this;
    const here = session.instructionCount;
    const start = here - random.below(60);
    try {
      if (random.below(2) === 0) session.stepBack();
      else session.goTo(Math.max(start, 0));
    } catch (error) {
      // Before the recording began.
      if (!String(error).includes('history')) throw error;
    }
    return session.goTo(here);
  }

  private async compareSaved(bytes: Uint8Array, outcome: string): Promise<void> {
    this.counts.snapshots = (this.counts.snapshots ?? 0) + 1;
    const { store } = this.guest.instance;
    const restored = restoreSnapshot(bytes, this.guest.imports, { store: new Store({ ...limits, fuel: undefined }) });
    const call = restored.call!;
    let own: string;
    try {
      await call.run();
      const { results } = call.entry.type;
      own = valuesText(results.length === 1 ? [call.results] : ((call.results as unknown[]) ?? []));
    } catch (error) {
      own = errorText(error);
    }
    const line = lineOf(own, restored.store);
    if (line !== lineOf(outcome, store)) throw new Error(`a snapshot came to ${line}, not ${lineOf(outcome, store)}`);
    const [instance] = restored.instances;
    const end = saveSnapshot(instance!);
    const difference = firstDifference(end, saveSnapshot(this.guest.instance));
    if (difference !== undefined) throw new Error(`a snapshot has left ${difference}`);
  }
}

/** @returns undefined when the module is not for this; else what the plain run and the other came to */
export async function debugSeed(
  seed: number,
  counts: Record<string, number>,
): Promise<{ plain: string[]; debugged: string[] } | undefined> {
  const random = new Random(seed);
  const bytes = generateModule(new SeedChoices(seed), 'all');
  const [first, second] = [make(compile(bytes)), make(compile(bytes))];
  if (first === undefined || second === undefined) return undefined;
  const user = new RandomUser(second, random, counts);
  const plain: string[] = [];
  const debugged: string[] = [];
  for (const [name, extern] of [...first.instance.entry.exports].slice(0, 12)) {
    const func = extern as Func;
    if (func.type === undefined || !('params' in func.type) || func.instance === null) continue;
    const { params, results } = func.type;
    if ([...params, ...results].includes(V128) || plain.length >= MOST_CALLS) continue;
    const args = params.map((type) => randomValue(type, random));
    const { instructionCount } = first.instance.store;
    const line = callPlainly(first, name, args);
    // Values that do not fit, such as null for what is not nullable.
    if (line.startsWith('UsageError') && first.instance.store.instructionCount === instructionCount) continue;
    plain.push(line);
    debugged.push(await user.call(name, args));
    if (line.startsWith('Exhaustion: fuel')) break;
  }
  user.close();
  try {
    plain.push(Buffer.from(saveSnapshot(first.instance)).toString('hex'));
    debugged.push(Buffer.from(saveSnapshot(second.instance)).toString('hex'));
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
  }
  return plain.length <= 1 ? undefined : { plain, debugged };
}
