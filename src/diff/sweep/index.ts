/**
 * The generator `instructions`: small modules in which every instruction of the table gets its turn, with operands at the
 * limits of their types. It finds what is wrong in single instructions fast; programs are for the other generators.
 */
import { type EncodableFunc, encodeModule } from '../../encoder/index.ts';
import {
  type FuncType,
  I32,
  instructions,
  type Proposal,
  type SubType,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { Generator, Profile } from '../case.ts';
import { Code, pushNumber } from '../prepare/index.ts';
import { Random } from '../random.ts';
import { Expression, MEMORY_BYTES, type Row, usableRows } from './expressions.ts';
import { heapShapes, heapTypes, layout, plainShapes, type Shape, tableType } from './shapes.ts';

const FUNCTIONS = 5;
const CALLS = 20;
/** Of this many functions one is a shape. */
const SHAPE_RATE = 4;

/** Not for other engines: what the host lacks, what no engine has to give alike. */
const notInHost: ReadonlySet<Proposal> = new Set<Proposal>([
  ...(['gc', 'function-references', 'relaxed-simd', 'wide-arithmetic'] as const),
]);

function proposalsOf(profile: Profile): Set<Proposal> {
  const all = new Set(instructions.map(({ proposal }) => proposal));
  return new Set([...all].filter((each) => profile !== 'host' || !notInHost.has(each)));
}

const rowsByProfile = new Map<Profile, readonly Row[]>();

function rowsOf(profile: Profile): readonly Row[] {
  const known = rowsByProfile.get(profile) ?? usableRows(proposalsOf(profile));
  rowsByProfile.set(profile, known);
  return known;
}

interface Made {
  readonly type: FuncType;
  readonly locals: readonly ValType[];
  readonly code: Code;
}

/** Scalars and what can trap have more cases than a vector's lanes: they come twice as often as all others. */
function pickRow(random: Random, rows: readonly Row[]): Row {
  if (random.below(3) === 0) return random.pick(rows);
  let row = random.pick(rows);
  while (row.operands.includes(V128) || row.results.includes(V128) || row.name.includes('atomic'))
    row = random.pick(rows);
  return row;
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

function sweepModule(seed: number, profile: Profile): Uint8Array {
  const random = new Random(seed);
  const rows = rowsOf(profile);
  const shapes = profile === 'host' ? plainShapes : [...plainShapes, ...heapShapes, ...heapShapes];
  const functions = tableFunctions();
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
  const common = [func([I32], [I32]), func([I32, I32], [I32]), ...(profile === 'host' ? [] : heapTypes)];
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
        items: { kind: 'funcidx' as const, indices: [0, 1, 2] },
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

/** Every instruction in turn. Its loops end by themselves. */
export function instructionSweep(): Generator {
  return { name: 'instructions', isBounded: true, callCount: CALLS, next: sweepModule };
}
