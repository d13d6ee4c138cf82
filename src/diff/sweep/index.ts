/**
 * The generator `instructions`: small modules in which every instruction of the table gets its turn, with operands at
 * the limits of their types. It finds what is wrong in single instructions fast; programs are for the other generators.
 */

import { decodeModule } from '../../decoder/index.ts';
import { type EncodableFunc, encodeModule } from '../../encoder/index.ts';
import {
  F32,
  F64,
  type FuncType,
  I32,
  I64,
  instructions,
  type Mnemonic,
  type Proposal,
  type SubType,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import { edgeArguments, randomArguments, randomBits } from '../calls.ts';
import type { Call, Generator, Profile } from '../case.ts';
import { knowsProposal } from '../generate/index.ts';
import { Code, pushNumber } from '../prepare/index.ts';
import { Random, seedWord } from '../random.ts';
import { accessFunction, boundFunction } from './accesses.ts';
import { Expression, type Made, MEMORY_BYTES, type Row, usableRows, writeLanes } from './expressions.ts';
import { branchFunction, chainFunction } from './fusions.ts';
import { heapShapes, heapTypes, layout, plainShapes, type Shape, tableType } from './shapes.ts';
import { subsetOf } from './subsets.ts';
import { THEME_FUNCTIONS, themeModule } from './themes.ts';

/** Functions of one instruction that can trap, that do many things that cannot, and around one instruction. */
const TRAP_FUNCTIONS = 1;
const DENSE_FUNCTIONS = 1;
const FUNCTIONS = 1;
/** How often each kind of function is called. */
const DENSE_CALLS = 2;
const TRAP_CALLS = 6;
const OTHER_CALLS = 2;
/** Accesses where the memory ends; each is called once. */
const BOUND_FUNCTIONS = 2;
const THEME_CALLS = 3;
/** One that branches on many comparisons, chains operations which one may do together, or loads and stores. */
const FUSED_FUNCTIONS = 1;
/** Instructions of a dense function. */
const DENSITY = 40;
/** Where a dense function stores its results. */
const RESULTS_AT = 1024;
/** Of this many functions one is a shape. */
const SHAPE_RATE = 3;

function proposalsOf(profile: Profile): Set<Proposal> {
  const all = new Set(instructions.map(({ proposal }) => proposal));
  return new Set([...all].filter((each) => knowsProposal(profile, each)));
}

const rowsByProfile = new Map<Profile, readonly Row[]>();

function rowsOf(profile: Profile): readonly Row[] {
  const known = rowsByProfile.get(profile) ?? usableRows(proposalsOf(profile));
  rowsByProfile.set(profile, known);
  return known;
}

const canTrap = (name: string) => /div_[su]$|rem_[su]$|trunc_f/.test(name);

/** One instruction that can trap, on parameters: only calls of its own reach the edge between trap and value. */
function trapFunction(random: Random, rows: readonly Row[]): Made {
  const { operands, results, name } = random.pick(subsetOf(rows, 'can trap', (row) => canTrap(row.name)));
  const code = new Code();
  for (const i of operands.keys()) code.at('local.get', i);
  code.op(name);
  return { type: { kind: 'func', params: operands, results }, locals: [], code };
}

/** What can trap, and accesses, run nowhere else: they come twice as often as all others. */
function pickRow(random: Random, rows: readonly Row[]): Row {
  if (random.below(3) === 0) return random.pick(rows);
  if (random.below(2) === 0) return random.pick(subsetOf(rows, 'can trap', (row) => canTrap(row.name)));
  const isScalar = random.below(2) === 0;
  const accesses = subsetOf(rows, 'access', ({ accessBytes }) => accessBytes > 0);
  return random.pick(isScalar ? subsetOf(accesses, 'scalar', ({ name }) => !/^v128|atomic/.test(name)) : accesses);
}

/** Two parameters of each type, the second ones in the second half. */
const denseParams = [I32, I64, F32, F64, V128, I32, I64, F32, F64, V128] as const;
const HALF = denseParams.length / 2;
const stores = new Map<ValType, Mnemonic>([
  [I32, 'i32.store'],
  [I64, 'i64.store'],
  [F32, 'f32.store'],
  [F64, 'f64.store'],
  [V128, 'v128.store'],
]);

/** A parameter or, last among an instruction's operands rather than before, a constant. */
function denseOperand(code: Code, type: ValType, isLast: boolean, random: Random): void {
  const first = denseParams.indexOf(type as (typeof denseParams)[number]);
  if (random.below(isLast ? 4 : 24) === 0) pushNumber(code, type, randomBits(type, random));
  else code.at('local.get', first + HALF * random.below(2));
}

/** Stores two i64 by way of two locals. */
function storePair(code: Code, address: number): void {
  const first = denseParams.length;
  code.at('local.set', first + 1).at('local.set', first);
  for (const i of [0, 1]) {
    code
      .i32(address + 8 * i)
      .at('local.get', first + i)
      .at('i64.store', 0)
      .out.u32(0);
  }
}

/** Many instructions on the same few values, each result stored in a place of its own. */
function denseFunction(random: Random, rows: readonly Row[]): Made {
  const code = new Code();
  const safe = subsetOf(rows, 'safe', ({ name, accessBytes, results }) => {
    return accessBytes === 0 && results.length > 0 && !canTrap(name);
  });
  for (let i = 0; i < DENSITY; i++) {
    const row = random.pick(safe);
    if (row.results.length === 1) code.i32(RESULTS_AT + 16 * i);
    for (const [place, type] of row.operands.entries()) {
      denseOperand(code, type, place === row.operands.length - 1, random);
    }
    code.op(row.name);
    writeLanes(code, row, random);
    if (row.results.length === 1) code.at(stores.get(row.results[0]!)!, 0).out.u32(0);
    else storePair(code, RESULTS_AT + 16 * i);
  }
  return { type: { kind: 'func', params: denseParams, results: [] }, locals: [I64, I64], code };
}

function expressionFunction(random: Random, rows: readonly Row[]): Made {
  const expression = new Expression(random, rows);
  const row = pickRow(random, rows);
  expression.instruction(row, random.below(3));
  const results = row.results.length === 1 ? expression.use(row.results[0]!) : row.results;
  const type = { kind: 'func', params: expression.paddedParams(), results } as const;
  return { type, locals: expression.locals, code: expression.code };
}

function shapeFunction(random: Random, shape: Shape): Made {
  const code = new Code();
  shape.write(code, random);
  const { params, results, locals = [] } = shape;
  return { type: { kind: 'func', params, results }, locals, code };
}

/** Two functions of one type and one of another, for the table. */
function tableFunctions(): Made[] {
  const unary = (value: number): Made => {
    const code = new Code().at('local.get', 0).i32(value).op('i32.mul');
    return { type: { kind: 'func', params: [I32], results: [I32] }, locals: [], code };
  };
  const binary: Made = {
    type: { kind: 'func', params: [I32, I32], results: [I32] },
    locals: [],
    code: new Code().at('local.get', 0).at('local.get', 1).op('i32.sub'),
  };
  return [unary(3), unary(5), binary];
}

function fusedFunction(random: Random, rows: readonly Row[]): Made {
  const choice = random.below(3);
  if (choice === 0) return branchFunction(random, rows);
  if (choice === 1) return chainFunction(random);
  return accessFunction(random, rows, denseParams, (type) => stores.get(type)!);
}

function sweepModule(seed: number, profile: Profile): Uint8Array {
  const random = new Random(seed);
  const theme = themeModule(seed, profile, random);
  if (theme !== undefined) return theme;
  const rows = rowsOf(profile);
  const shapes = knowsProposal(profile, 'gc') ? [...plainShapes, ...heapShapes, ...heapShapes] : plainShapes;
  const functions = tableFunctions();
  for (let i = 0; i < TRAP_FUNCTIONS; i++) functions.push(trapFunction(random, rows));
  for (let i = 0; i < DENSE_FUNCTIONS; i++) functions.push(denseFunction(random, rows));
  for (let i = 0; i < FUSED_FUNCTIONS; i++) functions.push(fusedFunction(random, rows));
  for (let i = 0; i < BOUND_FUNCTIONS; i++) functions.push(boundFunction(random, rows));
  for (let i = 0; i < FUNCTIONS; i++) {
    const isShape = random.below(SHAPE_RATE) === 0;
    functions.push(isShape ? shapeFunction(random, random.pick(shapes)) : expressionFunction(random, rows));
  }
  return assemble(functions, profile, random);
}

function assemble(functions: readonly Made[], profile: Profile, random: Random): Uint8Array {
  const pool = new Code();
  const expr = (write: () => void) => {
    const byteOffset = pool.out.length;
    write();
    pool.op('end');
    return { byteOffset, byteLength: pool.out.length - byteOffset };
  };
  const func = (params: readonly ValType[], results: readonly ValType[]): SubType => {
    return { final: true, supertypes: [], comp: { kind: 'func', params, results } };
  };
  const common = [func([I32], [I32]), func([I32, I32], [I32]), ...(knowsProposal(profile, 'gc') ? heapTypes : [])];
  const types = [...common, ...functions.map(({ type }) => func(type.params, type.results))];
  const funcs = functions.map(({ locals, code }, i): EncodableFunc => {
    const typeidx = i < 2 ? 0 : i === 2 ? 1 : common.length + i;
    const body = expr(() => pool.out.copy(code.out, 0, code.out.length));
    return { typeidx, locals: locals.map((each) => ({ count: 1, type: each })), body };
  });
  const zero = (type: ValType) => expr(() => pushNumber(pool, type, '0'));
  const offset = (at: number) => ({ kind: 'active' as const, memidx: 0, offset: expr(() => pool.i32(at)) });
  const content = (bytes: Uint8Array) => {
    const byteOffset = pool.out.length;
    pool.out.bytes(bytes);
    return { byteOffset, byteLength: bytes.length };
  };
  const parts = {
    recGroups: types.map((type) => ({ types: [type] })),
    imports: [],
    funcs,
    tables: [
      {
        type: { address: I32, limits: { min: layout.tableLength, max: 20 }, element: tableType } as const,
        init: undefined,
      },
    ],
    memories: [{ type: { address: I32, limits: { min: 1, max: 2 }, shared: false, pageSizeLog2: 16 } as const }],
    globals: layout.globals.map((type) => ({ type: { content: type, mutable: true }, init: zero(type) })),
    tags: [],
    exports: functions.map((_, index) => ({ name: `f${index}`, kind: 'func' as const, index })),
    start: undefined,
    elems: [
      {
        type: tableType,
        items: { kind: 'funcidx' as const, indices: [0, 2, 1, 2, 0, 2] },
        mode: { kind: 'active' as const, tableidx: 0, offset: zero(I32) },
      },
      { type: tableType, items: { kind: 'funcidx' as const, indices: [2, 1, 0] }, mode: { kind: 'passive' as const } },
    ],
    hasDataCount: true,
    datas: [
      { content: content(interestingBytes(random, 272)), mode: offset(0) },
      { content: content(interestingBytes(random, layout.dataLength)), mode: { kind: 'passive' as const } },
      { content: content(interestingBytes(random, 32)), mode: offset(MEMORY_BYTES - 32) },
    ],
    customs: [],
    names: undefined,
  };
  return encodeModule({ ...parts, bytes: pool.out.toBytes() }).bytes;
}

/** Bytes that read as limits, small numbers and NaNs. */
function interestingBytes(random: Random, length: number): Uint8Array {
  const telling = [0, 1, 0x7f, 0x80, 0xff, 0xc0, 0xf0, 0x3f];
  return Uint8Array.from({ length }, () => (random.below(3) === 0 ? random.below(256) : random.pick(telling)));
}

/** How often each function is called; those of the table are called through it. */
function callCounts(count: number, isTheme: boolean): number[] {
  if (isTheme) return Array.from({ length: count }, (_, i) => (i < count - THEME_FUNCTIONS ? 1 : THEME_CALLS));
  const first = tableFunctions().length;
  return Array.from({ length: count }, (_, i) => {
    if (i < first) return 0;
    if (i < first + TRAP_FUNCTIONS) return TRAP_CALLS;
    const dense = first + TRAP_FUNCTIONS + DENSE_FUNCTIONS + FUSED_FUNCTIONS;
    if (i < dense) return DENSE_CALLS;
    return i < dense + BOUND_FUNCTIONS ? 1 : OTHER_CALLS;
  });
}

function sweepCalls(bytes: Uint8Array, seed: number): Call[] {
  const { funcs, types, exports } = decodeModule(bytes);
  const random = new Random(~seedWord(seed));
  // Themes export nothing.
  const counts = callCounts(funcs.length, exports.length === 0);
  const calls: Call[] = [];
  for (let round = 0; round < TRAP_CALLS; round++) {
    for (const [funcidx, { typeidx }] of funcs.entries()) {
      const { params } = types[typeidx]!.comp as FuncType;
      if (round >= counts[funcidx]!) continue;
      const isEdge = counts[funcidx] === TRAP_CALLS && random.below(4) > 0;
      calls.push({ funcidx, args: isEdge ? edgeArguments(params, random) : randomArguments(params, random) });
    }
  }
  return calls;
}

/** Of a round's modules most: they are cheap, and one in which everything has its turn finds most. */
const SHARE = 192;

/** Every instruction in turn. Its loops end by themselves. */
export function instructionSweep(): Generator {
  return { name: 'instructions', share: SHARE, isBounded: true, next: sweepModule, calls: sweepCalls };
}
