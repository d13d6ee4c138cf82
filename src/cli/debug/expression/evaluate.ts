/** Gives expressions their values, and carries assignments out. */
import { Failure } from '../../failure.ts';
import { binary, cast, unary } from './arithmetic.ts';
import { byteLengthOf, readNumber, writeNumber } from './memory-values.ts';
import { type Expression, parseExpression, type Space } from './parse.ts';
import type { Scope, SettableVariable } from './scope.ts';
import { addressOf, countOf, type IntValue, intValue, isTrue, textOf, type Value, valueOfVariable } from './values.ts';

/** Items that a list may have. */
const MAX_ITEMS = 1000;

/** @throws {Failure} for text that is no expression, or one that has no value here */
export function evaluate(text: string, scope: Scope): Value {
  return valueIn(parseExpression(text), scope);
}

export function valueIn(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'name':
      return named(expression.name, expression.isQuoted, scope);
    case 'place':
      return placeValue(expression.space, expression.indices, scope);
    case 'load': {
      const { address, memory, bytes } = loadPlace(expression.address, scope);
      const value = readNumber(bytes, address, expression.type);
      return value.kind === 'int' ? { ...value, memory: memory === 0 ? undefined : memory } : value;
    }
    case 'address':
      return addressIn(expression.of, scope);
    case 'unary':
      return unary(expression.operator, valueIn(expression.operand, scope));
    case 'binary':
      return binaryIn(expression.operator, expression.left, expression.right, scope);
    case 'cast':
      return cast(expression.type, valueIn(expression.operand, scope));
    case 'choice':
      return valueIn(isTrue(valueIn(expression.condition, scope)) ? expression.then : expression.otherwise, scope);
    case 'assignment':
      return assign(expression.target, valueIn(expression.value, scope), scope);
    case 'list':
      return listIn(expression.first, countOf(valueIn(expression.count, scope), 'count'), scope);
  }
}

function binaryIn(operator: string, left: Expression, right: Expression, scope: Scope): Value {
  const first = valueIn(left, scope);
  if (operator === '&&' || operator === '||') {
    const decides = isTrue(first) === (operator === '||');
    return intValue('i32', (decides ? isTrue(first) : isTrue(valueIn(right, scope))) ? 1n : 0n);
  }
  return binary(operator, first, valueIn(right, scope));
}

function bare(name: string): string {
  return name.startsWith('$') ? name.slice(1) : name;
}

/** Names of the module come before the debugger's own. */
function named(name: string, isQuoted: boolean, scope: Scope): Value {
  const key = isQuoted ? name : bare(name);
  const variable = key === '' ? undefined : variableNamed(key, scope);
  if (variable !== undefined) return valueOfVariable(variable);
  const found = scope.func(key) ?? (isQuoted ? undefined : scope.special(key));
  if (found === undefined) throw new Failure(`there is no '${name}' here`);
  return found;
}

function variableNamed(key: string, scope: Scope): SettableVariable | undefined {
  return scope.local(key) ?? scope.global(key);
}

/** What stands at `local[0]`, `operand[0]`, `table[0][3]`; not memory. */
function variableAt(space: Exclude<Space, 'memory'>, indices: readonly Value[], scope: Scope): SettableVariable {
  const numbers = indices.map((index) => countOf(index, 'index'));
  const wanted = space === 'table' ? 2 : 1;
  if (numbers.length !== wanted) throw new Failure(`'${space}' takes ${wanted === 2 ? 'two indices' : 'one index'}`);
  const [first, second] = numbers as [number, number];
  const found = space === 'table' ? scope.tableElement(first, second) : scope[space](first);
  if (found === undefined) throw new Failure(`there is no ${space}${numbers.map((each) => `[${each}]`).join('')}`);
  return found;
}

function placeValue(space: Space, indices: readonly Expression[], scope: Scope): Value {
  const values = indices.map((index) => valueIn(index, scope));
  if (space !== 'memory') return valueOfVariable(variableAt(space, values, scope));
  const { bytes, address, memory } = memoryPlace(values, scope);
  return { ...(readNumber(bytes, address, 'u8') as IntValue), memory };
}

interface MemoryPlace {
  readonly memory: number;
  readonly address: number;
  readonly bytes: Uint8Array;
}

function bytesOf(memory: number, scope: Scope): Uint8Array {
  const bytes = scope.memory(memory);
  if (bytes === undefined) throw new Failure(memory === 0 ? 'there is no memory' : `there is no memory ${memory}`);
  return bytes;
}

/** `memory[0][16]`. */
function memoryPlace(indices: readonly Value[], scope: Scope): MemoryPlace {
  if (indices.length !== 2) throw new Failure("'memory' takes two indices: the memory's and the byte's");
  const memory = countOf(indices[0]!, 'index');
  return { memory, address: addressOf(indices[1]!), bytes: bytesOf(memory, scope) };
}

function loadPlace(address: Expression, scope: Scope): MemoryPlace {
  const value = valueIn(address, scope);
  const memory = (value.kind === 'int' ? value.memory : undefined) ?? 0;
  return { memory, address: addressOf(value), bytes: bytesOf(memory, scope) };
}

/** `&memory[1][16]`, `&*(i32*)16`: an address that knows its memory. */
function addressIn(of: Expression, scope: Scope): Value {
  if (of.kind === 'load') return valueIn(of.address, scope);
  if (of.kind !== 'place' || of.space !== 'memory') throw new Failure('only what is in memory has an address');
  const indices = of.indices.map((index) => valueIn(index, scope));
  const { memory, address } = memoryPlace(indices, scope);
  return { ...intValue('int', BigInt(address)), memory };
}

/** `FIRST@COUNT`: items that follow each other in memory. */
function listIn(first: Expression, count: number, scope: Scope): Value {
  if (first.kind !== 'load') throw new Failure("'@' takes a place in memory: *(u8*)16@4");
  if (count > MAX_ITEMS) throw new Failure(`a list has at most ${MAX_ITEMS} items; 'x' shows more`);
  const { address, bytes, memory } = loadPlace(first.address, scope);
  const step = byteLengthOf(first.type);
  const items = Array.from({ length: count }, (_, i) => readNumber(bytes, address + i * step, first.type));
  return { kind: 'list', items, address: { ...intValue('int', BigInt(address)), memory } };
}

function assign(target: Expression, value: Value, scope: Scope): Value {
  if (target.kind === 'load' || (target.kind === 'place' && target.space === 'memory')) {
    const type = target.kind === 'load' ? target.type : 'u8';
    const place =
      target.kind === 'load'
        ? loadPlace(target.address, scope)
        : memoryPlace(
            target.indices.map((index) => valueIn(index, scope)),
            scope,
          );
    writeNumber(place.bytes, place.address, type, cast(type, value));
    return readNumber(place.bytes, place.address, type);
  }
  if (target.kind === 'place') {
    const indices = target.indices.map((index) => valueIn(index, scope));
    const find = () => variableAt(target.space as Exclude<Space, 'memory'>, indices, scope);
    setVariable(find(), value);
    return valueOfVariable(find());
  }
  if (target.kind !== 'name') throw new Failure('only a variable or a place in memory can be set');
  const key = target.isQuoted ? target.name : bare(target.name);
  const variable = variableNamed(key, scope);
  if (variable === undefined) {
    if (!target.name.startsWith('$') || target.isQuoted) {
      throw new Failure(`there is no '${target.name}' here`, `a variable of your own begins with '$': $${key}`);
    }
    scope.setSpecial(key, value);
    return value;
  }
  setVariable(variable, value);
  return valueOfVariable(variableNamed(key, scope)!);
}

function setVariable(variable: SettableVariable, value: Value): void {
  const { type } = variable;
  if (type === 'i32' || type === 'f32' || type === 'f64') variable.set(Number(cast(type, value).value));
  else if (type === 'i64') variable.set(cast(type, value).value);
  else if (value.kind === 'opaque') variable.set(value.value);
  else throw new Failure(`${textOf(value)} is no ${type}`);
}
