/**
 * What can be said of a place in code without running it: locals, operands with types and producers, open
 * labels. Values are a frame's.
 *
 * The first question about a function walks its body once (flow.ts); each place then costs what it shows.
 * Results are kept with the module, as many as fit a budget.
 */
import { InstructionReader } from '../../decoder/index.ts';
import { contextOf, funcName, legacyTryCount, widthOf } from '../../interpreter/index.ts';
import type { Code } from '../../runtime/index.ts';
import { type InstrId, InternalError, instrId, instructions, type Module, type ValType } from '../../syntax/index.ts';
import { type IndexNames, identifier, printInstruction } from '../../text/index.ts';
import { BodyChecker } from '../../validator/index.ts';
import { type BlockPlace, Flow, FUNCTION_BODY } from './flow.ts';
import { type ModuleView, viewOf } from './module-view.ts';

export type LabelKind = 'func' | 'block' | 'loop' | 'if' | 'else' | 'try' | 'catch' | 'try_table';

export interface LabelView {
  readonly kind: LabelKind;
  /** From the name section. */
  readonly name: string | undefined;
  /** Of the instruction that opens the block; of the body for the function's own label. */
  readonly byteOffset: number;
  /** Where a branch goes: a loop's body, behind another block's `end`, the function's final `end`. */
  readonly targetByteOffset: number;
  /** Operands that a branch leaves below those it carries. */
  readonly operandHeight: number;
  /** Types that a branch carries, as text. */
  readonly types: readonly string[];
}

export interface LocalDescription {
  readonly index: number;
  /** From the name section. */
  readonly name: string | undefined;
  readonly isParam: boolean;
  /** The type as text, and in the module's type indices. */
  readonly type: string;
  readonly valType: ValType;
  /** Word offset in the frame. */
  readonly at: number;
}

export interface OperandDescription {
  /** 0 is the bottom. */
  readonly index: number;
  readonly type: string;
  readonly valType: ValType;
  readonly at: number;
  /**
   * Byte offsets of the instructions that may have made it, ascending: one, more where paths join. What a
   * handler catches is made by its `catch` or `try_table`. Empty where no path leads.
   */
  readonly producers: readonly number[];
  /** There are more producers than were looked for; only hostile code has so many. */
  readonly hasMoreProducers: boolean;
}

export interface PlaceDescription {
  readonly funcidx: number;
  readonly name: string | undefined;
  readonly byteOffset: number;
  /** The call here has not returned: its operands are taken. */
  readonly isWaiting: boolean;
  /** Some path leads here. */
  readonly isReachable: boolean;
  readonly id: InstrId;
  readonly mnemonic: string;
  /** The instruction with its immediates, as the text format writes it. */
  readonly instruction: string;
  readonly locals: readonly LocalDescription[];
  /** Bottom first. */
  readonly operands: readonly OperandDescription[];
  /** Innermost first: index 0 is label 0. The last is the function's own. */
  readonly labels: readonly LabelView[];
}

const IF = instrId('if');
const TRY = instrId('try');
/** Calls by what they take besides their arguments. */
const calls: ReadonlyMap<InstrId, { callee: number; isTail: boolean }> = new Map([
  [instrId('call'), { callee: 0, isTail: false }],
  [instrId('call_indirect'), { callee: 1, isTail: false }],
  [instrId('call_ref'), { callee: 1, isTail: false }],
  [instrId('return_call'), { callee: 0, isTail: true }],
  [instrId('return_call_indirect'), { callee: 1, isTail: true }],
  [instrId('return_call_ref'), { callee: 1, isTail: true }],
]);

/** One function: its flow, and what its places share. */
class FunctionPlaces {
  readonly code: Code;
  readonly view: ModuleView;
  readonly flow: Flow;
  readonly name: string | undefined;
  private readonly places = new Map<number, Place>();
  private keptEntries = 0;
  private allLocals: readonly LocalDescription[] | undefined;
  private hiddenWords: number | undefined;
  /** Stands where types were asked last: steps ahead go on from there. */
  private checker: BodyChecker | undefined;

  constructor(code: Code) {
    this.code = code;
    this.view = viewOf(code.module);
    this.flow = new Flow(code);
    this.name = funcName(code.module, code.funcidx);
  }

  place(pc: number, isWaiting: boolean): Place {
    const key = 2 * pc + (isWaiting ? 1 : 0);
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const place = new Place(this, pc, isWaiting);
    if (this.keptEntries > MAX_KEPT_ENTRIES) {
      this.places.clear();
      this.keptEntries = 0;
    }
    this.places.set(key, place);
    this.keptEntries += place.size;
    return place;
  }

  /** Types of the operands before the instruction at `pc`, in the module's type indices. */
  typesAt(pc: number): ValType[] {
    let { checker } = this;
    if (checker === undefined || checker.reader.offset > pc) {
      checker = new BodyChecker(contextOf(this.code), this.code.funcidx);
      this.checker = checker;
    }
    while (checker.reader.offset < pc && checker.next()) checker.check();
    if (checker.reader.offset !== pc) throw new InternalError(`no instruction begins at byte ${pc}`);
    return checker.stack.slice(0, checker.height);
  }

  get locals(): readonly LocalDescription[] {
    this.allLocals ??= this.describeLocals();
    return this.allLocals;
  }

  /** Word offset of the first operand. */
  get operandsAt(): number {
    const last = this.locals[this.locals.length - 1];
    this.hiddenWords ??= 2 * legacyTryCount(this.code);
    return this.hiddenWords + (last === undefined ? 0 : last.at + widthOf(last.valType));
  }

  private describeLocals(): LocalDescription[] {
    const { code, view } = this;
    const names = code.module.module.names.locals.get(code.funcidx);
    const paramCount = code.module.funcType(code.func.typeidx).params.length;
    let at = 0;
    return new BodyChecker(contextOf(code), code.funcidx).locals.map((valType, index) => {
      const start = at;
      at += widthOf(valType);
      const isParam = index < paramCount;
      return { index, name: names?.get(index), isParam, type: view.typeText(valType), valType, at: start };
    });
  }
}

/** Operands and labels that the kept places of one function have in all. */
const MAX_KEPT_ENTRIES = 1 << 18;
/** What a place counts besides. */
const PLACE_ENTRIES = 16;

class Place implements PlaceDescription {
  readonly byteOffset: number;
  readonly isWaiting: boolean;
  readonly id: InstrId;
  private readonly owner: FunctionPlaces;
  private readonly index: number;
  private knownOperands: readonly Operand[] | undefined;
  private knownLabels: readonly LabelView[] | undefined;
  private knownInstruction: string | undefined;

  constructor(owner: FunctionPlaces, pc: number, isWaiting: boolean) {
    this.owner = owner;
    this.byteOffset = pc;
    this.index = owner.flow.find(pc);
    this.id = this.reader.id;
    // A wait in memory keeps its operands.
    this.isWaiting = isWaiting && calls.has(this.id);
  }

  private get reader(): InstructionReader {
    const { body } = this.owner.code.func;
    const end = body.byteOffset + body.byteLength;
    const reader = new InstructionReader(this.owner.code.module.module.bytes, this.byteOffset, end);
    reader.next();
    return reader;
  }

  get size(): number {
    const { flow } = this.owner;
    return PLACE_ENTRIES + flow.graph.height(flow.stackAt(this.index)) + flow.depthAt(this.index);
  }

  get funcidx(): number {
    return this.owner.code.funcidx;
  }

  get name(): string | undefined {
    return this.owner.name;
  }

  get isReachable(): boolean {
    return this.owner.flow.isLiveAt(this.index);
  }

  get mnemonic(): string {
    return instructions[this.id]!.name;
  }

  get instruction(): string {
    this.knownInstruction ??= printInstruction(this.reader, new PlaceNames(this.owner.view, this.funcidx, this.labels));
    return this.knownInstruction;
  }

  get locals(): readonly LocalDescription[] {
    return this.hasLeft ? [] : this.owner.locals;
  }

  /** A tail call that waits for the host has taken the frame's contents with it. */
  private get hasLeft(): boolean {
    return this.isWaiting && calls.get(this.id)!.isTail;
  }

  get operands(): readonly OperandDescription[] {
    this.knownOperands ??= this.hasLeft ? [] : this.describeOperands();
    return this.knownOperands;
  }

  private describeOperands(): Operand[] {
    const { owner } = this;
    const { graph } = owner.flow;
    const types = owner.typesAt(this.byteOffset);
    if (this.isWaiting) types.length -= this.takenCount();
    const nodes = graph.nodesOf(owner.flow.stackAt(this.index));
    let at = owner.operandsAt;
    return types.map((valType, index) => {
      const start = at;
      at += widthOf(valType);
      return new Operand(owner, index, valType, start, nodes[index] as number);
    });
  }

  /** Operands that the call here has taken. */
  private takenCount(): number {
    const { module } = this.owner.code;
    const { index } = this.reader;
    const { callee } = calls.get(this.id)!;
    return callee + module.funcType(callee === 0 ? module.spaces.funcs[index]! : index).params.length;
  }

  get labels(): readonly LabelView[] {
    this.knownLabels ??= this.describeLabels();
    return this.knownLabels;
  }

  private describeLabels(): LabelView[] {
    const { owner } = this;
    const names = owner.code.module.module.names.labels.get(this.funcidx);
    return owner.flow.blocksAt(this.index).map((block) => ({
      kind: this.labelKind(block),
      name: names?.get(block.labelNumber),
      byteOffset: block.byteOffset,
      targetByteOffset: instructions[block.opcode]?.name === 'loop' ? block.bodyOffset : block.endOffset,
      operandHeight: block.height,
      types: block.types.map((type) => owner.view.typeText(type)),
    }));
  }

  private labelKind({ opcode, partOffset }: BlockPlace): LabelKind {
    if (opcode === FUNCTION_BODY) return 'func';
    const isInPart = partOffset >= 0 && this.byteOffset > partOffset;
    if (isInPart && opcode === IF) return 'else';
    return isInPart && opcode === TRY ? 'catch' : (instructions[opcode]!.name as LabelKind);
  }
}

class Operand implements OperandDescription {
  readonly index: number;
  readonly valType: ValType;
  readonly at: number;
  private readonly owner: FunctionPlaces;
  private readonly node: number;
  private found: { readonly byteOffsets: readonly number[]; readonly isCut: boolean } | undefined;

  constructor(owner: FunctionPlaces, index: number, valType: ValType, at: number, node: number) {
    this.owner = owner;
    this.index = index;
    this.valType = valType;
    this.at = at;
    this.node = node;
  }

  get type(): string {
    return this.owner.view.typeText(this.valType);
  }

  private get search() {
    this.found ??= this.owner.flow.graph.producers(this.node);
    return this.found;
  }

  get producers(): readonly number[] {
    return this.search.byteOffsets;
  }

  get hasMoreProducers(): boolean {
    return this.search.isCut;
  }
}

/** Names at one place: labels are called by name where no inner one of that name hides them. */
class PlaceNames implements IndexNames {
  private readonly view: ModuleView;
  private readonly funcidx: number;
  private readonly labels: readonly LabelView[];
  private idByLabel: Map<number, string> | undefined;

  constructor(view: ModuleView, funcidx: number, labels: readonly LabelView[]) {
    this.view = view;
    this.funcidx = funcidx;
    this.labels = labels;
  }

  index(space: Parameters<IndexNames['index']>[0], index: number): string {
    return this.view.names.index(space, index);
  }

  field(typeidx: number, fieldidx: number): string {
    return this.view.names.field(typeidx, fieldidx);
  }

  local(localidx: number): string {
    return this.view.localId(this.funcidx, localidx) ?? String(localidx);
  }

  label(labelidx: number): string {
    this.idByLabel ??= labelIds(this.labels);
    return this.idByLabel.get(labelidx) ?? String(labelidx);
  }

  signature(typeidx: number): string {
    return this.view.names.signature(typeidx);
  }
}

function labelIds(labels: readonly LabelView[]): Map<number, string> {
  const ids = new Map<number, string>();
  const seen = new Set<string>();
  labels.forEach(({ name }, labelidx) => {
    if (name === undefined || name === '' || seen.has(name)) return;
    seen.add(name);
    ids.set(labelidx, identifier(name));
  });
  return ids;
}

/** Instructions of the functions that are kept of one module. */
const MAX_KEPT_INSTRUCTIONS = 1 << 22;

/** What is kept of one module: the functions asked for last. */
class ModulePlaces {
  private readonly functions = new Map<number, FunctionPlaces>();
  private keptInstructions = 0;

  of(code: Code): FunctionPlaces {
    const known = this.functions.get(code.funcidx);
    if (known !== undefined) return known;
    const made = new FunctionPlaces(code);
    this.keptInstructions += made.flow.size;
    this.makeRoom();
    this.functions.set(code.funcidx, made);
    return made;
  }

  /** The new one stays, however large it is. */
  private makeRoom(): void {
    for (const [funcidx, { flow }] of this.functions) {
      if (this.keptInstructions <= MAX_KEPT_INSTRUCTIONS) return;
      this.functions.delete(funcidx);
      this.keptInstructions -= flow.size;
    }
  }
}

const modules = new WeakMap<Module, ModulePlaces>();

function placesOf(code: Code): FunctionPlaces {
  const { module } = code.module;
  const known = modules.get(module) ?? new ModulePlaces();
  modules.set(module, known);
  return known.of(code);
}

/**
 * Describes the place before the instruction at `pc`; or, when `isWaiting`, while the call there has not
 * returned. Linear in the body's length at a function's first place, then in what the place has.
 *
 * @param pc byte offset in the module of an instruction of `code`, delimiters included
 */
export function describePlace(code: Code, pc: number, isWaiting: boolean): PlaceDescription {
  return placesOf(code).place(pc, isWaiting);
}

/** Byte offsets at which instructions of a function begin, delimiters included, in ascending order. */
export function instructionOffsets(code: Code): number[] {
  const { pcs } = placesOf(code).flow;
  return Array.from({ length: pcs.length }, (_, i) => pcs.at(i));
}
