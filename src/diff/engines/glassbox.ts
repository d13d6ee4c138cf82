/** Ourselves as an engine, with code lowered one way or the other, run by one loop or another. */
import {
  callValues,
  compile,
  funcOf,
  type Global,
  type Imports,
  type Instance,
  instantiate,
  type LoopName,
  type Memory,
  Store,
  type Value,
} from '../../api/index.ts';
import {
  Exhaustion,
  type ExhaustionKind,
  GlassboxError,
  I64,
  LinkError,
  Trap,
  UncaughtException,
} from '../../syntax/index.ts';
import type {
  Bits,
  Ending,
  Engine,
  InconclusiveReason,
  LogEntry,
  Observation,
  Outcome,
  PreparedCase,
  RunLimits,
} from '../case.ts';
import { wordBits } from '../prepare/index.ts';
import { endingWithLog, i64Bits, type MemoryWatch, MemoryWatches } from './observe.ts';

const reasons: Readonly<Record<ExhaustionKind, InconclusiveReason>> = {
  'call-stack': 'stack',
  fuel: 'time',
  deadline: 'time',
  aborted: 'time',
  memory: 'memory',
  table: 'memory',
};

/** @throws what is no guest's fault */
function endingOf(error: unknown): Ending {
  if (error instanceof Trap) return { kind: 'trap', traps: [error.kind], message: error.message };
  if (error instanceof Exhaustion) return { kind: 'inconclusive', reason: reasons[error.kind], message: error.message };
  if (error instanceof UncaughtException) return { kind: 'exception', tagidx: -1, payload: [] };
  throw error;
}

function i64Value(bits: Bits): Value {
  const word = (start: number) => Number.parseInt(bits.slice(start, start + 8), 16) | 0;
  return { type: I64, lo: word(8), hi: word(0), x2: 0, x3: 0, ref: null };
}

/**
 * How Glassbox runs a module: its fast code by the switch unless told. Loops that take turns would leave the switch to
 * longer programs than these are, and its text is the most there is to be wrong.
 */
export interface OwnCode {
  readonly lowering?: 'fast' | 'clear';
  readonly loop?: LoopName;
}

/** A module that lives in an engine of ours. */
class Run {
  private readonly prepared: PreparedCase;
  private readonly how: OwnCode;
  private readonly store: Store;
  private instance: Instance | undefined;
  private memories: readonly Memory[] = [];
  private readonly watches: readonly MemoryWatch[];
  private log: LogEntry[] = [];

  constructor(prepared: PreparedCase, how: OwnCode, { timeoutMs, maxMemoryBytes }: RunLimits, watches: MemoryWatches) {
    this.prepared = prepared;
    this.watches = watches.take(prepared.memories.length);
    this.how = how;
    this.store = new Store({ timeoutMs, maxMemoryBytes, loop: how.loop ?? 'switch' });
  }

  observations(): Observation[] {
    const { prepared } = this;
    const module = compile(prepared.bytes, { lowering: this.how.lowering ?? 'fast' });
    const log = (id: number, bits: bigint) => {
      this.log.push([id >>> 0, i64Bits(bits)]);
    };
    const imports: Imports = prepared.importsLog ? { glassbox: { log } } : {};
    const first = this.step(() => {
      this.instance = instantiate(module, imports, { store: this.store });
      this.memories = prepared.memories.map((name) => this.exported<Memory>(name));
      return [];
    });
    const observations = [first];
    if (first.ending.kind !== 'results') return observations;
    for (const { name, args } of prepared.calls) {
      if (prepared.fuelGlobal !== undefined) this.exported<Global>(prepared.fuelGlobal).value = prepared.fuel;
      const seen = this.step(() => this.call(name, args));
      observations.push(seen);
      if (seen.ending.kind === 'inconclusive') break;
    }
    return observations;
  }

  private exported<T>(name: string): T {
    return this.instance!.exports[name] as T;
  }

  private call(name: string, args: readonly Bits[] = []): Bits[] {
    return callValues(funcOf(this.exported(name))!, args.map(i64Value)).map(
      ({ lo, hi }) => wordBits(hi) + wordBits(lo),
    );
  }

  private step(act: () => Bits[]): Observation {
    this.log = [];
    const before = this.store.instructionCount;
    let ending: Ending;
    try {
      ending = { kind: 'results', bits: act() };
    } catch (error) {
      ending = endingOf(error);
    }
    const log = this.log;
    const instructions = this.store.instructionCount - before;
    const { prepared, instance } = this;
    const isAlive = instance !== undefined && ending.kind !== 'inconclusive';
    return {
      ending: endingWithLog(ending, log),
      log,
      memories: isAlive ? this.memories.map(({ bytes }, i) => this.watches[i]!.look(bytes)) : [],
      state: isAlive && prepared.state !== undefined ? this.call(prepared.state.name) : [],
      instructions,
    };
  }
}

function outcomeOf(prepared: PreparedCase, how: OwnCode, limits: RunLimits, watches: MemoryWatches): Outcome {
  try {
    return { kind: 'ran', observations: new Run(prepared, how, limits, watches).observations() };
  } catch (error) {
    const isRefused = error instanceof GlassboxError && !(error instanceof LinkError) && error.code !== 'ERR_INTERNAL';
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return isRefused ? { kind: 'unsupported', message } : { kind: 'died', message };
  }
}

/**
 * @param how `fast` and `clear` are ways of lowering
 * @param version as the report prints it
 * @param name behind `glassbox-`; absent for what it does unless told
 */
export function glassboxEngine(how: OwnCode | 'fast' | 'clear', version: string, name?: string): Engine {
  const code = typeof how === 'string' ? { lowering: how } : how;
  const watches = new MemoryWatches();
  const suffix = name ?? (code.lowering === 'clear' ? 'clear' : undefined);
  return {
    name: suffix === undefined ? 'glassbox' : `glassbox-${suffix}`,
    version,
    seesState: true,
    run: (cases, limits) => Promise.resolve(cases.map((each) => outcomeOf(each, code, limits, watches))),
    close: () => {},
  };
}
