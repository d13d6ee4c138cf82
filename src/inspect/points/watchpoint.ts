/** Watchpoints: bytes of memory, globals, locals and table elements whose reading or writing pauses a guest. */
import type { Fiber } from '../../interpreter/index.ts';
import type { Func, Global, Memory, Table } from '../../runtime/index.ts';
import type { InstrId } from '../../syntax/index.ts';
import {
  memoryAccesses,
  memoryReaders,
  memoryWriters,
  readerAt,
  tableAccesses,
  tableReaders,
  tableWriters,
} from './access.ts';
import { idsOf, type Removal, type Site } from './looked-at.ts';

export type WatchAccess = 'write' | 'read' | 'any';

/** What is watched, found in the store. */
export type WatchTarget =
  | { readonly kind: 'memory'; readonly memory: Memory; readonly byteOffset: number; readonly byteLength: number }
  | { readonly kind: 'global'; readonly global: Global }
  | { readonly kind: 'table'; readonly table: Table; readonly index: number }
  /** A local of a function: of one activation when `fp` is given, else of all. */
  | {
      readonly kind: 'local';
      readonly func: Func;
      readonly localidx: number;
      readonly fp?: number;
      readonly depth?: number;
    };

export class Watchpoint {
  readonly id: number;
  readonly target: WatchTarget;
  readonly access: WatchAccess;
  isEnabled = true;
  hits = 0;
  private readonly takeOut: Removal;

  /** @internal */
  constructor(id: number, target: WatchTarget, access: WatchAccess, takeOut: Removal) {
    this.id = id;
    this.target = target;
    this.access = access;
    this.takeOut = takeOut;
  }

  remove(): void {
    this.takeOut();
  }
}

const globalWriters = idsOf('global.set');
const globalReaders = idsOf('global.get');
const localWriters = idsOf('local.set', 'local.tee');
const localReaders = idsOf('local.get');

const touching: Readonly<
  Record<WatchTarget['kind'], readonly [writers: () => ReadonlySet<InstrId>, readers: () => ReadonlySet<InstrId>]>
> = {
  memory: [memoryWriters, memoryReaders],
  global: [globalWriters, globalReaders],
  table: [tableWriters, tableReaders],
  local: [localWriters, localReaders],
};

/** The instructions that can touch a target in one of the ways asked for. */
export function touchingIds({ kind }: WatchTarget, access: WatchAccess): ReadonlySet<InstrId> {
  const [writers, readers] = touching[kind];
  if (access === 'any') return new Set([...writers(), ...readers()]);
  return access === 'write' ? writers() : readers();
}

/** Will the instruction at `site`, about to run, touch the target? */
export function touches(t: Fiber, site: Site, target: WatchTarget, access: WatchAccess): boolean {
  const fits = (isWrite: boolean): boolean => access === 'any' || isWrite === (access === 'write');
  if (target.kind === 'memory') {
    return memoryAccesses(t, site).some(
      (each) =>
        each.memory === target.memory &&
        fits(each.isWrite) &&
        each.byteOffset < target.byteOffset + target.byteLength &&
        target.byteOffset < each.byteOffset + each.byteLength,
    );
  }
  if (target.kind === 'table') {
    return tableAccesses(t, site).some(
      (each) =>
        each.table === target.table &&
        fits(each.isWrite) &&
        each.index <= target.index &&
        target.index < each.index + each.count,
    );
  }
  const { index } = readerAt(site);
  if (target.kind === 'global') return site.instance.globals[index] === target.global;
  const { func, localidx, fp, depth } = target;
  if (site.instance !== func.instance || site.code.funcidx !== func.funcidx || index !== localidx) return false;
  return (fp === undefined || fp === t.fp) && (depth === undefined || depth === t.sp);
}
