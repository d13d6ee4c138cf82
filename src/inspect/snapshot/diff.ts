/**
 * What two snapshots have different, for people: frames, locals, operands, memory, globals, tables, objects, counts.
 * Objects are compared side by side along the references that lead to them, so that one more object in one of the
 * two does not make all later ones different.
 */
import { decodeUtf8, InstructionReader } from '../../decoder/index.ts';
import { type FrameState, funcName } from '../../interpreter/index.ts';
import {
  ArrayInst,
  Budget,
  ExceptionInst,
  Func,
  type Global,
  type Instance,
  type Memory,
  type ModuleCode,
  StructInst,
  type Table,
} from '../../runtime/index.ts';
import { ANYREF, instructions, isRef, SnapshotError, typeRegistry, type ValType } from '../../syntax/index.ts';
import { valueText } from '../frames/index.ts';
import { decodeSnapshot } from './decode.ts';
import { differingRanges, hexBytes } from './differing-ranges.ts';
import { type FrameShape, FrameShapes, type Slot } from './frame-shapes.ts';
import { codeOfFrame, moduleDigest, payloadSlots, slotsOf } from './inventory.ts';
import { arrayLayoutOf, structLayoutOf, wordsIn } from './layouts.ts';
import { hexText } from './sha256.ts';
import type { MachineState } from './state.ts';

/** One thing that differs. */
export interface Difference {
  /** `frame 2 (function 7 $main), local 0 ($x)` or `memory 0 of instance 0, 0x400..0x404`. */
  readonly where: string;
  /** What stands there in each; empty: nothing. */
  readonly a: string;
  readonly b: string;
}

export interface DiffOptions {
  /** Modules of snapshots that have not their bytes. */
  readonly modules?: readonly ModuleCode[] | undefined;
  /** Most differences to tell; 1000 unless told. */
  readonly limit?: number | undefined;
}

const DEFAULT_LIMIT = 1000;

/**
 * Compares two snapshots; none of them is run.
 *
 * @returns an empty list when they hold the same state
 * @throws {SnapshotError} when one of them is none
 */
export function diffSnapshots(a: Uint8Array, b: Uint8Array, options: DiffOptions = {}): readonly Difference[] {
  const first = read(a, options);
  // Modules that both have are one, so that functions can be told apart by their code.
  const modules = [...(options.modules ?? []), ...first.instances.map(({ code }) => code)];
  return new StateDiff(first, read(b, { modules }), options.limit ?? DEFAULT_LIMIT).compare();
}

/** An external reference that nobody has loaded: its bytes. */
class SavedExtern {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

function read(bytes: Uint8Array, { modules }: DiffOptions): MachineState {
  const unbounded = () => new Budget(Number.POSITIVE_INFINITY);
  return decodeSnapshot(bytes, {
    budgets: { memoryBytes: unbounded(), tableElements: new Budget(MAX_TABLE_ELEMENTS) },
    modules,
    loadExtern: (saved) => new SavedExtern(saved),
    imports: ({ kind, funcType }) =>
      kind === 'func' && funcType !== undefined
        ? Func.host(typeRegistry.funcTypeId(funcType), funcType, () => {
            throw new SnapshotError('a snapshot that is compared does not run');
          })
        : undefined,
  });
}

const MAX_TABLE_ELEMENTS = 2 ** 26;
/** Ranges of one memory that are told. */
const SHOWN_RANGES = 64;

/** Words and references as a frame has them. */
interface Values {
  readonly words: Int32Array;
  readonly refs: readonly unknown[];
}

/** A way to a pair of objects; written out only when they differ. */
interface Way {
  readonly from: Way | undefined;
  readonly step: string | number;
}

class StateDiff {
  private readonly a: MachineState;
  private readonly b: MachineState;
  private readonly limit: number;
  private readonly differences: Difference[] = [];
  /** Objects of `a` that have been compared, and with which. */
  private readonly pairs = new Map<unknown, unknown>();
  private readonly waiting: { a: unknown; b: unknown; way: Way }[] = [];
  private readonly seen = new Set<unknown>();

  constructor(a: MachineState, b: MachineState, limit: number) {
    this.a = a;
    this.b = b;
    this.limit = limit;
  }

  compare(): readonly Difference[] {
    const { a, b } = this;
    this.count('instructions', a.instructionCount, b.instructionCount);
    this.count('calls', a.callCount, b.callCount);
    this.count('fuel left', a.fuelLeft, b.fuelLeft);
    this.frames();
    const instanceCount = Math.max(a.instances.length, b.instances.length);
    for (let i = 0; i < instanceCount; i++) this.instance(i, a.instances[i], b.instances[i]);
    for (let pair = this.waiting.pop(); pair !== undefined; pair = this.waiting.pop()) this.objects(pair);
    this.parts();
    return this.differences;
  }

  private tell(where: string, a: string, b: string): void {
    if (this.differences.length < this.limit) this.differences.push({ where, a, b });
  }

  private count(what: string, a: number, b: number): void {
    if (a !== b) this.tell(what, String(a), String(b));
  }

  // Frames

  private frames(): void {
    const [a, b] = [this.a.fiber, this.b.fiber];
    if (a === undefined || b === undefined) {
      if (a !== b) this.tell('call in progress', this.entryText(this.a), this.entryText(this.b));
      return;
    }
    const shapesA = shapesOf(this.a);
    const shapesB = shapesOf(this.b);
    for (let level = 0; level < Math.max(a.frames.length, b.frames.length); level++) {
      const [frameA, frameB] = [a.frames[level], b.frames[level]];
      const isAlike =
        frameA !== undefined &&
        frameB !== undefined &&
        frameA.funcidx === frameB.funcidx &&
        this.a.instances.indexOf(frameA.instance) === this.b.instances.indexOf(frameB.instance) &&
        digestOf(frameA.instance) === digestOf(frameB.instance);
      if (isAlike) this.frame(level, frameA, frameB, shapesA[level]!, shapesB[level]!);
      else this.tell(`frame ${level}`, this.frameText(this.a, frameA), this.frameText(this.b, frameB));
    }
    this.pendingCalls();
  }

  private frame(level: number, a: FrameState, b: FrameState, shapeA: FrameShape, shapeB: FrameShape): void {
    const name = `frame ${level} (${functionText(a)})`;
    if (a.pc !== b.pc) this.tell(name, placeText(a), placeText(b));
    const [valuesA, valuesB] = [this.a.fiber!, this.b.fiber!];
    const names = a.instance.code.module.names.locals.get(a.funcidx);
    const localCount = Math.min(shapeA.locals.length, shapeB.locals.length);
    for (let i = 0; i < localCount; i++) {
      const known = names?.get(i);
      const where = `${name}, local ${i}${known === undefined ? '' : ` ($${known})`}`;
      const slot = shapeA.locals[i]!;
      const isUnset = shapeA.unset.has(i) || shapeB.unset.has(i);
      if (!isUnset) this.value(where, slot.type, valuesA, a.fp + slot.at, valuesB, b.fp + slot.at, a.instance);
    }
    this.operands(name, a, b, shapeA.operands, shapeB.operands);
  }

  private operands(name: string, a: FrameState, b: FrameState, slotsA: readonly Slot[], slotsB: readonly Slot[]): void {
    for (let i = 0; i < Math.max(slotsA.length, slotsB.length); i++) {
      const [slotA, slotB] = [slotsA[i], slotsB[i]];
      const where = `${name}, operand ${i}`;
      const [valuesA, valuesB] = [this.a.fiber!, this.b.fiber!];
      if (slotA !== undefined && slotA.type === slotB?.type) {
        this.value(where, slotA.type, valuesA, a.fp + slotA.at, valuesB, b.fp + slotB.at, a.instance);
      } else {
        const textA = slotA === undefined ? '' : textOf(slotA.type, valuesA, a.fp + slotA.at, a.instance);
        this.tell(where, textA, slotB === undefined ? '' : textOf(slotB.type, valuesB, b.fp + slotB.at, b.instance));
      }
    }
  }

  private pendingCalls(): void {
    const [a, b] = [this.a.fiber!, this.b.fiber!];
    const nameOf = ({ instances, fiber }: MachineState) => importName(instances, fiber!.pending?.func);
    if (nameOf(this.a) !== nameOf(this.b)) this.tell('host call in progress', nameOf(this.a), nameOf(this.b));
    else if (a.pending !== undefined && b.pending !== undefined) {
      const from = [a.pending.base, b.pending.base] as const;
      slotsOf(a.pending.func.type.params, 0).forEach(({ type, at }, i) => {
        this.value(`argument ${i} of the host call in progress`, type, a, from[0] + at, b, from[1] + at, undefined);
      });
    }
  }

  private entryText({ fiber }: MachineState): string {
    return fiber === undefined ? '' : functionText(fiber.frames[0]!);
  }

  private frameText({ instances }: MachineState, frame: FrameState | undefined): string {
    if (frame === undefined) return '';
    const number = instances.indexOf(frame.instance);
    return `${functionText(frame)}${number === 0 ? '' : ` of instance ${number}`} ${placeText(frame)}`;
  }

  // What instances hold

  private instance(number: number, a: Instance | undefined, b: Instance | undefined): void {
    const digestA = a === undefined ? '' : digestOf(a);
    const digestB = b === undefined ? '' : digestOf(b);
    if (a === undefined || b === undefined || digestA !== digestB) {
      this.tell(`instance ${number}, SHA-256 of its module`, digestA, digestB);
      return;
    }
    const of = number === 0 ? '' : ` of instance ${number}`;
    for (const [i, memory] of a.memories.entries()) {
      if (this.isNew(memory)) this.memory(`memory ${i}${of}`, memory, b.memories[i]!);
    }
    for (const [i, global] of a.globals.entries()) {
      if (this.isNew(global)) this.global(`${globalText(a, i)}${of}`, global, b.globals[i]!, a);
    }
    for (const [i, table] of a.tables.entries()) {
      if (this.isNew(table)) this.table(`table ${i}${of}`, table, b.tables[i]!, a);
    }
    for (const [i, elem] of a.elems.entries()) {
      const [left, right] = [elem.length, b.elems[i]!.length];
      if (left !== right) this.tell(`element segment ${i}${of}`, droppedText(left), droppedText(right));
      else
        for (let k = 0; k < left; k++)
          this.ref({ from: undefined, step: `element ${k} of segment ${i}${of}` }, elem[k], b.elems[i]![k]);
    }
    for (const [i, data] of a.datas.entries()) {
      const [left, right] = [data.length, b.datas[i]!.length];
      if (left !== right) this.tell(`data segment ${i}${of}`, droppedText(left), droppedText(right));
    }
  }

  private isNew(thing: unknown): boolean {
    if (this.seen.has(thing)) return false;
    this.seen.add(thing);
    return true;
  }

  private memory(where: string, a: Memory, b: Memory): void {
    this.count(`${where}, bytes`, a.byteLength, b.byteLength);
    const ranges = differingRanges(a.bytes, b.bytes, SHOWN_RANGES);
    for (const { from, to } of ranges.shown) {
      const place = `${where}, 0x${from.toString(16)}..0x${to.toString(16)}`;
      this.tell(place, hexBytes(a.bytes, from, to), hexBytes(b.bytes, from, to));
    }
    if (ranges.more > 0) this.tell(where, `${ranges.more} more bytes differ`, '');
  }

  private global(where: string, a: Global, b: Global, instance: Instance): void {
    const [left, right] = [a, b].map(({ words, ref }) => ({ words, refs: [ref] }));
    this.value(where, a.type.content, left!, 0, right!, 0, instance);
  }

  private table(where: string, a: Table, b: Table, instance: Instance): void {
    this.count(`${where}, elements`, a.length, b.length);
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      if (a.elements[i] !== b.elements[i]) {
        this.ref({ from: undefined, step: `${where}, element ${i}` }, a.elements[i], b.elements[i], instance);
      }
    }
  }

  // Values

  private value(
    where: string,
    type: ValType,
    a: Values,
    atA: number,
    b: Values,
    atB: number,
    instance: Instance | undefined,
  ): void {
    if (isRef(type)) {
      this.ref({ from: undefined, step: where }, a.refs[atA >> 1], b.refs[atB >> 1], instance);
      return;
    }
    for (let i = 0; i < wordsIn(type); i++) {
      if (a.words[atA + i] === b.words[atB + i]) continue;
      this.tell(where, textOf(type, a, atA, instance), textOf(type, b, atB, instance));
      return;
    }
  }

  /** Compares references; what they lead to is compared later, once. */
  private ref(way: Way, a: unknown, b: unknown, instance?: Instance): void {
    if (isObject(a) && isObject(b)) {
      const former = this.pairs.get(a);
      if (former === b) return;
      if (former === undefined) {
        this.pairs.set(a, b);
        this.waiting.push({ a, b, way });
      } else this.tell(wayText(way), refText(a, instance), `${refText(b, instance)}, another one`);
    } else if (!this.isSame(a, b)) this.tell(wayText(way), refText(a, instance), refText(b, instance));
  }

  private isSame(a: unknown, b: unknown): boolean {
    if (a instanceof Func && b instanceof Func) {
      if (a.host !== null || b.host !== null) {
        return (
          a.host !== null && b.host !== null && importName(this.a.instances, a) === importName(this.b.instances, b)
        );
      }
      const isOfSame = this.a.instances.indexOf(a.instance!) === this.b.instances.indexOf(b.instance!);
      return isOfSame && a.funcidx === b.funcidx;
    }
    return Object.is(a, b);
  }

  private objects({ a, b, way }: { a: unknown; b: unknown; way: Way }): void {
    if (a instanceof StructInst && b instanceof StructInst && a.typeId === b.typeId) this.structs(a, b, way);
    else if (a instanceof ArrayInst && b instanceof ArrayInst && a.typeId === b.typeId) this.arrays(a, b, way);
    else if (a instanceof ExceptionInst && b instanceof ExceptionInst && a.tag.typeId === b.tag.typeId) {
      payloadSlots(a.tag).forEach(({ type, at }, i) => {
        this.member({ from: way, step: `payload value ${i}` }, type, a, at, b, at);
      });
    } else if (a instanceof SavedExtern && b instanceof SavedExtern) {
      if (hexText(a.bytes) !== hexText(b.bytes))
        this.tell(wayText(way), hexBytes(a.bytes, 0, a.bytes.length), hexBytes(b.bytes, 0, b.bytes.length));
    } else this.tell(wayText(way), refText(a, undefined), refText(b, undefined));
  }

  private structs(a: StructInst, b: StructInst, way: Way): void {
    for (const [i, { type, slot }] of structLayoutOf(a.typeId).fields.entries()) {
      const values = [a, b].map(({ slots }) => wordsAndRef(slots, slot, type));
      this.member({ from: way, step: `field ${i}` }, type, values[0]!, 0, values[1]!, 0);
    }
  }

  private arrays(a: ArrayInst, b: ArrayInst, way: Way): void {
    if (a.length !== b.length) this.tell(`${wayText(way)}, length`, String(a.length), String(b.length));
    const { type } = arrayLayoutOf(a.typeId);
    const width = wordsIn(type);
    const [left, right] = [a.elements as ArrayLike<unknown>, b.elements as ArrayLike<unknown>];
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      let isSame = true;
      for (let k = i * width; k < (i + 1) * width; k++) isSame &&= left[k] === right[k];
      if (isSame) continue;
      const values = [left, right].map((elements) => wordsAndRef(elements, i * width, type));
      this.member({ from: way, step: `element ${i}` }, type, values[0]!, 0, values[1]!, 0);
    }
  }

  private member(way: Way, type: ValType, a: Values, atA: number, b: Values, atB: number): void {
    if (isRef(type)) {
      this.ref(way, a.refs[atA >> 1], b.refs[atB >> 1]);
      return;
    }
    for (let i = 0; i < wordsIn(type); i++) {
      if (a.words[atA + i] === b.words[atB + i]) continue;
      this.tell(wayText(way), textOf(type, a, atA, undefined), textOf(type, b, atB, undefined));
      return;
    }
  }

  private parts(): void {
    for (const name of [...new Set([...this.a.parts.keys(), ...this.b.parts.keys()])].sort()) {
      const [a, b] = [this.a.parts.get(name), this.b.parts.get(name)];
      const [from, to] = a === undefined || b === undefined ? [0, 1] : differingSpan(a, b);
      if (from < to) this.tell(`part ${JSON.stringify(name)}`, partText(a, from), partText(b, from));
    }
  }
}

function isObject(ref: unknown): boolean {
  const isOurs = ref instanceof StructInst || ref instanceof ArrayInst || ref instanceof ExceptionInst;
  return isOurs || ref instanceof SavedExtern;
}

function shapesOf({ fiber }: MachineState): FrameShape[] {
  const { frames, pending } = fiber!;
  const shapes = new FrameShapes((problem) => {
    throw new SnapshotError(problem);
  });
  const isWaiting = (level: number) => level < frames.length - 1 || pending !== undefined;
  for (const [level, frame] of frames.entries()) shapes.add(codeOfFrame(frame), frame.pc, isWaiting(level));
  shapes.resolve();
  return frames.map((frame, level) => shapes.get(codeOfFrame(frame), frame.pc, isWaiting(level)));
}

function digestOf({ code }: Instance): string {
  return hexText(moduleDigest(code));
}

function functionText({ instance, funcidx }: FrameState): string {
  const name = funcName(instance.code, funcidx);
  return `function ${funcidx}${name === undefined ? '' : ` $${name}`}`;
}

function placeText({ instance, pc }: FrameState): string {
  const reader = new InstructionReader(instance.code.module.bytes, pc);
  reader.next();
  return `at byte 0x${pc.toString(16)}: ${instructions[reader.id]!.name}`;
}

function globalText({ code }: Instance, globalidx: number): string {
  const { names, exports } = code.module;
  const exported = exports.find(({ kind, index }) => kind === 'global' && index === globalidx)?.name;
  const name = names.globals.get(globalidx) ?? exported;
  return `global ${globalidx}${name === undefined ? '' : ` ($${name})`}`;
}

/** The import that a function of the host is; empty for none. */
function importName(instances: readonly Instance[], f: Func | undefined): string {
  if (f === undefined) return '';
  for (const { funcs, code } of instances) {
    const index = funcs.indexOf(f);
    if (index < 0 || index >= code.importedFuncs) continue;
    const entry = code.module.imports.filter(({ type }) => type.kind === 'func')[index]!;
    return `${JSON.stringify(entry.module)} ${JSON.stringify(entry.name)}`;
  }
  return '';
}

function droppedText(length: number): string {
  return length === 0 ? 'dropped' : 'there';
}

function wayText(way: Way): string {
  const steps: (string | number)[] = [];
  let at: Way | undefined = way;
  for (; at !== undefined; at = at.from) steps.push(at.step);
  const shown =
    steps.length <= SHOWN_STEPS ? steps : [...steps.slice(0, SHOWN_STEPS - 1), '…', steps[steps.length - 1]!];
  return shown.reverse().join(', ');
}

const SHOWN_STEPS = 8;

function textOf(type: ValType, { words, refs }: Values, at: number, instance: Instance | undefined): string {
  const [lo = 0, hi = 0, x2 = 0, x3 = 0] = words.subarray(at, at + 4);
  return valueText(type, { lo, hi, x2, x3, ref: refs[at >> 1] }, instance, { depth: 1 });
}

function refText(ref: unknown, instance: Instance | undefined): string {
  if (ref instanceof SavedExtern) return `external reference ${hexBytes(ref.bytes, 0, ref.bytes.length)}`;
  return valueText(ANYREF, { lo: 0, hi: 0, x2: 0, x3: 0, ref }, instance, { depth: 1 });
}

/** A field or element by itself. */
function wordsAndRef(slots: ArrayLike<unknown>, at: number, type: ValType): Values {
  if (isRef(type)) return { words: new Int32Array(2), refs: [slots[at]] };
  return { words: Int32Array.from({ length: wordsIn(type) }, (_, i) => slots[at + i] as number), refs: [null] };
}

function differingSpan(a: Uint8Array, b: Uint8Array): [number, number] {
  const length = Math.max(a.length, b.length);
  let at = 0;
  while (at < length && a[at] === b[at]) at++;
  return [at, length];
}

const SHOWN_CHARACTERS = 60;

/** Parts are often text; where they differ a little of what is before tells what it is. */
function partText(bytes: Uint8Array | undefined, at: number): string {
  if (bytes === undefined) return '';
  const text = decodeUtf8(bytes, 0, bytes.length);
  if (text === undefined || /[^\x20-\x7e]/.test(text))
    return `${bytes.length} bytes, from ${at}: ${hexBytes(bytes, at, bytes.length)}`;
  const from = Math.max(0, at - SHOWN_CHARACTERS / 2);
  return `${from > 0 ? '…' : ''}${text.slice(from, from + SHOWN_CHARACTERS)}${text.length > from + SHOWN_CHARACTERS ? '…' : ''}`;
}
