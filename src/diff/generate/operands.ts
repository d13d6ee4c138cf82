/**
 * Instructions with a signature: their operands and immediates. Where most values of a type would only trap (addresses,
 * divisors, floats to convert), most operands are made such that they do not.
 */
import { writeMemarg } from '../../encoder/index.ts';
import {
  abstractHeapTypes,
  EQREF,
  F32,
  F64,
  I31REF,
  I32,
  I64,
  type InstrId,
  type InstructionRow,
  instructions,
  refType,
  type Signature,
  signatureOf,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { CodeGenerator } from './code-generator.ts';
import { constantWords, tameFloatWords } from './constants.ts';

const typesByText: Readonly<Record<string, ValType>> = {
  i32: I32,
  i64: I64,
  f32: F32,
  f64: F64,
  v128: V128,
  eqref: EQREF,
  i31ref: I31REF,
  arrayref: refType(abstractHeapTypes.array, true),
  '(ref i31)': refType(abstractHeapTypes.i31, false),
};

function types(texts: readonly string[], address: ValType): ValType[] {
  return texts.map((text) => (text === 'addr' ? address : typesByText[text]!));
}

/** Pushes what the instruction needs, writes it, and pushes its results. */
export function applySigned(g: CodeGenerator, id: InstrId): void {
  const row = instructions[id]!;
  const signature = signatureOf(row)!;
  const maker = makers[row.imm];
  if (maker !== undefined) maker(g, id, row, signature);
  else plain(g, id, row, signature);
}

type Maker = (g: CodeGenerator, id: InstrId, row: InstructionRow, signature: Signature) => void;

const constant: Maker = (g, _id, row) => {
  const type = typesByText[row.imm]!;
  g.constant(type, constantWords(type, g.choices));
};

const plain: Maker = (g, id, row, { operands, results }) => {
  const from = types(operands, I32);
  if (/\.(div|rem)_[su]$/.test(row.name)) divide(g, from[0]!);
  else if (/^i\d\d\.trunc_f/.test(row.name)) tame(g, from[0]!);
  else if (row.name.startsWith('i31.get') || row.name === 'array.len') nonNull(g, from[0]!);
  else g.take(from);
  g.emit(id);
  if (row.imm === 'laneidx') g.out.u8(g.choices.below(Number(/x(\d+)/.exec(row.name)![1])));
  if (row.imm === 'lanes16') for (let i = 0; i < 16; i++) g.out.u8(g.choices.below(32));
  if (row.imm === 'fence') g.out.u8(0);
  g.effect(from.length, ...types(results, I32));
};

/** A divisor is seldom zero. */
function divide(g: CodeGenerator, type: ValType): void {
  g.take([type, type]);
  if (g.choices.chance(8)) return;
  g.constant(type, [1])
    .op(type === I32 ? 'i32.or' : 'i64.or')
    .effect(1);
}

function tame(g: CodeGenerator, type: ValType): void {
  if (g.choices.chance(4)) g.take([type]);
  else g.constant(type, tameFloatWords(type, g.choices));
}

/** A reference that is seldom null. */
function nonNull(g: CodeGenerator, type: ValType): void {
  if (g.choices.chance(8)) g.value(type);
  else g.value(refType((type >> 8) as Parameters<typeof refType>[0], false));
}

interface MemoryPlace {
  readonly memidx: number;
  readonly address: ValType;
  readonly byteLength: number;
  readonly shared: boolean;
}

function pickMemory(g: CodeGenerator): MemoryPlace {
  const { memories } = g.plan;
  const memidx = g.choices.below(memories.length);
  const { address, limits, pageSizeLog2, shared } = memories[memidx]!;
  return { memidx, address, shared, byteLength: limits.min * 2 ** pageSizeLog2 };
}

/** Pushes an address, most often one at which `accessBytes` are in range. */
function pushAddress(g: CodeGenerator, place: MemoryPlace, offset: number, accessBytes: number): void {
  const { address, byteLength } = place;
  const { choices } = g;
  const last = byteLength - offset - accessBytes;
  const kind = choices.below(60);
  const aligned = (value: number) => value - (value % accessBytes);
  if (kind === 59) g.value(address);
  else if (kind === 58) g.address(address, Math.max(0, last + choices.pick([0, 1, -1, accessBytes, 2])));
  else if (kind > 54) g.address(address, Math.max(0, aligned(last)));
  else if (kind > 35 && last > 0) {
    const mask = 2 ** Math.floor(Math.log2(last + 1)) - 1;
    g.value(address)
      .address(address, aligned(mask))
      .op(address === I64 ? 'i64.and' : 'i32.and')
      .effect(1);
  } else g.address(address, last <= 0 ? 0 : aligned(choices.below(Math.min(last, choices.chance(3) ? last : 64) + 1)));
}

function pickOffset(g: CodeGenerator, address: ValType): readonly [lo: number, hi: number] {
  const kind = g.choices.below(24);
  if (kind === 23)
    return [g.choices.pick([-1, 0x1_0000, 0xffff, -0x8000_0000]), address === I64 ? g.choices.below(2) : 0];
  return [kind < 42 ? 0 : g.choices.pick([1, 2, 3, 4, 8, 16, 17, 40]), 0];
}

/** It traps unless the memory is shared. V8 11.3 loses what it has computed before a wait: docs/other-engines.md. */
function canWait(g: CodeGenerator, { shared }: MemoryPlace): boolean {
  if (g.plan.profile === 'host' && shared) return false;
  return shared || g.choices.chance(6);
}

const access: Maker = (g, id, row, { operands, results }) => {
  const accessBytes = row.accessBytes!;
  const place = pickMemory(g);
  if (row.name.startsWith('memory.atomic.wait') && !canWait(g, place)) {
    g.value(I32);
    return;
  }
  const isAtomic = row.proposal === 'threads';
  let [lo, hi] = pickOffset(g, place.address);
  // An address that is a multiple of the access stays one.
  if (isAtomic && !g.choices.chance(12)) [lo, hi] = [lo & -accessBytes, hi];
  const offset = (lo >>> 0) + hi * 2 ** 32;
  pushAddress(g, place, offset, accessBytes);
  const others = types(operands.slice(1), place.address);
  g.values(others).emit(id);
  const natural = Math.log2(accessBytes);
  const alignLog2 = isAtomic ? natural : g.choices.below(natural + 1);
  writeMemarg(g.out, alignLog2, place.memidx, lo, hi);
  if (row.imm === 'memarg_laneidx') g.out.u8(g.choices.below(16 / accessBytes));
  g.effect(operands.length, ...types(results, place.address));
};

/** Stores the topmost value; false where there is no memory. */
export function storeTopmost(g: CodeGenerator): boolean {
  const type = g.stack.at(-1)!;
  const stores = g.storesOf(type);
  if (stores.length === 0) return false;
  const kept = g.fresh(type);
  g.op('local.set', kept).effect(1);
  const id = g.choices.pick(stores);
  const row = instructions[id]!;
  const place = pickMemory(g);
  pushAddress(g, place, 0, row.accessBytes!);
  g.op('local.get', kept).effect(0, type).emit(id);
  writeMemarg(g.out, Math.log2(row.accessBytes!), place.memidx, 0, 0);
  g.effect(2);
  return true;
}

/** Growth is small: sizes have bounds that engines share. */
const memoryNumber: Maker = (g, id, { name }, { operands, results }) => {
  const place = pickMemory(g);
  const { memidx, address } = place;
  if (name === 'memory.grow') g.address(address, g.choices.pick([0, 1, 2, 1000]));
  if (name === 'memory.fill') {
    pushAddress(g, place, 0, 16);
    g.value(I32).address(address, g.choices.pick([0, 1, 3, 8, 15, 16]));
  }
  g.emit(id);
  g.out.u32(memidx);
  g.effect(operands.length, ...types(results, address));
};

const memoryInit: Maker = (g, id, _row, { operands }) => {
  const place = pickMemory(g);
  const dataidx = g.choices.below(g.plan.datas.length);
  const { content, mode } = g.plan.datas[dataidx]!;
  const length = mode.kind === 'active' ? 0 : content.byteLength;
  const from = g.choices.below(length + 1);
  const count = g.choices.chance(8) ? g.choices.below(length + 4) : g.choices.below(length - from + 1);
  pushAddress(g, place, 0, Math.max(1, count));
  g.i32(from).i32(count).emit(id);
  g.out.u32(dataidx);
  g.out.u32(place.memidx);
  g.effect(operands.length);
};

const dropData: Maker = (g, id) => drop(g, id, g.plan.datas.length);
const dropElem: Maker = (g, id) => drop(g, id, g.plan.elems.length);

/** Seldom: what is gone cannot be used. */
function drop(g: CodeGenerator, id: InstrId, count: number): void {
  if (!g.choices.chance(2)) {
    g.op('nop');
    return;
  }
  g.emit(id);
  g.out.u32(g.choices.below(count));
}

const makers: Partial<Record<InstructionRow['imm'], Maker>> = {
  i32: constant,
  i64: constant,
  f32: constant,
  f64: constant,
  v128: constant,
  memarg: access,
  memarg_laneidx: access,
  memidx: memoryNumber,
  dataidx_memidx: memoryInit,
  dataidx: dropData,
  elemidx: dropElem,
};

/** `memory.copy`: of the two memories' address types, the length has the smaller. */
export function copyMemory(g: CodeGenerator): void {
  const to = pickMemory(g);
  const from = g.plan.knows('multi-memory') ? pickMemory(g) : to;
  pushAddress(g, to, 0, 16);
  pushAddress(g, from, 0, 16);
  const length = to.address === I64 && from.address === I64 ? I64 : I32;
  g.address(length, g.choices.pick([0, 1, 5, 8, 16]))
    .op('memory.copy', to.memidx, from.memidx)
    .effect(3);
}
