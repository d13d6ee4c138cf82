/**
 * The instruction table's facts in the form the validator reads them fastest: arrays by `InstrId`.
 * Nothing is stated here that the table does not say, but for how lanes are counted.
 */
import {
  type AbstractHeapTypeName,
  type AddressType,
  abstractHeapTypes,
  I32,
  I64,
  type InstructionRow,
  InternalError,
  instructions,
  type Mnemonic,
  refType,
  type Signature,
  signatureOf,
  type ValType,
  valTypeByKeyword,
} from '../syntax/index.ts';

/** An instruction's type: `[operands] -> [results]`. */
export interface TypeSignature {
  readonly operands: readonly ValType[];
  readonly results: readonly ValType[];
}

function parseType(text: string): ValType {
  const heapName = /^\(ref (\w+)\)$/.exec(text)?.[1] as AbstractHeapTypeName | undefined;
  const type = heapName === undefined ? valTypeByKeyword(text) : refType(abstractHeapTypes[heapName], false);
  if (type === undefined) throw new InternalError(`unknown type ${text} in the instruction table`);
  return type;
}

const typeByText = new Map<string, ValType>();

function typeOf(text: string, address: AddressType): ValType {
  if (text === 'addr') return address;
  const type = typeByText.get(text) ?? parseType(text);
  typeByText.set(text, type);
  return type;
}

function signaturesFor(address: AddressType): readonly (TypeSignature | undefined)[] {
  // Equal signatures are one object: there are far fewer than rows.
  const typed = new Map<Signature, TypeSignature>();
  return instructions.map((row) => {
    const signature = signatureOf(row);
    if (signature === undefined) return undefined;
    const known = typed.get(signature);
    if (known !== undefined) return known;
    const types = {
      operands: signature.operands.map((text) => typeOf(text, address)),
      results: signature.results.map((text) => typeOf(text, address)),
    };
    typed.set(signature, types);
    return types;
  });
}

/** By id, with the addresses of 32-bit memories. Absent where the validator has a rule of its own. */
export const signatures32 = signaturesFor(I32);
/** By id, with the addresses of 64-bit memories. */
export const signatures64 = signaturesFor(I64);

/** log2 of the natural alignment, by id. */
export const naturalAlignLog2 = Uint8Array.from(instructions, (row) => Math.log2(row.accessBytes ?? 1));

const V128_BYTES = 16;

/** Lanes a lane index may name: of the instruction's shape, or as many as its access fits in a vector. */
function laneLimit(row: InstructionRow): number {
  if (row.imm === 'memarg_laneidx') return V128_BYTES / (row.accessBytes ?? 1);
  if (row.imm !== 'laneidx') return 0;
  return Number(/x(\d+)\./.exec(row.name)?.[1]);
}

/** Number of lanes, by id; 0 for instructions without a lane index. */
export const laneLimits = Uint8Array.from(instructions, laneLimit);

/** Instructions that a constant expression may hold. @see https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions */
const constantMnemonics = new Set<Mnemonic>([
  'i32.const',
  'i64.const',
  'f32.const',
  'f64.const',
  'v128.const',
  'i32.add',
  'i32.sub',
  'i32.mul',
  'i64.add',
  'i64.sub',
  'i64.mul',
  'ref.null',
  'ref.func',
  'ref.i31',
  'global.get',
  'struct.new',
  'struct.new_default',
  'array.new',
  'array.new_default',
  'array.new_fixed',
  'any.convert_extern',
  'extern.convert_any',
  'end',
]);

/** 1 where the instruction may stand in a constant expression, by id. */
export const isConstant = Uint8Array.from(instructions, (row) => (constantMnemonics.has(row.name) ? 1 : 0));
