/**
 * What can go wrong, one class a kind, and the words for it.
 *
 * Guest faults and our own mistakes are never mixed: everything a module, a guest or an embedder can
 * cause is one of the named classes; `InternalError` is for what cannot happen. The specification
 * suite's words for traps stand here once.
 */

/** Base of every error of Glassbox: `instanceof GlassboxError` tells ours from the host's. */
export abstract class GlassboxError extends Error {
  /** Stable, for programs; messages are for people. */
  abstract readonly code: string;
}

/** Bytes that are no module, or text that is no module. `byteOffset` counts from the input's start. */
export class DecodeError extends GlassboxError {
  override readonly name = 'DecodeError';
  readonly code = 'ERR_MALFORMED';
  readonly byteOffset: number;
  /** The message without the place. */
  readonly reason: string;
  constructor(reason: string, byteOffset: number) {
    super(`${reason} (at byte 0x${byteOffset.toString(16)})`);
    this.reason = reason;
    this.byteOffset = byteOffset;
  }
}

/** A module that uses a proposal which this engine does not have. */
export class UnsupportedFeatureError extends DecodeError {
  readonly feature: string;
  constructor(reason: string, feature: string, byteOffset: number) {
    super(`${reason}: it needs ${feature}, which is not supported`, byteOffset);
    this.feature = feature;
  }
}

/** A place in text: line and column count from 1, `offset` in UTF-16 units from 0. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** Text that is no module or script. */
export class ParseError extends GlassboxError {
  override readonly name = 'ParseError';
  readonly code = 'ERR_SYNTAX';
  readonly position: TextPosition;
  readonly reason: string;
  constructor(reason: string, position: TextPosition) {
    super(`${reason} (at ${position.line}:${position.column})`);
    this.reason = reason;
    this.position = position;
  }
}

/** A module that decodes but breaks a rule of validation. */
export class ValidationError extends GlassboxError {
  override readonly name = 'ValidationError';
  readonly code = 'ERR_INVALID';
  readonly reason: string;
  readonly byteOffset: number;
  /** Index of the function the rule was broken in, when it was in one. */
  readonly funcidx: number | undefined;
  constructor(reason: string, byteOffset: number, funcidx?: number) {
    const where = funcidx === undefined ? '' : ` in function ${funcidx}`;
    super(`${reason} (at byte 0x${byteOffset.toString(16)}${where})`);
    this.reason = reason;
    this.byteOffset = byteOffset;
    this.funcidx = funcidx;
  }
}

/** A module that uses a feature which its embedder switched off; it may be valid otherwise. */
export class FeatureOffError extends ValidationError {
  readonly feature: string;
  constructor(use: string, feature: string, byteOffset: number, funcidx?: number) {
    super(`${use} needs the ${feature} feature, which is off`, byteOffset, funcidx);
    this.feature = feature;
  }
}

/** Imports that are missing or do not fit. */
export class LinkError extends GlassboxError {
  override readonly name = 'LinkError';
  readonly code = 'ERR_LINK';
}

/** One frame of a wasm backtrace, innermost first. */
export interface BacktraceFrame {
  readonly funcidx: number;
  /** From the name section or an export; absent: anonymous. */
  readonly funcName: string | undefined;
  readonly moduleName: string | undefined;
  /** Offset of the instruction in the module's binary. */
  readonly byteOffset: number;
}

/** Why a guest trapped, with the specification suite's words. */
export const trapMessages = {
  unreachable: 'unreachable',
  'memory-out-of-bounds': 'out of bounds memory access',
  'table-out-of-bounds': 'out of bounds table access',
  'undefined-element': 'undefined element',
  'uninitialized-element': 'uninitialized element',
  'indirect-call-type': 'indirect call type mismatch',
  'integer-divide-by-zero': 'integer divide by zero',
  'integer-overflow': 'integer overflow',
  'invalid-conversion': 'invalid conversion to integer',
  'null-reference': 'null reference',
  'null-function-reference': 'null function reference',
  'null-exception-reference': 'null exception reference',
  'null-structure-reference': 'null structure reference',
  'null-array-reference': 'null array reference',
  'null-i31-reference': 'null i31 reference',
  'array-out-of-bounds': 'out of bounds array access',
  'cast-failure': 'cast failure',
  'unaligned-atomic': 'unaligned atomic',
  'expected-shared-memory': 'expected shared memory',
  'unaligned-pointer': 'unaligned pointer',
} as const;

export type TrapKind = keyof typeof trapMessages;

/** The guest did what the specification calls a trap. */
export class Trap extends GlassboxError {
  override readonly name = 'Trap';
  readonly code = 'ERR_TRAP';
  readonly kind: TrapKind;
  /** The guest's frames, innermost first; filled in when the trap leaves the interpreter. */
  backtrace: readonly BacktraceFrame[] = [];
  constructor(kind: TrapKind, detail?: string) {
    super(detail === undefined ? trapMessages[kind] : `${trapMessages[kind]}: ${detail}`);
    this.kind = kind;
  }
}

/** What a guest can use up. */
export const exhaustionMessages = {
  'call-stack': 'call stack exhausted',
  fuel: 'all fuel consumed',
  deadline: 'deadline exceeded',
  aborted: 'execution aborted',
  memory: 'memory limit exceeded',
  table: 'table limit exceeded',
} as const;

export type ExhaustionKind = keyof typeof exhaustionMessages;

/** The guest ran into a limit of its embedder's, not into a trap of the language. */
export class Exhaustion extends GlassboxError {
  override readonly name = 'Exhaustion';
  readonly code = 'ERR_EXHAUSTED';
  readonly kind: ExhaustionKind;
  backtrace: readonly BacktraceFrame[] = [];
  constructor(kind: ExhaustionKind) {
    super(exhaustionMessages[kind]);
    this.kind = kind;
  }
}

/** A guest exception that no handler caught. The embedding API throws it as its `Exception`, with tag and payload. */
export class UncaughtException extends GlassboxError {
  override readonly name = 'UncaughtException';
  readonly code = 'ERR_UNCAUGHT_EXCEPTION';
  /** The exception itself, as the interpreter has it. */
  readonly exception: unknown;
  backtrace: readonly BacktraceFrame[] = [];
  constructor(exception: unknown, tagName: string | undefined) {
    super(`unhandled exception${tagName === undefined ? '' : ` with tag ${tagName}`}`);
    this.exception = exception;
  }
}

/** The guest asked its host to end it (`proc_exit`); not a fault. */
export class HostExit extends GlassboxError {
  override readonly name = 'HostExit';
  readonly code = 'ERR_EXIT';
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`guest exited with code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** State that cannot be saved, or bytes that are no snapshot or recording which fits here. */
export class SnapshotError extends GlassboxError {
  override readonly name = 'SnapshotError';
  readonly code = 'ERR_SNAPSHOT';
  /** Where in the bytes it was found; absent when state could not be saved. */
  readonly byteOffset: number | undefined;
  constructor(message: string, byteOffset?: number) {
    super(byteOffset === undefined ? message : `${message} (at byte ${byteOffset})`);
    this.byteOffset = byteOffset;
  }
}

/** A call of the embedding API that makes no sense: wrong argument, wrong state. */
export class UsageError extends GlassboxError {
  override readonly name = 'UsageError';
  readonly code = 'ERR_USAGE';
}

/** What cannot happen: a mistake of Glassbox, never of the guest. Please report it. */
export class InternalError extends GlassboxError {
  override readonly name = 'InternalError';
  readonly code = 'ERR_INTERNAL';
  constructor(message: string) {
    super(`${message} (this is a bug in Glassbox)`);
  }
}

/** For what cannot happen. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}
