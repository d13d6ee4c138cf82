/** The mutable parts of a store that instances can reach: what a checkpoint holds besides the fiber. */
import { Func, type Global, type Instance, type Memory, type Table } from '../../runtime/index.ts';
import { SnapshotError } from '../../syntax/index.ts';

export interface StoreParts {
  readonly instances: readonly Instance[];
  readonly memories: readonly Memory[];
  readonly tables: readonly Table[];
  /** Mutable ones, and those that hold objects, which may be mutable. */
  readonly globals: readonly Global[];
}

/** All instances whose functions some of them hold, these first. Objects of the heap may hold more. */
export function reachable(roots: readonly Instance[]): Instance[] {
  const found = new Set(roots);
  const add = (ref: unknown): void => {
    if (ref instanceof Func && ref.instance !== null) found.add(ref.instance);
  };
  for (const { funcs, tables, elems, globals } of found) {
    for (const list of [funcs, ...tables.map(({ elements }) => elements), ...elems]) for (const ref of list) add(ref);
    for (const { ref } of globals) add(ref);
  }
  return [...found];
}

/** @throws {SnapshotError} for a shared memory: what other threads write to it is not this guest's doing */
export function partsOf(roots: readonly Instance[]): StoreParts {
  const instances = reachable(roots);
  const memories = new Set<Memory>();
  const tables = new Set<Table>();
  const globals = new Set<Global>();
  for (const instance of instances) {
    for (const memory of instance.memories) memories.add(memory);
    for (const table of instance.tables) tables.add(table);
    for (const global of instance.globals) if (global.type.mutable || holdsObject(global)) globals.add(global);
  }
  if ([...memories].some(({ type }) => type.shared)) {
    throw new SnapshotError('a shared memory cannot be recorded: other threads may write it at any time');
  }
  return { instances, memories: [...memories], tables: [...tables], globals: [...globals] };
}

function holdsObject({ ref }: Global): boolean {
  return typeof ref === 'object' && ref !== null && !(ref instanceof Func);
}
