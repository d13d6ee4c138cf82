/**
 * Looks at each call of preview 1 from outside: decodes what the guest passes before the function runs, and what
 * it gets when the function has answered. It changes nothing and asks neither clock nor files of the guest's.
 */
import { HostExit } from '../../syntax/index.ts';
import type { GuestMemory } from '../preview1/abi.ts';
import type { Outcome, WasiContext } from '../preview1/context.ts';
import { type Errno, errnoRows } from '../preview1/errno.ts';
import { type FunctionName, type ParameterKind, signatures, type ValueType } from '../preview1/signatures.ts';
import type { Suspended } from '../preview1/suspension.ts';
import { Event } from '../preview1/types.ts';
import type { CallArgument, CallValue, WasiCall } from './call.ts';
import {
  buffersIn,
  bytesIn,
  direntsIn,
  eventsIn,
  filledIn,
  pathOf,
  plainValue,
  type Reader,
  resultAt,
  roomsIn,
  sizeOf,
  stringsIn,
  subscriptionsIn,
  textIn,
} from './decode.ts';

export type CallListener = (call: WasiCall) => void;

export interface TracerOptions {
  /** Most bytes of one buffer that are told; paths and arguments are told in full. Default: 32. */
  readonly maxBytes?: number | undefined;
  /** In ms; what durations are measured by. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

/** A parameter with its place and its argument. */
interface Passed {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly type: ValueType | undefined;
  readonly value: number | bigint;
  /** The argument of the next parameter of the kind `size`, 0 without one. */
  readonly length: number;
}

/** A call that has begun. */
interface Begun {
  readonly id: number;
  readonly name: FunctionName;
  readonly memory: GuestMemory;
  /** It is a call of `wasi_unstable`. */
  readonly isUnstable: boolean;
  /** Of a guest with threads: which one calls. */
  readonly thread: number | undefined;
  readonly passed: readonly Passed[];
  /** Decoded at the start: descriptors are closed and buffers overwritten by what follows. */
  readonly args: readonly (CallArgument | undefined)[];
  readonly startMs: number;
  hasWaited: boolean;
}

/** What the function stores there can only be told afterwards. */
const storedTypes: ReadonlySet<ValueType | undefined> = new Set(['strings', 'bytes', 'dirents', 'iovecs', 'events']);

export class Tracer {
  private readonly context: WasiContext;
  private readonly listener: CallListener;
  private readonly maxBytes: number;
  private readonly clock: () => number;
  private count = 0;

  constructor(context: WasiContext, listener: CallListener, { maxBytes = 32, clock = Date.now }: TracerOptions = {}) {
    this.context = context;
    this.listener = listener;
    this.maxBytes = maxBytes;
    this.clock = clock;
  }

  /** Runs a call under eyes. @returns what it returns; a promise keeps its `cancel` */
  call(
    name: FunctionName,
    memory: GuestMemory,
    args: readonly (number | bigint)[],
    run: () => Outcome,
    isUnstable = false,
    thread?: number,
  ): Outcome {
    const begun = this.begin({ name, memory, isUnstable, thread }, args);
    let outcome: Outcome;
    try {
      outcome = run();
    } catch (error) {
      this.tellFailure(begun, error);
      throw error;
    }
    if (!(outcome instanceof Promise)) return this.returned(begun, outcome);
    begun.hasWaited = true;
    try {
      this.tell(begun, { state: 'suspended' });
    } catch (error) {
      // The guest ends by it: nobody is left to wait.
      outcome.cancel();
      throw error;
    }
    return this.waiting(begun, outcome);
  }

  private waiting(begun: Begun, outcome: Suspended): Suspended {
    const told = outcome.then(
      (errno) => this.returned(begun, errno),
      (error: unknown) => {
        this.tellFailure(begun, error);
        throw error;
      },
    );
    return Object.assign(told, {
      cancel: () => {
        outcome.cancel();
        this.tell(begun, { state: 'failed', failure: 'the guest was ended' });
      },
    });
  }

  private begin(
    { name, memory, isUnstable, thread }: Pick<Begun, 'name' | 'memory' | 'isUnstable' | 'thread'>,
    values: readonly (number | bigint)[],
  ): Begun {
    const parameters: readonly (readonly [string, ParameterKind, ValueType?])[] = signatures[name].parameters;
    const passed = parameters.map(([parameterName, kind, type], index) => {
      const sizeIndex = parameters.findIndex(([, each], at) => at > index && each === 'size');
      const length = sizeIndex < 0 ? 0 : Number(values[sizeIndex]) >>> 0;
      return { name: parameterName, kind, type, value: values[index]!, length };
    });
    const reader = this.reader(memory, isUnstable);
    const args = passed.map((each) => (storedTypes.has(each.type) ? undefined : this.argument(each, reader)));
    this.count++;
    const startMs = this.clock();
    return { id: this.count, name, memory, isUnstable, thread, passed, args, startMs, hasWaited: false };
  }

  private reader(memory: GuestMemory, isUnstable: boolean): Reader {
    return { memory, isUnstable, descriptors: this.context.descriptors, maxBytes: this.maxBytes };
  }

  /** What the guest passes. Undefined for places of results, lengths of lists, and pointers without a type. */
  private argument({ name, kind, type, value, length }: Passed, reader: Reader): CallArgument | undefined {
    if (kind === 'i64') return { name, type: 'number', value: sizeOf(BigInt(value)) };
    if (typeof value === 'bigint') return { name, type: type ?? 'number', value: plainValue(type, value) };
    if (kind === 'fd') return { name, type: 'fd', value: value >>> 0, path: pathOf(reader.descriptors, value) };
    if (kind === 'text') return { name, type: 'text', value: textIn(reader, value, length) };
    if (kind === 'pointer') return this.pointed(name, type, value, length, reader);
    if (kind === 'result' || kind === 'size') return undefined;
    return { name, type: type ?? 'number', value: plainValue(type, value, reader.isUnstable) };
  }

  private pointed(
    name: string,
    type: ValueType | undefined,
    pointer: number,
    length: number,
    reader: Reader,
  ): CallArgument | undefined {
    if (type === 'ciovecs') {
      return { name, type, value: buffersIn(reader, pointer, length) };
    }
    return type === 'subscriptions' ? { name, type, value: subscriptionsIn(reader, pointer, length) } : undefined;
  }

  /** What the function has stored in the guest's buffers; after a failure, only how much room there was. */
  private stored({ name, type, value, length }: Passed, reader: Reader, byteCount: number | undefined): CallArgument {
    const pointer = Number(value);
    const list = type === 'strings' ? (name === 'argv' ? this.context.args : this.context.environ) : [];
    const decoded = (): CallValue => {
      if (type === 'iovecs' && byteCount !== undefined) return filledIn(reader, pointer, length, byteCount);
      if (type === 'iovecs') return roomsIn(reader, pointer, length);
      if (byteCount === undefined) return { room: type === 'events' ? length * Event.size : length };
      if (type === 'strings') return stringsIn(reader, pointer, list.length);
      if (type === 'dirents') return direntsIn(reader, pointer, byteCount);
      if (type === 'events') return eventsIn(reader, pointer, byteCount);
      return bytesIn(reader.memory, pointer, byteCount, reader.maxBytes);
    };
    return { name, type: type!, value: decoded() };
  }

  private returned(begun: Begun, errno: Errno): Errno {
    this.tell(begun, { state: 'returned', errno });
    return errno;
  }

  private tellFailure(begun: Begun, error: unknown): void {
    if (error instanceof HostExit) this.tell(begun, { state: 'exited' });
    else this.tell(begun, { state: 'failed', failure: error instanceof Error ? error.message : String(error) });
  }

  private tell(begun: Begun, end: Pick<WasiCall, 'state'> & { errno?: Errno; failure?: string }): void {
    const { id, name, passed, startMs, hasWaited, thread } = begun;
    const reader = this.reader(begun.memory, begun.isUnstable);
    const results = end.errno === 0 ? this.results(passed, reader) : [];
    const count = results.find(({ type }) => type === 'size')?.value;
    const filled = (length: number) => {
      if (end.errno !== 0) return undefined;
      return typeof count === 'number' ? count : length;
    };
    const args = begun.args.map((argument, index) => {
      const each = passed[index]!;
      return storedTypes.has(each.type) ? this.stored(each, reader, filled(each.length)) : argument;
    });
    this.listener({
      id,
      name,
      state: end.state,
      args: args.filter((argument) => argument !== undefined),
      errno: end.errno === undefined ? undefined : errnoRows[end.errno]!.name,
      results,
      failure: end.failure,
      hasWaited,
      startMs,
      durationMs: this.clock() - startMs,
      ...(thread === undefined ? {} : { thread }),
    });
  }

  private results(passed: readonly Passed[], reader: Reader): CallArgument[] {
    const results: CallArgument[] = [];
    for (const { name, kind, type, value } of passed) {
      if (kind !== 'result') continue;
      const stored = resultAt(reader, type, Number(value));
      const isFd = type === 'fd' && typeof stored === 'number';
      const path = isFd ? pathOf(reader.descriptors, stored) : undefined;
      results.push({ name, type: type ?? 'number', value: stored, path });
    }
    return results;
  }
}
