/**
 * Whom to believe when what was written is read back otherwise: the instruction that wrote, or the one that reads. A
 * small module writes known values in several ways and reads them; a reader is doubted when it differs after each.
 */

import {
  abstractHeapTypes,
  type HeapType,
  heapTypeOf,
  I64,
  indexSpaces,
  isConcrete,
  isRef,
  type Module,
  typeidxOf,
  type ValType,
  valTypeText,
} from '../../syntax/index.ts';
import { parseModule } from '../../text/index.ts';
import type { Engine, PreparedCase, RunLimits } from '../case.ts';

/** Readers that are doubted, each an instruction and what it reads: `global.get i64`, `struct.get i8`. */
export type Doubts = ReadonlySet<string>;

/** A reader, and the functions of the control module that use it, each after another way of writing. */
interface Reading {
  readonly key: string;
  readonly definitions: string;
  /** Bodies; each tells some i64. */
  readonly ways: readonly Way[];
}

interface Way {
  readonly writes: string;
  readonly told: readonly string[];
}

/** Two values of each type; in the text format, `S` of packed fields. */
const values: Readonly<Record<string, readonly [string, string]>> = {
  i8: ['(i32.const 0x89)', '(i32.const 0x7c)'],
  i16: ['(i32.const 0x89ab)', '(i32.const 0x7cde)'],
  i32: ['(i32.const 0x89abcdef)', '(i32.const 0x7cba9876)'],
  i64: ['(i64.const 0x89abcdef01234567)', '(i64.const 0x7cba987689abcdef)'],
  f32: ['(f32.const -0x1.234568p+3)', '(f32.const nan:0x212345)'],
  f64: ['(f64.const -0x1.23456789abcdep+300)', '(f64.const nan:0x4123456789abc)'],
  v128: ['(v128.const i32x4 0x81234567 2 0x83456789 4)', '(v128.const i32x4 5 0x86789abc 7 0x889abcde)'],
  funcref: ['(ref.func $f)', '(ref.null func)'],
  anyref: ['(ref.i31 (i32.const -5))', '(ref.null any)'],
};

/** The reading of references by their kinds. */
export const TELLING = 'ref.test';

const { any, eq, i31, struct, array, none, func, nofunc } = abstractHeapTypes;
const anyTypes: ReadonlySet<HeapType> = new Set([any, eq, i31, struct, array, none]);

/** What stands for a type among the values; `undefined` where none can be made. */
export function doubtClass(type: ValType, module: Module): string | undefined {
  if (!isRef(type)) return valTypeText(type);
  const heap = heapTypeOf(type);
  if (heap === func || heap === nofunc) return 'funcref';
  if (isConcrete(heap)) return module.types[typeidxOf(heap)]!.comp.kind === 'func' ? 'funcref' : 'anyref';
  return anyTypes.has(heap) ? 'anyref' : undefined;
}

/** Expressions of i64 that tell a value of a class. */
function told(of: string, value: string): string[] {
  if (of === 'i64') return [value];
  if (of === 'f32') return [`(i64.extend_i32_u (i32.reinterpret_f32 ${value}))`];
  if (of === 'f64') return [`(i64.reinterpret_f64 ${value})`];
  if (of === 'v128') return [0, 1].map((lane) => `(i64x2.extract_lane ${lane} ${value})`);
  if (of === 'funcref' || of === 'anyref') return [`(i64.extend_i32_u (ref.is_null ${value}))`];
  return [`(i64.extend_i32_u ${value})`];
}

function globalReading(of: string): Reading {
  const [value, other] = values[of]!;
  const definitions = `(global $${of} ${of} ${value}) (global $mut_${of} (mut ${of}) ${other})`;
  const set = `(global.set $mut_${of} ${value})`;
  return {
    key: `global.get ${of}`,
    definitions,
    ways: [
      { writes: '', told: told(of, `(global.get $${of})`) },
      { writes: set, told: told(of, `(global.get $mut_${of})`) },
    ],
  };
}

const TABLE_LENGTH = 8;
const FILLED = [1, 2, 5];

function tableReading(of: string, address: 'i32' | 'i64'): Reading {
  const [value] = values[of]!;
  const name = `${of}_${address}`;
  const at = (index: number) => `(${address}.const ${index})`;
  const elems = FILLED.map((index) => {
    return `(elem (table $${name}) ${at(index)} ${of === 'funcref' ? 'func $f' : `${of} ${value}`})`;
  });
  const all = (table: string) =>
    Array.from({ length: TABLE_LENGTH }, (_, i) => told(of, `(table.get $${table} ${at(i)})`)).flat();
  const size = address === 'i64' ? `i64 ${TABLE_LENGTH}` : TABLE_LENGTH;
  return {
    key: `table.get ${of}`,
    definitions: `(table $${name} ${size} ${of}) (table $set_${name} ${size} ${of}) ${elems.join(' ')}`,
    ways: [
      { writes: '', told: all(name) },
      {
        writes: FILLED.map((index) => `(table.set $set_${name} ${at(index)} ${value})`).join(' '),
        told: all(`set_${name}`),
      },
    ],
  };
}

const getOf = (of: string) => (of === 'i8' || of === 'i16' ? 'get_u' : 'get');

function structReading(of: string): Reading {
  const [a, b] = values[of]!;
  const type = `$struct_${of}`;
  const local = `$made_struct_${of}`;
  const fields = [0, 1].flatMap((field) => told(of, `(struct.${getOf(of)} ${type} ${field} (local.get ${local}))`));
  const sets = [a, b].map((value, field) => `(struct.set ${type} ${field} (local.get ${local}) ${value})`).join(' ');
  return {
    key: `struct.get ${of}`,
    definitions: `(type ${type} (struct (field (mut ${of})) (field (mut ${of}))))`,
    ways: [
      {
        writes: `(local ${local} (ref null ${type})) (local.set ${local} (struct.new ${type} ${a} ${b}))`,
        told: fields,
      },
      {
        writes: `(local ${local} (ref null ${type})) (local.set ${local} (struct.new_default ${type})) ${sets}`,
        told: fields,
      },
    ],
  };
}

function arrayReading(of: string): Reading {
  const [a, b] = values[of]!;
  const type = `$array_${of}`;
  const local = `$made_array_${of}`;
  const items = [0, 1].flatMap((i) => {
    return told(of, `(array.${getOf(of)} ${type} (local.get ${local}) (i32.const ${i}))`);
  });
  const sets = [a, b].map((value, i) => `(array.set ${type} (local.get ${local}) (i32.const ${i}) ${value})`).join(' ');
  return {
    key: `array.get ${of}`,
    definitions: `(type ${type} (array (mut ${of})))`,
    ways: [
      {
        writes: `(local ${local} (ref null ${type})) (local.set ${local} (array.new_fixed ${type} 2 ${a} ${b}))`,
        told: items,
      },
      {
        writes: `(local ${local} (ref null ${type})) (local.set ${local} (array.new_default ${type} (i32.const 2))) ${sets}`,
        told: items,
      },
    ],
  };
}

const nullReading: Reading = {
  key: 'ref.is_null',
  definitions: '',
  ways: [{ writes: '', told: [...told('funcref', '(ref.func $f)'), ...told('funcref', '(ref.null func)')] }],
};

/** What records tell of references, as `tellsObjects` has it. */
const objectReading: Reading = {
  key: TELLING,
  definitions: `(type $bytes (array i8)) (type $longs (array i64)) (type $empty (struct))
    (global $small i31ref (ref.i31 (i32.const 9))) (global $large i31ref (ref.i31 (i32.const 0x35555555)))`,
  ways: [
    {
      writes: '',
      told: [
        '(ref.i31 (i32.const -5))',
        '(ref.i31 (i32.const 5))',
        '(struct.new $empty)',
        '(array.new_default $bytes (i32.const 3))',
      ]
        .flatMap((value) => [
          `(i64.extend_i32_u (ref.test i31ref ${value}))`,
          `(i64.extend_i32_u (ref.test arrayref ${value}))`,
        ])
        .concat(
          '(i64.extend_i32_u (i31.get_s (ref.cast i31ref (global.get $small))))',
          '(i64.extend_i32_u (i31.get_s (ref.cast i31ref (global.get $large))))',
          ...['$bytes', '$longs'].map((type) => {
            return `(i64.extend_i32_u (array.len (ref.cast arrayref (array.new_default ${type} (i32.const 3)))))`;
          }),
        ),
    },
  ],
};

/** A constant table element's call, by each index: null, and functions that tell who they are. */
const callReading: Reading = {
  key: 'call_indirect',
  // Neither table is the module's first, which a wrong call may take instead.
  definitions: `(type $who (func (result i64))) (table 1 funcref) (table $who 4 funcref) (elem (table $who) (i32.const 1) func $a $b)
    (table $called 2 funcref)
    (func $a (type $who) (i64.const 1)) (func $b (type $who) (i64.const 2))`,
  ways: [
    { writes: '', told: [1, 2].map((i) => `(call_indirect $who (type $who) (i32.const ${i}))`) },
    {
      writes: '(table.set $called (i32.const 0) (ref.func $b)) (table.set $called (i32.const 1) (ref.func $a))',
      told: [0, 1].map((i) => `(call_indirect $called (type $who) (i32.const ${i}))`),
    },
  ],
};

/** What must not be called: an element of another type, none, and what is beyond the table. */
const refusals: readonly Reading[] = [
  '(call_indirect $who (type $other) (i64.const 0) (i32.const 1))',
  '(call_indirect $who (type $who) (i32.const 0))',
  '(call_indirect $who (type $who) (i32.const 4))',
].map((call, i) => ({
  key: 'call_indirect',
  definitions: i === 0 ? '(type $other (func (param i64) (result i64)))' : '',
  ways: [{ writes: '', told: [call] }],
}));

/** Nor is an element to be called by a subtype of its type; by a supertype it is. */
const subtypeRefusal: Reading = {
  key: 'call_indirect',
  definitions: `(type $super (sub (func (result i64)))) (type $sub (sub $super (func (result i64))))
    (table $typed 1 funcref) (elem (table $typed) (i32.const 0) func $general)
    (func $general (type $super) (i64.const 1))`,
  ways: [{ writes: '', told: ['(call_indirect $typed (type $sub) (i32.const 0))'] }],
};

/** Not a reader, but what only a call shows: the function that a reference is of, however it comes to the table. */
const funcReading: Reading = {
  key: 'ref.func',
  definitions: '(table $set 2 funcref) (table $grown 1 funcref)',
  ways: [
    {
      writes: '(table.set $set (i32.const 1) (ref.func $a))',
      told: ['(call_indirect $set (type $who) (i32.const 1))'],
    },
    {
      writes: '(drop (table.grow $grown (ref.func $a) (i32.const 1)))',
      told: ['(call_indirect $grown (type $who) (i32.const 1))'],
    },
  ],
};

/** The readers that a module's trace would use. */
function readingsOf(module: Module): Reading[] {
  const { globals, tables } = indexSpaces(module);
  const classes = (types: readonly ValType[]) => classesOf(types, module);
  const tableKinds = (['i32', 'i64'] as const).flatMap((address) => {
    const own = tables.filter((table) => (table.address === I64) === (address === 'i64'));
    return classes(own.map(({ element }) => element)).map((of) => tableReading(of, address));
  });
  return [
    nullReading,
    ...(tables.length > 0 ? [callReading, ...refusals, funcReading] : []),
    ...classes(globals.map(({ content }) => content)).map(globalReading),
    ...tableKinds,
  ];
}

/** Those of garbage collection, which not every engine has. */
function objectReadings(module: Module): Reading[] {
  const storages = (kind: 'struct' | 'array') => {
    const found = module.types.flatMap(({ comp }) => {
      if (comp.kind === 'struct' && kind === 'struct') return comp.fields.map(({ storage }) => storage);
      return comp.kind === 'array' && kind === 'array' ? [comp.field.storage] : [];
    });
    return classesOf(found, module);
  };
  return [
    objectReading,
    ...(indexSpaces(module).tables.length > 0 ? [subtypeRefusal] : []),
    ...storages('struct').map(structReading),
    ...storages('array').map(arrayReading),
  ];
}

function classesOf(types: readonly ValType[], module: Module): string[] {
  const found = types.map((type) => doubtClass(type, module));
  return [...new Set(found.filter((each): each is string => each !== undefined))];
}

function controlText(readings: readonly Reading[]): string {
  const funcs = readings.flatMap(({ ways }, i) =>
    ways.map(({ writes, told: results }, way) => {
      const types = results.map(() => 'i64').join(' ');
      return `(func (export "${i} ${way}") (result ${types}) ${writes} ${results.join(' ')})`;
    }),
  );
  return `(module ${readings.map(({ definitions }) => definitions).join(' ')}
    (func $f) (elem declare func $f) ${funcs.join('\n')})`;
}

/** Which readers of a module's state are themselves wrong in one of two engines. */
export async function findDoubts(module: Module, ours: Engine, theirs: Engine, limits: RunLimits): Promise<Doubts> {
  const engines = { ours, theirs, limits };
  const own = await doubtsAmong(readingsOf(module), engines);
  return new Set([...own, ...(await doubtsAmong(objectReadings(module), engines))]);
}

async function doubtsAmong(
  readings: readonly Reading[],
  { ours, theirs, limits }: { ours: Engine; theirs: Engine; limits: RunLimits },
): Promise<string[]> {
  const calls = readings.flatMap(({ ways }, i) => ways.map((_, way) => ({ name: `${i} ${way}`, args: [] })));
  const { bytes } = parseModule(controlText(readings));
  const nothing = { importsLog: false, state: undefined, memories: [], fuelGlobal: undefined, fuel: 0 };
  const control: PreparedCase = { id: 'control', bytes, calls, ...nothing };
  const pending = theirs.run([control], limits);
  const [mine] = await ours.run([control], limits);
  const [other] = await pending;
  if (mine?.kind !== 'ran' || other?.kind !== 'ran') return [];
  const differs = (name: string) => {
    const at = 1 + calls.findIndex((call) => call.name === name);
    const [a, b] = [mine.observations[at]?.ending, other.observations[at]?.ending];
    if (a?.kind !== 'results' || b?.kind !== 'results') return a?.kind !== b?.kind;
    return a.bits.some((bits, i) => bits !== b.bits[i]);
  };
  return readings.filter(({ ways }, i) => ways.every((_, way) => differs(`${i} ${way}`))).map(({ key }) => key);
}
