/**
 * Modules of the official suites as they are, beside what differential testing makes of them: the calls of their
 * scripts must end alike. Modules that import more than functions without results and integers of `spectest` are
 * left out, since they get other imports when they are prepared.
 */
import { join } from 'node:path';
import { callValues, compile, funcOf, type Instance, instantiate, Store, type Value } from '../src/api/index.ts';
import { decodeModule } from '../src/decoder/index.ts';
import type { Ending, NanMode } from '../src/diff/case.ts';
import { glassboxEngine } from '../src/diff/engines/index.ts';
import { type FileModule, modulesIn } from '../src/diff/index.ts';
import { PrepareError, prepareCase } from '../src/diff/prepare/index.ts';
import {
  Exhaustion,
  F32,
  F64,
  type FuncType,
  I32,
  I64,
  indexSpaces,
  isRef,
  LinkError,
  type Module,
  Trap,
  UncaughtException,
  V128,
  type ValType,
} from '../src/syntax/index.ts';

/** What was compared. */
export interface Comparison {
  modules: number;
  calls: number;
  readonly differences: string[];
}

/** How a module is prepared: nothing inserted but loops counted, or NaNs made canonical after operations as well. */
const modes: readonly NanMode[] = ['none', 'after'];
/** Enough for every script. */
const FUEL = 50_000_000;
const LIMITS = { timeoutMs: 20_000, maxMemoryBytes: 2 ** 28 };
const engine = glassboxEngine('fast', 'test');

/** An ending in words that a raw call and a prepared one have in common; `undefined`: no more to compare. */
type Told = string | undefined;

function word(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

function exactValue(type: ValType, bits: string): Value {
  const padded = bits === 'null' ? '' : bits;
  const part = (i: number) => Number.parseInt(padded.padStart(32, '0').slice(24 - 8 * i, 32 - 8 * i), 16) | 0;
  return { type, lo: part(0), hi: part(1), x2: part(2), x3: part(3), ref: null };
}

const isNan32 = (bits: number) => (bits & 0x7fff_ffff) > 0x7f80_0000;
const isNan64 = (hi: number, lo: number) => {
  const magnitude = hi & 0x7fff_ffff;
  return magnitude > 0x7ff0_0000 || (magnitude === 0x7ff0_0000 && lo !== 0);
};

/** Bits of one result; of references, whether they are null. NaNs are all the same where they were made canonical. */
function toldValue({ type, lo, hi, x2, x3, ref }: Value, nans: NanMode): string {
  if (isRef(type)) return ref === null ? 'null' : 'not null';
  if (nans !== 'none' && type === F32 && isNan32(lo)) return 'NaN';
  if (nans !== 'none' && type === F64 && isNan64(hi, lo)) return 'NaN';
  if (type === V128) return nans === 'none' ? [x3, x2, hi, lo].map(word).join('') : 'v128';
  return type === I32 || type === F32 ? word(lo) : word(hi) + word(lo);
}

function rawEnding(act: () => readonly Value[], nans: NanMode): Told {
  try {
    const values = act();
    return `returns ${values.map((value) => toldValue(value, nans)).join(' ')}`;
  } catch (error) {
    if (error instanceof Trap) return `traps: ${error.kind}`;
    if (error instanceof UncaughtException) return 'throws';
    if (error instanceof Exhaustion) return undefined;
    throw error;
  }
}

/** What a prepared call gives as integers, as the values that they tell. */
function toldResults(bits: readonly string[], types: readonly ValType[], nans: NanMode): string {
  let at = 0;
  const told = types.map((type) => {
    const own = type === V128 ? bits[at + 1]! + bits[at]! : bits[at]!;
    at += type === V128 ? 2 : 1;
    if (isRef(type)) return /^0+$/.test(own) ? 'null' : 'not null';
    return toldValue(exactValue(type, own), nans);
  });
  return `returns ${told.join(' ')}`;
}

function preparedEnding(ending: Ending, types: readonly ValType[], nans: NanMode): Told {
  if (ending.kind === 'results') return toldResults(ending.bits, types, nans);
  if (ending.kind === 'trap') return `traps: ${ending.traps.join()}`;
  return ending.kind === 'exception' ? 'throws' : undefined;
}

/** The imports that the module is prepared with, made for the raw one; `undefined` where they would be others. */
function importsFor(module: Module): Record<string, Record<string, unknown>> | undefined {
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module: from, name, type } of module.imports) {
    const isSilent = type.kind === 'func' && (module.types[type.typeidx]!.comp as FuncType).results.length === 0;
    const content = type.kind === 'global' && from === 'spectest' && !type.type.mutable ? type.type.content : undefined;
    if (!isSilent && content !== I32 && content !== I64) return undefined;
    imports[from] ??= {};
    imports[from][name] = isSilent ? () => {} : content === I32 ? 666 : 666n;
  }
  return imports;
}

function rawEndings(file: FileModule, module: Module, nans: NanMode): Told[] | undefined {
  const imports = importsFor(module);
  if (imports === undefined) return undefined;
  let instance: Instance | undefined;
  const told: Told[] = [
    rawEnding(() => {
      instance = instantiate(compile(file.bytes), imports as never, { store: new Store(LIMITS) });
      return [];
    }, nans),
  ];
  const { funcs } = indexSpaces(module);
  for (const { funcidx, args } of file.calls) {
    if (instance === undefined || told.at(-1) === undefined) break;
    const name = module.exports.find(({ kind, index }) => kind === 'func' && index === funcidx)!.name;
    const func = funcOf(instance.exports[name])!;
    const { params } = module.types[funcs[funcidx]!]!.comp as FuncType;
    const values = params.map((type, i) => exactValue(type, args[i]!));
    told.push(rawEnding(() => callValues(func, values), nans));
  }
  return told;
}

async function preparedEndings(file: FileModule, module: Module, nans: NanMode, fuel: number): Promise<Told[]> {
  const { name, bytes, calls } = file;
  const prepared = prepareCase({ ...{ name, seed: 1, bytes, calls, importSeed: 0, nans }, fuel });
  const [outcome] = await engine.run([prepared], LIMITS);
  if (outcome?.kind !== 'ran') throw new Error(`${name}: ${outcome?.message}`);
  const { funcs } = indexSpaces(module);
  const typesOf = (step: number) => {
    const call = calls[step - 1];
    return call === undefined ? [] : (module.types[funcs[call.funcidx]!]!.comp as FuncType).results;
  };
  return outcome.observations.map(({ ending }, step) => preparedEnding(ending, typesOf(step), nans));
}

async function compareModule(file: FileModule, comparison: Comparison, fuel: number): Promise<void> {
  const module = decodeModule(file.bytes);
  for (const nans of modes) {
    let raw: Told[] | undefined;
    let made: Told[];
    try {
      raw = rawEndings(file, module, nans);
      if (raw === undefined) return;
      made = await preparedEndings(file, module, nans, fuel);
    } catch (error) {
      // Too large to be the same everywhere, or it does not link.
      if (error instanceof PrepareError || error instanceof LinkError) return;
      throw error;
    }
    comparison.modules++;
    for (let step = 0; step < Math.min(raw.length, made.length); step++) {
      if (raw[step] === undefined || made[step] === undefined) break;
      comparison.calls++;
      if (raw[step] === made[step]) continue;
      comparison.differences.push(`${file.name} call ${step} (${nans}): ${raw[step]}, but prepared ${made[step]}`);
      break;
    }
  }
}

/**
 * Compares the modules of scripts, which are paths below the suites' folder.
 *
 * @param fuel loop iterations and calls that a prepared call may make
 */
export async function compareNormalised(
  root: string,
  scripts: readonly string[],
  progress: (text: string) => void = () => {},
  fuel = FUEL,
): Promise<Comparison> {
  const comparison: Comparison = { modules: 0, calls: 0, differences: [] };
  for (const [i, script] of scripts.entries()) {
    progress(`${i} of ${scripts.length} scripts, ${comparison.calls} calls`);
    for (const file of modulesIn(join(root, script))) await compareModule(file, comparison, fuel);
  }
  return comparison;
}
