/**
 * From the table of functions to an import object for one guest.
 *
 * Each call is handed the memory of the instance that makes it, by its export `memory`, as WASI demands.
 */
import type { GuestMemory } from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import { callFunction } from './functions.ts';
import { type ArgumentsOf, type FunctionName, signatures } from './signatures.ts';

/** Who calls: the embedding API's `Caller`. */
export interface WasiCaller {
  memory(name?: string): GuestMemory;
}

export type WasiFunction = (caller: WasiCaller, ...args: readonly (number | bigint)[]) => Outcome | undefined;

export interface Preview1Imports {
  readonly [moduleName: string]: { readonly [functionName: string]: WasiFunction };
}

export const PREVIEW1_MODULE_NAME = 'wasi_snapshot_preview1';

export function preview1Imports(context: WasiContext): Preview1Imports {
  const names = Object.keys(signatures) as FunctionName[];
  const entries = names.map((name) => [name, bind(name, context)] as const);
  return { [PREVIEW1_MODULE_NAME]: Object.fromEntries(entries) };
}

function bind<N extends FunctionName>(name: N, context: WasiContext): WasiFunction {
  return (caller, ...args) => callFunction(name, context, caller.memory(), args as ArgumentsOf<N>);
}
