/** Times of files in memory: what changes them, as POSIX has it, and that equal runs have equal ones. */
import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../../../api/index.ts';
import type { OpenOptions } from '../host.ts';
import { loadMemoryDirectory, type MemoryDirectory, memoryDirectory } from './index.ts';

const readWrite: OpenOptions = { read: true, write: true, create: false, exclusive: false, truncate: false };

const paths = ['.', 'f', 'g', 'sub'] as const;

function statOf(root: MemoryDirectory, path: (typeof paths)[number]) {
  return path === '.' ? root.stat() : root.statEntry(path);
}

/** What an act makes younger: `m` for content and entries, `c` for anything about it. */
const acts: readonly [name: string, act: (root: MemoryDirectory) => unknown, changed: string][] = [
  ['reading', (root) => root.openFile('f', readWrite).read(new Uint8Array(9), 0), ''],
  ['listing', (root) => root.list(), ''],
  ['writing', (root) => root.openFile('f', readWrite).write(encodeUtf8('x'), 0), 'f:mc'],
  ['writing nothing', (root) => root.openFile('f', readWrite).write(new Uint8Array(0), 0), ''],
  ['appending', (root) => root.openFile('f', readWrite).append(encodeUtf8('x')), 'f:mc'],
  ['setting the size', (root) => root.openFile('f', readWrite).setSize(1), 'f:mc'],
  ['cutting', (root) => root.openFile('f', { ...readWrite, truncate: true }), 'f:mc'],
  ['making a file', (root) => root.openFile('new', { ...readWrite, create: true }), '.:mc'],
  ['making what is there', (root) => root.openFile('f', { ...readWrite, create: true }), ''],
  ['making a directory', (root) => root.createDirectory('new'), '.:mc'],
  ['a second name', (root) => root.createLink('f', root, 'new'), '.:mc f:c'],
  ['a link', (root) => root.createSymbolicLink('new', 'f'), '.:mc'],
  ['moving below', (root) => root.rename('f', root.openDirectory('sub'), 'f'), '.:mc sub:mc'],
  ['moving onto itself', (root) => root.rename('f', root, 'f'), ''],
  ['removing', (root) => root.removeFile('g'), '.:mc'],
  ['setting times', (root) => root.setEntryTimes('f', { modifyTimeNs: 1n }), 'f:mc'],
];

describe('times in memory', () => {
  test.each(acts)('%s', (_, act, changed) => {
    const root = memoryDirectory({ f: 'text', g: '', sub: {} });
    const before = new Map(paths.map((path) => [path, statOf(root, path)]));
    act(root);
    const found = paths.flatMap((path) => {
      if (path !== '.' && !root.list().some(({ name }) => name === path)) return [];
      const [old, now] = [before.get(path)!, statOf(root, path)];
      const modified = now.modifyTimeNs === old.modifyTimeNs ? '' : 'm';
      const touched = now.changeTimeNs > old.changeTimeNs ? 'c' : '';
      return modified + touched === '' ? [] : [`${path}:${modified}${touched}`];
    });
    expect(found.join(' ')).toBe(changed);
  });

  test('come from a clock that is given', () => {
    const clock = { realtimeNs: () => 42n };
    expect(memoryDirectory({ f: '' }, { clock }).statEntry('f')).toMatchObject({
      modifyTimeNs: 42n,
      changeTimeNs: 42n,
    });
  });

  test('are equal in equal runs, and go on when saved', () => {
    const run = () => {
      const root = memoryDirectory({ f: '' });
      root.createDirectory('d');
      return root;
    };
    expect(run().save()).toEqual(run().save());
    const root = run();
    const loaded = loadMemoryDirectory(root.save());
    for (const each of [root, loaded]) each.createDirectory('later');
    expect(loaded.statEntry('later')).toEqual(root.statEntry('later'));
    expect(loaded.statEntry('f')).toEqual(root.statEntry('f'));
  });
});
