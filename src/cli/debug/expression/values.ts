/**
 * What expressions give: integers and floats with their types, lists of them, and what is only shown
 * (references, vectors). Integers are bigints whatever their width; each value is in its type's range.
 */
import { f32Text, f64Text } from '../../../text/index.ts';
import { Failure } from '../../failure.ts';

/** `int` is a number as typed: it takes the type of what it meets. */
export type IntType = 'int' | 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64';
export type FloatType = 'f32' | 'f64';
export type NumberType = IntType | FloatType;

export interface IntValue {
  readonly kind: 'int';
  readonly type: IntType;
  readonly value: bigint;
  /** Of an address: the memory it is in. */
  readonly memory?: number | undefined;
}

export interface FloatValue {
  readonly kind: 'float';
  readonly type: FloatType;
  readonly value: number;
  /** As the guest has it, when it is a NaN whose bits a number does not keep. */
  readonly text?: string | undefined;
}

/** A value that is shown and handed on, and not computed with. */
export interface OpaqueValue {
  readonly kind: 'opaque';
  readonly type: string;
  readonly text: string;
  readonly value: unknown;
}

export interface ListValue {
  readonly kind: 'list';
  readonly items: readonly Value[];
  /** Where the first item is in memory. */
  readonly address?: IntValue | undefined;
}

export type Value = IntValue | FloatValue | OpaqueValue | ListValue;

interface IntShape {
  readonly bits: number;
  readonly signed: boolean;
}

const intShapes: Readonly<Record<IntType, IntShape>> = {
  int: { bits: 64, signed: true },
  i8: { bits: 8, signed: true },
  u8: { bits: 8, signed: false },
  i16: { bits: 16, signed: true },
  u16: { bits: 16, signed: false },
  i32: { bits: 32, signed: true },
  u32: { bits: 32, signed: false },
  i64: { bits: 64, signed: true },
  u64: { bits: 64, signed: false },
};

export function intShape(type: IntType): IntShape {
  return intShapes[type];
}

/** Wrapped to the type's range. */
export function intValue(type: IntType, value: bigint, memory?: number): IntValue {
  const { bits, signed } = intShapes[type];
  return { kind: 'int', type, value: signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value), memory };
}

export function floatValue(type: FloatType, value: number, text?: string): FloatValue {
  return { kind: 'float', type, value: type === 'f32' ? Math.fround(value) : value, text };
}

/** A number as typed: one that needs more than 32 bits has 64 of its own. */
export function literal(value: bigint): IntValue {
  if (value < 2n ** 32n) return intValue('int', value);
  return intValue(value < 2n ** 63n ? 'i64' : 'u64', value);
}

export function isIntType(type: string): type is IntType {
  return Object.hasOwn(intShapes, type);
}

/** What the session shows of a variable. */
export interface VariableLike {
  readonly type: string;
  readonly value: unknown;
  readonly text: string;
}

export function valueOfVariable({ type, value, text }: VariableLike): Value {
  if ((type === 'i32' || type === 'i64') && (typeof value === 'number' || typeof value === 'bigint')) {
    return intValue(type, BigInt(value));
  }
  if ((type === 'f32' || type === 'f64') && typeof value === 'number') {
    return floatValue(type, value, Number.isNaN(value) ? text : undefined);
  }
  return { kind: 'opaque', type, text, value };
}

/** An address in a memory: i32 and i64 count as unsigned. @throws {Failure} for what is no address */
export function addressOf(value: Value): number {
  if (value.kind !== 'int') throw new Failure(`${textOf(value)} is no address`);
  const is64 = value.type === 'i64' || value.type === 'u64' || value.type === 'int';
  const address = is64 ? value.value : BigInt.asUintN(32, value.value);
  if (address < 0n || address > 2n ** 53n) throw new Failure(`${address} is no address`);
  return Number(address);
}

/** A count, an index. @throws {Failure} for what is none */
export function countOf(value: Value, what: string): number {
  const isCount = value.kind === 'int' && value.value >= 0n && value.value <= 2n ** 53n;
  if (!isCount) throw new Failure(`${textOf(value)} is no ${what}`);
  return Number(value.value);
}

export function isTrue(value: Value): boolean {
  if (value.kind === 'int') return value.value !== 0n;
  if (value.kind === 'float') return value.value !== 0;
  return value.kind === 'opaque' && value.text !== 'null';
}

const scratch = new DataView(new ArrayBuffer(8));

/** As the text format writes it. */
export function textOf(value: Value): string {
  switch (value.kind) {
    case 'int':
      return String(value.value);
    case 'float':
      return value.text ?? floatText(value);
    case 'opaque':
      return value.text;
    case 'list':
      return `{${value.items.map(textOf).join(', ')}}`;
  }
}

function floatText({ type, value }: FloatValue): string {
  if (type === 'f32') {
    scratch.setFloat32(0, value);
    return f32Text(scratch.getInt32(0));
  }
  scratch.setFloat64(0, value);
  return f64Text(scratch.getInt32(4), scratch.getInt32(0));
}

/** The type as casts name it. */
export function typeOf(value: Value): string {
  return value.kind === 'list' ? 'list' : value.type;
}
