/** Reads values and references of a snapshot, each of which must have the type that its place has. */

import { wordsOf } from '../../interpreter/index.ts';
import {
  ArrayInst,
  ExceptionInst,
  Func,
  hasHeapType,
  type Instance,
  StructInst,
  type Tag,
} from '../../runtime/index.ts';
import {
  abstractHeapTypes,
  heapTypeOf,
  isNullable,
  isRef,
  typeRegistry,
  type ValType,
  valTypeText,
} from '../../syntax/index.ts';
import { objectCodes, refCodes } from './format.ts';
import { payloadSlots } from './inventory.ts';
import { arrayLayoutOf, elementBytesOf, structLayoutOf, wordsIn } from './layouts.ts';
import type { SnapshotReader } from './reader.ts';
import type { ReadTypes } from './type-table.ts';

/** A function as it stands in a snapshot: one of the host's, or one of an instance. */
export type FuncRecord =
  | { readonly hostFunc: number }
  | { readonly hostFunc: undefined; readonly instance: number; readonly funcidx: number; readonly offset: number };

/** What the numbers in references stand for. */
export interface Referents {
  readonly instances: readonly Instance[];
  readonly hostFuncs: readonly Func[];
}

/** Reads what a function reference leads to, whose instances may not be there yet. */
export function readFuncRecord(
  source: SnapshotReader,
  instanceCount: number,
  hostFuncCount: number,
  code: number = source.u8(),
): FuncRecord {
  if (code === refCodes.hostFunc) return { hostFunc: source.index(hostFuncCount, 'function of the host') };
  if (code !== refCodes.func) source.fail('this is no function reference', source.offset - 1);
  const instance = source.index(instanceCount, 'instance');
  const offset = source.offset;
  return { hostFunc: undefined, instance, funcidx: source.count(), offset };
}

export class ValueReader {
  readonly source: SnapshotReader;
  private readonly referents: Referents;
  readonly objects: unknown[] = [];
  /** Those whose contents are to be read. */
  private readonly shells: (StructInst | ArrayInst | ExceptionInst)[] = [];

  constructor(source: SnapshotReader, referents: Referents) {
    this.source = source;
    this.referents = referents;
  }

  func(code?: number): Func {
    const { instances, hostFuncs } = this.referents;
    return this.funcOf(readFuncRecord(this.source, instances.length, hostFuncs.length, code));
  }

  funcOf(record: FuncRecord): Func {
    const { instances, hostFuncs } = this.referents;
    if (record.hostFunc !== undefined) return hostFuncs[record.hostFunc]!;
    const { funcs, code } = instances[record.instance]!;
    const { funcidx, offset } = record;
    if (funcidx >= code.importedFuncs && funcidx < funcs.length) return funcs[funcidx]!;
    return this.source.fail(`instance ${record.instance} defines no function ${funcidx}`, offset);
  }

  private anyRef(): unknown {
    const { source } = this;
    const code = source.u8();
    switch (code) {
      case refCodes.null:
        return null;
      case refCodes.undefined:
        return undefined;
      case refCodes.false:
        return false;
      case refCodes.true:
        return true;
      case refCodes.integer:
        return source.word();
      case refCodes.number:
        return source.f64();
      case refCodes.object:
        return this.objects[source.index(this.objects.length, 'object')];
      default:
        return this.func(code);
    }
  }

  /** A reference of a type in canonical ids. */
  ref(type: ValType): unknown {
    const start = this.source.offset;
    const ref = this.anyRef();
    if (!fits(ref, type)) this.source.fail(`a reference does not fit ${valTypeText(type)}`, start);
    return ref;
  }

  /** A null reference, where nothing else can be. */
  nothing(): void {
    if (this.source.u8() !== refCodes.null)
      this.source.fail('a value stands where none can be', this.source.offset - 1);
  }

  /** A value into words and references as a frame has them. */
  value(type: ValType, words: Int32Array, refs: unknown[], at: number): void {
    if (isRef(type)) refs[at >> 1] = this.ref(type);
    else for (let i = 0; i < wordsIn(type); i++) words[at + i] = this.source.word();
  }

  /** Runs of equal references; `set` gets each index and reference. */
  refs(length: number, type: ValType, set: (i: number, ref: unknown) => void): void {
    for (let i = 0; i < length; ) {
      const start = this.source.offset;
      const count = this.source.count();
      if (count === 0 || count > length - i)
        this.source.fail(`a run of ${count} references, ${length - i} are left`, start);
      const ref = this.ref(type);
      for (const end = i + count; i < end; i++) set(i, ref);
    }
  }

  /** Makes the objects, with nothing in them. */
  objectShells(types: ReadTypes, tags: readonly Tag[], loadExtern: ((bytes: Uint8Array) => unknown) | undefined): void {
    const { source } = this;
    const count = source.countOf('objects', 2);
    for (let i = 0; i < count; i++) this.objects.push(this.objectShell(types, tags, loadExtern));
  }

  private objectShell(
    types: ReadTypes,
    tags: readonly Tag[],
    loadExtern: ((bytes: Uint8Array) => unknown) | undefined,
  ): unknown {
    const { source } = this;
    const start = source.offset;
    const code = source.u8();
    switch (code) {
      case objectCodes.struct: {
        const typeId = types.id('struct');
        const { defaults, fields } = structLayoutOf(typeId);
        source.claim(fields.length);
        return this.shell(new StructInst(typeId, defaults.slice()));
      }
      case objectCodes.array:
        return this.shell(this.arrayShell(types.id('array')));
      case objectCodes.exception: {
        const tag = tags[source.index(tags.length, 'tag')]!;
        source.claim(tag.type.params.length);
        const words = wordsOf(tag.type.params);
        return this.shell(new ExceptionInst(tag, new Int32Array(words), new Array(words >> 1).fill(null)));
      }
      case objectCodes.string:
        return source.text();
      case objectCodes.bigint:
        return readBigint(source);
      case objectCodes.extern:
        return this.extern(loadExtern, start);
      default:
        return source.fail(`there is no kind ${code} of objects`, start);
    }
  }

  private shell<T extends StructInst | ArrayInst | ExceptionInst>(made: T): T {
    this.shells.push(made);
    return made;
  }

  private arrayShell(typeId: number): ArrayInst {
    const { source } = this;
    const length = source.countOf('elements');
    const layout = arrayLayoutOf(typeId);
    if (isRef(layout.type)) {
      source.claim(length);
      return new ArrayInst(typeId, length, new Array(length).fill(null));
    }
    source.claim(length * elementBytesOf(layout));
    if (layout.bits === 8) return new ArrayInst(typeId, length, new Int8Array(length));
    if (layout.bits === 16) return new ArrayInst(typeId, length, new Int16Array(length));
    return new ArrayInst(typeId, length, new Int32Array(length * wordsIn(layout.type)));
  }

  private extern(loadExtern: ((bytes: Uint8Array) => unknown) | undefined, start: number): unknown {
    const bytes = this.source.blob().slice();
    if (loadExtern === undefined)
      this.source.fail('the snapshot holds an external reference: a hook must load it', start);
    return loadExtern(bytes);
  }

  /** Fills the objects. */
  objectContents(): void {
    for (const object of this.shells) {
      if (object instanceof StructInst) this.structContents(object);
      else if (object instanceof ArrayInst) this.arrayContents(object);
      else {
        const { words, refs, tag } = object;
        for (const { type, at } of payloadSlots(tag)) this.value(type, words, refs as unknown[], at);
      }
    }
    this.source.releaseClaims();
  }

  private structContents({ typeId, slots }: StructInst): void {
    for (const { type, slot, bits } of structLayoutOf(typeId).fields) {
      if (isRef(type)) {
        slots[slot] = this.ref(type);
        continue;
      }
      const spare = 32 - bits;
      for (let i = 0; i < wordsIn(type); i++) slots[slot + i] = (this.source.word() << spare) >> spare;
    }
  }

  private arrayContents({ typeId, elements, length }: ArrayInst): void {
    const layout = arrayLayoutOf(typeId);
    if (Array.isArray(elements)) {
      for (let i = 0; i < length; i++) elements[i] = this.ref(layout.type);
      return;
    }
    const { buffer } = elements as Int32Array;
    new Uint8Array(buffer).set(this.source.raw(length * elementBytesOf(layout)));
  }
}

const { func, exn } = abstractHeapTypes;

/**
 * May a place of a type, in canonical ids, hold this? Functions and exceptions are in hierarchies of their own,
 * whatever the top types of the others take.
 */
export function fits(ref: unknown, type: ValType): boolean {
  if (ref === null) return isNullable(type);
  const heap = heapTypeOf(type);
  const top = typeRegistry.topOf(heap);
  if (ref instanceof Func !== (top === func) || ref instanceof ExceptionInst !== (top === exn)) return false;
  return hasHeapType(ref, heap);
}

/** Hexadecimal digits, perhaps after a minus sign: those are read in linear time. */
export function readBigint(source: SnapshotReader): bigint {
  const start = source.offset;
  const text = source.text();
  const digits = /^-?([0-9a-f]+)$/.exec(text)?.[1];
  if (digits === undefined) source.fail('this is no whole number', start);
  try {
    const magnitude = BigInt(`0x${digits}`);
    return text.startsWith('-') ? -magnitude : magnitude;
  } catch {
    return source.fail('a whole number is larger than this host can hold', start);
  }
}
