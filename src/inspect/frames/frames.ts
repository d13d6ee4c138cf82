/**
 * The frames of a fiber: wasm functions, and host functions where the host stands between them. Values are
 * read from the value stack when asked for, so a guest with a million frames is cheap to look at.
 *
 * A frame is a look at a moment: once the guest has moved on, its values are refused, not made up.
 */
import {
  codeAt,
  EXIT,
  type Fiber,
  funcName,
  isEntry,
  isStop,
  LINK,
  type PendingCall,
  widthOf,
} from '../../interpreter/index.ts';
import type { Code, Func, Instance, Instr } from '../../runtime/index.ts';
import { isRef, UsageError, V128, type ValType } from '../../syntax/index.ts';
import { type Bits, ofRef, ZERO } from './bits.ts';
import { rawReferences, type ValueBridge } from './js-values.ts';
import { viewOf } from './module-view.ts';
import {
  describePlace,
  type LabelView,
  type LocalDescription,
  type OperandDescription,
  type PlaceDescription,
} from './place.ts';
import { placeText, type ShowContext, Variable } from './variable.ts';

export interface FramesOptions {
  /** Level of the first frame to give, 0 unless told. */
  readonly from?: number | undefined;
  /** How many frames to give; all unless told. */
  readonly limit?: number | undefined;
  /** What JavaScript sees of references. */
  readonly bridge?: ValueBridge | undefined;
  /**
   * Why the values of a frame cannot be read or changed now; undefined when they can. Unless told: fast code
   * keeps operands elsewhere but at calls that wait.
   */
  readonly refusal?: ((frame: WasmFrame) => string | undefined) | undefined;
}

interface FrameFields {
  /** 0 is the innermost. */
  readonly level: number;
  /** The instance that the code belongs to; for a host function the one that called it. */
  readonly instance: Instance;
  readonly name: string | undefined;
  /** It has called another function, or the host, and waits. */
  readonly isWaiting: boolean;
  readonly locals: readonly Variable[];
  /** Bottom first. */
  readonly operands: readonly OperandVariable[];
  /** Innermost first. */
  readonly labels: readonly LabelView[];
  /** Of the function in its module; −1 for the host's. */
  readonly funcidx: number;
  /** Of the instruction that runs next, or the call that waits; −1 for the host. */
  readonly byteOffset: number;
  /** The instruction there, as the text format writes it. */
  readonly instruction: string;
}

export type Frame = WasmFrame | HostFrame;

/** Where a frame is on its fiber. */
interface Spot {
  readonly instance: Instance;
  readonly instr: Instr;
  readonly fp: number;
  readonly isWaiting: boolean;
  /** On the control stack: its call; the mark of the run that was set on top of it; above all, for the innermost. */
  readonly sp: number;
  readonly mark: Instr | undefined;
  readonly hostCall: PendingCall | null;
}

/** Is a frame still where it was found? */
function isCurrent(t: Fiber, { instr, fp, sp, mark, hostCall }: Spot): boolean {
  if (mark === undefined) return t.n === instr && t.fp === fp && t.sp === sp && t.hostCall === hostCall;
  return sp < t.sp && t.OS[sp] === mark && (mark === EXIT || callerFp(t, sp) === fp);
}

/** Where the frame stands that waits for the call at `sp` of the control stack. */
function callerFp(t: Fiber, sp: number): number {
  let { fp, aside } = t;
  for (let i = t.sp - 1; i >= sp; i--) {
    const call = t.OS[i]!;
    if (call !== EXIT) fp -= call.a;
    else if (aside !== null) ({ fp, aside } = aside);
  }
  return fp;
}

export class WasmFrame implements FrameFields {
  readonly kind = 'wasm';
  readonly level: number;
  readonly fiber: Fiber;
  private readonly spot: Spot;
  private readonly options: FramesOptions;
  private knownPlace: PlaceDescription | undefined = undefined;
  private knownLocals: readonly LocalVariable[] | undefined = undefined;
  private knownOperands: readonly OperandVariable[] | undefined = undefined;

  constructor(fiber: Fiber, level: number, spot: Spot, options: FramesOptions) {
    this.fiber = fiber;
    this.level = level;
    this.spot = spot;
    this.options = options;
  }

  get instance(): Instance {
    return this.spot.instance;
  }

  get isWaiting(): boolean {
    return this.spot.isWaiting;
  }

  /** Word offset of the frame in the value stack. */
  get fp(): number {
    return this.spot.fp;
  }

  get byteOffset(): number {
    return this.spot.instr.pc;
  }

  get code(): Code {
    return codeAt(this.instance.code, this.byteOffset);
  }

  /** @internal */
  get context(): ShowContext {
    return { instance: this.instance, bridge: this.options.bridge ?? rawReferences };
  }

  /** The function is called but not entered: its locals are not set. */
  get isEntering(): boolean {
    return isEntry(this.spot.instr);
  }

  /** The slot instruction where it stands. */
  get instr(): Instr {
    return this.spot.instr;
  }

  get funcidx(): number {
    return this.code.funcidx;
  }

  get name(): string | undefined {
    return funcName(this.instance.code, this.funcidx);
  }

  /** What is known of the place without the values. */
  get place(): PlaceDescription {
    this.knownPlace ??= describePlace(this.code, this.byteOffset, this.isWaiting);
    return this.knownPlace;
  }

  get instruction(): string {
    return this.place.instruction;
  }

  get locals(): readonly LocalVariable[] {
    this.knownLocals ??= this.place.locals.map((local) => new LocalVariable(this, local));
    return this.knownLocals;
  }

  get operands(): readonly OperandVariable[] {
    this.knownOperands ??= this.place.operands.map((operand) => new OperandVariable(this, operand));
    return this.knownOperands;
  }

  get labels(): readonly LabelView[] {
    return this.place.labels;
  }

  /** `function 3 $main`, for messages. */
  get text(): string {
    return `function ${viewOf(this.code.module).funcText(this.funcidx)}`;
  }

  /** Why its values cannot be read or changed now; undefined when they can. */
  get problem(): string | undefined {
    if (!isCurrent(this.fiber, this.spot)) return 'the guest has moved on since: ask for its frames again';
    return (this.options.refusal ?? refusalInFastCode)(this);
  }

  /** @internal @throws {UsageError} when its values cannot be read or changed now */
  check(what: string): void {
    const { problem } = this;
    if (problem !== undefined) throw new UsageError(`${what} of ${this.text} cannot be reached: ${problem}`);
  }

  /** @internal Reads a value at a word offset of the frame. */
  read(at: number, type: ValType): Bits {
    const { I, R } = this.fiber;
    const word = this.fp + at;
    // A frame that is about to be entered may not have its room yet.
    if (word + widthOf(type) > I.length) return ZERO;
    if (isRef(type)) return ofRef(R[word >> 1]);
    const [x2, x3] = type === V128 ? [I[word + 2]!, I[word + 3]!] : [0, 0];
    return { lo: I[word]!, hi: I[word + 1]!, x2, x3, ref: null };
  }

  /** @internal */
  write(at: number, type: ValType, { lo, hi, x2, x3, ref }: Bits): void {
    const { I, R } = this.fiber;
    const word = this.fp + at;
    if (isRef(type)) {
      R[word >> 1] = ref;
      return;
    }
    I[word] = lo;
    I[word + 1] = hi;
    if (type !== V128) return;
    I[word + 2] = x2;
    I[word + 3] = x3;
  }
}

/** Fast code keeps operands where it likes, but not while it waits at a call. */
export function refusalInFastCode({ isWaiting, code, instr }: WasmFrame): string | undefined {
  if (isWaiting || isStop(instr) || isEntry(instr) || code.module.lowering === 'clear') return undefined;
  let at: Instr | null = code.clear?.byPc?.get(instr.pc) ?? null;
  while (at !== null && at.pc === instr.pc) {
    if (at === instr) return undefined;
    at = at.next;
  }
  return 'it runs fast code, which keeps values elsewhere; attach a session to its instance';
}

abstract class FrameVariable extends Variable {
  readonly isMutable = true;
  readonly storage: ValType;
  protected readonly frame: WasmFrame;
  protected readonly at: number;

  constructor(frame: WasmFrame, valType: ValType, at: number) {
    super();
    this.frame = frame;
    this.at = at;
    this.storage = viewOf(frame.code.module).canonical(valType);
  }

  protected get context(): ShowContext {
    return this.frame.context;
  }

  protected read(): Bits {
    this.frame.check(this.label);
    return this.frame.read(this.at, this.storage);
  }

  protected write(bits: Bits): void {
    this.frame.check(this.label);
    this.frame.write(this.at, this.storage, bits);
  }

  /** `local 2`. */
  protected abstract readonly label: string;

  protected get where(): string {
    return `${this.label} of ${this.frame.text}`;
  }
}

export class LocalVariable extends FrameVariable {
  private readonly local: LocalDescription;

  constructor(frame: WasmFrame, local: LocalDescription) {
    super(frame, local.valType, local.at);
    this.local = local;
  }

  get index(): number {
    return this.local.index;
  }

  get name(): string | undefined {
    return this.local.name;
  }

  get type(): string {
    return this.local.type;
  }

  get isParam(): boolean {
    return this.local.isParam;
  }

  protected get label(): string {
    return placeText('local', this.local.index, this.local.name);
  }

  /** Entering sets locals to their defaults; only the parameters stand there before. */
  private get isUnset(): boolean {
    return this.frame.isEntering && !this.local.isParam;
  }

  protected override read(): Bits {
    return this.isUnset ? ZERO : super.read();
  }

  protected override write(bits: Bits): void {
    if (this.isUnset) {
      throw new UsageError(`${this.where} is set when the function is entered: go on to its first instruction`);
    }
    super.write(bits);
  }
}

export class OperandVariable extends FrameVariable {
  readonly name = undefined;
  private readonly operand: OperandDescription;

  constructor(frame: WasmFrame, operand: OperandDescription) {
    super(frame, operand.valType, operand.at);
    this.operand = operand;
  }

  /** 0 is the bottom. */
  get index(): number {
    return this.operand.index;
  }

  get type(): string {
    return this.operand.type;
  }

  /** Byte offsets of the instructions that may have made it: one, more only where paths join. */
  get producers(): readonly number[] {
    return this.operand.producers;
  }

  get hasMoreProducers(): boolean {
    return this.operand.hasMoreProducers;
  }

  protected get label(): string {
    return `operand ${this.operand.index}`;
  }
}

/** A host function that a guest has called. Its locals are the arguments. */
export class HostFrame implements FrameFields {
  readonly kind = 'host';
  readonly level: number;
  readonly instance: Instance;
  readonly isWaiting: boolean;
  readonly funcidx = -1;
  readonly byteOffset = -1;
  readonly instruction = '';
  readonly operands: readonly OperandVariable[] = [];
  readonly labels: readonly LabelView[] = [];
  readonly func: Func;
  private readonly fiber: Fiber;
  private readonly call: PendingCall;
  private readonly context: ShowContext;

  /** @param isWaiting it has called the guest back */
  constructor(
    fiber: Fiber,
    level: number,
    instance: Instance,
    call: PendingCall,
    isWaiting: boolean,
    options: FramesOptions,
  ) {
    this.fiber = fiber;
    this.level = level;
    this.instance = instance;
    this.call = call;
    this.func = call.func;
    this.isWaiting = isWaiting;
    this.context = { instance, bridge: options.bridge ?? rawReferences };
  }

  /** `env.log`, as the caller's module imports it; undefined for one it knows by reference only. */
  get name(): string | undefined {
    const { code, funcs } = this.instance;
    const funcidx = funcs.indexOf(this.func);
    if (funcidx < 0 || funcidx >= code.importedFuncs) return undefined;
    const entry = code.module.imports.filter(({ type }) => type.kind === 'func')[funcidx];
    return entry && `${entry.module}.${entry.name}`;
  }

  get locals(): readonly Variable[] {
    let at = this.call.base;
    return this.func.type.params.map((type, index) => {
      const start = at;
      at += widthOf(type);
      return new HostArgument(this.fiber, index, type, start, this.context);
    });
  }
}

/** The host has read it already; it is shown and cannot be changed. */
class HostArgument extends Variable {
  readonly name = undefined;
  readonly isMutable = true;
  readonly index: number;
  readonly storage: ValType;
  protected readonly context: ShowContext;
  private readonly fiber: Fiber;
  private readonly at: number;

  constructor(fiber: Fiber, index: number, storage: ValType, at: number, context: ShowContext) {
    super();
    this.fiber = fiber;
    this.index = index;
    this.storage = storage;
    this.at = at;
    this.context = context;
  }

  get type(): string {
    return viewOf(this.context.instance!.code).canonicalText(this.storage);
  }

  protected get where(): string {
    return `argument ${this.index} of a host function`;
  }

  protected read(): Bits {
    const { I, R } = this.fiber;
    if (isRef(this.storage)) return ofRef(R[this.at >> 1]);
    const [x2, x3] = this.storage === V128 ? [I[this.at + 2]!, I[this.at + 3]!] : [0, 0];
    return { lo: I[this.at]!, hi: I[this.at + 1]!, x2, x3, ref: null };
  }

  protected write(): void {
    throw new UsageError(`${this.where} has been read: change it before the call`);
  }
}

/** A frame before anything is made for it. */
type Found = { readonly spot: Spot } | { readonly instance: Instance; readonly call: PendingCall; isWaiting: boolean };

/** Frames from the innermost outward. */
function* walk(t: Fiber): Generator<Found> {
  const { n, sp, hostCall } = t;
  let { fp, instance, aside } = t;
  if (n === null || n.pc < 0) return;
  if (hostCall !== null) yield { instance, call: hostCall, isWaiting: false };
  const isWaiting = hostCall !== null || t.pending !== null;
  yield { spot: { instance, instr: n, fp, isWaiting, sp, mark: undefined, hostCall } };

  let links = t.links.length;
  for (let i = sp - 1; i >= 0; i--) {
    const call = t.OS[i]!;
    if (call === LINK) instance = t.links[--links]!;
    else if (call !== EXIT) {
      fp -= call.a;
      yield { spot: { instance, instr: call, fp, isWaiting: true, sp: i, mark: call, hostCall: null } };
    } else if (aside === null || aside.hostCall === null || aside.n === null) return;
    else {
      const { hostCall: outerCall, n: outerInstr, fp: outerFp } = aside;
      instance = aside.instance;
      fp = outerFp;
      yield { instance, call: outerCall, isWaiting: true };
      yield { spot: { instance, instr: outerInstr, fp, isWaiting: true, sp: i, mark: EXIT, hostCall: null } };
      aside = aside.aside;
    }
  }
}

/**
 * The frames of a fiber at rest or in a host call, innermost first. The host that called the guest in the first
 * place is not among them.
 */
export function framesOf(t: Fiber, options: FramesOptions = {}): Frame[] {
  const { from = 0, limit = Number.POSITIVE_INFINITY } = options;
  const frames: Frame[] = [];
  let level = -1;
  for (const found of walk(t)) {
    level++;
    if (level < from) continue;
    if (frames.length >= limit) break;
    frames.push(
      'spot' in found
        ? new WasmFrame(t, level, found.spot, options)
        : new HostFrame(t, level, found.instance, found.call, found.isWaiting, options),
    );
  }
  return frames;
}

/** How many frames `framesOf` gives without a limit. Constant time but for calls back from the host. */
export function frameCount(t: Fiber): number {
  if (t.n === null || t.n.pc < 0) return 0;
  let backCalls = 0;
  for (let { aside } = t; aside !== null && aside.hostCall !== null; aside = aside.aside) backCalls++;
  const innermost = t.hostCall === null ? 1 : 2;
  // Each call back has left an EXIT; the frame that waits for the host is not on the control stack.
  const exits = backCalls + (t.sp > 0 ? 1 : 0);
  return innermost + (t.sp - exits - t.links.length) + 2 * backCalls;
}
