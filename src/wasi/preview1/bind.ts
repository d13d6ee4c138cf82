/**
 * From the tables of functions to an import object for one guest, which holds both versions.
 *
 * Each call is handed the memory that the calling instance exports as `memory`, as WASI demands.
 */
import { type Caller, type HostFunction, hostFunction } from '../../api/index.ts';
import type { Tracer } from '../trace/index.ts';
import type { GuestMemory } from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import { callFunction, type Functions, preview1Functions, unstableFunctions } from './functions.ts';
import { type ArgumentsOf, coreTypeOf, type FunctionName, type ParameterKind, signatures } from './signatures.ts';
import { Turns } from './turns.ts';

export const PREVIEW1_MODULE_NAME = 'wasi_snapshot_preview1';
export const UNSTABLE_MODULE_NAME = 'wasi_unstable';

/** `wasi_unstable` has all but the one that was added later. */
export type UnstableName = Exclude<FunctionName, 'sock_accept'>;

export interface Preview1Imports extends Readonly<Record<string, Readonly<Record<string, HostFunction>>>> {
  readonly [PREVIEW1_MODULE_NAME]: Readonly<Record<FunctionName, HostFunction>>;
  readonly [UNSTABLE_MODULE_NAME]: Readonly<Record<UnstableName, HostFunction>>;
}

/** @param tracer looks at every call; absent: calls pay nothing for it */
export function preview1Imports(context: WasiContext, tracer?: Tracer): Preview1Imports {
  const names = Object.keys(signatures) as FunctionName[];
  const turns = context.maySuspend ? new Turns(context.clock) : undefined;
  const bindAll = (functions: Functions) =>
    Object.fromEntries(names.map((name) => [name, bind(name, { context, tracer, turns }, functions)]));
  const { sock_accept: _, ...unstable } = bindAll(unstableFunctions) as Record<FunctionName, HostFunction>;
  return {
    [PREVIEW1_MODULE_NAME]: bindAll(preview1Functions) as Record<FunctionName, HostFunction>,
    [UNSTABLE_MODULE_NAME]: unstable,
  };
}

/** Whether a function reads or writes memory. A program that only ever exits needs none. */
export function usesMemory(name: FunctionName): boolean {
  const parameters: readonly (readonly [string, ParameterKind, unknown?])[] = signatures[name].parameters;
  return parameters.some(([, kind]) => memoryKinds.has(kind));
}

const memoryKinds: ReadonlySet<ParameterKind> = new Set(['pointer', 'text', 'result']);
export const noMemory: GuestMemory = { byteLength: 0, range: () => new Uint8Array(0) };

/** What all calls of a guest share. */
interface Environment {
  readonly context: WasiContext;
  readonly tracer: Tracer | undefined;
  readonly turns: Turns | undefined;
}

function bind<N extends FunctionName>(
  name: N,
  { context, tracer, turns }: Environment,
  functions: Functions,
): HostFunction {
  const { parameters, result } = signatures[name];
  const kinds: readonly ParameterKind[] = parameters.map(([, kind]) => kind);
  const hasMemory = usesMemory(name);
  const memoryOf = (caller: Caller): GuestMemory => (hasMemory ? caller.memory() : noMemory);
  const call = (caller: Caller, ...args: never[]) =>
    callFunction(name, context, memoryOf(caller), args as unknown as ArgumentsOf<N>, functions);
  const tracedCall = (caller: Caller, ...args: never[]) =>
    tracer?.call(name, memoryOf(caller), args, () => call(caller, ...args), functions === unstableFunctions);
  const answer: (caller: Caller, ...args: never[]) => Outcome | undefined = tracer === undefined ? call : tracedCall;
  const answerInTurns = (caller: Caller, ...args: never[]) => turns?.after(answer(caller, ...args) ?? 0);
  return hostFunction(turns === undefined ? answer : answerInTurns, {
    params: kinds.map(coreTypeOf),
    results: result === 'errno' ? ['i32'] : [],
  });
}
