/**
 * A module instance: the index spaces filled with what they stand for.
 *
 * @see https://webassembly.github.io/spec/core/exec/runtime.html#module-instances
 */

import { I32 } from '../syntax/index.ts';
import type { Func } from './function.ts';
import type { Global, Tag } from './global.ts';
import { Budget } from './limits.ts';
import { Memory } from './memory.ts';
import type { ModuleCode } from './module-code.ts';
import type { Table } from './table.ts';

/** What an export or import stands for. */
export type Extern = Func | Table | Memory | Global | Tag;

/** Stands in for memory 0 where a module has none: every access is out of bounds. */
const noMemory = new Memory(
  { address: I32, limits: { min: 0, max: 0 }, shared: false, pageSizeLog2: 16 },
  new Budget(0),
);

export class Instance {
  /** Its module's code; a twin of its own while somebody looks at the instance. */
  code: ModuleCode;
  readonly funcs: Func[] = [];
  readonly tables: Table[] = [];
  readonly memories: Memory[] = [];
  readonly globals: Global[] = [];
  /** The words of each global: what the loop reads, one step nearer than `globals`. */
  readonly cells: Int32Array[] = [];
  readonly tags: Tag[] = [];
  /** The references of each element segment; emptied by `elem.drop`. */
  readonly elems: (readonly unknown[])[] = [];
  /** The bytes of each data segment; emptied by `data.drop`. */
  readonly datas: Uint8Array[] = [];
  readonly exports = new Map<string, Extern>();
  /** Memory 0, which the loops keep at hand. */
  memory0: Memory = noMemory;

  constructor(code: ModuleCode) {
    this.code = code;
  }

  addGlobal(global: Global): void {
    this.globals.push(global);
    this.cells.push(global.words);
  }
}
