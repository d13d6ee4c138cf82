/** A call of an export as the command line writes it: a name, and arguments as text. */
import { funcOf, type Instance, type Module, type Value } from '../api/index.ts';
import { valTypesText } from '../syntax/index.ts';
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
  const functions = module.exports().filter(({ kind }) => kind === 'func');
  const entry = functions.find((each) => each.name === name);
  if (entry === undefined) {
    const hint = suggestion(
      name,
      functions.map((each) => printable(each.name)),
    );
    throw new Failure(`there is no exported function '${name}'`, hint ?? 'the module exports no functions');
  }
  const func = funcOf(instance.exports[name])!;
  const { params } = func.type;
  if (texts.length !== params.length) {
    const wanted = `${params.length} ${params.length === 1 ? 'argument' : 'arguments'}`;
    throw new Failure(`'${name}' takes ${wanted} ${valTypesText(params)}, ${texts.length} given`);
  }
  return { func, values: texts.map((text, index) => parseValue(text, params[index]!)) };
}
