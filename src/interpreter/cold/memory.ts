/**
 * Memory operations outside the dispatch loop: bulk ones, and "far" loads and stores — of other memories
 * than 0, of 64-bit ones, or with an offset that is no small integer.
 *
 * `k` of a far access is its `FarAccess`. Operands of 64-bit memories are i64; addresses are exact as
 * doubles up to 2^53, and anything beyond is out of bounds anyway.
 */
import type { Instr, Memory } from '../../runtime/index.ts';
import { Trap } from '../../syntax/index.ts';
import type { ColdOpName } from '../cold-ops.ts';
import type { Fiber } from '../fiber.ts';
import { findSlotOp, ownOpOf, slotOpNames } from '../slot-numbers.ts';
import type { ColdHandler } from './handler.ts';

export interface FarAccess {
  readonly memidx: number;
  /** The memarg's offset; rounded up when it passes 2^53. */
  readonly offset: number;
}

/** An address or length operand: u32, or u64 rounded to a double for 64-bit memories and tables. */
export function addressAt({ I }: Fiber, at: number, is64: boolean): number {
  const lo = I[at]! >>> 0;
  return is64 ? (I[at + 1]! >>> 0) * 2 ** 32 + lo : lo;
}

/** Writes an address-typed result; −1 fills both words. */
export function writeAddress({ I }: Fiber, at: number, value: number, is64: boolean): void {
  I[at] = value;
  if (is64) I[at + 1] = value < 0 ? -1 : Math.floor(value / 2 ** 32);
}

function trapOutOfBounds(): never {
  throw new Trap('memory-out-of-bounds');
}

/** Afterwards the memory's views hold the range, also when another agent has just added it. */
export function checkRange(start: number, length: number, memory: Memory): void {
  if (start + length > memory.byteLength && !memory.reaches(start + length)) trapOutOfBounds();
}

type Transfer = (view: DataView, ea: number, I: Int32Array, at: number) => void;

const transfers: Record<
  Exclude<Extract<ColdOpName, `far.${string}`>, `far.memory.${string}`>,
  readonly [accessBytes: number, Transfer]
> = {
  'far.i32.load': [4, (view, ea, I, c) => writeWord(I, c, view.getInt32(ea, true))],
  'far.i32.load8_s': [1, (view, ea, I, c) => writeWord(I, c, view.getInt8(ea))],
  'far.i32.load8_u': [1, (view, ea, I, c) => writeWord(I, c, view.getUint8(ea))],
  'far.i32.load16_s': [2, (view, ea, I, c) => writeWord(I, c, view.getInt16(ea, true))],
  'far.i32.load16_u': [2, (view, ea, I, c) => writeWord(I, c, view.getUint16(ea, true))],
  'far.i64.load': [8, (view, ea, I, c) => writePair(I, c, view.getInt32(ea, true), view.getInt32(ea + 4, true))],
  'far.i64.load8_s': [1, (view, ea, I, c) => writeSigned(I, c, view.getInt8(ea))],
  'far.i64.load8_u': [1, (view, ea, I, c) => writePair(I, c, view.getUint8(ea), 0)],
  'far.i64.load16_s': [2, (view, ea, I, c) => writeSigned(I, c, view.getInt16(ea, true))],
  'far.i64.load16_u': [2, (view, ea, I, c) => writePair(I, c, view.getUint16(ea, true), 0)],
  'far.i64.load32_s': [4, (view, ea, I, c) => writeSigned(I, c, view.getInt32(ea, true))],
  'far.i64.load32_u': [4, (view, ea, I, c) => writePair(I, c, view.getInt32(ea, true), 0)],
  'far.i32.store': [4, (view, ea, I, b) => view.setInt32(ea, I[b]!, true)],
  'far.i32.store8': [1, (view, ea, I, b) => view.setInt8(ea, I[b]!)],
  'far.i32.store16': [2, (view, ea, I, b) => view.setInt16(ea, I[b]!, true)],
  'far.i64.store': [
    8,
    (view, ea, I, b) => {
      view.setInt32(ea, I[b]!, true);
      view.setInt32(ea + 4, I[b + 1]!, true);
    },
  ],
  'far.v128.load': [
    16,
    (view, ea, I, c) => {
      for (let i = 0; i < 4; i++) I[c + i] = view.getInt32(ea + 4 * i, true);
    },
  ],
  'far.v128.store': [
    16,
    (view, ea, I, b) => {
      for (let i = 0; i < 4; i++) view.setInt32(ea + 4 * i, I[b + i]!, true);
    },
  ],
};

function writeWord(I: Int32Array, at: number, word: number): void {
  I[at] = word;
}

function writePair(I: Int32Array, at: number, lo: number, hi: number): void {
  I[at] = lo;
  I[at + 1] = hi;
}

function writeSigned(I: Int32Array, at: number, value: number): void {
  writePair(I, at, value, value >> 31);
}

function farHandler(name: keyof typeof transfers): ColdHandler {
  const [accessBytes, transfer] = transfers[name];
  const isStore = name.includes('store');
  return (t, n, fp) => {
    const { memidx, offset } = n.k as FarAccess;
    const memory = t.instance.memories[memidx]!;
    const ea = addressAt(t, fp + n.a, memory.is64) + offset;
    checkRange(ea, accessBytes, memory);
    transfer(memory.view, ea, t.I, fp + (isStore ? n.b : n.c));
  };
}

/** Accesses of the loop by the number of their operation: the far one that moves the same bytes. */
const nearAccesses = new Map<number, { transfer: Transfer; accessBytes: number; isStore: boolean }>();
for (const [name, [accessBytes, transfer]] of Object.entries(transfers)) {
  const near = name.slice('far.'.length);
  nearAccesses.set(findSlotOp(near)!, { transfer, accessBytes, isStore: near.includes('store') });
}

/**
 * An access of the loop that its fast path leaves: at an address from 2^31 on, or out of bounds.
 *
 * @throws {Trap} `memory-out-of-bounds`
 */
export function slowAccess(t: Fiber, n: Instr, fp: number): void {
  const op = ownOpOf(n.op);
  const bulk = nearBulk.get(op);
  if (bulk !== undefined) {
    bulk(t, n, fp);
    return;
  }
  const access = nearAccesses.get(op);
  const memory = t.instance.memory0;
  const ea = (t.I[fp + n.a]! >>> 0) + n.d;
  if (access === undefined) {
    storeImmediate(t, n, ea);
    return;
  }
  checkRange(ea, access.accessBytes, memory);
  access.transfer(memory.view, ea, t.I, fp + (access.isStore ? n.b : n.c));
}

/** A store whose value is in the instruction: its name is that of a store with `_i` after it. */
function storeImmediate({ instance }: Fiber, n: Instr, ea: number): void {
  const [accessBytes, transfer] =
    transfers[`far.${slotOpNames[ownOpOf(n.op)]!.slice(0, -'_i'.length)}` as keyof typeof transfers];
  const memory = instance.memory0;
  checkRange(ea, accessBytes, memory);
  transfer(memory.view, ea, Int32Array.of(n.b), 0);
}

const farNames = Object.keys(transfers) as (keyof typeof transfers)[];
const farHandlers = Object.fromEntries(farNames.map((name) => [name, farHandler(name)])) as Record<
  keyof typeof transfers,
  ColdHandler
>;

/** Fields: `a b d` the operands in order, `c` the result, `k` the index immediates. */
export const memoryHandlers = {
  ...farHandlers,
  'memory.size': (t, n, fp) => {
    const memory = t.instance.memories[n.a]!;
    writeAddress(t, fp + n.c, memory.pageCount, memory.is64);
  },
  'far.memory.fill': (t, n, fp) => {
    const memory = t.instance.memories[n.k as number]!;
    const start = addressAt(t, fp + n.a, memory.is64);
    const length = addressAt(t, fp + n.d, memory.is64);
    checkRange(start, length, memory);
    t.checkTime(length);
    memory.bytes.fill(t.I[fp + n.b]!, start, start + length);
  },
  'far.memory.copy': (t, n, fp) => {
    const [toIndex, fromIndex] = n.k as readonly [number, number];
    const to = t.instance.memories[toIndex]!;
    const from = t.instance.memories[fromIndex]!;
    const target = addressAt(t, fp + n.a, to.is64);
    const source = addressAt(t, fp + n.b, from.is64);
    const length = addressAt(t, fp + n.d, to.is64 && from.is64);
    checkRange(source, length, from);
    checkRange(target, length, to);
    t.checkTime(length);
    copyBytes(to, target, from, source, length);
  },
  'memory.init': (t, n, fp) => {
    const [dataidx, memidx] = n.k as readonly [number, number];
    const memory = t.instance.memories[memidx]!;
    const target = addressAt(t, fp + n.a, memory.is64);
    t.checkTime(t.I[fp + n.d]! >>> 0);
    initMemory(memory, t.instance.datas[dataidx]!, target, t.I[fp + n.b]! >>> 0, t.I[fp + n.d]! >>> 0);
  },
  'data.drop': (t, n) => {
    t.instance.datas[n.a] = new Uint8Array(0);
  },
} satisfies Record<string, ColdHandler>;

function copyBytes(to: Memory, target: number, from: Memory, source: number, length: number): void {
  if (to === from) to.bytes.copyWithin(target, source, source + length);
  else to.bytes.set(from.bytes.subarray(source, source + length), target);
}

/**
 * Copies `data[source, source + length)` to `memory` at `target`.
 *
 * @throws {Trap} `memory-out-of-bounds`; nothing is written then
 * @see https://webassembly.github.io/spec/core/exec/instructions.html#exec-memory-init
 */
export function initMemory(memory: Memory, data: Uint8Array, target: number, source: number, length: number): void {
  if (source + length > data.length) trapOutOfBounds();
  checkRange(target, length, memory);
  memory.bytes.set(data.subarray(source, source + length), target);
}

/** Bulk operations of the loop by their numbers: what does them in full. */
const nearBulk = new Map<number, ColdHandler>([
  [findSlotOp('memory.copy')!, memoryHandlers['far.memory.copy']],
  [findSlotOp('memory.fill')!, memoryHandlers['far.memory.fill']],
]);
