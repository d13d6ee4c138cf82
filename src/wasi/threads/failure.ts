/** What a thread threw, as data that agents can send each other, and as an error again. */
import {
  type BacktraceFrame,
  Exhaustion,
  type ExhaustionKind,
  GlassboxError,
  HostExit,
  LinkError,
  Trap,
  type TrapKind,
  trapMessages,
  UncaughtException,
  UsageError,
} from '../../syntax/index.ts';

/** By the class of the error; `other` is what no guest causes. */
export interface FailureData {
  readonly type: 'trap' | 'exhaustion' | 'uncaught' | 'link' | 'usage' | 'exit' | 'other';
  readonly message: string;
  readonly kind?: string;
  readonly exitCode?: number;
  readonly backtrace?: readonly BacktraceFrame[];
}

export function failureData(error: unknown): FailureData {
  if (error instanceof Trap) {
    const { kind, message, backtrace } = error;
    return { type: 'trap', kind, message, backtrace };
  }
  if (error instanceof Exhaustion) {
    const { kind, message, backtrace } = error;
    return { type: 'exhaustion', kind, message, backtrace };
  }
  if (error instanceof HostExit) return { type: 'exit', message: error.message, exitCode: error.exitCode };
  const message = error instanceof Error ? error.message : String(error);
  // The embedding API's exceptions are no error of this class, but have its fields.
  if (error instanceof UncaughtException) return { type: 'uncaught', message, backtrace: error.backtrace };
  if (error instanceof LinkError) return { type: 'link', message };
  if (error instanceof UsageError) return { type: 'usage', message };
  return { type: 'other', message: error instanceof Error ? `${error.name}: ${message}` : message };
}

/** An error of the same class, without what only the thread's agent has: an exception's payload. */
export function failureError({ type, message, kind, exitCode = 0, backtrace = [] }: FailureData): Error {
  switch (type) {
    case 'trap': {
      const detail = message.slice(trapMessages[kind as TrapKind].length + 2);
      return withBacktrace(new Trap(kind as TrapKind, detail === '' ? undefined : detail), backtrace);
    }
    case 'exhaustion':
      return withBacktrace(new Exhaustion(kind as ExhaustionKind), backtrace);
    case 'uncaught':
      return withBacktrace(new UncaughtException(undefined, tagNameIn(message)), backtrace);
    case 'exit':
      return new HostExit(exitCode);
    case 'link':
      return new LinkError(message);
    case 'usage':
      return new UsageError(message);
    case 'other':
      return new ThreadError(message);
  }
}

function withBacktrace<E extends { backtrace: readonly BacktraceFrame[] }>(
  error: E,
  backtrace: readonly BacktraceFrame[],
): E {
  error.backtrace = backtrace;
  return error;
}

const TAG_PREFIX = ' with tag ';

function tagNameIn(message: string): string | undefined {
  const at = message.indexOf(TAG_PREFIX);
  return at < 0 ? undefined : message.slice(at + TAG_PREFIX.length);
}

/** A thread's worker failed, or threw what is no outcome of a guest. */
export class ThreadError extends GlassboxError {
  override readonly name = 'ThreadError';
  readonly code = 'ERR_THREAD';
}
