/** Table operations. `k` holds the index immediates; address operands are i64 for 64-bit tables. */
import type { Table } from '../../runtime/index.ts';
import { Trap } from '../../syntax/index.ts';
import type { ColdHandler } from './handler.ts';
import { addressAt, writeAddress } from './memory.ts';

function trapOutOfBounds(): never {
  throw new Trap('table-out-of-bounds');
}

/** `k` of operations on one table. */
function tableOf(t: Parameters<ColdHandler>[0], tableidx: unknown): Table {
  return t.instance.tables[tableidx as number]!;
}

export const tableHandlers = {
  'table.get': (t, n, fp) => {
    const table = tableOf(t, n.k);
    const index = addressAt(t, fp + n.a, table.is64);
    if (index >= table.length) trapOutOfBounds();
    t.R[(fp + n.c) >> 1] = table.elements[index];
  },
  'table.set': (t, n, fp) => {
    const table = tableOf(t, n.k);
    const index = addressAt(t, fp + n.a, table.is64);
    if (index >= table.length) trapOutOfBounds();
    table.elements[index] = t.R[(fp + n.b) >> 1];
  },
  'table.size': (t, n, fp) => {
    const table = tableOf(t, n.k);
    writeAddress(t, fp + n.c, table.length, table.is64);
  },
  'table.grow': (t, n, fp) => {
    const table = tableOf(t, n.k);
    const delta = addressAt(t, fp + n.b, table.is64);
    t.checkTime(delta);
    const { observer } = t.meter;
    const former = observer?.refusesGrowth(t) ? -1 : table.grow(delta, t.R[(fp + n.a) >> 1]);
    if (former < 0) observer?.growthRefused(t);
    writeAddress(t, fp + n.c, former, table.is64);
  },
  'table.fill': (t, n, fp) => {
    const table = tableOf(t, n.k);
    const start = addressAt(t, fp + n.a, table.is64);
    const length = addressAt(t, fp + n.d, table.is64);
    if (start + length > table.length) trapOutOfBounds();
    t.checkTime(length);
    table.elements.fill(t.R[(fp + n.b) >> 1], start, start + length);
  },
  'table.copy': (t, n, fp) => {
    const [toIndex, fromIndex] = n.k as readonly [number, number];
    const to = tableOf(t, toIndex);
    const from = tableOf(t, fromIndex);
    const target = addressAt(t, fp + n.a, to.is64);
    const source = addressAt(t, fp + n.b, from.is64);
    const length = addressAt(t, fp + n.d, to.is64 && from.is64);
    if (source + length > from.length || target + length > to.length) trapOutOfBounds();
    t.checkTime(length);
    const copied = from.elements.slice(source, source + length);
    for (let i = 0; i < length; i++) to.elements[target + i] = copied[i];
  },
  'table.init': (t, n, fp) => {
    const [elemidx, tableidx] = n.k as readonly [number, number];
    const table = tableOf(t, tableidx);
    const target = addressAt(t, fp + n.a, table.is64);
    t.checkTime(t.I[fp + n.d]! >>> 0);
    initTable(table, t.instance.elems[elemidx]!, target, t.I[fp + n.b]! >>> 0, t.I[fp + n.d]! >>> 0);
  },
  'elem.drop': (t, n) => {
    t.instance.elems[n.a] = [];
  },
} satisfies Record<string, ColdHandler>;

/**
 * Copies `elem[source, source + length)` to `table` at `target`.
 *
 * @throws {Trap} `table-out-of-bounds`; nothing is written then
 * @see https://webassembly.github.io/spec/core/exec/instructions.html#exec-table-init
 */
export function initTable(
  table: Table,
  elem: readonly unknown[],
  target: number,
  source: number,
  length: number,
): void {
  if (source + length > elem.length || target + length > table.length) trapOutOfBounds();
  for (let i = 0; i < length; i++) table.elements[target + i] = elem[source + i];
}
