/**
 * A validated module with what its instances share in one agent: its code and its types as canonical ids.
 */
import type { FuncType, IndexSpaces, Module } from '../syntax/index.ts';
import type { Code, LoweredBody } from './code.ts';

/** Fast code that an earlier process has made of the same module. */
export interface KeptBodies {
  /** A function's; `undefined`: it has to be lowered. */
  body(code: Code): LoweredBody | undefined;
}

export interface ModuleCode {
  readonly module: Module;
  readonly spaces: IndexSpaces;
  /** Canonical id of each type index. */
  readonly typeIds: readonly number[];
  /** Functions defined in the module, without imports. */
  readonly codes: readonly Code[];
  /** Number of imported functions. */
  readonly importedFuncs: number;
  /** Which code its functions run: fast, or clear for those who want every instruction by itself. */
  readonly lowering: 'fast' | 'clear';
  /** Where fast code comes from before it is lowered. */
  readonly kept: KeptBodies | null;
  /** Is told of each function whose clear code has been made. */
  onClear: ((code: Code) => void) | null;
  /** Function type of a type index, in module type indices. */
  funcType(typeidx: number): FuncType;
}
