/** The mutable parts of a store that instances can reach: what a checkpoint holds besides the fiber. */
import type { Global, Instance, Memory, Table } from '../../runtime/index.ts';
import { SnapshotError } from '../../syntax/index.ts';

export interface StoreParts {
  readonly instances: readonly Instance[];
  readonly memories: readonly Memory[];
  readonly tables: readonly Table[];
  /** The mutable ones. */
  readonly globals: readonly Global[];
}

/** @throws {SnapshotError} for a shared memory: what other threads write to it is not this guest's doing */
export function partsOf(instances: readonly Instance[]): StoreParts {
  const memories = new Set<Memory>();
  const tables = new Set<Table>();
  const globals = new Set<Global>();
  for (const instance of instances) {
    for (const memory of instance.memories) memories.add(memory);
    for (const table of instance.tables) tables.add(table);
    for (const global of instance.globals) if (global.type.mutable) globals.add(global);
  }
  if ([...memories].some(({ type }) => type.shared)) {
    throw new SnapshotError('a shared memory cannot be recorded: other threads may write it at any time');
  }
  return { instances, memories: [...memories], tables: [...tables], globals: [...globals] };
}
