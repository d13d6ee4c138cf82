/**
 * A function instance: wasm code closed over its instance, or a host function.
 *
 * @see https://webassembly.github.io/spec/core/exec/runtime.html#function-instances
 */
import type { FuncType } from '../syntax/index.ts';
import type { Code } from './code.ts';
import type { Instance } from './instance.ts';

/**
 * What a host function does: reads its arguments and writes its results through the embedding API.
 * A returned promise suspends the guest until it settles.
 */
export type HostBody = (caller: Instance | null, args: HostArguments) => Promise<void> | undefined;

/** A host call's arguments and results: one entry a value, words and references as in a frame. */
export interface HostArguments {
  /** Arguments, then (overwritten from the start) results: two words a value, four for v128. */
  readonly words: Int32Array;
  readonly refs: unknown[];
}

/** One shape for both kinds, so that calls see a single hidden class. */
export class Func {
  /** Canonical id of its type. */
  readonly typeId: number;
  /** Its type, in canonical type ids. */
  readonly type: FuncType;
  /** Null for host functions. */
  readonly instance: Instance | null;
  readonly funcidx: number;
  /** Null for host functions. Changes with the instance's code. */
  code: Code | null;
  /** Null for wasm functions. */
  readonly host: HostBody | null;
  /** What the embedding API shows for this function; made once, so that identity holds. */
  exported: unknown = null;

  private constructor(
    typeId: number,
    type: FuncType,
    instance: Instance | null,
    funcidx: number,
    code: Code | null,
    host: HostBody | null,
  ) {
    this.typeId = typeId;
    this.type = type;
    this.instance = instance;
    this.funcidx = funcidx;
    this.code = code;
    this.host = host;
  }

  static wasm(typeId: number, type: FuncType, instance: Instance, funcidx: number, code: Code): Func {
    return new Func(typeId, type, instance, funcidx, code, null);
  }

  static host(typeId: number, type: FuncType, body: HostBody): Func {
    return new Func(typeId, type, null, -1, null, body);
  }
}
