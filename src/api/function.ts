/**
 * Functions on both sides: exported wasm functions as JavaScript functions, and JavaScript functions as
 * imports.
 */
import { type AsyncHost, Interruption, invoke, invokeAsync, runningFibers } from '../interpreter/index.ts';
import { Func, type HostArguments, type HostBody, type Instance as RuntimeInstance } from '../runtime/index.ts';
import { Exhaustion, type FuncType, LinkError, typeRegistry, UsageError, valTypeText } from '../syntax/index.ts';
import { Caller } from './caller.ts';
import { nextTurn, startTimer } from './event-loop.ts';
import { outward } from './exception.ts';
import { storeOf } from './ownership.ts';
import { emptyArguments, readExact, readValues, type Value, writeExact, writeValues } from './values.ts';

/** A JavaScript function that receives the calling instance first. Make one with `hostFunction`. */
export class HostFunction {
  readonly body: (caller: Caller, ...args: never[]) => unknown;
  /** The only type it can be imported with; absent: any. */
  readonly type: HostFunctionType | undefined;

  constructor(body: (caller: Caller, ...args: never[]) => unknown, type?: HostFunctionType) {
    this.body = body;
    this.type = type;
  }
}

/** Value types by their keywords, such as `i32`. */
export interface HostFunctionType {
  readonly params: readonly string[];
  readonly results: readonly string[];
}

/**
 * Marks a JavaScript function as one that wants to know who calls it.
 *
 * @param body gets the `Caller`, then the arguments; may return a promise when the guest was called by `callAsync`
 * @param type when given, a module that imports the function with another type fails to link
 */
export function hostFunction(
  body: (caller: Caller, ...args: never[]) => unknown,
  type?: HostFunctionType,
): HostFunction {
  return new HostFunction(body, type);
}

/**
 * What a host function may return in place of a promise: `cancel` is called when the guest ends while it waits, by a
 * signal or its store's timeout. It lets go of timers and the like; the promise then need not settle any more.
 */
export interface CancellablePromise<T> extends PromiseLike<T> {
  cancel(): void;
}

/** What is used of an `AbortSignal`; a host that has none may pass an object of its own. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Options of an asynchronous call. */
export interface AsyncCallOptions {
  /** Ends the call with an Exhaustion `aborted`, even while the guest waits. */
  readonly signal?: AbortSignalLike | undefined;
}

const funcs = new WeakMap<object, Func>();

/** The function instance behind an exported function, `undefined` for any other JavaScript function. */
export function funcBehind(value: unknown): Func | undefined {
  return typeof value === 'function' ? funcs.get(value) : undefined;
}

/** The JavaScript function that stands for `f`: always the same one. */
export function exportedFunction(f: Func): (...values: unknown[]) => unknown {
  if (f.exported !== null) return f.exported as (...values: unknown[]) => unknown;
  const exported = (...values: unknown[]) => resultOf(f, callWith(f, values));
  Object.defineProperty(exported, 'name', { value: String(f.funcidx) });
  Object.defineProperty(exported, 'length', { value: f.type.params.length });
  f.exported = exported;
  funcs.set(exported, f);
  return exported;
}

function callWith(f: Func, values: readonly unknown[]): HostArguments {
  const args = emptyArguments(f.type.params, f.type.results);
  writeValues(args, f.type.params, values);
  call(f, args);
  return args;
}

/** No result is `undefined`, one is itself, several are an array. */
export function resultOf({ type }: Func, args: HostArguments): unknown {
  const values = readValues(args, type.results);
  return values.length > 1 ? values : values[0];
}

/** Calls a function with arguments in place. @throws what the guest or a host function throws */
export function call(f: Func, args: HostArguments): void {
  if (f.host !== null) {
    const promise = f.host(null, args);
    if (promise === undefined) return;
    promise.catch(() => undefined);
    throw new UsageError('a host function returned a promise, but was called synchronously; use callAsync');
  }
  const store = storeOf(f.instance!);
  const fiber = store.syncFiber(f.instance!);
  if (fiber.depth === 0) fiber.deadlineMs = deadline(store.meter.clock, store.timeoutMs);
  try {
    invoke(fiber, f, args);
  } catch (error) {
    throw outward(error);
  }
}

function deadline(clock: (() => number) | undefined, timeoutMs: number | undefined): number {
  return clock === undefined || timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock() + timeoutMs;
}

/** As `call`, on a stack of its own: host functions may return promises, and the event loop gets its turns. */
export async function callAsync(f: Func, args: HostArguments, options: AsyncCallOptions = {}): Promise<void> {
  if (options.signal?.aborted) throw new Exhaustion('aborted');
  if (f.host !== null) return f.host(null, args);
  const store = storeOf(f.instance!);
  const fiber = store.takeFiber(f.instance!);
  fiber.deadlineMs = deadline(store.meter.clock, store.timeoutMs);
  const { interruption, unwatch } = watch(options.signal, store.timeoutMs);
  const host: AsyncHost = { nextTurn, signal: options.signal, interruption };
  try {
    await invokeAsync(fiber, f, args, host);
    // Only then: a promise that an ended call waited for may still write its results to the fiber.
    store.giveFiber(fiber);
  } catch (error) {
    store.dropFiber(fiber);
    throw outward(error);
  } finally {
    unwatch();
  }
}

/** @internal What ends a guest that waits, by signal or time; `unwatch` lets go of both. */
export function watch(signal: AbortSignalLike | undefined, timeoutMs: number | undefined): Watch {
  if (signal === undefined && timeoutMs === undefined) return { interruption: undefined, unwatch: () => undefined };
  const interruption = new Interruption();
  const abort = () => interruption.end(new Exhaustion('aborted'));
  signal?.addEventListener('abort', abort);
  const stopTimer =
    timeoutMs === undefined ? undefined : startTimer(timeoutMs, () => interruption.end(new Exhaustion('deadline')));
  const unwatch = () => {
    signal?.removeEventListener('abort', abort);
    stopTimer?.();
  };
  return { interruption, unwatch };
}

interface Watch {
  readonly interruption: Interruption | undefined;
  readonly unwatch: () => void;
}

/**
 * Calls with exact bits, for those who must not lose a NaN's payload or pass a v128.
 *
 * @throws {UsageError} when the values are not as many as the parameters, or of other types
 */
export function callValues(f: Func, values: readonly Value[]): Value[] {
  const { params, results } = f.type;
  if (values.length !== params.length) {
    throw new UsageError(`the function takes ${params.length} values, not ${values.length}`);
  }
  const args = emptyArguments(params, results);
  writeExact(args, params, values);
  call(f, args);
  return readExact(args, results);
}

type AnyFunction = (...args: unknown[]) => unknown;

/**
 * The function instance for an imported JavaScript function of the given type.
 *
 * @throws {LinkError} when the function declares another type
 */
export function importedFunction(value: AnyFunction | HostFunction, type: FuncType, what: string): Func {
  const own = funcBehind(value);
  if (own !== undefined) return own;
  if (value instanceof HostFunction) checkDeclaredType(value, type, what);
  const body = value instanceof HostFunction ? (value.body as unknown as AnyFunction) : value;
  const wantsCaller = value instanceof HostFunction;
  return Func.host(typeRegistry.funcTypeId(type), type, hostBody(body, wantsCaller, type));
}

function checkDeclaredType({ type: declared }: HostFunction, { params, results }: FuncType, what: string): void {
  if (declared === undefined) return;
  const declaredText = typeText(declared);
  const wantedText = typeText({ params: params.map(valTypeText), results: results.map(valTypeText) });
  if (declaredText === wantedText) return;
  throw new LinkError(`incompatible import type for ${what}: expected ${wantedText}, found ${declaredText}`);
}

function typeText({ params, results }: HostFunctionType): string {
  return `[${params.join(' ')}] -> [${results.join(' ')}]`;
}

function hostBody(body: AnyFunction, wantsCaller: boolean, { params, results }: FuncType): HostBody {
  const finish = (args: HostArguments, result: unknown): void => {
    if (results.length === 0) return;
    writeValues(args, results, results.length === 1 ? [result] : severalResults(result, results.length));
  };
  return (instance: RuntimeInstance | null, args: HostArguments) => {
    const values = readValues(args, params);
    const result = wantsCaller ? body(new Caller(instance), ...values) : body(...values);
    if (isThenable(result)) {
      if (instance !== null) letCancel(result);
      return Promise.resolve(result).then((settled) => finish(args, settled));
    }
    finish(args, result);
    return undefined;
  };
}

/** The fiber whose call this is can end before the promise settles, which then is to let go of what it holds. */
function letCancel(result: PromiseLike<unknown>): void {
  const { cancel } = result as Partial<CancellablePromise<unknown>>;
  const running = runningFibers();
  const fiber = running[running.length - 1];
  if (typeof cancel === 'function' && fiber !== undefined) fiber.cancelWait = () => cancel.call(result);
}

/** What `await` would wait for. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function severalResults(result: unknown, count: number): unknown[] {
  const values = typeof result === 'object' && result !== null ? Array.from(result as Iterable<unknown>) : [];
  if (values.length !== count) throw new UsageError(`the host function must return an array of ${count} values`);
  return values;
}

/** @throws {LinkError} for a value that is no function */
export function requireFunction(value: unknown, what: string): AnyFunction | HostFunction {
  if (typeof value === 'function' || value instanceof HostFunction) return value as AnyFunction | HostFunction;
  throw new LinkError(`incompatible import type for ${what}: expected a function, found ${typeof value}`);
}
