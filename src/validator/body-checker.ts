/**
 * Checks one instruction sequence at a time by the specification's algorithm: a stack of operand
 * types and a stack of control frames, in one pass and without allocating an object an instruction.
 *
 * The validator runs it over every body; the interpreter's lowering runs it again over the functions
 * it lowers and looks at the stacks before and after each `check()`. The rules of the single
 * instructions are in rules.ts, those of constant expressions at the end of this file.
 *
 * @see https://webassembly.github.io/spec/core/appendix/algorithm.html
 */
import { InstructionReader } from '../decoder/index.ts';
import {
  BOTTOM,
  BOTTOM_REF,
  DecodeError,
  type Expr,
  type FuncType,
  type InstrId,
  InternalError,
  instrId,
  instructions,
  isDefaultable,
  isRef,
  type LocalGroup,
  ValidationError,
  type ValType,
  valTypesText,
  valTypeText,
} from '../syntax/index.ts';
import type { ModuleContext } from './context.ts';
import { checkFrequent } from './frequent-code.ts';
import { LocalTypes } from './local-types.ts';
import { plainConstantType } from './plain-constant.ts';
import { rules } from './rules.ts';
import { isConstant, signatures32, type TypeSignature } from './signatures.ts';

/** A block being checked. Frames are reused: their fields hold until the frame's block ends. */
export interface ControlFrame {
  /** `block`, `loop`, `if`, `else`, `try`, `catch`, `catch_all` or `try_table`; `block` for a whole body. */
  opcode: InstrId;
  startTypes: readonly ValType[];
  endTypes: readonly ValType[];
  /** Height of the operand stack below the block's parameters. */
  height: number;
  /** The rest of the block cannot be reached. */
  unreachable: boolean;
  /** How many locals were initialised before the block. */
  initHeight: number;
  /** Number of the last br_table that checked this frame's label. */
  brTable: number;
}

/** Nested blocks of one body. Engines know no limit; this one keeps a hostile body from taking all memory. */
const MAX_BLOCK_DEPTH = 1_000_000;
/** Operands of one body that multi-value instructions may pile up. */
const MAX_OPERANDS = 1_000_000;

const BLOCK = instrId('block');
const LOOP = instrId('loop');
const GLOBAL_GET = instrId('global.get');
const NO_TYPES: readonly ValType[] = [];
const NO_LOCALS: readonly LocalGroup[] = [];

export class BodyChecker {
  readonly context: ModuleContext;
  /** Stands behind the current instruction; its fields are that instruction's immediates. */
  readonly reader: InstructionReader;
  /** Operand types: `stack[0 … height)`. */
  readonly stack: ValType[] = [];
  height = 0;
  /** Control frames: `controls[0 … depth)`, the innermost last. Depth 0: the final `end` is checked. */
  readonly controls: ControlFrame[] = [];
  depth = 0;
  /** Result types of the function. */
  returnTypes: readonly ValType[] = NO_TYPES;
  /** The function being checked; absent in a constant expression. */
  funcidx: number | undefined;

  /** Operand stack height below which the current block may not pop. */
  floor = 0;

  private readonly localTypes = new LocalTypes();
  /** 1 for locals that have no value yet; meaningful while `tracksInit`. */
  private unset: Uint8Array = new Uint8Array(0);
  private tracksInit = false;
  /** Locals in order of their initialisation. */
  private readonly initialised: number[] = [];
  private brTableCount = 0;

  /** Starts at a function when `funcidx` is given, see `start`. */
  constructor(context: ModuleContext, funcidx?: number) {
    this.context = context;
    this.reader = new InstructionReader(context.module.bytes);
    if (funcidx !== undefined) this.start(funcidx);
  }

  /**
   * Goes to the start of a function's body. The function must be the module's own.
   *
   * @throws {ValidationError} when the type of a local is unknown
   */
  start(funcidx: number): void {
    const { context } = this;
    const func = context.module.funcs[funcidx - context.importedFuncCount];
    const type = context.funcTypes[funcidx];
    if (func === undefined || type === undefined) throw new InternalError(`function ${funcidx} has no body`);
    this.funcidx = funcidx;
    this.reader.seek(func.body.byteOffset, func.body.byteOffset + func.body.byteLength);
    this.tracksInit = false;
    this.initialised.length = 0;
    this.localTypes.reset(type.params, func.locals);
    let first = type.params.length;
    for (const group of func.locals) {
      context.checkValType(group.type, func.entry.byteOffset, funcidx);
      if (!isDefaultable(group.type)) this.trackInit(first, group.count);
      first += group.count;
    }
    this.begin(type.results);
  }

  private begin(results: readonly ValType[]): void {
    this.height = 0;
    this.depth = 0;
    this.returnTypes = results;
    this.pushControl(BLOCK, NO_TYPES, results);
  }

  /** Marks `count` locals from `first` on as having no value. */
  private trackInit(first: number, count: number): void {
    const end = first + count;
    if (!this.tracksInit) this.unset.fill(0);
    this.tracksInit = true;
    if (end > this.unset.length) {
      const grown = new Uint8Array(Math.max(end, this.unset.length * 2));
      grown.set(this.unset);
      this.unset = grown;
    }
    this.unset.fill(1, first, end);
  }

  /**
   * Reads one instruction; false after the body's final `end`.
   *
   * @throws {DecodeError} when the bytes are no instruction, or the body ends before its `end`
   */
  next(): boolean {
    if (this.depth === 0) return false;
    const { reader } = this;
    if (reader.offset >= reader.end) reader.fail('unexpected end of section or function: END opcode expected');
    reader.next();
    return true;
  }

  /**
   * Applies the typing rule of the instruction just read.
   *
   * @throws {ValidationError} when the rule is broken
   */
  check(): void {
    const { reader } = this;
    const { id } = reader;
    const rule = rules[id];
    if (rule !== undefined) rule(this, reader);
    else this.applySignature(signatures32[id] as TypeSignature);
  }

  /** Checks the rest of the body. */
  run(): void {
    const { flat } = this.localTypes;
    for (;;) {
      if (!this.tracksInit) checkFrequent(this, flat);
      if (!this.next()) return;
      this.check();
    }
  }

  // Failing

  /** Throws a ValidationError at the current instruction. */
  fail(reason: string): never {
    throw new ValidationError(reason, this.reader.at, this.funcidx);
  }

  /** Throws a DecodeError at the current instruction: the sequence itself is ill-formed. */
  failMalformed(reason: string): never {
    throw new DecodeError(reason, this.reader.at);
  }

  /** The current instruction's name. */
  get mnemonic(): string {
    return instructions[this.reader.id]?.name ?? '?';
  }

  /** Type mismatch of operands, with what the block's stack has in their place. */
  private failOperands(expected: readonly ValType[]): never {
    const found = this.stack.slice(Math.max(this.floor, this.height - Math.max(expected.length, 1)), this.height);
    return this.fail(
      `type mismatch: instruction requires ${valTypesText(expected)} but stack has ${valTypesText(found)}, in ${this.mnemonic}`,
    );
  }

  // Operands

  get isUnreachable(): boolean {
    return (this.controls[this.depth - 1] as ControlFrame).unreachable;
  }

  matches(a: ValType, b: ValType): boolean {
    return a === b || a === BOTTOM || (isRef(a) && isRef(b) && this.context.matches(a, b));
  }

  push(type: ValType): void {
    this.stack[this.height++] = type;
  }

  pushTypes(types: readonly ValType[]): void {
    const { stack } = this;
    let { height } = this;
    if (types.length === 0) return;
    for (let i = 0; i < types.length; i++) stack[height++] = types[i] as ValType;
    if (height > MAX_OPERANDS && types.length > 1) this.fail(`more than ${MAX_OPERANDS} operands on the stack`);
    this.height = height;
  }

  /** Pops an operand of any type; `BOTTOM` where unreachable code has none. */
  popAny(): ValType {
    if (this.height > this.floor) return this.stack[--this.height] as ValType;
    if (this.isUnreachable) return BOTTOM;
    return this.fail(`type mismatch: instruction requires an operand but stack has [], in ${this.mnemonic}`);
  }

  /** Pops an operand of type `expected` and returns its own type. */
  pop(expected: ValType): ValType {
    if (this.height <= this.floor) {
      if (this.isUnreachable) return BOTTOM;
      return this.failOperands([expected]);
    }
    const found = this.stack[this.height - 1] as ValType;
    if (found !== expected && !this.matches(found, expected)) this.failOperands([expected]);
    this.height--;
    return found;
  }

  /** Pops a reference of any type; `BOTTOM_REF` where unreachable code has none. */
  popRef(): ValType {
    const found = this.popAny();
    if (found === BOTTOM) return BOTTOM_REF;
    if (!isRef(found))
      this.fail(
        `type mismatch: instruction requires a reference but stack has [${valTypeText(found)}], in ${this.mnemonic}`,
      );
    return found;
  }

  /** Throws unless the topmost operands have `types`. */
  checkTop(types: readonly ValType[]): void {
    const { stack, height, floor } = this;
    let at = height;
    for (let i = types.length - 1; i >= 0; i--) {
      if (at <= floor) {
        if (this.isUnreachable) return;
        this.failOperands(types);
      }
      const found = stack[--at] as ValType;
      const expected = types[i] as ValType;
      if (found !== expected && !this.matches(found, expected)) this.failOperands(types);
    }
  }

  popTypes(types: readonly ValType[]): void {
    if (types.length === 0) return;
    this.checkTop(types);
    const height = this.height - types.length;
    this.height = Math.max(height, this.floor);
  }

  /** Pops and pushes as a signature says. */
  applySignature({ operands, results }: TypeSignature): void {
    const { stack } = this;
    let base = this.height - operands.length;
    let i = 0;
    if (base >= this.floor) while (i < operands.length && stack[base + i] === operands[i]) i++;
    if (i < operands.length) {
      this.popTypes(operands);
      base = this.height;
    }
    for (let k = 0; k < results.length; k++) stack[base + k] = results[k] as ValType;
    this.height = base + results.length;
  }

  // Control

  pushControl(opcode: InstrId, startTypes: readonly ValType[], endTypes: readonly ValType[]): void {
    const { depth, height } = this;
    const initHeight = this.initialised.length;
    const frame = this.controls[depth];
    if (frame === undefined) {
      if (depth >= MAX_BLOCK_DEPTH) this.fail(`blocks nest more than ${MAX_BLOCK_DEPTH} deep`);
      this.controls.push({ opcode, startTypes, endTypes, height, unreachable: false, initHeight, brTable: 0 });
    } else {
      frame.opcode = opcode;
      frame.startTypes = startTypes;
      frame.endTypes = endTypes;
      frame.height = height;
      frame.unreachable = false;
      frame.initHeight = initHeight;
      frame.brTable = 0;
    }
    this.depth = depth + 1;
    this.floor = height;
    this.pushTypes(startTypes);
  }

  /** Ends the innermost block, whose results must be all that is left of it. The frame holds until the next push. */
  popControl(): ControlFrame {
    const frame = this.controls[this.depth - 1] as ControlFrame;
    this.popTypes(frame.endTypes);
    if (this.height !== frame.height) this.failExcess(frame);
    this.resetLocals(frame.initHeight);
    this.depth--;
    this.floor = this.depth === 0 ? 0 : (this.controls[this.depth - 1] as ControlFrame).height;
    return frame;
  }

  private failExcess({ endTypes, height }: ControlFrame): never {
    const found = this.stack.slice(height, this.height);
    return this.fail(
      `type mismatch: block requires ${valTypesText(endTypes)} but stack has ${valTypesText([...found, ...endTypes])}, in ${this.mnemonic}`,
    );
  }

  /** The frame of a label. */
  label(labelidx: number): ControlFrame {
    if (labelidx >= this.depth) this.fail(`unknown label ${labelidx}: ${this.depth} are in scope`);
    return this.controls[this.depth - 1 - labelidx] as ControlFrame;
  }

  /** What a branch to a label carries. */
  labelTypes(labelidx: number): readonly ValType[] {
    const frame = this.label(labelidx);
    return frame.opcode === LOOP ? frame.startTypes : frame.endTypes;
  }

  markUnreachable(): void {
    const frame = this.controls[this.depth - 1] as ControlFrame;
    this.height = frame.height;
    frame.unreachable = true;
  }

  /** A number no br_table of this checker had before, for `ControlFrame.brTable`. */
  nextBrTable(): number {
    this.brTableCount++;
    return this.brTableCount;
  }

  // Locals

  /** Types of the parameters, then of the locals. Laid out on the first use in a function: keep it. */
  get locals(): readonly ValType[] {
    return this.localTypes.toArray();
  }

  local(localidx: number): ValType {
    const { localTypes } = this;
    if (localidx < localTypes.flat.length) return localTypes.flat[localidx] as ValType;
    if (localidx >= localTypes.count) this.fail(`unknown local ${localidx}: the function has ${localTypes.count}`);
    return localTypes.at(localidx);
  }

  /** Pushes a local's value, which must have one. */
  getLocal(localidx: number): void {
    const { flat } = this.localTypes;
    const type = localidx < flat.length ? (flat[localidx] as ValType) : this.local(localidx);
    if (this.tracksInit && this.unset[localidx] === 1)
      this.fail(`uninitialized local ${localidx}: ${valTypeText(type)} has no default value`);
    this.stack[this.height++] = type;
  }

  /** Whether a local has a value here: only one without a default may have none. */
  hasValue(localidx: number): boolean {
    return !this.tracksInit || this.unset[localidx] !== 1;
  }

  initialise(localidx: number): void {
    if (!this.tracksInit || this.unset[localidx] !== 1) return;
    this.unset[localidx] = 0;
    this.initialised.push(localidx);
  }

  private resetLocals(initHeight: number): void {
    const { initialised } = this;
    while (initialised.length > initHeight) this.unset[initialised.pop() as number] = 1;
  }

  // Types

  /** The function type at a type index. */
  funcType(typeidx: number): FuncType {
    return this.context.funcType(typeidx, this.reader.at, this.funcidx);
  }

  checkValType(type: ValType): void {
    if (isRef(type)) this.context.checkValType(type, this.reader.at, this.funcidx);
  }

  // Constant expressions

  /**
   * Checks a constant expression that must leave one value of `type`; it may read the globals below `globalCount`.
   *
   * @throws {ValidationError} when it is invalid or not constant
   * @see https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions
   */
  checkConstant(expr: Expr, type: ValType, globalCount: number): void {
    if (plainConstantType(this.context.module.bytes, expr) === type) return;
    const { reader } = this;
    const { byteOffset, byteLength } = expr;
    this.funcidx = undefined;
    this.localTypes.reset(NO_TYPES, NO_LOCALS);
    this.tracksInit = false;
    reader.seek(byteOffset, byteOffset + byteLength);
    this.begin(this.context.singleton(type));
    while (this.next()) {
      if (isConstant[reader.id] !== 1) this.fail(`constant expression required: ${this.mnemonic} is not constant`);
      if (reader.id === GLOBAL_GET) this.checkConstantGlobal(reader.index, globalCount);
      this.check();
    }
  }

  private checkConstantGlobal(globalidx: number, globalCount: number): void {
    if (globalidx >= globalCount) this.fail(`unknown global ${globalidx}: ${globalCount} are defined before`);
    if (this.context.globals[globalidx]?.mutable)
      this.fail(`constant expression required: global ${globalidx} is mutable`);
  }
}
