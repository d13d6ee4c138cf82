/**
 * Emits slot instructions and keeps the virtual operand stack: where each operand of the wasm stack is —
 * in its canonical slot, still in a local, or a constant not yet written anywhere.
 *
 * It knows slots and instructions, not the wasm instructions that lead to them; those are in the rules.
 */
import { Instr } from '../../runtime/index.ts';
import { isRef, type ValType } from '../../syntax/index.ts';
import { FIRST_CONTROL, FIRST_PURE, findSlotOp } from '../slot-numbers.ts';
import { classOf, widthOf } from '../slots.ts';
import { KnownGlobals } from './known-globals.ts';
import type { Label } from './label.ts';
import { pair } from './pairs.ts';

/** Where an operand is. */
export const TEMP = 0;
export const LOCAL = 1;
export const CONST = 2;

/** The number of a slot operation that the table certainly has. */
export function slotOp(name: string): number {
  const number = findSlotOp(name);
  if (number === undefined) throw new Error(`no slot operation ${name}`);
  return number;
}

/** Operands that may be pending at once: bounds the search in `spillLocal`, so hostile code lowers in linear time. */
const MAX_PENDING = 256;

const COPY = {
  word: slotOp('copy_word'),
  pair: slotOp('copy_pair'),
  ref: slotOp('copy_ref'),
  quad: slotOp('copy_quad'),
};
const CONST_WORD = slotOp('const_word');
const CONST_PAIR = slotOp('const_pair');
const CALLS = new Set([slotOp('call'), slotOp('call_indirect')]);

/** May others see the instance, and change its globals, before the next instruction? */
function givesWay(op: number): boolean {
  return (op >= FIRST_CONTROL && op < FIRST_PURE) || CALLS.has(op);
}

export class Emitter {
  /** Clear code: every operand at its canonical slot, one slot instruction or more for each wasm one. */
  readonly isClear: boolean;
  /** Byte offset of the wasm instruction being lowered. */
  pc = 0;
  /** Words of the deepest frame so far. */
  frameWords: number;
  /** Has an operand been a reference? */
  hasRefs = false;
  /** First word above the locals. */
  readonly operandsAt: number;

  /** The virtual operand stack: parallel arrays, valid below `height`. */
  height = 0;
  readonly kinds: number[] = [];
  readonly types: ValType[] = [];
  /** Canonical word offset of each operand. */
  readonly at: number[] = [];
  /** LOCAL: its word offset. CONST: the low word. */
  readonly lo: number[] = [];
  /** CONST: the high word. */
  readonly hi: number[] = [];
  /** Operands below this height are all TEMP. */
  private flushed = 0;

  /** The last instruction, when it only computes a fresh temporary: it may be retargeted or fused. */
  result: Instr | null = null;
  private last: Instr | null = null;
  /** Fast code: what stands before `last`, when no pair has it. */
  private single: Instr | null = null;
  /** Which globals stand in the frame too. */
  private readonly globals = new KnownGlobals();
  private readonly waitingLabels: Label[] = [];
  private readonly waitingPcs: number[] = [];
  /** Clear code: the first instruction of each wasm instruction. */
  readonly byPc: Map<number, Instr> | undefined;

  constructor(isClear: boolean, operandsAt: number) {
    this.isClear = isClear;
    this.operandsAt = operandsAt;
    this.frameWords = operandsAt;
    this.byPc = isClear ? new Map() : undefined;
  }

  // Instructions.

  emit(op: number): Instr {
    const instr = new Instr(op, this.pc);
    if (this.last !== null) {
      this.last.next = instr;
      this.complete(this.last);
    }
    this.last = instr;
    this.result = null;
    if (givesWay(op)) this.globals.clear();
    // Mostly nobody waits, and asking for the length is all that a loop over nothing should cost.
    if (this.waitingLabels.length > 0) this.resolveLabels(instr);
    if (this.waitingPcs.length > 0) this.resolvePcs(instr);
    return instr;
  }

  private resolveLabels(instr: Instr): void {
    for (const label of this.waitingLabels) label.resolve(instr);
    this.waitingLabels.length = 0;
  }

  private resolvePcs(instr: Instr): void {
    for (const pc of this.waitingPcs) this.byPc!.set(pc, instr);
    this.waitingPcs.length = 0;
  }

  /** As `emit`, for instructions that nothing follows in the text's order. */
  emitLast(op: number): Instr {
    const instr = this.emit(op);
    this.complete(instr);
    this.last = null;
    this.single = null;
    return instr;
  }

  /** No rule changes the operation of `instr` any more: it becomes the second of a pair, or may become the first. */
  private complete(instr: Instr): void {
    if (this.isClear) return;
    const both = this.single === null ? undefined : pair(this.single.op, instr.op);
    if (both !== undefined) this.single!.setOp(both);
    this.single = both === undefined ? instr : null;
  }

  /** An instruction that stands beside the text: an entry of a br_table. */
  detached(op: number): Instr {
    return new Instr(op, this.pc);
  }

  /** What is emitted next stands at `label`. */
  bind(label: Label, pc: number, potential: number): void {
    label.bind(pc, potential);
    this.waitingLabels.push(label);
    this.globals.clear();
    this.result = null;
  }

  /** Clear code: what is emitted next stands at a wasm byte offset. */
  mark(pc: number): void {
    if (this.isClear) this.waitingPcs.push(pc);
  }

  // The virtual stack.

  private push(kind: number, type: ValType, lo: number, hi: number): void {
    const i = this.height++;
    this.kinds[i] = kind;
    this.types[i] = type;
    this.lo[i] = lo;
    this.hi[i] = hi;
    const at = this.at[i]!;
    const end = at + widthOf(type);
    this.at[i + 1] = end;
    if (kind === TEMP) this.globals.forget(at, end);
    if (end > this.frameWords) this.frameWords = end;
    if (isRef(type)) this.hasRefs = true;
    if (this.height - this.flushed > MAX_PENDING) this.flush();
  }

  /** Word offset of the next operand's canonical slot. */
  get nextAt(): number {
    return this.height === 0 ? this.operandsAt : this.at[this.height]!;
  }

  pushTemp(type: ValType): void {
    this.at[0] = this.operandsAt;
    this.push(TEMP, type, 0, 0);
  }

  pushLocal(type: ValType, at: number): void {
    this.at[0] = this.operandsAt;
    this.push(LOCAL, type, at, 0);
    if (this.isClear) this.materialise(this.height - 1);
  }

  pushConst(type: ValType, lo: number, hi: number): void {
    this.at[0] = this.operandsAt;
    this.push(CONST, type, lo, hi);
    if (this.isClear) this.materialise(this.height - 1);
  }

  /** Pops an operand; its entry stays readable until the next push. */
  pop(): number {
    this.height--;
    if (this.flushed > this.height) this.flushed = this.height;
    return this.height;
  }

  popMany(count: number): void {
    this.height -= count;
    if (this.flushed > this.height) this.flushed = this.height;
  }

  /** Makes the stack `height` operands of the given types above `base`, all in their slots. */
  reset(base: number, types: readonly ValType[]): void {
    this.height = base;
    for (const type of types) this.pushTemp(type);
    this.flushed = this.height;
    this.result = null;
  }

  /** Pushes a global. Where it stands in the frame already, and stays as long as the operand, nothing is emitted. */
  pushGlobal(op: number, type: ValType, index: number): void {
    const word = this.globals.wordOf(index);
    const i = this.height;
    this.at[0] = this.operandsAt;
    if (word >= 0 && (word < this.operandsAt || this.standsBelow(this.globals.operandOf(index), word))) {
      this.push(LOCAL, type, word, 0);
      return;
    }
    if (word === this.nextAt) this.pushTemp(type);
    else this.emitResult(op, type).a = index;
    this.noteGlobal(index, this.at[i]!, i);
  }

  /** Is operand `i` at that word? What stands below stays there longer than what is pushed now. */
  private standsBelow(i: number, word: number): boolean {
    return i < this.height && this.kinds[i] === TEMP && this.at[i] === word;
  }

  /** The global's value is at that word, where operand `i` is or was. */
  noteGlobal(index: number, word: number, i: number): void {
    const valueClass = classOf(this.types[i]!);
    if (!this.isClear && (valueClass === 'word' || valueClass === 'pair')) this.globals.note(index, word, i);
  }

  /** The last instruction writes its result, the topmost operand, to a local. */
  retarget(at: number): void {
    const top = this.height - 1;
    const instr = this.result!;
    this.globals.move(instr.c, at);
    instr.c = at;
    this.result = null;
    this.kinds[top] = LOCAL;
    this.lo[top] = at;
  }

  /** Emits an instruction that computes a fresh operand. */
  emitResult(op: number, type: ValType): Instr {
    const instr = this.emit(op);
    instr.c = this.nextAt;
    this.pushTemp(type);
    if (!this.isClear && this.last === instr) this.result = instr;
    return instr;
  }

  /**
   * Makes the last instruction, which computed one of the topmost `operandCount` operands, compute what
   * becomes of them.
   */
  extendResult(op: number, operandCount: number, type: ValType): Instr {
    const instr = this.result!;
    this.popMany(operandCount);
    instr.setOp(op);
    instr.c = this.nextAt;
    this.pushTemp(type);
    return instr;
  }

  /** The word offset that holds operand `i`; a constant is first written to its slot. */
  operand(i: number): number {
    if (this.kinds[i] === LOCAL) return this.lo[i]!;
    if (this.kinds[i] === CONST) this.materialise(i);
    return this.at[i]!;
  }

  isConst(i: number): boolean {
    return this.kinds[i] === CONST;
  }

  /** Is operand `i` what the last instruction computed? */
  isResult(i: number): boolean {
    return this.result !== null && this.kinds[i] === TEMP && this.result.c === this.at[i];
  }

  /** Brings operand `i` to its canonical slot. */
  materialise(i: number): void {
    if (this.kinds[i] === TEMP) return;
    this.copyTo(i, this.at[i]!);
    this.kinds[i] = TEMP;
  }

  /** Writes operand `i` to a word offset. */
  copyTo(i: number, target: number): void {
    const type = this.types[i]!;
    const valueClass = classOf(type);
    if (this.kinds[i] === CONST) {
      this.globals.forget(target, target + widthOf(type));
      const instr = this.emit(valueClass === 'word' ? CONST_WORD : CONST_PAIR);
      instr.b = this.lo[i]!;
      instr.d = this.hi[i]!;
      instr.c = target;
      return;
    }
    const source = this.kinds[i] === LOCAL ? this.lo[i]! : this.at[i]!;
    if (source === target) return;
    this.globals.forget(target, target + widthOf(type));
    const instr = this.emit(COPY[valueClass]);
    instr.a = source;
    instr.c = target;
  }

  /** Brings every operand to its canonical slot. */
  flush(): void {
    this.flushFrom(this.flushed);
    this.flushed = this.height;
  }

  /** Brings the operands from `from` up to their canonical slots. */
  flushFrom(from: number): void {
    for (let i = from; i < this.height; i++) this.materialise(i);
  }

  /** Where the operands from `from` up are, to be put back by `restoreKinds`. */
  saveKinds(from: number): number[] {
    return this.kinds.slice(from, this.height);
  }

  restoreKinds(from: number, kinds: readonly number[]): void {
    kinds.forEach((kind, i) => {
      this.kinds[from + i] = kind;
    });
  }

  /** Brings operands from `from` up that refer to others, which hold the same global, to slots of their own. */
  flushKnown(from: number): void {
    for (let i = from; i < this.height; i++) {
      if (this.kinds[i] === LOCAL && this.lo[i]! >= this.operandsAt) this.materialise(i);
    }
  }

  /** Saves operands that still refer to a local before the local changes. */
  spillLocal(at: number): void {
    for (let i = this.flushed; i < this.height; i++) {
      if (this.kinds[i] === LOCAL && this.lo[i] === at) this.materialise(i);
    }
  }
}
