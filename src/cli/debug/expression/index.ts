/** The debugger's expressions. */
export { evaluate, valueIn } from './evaluate.ts';
export { characterText, checkFormat, formatted, quotedText } from './format.ts';
export { byteLengthOf, readNumber } from './memory-values.ts';
export { changesGuest, type Expression, parseExpression, splitAtCommas } from './parse.ts';
export type { Scope, SettableVariable } from './scope.ts';
export {
  addressOf,
  countOf,
  type IntValue,
  intValue,
  isTrue,
  type NumberType,
  textOf,
  typeOf,
  type Value,
  valueOfVariable,
} from './values.ts';
