/**
 * Runs random modules in fast code, in clear code and in the host's own WebAssembly, and says where they
 * differ: results, traps, memory, mutable globals; and for the first two the instructions executed.
 *
 * What the host may do differently is left out of the comparison: NaN bits, stack depth, and runs that a
 * budget of fuel ended.
 */
import {
  callValues,
  compile,
  funcOf,
  Global,
  type ImportDescriptor,
  type Imports,
  type Instance,
  instantiate,
  Memory,
  type Module,
  Store,
  Table,
  Tag,
  type Value,
} from '../../src/api/index.ts';
import { decodeModule } from '../../src/decoder/index.ts';
import { encodeDecoded } from '../../src/encoder/index.ts';
import {
  type Export,
  F32,
  F64,
  GlassboxError,
  I32,
  indexSpaces,
  isRef,
  type Module as SyntaxModule,
  Trap,
  UnsupportedError,
  V128,
  type ValType,
} from '../../src/syntax/index.ts';
import { generateModule, type Profile } from './random-module.ts';
import { Random, Tape } from './tape.ts';

/** Instructions a case may run; generated loops may have no end. */
const FUEL = 20_000;
/** Long enough for modules of a few functions. */
const TAPE_BYTES = 600;

export interface ExecutionResult {
  readonly cases: number;
  /** Calls made in fast and clear code. */
  readonly calls: number;
  /** Calls that ended in a trap. */
  readonly traps: number;
  /** Calls compared with the host's. */
  readonly compared: number;
  /** Runs that a budget or a limit ended. */
  readonly inconclusive: number;
}

/** The same module with every function, memory and global exported under a name that tells its index. */
function exportEverything(bytes: Uint8Array): Uint8Array {
  const module = decodeModule(bytes);
  const spaces = indexSpaces(module);
  const all = (kind: Export['kind'], count: number): Export[] =>
    Array.from({ length: count }, (_, index) => ({ name: `${kind}${index}`, kind, index, byteOffset: 0 }));
  const exports = [
    ...all('func', spaces.funcs.length),
    ...all('memory', spaces.memories.length),
    ...all('global', spaces.globals.length),
  ];
  return encodeDecoded({ ...module, exports, start: undefined });
}

/** An import's value: functions return zeros, the rest is empty. */
function importValue({ kind, type }: ImportDescriptor, isHost: boolean): unknown {
  if (kind === 'func') {
    const results = /\(result ([^)]*(?:\([^)]*\)[^)]*)*)\)/.exec(type)?.[1]?.split(' ') ?? [];
    const zeros = results.map(zeroOf);
    return () => (zeros.length > 1 ? zeros : zeros[0]);
  }
  if (kind === 'global') return isHost || type !== 'v128' ? zeroOf(type) : new Global({ content: 'v128' });
  if (kind === 'memory') return new Memory({ initial: 1 });
  return kind === 'table' ? new Table({ element: 'funcref', initial: 1 }) : new Tag([]);
}

function zeroOf(type: string): unknown {
  if (type === 'i64') return BigInt(0);
  return type.endsWith('ref') || type.startsWith('(ref') ? null : 0;
}

function importsOf(module: Module, isHost: boolean): Imports {
  const imports: Record<string, Record<string, never>> = {};
  for (const descriptor of module.imports()) {
    const group = imports[descriptor.module] ?? {};
    group[descriptor.name] = importValue(descriptor, isHost) as never;
    imports[descriptor.module] = group;
  }
  return imports;
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

const NAN_CLASS = 'nan';

/** A value's bits as text; any NaN is like any other when `anyNan`. */
function bitsText({ type, lo, hi, x2, x3, ref }: Value, anyNan: boolean): string {
  const isNan32 = (lo & 0x7fff_ffff) > 0x7f80_0000;
  const isNan64 = (hi & 0x7fff_ffff) > 0x7ff0_0000 || ((hi & 0x7fff_ffff) === 0x7ff0_0000 && lo !== 0);
  if (anyNan && ((type === F32 && isNan32) || (type === F64 && isNan64))) return NAN_CLASS;
  if (isRef(type)) return ref === null ? 'null' : typeof ref;
  if (type === I32 || type === F32) return String(lo);
  return type === V128 ? `${lo} ${hi} ${x2} ${x3}` : `${lo} ${hi}`;
}

interface Observation {
  readonly outcome: string;
  readonly isConclusive: boolean;
  readonly instructionCount: number;
}

function observe(instance: Instance, funcidx: number, args: readonly Value[], store: Store): Observation {
  store.fuel = FUEL;
  const before = store.instructionCount;
  let outcome: string;
  let isConclusive = true;
  try {
    const results = callValues(funcOf(instance.exports[`func${funcidx}`])!, args);
    outcome = results.map((value) => bitsText(value, false)).join(', ');
  } catch (error) {
    if (!(error instanceof GlassboxError)) throw error;
    // A usage error is a v128 on its way to a JavaScript function.
    isConclusive = error.code !== 'ERR_EXHAUSTED' && error.code !== 'ERR_USAGE';
    outcome = error instanceof Trap ? `trap ${error.kind}` : error.name;
  }
  return { outcome, isConclusive, instructionCount: store.instructionCount - before };
}

/** Do two instances' memories hold the same? */
function sameMemories(a: Instance, b: Instance): boolean {
  return Object.entries(a.exports).every(([name, value]) => {
    return !(value instanceof Memory) || Buffer.compare(value.bytes, b.exports[name].bytes) === 0;
  });
}

/** Sizes of memories, and globals, as text. */
function stateOf(instance: Instance): string {
  const parts = Object.entries(instance.exports).map(([name, value]) => {
    if (value instanceof Memory) return `${name} ${value.pageCount}`;
    return value instanceof Global ? `${name} ${[...value.entry.words].join(' ')} ${value.entry.ref === null}` : '';
  });
  return parts.join('; ');
}

interface HostExports {
  readonly [name: string]: unknown;
}

/** What V8 11.3 gives for the module, `undefined` when it cannot load it. */
function loadInHost(bytes: Uint8Array, module: Module): HostExports | undefined {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: {
      Module: new (bytes: Uint8Array) => object;
      Instance: new (module: object, imports: object) => { exports: HostExports };
    };
  };
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), importsOf(module, true)).exports;
  } catch {
    return undefined;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

function toHost({ type, lo, hi }: Value): unknown {
  if (isRef(type)) return null;
  if (type === I32) return lo;
  scratch.setInt32(0, lo, true);
  scratch.setInt32(4, hi, true);
  if (type === F32) return scratch.getFloat32(0, true);
  return type === F64 ? scratch.getFloat64(0, true) : scratch.getBigInt64(0, true);
}

function fromHost(type: ValType, value: unknown): string {
  if (isRef(type)) return value === null ? 'null' : typeof value;
  scratch.setInt32(4, 0, true);
  if (type === I32) return String(value);
  if (type === F32) scratch.setFloat32(0, value as number, true);
  else if (type === F64) scratch.setFloat64(0, value as number, true);
  else scratch.setBigInt64(0, value as bigint, true);
  const bits = { type, lo: scratch.getInt32(0, true), hi: scratch.getInt32(4, true), x2: 0, x3: 0, ref: null };
  return bitsText(bits, true);
}

/** The host's words for traps and ours. */
const trapKinds: readonly (readonly [RegExp, Trap['kind']])[] = [
  [/^unreachable/, 'unreachable'],
  [/^memory access out of bounds/, 'memory-out-of-bounds'],
  [/^table access out of bounds|^table element/, 'table-out-of-bounds'],
  [/^divide by zero|^remainder by zero/, 'integer-divide-by-zero'],
  [/^divide result unrepresentable/, 'integer-overflow'],
];

/** Is the host's outcome one that ours may have? */
function sameOutcome(ours: string, types: readonly ValType[], call: () => unknown): string | undefined {
  let theirs: string;
  try {
    const result = call();
    const values = types.length > 1 ? (result as unknown[]) : types.length === 1 ? [result] : [];
    theirs = types.map((type, i) => fromHost(type, values[i])).join(', ');
    return theirs === ours ? undefined : theirs;
  } catch (error) {
    theirs = error instanceof Error ? error.message : 'UncaughtException';
    if (theirs.includes('call stack')) return undefined;
    if (theirs === 'UncaughtException') return ours === theirs ? undefined : theirs;
    const isError = ours.startsWith('trap ') || /^[A-Z]/.test(ours);
    const wanted = trapKinds.find(([pattern]) => pattern.test(theirs))?.[1];
    // Where an atomic access is both unaligned and out of bounds, V8 names the bounds, the specification the other.
    const fits = wanted === undefined || ours === `trap ${wanted}` || ours === 'trap unaligned-atomic';
    return isError && fits ? undefined : `error: ${theirs}`;
  }
}

function withAnyNan(instanceResults: string, types: readonly ValType[]): string {
  const words = instanceResults.split(', ');
  return types
    .map((type, i) => {
      const [lo = 0, hi = 0] = (words[i] ?? '').split(' ').map(Number);
      const isFloat = type === F32 || type === F64;
      return isFloat ? bitsText({ type, lo, hi, x2: 0, x3: 0, ref: null }, true) : words[i];
    })
    .join(', ');
}

export class ExecutionDifference extends Error {}

interface Counts {
  calls: number;
  traps: number;
  compared: number;
  inconclusive: number;
}

/** Runs one generated module everywhere. @throws {ExecutionDifference} naming the seed and what differed */
function runCase(bytes: Uint8Array, random: Random, isForHost: boolean, counts: Counts): void {
  const sides = (['fast', 'clear'] as const).map((lowering) => {
    const store = new Store({ fuel: FUEL, maxFrames: 200, maxMemoryBytes: 2 ** 21 });
    const module = compile(bytes, { lowering });
    return { store, instance: instantiate(module, importsOf(module, false), { store }) };
  });
  const [fast, clear] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const { syntax } = fast.instance.module;
  const host = isForHost ? loadInHost(bytes, fast.instance.module) : undefined;
  const spaces = indexSpaces(syntax);
  const first = spaces.funcs.length - syntax.funcs.length;
  for (let round = 0; round < 2; round++) {
    for (let funcidx = first; funcidx < spaces.funcs.length; funcidx++) {
      const { params, results } = funcTypeOf(syntax, spaces.funcs[funcidx]!);
      if (params.some((type) => isRef(type) && !isNullableRef(type))) continue;
      const args = params.map((type) => randomValue(type, random));
      const ours = observe(fast.instance, funcidx, args, fast.store);
      const theirs = observe(clear.instance, funcidx, args, clear.store);
      counts.calls++;
      if (ours.outcome.startsWith('trap')) counts.traps++;
      expectSame(`function ${funcidx}: fast and clear`, JSON.stringify(ours), JSON.stringify(theirs));
      expectSame(`after function ${funcidx}: fast and clear`, stateOf(fast.instance), stateOf(clear.instance));
      if (!sameMemories(fast.instance, clear.instance))
        throw new ExecutionDifference(`memory after function ${funcidx}`);
      if (!ours.isConclusive) {
        counts.inconclusive++;
        return;
      }
      const types = [...params, ...results];
      if (host === undefined || types.includes(V128)) {
        if (host !== undefined) return;
        continue;
      }
      counts.compared++;
      const call = host[`func${funcidx}`] as (...values: unknown[]) => unknown;
      const isResult = !ours.outcome.startsWith('trap') && !/^[A-Z]/.test(ours.outcome);
      const outcome = isResult ? withAnyNan(ours.outcome, results) : ours.outcome;
      const difference = sameOutcome(outcome, results, () => call(...args.map(toHost)));
      if (difference !== undefined)
        throw new ExecutionDifference(`function ${funcidx}: ours ${outcome}, host ${difference}`);
    }
  }
}

function funcTypeOf({ types }: SyntaxModule, typeidx: number) {
  const { comp } = types[typeidx]!;
  if (comp.kind !== 'func') throw new ExecutionDifference('a function without a function type');
  return comp;
}

function isNullableRef(type: ValType): boolean {
  return (type & 0xff) === 0x63;
}

function expectSame(what: string, a: string, b: string): void {
  if (a !== b) throw new ExecutionDifference(`${what} differ: ${a} | ${b}`);
}

/** Instantiation may trap or exhaust memory; such modules count as cases and are not run. */
function isGuestsFault(error: unknown): boolean {
  return error instanceof GlassboxError && !(error instanceof UnsupportedError);
}

/**
 * Runs `cases` random modules from a seed.
 *
 * @throws {ExecutionDifference} at the first difference; its message has the seed of the case
 */
export function fuzzExecution(
  cases: number,
  seed: number,
  progress: (text: string) => void = () => {},
): ExecutionResult {
  const counts: Counts = { calls: 0, traps: 0, compared: 0, inconclusive: 0 };
  for (let i = 0; i < cases; i++) {
    const random = new Random(seed + i);
    const profile: Profile = i % 2 === 0 ? 'host' : 'all';
    const bytes = exportEverything(generateModule(new Tape(random.bytes(TAPE_BYTES)), profile));
    try {
      runCase(bytes, random, profile === 'host', counts);
    } catch (error) {
      if (error instanceof ExecutionDifference)
        throw new ExecutionDifference(`case ${seed + i} (${profile}): ${error.message}`);
      if (error instanceof UnsupportedError) continue;
      if (!isGuestsFault(error)) throw new Error(`case ${seed + i} (${profile})`, { cause: error });
    }
    if (i % 1000 === 999) progress(`${i + 1} modules, ${counts.calls} calls`);
  }
  return { cases, ...counts };
}
