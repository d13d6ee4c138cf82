/**
 * Runs one module in fast code, in clear code and in the host, call by call, until the first difference.
 */
import { compile, type Module, type Value } from '../../src/api/index.ts';
import {
  F32,
  type FuncType,
  GlassboxError,
  I32,
  indexSpaces,
  isRef,
  type Module as SyntaxModule,
  V128,
  type ValType,
} from '../../src/syntax/index.ts';
import {
  ExecutionDifference,
  expectSame,
  expectSameAsHost,
  expectSameSides,
  type GlassboxSide,
  inGlassboxSide,
  inHostSide,
  type Side,
  type SideLimits,
} from './engine-sides.ts';
import { agrees, type CallOutcome, outcomeText } from './outcomes.ts';
import type { Random } from './tape.ts';

export interface CompareOptions {
  readonly limits: SideLimits;
  /** Arguments come from it. */
  readonly random: Random;
  /** How often each function is called. */
  readonly rounds: number;
  /** Compare with the host: the outcomes alone where NaNs may differ, memory and calls of imports too where not. */
  readonly host: 'none' | 'outcomes' | 'state';
}

export interface CompareCounts {
  /** Calls made in fast and clear code. */
  calls: number;
  /** Calls that ended in a trap. */
  traps: number;
  /** Modules and calls compared with the host's. */
  modules: number;
  compared: number;
  /** Modules whose run a budget, the stack or a value ended that cannot cross into JavaScript. */
  inconclusive: number;
  /** Modules whose instantiation ended in a trap, in all engines. */
  trappedAtStart: number;
}

export function noCounts(): CompareCounts {
  return { calls: 0, traps: 0, modules: 0, compared: 0, inconclusive: 0, trappedAtStart: 0 };
}

const interestingWords = [
  0, 1, -1, 2, 7, 0x7fff_ffff, -0x8000_0000, 0x7f80_0000, 0x7fc0_0000, 0x3f80_0000, 65_535, 65_536,
];

function randomValue(type: ValType, random: Random): Value {
  const word = () => (random.below(3) === 0 ? random.word() | 0 : random.pick(interestingWords));
  const zeros = { hi: 0, x2: 0, x3: 0, ref: null };
  if (isRef(type)) return { type, lo: 0, ...zeros };
  if (type === I32 || type === F32) return { type, ...zeros, lo: word() };
  return { type, lo: word(), hi: word(), x2: type === V128 ? word() : 0, x3: type === V128 ? word() : 0, ref: null };
}

/** A side, or the error that its instantiation ended in. @throws what is no guest's fault */
function glassboxSide(bytes: Uint8Array, lowering: 'fast' | 'clear', limits: SideLimits): GlassboxSide | GlassboxError {
  try {
    return inGlassboxSide(bytes, lowering, limits);
  } catch (error) {
    if (error instanceof GlassboxError) return error;
    throw error;
  }
}

/** Both lowerings, when they come to life; both must fail alike otherwise. */
function glassboxSides(bytes: Uint8Array, limits: SideLimits): readonly [GlassboxSide, GlassboxSide] | GlassboxError {
  const fast = glassboxSide(bytes, 'fast', limits);
  const clear = glassboxSide(bytes, 'clear', limits);
  if (!(fast instanceof GlassboxError) && !(clear instanceof GlassboxError)) {
    expectSameSides('after instantiation', fast, clear);
    return [fast, clear];
  }
  const text = (side: GlassboxSide | GlassboxError) => (side instanceof GlassboxError ? side.message : 'instantiated');
  expectSame('instantiation: fast and clear', text(fast), text(clear));
  return fast as GlassboxError;
}

/** The host's side; `undefined` when it is not wanted or does not know something in the module. */
function hostSide(module: Module, host: CompareOptions['host']): Side | CallOutcome | undefined {
  return host === 'none' ? undefined : inHostSide(module);
}

function isOutcome(side: Side | CallOutcome | undefined): side is CallOutcome {
  return side !== undefined && 'kind' in side;
}

/** @throws {ExecutionDifference} naming the function and what differed */
export function compareEngines(bytes: Uint8Array, options: CompareOptions, counts: CompareCounts): void {
  const module = compile(bytes);
  const sides = glassboxSides(bytes, options.limits);
  const host = hostSide(module, options.host);
  if (host !== undefined) counts.modules++;
  if (sides instanceof GlassboxError) {
    if (sides.code !== 'ERR_TRAP') counts.inconclusive++;
    else counts.trappedAtStart++;
    const isHostAlive = host !== undefined && !isOutcome(host) && sides.code === 'ERR_TRAP';
    if (isHostAlive) throw new ExecutionDifference(`instantiation: ours ${sides.message}, the host's succeeds`);
    return;
  }
  if (isOutcome(host)) {
    if (host.kind === 'trap') throw new ExecutionDifference(`instantiation: only the host's fails: ${host.message}`);
    counts.inconclusive++;
    return;
  }
  const [fast, clear] = sides;
  if (host !== undefined && options.host === 'state') expectSameAsHost('after instantiation', fast, host);
  for (let round = 0; round < options.rounds; round++) {
    for (const call of callableFunctions(module.syntax)) {
      if (compareCall(call, { fast, clear, host }, options, counts)) continue;
      counts.inconclusive++;
      return;
    }
  }
}

interface CallableFunction {
  readonly funcidx: number;
  readonly type: FuncType;
}

/** Functions of the module's own that take only values that can be made up. */
function callableFunctions(module: SyntaxModule): CallableFunction[] {
  const { funcs } = indexSpaces(module);
  const first = funcs.length - module.funcs.length;
  return funcs.slice(first).flatMap((typeidx, i) => {
    const type = module.types[typeidx]!.comp as FuncType;
    const isCallable = type.params.every((param) => !isRef(param) || isNullableRef(param));
    return isCallable ? [{ funcidx: first + i, type }] : [];
  });
}

function isNullableRef(type: ValType): boolean {
  return (type & 0xff) === 0x63;
}

/** @returns false when the run cannot go on: a side's state means nothing any more */
function compareCall(
  { funcidx, type: { params, results } }: CallableFunction,
  { fast, clear, host }: { fast: GlassboxSide; clear: GlassboxSide; host: Side | undefined },
  options: CompareOptions,
  counts: CompareCounts,
): boolean {
  // The host cannot be called with it, and would stay behind.
  if (host !== undefined && [...params, ...results].includes(V128)) return true;
  const args = params.map((type) => randomValue(type, options.random));
  const before = [fast, clear].map(({ store }) => store.instructionCount);
  const ours = fast.call(funcidx, args, results);
  const theirs = clear.call(funcidx, args, results);
  const counted = [fast, clear].map(({ store }, i) => store.instructionCount - before[i]!);
  counts.calls++;
  if (ours.kind === 'trap') counts.traps++;
  const what = `function ${funcidx}`;
  expectSame(`${what}: fast and clear`, outcomeText(ours), outcomeText(theirs));
  expectSame(`${what}: instructions in fast and clear`, String(counted[0]), String(counted[1]));
  expectSameSides(`after ${what}`, fast, clear);
  if (ours.kind === 'inconclusive') return false;
  if (host === undefined) return true;
  const hosts = host.call(funcidx, args, results);
  if (hosts.kind === 'inconclusive') return false;
  counts.compared++;
  if (!agrees(ours, hosts)) {
    throw new ExecutionDifference(`${what}: ours ${outcomeText(ours, true)}, host ${outcomeText(hosts, true)}`);
  }
  if (options.host === 'state') expectSameAsHost(`after ${what}`, fast, host);
  return true;
}
