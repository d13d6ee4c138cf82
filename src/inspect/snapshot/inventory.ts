/**
 * Finds and numbers everything that a state consists of: instances, what they share, functions of the host, the
 * objects that references lead to. Equal states are numbered alike. Nothing recurses: lists may be long.
 */
import { type FrameState, widthOf } from '../../interpreter/index.ts';
import {
  ArrayInst,
  ExceptionInst,
  Func,
  type Global,
  type Instance,
  type Memory,
  type ModuleCode,
  StructInst,
  type Table,
  type Tag,
} from '../../runtime/index.ts';
import { InternalError, isRef, SnapshotError, type ValType } from '../../syntax/index.ts';
import { type FrameShape, FrameShapes } from './frame-shapes.ts';
import { arrayLayoutOf, structLayoutOf } from './layouts.ts';
import { hexText, sha256 } from './sha256.ts';
import type { MachineState } from './state.ts';
import { TypeTable } from './type-table.ts';

/** Entries of a JavaScript map, a little below V8's limit. */
const MAX_ENTRIES = 2 ** 24 - 2 ** 10;

/** Things and their numbers, in order of their discovery. */
export class Numbering<T> {
  readonly items: T[] = [];
  private readonly numbers = new Map<T, number>();

  /** True when the thing is new. */
  add(item: T): boolean {
    if (this.numbers.has(item)) return false;
    if (this.items.length >= MAX_ENTRIES) throw new SnapshotError(`the state has more than ${MAX_ENTRIES} objects`);
    this.numbers.set(item, this.items.length);
    this.items.push(item);
    return true;
  }

  has(item: T): boolean {
    return this.numbers.has(item);
  }

  /** The number of a thing that was added. */
  of(item: T): number {
    const number = this.numbers.get(item);
    if (number === undefined) throw new InternalError('a snapshot names what it did not find');
    return number;
  }
}

/** What holds references. */
export type Holder =
  | { readonly kind: 'table' | 'element segment'; readonly instance: number; readonly index: number }
  | { readonly kind: 'globals' | 'imports'; readonly instance: number }
  | { readonly kind: 'frame'; readonly level: number; readonly frame: FrameState; readonly instance: number }
  | { readonly kind: 'pending call' }
  | { readonly kind: 'object'; readonly number: number };

/** A reference by its holder and its number there. */
export interface Origin {
  readonly holder: Holder;
  readonly item: number;
}

/** A module and the digest of its bytes. */
export interface NumberedModule {
  readonly code: ModuleCode;
  readonly digest: Uint8Array;
}

const digests = new WeakMap<object, Uint8Array>();

/** The SHA-256 of a module's bytes; made once. */
export function moduleDigest({ module }: ModuleCode): Uint8Array {
  const digest = digests.get(module) ?? sha256(module.bytes);
  digests.set(module, digest);
  return digest;
}

/** Spares a module that was read from a snapshot a second digest. */
export function rememberDigest({ module }: ModuleCode, digest: Uint8Array): void {
  digests.set(module, digest);
}

export class Inventory {
  readonly state: MachineState;
  readonly instances = new Numbering<Instance>();
  readonly modules: NumberedModule[] = [];
  readonly memories = new Numbering<Memory>();
  readonly tables = new Numbering<Table>();
  readonly globals = new Numbering<Global>();
  readonly tags = new Numbering<Tag>();
  readonly hostFuncs = new Numbering<Func>();
  readonly objects = new Numbering<unknown>();
  /** Where each object was found first. */
  readonly origins: Origin[] = [];
  readonly types = new TypeTable();
  readonly shapes = new FrameShapes((problem) => {
    throw new InternalError(problem);
  });
  private readonly moduleNumbers = new Map<string, number>();
  private readonly hostFuncOrigins: Origin[] = [];
  /** Host functions that some instance imports. */
  private readonly named = new Set<Func>();
  private scannedInstances = 0;
  private scannedObjects = 0;

  private constructor(state: MachineState, roots: readonly Instance[]) {
    this.state = state;
    for (const instance of roots) this.instances.add(instance);
    this.scanFiber();
    while (this.scannedInstances < this.instances.items.length || this.scannedObjects < this.objects.items.length) {
      if (this.scannedInstances < this.instances.items.length) this.scanInstance(this.scannedInstances++);
      else this.scanObject(this.scannedObjects++);
    }
  }

  /** @throws {SnapshotError} when there is too much of it, or a function of the host has no name */
  static of(state: MachineState): Inventory {
    const first = new Inventory(state, state.instances);
    const all = first.instances.items;
    // Numbers must not depend on which instances the caller asked for.
    const inventory = all.length === state.instances.length ? first : new Inventory(state, all);
    inventory.checkHostFuncs();
    return inventory;
  }

  /** Number of an instance's module. */
  moduleOf({ code }: Instance): number {
    return this.moduleNumbers.get(hexText(moduleDigest(code)))!;
  }

  shapeOf(frame: FrameState, isWaiting: boolean): FrameShape {
    return this.shapes.get(codeOfFrame(frame), frame.pc, isWaiting);
  }

  private checkHostFuncs(): void {
    for (const [i, f] of this.hostFuncs.items.entries()) {
      if (this.named.has(f)) continue;
      const where = this.originText(this.hostFuncOrigins[i]!);
      throw new SnapshotError(`${where}: a function of the host that no import names cannot be saved`);
    }
  }

  private scanInstance(number: number): void {
    const instance = this.instances.items[number]!;
    this.addModule(instance.code);
    const imports: Holder = { kind: 'imports', instance: number };
    for (let i = 0; i < instance.code.importedFuncs; i++) {
      const f = instance.funcs[i]!;
      if (f.host !== null) this.named.add(f);
      this.visitFunc(f, imports, i);
    }
    for (const memory of instance.memories) this.memories.add(memory);
    for (const tag of instance.tags) this.addTag(tag);
    const globals: Holder = { kind: 'globals', instance: number };
    for (const [i, global] of instance.globals.entries()) {
      if (!this.globals.add(global)) continue;
      const { content } = global.type;
      this.types.valType(content);
      if (isRef(content)) this.visit(global.ref, globals, i);
    }
    for (const [i, table] of instance.tables.entries()) {
      if (!this.tables.add(table)) continue;
      this.types.valType(table.type.element);
      this.visitAll(table.elements, { kind: 'table', instance: number, index: i });
    }
    for (const [i, elem] of instance.elems.entries()) {
      this.visitAll(elem, { kind: 'element segment', instance: number, index: i });
    }
  }

  private addModule(code: ModuleCode): void {
    const digest = moduleDigest(code);
    const key = hexText(digest);
    if (this.moduleNumbers.has(key)) return;
    this.moduleNumbers.set(key, this.modules.length);
    this.modules.push({ code, digest });
  }

  private addTag(tag: Tag): void {
    if (this.tags.add(tag)) this.types.typeidx(tag.typeId);
  }

  private visitAll(refs: readonly unknown[], holder: Holder): void {
    for (let i = 0; i < refs.length; i++) this.visit(refs[i], holder, i);
  }

  /** Notes what a reference leads to. */
  private visit(ref: unknown, holder: Holder, item: number): void {
    if (ref === null || ref === undefined || typeof ref === 'number' || typeof ref === 'boolean') return;
    if (ref instanceof Func) this.visitFunc(ref, holder, item);
    else if (this.objects.add(ref)) this.origins.push({ holder, item });
  }

  private visitFunc(f: Func, holder: Holder, item: number): void {
    if (f.instance !== null) this.instances.add(f.instance);
    else if (this.hostFuncs.add(f)) {
      this.hostFuncOrigins.push({ holder, item });
      this.types.typeidx(f.typeId);
    }
  }

  private scanObject(number: number): void {
    const object = this.objects.items[number];
    const holder: Holder = { kind: 'object', number };
    if (object instanceof StructInst) {
      this.types.typeidx(object.typeId);
      for (const [i, { type, slot }] of structLayoutOf(object.typeId).fields.entries()) {
        if (isRef(type)) this.visit(object.slots[slot], holder, i);
      }
    } else if (object instanceof ArrayInst) {
      this.types.typeidx(object.typeId);
      if (isRef(arrayLayoutOf(object.typeId).type)) this.visitAll(object.elements as unknown[], holder);
    } else if (object instanceof ExceptionInst) {
      this.addTag(object.tag);
      payloadSlots(object.tag).forEach(({ type, at }, i) => {
        if (isRef(type)) this.visit(object.refs[at >> 1], holder, i);
      });
    }
  }

  private scanFiber(): void {
    const { fiber } = this.state;
    if (fiber === undefined) return;
    const { frames, pending, refs } = fiber;
    this.instances.add(fiber.entry.instance!);
    frames.forEach((frame, level) => {
      this.instances.add(frame.instance);
      this.shapes.add(codeOfFrame(frame), frame.pc, level < frames.length - 1 || pending !== undefined);
    });
    this.shapes.resolve();
    frames.forEach((frame, level) => {
      const isWaiting = level < frames.length - 1 || pending !== undefined;
      const instance = this.instances.of(frame.instance);
      this.scanFrame(frame, this.shapeOf(frame, isWaiting), { kind: 'frame', level, frame, instance });
    });
    if (pending === undefined) return;
    const holder: Holder = { kind: 'pending call' };
    this.visitFunc(pending.func, holder, 0);
    slotsOf(pending.func.type.params, pending.base).forEach(({ type, at }, i) => {
      if (isRef(type)) this.visit(refs[at >> 1], holder, i);
    });
  }

  private scanFrame({ fp }: FrameState, shape: FrameShape, holder: Holder): void {
    const { refs } = this.state.fiber!;
    shape.locals.forEach(({ type, at }, i) => {
      if (isRef(type) && !shape.unset.has(i)) this.visit(refs[(fp + at) >> 1], holder, i);
    });
    for (const { at, isLive } of shape.hidden) if (isLive) this.visit(refs[(fp + at) >> 1], holder, -1);
    shape.operands.forEach(({ type, at }, i) => {
      if (isRef(type)) this.visit(refs[(fp + at) >> 1], holder, shape.locals.length + i);
    });
  }

  /** Where an object or function was found, in words. */
  originText(origin: Origin): string {
    const steps: string[] = [];
    let at = origin;
    for (; at.holder.kind === 'object'; at = this.origins[at.holder.number]!) {
      if (steps.length < SHOWN_STEPS) steps.push(this.memberText(at.holder.number, at.item));
    }
    const hidden = steps.length === SHOWN_STEPS ? ['…'] : [];
    return [rootText(at), ...hidden, ...steps.reverse()].join(', ');
  }

  private memberText(number: number, item: number): string {
    const object = this.objects.items[number];
    if (object instanceof StructInst) return `field ${item}`;
    return object instanceof ArrayInst ? `element ${item}` : `payload value ${item}`;
  }
}

const SHOWN_STEPS = 8;

function rootText({ holder, item }: Origin): string {
  switch (holder.kind) {
    case 'table':
      return `table ${holder.index}, element ${item} of instance ${holder.instance}`;
    case 'element segment':
      return `element segment ${holder.index}, element ${item} of instance ${holder.instance}`;
    case 'globals':
      return `global ${item} of instance ${holder.instance}`;
    case 'imports':
      return `imported function ${item} of instance ${holder.instance}`;
    case 'pending call':
      return `argument ${item} of the host call in progress`;
    case 'frame':
      return frameItemText(holder, item);
    case 'object':
      return `object ${holder.number}`;
  }
}

function frameItemText({ level, frame, instance }: Holder & { kind: 'frame' }, item: number): string {
  const where = `frame ${level} (function ${frame.funcidx} of instance ${instance})`;
  if (item < 0) return `${where}, the exception of a catch block`;
  const { code } = frame.instance;
  const { locals } = code.module.funcs[frame.funcidx - code.importedFuncs]!;
  const { params } = code.funcType(code.spaces.funcs[frame.funcidx]!);
  const localCount = locals.reduce((sum, { count }) => sum + count, params.length);
  return item < localCount ? `${where}, local ${item}` : `${where}, operand ${item - localCount}`;
}

export function codeOfFrame({ instance, funcidx }: FrameState) {
  return instance.code.codes[funcidx - instance.code.importedFuncs]!;
}

/** Values side by side, from word `from` on. */
export function slotsOf(types: readonly ValType[], from: number): { type: ValType; at: number }[] {
  let at = from;
  return types.map((type) => {
    const slot = { type, at };
    at += widthOf(type);
    return slot;
  });
}

/** The payload of an exception of a tag. */
export function payloadSlots({ type }: Tag) {
  return slotsOf(type.params, 0);
}
