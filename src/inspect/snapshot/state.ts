/** What a snapshot holds, and what it needs of its embedder to be written and read. */
import type { FiberState } from '../../interpreter/index.ts';
import type { Budgets, Extern, Instance, ModuleCode } from '../../runtime/index.ts';
import type { ExternKind, FuncType, ValType } from '../../syntax/index.ts';

/** All state of a guest that is paused. */
export interface MachineState {
  /** Where the guest stands; undefined: nothing of it is being called. */
  readonly fiber: FiberState | undefined;
  /**
   * The instances that somebody may still ask for. Written are these and all that can be reached from them or
   * from the fiber; read are all that were written, these first and in this order.
   */
  readonly instances: readonly Instance[];
  /** Instructions and calls of the store so far. */
  readonly instructionCount: number;
  readonly callCount: number;
  /** Instructions that may still run; Infinity: no bound. */
  readonly fuelLeft: number;
  /** What others keep with the state, by name: WASI, a command line. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

export interface EncodeOptions {
  /** Leave the modules' bytes out: who reads the snapshot must have the modules. Default: false. */
  readonly omitModuleBytes?: boolean | undefined;
  /** Bytes for an external reference that is no null, boolean, number, string or bigint; undefined: not to be saved. */
  readonly saveExtern?: ((value: unknown) => Uint8Array | undefined) | undefined;
}

/** What an instance of the snapshot imports from the host. */
export interface ImportRequest {
  /** The import's two names. */
  readonly module: string;
  readonly name: string;
  readonly kind: ExternKind;
  /** A function's or tag's type, in canonical ids. */
  readonly funcType: FuncType | undefined;
  /** A table's elements or a global's content, in canonical ids. */
  readonly valType: ValType | undefined;
  /** Number of the instance that imports it. */
  readonly instance: number;
}

export interface DecodeOptions {
  /**
   * Gives what the host is to provide. Functions must be given. A memory, table, mutable global or tag may be; it
   * gets the contents of the saved one, and a new one is made when there is none.
   */
  readonly imports?: ((request: ImportRequest) => Extern | undefined) | undefined;
  /** Bounds what is allocated. */
  readonly budgets: Budgets;
  /** Told of each instance before anything can call into it. */
  readonly own?: ((instance: Instance) => void) | undefined;
  /** Modules at hand. One that the snapshot names is taken from here, and need not be in the snapshot. */
  readonly modules?: readonly ModuleCode[] | undefined;
  /** Code that the snapshot's own modules run. Default: fast. */
  readonly lowering?: 'fast' | 'clear' | undefined;
  /** The value behind bytes of `saveExtern`. */
  readonly loadExtern?: ((bytes: Uint8Array) => unknown) | undefined;
}
