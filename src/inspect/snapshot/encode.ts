/**
 * State → bytes. Sections in order: types, modules, tags, memories, tables, globals, functions of the host,
 * instances, objects, contents of what holds references, the fiber, counts, parts. Equal states give equal bytes,
 * whichever code ran: of frames only what is alive is written, and by its type.
 */
import {
  ArrayInst,
  ExceptionInst,
  Func,
  type Global,
  type Instance,
  type Memory,
  StructInst,
  type Table,
} from '../../runtime/index.ts';
import { I64, isRef, SnapshotError, type ValType } from '../../syntax/index.ts';
import { moduleCodes, objectCodes, refCodes, SPARSE_PAGE_BYTES } from './format.ts';
import { codeOfFrame, Inventory, payloadSlots, slotsOf } from './inventory.ts';
import { arrayLayoutOf, elementBytesOf, structLayoutOf, wordsIn } from './layouts.ts';
import { nonZeroRuns } from './sparse.ts';
import type { EncodeOptions, MachineState } from './state.ts';
import { SnapshotWriter } from './writer.ts';

/**
 * Writes all state of a paused guest.
 *
 * @throws {SnapshotError} for what cannot be saved, saying what it is and where
 */
export function encodeSnapshot(state: MachineState, options: EncodeOptions = {}): Uint8Array {
  return new SnapshotEncoder(Inventory.of(state), options).encode();
}

class SnapshotEncoder {
  private readonly inventory: Inventory;
  private readonly options: EncodeOptions;
  private readonly out = new SnapshotWriter();

  constructor(inventory: Inventory, options: EncodeOptions) {
    this.inventory = inventory;
    this.options = options;
  }

  encode(): Uint8Array {
    const { inventory, out } = this;
    out.blob(inventory.types.toBytes());
    this.modules();
    this.list(inventory.tags.items, ({ typeId }) => out.count(inventory.types.typeidx(typeId)));
    this.list(inventory.memories.items, (memory) => this.memory(memory));
    this.list(inventory.tables.items, (table) => this.tableType(table));
    this.list(inventory.globals.items, ({ type }) => {
      this.valType(type.content);
      out.flag(type.mutable);
    });
    this.list(inventory.hostFuncs.items, ({ typeId }) => out.count(inventory.types.typeidx(typeId)));
    this.list(inventory.instances.items, (instance) => this.instance(instance));
    this.list(inventory.objects.items, (object, i) => this.objectShell(object, i));
    for (const object of inventory.objects.items) this.objectContents(object);
    for (const global of inventory.globals.items) this.globalValue(global);
    for (const table of inventory.tables.items) this.refs(table.elements);
    for (const { elems } of inventory.instances.items) for (const elem of elems) this.refs(elem);
    this.fiber();
    this.counts();
    return out.finish();
  }

  private list<T>(items: readonly T[], write: (item: T, i: number) => void): void {
    this.out.count(items.length);
    items.forEach(write);
  }

  private valType(type: ValType): void {
    this.out.count(this.inventory.types.valType(type));
  }

  private modules(): void {
    this.list(this.inventory.modules, ({ code, digest }) => {
      const { out } = this;
      out.raw(digest);
      out.u8(this.options.omitModuleBytes ? moduleCodes.absent : moduleCodes.present);
      if (!this.options.omitModuleBytes) out.blob(code.module.bytes);
    });
  }

  private memory(memory: Memory): void {
    const { out } = this;
    const { address, limits, shared, pageSizeLog2 } = memory.type;
    memory.refresh();
    out.flag(address === I64);
    out.flag(shared);
    out.u8(pageSizeLog2);
    this.maximum(limits.max);
    out.count(memory.byteLength);
    this.list(nonZeroRuns(memory.bytes), ({ from, to }) => {
      out.count(from / SPARSE_PAGE_BYTES);
      out.blob(memory.bytes.subarray(from, to));
    });
  }

  /** Bounds of 64 bits are rounded in memory, too. */
  private maximum(max: number | undefined): void {
    this.out.flag(max !== undefined);
    if (max !== undefined) this.out.f64(max);
  }

  private tableType({ type, length }: Table): void {
    const { out } = this;
    out.flag(type.address === I64);
    this.valType(type.element);
    this.maximum(type.limits.max);
    out.count(length);
  }

  private instance(instance: Instance): void {
    const { inventory, out } = this;
    const { code, funcs } = instance;
    out.count(inventory.moduleOf(instance));
    for (let i = 0; i < code.importedFuncs; i++) this.funcRef(funcs[i]!);
    for (const memory of instance.memories) out.count(inventory.memories.of(memory));
    for (const table of instance.tables) out.count(inventory.tables.of(table));
    for (const global of instance.globals) out.count(inventory.globals.of(global));
    for (const tag of instance.tags) out.count(inventory.tags.of(tag));
    for (const data of instance.datas) out.flag(data.length === 0);
  }

  private funcRef(f: Func): void {
    const { inventory, out } = this;
    if (f.instance === null) {
      out.u8(refCodes.hostFunc);
      out.count(inventory.hostFuncs.of(f));
    } else {
      out.u8(refCodes.func);
      out.count(inventory.instances.of(f.instance));
      out.count(f.funcidx);
    }
  }

  private ref(ref: unknown): void {
    const { out } = this;
    if (ref === null) out.u8(refCodes.null);
    else if (ref === undefined) out.u8(refCodes.undefined);
    else if (typeof ref === 'boolean') out.u8(ref ? refCodes.true : refCodes.false);
    else if (typeof ref === 'number') this.numberRef(ref);
    else if (ref instanceof Func) this.funcRef(ref);
    else {
      out.u8(refCodes.object);
      out.count(this.inventory.objects.of(ref));
    }
  }

  private numberRef(value: number): void {
    const { out } = this;
    if (Object.is(value | 0, value)) {
      out.u8(refCodes.integer);
      out.word(value);
    } else {
      out.u8(refCodes.number);
      out.f64(value);
    }
  }

  /** Runs of equal references: tables may be large and hold little. */
  private refs(refs: readonly unknown[]): void {
    this.out.count(refs.length);
    for (let i = 0; i < refs.length; ) {
      let end = i + 1;
      while (end < refs.length && Object.is(refs[end], refs[i])) end++;
      this.out.count(end - i);
      this.ref(refs[i]);
      i = end;
    }
  }

  private objectShell(object: unknown, number: number): void {
    const { inventory, out } = this;
    if (object instanceof StructInst) {
      out.u8(objectCodes.struct);
      out.count(inventory.types.typeidx(object.typeId));
    } else if (object instanceof ArrayInst) {
      out.u8(objectCodes.array);
      out.count(inventory.types.typeidx(object.typeId));
      out.count(object.length);
    } else if (object instanceof ExceptionInst) {
      out.u8(objectCodes.exception);
      out.count(inventory.tags.of(object.tag));
    } else if (typeof object === 'string') {
      out.u8(objectCodes.string);
      out.text(object);
    } else if (typeof object === 'bigint') {
      out.u8(objectCodes.bigint);
      out.text(object.toString(16));
    } else {
      out.u8(objectCodes.extern);
      out.blob(this.externBytes(object, number));
    }
  }

  private externBytes(value: unknown, number: number): Uint8Array {
    const bytes = this.options.saveExtern?.(value);
    if (bytes !== undefined) return bytes;
    const where = this.inventory.originText(this.inventory.origins[number]!);
    throw new SnapshotError(`${where}: externref to ${whatText(value)}, which cannot be saved without a hook`);
  }

  private objectContents(object: unknown): void {
    if (object instanceof StructInst) {
      const { slots } = object;
      for (const { type, slot } of structLayoutOf(object.typeId).fields) {
        if (isRef(type)) this.ref(slots[slot]);
        else for (let i = 0; i < wordsIn(type); i++) this.out.word(slots[slot + i] as number);
      }
    } else if (object instanceof ArrayInst) this.arrayContents(object);
    else if (object instanceof ExceptionInst) {
      const { words, refs, tag } = object;
      for (const { type, at } of payloadSlots(tag)) this.value(type, words, refs, at);
    }
  }

  private arrayContents({ typeId, elements, length }: ArrayInst): void {
    if (Array.isArray(elements)) {
      for (const element of elements) this.ref(element);
      return;
    }
    const byteLength = length * elementBytesOf(arrayLayoutOf(typeId));
    this.out.raw(new Uint8Array((elements as Int32Array).buffer, (elements as Int32Array).byteOffset, byteLength));
  }

  private globalValue({ type, words, ref }: Global): void {
    this.value(type.content, words, [ref], 0);
  }

  /** A value in words and references as in a frame; what its type does not use is not written. */
  private value(type: ValType, words: Int32Array, refs: readonly unknown[], at: number): void {
    if (isRef(type)) this.ref(refs[at >> 1]);
    else for (let i = 0; i < wordsIn(type); i++) this.out.word(words[at + i]!);
  }

  private fiber(): void {
    const { inventory, out } = this;
    const { fiber } = inventory.state;
    out.flag(fiber !== undefined);
    if (fiber === undefined) return;
    const { frames, pending, words, refs } = fiber;
    this.funcRef(fiber.entry);
    out.flag(pending !== undefined);
    if (pending !== undefined) this.funcRef(pending.func);
    const shapes = frames.map((frame, level) =>
      inventory.shapeOf(frame, level < frames.length - 1 || pending !== undefined),
    );
    this.list(frames, (frame, level) => {
      out.count(inventory.instances.of(frame.instance));
      out.count(frame.funcidx);
      out.count(frame.pc - codeOfFrame(frame).func.body.byteOffset);
      out.count(shapes[level]!.operands.length);
    });
    frames.forEach(({ fp }, level) => {
      const { locals, unset, hidden, operands } = shapes[level]!;
      locals.forEach(({ type, at }, i) => {
        if (unset.has(i)) this.ref(null);
        else this.value(type, words, refs, fp + at);
      });
      for (const { at, isLive } of hidden) this.ref(isLive ? refs[(fp + at) >> 1] : null);
      for (const { type, at } of operands) this.value(type, words, refs, fp + at);
    });
    if (pending === undefined) return;
    for (const { type, at } of slotsOf(pending.func.type.params, pending.base)) this.value(type, words, refs, at);
  }

  private counts(): void {
    const { out } = this;
    const { instructionCount, callCount, fuelLeft, parts } = this.inventory.state;
    out.f64(instructionCount);
    out.f64(callCount);
    out.f64(fuelLeft);
    const named = [...parts].sort(([a], [b]) => (a < b ? -1 : 1));
    this.list(named, ([name, bytes]) => {
      out.text(name);
      out.blob(bytes);
    });
  }
}

/** A value of the host, in words: `a Date`. */
export function whatText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const maker = (value as { constructor?: { name?: unknown } }).constructor;
  return typeof maker?.name === 'string' && maker.name !== '' ? `a ${maker.name}` : 'an object';
}
