/**
 * Memories, tables, globals and tags as the embedding API shows them. Each wraps one entry of a store and
 * may be imported into any instance.
 */
import {
  Budget,
  hostEffects,
  Global as RuntimeGlobal,
  Memory as RuntimeMemory,
  Table as RuntimeTable,
  Tag as RuntimeTag,
  type SharedMemory,
} from '../runtime/index.ts';
import {
  type FuncType,
  I32,
  I64,
  isRef,
  type MemoryType,
  typeRegistry,
  UsageError,
  type ValType,
  valTypeByKeyword,
  valTypeText,
} from '../syntax/index.ts';
import { Wrappers } from './ownership.ts';
import { emptyArguments, fromRef, readValues, toRef, writeValues } from './values.ts';

const memories = new Wrappers<RuntimeMemory, Memory>();
const tables = new Wrappers<RuntimeTable, Table>();
const globals = new Wrappers<RuntimeGlobal, Global>();
const tags = new Wrappers<RuntimeTag, Tag>();

/** Makes the wrapper of an existing entry without running its public constructor. */
function adopt<W extends object, E>(prototype: W, entry: E): W {
  return Object.assign(Object.create(prototype), { entry }) as W;
}

/** A value type by its keyword, such as `i32` or `externref`. @throws {UsageError} for an unknown one */
export function valTypeOf(keyword: string): ValType {
  const type = valTypeByKeyword(keyword);
  if (type === undefined) throw new UsageError(`unknown value type ${JSON.stringify(keyword)}`);
  return type;
}

/** @throws {UsageError} for what is no object */
function checkDescriptor(descriptor: unknown, example: string): void {
  if (typeof descriptor === 'object' && descriptor !== null) return;
  throw new UsageError(`expected a descriptor such as ${example}, not ${String(descriptor)}`);
}

function checkShared(shared: SharedMemory): void {
  const { type, buffer, pageWords } = Object(shared) as Partial<SharedMemory>;
  const isShared = (value: unknown) => typeof SharedArrayBuffer !== 'undefined' && value instanceof SharedArrayBuffer;
  if (isShared(buffer) && isShared(pageWords) && type?.shared === true) return;
  throw new UsageError('expected what share() of a shared memory gave');
}

function checkSize(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 0)) return;
  throw new UsageError(`${name} must be a whole number from 0 up, not ${value}`);
}

export interface MemoryDescriptor {
  /** Pages. */
  readonly initial: number;
  readonly maximum?: number | undefined;
  readonly shared?: boolean | undefined;
  /** What addresses it: `i32` unless told. */
  readonly address?: 'i32' | 'i64' | undefined;
  /** Bytes of a page: 65,536 unless told, or 1. */
  readonly pageBytes?: number | undefined;
}

const PAGE_BYTES = 2 ** 16;

export class Memory {
  /** @internal */
  readonly entry: RuntimeMemory;

  /** @throws {UsageError} for sizes that make no sense, {Exhaustion} when the host cannot give them */
  constructor(descriptor: MemoryDescriptor) {
    checkDescriptor(descriptor, '{ initial: 1 }');
    const { initial, maximum, shared = false, address = 'i32', pageBytes = PAGE_BYTES } = descriptor;
    checkSize('initial', initial ?? Number.NaN);
    checkSize('maximum', maximum);
    if (shared && maximum === undefined) throw new UsageError('a shared memory needs a maximum');
    if (maximum !== undefined && initial > maximum) throw new UsageError('initial is greater than maximum');
    if (address !== 'i32' && address !== 'i64') throw new UsageError(`address must be i32 or i64, not ${address}`);
    if (pageBytes !== 1 && pageBytes !== PAGE_BYTES) {
      throw new UsageError(`pageBytes must be 1 or ${PAGE_BYTES}, not ${pageBytes}`);
    }
    const type: MemoryType = {
      address: address === 'i32' ? I32 : I64,
      limits: { min: initial, max: maximum },
      shared,
      pageSizeLog2: Math.log2(pageBytes),
    };
    this.entry = new RuntimeMemory(type, new Budget(Number.POSITIVE_INFINITY));
    memories.set(this.entry, this);
  }

  /**
   * The memory that another agent shares: both then have the same bytes, and see each other's growth.
   *
   * @param shared what `share` has given there
   * @throws {UsageError} for anything else
   */
  static fromShared(shared: SharedMemory): Memory {
    checkShared(shared);
    return memoryOf(new RuntimeMemory(shared.type, new Budget(Number.POSITIVE_INFINITY), shared));
  }

  get shared(): boolean {
    return this.entry.type.shared;
  }

  /**
   * What to send to another agent, such as a worker: data that `postMessage` takes, around the very buffers.
   *
   * @throws {UsageError} for a memory that is not shared
   */
  share(): SharedMemory {
    return this.entry.share();
  }

  /** The contents. Borrowed: another array after the memory has grown. */
  get bytes(): Uint8Array {
    const { entry } = this;
    entry.refresh();
    hostEffects.sink?.touched(entry, 0, entry.byteLength);
    return entry.bytes;
  }

  /** The buffer behind `bytes`; another one after the memory has grown. */
  get buffer(): ArrayBufferLike {
    return this.bytes.buffer;
  }

  get byteLength(): number {
    this.entry.refresh();
    return this.entry.byteLength;
  }

  /**
   * Some of the contents, to be read and written before the host function returns. A recording costs less
   * when host functions ask for what they need instead of `bytes`.
   *
   * @throws {UsageError} outside of the memory
   */
  range(byteOffset: number, byteLength: number): Uint8Array {
    if (!(byteOffset >= 0 && byteLength >= 0 && this.entry.reaches(byteOffset + byteLength))) {
      const bytes = `${byteLength} bytes at ${byteOffset}`;
      throw new UsageError(`${bytes} are not in the memory of ${this.entry.byteLength} bytes`);
    }
    hostEffects.sink?.touched(this.entry, byteOffset, byteLength);
    return this.entry.bytes.subarray(byteOffset, byteOffset + byteLength);
  }

  get pageCount(): number {
    return this.entry.pageCount;
  }

  /** Adds pages. Returns the former count, −1 when a limit refuses. */
  grow(deltaPages: number): number {
    checkSize('deltaPages', deltaPages);
    hostEffects.sink?.growsMemory(this.entry, deltaPages);
    return this.entry.grow(deltaPages);
  }
}

export interface TableDescriptor {
  /** `funcref`, `externref`, … */
  readonly element: string;
  readonly initial: number;
  readonly maximum?: number | undefined;
}

export class Table {
  /** @internal */
  readonly entry: RuntimeTable;

  /** @throws {UsageError} for a type or sizes that make no sense */
  constructor(descriptor: TableDescriptor, init: unknown = null) {
    checkDescriptor(descriptor, "{ element: 'funcref', initial: 1 }");
    const { element, initial, maximum } = descriptor;
    checkSize('initial', initial ?? Number.NaN);
    checkSize('maximum', maximum);
    if (maximum !== undefined && initial > maximum) throw new UsageError('initial is greater than maximum');
    const type = valTypeOf(element);
    if (!isRef(type)) throw new UsageError(`a table holds references, not ${element}`);
    const limits = { min: initial, max: maximum };
    const budget = new Budget(Number.POSITIVE_INFINITY);
    this.entry = new RuntimeTable({ address: I32, limits, element: type }, toRef(type, init, 0), budget);
    tables.set(this.entry, this);
  }

  get length(): number {
    return this.entry.length;
  }

  /** @throws {UsageError} outside of the table */
  get(index: number): unknown {
    this.check(index);
    return fromRef(this.entry.elements[index]);
  }

  /** @throws {UsageError} outside of the table, or for a value that does not fit */
  set(index: number, value: unknown): void {
    this.check(index);
    const ref = toRef(this.entry.type.element, value, 0);
    hostEffects.sink?.setsElement(this.entry, index, ref);
    this.entry.elements[index] = ref;
  }

  /** Appends elements. Returns the former length, −1 when a limit refuses. */
  grow(delta: number, init: unknown = null): number {
    checkSize('delta', delta);
    const ref = toRef(this.entry.type.element, init, 0);
    hostEffects.sink?.growsTable(this.entry, delta, ref);
    return this.entry.grow(delta, ref);
  }

  private check(index: number): void {
    if (Number.isInteger(index) && index >= 0 && index < this.length) return;
    throw new UsageError(`table index ${index} is not below ${this.length}`);
  }
}

export interface GlobalDescriptor {
  /** `i32`, `i64`, `externref`, … */
  readonly content: string;
  readonly mutable?: boolean | undefined;
}

export class Global {
  /** @internal */
  readonly entry: RuntimeGlobal;

  /** @throws {UsageError} for an unknown type or a value that does not fit */
  constructor(descriptor: GlobalDescriptor, value?: unknown) {
    checkDescriptor(descriptor, "{ content: 'i32' }");
    const { content, mutable = false } = descriptor;
    const type = valTypeOf(content);
    this.entry = newGlobal(type, mutable, value);
    globals.set(this.entry, this);
  }

  /** The content's type, as text: `i32`. */
  get content(): string {
    return valTypeText(this.entry.type.content);
  }

  get mutable(): boolean {
    return this.entry.type.mutable;
  }

  get value(): unknown {
    const { words, ref, type } = this.entry;
    return readValues({ words, refs: [ref] }, [type.content])[0];
  }

  /** @throws {UsageError} when the global is immutable or the value does not fit */
  set value(value: unknown) {
    if (!this.mutable) throw new UsageError('the global is immutable');
    writeGlobal(this.entry, value);
    hostEffects.sink?.setGlobal(this.entry);
  }
}

/** A store entry for a JavaScript value. */
export function newGlobal(content: ValType, mutable: boolean, value: unknown): RuntimeGlobal {
  const entry = new RuntimeGlobal({ content, mutable });
  if (value !== undefined) writeGlobal(entry, value);
  return entry;
}

function writeGlobal(entry: RuntimeGlobal, value: unknown): void {
  const types = [entry.type.content];
  const args = emptyArguments(types, []);
  writeValues(args, types, [value]);
  entry.words.set(args.words);
  entry.ref = args.refs[0];
}

export class Tag {
  /** @internal */
  readonly entry: RuntimeTag;

  /** @param payload types of the values an exception of this tag carries, such as `['i32']` */
  constructor(payload: readonly string[]) {
    checkDescriptor(payload, "['i32']");
    const type: FuncType = { kind: 'func', params: payload.map(valTypeOf), results: [] };
    this.entry = new RuntimeTag(typeRegistry.funcTypeId(type), type);
    tags.set(this.entry, this);
  }
}

export function memoryOf(entry: RuntimeMemory): Memory {
  return memories.of(entry, (found) => adopt(Memory.prototype, found));
}

export function tableOf(entry: RuntimeTable): Table {
  return tables.of(entry, (found) => adopt(Table.prototype, found));
}

export function globalOf(entry: RuntimeGlobal): Global {
  return globals.of(entry, (found) => adopt(Global.prototype, found));
}

export function tagOf(entry: RuntimeTag): Tag {
  return tags.of(entry, (found) => adopt(Tag.prototype, found));
}
