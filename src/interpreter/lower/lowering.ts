/**
 * Lowers one validated body to slot instructions. The validator's own checker walks the body, so operand
 * types come from the one typing algorithm; rules.ts says what each instruction becomes.
 *
 * Fast code folds local.get and constants into operands, writes results straight into locals, and fuses
 * comparisons with branches. Clear code is one-to-one, every operand at its canonical slot, with a `check`
 * before each instruction. Frames have the same layout in both, and at labels and calls the same contents.
 */
import type { Code, Handler, HandlerClause, Instr, LoweredBody } from '../../runtime/index.ts';
import { type InstrId, isRef, type ValType } from '../../syntax/index.ts';
import type { BodyChecker, ControlFrame } from '../../validator/index.ts';
import type { MoveExtent } from '../cold/reference.ts';
import { isDelimiter, potentialAfter } from '../potential.ts';
import { classOf, hasRefs, widthOf, wordsOf } from '../slots.ts';
import { fuse, negate } from './branches.ts';
import { Emitter, slotOp } from './emitter.ts';
import { Label } from './label.ts';
import { ruleOf } from './rules.ts';

const ENTER = slotOp('enter');
const CLEAR_REFS = slotOp('clear_refs');
const CHECK = slotOp('check');
const BR = slotOp('br');
const BR_NZ = slotOp('br_nz');
const BR_Z = slotOp('br_z');
const RETURN = slotOp('return');
const RETURN_MANY = slotOp('return_many');
const RETURN_ONE = {
  word: slotOp('return_word'),
  pair: slotOp('return_pair'),
  ref: slotOp('return_ref'),
  quad: undefined,
};

/** What lowering keeps of an open block. */
export interface Block {
  /** Where `br` goes: the loop's start, any other block's end. */
  readonly label: Label;
  readonly isLoop: boolean;
  /** `if`: where a false condition goes, until `else` or `end` binds it. */
  elseLabel: Label | undefined;
  /** Operand height below the block's parameters. */
  readonly base: number;
  /** Word offset of operand `base`. */
  readonly at: number;
  /** Whether code before the block could run; a block in dead code is skipped whole. */
  readonly isLive: boolean;
  /** Byte offset of the body's first instruction. */
  readonly from: number;
  /** Exception clauses that cover the body; `undefined` for blocks that catch nothing. */
  clauses: HandlerClause[] | undefined;
  /** Legacy `try`: where its body ended, once a `catch` has begun. */
  bodyEnd: number | undefined;
  /** Legacy `try`: word offset of the hidden slot that keeps the caught exception. */
  readonly keepAt: number;
}

/** Where table entries go whose operands must move on the way; one for each label. */
export interface TableStub {
  readonly label: Label;
}

export class Lowering {
  readonly code: Code;
  readonly checker: BodyChecker;
  readonly emitter: Emitter;
  readonly isClear: boolean;
  /** Word offset of each local. */
  readonly localAt: number[] = [];
  readonly blocks: Block[] = [];
  readonly handlers: Handler[] = [];
  /** Can the present instruction run? Dead code emits nothing. */
  isLive = true;
  /** Fuel that leaving the code at this instruction charges; 0 in clear code. */
  charge = 0;
  private potential = 0;
  /** Legacy `try` blocks open now, and words reserved for what they catch. */
  private tryDepth = 0;
  private readonly hiddenAt: number;
  private readonly hiddenSlots: number;
  private readonly endStubs: Label[] = [];
  /** What the opcode of a block has prepared before the checker opened it. */
  pendingElse: Label | undefined = undefined;
  pendingClauses: HandlerClause[] | undefined = undefined;

  /** @param hiddenSlots slots to reserve for exceptions that legacy catch blocks keep */
  constructor(code: Code, checker: BodyChecker, isClear: boolean, hiddenSlots: number) {
    this.code = code;
    this.checker = checker;
    this.isClear = isClear;
    let words = 0;
    for (const type of checker.locals) {
      this.localAt.push(words);
      words += widthOf(type);
    }
    this.hiddenAt = words;
    this.hiddenSlots = hiddenSlots;
    this.emitter = new Emitter(isClear, words + 2 * hiddenSlots);
  }

  /** Undefined: the body has more legacy `try` blocks open at once than it was told of. */
  lower(): LoweredBody | undefined {
    const { checker, emitter, isClear } = this;
    const { reader } = checker;
    const entry = this.enter();
    this.blocks.push(this.openBlock(false, reader.offset));
    while (checker.next()) {
      const { id, at } = reader;
      const rule = ruleOf(id);
      emitter.pc = at;
      if (isClear) this.markPlace(id, at);
      else this.charge = this.potential + (isDelimiter(id) ? 0 : 1);
      if (this.isLive || rule.isStructural) rule.before(this);
      checker.check();
      this.potential = potentialAfter(id, this.potential);
      rule.after?.(this);
      if (this.tryDepth > this.hiddenSlots) return undefined;
    }
    entry.a = emitter.frameWords;
    if (this.holdsRefs()) this.clearRefs(entry);
    return { entry, handlers: this.handlers, frameWords: emitter.frameWords, byPc: emitter.byPc };
  }

  /** In clear code. */
  private markPlace(id: InstrId, at: number): void {
    if (!this.isLive) return;
    this.emitter.mark(at);
    // Who is asked there finds the operands below `a`.
    if (!isDelimiter(id)) this.emitter.emit(CHECK).a = this.emitter.nextAt;
  }

  private enter(): Instr {
    const { emitter, code } = this;
    emitter.pc = code.func.body.byteOffset;
    const params = code.module.funcType(code.func.typeidx).params.length;
    const paramsEnd = this.localAt[params] ?? this.hiddenAt;
    const entry = emitter.emit(ENTER);
    entry.b = paramsEnd;
    entry.c = this.hiddenAt;
    entry.k = code;
    return entry;
  }

  /** May a slot of the frame, or of the results in its place, hold a reference? */
  private holdsRefs(): boolean {
    const { code, checker, emitter } = this;
    const { results } = code.module.funcType(code.func.typeidx);
    return emitter.hasRefs || emitter.operandsAt > this.hiddenAt || hasRefs(checker.locals) || hasRefs(results);
  }

  /** Puts `clear_refs` after the entry. Functions without references go without it: it takes time at every call. */
  private clearRefs(entry: Instr): void {
    const { checker, emitter } = this;
    const clear = emitter.detached(CLEAR_REFS);
    clear.pc = entry.pc;
    clear.a = entry.a;
    const isCleared = checker.locals.some((type, at) => this.localAt[at]! >= entry.b && isRef(type));
    if (isCleared || emitter.operandsAt > this.hiddenAt) {
      clear.b = entry.b;
      clear.c = emitter.operandsAt;
    }
    clear.next = entry.next;
    entry.next = clear;
  }

  // Blocks.

  /** The checker's frame `labelidx` blocks outward. */
  controlFrame(labelidx: number): ControlFrame {
    return this.checker.controls[this.checker.depth - 1 - labelidx]!;
  }

  block(labelidx: number): Block {
    return this.blocks[this.blocks.length - 1 - labelidx]!;
  }

  /** Is this label the function's own, so that branching to it returns? */
  isOutermost(labelidx: number): boolean {
    return labelidx === this.blocks.length - 1;
  }

  /** Types that a branch to a label carries. */
  labelTypes(labelidx: number): readonly ValType[] {
    const frame = this.controlFrame(labelidx);
    return this.block(labelidx).isLoop ? frame.startTypes : frame.endTypes;
  }

  private openBlock(isLoop: boolean, from: number, paramCount = 0, keepAt = -1): Block {
    const base = this.emitter.height - paramCount;
    const at = base === 0 ? this.emitter.operandsAt : this.emitter.at[base]!;
    return {
      label: new Label(),
      isLoop,
      elseLabel: undefined,
      base,
      at,
      isLive: this.isLive,
      from,
      clauses: undefined,
      bodyEnd: undefined,
      keepAt,
    };
  }

  /** Opens the block whose opcode the checker has just taken. */
  openChecked(isLoop: boolean, isTry = false): Block {
    const paramCount = this.isLive ? this.controlFrame(0).startTypes.length : 0;
    const keepAt = isTry ? this.hiddenAt + 2 * this.tryDepth++ : -1;
    const block = this.openBlock(isLoop, this.checker.reader.offset, paramCount, keepAt);
    this.blocks.push(block);
    if (isLoop && this.isLive) this.bindHere(block.label);
    return block;
  }

  closeBlock(): Block {
    const block = this.blocks.pop()!;
    if (block.keepAt >= 0) this.tryDepth--;
    return block;
  }

  /** What is emitted next stands at `label`, after the present instruction. */
  bindHere(label: Label): void {
    this.emitter.bind(label, this.checker.reader.offset, this.isClear ? 0 : this.potential);
  }

  /** Code after the present instruction can run only where a branch brings it. */
  endLife(): void {
    this.isLive = false;
  }

  // Branches.

  /** A place that has no byte offset of its own. */
  private bindInner(label: Label): void {
    this.emitter.bind(label, -1, this.charge);
  }

  private emitBranch(op: number, label: Label): Instr {
    const branch = this.emitter.emit(op);
    branch.cost = this.charge;
    label.attach(branch);
    return branch;
  }

  /** Are the operands that a branch carries where its label wants them, once flushed? */
  private isInPlace(labelidx: number, count: number): boolean {
    return this.emitter.height - count === this.block(labelidx).base || count === 0;
  }

  /** Moves the operands that a branch carries to where its label wants them. */
  private carry(labelidx: number, count: number): void {
    const { emitter } = this;
    emitter.flushKnown(emitter.height - count);
    let target = this.block(labelidx).at;
    for (let i = emitter.height - count; i < emitter.height; i++) {
      emitter.copyTo(i, target);
      target += widthOf(emitter.types[i]!);
    }
  }

  /** `br`: the present operands are a label's; nothing follows. */
  branch(labelidx: number): void {
    if (this.isOutermost(labelidx)) {
      this.emitReturn();
      return;
    }
    this.carry(labelidx, this.labelTypes(labelidx).length);
    const branch = this.emitter.emitLast(BR);
    branch.cost = this.charge;
    this.block(labelidx).label.attach(branch);
  }

  /** Branches to a label when operand `condition`, just popped, is (not) zero. */
  branchIf(labelidx: number, condition: number, whenTrue: boolean): void {
    this.conditionally(labelidx, this.labelTypes(labelidx).length, (label, sense) =>
      this.emitCondition(label, condition, sense === whenTrue),
    );
  }

  /**
   * Emits a conditional branch to a label that takes `count` operands. `emitTest(label, sense)` emits the
   * test: when operands must move first, the inverse test jumps over the moves.
   */
  conditionally(labelidx: number, count: number, emitTest: (label: Label, sense: boolean) => void): void {
    const { emitter } = this;
    if (!this.isOutermost(labelidx) && this.isInPlace(labelidx, count)) {
      emitter.flushFrom(emitter.height - count);
      emitTest(this.block(labelidx).label, true);
      return;
    }
    const skip = new Label();
    emitTest(skip, false);
    // What moves on the path that leaves stays where it was on the path that goes on.
    const first = emitter.height - count;
    const kinds = emitter.saveKinds(first);
    this.branch(labelidx);
    emitter.restoreKinds(first, kinds);
    this.bindInner(skip);
  }

  /** Emits the branch on operand `condition`, fused with the comparison that computed it if possible. */
  emitCondition(label: Label, condition: number, whenTrue: boolean): void {
    const { emitter } = this;
    const { result } = emitter;
    const fused = result !== null && emitter.isResult(condition) ? fuse(result.op, whenTrue) : undefined;
    if (fused === undefined || result === null) {
      const source = emitter.operand(condition);
      this.emitBranch(whenTrue ? BR_NZ : BR_Z, label).a = source;
      return;
    }
    result.setOp(fused);
    result.pc = emitter.pc;
    result.cost = this.charge;
    emitter.result = null;
    label.attach(result);
  }

  /** Turns `i32.eqz` of a comparison into the opposite comparison. */
  tryNegate(i: number): boolean {
    const { emitter } = this;
    const opposite = emitter.result !== null && emitter.isResult(i) ? negate(emitter.result.op) : undefined;
    if (opposite === undefined) return false;
    emitter.result!.setOp(opposite);
    return true;
  }

  /** One entry of a br_table: where to go, and what going there charges. */
  tableEntry(labelidx: number, stubs: Map<number, TableStub>): Instr {
    const { emitter } = this;
    const count = this.labelTypes(labelidx).length;
    const entry = emitter.detached(BR);
    if (!this.isOutermost(labelidx) && this.isInPlace(labelidx, count)) {
      entry.cost = this.charge;
      this.block(labelidx).label.attach(entry);
      return entry;
    }
    const stub = stubs.get(labelidx)?.label ?? new Label();
    entry.cost = this.charge;
    stub.attach(entry);
    stubs.set(labelidx, { label: stub });
    return entry;
  }

  /** Emits the moves that table entries go through, then their branches. */
  emitTableStubs(stubs: ReadonlyMap<number, TableStub>): void {
    for (const [labelidx, { label }] of stubs) {
      this.bindInner(label);
      this.branch(labelidx);
    }
  }

  // Returning and throwing.

  /** Returns the topmost operands. */
  emitReturn(): void {
    const { emitter } = this;
    const results = this.controlFrame(this.blocks.length - 1).endTypes;
    const first = emitter.height - results.length;
    if (results.length === 0) {
      emitter.emitLast(RETURN).cost = this.charge;
      return;
    }
    const returnOne = results.length === 1 ? RETURN_ONE[classOf(results[0]!)] : undefined;
    if (returnOne !== undefined) {
      const source = emitter.operand(first);
      const instr = emitter.emitLast(returnOne);
      instr.a = source;
      instr.cost = this.charge;
      return;
    }
    emitter.flushFrom(first);
    this.emitReturnFrom(emitter.at[first]!, results);
  }

  private emitReturnFrom(source: number, results: readonly ValType[]): void {
    const instr = this.emitter.emitLast(RETURN_MANY);
    instr.a = source;
    instr.k = { words: wordsOf(results), hasRefs: hasRefs(results) } satisfies MoveExtent;
    instr.cost = this.charge;
  }

  /** Where a handler sends what it catches: a block's label, or a stub that returns it. */
  landing(labelidx: number): { label: Label; at: number } {
    const { label, at } = this.block(labelidx);
    if (!this.isOutermost(labelidx)) {
      label.isUsed = true;
      return { label, at };
    }
    const stub = new Label();
    stub.isUsed = true;
    this.endStubs.push(stub);
    return { label: stub, at };
  }

  /** The function's end: returns, and the stubs for handlers that return. */
  finish(): void {
    const { emitter } = this;
    const block = this.block(0);
    const results = this.controlFrame(0).endTypes;
    if (this.isLive) this.emitReturn();
    if (!this.isLive) emitter.mark(emitter.pc);
    for (const stub of this.endStubs) {
      emitter.bind(stub, emitter.pc, this.isClear ? 0 : this.potential);
      this.emitReturnFrom(block.at, results);
    }
  }
}
