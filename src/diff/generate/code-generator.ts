/**
 * Makes one function body: a typed stack program, valid by construction. Each step takes an instruction of the table,
 * makes the operands that it needs (or finds them on the stack), and puts its results where they will be seen.
 *
 * This file knows the stack, locals, blocks, and instructions that have a signature. The others are in
 * polymorphic.ts, references in references.ts, operands that must not be any value in operands.ts.
 */
import { ByteWriter, writeBlockType, writeOpcode } from '../../encoder/index.ts';
import {
  BOTTOM,
  F32,
  F64,
  type FuncType,
  I32,
  I64,
  type InstrId,
  instrId,
  isDefaultable,
  isRef,
  type LocalGroup,
  type Mnemonic,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { Choices } from './choices.ts';
import { writeNumber } from './constant-writer.ts';
import { constantWords } from './constants.ts';
import { leave } from './jumps.ts';
import type { ModulePlan } from './module-plan.ts';
import { storeTopmost } from './operands.ts';
import { applyRow } from './polymorphic.ts';
import { isSubtype, sameTypes } from './random-types.ts';
import { sinkReference, valueOfReference } from './references.ts';
import { type Rows, rowsFor } from './rows.ts';

/** A block that code is being made in. */
export interface Frame {
  /** Types that a branch to it carries. */
  readonly label: readonly ValType[];
  /** Types that it ends with. */
  readonly end: readonly ValType[];
  /** Operands below it, which it must leave alone. */
  readonly base: number;
  /** A loop's counter: what branches to it must count down. */
  readonly counter: number | undefined;
  /** A handler of the withdrawn kind, whose exception can be thrown again. */
  readonly isHandler: boolean;
}

const MAX_DEPTH = 6;
const MAX_OPERANDS = 12;
const MAX_STATEMENTS = 12;
const MAX_TOLD_LOCALS = 6;
const MAX_LOOP_COUNT = 4;

export class CodeGenerator {
  readonly out = new ByteWriter();
  readonly plan: ModulePlan;
  readonly choices: Choices;
  readonly funcidx: number;
  readonly type: FuncType;
  readonly stack: ValType[] = [];
  readonly frames: Frame[] = [];
  private readonly locals: ValType[];
  private readonly paramCount: number;
  /** Locals without a default that have a value here. */
  private readonly initialised = new Set<number>();
  /** Instructions that may still be made; leaves come after. */
  private budget: number;
  private depth = 0;
  /** Operands below it belong to an instruction whose other operands are being made, or to outer blocks. */
  private floor = 0;
  private readonly rows: Rows;

  constructor(plan: ModulePlan, funcidx: number, budget: number) {
    this.plan = plan;
    this.choices = plan.choices;
    this.funcidx = funcidx;
    this.type = plan.funcs[funcidx]!.type;
    this.locals = [...this.type.params];
    this.paramCount = this.locals.length;
    for (let i = 0; i < this.paramCount; i++) this.initialised.add(i);
    this.budget = budget;
    this.rows = rowsFor(plan);
  }

  /** The body, its `end` included. */
  body(): Uint8Array {
    const { results } = this.type;
    this.frames.push({ label: results, end: results, base: 0, counter: undefined, isHandler: false });
    for (let left = this.choices.below(MAX_STATEMENTS); left >= 0 && !this.isDeep; left--) this.statement();
    if (!this.choices.isExhausted && !this.choices.chance(4)) this.tellLocals();
    this.settle();
    this.op('end');
    return this.out.toBytes();
  }

  get localGroups(): LocalGroup[] {
    return this.locals.slice(this.paramCount).map((type) => ({ count: 1, type }));
  }

  /** Puts what locals hold where it is seen when the function has returned. */
  private tellLocals(): void {
    const own = this.locals.flatMap((type, index) => (index >= this.paramCount && !isRef(type) ? [index] : []));
    for (const index of own.slice(-MAX_TOLD_LOCALS)) {
      const type = this.locals[index]!;
      const global = this.choices.chance(2) ? this.globalOf(type, true) : undefined;
      this.op('local.get', index).effect(0, type);
      if (global !== undefined) this.op('global.set', global).effect(1);
      else if (!storeTopmost(this)) this.op('drop').effect(1);
    }
  }

  // Emitting

  op(name: Mnemonic, ...indices: readonly number[]): this {
    this.emit(instrId(name));
    for (const index of indices) this.out.u32(index);
    return this;
  }

  emit(id: InstrId): void {
    writeOpcode(this.out, id);
    this.budget--;
  }

  /** Pushes a number known now. */
  constant(type: ValType, words: readonly number[]): this {
    writeNumber(this.out, type, words);
    this.budget--;
    this.stack.push(type);
    return this;
  }

  i32(value: number): this {
    return this.constant(I32, [value]);
  }

  /** Pushes an address, count or index of a memory or table. */
  address(type: ValType, value: number): this {
    return this.constant(type, type === I64 ? [value | 0, Math.floor(value / 2 ** 32)] : [value | 0]);
  }

  /** Takes operands off the stack, puts results on it. */
  effect(operandCount: number, ...results: readonly ValType[]): this {
    this.stack.length -= operandCount;
    this.stack.push(...results);
    return this;
  }

  // Where we are

  get frame(): Frame {
    return this.frames.at(-1)!;
  }

  /** Operands that may be taken. */
  get height(): number {
    return this.stack.length - this.floor;
  }

  get isDeep(): boolean {
    return this.depth > MAX_DEPTH || this.budget <= 0 || this.choices.isExhausted;
  }

  isSubtype(a: ValType, b: ValType): boolean {
    return isSubtype(this.plan.types, a, b);
  }

  // Values

  /** Pushes one value of a type. */
  value(type: ValType): this {
    const { floor } = this;
    this.floor = this.stack.length;
    this.depth++;
    if (this.isDeep) this.leaf(type);
    else this.branchOf(type);
    this.depth--;
    // Whatever is known closer: it counts as what was asked for.
    this.stack.length = this.floor;
    this.stack.push(type);
    this.floor = floor;
    return this;
  }

  values(types: readonly ValType[]): this {
    for (const type of types) this.value(type);
    return this;
  }

  private branchOf(type: ValType): void {
    const kind = this.choices.below(20);
    if (kind < 4) this.leaf(type);
    else if (kind < 13) this.computed(type);
    else if (kind === 13) this.selected(type);
    else if (kind === 14) this.block([], [type]);
    else if (kind === 15) this.ifElse([], [type]);
    else if (kind === 16) this.loop([], [type]);
    else if (kind === 17) this.called(type);
    else if (kind === 18) this.teed(type);
    else this.leaf(type);
  }

  /** A constant, a local or a global. */
  leaf(type: ValType): void {
    const kind = this.choices.below(5);
    const local = kind === 1 || kind === 2 ? this.readable(type) : undefined;
    if (local !== undefined) {
      this.op('local.get', local).effect(0, type);
      return;
    }
    const global = kind === 3 ? this.globalOf(type, false) : undefined;
    if (global !== undefined) this.op('global.get', global).effect(0, type);
    else if (isRef(type)) valueOfReference(this, type, true);
    else this.constant(type, constantWords(type, this.choices));
  }

  private computed(type: ValType): void {
    if (isRef(type)) {
      valueOfReference(this, type, false);
      return;
    }
    const rows = this.rows.producers.get(type);
    if (rows !== undefined && rows.length > 0) applyRow(this, this.choices.pick(rows));
    if (this.height === 1 && this.stack.at(-1) === type) return;
    // The instruction had to be another one, for lack of what it needs.
    while (this.height > 0) this.sink();
    this.leaf(type);
  }

  private selected(type: ValType): void {
    this.value(type).value(type).value(I32);
    if (!isRef(type) && (!this.plan.knows('reference-types') || this.choices.chance(2))) this.op('select');
    else {
      this.op('select_t', 1);
      this.out.valType(type);
    }
    this.effect(3, type);
  }

  private called(type: ValType): void {
    const callees = this.callees(({ results }) => results.length === 1 && this.isSubtype(results[0]!, type));
    if (callees.length === 0) {
      this.leaf(type);
      return;
    }
    const funcidx = this.choices.pick(callees);
    const { params, results } = this.plan.funcs[funcidx]!.type;
    this.values(params)
      .op('call', funcidx)
      .effect(params.length, ...results);
  }

  private teed(type: ValType): void {
    this.value(type);
    this.op('local.tee', this.writable(type));
  }

  /** Imports, and functions after this one: calls end. Seldom any. */
  callees(fits: (type: FuncType) => boolean): number[] {
    const { funcs, importedFuncs } = this.plan;
    const first = this.choices.chance(24) ? 0 : this.funcidx + 1;
    return funcs.flatMap(({ type }, funcidx) =>
      (funcidx < importedFuncs || funcidx >= first) && fits(type) ? [funcidx] : [],
    );
  }

  // Locals and globals

  /** A local that has a value of the type. */
  readable(type: ValType): number | undefined {
    const found = this.locals.flatMap((local, index) => {
      const hasValue = isDefaultable(local) || this.initialised.has(index);
      return hasValue && this.isSubtype(local, type) ? [index] : [];
    });
    return found.length === 0 ? undefined : this.choices.pick(found);
  }

  /** A local that is about to be set. */
  writable(type: ValType): number {
    const found = this.locals.flatMap((local, index) => (local === type && !this.isCounter(index) ? [index] : []));
    const index = found.length > 0 && !this.choices.chance(6) ? this.choices.pick(found) : this.locals.push(type) - 1;
    this.initialised.add(index);
    return index;
  }

  /** A local of its own. */
  fresh(type: ValType): number {
    const index = this.locals.push(type) - 1;
    this.initialised.add(index);
    return index;
  }

  private isCounter(local: number): boolean {
    return this.frames.some(({ counter }) => counter === local);
  }

  globalOf(type: ValType, mutable: boolean): number | undefined {
    const found = this.plan.globals.flatMap(({ type: global }, index) => {
      const fits = mutable ? global.mutable && global.content === type : this.isSubtype(global.content, type);
      return fits ? [index] : [];
    });
    return found.length === 0 ? undefined : this.choices.pick(found);
  }

  // Operands that may be there already

  /** Leaves operands of these types on top: those that are there, if they fit, and the rest made. */
  take(types: readonly ValType[]): this {
    const most = Math.min(types.length, this.height);
    if (most > 0 && !this.choices.chance(3)) {
      for (let count = most; count > 0; count--) {
        const top = this.stack.slice(this.stack.length - count);
        if (top.every((type, i) => this.isSubtype(type, types[i]!))) return this.values(types.slice(count));
      }
    }
    return this.values(types);
  }

  /** Instructions that store a type. */
  storesOf(type: ValType): readonly InstrId[] {
    return this.rows.stores.get(type) ?? [];
  }

  /** Takes the topmost value off the stack, to where it can be seen. */
  sink(): void {
    const type = this.stack.at(-1)!;
    const kind = this.choices.below(8);
    if (kind === 0) {
      this.op('drop').effect(1);
      return;
    }
    if (isRef(type) && kind > 2 && sinkReference(this, type)) return;
    if (!isRef(type) && kind > 5 && storeTopmost(this)) return;
    const global = kind < 4 ? this.globalOf(type, true) : undefined;
    if (global !== undefined) this.op('global.set', global).effect(1);
    else this.op('local.set', this.writable(type)).effect(1);
  }

  // Blocks

  /** Statements, a few of them, while there is budget. */
  statements(): void {
    for (let left = this.choices.below(4); left > 0 && !this.isDeep; left--) this.statement();
  }

  /** One instruction of the table with its operands; results stay for the next, or are put away. */
  statement(): void {
    this.depth++;
    const height = this.stack.length;
    // By numbers alone, most would be about vectors.
    const { all, structural } = this.rows;
    applyRow(this, this.choices.pick(this.choices.chance(3) ? structural : all));
    while (this.stack.length > height && (this.height > MAX_OPERANDS || this.choices.chance(2))) this.sink();
    this.depth--;
  }

  /** Makes the operands of the block exactly what it ends with. */
  settle(): void {
    const { end, base } = this.frame;
    let kept = 0;
    while (kept < Math.min(this.height, end.length) && this.isSubtype(this.stack[base + kept]!, end[kept]!)) kept++;
    if (this.choices.chance(4)) kept = 0;
    while (this.height > kept) this.sink();
    this.values(end.slice(kept));
  }

  writeBlockType(params: readonly ValType[], results: readonly ValType[]): void {
    const isShort = params.length === 0 && results.length <= 1;
    if (isShort) writeBlockType(this.out, -1, results[0] ?? BOTTOM);
    else writeBlockType(this.out, this.plan.funcTypeidx(params, results), BOTTOM);
  }

  /**
   * A block of any kind around what `inside` makes. Its parameters are on the stack already; its results are there
   * afterwards. With `inside`, the block is settled by it.
   */
  enclosed(
    params: readonly ValType[],
    results: readonly ValType[],
    inside: () => void = () => this.inner(),
    how: Partial<Pick<Frame, 'label' | 'counter' | 'isHandler'>> = {},
  ): void {
    const base = this.stack.length - params.length;
    const { floor } = this;
    this.floor = base;
    // Inside they are as general as the block's type says.
    this.effect(params.length, ...params);
    const before = new Set(this.initialised);
    this.frames.push({ label: results, end: results, base, counter: undefined, isHandler: false, ...how });
    inside();
    this.frames.pop();
    this.floor = floor;
    this.stack.length = base;
    this.stack.push(...results);
    for (const local of this.initialised) if (!before.has(local)) this.initialised.delete(local);
  }

  /** Statements, then what the block ends with; or a jump away. */
  inner(): void {
    this.statements();
    if (!this.isDeep && this.choices.chance(10)) leave(this);
    else this.settle();
  }

  block(params: readonly ValType[], results: readonly ValType[]): void {
    this.take(params).op('block').writeBlockType(params, results);
    this.enclosed(params, results);
    this.op('end');
  }

  ifElse(params: readonly ValType[], results: readonly ValType[]): void {
    this.take([...params, I32])
      .op('if')
      .writeBlockType(params, results);
    this.effect(1);
    this.enclosed(params, results);
    if (!sameTypes(params, results) || this.choices.chance(2)) {
      this.effect(results.length, ...params).op('else');
      this.enclosed(params, results);
    }
    this.op('end');
  }

  /** A loop that a counter ends. */
  loop(params: readonly ValType[], results: readonly ValType[]): void {
    const counter = this.fresh(I32);
    this.i32(1 + this.choices.below(MAX_LOOP_COUNT))
      .op('local.set', counter)
      .effect(1);
    this.take(params).op('loop').writeBlockType(params, results);
    const inside = () => {
      this.statements();
      while (this.height > 0) this.sink();
      if (this.choices.chance(8)) this.settle();
      else this.again(counter, params);
    };
    this.enclosed(params, results, inside, { label: params, counter });
    this.op('end');
  }

  /** Goes back to the loop's start while its counter says so. */
  private again(counter: number, params: readonly ValType[]): void {
    this.values(params).countDown(counter);
    this.op('br_if', 0).effect(1);
    this.settle();
  }

  /** Pushes whether a loop may go on. */
  countDown(counter: number): this {
    this.op('local.get', counter).effect(0, I32).i32(1).op('i32.sub').effect(1);
    return this.op('local.tee', counter);
  }

  /** Types for a block's parameters or results. */
  blockTypes(): ValType[] {
    if (!this.plan.knows('multi-value')) return [];
    const { stack, choices } = this;
    const there = this.height > 0 && choices.chance(2) ? [stack.at(-1)!] : [];
    return there.length > 0 ? there : choices.list(0, 2, () => choices.pick([I32, I64, F32, F64, V128]));
  }
}
