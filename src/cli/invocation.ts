/** A call of an export as the command line writes it: a name, and arguments as text. */
import { funcOf, type Instance, type Module, type Value } from '../api/index.ts';
import { type FuncType, indexSpaces, type ValType, valTypesText } from '../syntax/index.ts';
import { Failure } from './failure.ts';
import { suggestion } from './nearest.ts';
import { printable } from './output.ts';
import { parseValue } from './values.ts';

export interface Invocation {
  readonly func: NonNullable<ReturnType<typeof funcOf>>;
  readonly values: readonly Value[];
}

/** @throws {Failure} for a function that is not exported, or arguments that it does not take */
export function invocationOf(instance: Instance, module: Module, name: string, texts: readonly string[]): Invocation {
  checkExported(module, name);
  const func = funcOf(instance.exports[name])!;
  return { func, values: valuesOf(name, func.type.params, texts) };
}

/** As `invocationOf`, for an instance that another agent has. */
export function invocationIn(module: Module, name: string, texts: readonly string[]): readonly Value[] {
  checkExported(module, name);
  const { syntax } = module;
  const { index } = syntax.exports.find((each) => each.name === name && each.kind === 'func')!;
  const { params } = syntax.types[indexSpaces(syntax).funcs[index]!]!.comp as FuncType;
  return valuesOf(name, params, texts);
}

function checkExported(module: Module, name: string): void {
  const functions = module.exports().filter(({ kind }) => kind === 'func');
  if (functions.some((each) => each.name === name)) return;
  const hint = suggestion(
    name,
    functions.map((each) => printable(each.name)),
  );
  throw new Failure(`there is no exported function '${name}'`, hint ?? 'the module exports no functions');
}

function valuesOf(name: string, params: readonly ValType[], texts: readonly string[]): readonly Value[] {
  if (texts.length !== params.length) {
    const wanted = `${params.length} ${params.length === 1 ? 'argument' : 'arguments'}`;
    throw new Failure(`'${name}' takes ${wanted} ${valTypesText(params)}, ${texts.length} given`);
  }
  return texts.map((text, index) => parseValue(text, params[index]!));
}
