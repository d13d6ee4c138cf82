/**
 * Vector operations that take immediates or touch memory; the others are generated beside this file.
 *
 * Of a lane operation `d` is the lane; of an access `k` is its `VectorAccess`. The address operand is
 * narrower than a vector, so a result may lie across the vector operand: all words are read first.
 */
import { instructions } from '../../syntax/index.ts';
import type { Fiber } from '../fiber.ts';
import { i8x16Shuffle } from '../numerics/index.ts';
import type { VectorAccessName, VectorOpName } from '../vector-names.ts';
import type { ColdHandler } from './handler.ts';
import { addressAt, checkRange, type FarAccess } from './memory.ts';
import { generatedVectorHandlers } from './v128.gen.ts';

export interface VectorAccess extends FarAccess {
  /** Lane index of the `_lane` accesses, else 0. */
  readonly lane: number;
}

// Lanes.

function copyVector(I: Int32Array, to: number, from: number): void {
  const x0 = I[from]!;
  const x1 = I[from + 1]!;
  const x2 = I[from + 2]!;
  I[to + 3] = I[from + 3]!;
  I[to] = x0;
  I[to + 1] = x1;
  I[to + 2] = x2;
}

/** Puts the low `bits` bits of `value` into a lane of 8 or 16 bits. */
function setNarrowLane(I: Int32Array, at: number, bits: 8 | 16, lane: number, value: number): void {
  const word = at + ((lane * bits) >> 5);
  const shift = (lane * bits) & 31;
  const mask = (2 ** bits - 1) << shift;
  I[word] = (I[word]! & ~mask) | ((value << shift) & mask);
}

/** Lowering has resolved the lane: `a` is its word, `b` the shift that brings it to the word's top or bottom. */
const extractions = {
  'i8x16.extract_lane_s': ({ I }, n, fp) => {
    I[fp + n.c] = (I[fp + n.a]! << n.b) >> 24;
  },
  'i8x16.extract_lane_u': ({ I }, n, fp) => {
    I[fp + n.c] = (I[fp + n.a]! >>> n.b) & 0xff;
  },
  'i16x8.extract_lane_s': ({ I }, n, fp) => {
    I[fp + n.c] = (I[fp + n.a]! << n.b) >> 16;
  },
  'i16x8.extract_lane_u': ({ I }, n, fp) => {
    I[fp + n.c] = (I[fp + n.a]! >>> n.b) & 0xffff;
  },
} satisfies Record<string, ColdHandler>;

const replacements = {
  'i8x16.replace_lane': ({ I }, n, fp) => {
    const value = I[fp + n.b]!;
    copyVector(I, fp + n.c, fp + n.a);
    setNarrowLane(I, fp + n.c, 8, n.d, value);
  },
  'i16x8.replace_lane': ({ I }, n, fp) => {
    const value = I[fp + n.b]!;
    copyVector(I, fp + n.c, fp + n.a);
    setNarrowLane(I, fp + n.c, 16, n.d, value);
  },
  'i32x4.replace_lane': ({ I }, n, fp) => {
    const value = I[fp + n.b]!;
    copyVector(I, fp + n.c, fp + n.a);
    I[fp + n.c + n.d] = value;
  },
  'i64x2.replace_lane': ({ I }, n, fp) => {
    const lo = I[fp + n.b]!;
    const hi = I[fp + n.b + 1]!;
    copyVector(I, fp + n.c, fp + n.a);
    I[fp + n.c + 2 * n.d] = lo;
    I[fp + n.c + 2 * n.d + 1] = hi;
  },
} satisfies Record<string, ColdHandler>;

// Memory.

type StoreName = Extract<VectorAccessName, `v128.store${string}`>;
type LaneLoadName = Extract<VectorAccessName, `v128.load${string}_lane`>;
type LoadName = Exclude<VectorAccessName, StoreName | LaneLoadName>;

type Load = (view: DataView, ea: number, I: Int32Array, at: number) => void;
type LaneAccess = (view: DataView, ea: number, I: Int32Array, at: number, lane: number) => void;

function writeVector(I: Int32Array, at: number, x0: number, x1: number, x2: number, x3: number): void {
  I[at] = x0;
  I[at + 1] = x1;
  I[at + 2] = x2;
  I[at + 3] = x3;
}

/** Four bytes as four 16-bit lanes in two words. */
function writeExtended(I: Int32Array, at: number, bytes: number, isSigned: boolean): void {
  I[at] = isSigned
    ? (((bytes << 24) >> 24) & 0xffff) | (((bytes << 16) >> 24) << 16)
    : (bytes & 0xff) | ((bytes & 0xff00) << 8);
  I[at + 1] = isSigned
    ? (((bytes << 8) >> 24) & 0xffff) | ((bytes >> 24) << 16)
    : ((bytes >>> 16) & 0xff) | ((bytes >>> 24) << 16);
}

function loadExtended(view: DataView, ea: number, I: Int32Array, at: number, isSigned: boolean): void {
  writeExtended(I, at, view.getInt32(ea, true), isSigned);
  writeExtended(I, at + 2, view.getInt32(ea + 4, true), isSigned);
}

const loads: Record<LoadName, Load> = {
  'v128.load8x8_s': (view, ea, I, at) => loadExtended(view, ea, I, at, true),
  'v128.load8x8_u': (view, ea, I, at) => loadExtended(view, ea, I, at, false),
  'v128.load16x4_s': (view, ea, I, at) => {
    for (let i = 0; i < 4; i++) I[at + i] = view.getInt16(ea + 2 * i, true);
  },
  'v128.load16x4_u': (view, ea, I, at) => {
    for (let i = 0; i < 4; i++) I[at + i] = view.getUint16(ea + 2 * i, true);
  },
  'v128.load32x2_s': (view, ea, I, at) => {
    const x = view.getInt32(ea, true);
    const y = view.getInt32(ea + 4, true);
    writeVector(I, at, x, x >> 31, y, y >> 31);
  },
  'v128.load32x2_u': (view, ea, I, at) =>
    writeVector(I, at, view.getInt32(ea, true), 0, view.getInt32(ea + 4, true), 0),
  'v128.load8_splat': (view, ea, I, at) => {
    const x = Math.imul(view.getUint8(ea), 0x01010101);
    writeVector(I, at, x, x, x, x);
  },
  'v128.load16_splat': (view, ea, I, at) => {
    const x = Math.imul(view.getUint16(ea, true), 0x00010001);
    writeVector(I, at, x, x, x, x);
  },
  'v128.load32_splat': (view, ea, I, at) => {
    const x = view.getInt32(ea, true);
    writeVector(I, at, x, x, x, x);
  },
  'v128.load64_splat': (view, ea, I, at) => {
    const lo = view.getInt32(ea, true);
    const hi = view.getInt32(ea + 4, true);
    writeVector(I, at, lo, hi, lo, hi);
  },
  'v128.load32_zero': (view, ea, I, at) => writeVector(I, at, view.getInt32(ea, true), 0, 0, 0),
  'v128.load64_zero': (view, ea, I, at) =>
    writeVector(I, at, view.getInt32(ea, true), view.getInt32(ea + 4, true), 0, 0),
};

/** The vector is at `at` already; only the lane is loaded. */
const laneLoads: Record<LaneLoadName, LaneAccess> = {
  'v128.load8_lane': (view, ea, I, at, lane) => setNarrowLane(I, at, 8, lane, view.getUint8(ea)),
  'v128.load16_lane': (view, ea, I, at, lane) => setNarrowLane(I, at, 16, lane, view.getUint16(ea, true)),
  'v128.load32_lane': (view, ea, I, at, lane) => {
    I[at + lane] = view.getInt32(ea, true);
  },
  'v128.load64_lane': (view, ea, I, at, lane) => {
    I[at + 2 * lane] = view.getInt32(ea, true);
    I[at + 2 * lane + 1] = view.getInt32(ea + 4, true);
  },
};

const laneStores: Record<StoreName, LaneAccess> = {
  'v128.store8_lane': (view, ea, I, at, lane) => view.setInt8(ea, I[at + (lane >> 2)]! >>> ((lane & 3) << 3)),
  'v128.store16_lane': (view, ea, I, at, lane) => view.setInt16(ea, I[at + (lane >> 1)]! >>> ((lane & 1) << 4), true),
  'v128.store32_lane': (view, ea, I, at, lane) => view.setInt32(ea, I[at + lane]!, true),
  'v128.store64_lane': (view, ea, I, at, lane) => {
    view.setInt32(ea, I[at + 2 * lane]!, true);
    view.setInt32(ea + 4, I[at + 2 * lane + 1]!, true);
  },
};

const bytesByName = new Map<string, number>(instructions.map(({ name, accessBytes = 0 }) => [name, accessBytes]));

/** Turns each access of a table into a handler that checks its bounds first. */
function accessHandlers<K extends VectorAccessName, A>(
  accesses: Record<K, A>,
  run: (access: A, view: DataView, ea: number, t: Fiber, c: number, b: number, lane: number) => void,
): Record<K, ColdHandler> {
  const handlers = (Object.keys(accesses) as K[]).map((name): [K, ColdHandler] => {
    const access = accesses[name];
    const accessBytes = bytesByName.get(name)!;
    return [
      name,
      (t, n, fp) => {
        const { memidx, offset, lane } = n.k as VectorAccess;
        const memory = t.instance.memories[memidx]!;
        const ea = addressAt(t, fp + n.a, memory.is64) + offset;
        checkRange(ea, accessBytes, memory);
        run(access, memory.view, ea, t, fp + n.c, fp + n.b, lane);
      },
    ];
  });
  return Object.fromEntries(handlers) as Record<K, ColdHandler>;
}

export const vectorAccessHandlers: Record<VectorAccessName, ColdHandler> = {
  ...accessHandlers(loads, (load, view, ea, { I }, c) => load(view, ea, I, c)),
  ...accessHandlers(laneLoads, (load, view, ea, { I }, c, b, lane) => {
    copyVector(I, c, b);
    load(view, ea, I, c, lane);
  }),
  ...accessHandlers(laneStores, (store, view, ea, { I }, _, b, lane) => store(view, ea, I, b, lane)),
};

export const vectorHandlers = {
  ...generatedVectorHandlers,
  ...extractions,
  ...replacements,
  'i8x16.shuffle': ({ I }, n, fp) => i8x16Shuffle(I, fp + n.c, fp, n.k as Int32Array),
  shuffle_words: ({ I }, n, fp) => {
    const words = n.k as Int32Array;
    const x0 = I[fp + words[0]!]!;
    const x1 = I[fp + words[1]!]!;
    const x2 = I[fp + words[2]!]!;
    writeVector(I, fp + n.c, x0, x1, x2, I[fp + words[3]!]!);
  },
} satisfies Record<VectorOpName | 'shuffle_words', ColdHandler>;
