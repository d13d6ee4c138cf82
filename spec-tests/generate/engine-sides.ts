/**
 * One module instantiated in Glassbox, in either lowering, and in the host, each with imports that log what
 * they are called with; and the comparison of all of them, call by call.
 */
import {
  compile,
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
import { type Export, indexSpaces, type ValType } from '../../src/syntax/index.ts';
import { type CallOutcome, callGlassbox, callHost, hostErrorOutcome } from './outcomes.ts';

/** A module in one engine; functions, memories and globals by index. */
export interface Side {
  call(funcidx: number, args: readonly Value[], results: readonly ValType[]): CallOutcome;
  /** Its memories as they are now. */
  memories(): Uint8Array[];
  /** Calls of imports so far, as text. */
  readonly log: readonly string[];
}

export interface GlassboxSide extends Side {
  readonly store: Store;
  readonly instance: Instance;
}

/** The same module with every function, memory and global exported under a name that tells its index. */
export function exportEverything(bytes: Uint8Array, keepStart = false): Uint8Array {
  const module = decodeModule(bytes);
  const spaces = indexSpaces(module);
  const all = (kind: Export['kind'], count: number): Export[] =>
    Array.from({ length: count }, (_, index) => ({ name: `${kind}${index}`, kind, index, byteOffset: 0 }));
  const exports = [
    ...all('func', spaces.funcs.length),
    ...all('memory', spaces.memories.length),
    ...all('global', spaces.globals.length),
  ];
  return encodeDecoded({ ...module, exports, start: keepStart ? module.start : undefined });
}

/** Zero, null, or where null is not allowed an object of the host's. */
function zeroOf(type: string): unknown {
  if (type === 'i64') return 0n;
  if (/^\(ref (extern|any)\)/.test(type)) return hostObject;
  return type.endsWith('ref') || type.startsWith('(ref') ? null : 0;
}

const hostObject = {};

/** The types after a keyword in a function type's text. */
function typesIn(type: string, keyword: 'param' | 'result'): string[] {
  const list = new RegExp(`\\(${keyword} ((?:[^()]|\\([^)]*\\))*)\\)`).exec(type)?.[1] ?? '';
  return list.match(/\([^)]*\)|\S+/g) ?? [];
}

function argumentText(value: unknown): string {
  if (typeof value === 'function' || typeof value === 'object') return value === null ? 'null' : typeof value;
  return Object.is(value, -0) ? '-0' : String(value);
}

/** An import's value: functions log and return zeros, the rest is empty. */
function importValue({ module, name, kind, type }: ImportDescriptor, isHost: boolean, log: string[]): unknown {
  if (kind === 'func') {
    const results = typesIn(type, 'result');
    const zeros = results.map(zeroOf);
    return (...args: unknown[]) => {
      log.push(`${module}.${name}(${args.map(argumentText).join(', ')})`);
      return zeros.length > 1 ? zeros : zeros[0];
    };
  }
  if (kind === 'global') return isHost || type !== 'v128' ? zeroOf(type) : new Global({ content: 'v128' });
  if (kind === 'memory') return new Memory({ initial: 1 });
  return kind === 'table' ? new Table({ element: 'funcref', initial: 1 }) : new Tag(typesIn(type, 'param'));
}

/** JavaScript cannot receive a v128: modules between split it for the log. */
const SPLIT_V128 = `(module (import "log" "i64x2" (func $log (param i64 i64)))
  (func (export "log") (param v128)
    (call $log (i64x2.extract_lane 0 (local.get 0)) (i64x2.extract_lane 1 (local.get 0)))))`;
const splitV128 = compile(SPLIT_V128);

function importsOf(module: Module, isHost: boolean, log: string[], splitter: (logged: unknown) => unknown): Imports {
  const imports: Record<string, Record<string, never>> = {};
  for (const descriptor of module.imports()) {
    const group = imports[descriptor.module] ?? {};
    const value = importValue(descriptor, isHost, log);
    group[descriptor.name] = (descriptor.type === '(func (param v128))' ? splitter(value) : value) as never;
    imports[descriptor.module] = group;
  }
  return imports;
}

export interface SideLimits {
  readonly fuel: number;
  readonly maxFrames: number;
  readonly maxMemoryBytes: number;
}

/** @throws {GlassboxError} when instantiation fails */
export function inGlassboxSide(bytes: Uint8Array, lowering: 'fast' | 'clear', limits: SideLimits): GlassboxSide {
  const store = new Store(limits);
  const module = compile(bytes, { lowering });
  const log: string[] = [];
  const splitter = (logged: unknown) =>
    instantiate(splitV128, { log: { i64x2: logged as never } }, { store }).exports.log;
  const instance = instantiate(module, importsOf(module, false, log, splitter), { store });
  const memories = Object.values(instance.exports).filter((value) => value instanceof Memory);
  return {
    store,
    instance,
    log,
    memories: () => memories.map((memory) => memory.bytes),
    call(funcidx, args) {
      store.fuel = limits.fuel;
      return callGlassbox(instance.exports[`func${funcidx}`], args);
    },
  };
}

interface HostExports {
  readonly [name: string]: unknown;
}
interface HostMemory {
  readonly buffer: ArrayBuffer;
}
interface HostEngine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: HostExports };
  readonly Memory: new (type: object) => HostMemory;
}

const engine = (globalThis as unknown as { readonly WebAssembly: HostEngine }).WebAssembly;

/** What V8 gives for a module: a side, how its instantiation ended, or that V8 does not load it. */
export function inHostSide(descriptor: Module): Side | CallOutcome | undefined {
  let module: object;
  try {
    module = new engine.Module(descriptor.bytes);
  } catch {
    return undefined;
  }
  const log: string[] = [];
  const splitter = (logged: unknown) =>
    new engine.Instance(new engine.Module(splitV128.bytes), { log: { i64x2: logged } }).exports.log;
  try {
    const { exports } = new engine.Instance(module, importsOf(descriptor, true, log, splitter));
    return hostSide(exports, log);
  } catch (error) {
    const outcome = hostErrorOutcome(error);
    // A LinkError: what is imported does not fit the host.
    return outcome.kind === 'exception' ? undefined : outcome;
  }
}

function hostSide(exports: HostExports, log: readonly string[]): Side {
  const memories = Object.values(exports).filter((value) => value instanceof engine.Memory);
  return {
    log,
    memories: () => memories.map(({ buffer }) => new Uint8Array(buffer)),
    call: (funcidx, args, results) => callHost(exports[`func${funcidx}`], args, results),
  };
}

/** Sizes of memories, and globals, as text. */
function stateOf({ instance }: GlassboxSide): string {
  const parts = Object.entries(instance.exports).map(([name, value]) => {
    if (value instanceof Memory) return `${name} ${value.pageCount}`;
    return value instanceof Global ? `${name} ${[...value.entry.words].join(' ')} ${value.entry.ref === null}` : '';
  });
  return parts.join('; ');
}

export class ExecutionDifference extends Error {}

export function expectSame(what: string, a: string, b: string): void {
  if (a !== b) throw new ExecutionDifference(`${what} differ: ${a} | ${b}`);
}

function expectSameMemories(what: string, a: Side, b: Side): void {
  const others = b.memories();
  a.memories().forEach((bytes, i) => {
    const other = others[i] ?? new Uint8Array(0);
    if (Buffer.compare(bytes, other) === 0) return;
    const at = bytes.findIndex((byte, k) => byte !== other[k]);
    throw new ExecutionDifference(`${what}: memories of ${bytes.length} and ${other.length} bytes differ at ${at}`);
  });
}

/** Fast and clear code: the same to the last global. */
export function expectSameSides(what: string, fast: GlassboxSide, clear: GlassboxSide): void {
  expectSame(`${what}: logs of fast and clear`, fast.log.join('; '), clear.log.join('; '));
  expectSame(`${what}: state in fast and clear`, stateOf(fast), stateOf(clear));
  expectSameMemories(`${what}: fast and clear`, fast, clear);
}

/** Glassbox and the host: the same calls of imports, and memory. */
export function expectSameAsHost(what: string, ours: Side, hosts: Side): void {
  expectSame(`${what}: logs of Glassbox and the host`, ours.log.join('; '), hosts.log.join('; '));
  expectSameMemories(`${what}: Glassbox and the host`, ours, hosts);
}
