/** Operators on values: C's, with types that meet in the wider one, wrapping as WebAssembly does. */
import { Failure } from '../../failure.ts';
import {
  type FloatType,
  type FloatValue,
  floatValue,
  type IntType,
  type IntValue,
  intShape,
  intValue,
  isIntType,
  isTrue,
  literal,
  type NumberType,
  textOf,
  type Value,
} from './values.ts';

/** What integers become before they meet: the further right wins. */
const ranks: readonly IntType[] = ['int', 'i32', 'u32', 'i64', 'u64'];

function numberOf(value: Value): IntValue | FloatValue {
  if (value.kind === 'int' || value.kind === 'float') return value;
  throw new Failure(`${textOf(value)} is no number`);
}

/** Narrow integers count as i32, as they do in WebAssembly. */
function rankOf({ type }: IntValue): number {
  return Math.max(ranks.indexOf(type), intShape(type).bits < 32 ? 1 : 0);
}

function truth(holds: boolean): IntValue {
  return intValue('i32', holds ? 1n : 0n);
}

function divided(left: bigint, right: bigint, operator: string): bigint {
  if (right === 0n) throw new Failure('division by zero');
  return operator === '/' ? left / right : left % right;
}

const intOperators: Readonly<Record<string, (left: bigint, right: bigint, bits: number) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => divided(left, right, '/'),
  '%': (left, right) => divided(left, right, '%'),
  '&': (left, right) => left & right,
  '|': (left, right) => left | right,
  '^': (left, right) => left ^ right,
  '<<': (left, right, bits) => left << BigInt.asUintN(Math.log2(bits), right),
  '>>': (left, right, bits) => left >> BigInt.asUintN(Math.log2(bits), right),
};

const floatOperators: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

const comparisons: Readonly<Record<string, (left: number | bigint, right: number | bigint) => boolean>> = {
  // biome-ignore lint/suspicious/noDoubleEquals: both are of one type here
  '==': (left, right) => left == right,
  // biome-ignore lint/suspicious/noDoubleEquals: both are of one type here
  '!=': (left, right) => left != right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** `&&` and `||` are the evaluator's: they may leave their right side alone. */
export function binary(operator: string, left: Value, right: Value): Value {
  if ((operator === '==' || operator === '!=') && (left.kind === 'opaque' || right.kind === 'opaque')) {
    return truth((textOf(left) === textOf(right)) === (operator === '=='));
  }
  const a = numberOf(left);
  const b = numberOf(right);
  return a.kind === 'int' && b.kind === 'int' ? intBinary(operator, a, b) : floatBinary(operator, a, b);
}

function intBinary(operator: string, left: IntValue, right: IntValue): Value {
  const type = ranks[Math.max(rankOf(left), rankOf(right))]!;
  const a = intValue(type, left.value).value;
  const b = intValue(type, right.value).value;
  const compare = comparisons[operator];
  if (compare !== undefined) return truth(compare(a, b));
  const result = intOperators[operator]!(a, b, intShape(type).bits);
  const memory = left.memory ?? right.memory;
  // Numbers as typed stay so while they are small.
  if (type === 'int' && result >= 0n) return { ...literal(BigInt.asUintN(64, result)), memory };
  return intValue(type, result, memory);
}

function floatBinary(operator: string, left: IntValue | FloatValue, right: IntValue | FloatValue): Value {
  const a = Number(left.value);
  const b = Number(right.value);
  const compare = comparisons[operator];
  if (compare !== undefined) return truth(compare(a, b));
  const operate = floatOperators[operator];
  if (operate === undefined) throw new Failure(`'${operator}' is for integers`);
  return floatValue(meetingType(left, right), operate(a, b));
}

/** f32 among f32s and numbers as typed, else f64. */
function meetingType(...values: readonly (IntValue | FloatValue)[]): FloatType {
  return values.every(({ type }) => type === 'f32' || type === 'int') ? 'f32' : 'f64';
}

export function unary(operator: string, operand: Value): Value {
  if (operator === '!') return truth(!isTrue(operand));
  const value = numberOf(operand);
  if (value.kind === 'float') {
    if (operator === '~') throw new Failure("'~' is for integers");
    return operator === '-' ? floatValue(value.type, -value.value) : value;
  }
  if (operator === '+') return value;
  const type = ranks[rankOf(value)]!;
  return intValue(type, operator === '-' ? -value.value : ~value.value);
}

/** As C casts: integers wrap, floats are cut towards zero. */
export function cast(type: NumberType, operand: Value): IntValue | FloatValue {
  const value = numberOf(operand);
  if (!isIntType(type)) return floatValue(type, Number(value.value));
  if (value.kind === 'int') return intValue(type, value.value, value.memory);
  if (!Number.isFinite(value.value)) throw new Failure(`${textOf(value)} is no integer`);
  return intValue(type, BigInt(Math.trunc(value.value)));
}
