/** Calls of preview 1 as data: what a tracer tells, and what texts, JSON and reports are made from. */
import type { ErrnoName } from '../preview1/errno.ts';
import type { FunctionName, ValueType } from '../preview1/signatures.ts';

/** Bytes of the guest's: a text, or what it reads and writes. */
export class GuestBytes {
  /** The first of them, copied: guest memory changes. */
  readonly bytes: Uint8Array;
  /** How many there are. */
  readonly byteLength: number;

  constructor(bytes: Uint8Array, byteLength: number = bytes.length) {
    this.bytes = bytes;
    this.byteLength = byteLength;
  }

  get isCut(): boolean {
    return this.bytes.length < this.byteLength;
  }
}

/** A pointer that leads out of memory, or to something that is not there (yet). */
export class GuestPointer {
  readonly address: number;

  constructor(pointer: number) {
    this.address = pointer >>> 0;
  }
}

/**
 * A value of a call. Names of the specification's, such as `realtime`, are strings; a set of flags is a list of
 * such names; 64-bit numbers that are no sizes are bigints; what the guest has written is `GuestBytes`.
 */
export type CallValue =
  | number
  | bigint
  | string
  | GuestBytes
  | GuestPointer
  | readonly CallValue[]
  | { readonly [field: string]: CallValue };

export interface CallArgument {
  /** The specification's name of the parameter. */
  readonly name: string;
  readonly type: ValueType | 'text' | 'number';
  readonly value: CallValue;
  /** What a descriptor stands for, as the guest would say it: a path, or `stdin`. */
  readonly path?: string | undefined;
}

/**
 * - `returned` with an errno
 * - `suspended`: the guest waits; the same call is told again when it ends
 * - `exited` by `proc_exit`
 * - `failed`: a trap, or the guest was ended while it waited
 */
export type CallState = 'returned' | 'suspended' | 'exited' | 'failed';

/** One call, as far as it has come. */
export interface WasiCall {
  /** Counts the calls of a run from 1. */
  readonly id: number;
  readonly name: FunctionName;
  readonly state: CallState;
  /** The parameters but those where results go and those that are the length of another. */
  readonly args: readonly CallArgument[];
  /** Only of a call that has returned. */
  readonly errno: ErrnoName | undefined;
  /** By the specification's names; none unless the errno is `success`. */
  readonly results: readonly CallArgument[];
  /** Why it has failed. */
  readonly failure: string | undefined;
  /** The guest was suspended meanwhile. */
  readonly hasWaited: boolean;
  /** When it began, and how long it took so far, in ms, by the tracer's clock. */
  readonly startMs: number;
  readonly durationMs: number;
  /** The thread that calls, of a guest with threads; 0 is its main thread. */
  readonly thread?: number;
}
