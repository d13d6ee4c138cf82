/** Functions around instructions that belong to no expression: control, variables, tables, bulk memory, the heap. */
import {
  ANYREF,
  abstractHeapTypes,
  concreteHeapType,
  F32,
  F64,
  FUNCREF,
  I8,
  I16,
  I32,
  I64,
  type Mnemonic,
  refType,
  type SubType,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { Code } from '../prepare/index.ts';
import type { Random } from '../random.ts';

/** A function: its type, locals beyond its parameters, and its body without the final `end`. */
export interface Shape {
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
  readonly locals?: readonly ValType[];
  write(code: Code, random: Random): void;
}

const { i31, eq, array, struct, any } = abstractHeapTypes;
const numbers = [I32, I64, F32, F64] as const;

/** Indices of the sweep's definitions, which its modules all have. */
export const layout = {
  /** Globals of i32, i64, f32, f64. */
  globals: numbers,
  /** Elements of table 0: functions of two types in turn, then nothing. */
  tableLength: 8,
  dataLength: 64,
  types: { unary: 0, binary: 1, struct: 2, bytes: 3, shorts: 4, words: 5, longs: 6, doubles: 7, sub: 8, refs: 9 },
} as const;

const { types } = layout;

/** The heap's types: fields and elements of every width, and a subtype. */
export const heapTypes: readonly SubType[] = [
  {
    final: false,
    supertypes: [],
    comp: {
      kind: 'struct',
      fields: [I8, I16, I32, I64, F32, F64, ANYREF].map((storage) => ({ storage, mutable: true })),
    },
  },
  ...[I8, I16, I32, I64, F64].map((storage): SubType => {
    return { final: true, supertypes: [], comp: { kind: 'array', field: { storage, mutable: true } } };
  }),
  {
    final: true,
    supertypes: [types.struct],
    comp: {
      kind: 'struct',
      fields: [I8, I16, I32, I64, F32, F64, ANYREF, I32].map((storage) => ({ storage, mutable: true })),
    },
  },
  { final: true, supertypes: [], comp: { kind: 'array', field: { storage: ANYREF, mutable: true } } },
];

function pick(code: Code, random: Random, count: number): void {
  // A parameter brought into range mostly, and as it is now and then.
  if (random.below(6) > 0) code.i32(count - 1).op('i32.and');
}

const control: readonly Shape[] = [
  {
    params: [I32],
    results: [I32],
    write(code, random) {
      const labels = 1 + random.below(4);
      code.block('block', { result: I32 });
      for (let i = 0; i < labels; i++) code.block('block');
      code.at('local.get', 0);
      pick(code, random, 8);
      code.at('br_table', labels - 1);
      for (let i = 0; i < labels; i++) code.out.u32(i);
      for (let i = 0; i < labels; i++)
        code
          .op('end')
          .i32(100 + i)
          .at('br', labels - 1 - i);
      code.op('end');
    },
  },
  {
    params: [I32, I32],
    results: [I32],
    write(code, random) {
      code.i32(7).at('local.get', 0);
      pick(code, random, layout.tableLength);
      code.at('call_indirect', types.unary);
      code.out.u32(0);
      code.at('local.get', 1).op('i32.add');
    },
  },
  {
    // A loop that counts down, with a sum.
    params: [I32, I64],
    results: [I64],
    locals: [I64],
    write(code) {
      code.at('local.get', 0).i32(31).op('i32.and').at('local.set', 0);
      code
        .block('loop')
        .at('local.get', 2)
        .at('local.get', 1)
        .op('i64.add')
        .i64(3, 0)
        .op('i64.rotl')
        .at('local.set', 2);
      code.at('local.get', 0).i32(1).op('i32.sub').at('local.tee', 0).i32(0).op('i32.gt_s').at('br_if', 0).op('end');
      code.at('local.get', 2);
    },
  },
  ...([I32, I64, F32, F64, V128] as const).map(
    (type): Shape => ({
      params: [type, type, I32],
      results: [type],
      write: (code, random) => {
        code.at('local.get', 0).at('local.get', 1).at('local.get', 2);
        if (random.below(2) === 0) code.op('select');
        else {
          code.at('select_t', 1);
          code.out.valType(type);
        }
      },
    }),
  ),
  ...numbers.map(
    (type, index): Shape => ({
      params: [type, type],
      results: [type, type],
      write: (code) => {
        code.at('global.get', index).at('local.get', 0).at('global.set', index);
        code.at('local.get', 1).at('local.tee', 0).op('drop').at('global.get', index);
      },
    }),
  ),
];

const bulk = (name: Mnemonic, first: number, second?: number): Shape => ({
  params: [I32, I32, I32],
  results: [I32],
  write(code, random) {
    for (let i = 0; i < 3; i++) {
      code.at('local.get', i);
      if (random.below(8) > 0) code.i32(name.startsWith('table') ? 7 : 63).op('i32.and');
    }
    if (name === 'table.fill') code.op('drop', 'drop').heap('ref.null', abstractHeapTypes.func).i32(random.below(4));
    code.at(name, first);
    if (second !== undefined) code.out.u32(second);
    code.at('local.get', 0).i32(7).op('i32.and').at('table.get', 0).op('ref.is_null');
  },
});

const tables: readonly Shape[] = [
  bulk('memory.fill', 0),
  bulk('memory.copy', 0, 0),
  bulk('memory.init', 1, 0),
  bulk('table.copy', 0, 0),
  bulk('table.init', 1, 0),
  bulk('table.fill', 0),
  {
    params: [I32],
    results: [I32],
    write(code, random) {
      code.at('local.get', 0);
      if (random.below(4) > 0) code.i32(15).op('i32.and');
      code.at('table.get', 0).op('ref.is_null');
    },
  },
  {
    params: [I32, I32],
    results: [I32],
    write(code) {
      code
        .at('local.get', 0)
        .i32(15)
        .op('i32.and')
        .at('local.get', 1)
        .i32(7)
        .op('i32.and')
        .at('table.get', 0)
        .at('table.set', 0);
      code.at('table.size', 0);
    },
  },
  {
    params: [I32],
    results: [I32, I32],
    write: (code) => {
      code
        .heap('ref.null', abstractHeapTypes.func)
        .at('local.get', 0)
        .i32(3)
        .op('i32.and')
        .at('table.grow', 0)
        .at('table.size', 0);
    },
  },
  {
    params: [I32],
    results: [I32, I32],
    write: (code) => {
      code.at('local.get', 0).i32(1).op('i32.and').at('memory.grow', 0).at('memory.size', 0);
    },
  },
  { params: [], results: [I32], write: (code) => void code.at('data.drop', 1).at('elem.drop', 1).i32(1) },
];

/** Pushes one of several references, by a parameter. */
function pushAny(code: Code, param: number): void {
  code.block('block', { result: ANYREF }).block('block').block('block').block('block').block('block');
  code.at('local.get', param).i32(7).op('i32.and').at('br_table', 4);
  for (let i = 0; i < 5; i++) code.out.u32(Math.min(i, 3));
  code.op('end').heap('ref.null', any).at('br', 3);
  code.op('end').at('local.get', param).op('ref.i31').at('br', 2);
  code.op('end').at('struct.new_default', types.struct).at('br', 1);
  code.op('end').i32(3).at('array.new_default', types.words).at('br', 0).op('end');
}

const heaps = [
  i31,
  eq,
  array,
  struct,
  any,
  ...[types.struct, types.words, types.bytes, types.sub].map(concreteHeapType),
];

function arrayShape(typeidx: number, type: ValType, isPacked: boolean): Shape {
  return {
    params: [I32, type, I32],
    results: [type, I32],
    locals: [refType(concreteHeapType(typeidx), true)],
    write(code, random) {
      const made = 3;
      const at = (param: number) => {
        code.at('local.get', param);
        if (random.below(4) > 0) code.i32(3).op('i32.and');
      };
      const choice = random.below(4);
      if (choice === 0) code.at('local.get', 1).i32(5).at('array.new', typeidx);
      else if (choice === 1) code.i32(4).at('array.new_default', typeidx);
      else if (choice === 2) {
        code.at('local.get', 1).at('local.get', 1).at('array.new_fixed', typeidx);
        code.out.u32(2);
      } else {
        at(0);
        at(2);
        code.at('array.new_data', typeidx);
        code.out.u32(1);
      }
      code.at('local.set', made).at('local.get', made);
      at(0);
      code.at('local.get', 1).at('array.set', typeidx);
      if (random.below(2) === 0) {
        code.at('local.get', made);
        at(2);
        code.at('local.get', 1);
        at(0);
        code.at('array.fill', typeidx);
      }
      if (random.below(2) === 0) {
        code.at('local.get', made);
        at(2);
        code.at('local.get', made);
        at(0);
        at(2);
        code.at('array.copy', typeidx);
        code.out.u32(typeidx);
      }
      code.at('local.get', made);
      at(2);
      code.at(isPacked ? random.pick(['array.get_s', 'array.get_u'] as const) : 'array.get', typeidx);
      code.at('local.get', made).op('array.len');
    },
  };
}

const heap: readonly Shape[] = [
  {
    params: [I32],
    results: [I32, I32],
    write: (code) => {
      code.at('local.get', 0).op('ref.i31', 'i31.get_s').at('local.get', 0).op('ref.i31', 'i31.get_u');
    },
  },
  {
    params: [I32],
    results: [I32],
    write(code, random) {
      pushAny(code, 0);
      code.heap(random.pick(['ref.test', 'ref.test null'] as const), random.pick(heaps));
    },
  },
  {
    params: [I32],
    results: [I32],
    write(code, random) {
      pushAny(code, 0);
      code.heap(random.pick(['ref.cast', 'ref.cast null'] as const), random.pick(heaps)).op('ref.is_null');
    },
  },
  {
    params: [I32, I32],
    results: [I32],
    write(code, random) {
      for (const param of [0, 1]) {
        pushAny(code, param);
        code.heap('ref.cast null', eq);
        if (random.below(4) === 0) code.op('ref.as_non_null');
      }
      code.op('ref.eq');
    },
  },
  {
    params: [I32],
    results: [I32],
    write(code, random) {
      const name = random.pick(['br_on_cast', 'br_on_cast_fail'] as const);
      const to = random.pick([i31, array, struct]);
      code.block('block', { result: ANYREF });
      pushAny(code, 0);
      code.op(name);
      code.out.u8(1 | (random.below(2) << 1));
      code.out.u32(0);
      code.out.heapType(any);
      code.out.heapType(to);
      code.op('drop').i32(5).op('return', 'end', 'ref.is_null');
    },
  },
  {
    params: [I32, I32, I64, F32, F64],
    results: [I32, I32, I64, F32, F64],
    locals: [refType(concreteHeapType(types.struct), true)],
    write(code, random) {
      const made = 5;
      code.at('local.get', 0).at('local.get', 1).at('local.get', 0);
      for (const param of [2, 3, 4]) code.at('local.get', param);
      code.heap('ref.null', any).at('struct.new', types.struct).at('local.set', made);
      const get = (name: Mnemonic, field: number) => {
        code.at('local.get', made).at(name, types.struct);
        code.out.u32(field);
      };
      get(random.pick(['struct.get_s', 'struct.get_u'] as const), 0);
      get(random.pick(['struct.get_s', 'struct.get_u'] as const), 1);
      for (const field of [3, 4, 5]) get('struct.get', field);
    },
  },
  arrayShape(types.bytes, I32, true),
  arrayShape(types.shorts, I32, true),
  arrayShape(types.words, I32, false),
  arrayShape(types.longs, I64, false),
  arrayShape(types.doubles, F64, false),
];

/** What there is without the heap, and with it. */
export const plainShapes: readonly Shape[] = [...control, ...tables];
export const heapShapes: readonly Shape[] = heap;
export const tableType = FUNCREF;
