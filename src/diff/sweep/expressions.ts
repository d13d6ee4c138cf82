/**
 * Short expressions around one instruction of the table: operands from parameters, constants and memory, the result
 * returned, stored, branched on or fed to another instruction. So each instruction runs in every form that lowering
 * has.
 */
import {
  F32,
  F64,
  type FuncType,
  I32,
  I64,
  type InstrId,
  instructions,
  type Mnemonic,
  type Proposal,
  signatureOf,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import { randomBits } from '../calls.ts';
import { Code, pushNumber } from '../prepare/index.ts';
import type { Random } from '../random.ts';
import { subsetOf } from './subsets.ts';

const typesByName: Readonly<Record<string, ValType>> = {
  i32: I32,
  i64: I64,
  f32: F32,
  f64: F64,
  v128: V128,
  addr: I32,
};
const immediates: ReadonlySet<string> = new Set(['none', 'memarg', 'memarg_laneidx', 'laneidx', 'lanes16']);

export interface Row {
  readonly id: InstrId;
  readonly name: Mnemonic;
  readonly operands: readonly ValType[];
  readonly results: readonly ValType[];
  readonly accessBytes: number;
  readonly imm: string;
}

/** Rows of numbers, vectors and memory that these expressions can use. */
export function usableRows(proposals: ReadonlySet<Proposal>): Row[] {
  return instructions.flatMap((row, id): Row[] => {
    const signature = signatureOf(row);
    const isKnown = signature !== undefined && immediates.has(row.imm) && proposals.has(row.proposal);
    // Waiting takes time, and nobody wakes.
    if (!isKnown || row.name.startsWith('memory.atomic.wait')) return [];
    const types = (names: readonly string[]) => names.map((name) => typesByName[name]);
    const operands = types(signature.operands);
    const results = types(signature.results);
    if (operands.includes(undefined) || results.includes(undefined)) return [];
    return [
      {
        id,
        name: row.name,
        operands: operands as ValType[],
        results: results as ValType[],
        accessBytes: row.accessBytes ?? 0,
        imm: row.imm,
      },
    ];
  });
}

/** Bytes of the memory that the sweep's modules have. */
export const MEMORY_BYTES = 65_536;
const MAX_PARAMS = 6;
const loads: Readonly<Record<number, Mnemonic>> = {
  [I32]: 'i32.load',
  [I64]: 'i64.load',
  [F32]: 'f32.load',
  [F64]: 'f64.load',
  [V128]: 'v128.load',
};

/** A function without its final `end`. */
export interface Made {
  readonly type: FuncType;
  readonly locals: readonly ValType[];
  readonly code: Code;
}

/** A function's body in the making. */
export class Expression {
  readonly code = new Code();
  readonly params: ValType[] = [];
  private readonly random: Random;
  private readonly rows: readonly Row[];

  constructor(random: Random, rows: readonly Row[]) {
    this.random = random;
    this.rows = rows;
  }

  /** Pushes a parameter; a new one while there is room. */
  param(type: ValType): void {
    const { params, random } = this;
    const known = params.flatMap((each, index) => (each === type ? [index] : []));
    if (known.length > 0 && (params.length >= MAX_PARAMS || random.below(4) === 0)) {
      this.code.at('local.get', random.pick(known));
    } else if (params.length < MAX_PARAMS) this.code.at('local.get', params.push(type) - 1);
    else this.constant(type);
  }

  constant(type: ValType): void {
    pushNumber(this.code, type, randomBits(type, this.random));
  }

  /** Pushes an address: mostly within the memory, at its end, or anything. */
  private address(accessBytes: number): void {
    const { random, code } = this;
    const choice = random.below(8);
    if (choice < 2) code.i32(random.below(40) * (random.below(4) === 0 ? 1 : Math.max(1, accessBytes)));
    else if (choice === 2) code.i32(MEMORY_BYTES - random.below(20));
    else if (choice === 3) this.param(I32);
    else {
      this.param(I32);
      code.i32(random.below(4) === 0 ? 0xff : 0xf8).op('i32.and');
    }
  }

  /** Pushes a value of a type. */
  value(type: ValType, depth: number): void {
    const { random } = this;
    const choice = random.below(6);
    if (depth > 0 && choice < 2) {
      const isMaker = ({ results }: Row) => results.length === 1 && results[0] === type;
      const makers = subsetOf(this.rows, `makes ${type}`, isMaker);
      this.instruction(random.pick(makers), depth - 1);
    } else if (choice === 2) this.constant(type);
    else if (choice === 3) {
      this.address(8);
      this.memarg(loads[type]!, 0);
    } else this.param(type);
  }

  private memarg(name: Mnemonic, alignLog2: number): void {
    const { random, code } = this;
    code.at(name, alignLog2);
    const choice = random.below(16);
    code.out.u32(
      choice < 10
        ? 0
        : choice < 14
          ? random.below(24)
          : choice === 14
            ? MEMORY_BYTES - random.below(24)
            : -random.below(16) - 1,
    );
  }

  /** Pushes operands and executes the instruction. */
  instruction(row: Row, depth: number): void {
    const { name, operands, accessBytes, imm } = row;
    const { random, code } = this;
    const isAccess = imm.startsWith('memarg');
    operands.forEach((type, i) => {
      if (isAccess && i === 0) this.address(accessBytes);
      else this.value(type, depth);
    });
    if (isAccess) {
      // Atomic accesses take their natural alignment only.
      const natural = Math.log2(accessBytes);
      this.memarg(name, name.includes('atomic') ? natural : random.below(natural + 1));
    } else code.op(name);
    writeLanes(code, row, random);
  }

  /** Uses a value on the stack in one of many ways. Returns the types that are left. */
  use(type: ValType): readonly ValType[] {
    const { random, code } = this;
    const choice = random.below(8);
    if (choice === 0) return this.store(type);
    if (choice < 4) return this.feed(type);
    if (type !== I32) return [type];
    if (choice === 4) {
      code.block('if', { result: I32 }).i32(17).op('else').i32(34).op('end');
    } else if (choice === 5) {
      // The operand of the branch is below its condition: it has to be made before, so it goes through a block.
      const kept = this.local(I32);
      code.at('local.set', kept).block('block', { result: I32 }).i32(51).at('local.get', kept).at('br_if', 0);
      code.op('drop').i32(68).op('end');
    } else if (choice === 6) {
      const kept = this.local(I32);
      code.at('local.set', kept);
      const selected = random.pick([I32, I64, F32, F64, V128]);
      if (selected === V128 && !this.rows.some(({ name }) => name === 'i32x4.splat')) return [I32];
      this.value(selected, 0);
      this.value(selected, 0);
      code.at('local.get', kept).op('select');
      return [selected];
    }
    return [I32];
  }

  private store(type: ValType): readonly ValType[] {
    const kept = this.local(type);
    const { code } = this;
    code.at('local.set', kept);
    this.address(8);
    code.at('local.get', kept);
    this.memarg(loads[type]!.replace('load', 'store') as Mnemonic, 0);
    return [];
  }

  /** Makes the value an operand of another instruction. */
  private feed(type: ValType): readonly ValType[] {
    const { random, code } = this;
    const isTaker = ({ operands, imm }: Row) => !imm.startsWith('memarg') && operands.includes(type);
    const takers = subsetOf(this.rows, `takes ${type}`, isTaker);
    const row = random.pick(takers);
    if (row === undefined) return [type];
    const kept = this.local(type);
    code.at('local.set', kept);
    const places = row.operands.flatMap((operand, i) => (operand === type ? [i] : []));
    const place = random.pick(places);
    row.operands.forEach((operand, i) => {
      if (i === place) code.at('local.get', kept);
      else this.value(operand, 0);
    });
    code.op(row.name);
    writeLanes(code, row, random);
    return row.results;
  }

  /** A local beyond the parameters: their number is known only at the end, so indices are high ones for now. */
  readonly locals: ValType[] = [];
  private local(type: ValType): number {
    return MAX_PARAMS + this.locals.push(type) - 1;
  }

  /** Parameters up to the first local. */
  paddedParams(): ValType[] {
    const padding = new Array<ValType>(MAX_PARAMS - this.params.length).fill(I32);
    return this.locals.length === 0 ? this.params : [...this.params, ...padding];
  }
}

/** The lane immediates of an instruction that has any. */
export function writeLanes(code: Code, { name, imm }: Row, random: Random): void {
  if (imm === 'laneidx' || imm === 'memarg_laneidx') code.out.u8(random.below(laneCount(name)));
  if (imm === 'lanes16') writeShuffle(code, random);
}

/** Any lanes, or whole words: those move in another way. */
function writeShuffle(code: Code, random: Random): void {
  const isWhole = random.below(2) === 0;
  for (let word = 0; word < 4; word++) {
    const first = 4 * random.below(8);
    for (let i = 0; i < 4; i++) code.out.u8(isWhole ? first + i : random.below(32));
  }
}

/** Lanes by an instruction's shape: `i8x16` has 16, `v128.load8_lane` too. */
function laneCount(name: string): number {
  const lanes = /^[if]\d+x(\d+)/.exec(name)?.[1];
  if (lanes !== undefined) return Number(lanes);
  return 128 / Number(/(?:load|store)(\d+)_lane/.exec(name)?.[1] ?? 128);
}
