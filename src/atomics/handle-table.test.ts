/** Tables of handles, plain and shared: against a model, and after an agent's death. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HandleTable, newHandleTable, PlainHandleTable, SharedHandleTable } from './handle-table.ts';
import { SharedLock } from './lock.ts';

const tables = [
  ['plain', undefined],
  ['shared', 1],
] as const;

describe.each(tables)('B1.1: a %s table', (_, owner) => {
  test('gives what was put in, and knows what it has not given', () => {
    const table = newHandleTable({}, owner);
    const handle = table.create(3, 9, [1, -2])!;
    expect(table.get(handle)).toEqual({ kind: 3, owner: 9, payload: [1, -2, 0, 0, 0] });
    expect(table.update(handle, [5, 6, 7, 8, 9])).toBe(true);
    expect(table.get(handle)?.payload).toEqual([5, 6, 7, 8, 9]);
    for (const none of [handle + 1, -1, 2 ** 30, 2 ** 31, 0.5, Number.NaN]) {
      expect(table.get(none)).toBeUndefined();
      expect(table.update(none, [])).toBe(false);
      expect(table.drop(none)).toBeUndefined();
    }
  });

  test('knows a handle that has ended, also when its place has another user', () => {
    const table = newHandleTable({ limit: 1 }, owner);
    const stale = table.create(1, 1)!;
    expect(table.drop(stale)).toMatchObject({ kind: 1 });
    const handle = table.create(2, 1)!;
    expect(handle).not.toBe(stale);
    expect([table.get(stale), table.drop(stale), table.update(stale, [])]).toEqual([undefined, undefined, false]);
    expect(table.get(handle)).toMatchObject({ kind: 2 });
    expect(table.drop(handle)).toMatchObject({ kind: 2 });
    expect(table.drop(handle)).toBeUndefined();
    expect(table.count).toBe(0);
  });

  test('grows up to its limit', () => {
    const table = newHandleTable({ limit: 1000 }, owner);
    const handles = Array.from({ length: 1000 }, (_, i) => table.create(i, 1, [i])!);
    expect(new Set(handles).size).toBe(1000);
    expect(table.create(0, 1)).toBeUndefined();
    expect(table.get(handles[999]!)?.payload[0]).toBe(999);
    table.drop(handles[500]!);
    expect(table.create(7, 1)).not.toBeUndefined();
    expect(table.count).toBe(1000);
  });

  test('gives indices, the lowest first, when handles have no generations', () => {
    const table = newHandleTable({ generationBits: 0, firstIndex: 3 }, owner);
    const create = () => table.create(1, 1);
    expect([create(), create(), create(), create()]).toEqual([3, 4, 5, 6]);
    table.drop(5);
    table.drop(3);
    expect([create(), create(), create()]).toEqual([3, 5, 7]);
    expect(table.get(2)).toBeUndefined();
  });

  test("ends an owner's handles", () => {
    const table = newHandleTable({}, owner);
    const handles = [1, 2, 1, 3, 1].map((each, i) => table.create(i, each)!);
    expect(table.dropOwned(1).map(({ kind }) => kind)).toEqual([0, 2, 4]);
    expect(handles.map((handle) => table.get(handle)?.kind)).toEqual([undefined, 1, undefined, 3, undefined]);
    expect(table.count).toBe(2);
  });

  test.each([
    [{ generationBits: 21 }, 'generationBits must be from 0 to 20, not 21'],
    [{ generationBits: 20, limit: 1025 }, 'limit must be from 1 to 1024, not 1025'],
    [{ limit: 0 }, 'limit must be from 1 to 1048576, not 0'],
    [{ firstIndex: -1 }, 'firstIndex must be below 1048576, not -1'],
  ])('refuses %j', (options, message) => {
    expect(() => newHandleTable(options, owner)).toThrow(message);
  });
});

/** What a table must do, by a map. */
class Model {
  readonly entries = new Map<number, { kind: number; owner: number; payload: readonly number[] }>();
  readonly ended: number[] = [];
}

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('create' as const), value: fc.integer() }),
    fc.record({ kind: fc.constantFrom('drop' as const, 'get' as const, 'update' as const), value: fc.nat() }),
    fc.record({ kind: fc.constant('stale' as const), value: fc.nat() }),
    fc.record({ kind: fc.constant('owned' as const), value: fc.nat(2) }),
  ),
  { maxLength: 60 },
);

function follow(table: HandleTable, model: Model, kind: string, value: number): void {
  const handles = [...model.entries.keys()];
  const handle = handles[value % Math.max(1, handles.length)];
  if (kind === 'create') {
    const entry = { kind: value, owner: Math.abs(value) % 3, payload: [value, 1, 2, 3, 4] };
    const made = table.create(entry.kind, entry.owner, entry.payload);
    expect(made === undefined).toBe(model.entries.size === 20);
    if (made === undefined) return;
    expect(model.entries.has(made)).toBe(false);
    model.entries.set(made, entry);
  } else if (kind === 'owned') {
    const owned = [...model.entries].filter(([, { owner }]) => owner === value);
    expect(table.dropOwned(value)).toHaveLength(owned.length);
    for (const [each] of owned) model.entries.delete(each);
  } else if (kind === 'stale') {
    const stale = model.ended[value % Math.max(1, model.ended.length)];
    if (stale !== undefined && !model.entries.has(stale)) expect(table.drop(stale)).toBeUndefined();
  } else if (handle !== undefined) {
    if (kind === 'update') {
      expect(table.update(handle, [value])).toBe(true);
      model.entries.set(handle, { ...model.entries.get(handle)!, payload: [value, 0, 0, 0, 0] });
    }
    expect(kind === 'drop' ? table.drop(handle) : table.get(handle)).toEqual(model.entries.get(handle));
    if (kind === 'drop') {
      model.ended.push(handle);
      model.entries.delete(handle);
    }
  }
  expect(table.count).toBe(model.entries.size);
}

test.each([0, 4, 10])('B1.1: both tables do as a model, with %d generation bits', (generationBits) => {
  fc.assert(
    fc.property(steps, (list) => {
      for (const table of [
        new PlainHandleTable({ limit: 20, generationBits }),
        SharedHandleTable.create({ limit: 20, generationBits }, 1),
      ]) {
        const model = new Model();
        for (const { kind, value } of list) follow(table, model, kind, value | 0);
      }
    }),
    { numRuns: 50 },
  );
});

test('B1.1: a table is whole again after an agent died in the middle of a change, and its handles can be ended', () => {
  const table = SharedHandleTable.create({}, 1);
  const other = new SharedHandleTable(table.buffer, 2);
  const kept = table.create(1, 1)!;
  const lost = other.create(2, 2)!;
  // As far as `create` gets before its last words: the lock, a count that is wrong.
  new SharedLock(new Int32Array(table.buffer), { owner: 2 }).tryAcquire(0);
  new Int32Array(table.buffer)[17] = 77;
  expect(table.lockState().owner).toBe(2);
  expect(table.releaseDead(2)).toBe(true);
  expect(table.count).toBe(2);
  expect(table.dropOwned(2)).toHaveLength(1);
  expect([table.get(kept)?.kind, table.get(lost)]).toEqual([1, undefined]);
});

describe.each(tables)('B1.1: indices of a %s table', (_, owner) => {
  const entry = { kind: 4, owner: 2, payload: [1, 2, 3, 4, 5] };

  test('can be chosen, once, within the limit', () => {
    const table = newHandleTable({ generationBits: 0, limit: 300 }, owner);
    const chosen = [5, 299, 5, 300, -1, 0.5].map((handle) => table.createAt(handle, entry));
    expect(chosen).toEqual([true, true, false, false, false, false]);
    expect([table.get(5), table.get(299), table.get(298), table.count]).toEqual([entry, entry, undefined, 2]);
    // The lowest that is free, around what is taken.
    expect(Array.from({ length: 6 }, () => table.create(0, 0))).toEqual([0, 1, 2, 3, 4, 6]);
    for (let i = table.count; i < 300; i++) expect(table.create(0, 0)).not.toBe(299);
    expect([table.create(0, 0), table.count]).toEqual([undefined, 300]);
  });

  test('are not for the choosing where handles have generations', () => {
    expect(newHandleTable({}, owner).createAt(5, entry)).toBe(false);
  });

  test('get another meaning at once', () => {
    const table = newHandleTable({}, owner);
    const handle = table.create(1, 1, [9])!;
    expect([table.replace(handle, entry), table.get(handle), table.count]).toEqual([true, entry, 1]);
    table.drop(handle);
    expect(table.replace(handle, entry)).toBe(false);
  });
});

test('B1.1: a place of a shared table is the same for every agent, before and after the table has grown', () => {
  const table = SharedHandleTable.create({ generationBits: 0, limit: 1000 }, 1);
  const other = new SharedHandleTable(table.buffer, 2);
  expect([other.cell(700), other.cell(-1)]).toEqual([undefined, undefined]);
  const early = other.cell(3)!;
  expect(early.isInUse).toBe(false);
  table.createAt(3, { kind: 7, owner: 1, payload: [1, 2, 3, 4, 5] });
  table.createAt(700, { kind: 8, owner: 1, payload: [6] });
  expect([early.isInUse, early.kind, [...early.payload]]).toEqual([true, 7, [1, 2, 3, 4, 5]]);
  const late = other.cell(700)!;
  late.payload[1] = -1;
  expect([late.kind, table.get(700)?.payload]).toEqual([8, [6, -1, 0, 0, 0]]);
  expect((late.payload.byteOffset + 4) % 8).toBe(0);
  table.drop(700);
  expect(late.isInUse).toBe(false);
});
