/** Read-only directories: whatever is reached through one, nothing can be changed by it. */
import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../../api/index.ts';
import { type HostDirectory, HostError, type OpenOptions } from './host.ts';
import { memoryDirectory } from './memory.ts';
import { readOnlyDirectory } from './read-only.ts';

const reading: OpenOptions = { read: true, write: false, create: false, exclusive: false, truncate: false };

function makeDirectory() {
  const directory = memoryDirectory({ 'f.txt': 'text', sub: { 'g.txt': 'more' } });
  directory.createSymbolicLink('link', 'f.txt');
  return directory;
}

/** Everything that changes something, as `directory` would do it. */
const changes: readonly [name: string, act: (directory: HostDirectory) => unknown][] = [
  ['setTimes', (directory) => directory.setTimes({})],
  ['setEntryTimes', (directory) => directory.setEntryTimes('f.txt', {})],
  ['createDirectory', (directory) => directory.createDirectory('new')],
  ['createLink', (directory) => directory.createLink('f.txt', directory, 'new')],
  ['createSymbolicLink', (directory) => directory.createSymbolicLink('new', 'f.txt')],
  ['rename', (directory) => directory.rename('f.txt', directory, 'new')],
  ['removeDirectory', (directory) => directory.removeDirectory('sub')],
  ['removeFile', (directory) => directory.removeFile('f.txt')],
  ['openFile to write', (directory) => directory.openFile('f.txt', { ...reading, write: true })],
  ['openFile to make', (directory) => directory.openFile('new', { ...reading, create: true })],
  ['openFile to cut', (directory) => directory.openFile('f.txt', { ...reading, truncate: true })],
  ['write', (directory) => directory.openFile('f.txt', reading).write(encodeUtf8('x'), 0)],
  ['append', (directory) => directory.openFile('f.txt', reading).append(encodeUtf8('x'))],
  ['setSize', (directory) => directory.openFile('f.txt', reading).setSize(0)],
  ['setTimes of a file', (directory) => directory.openFile('f.txt', reading).setTimes({})],
  ['createDirectory below', (directory) => directory.openDirectory('sub').createDirectory('new')],
  ['removeFile below', (directory) => directory.openDirectory('sub').removeFile('g.txt')],
  ['removeFile through another handle', (directory) => directory.reopen().removeFile('f.txt')],
];

describe('a read-only directory', () => {
  test.each(changes)('refuses %s and stays as it was', (_, act) => {
    const directory = makeDirectory();
    const before = directory.save();
    expect(() => act(readOnlyDirectory(directory))).toThrow(
      new HostError('EPERM', 'the directory is granted read-only'),
    );
    expect(directory.save()).toEqual(before);
  });

  test('shows what is there, also what changes beneath it', () => {
    const directory = makeDirectory();
    const readOnly = readOnlyDirectory(directory);
    directory.createDirectory('later');
    expect(readOnly.list().map(({ name }) => name)).toEqual(directory.list().map(({ name }) => name));
    expect(readOnly.stat()).toEqual(directory.stat());
    expect(readOnly.statEntry('f.txt')).toEqual(directory.statEntry('f.txt'));
    expect(readOnly.readLink('link')).toBe('f.txt');
    const file = readOnly.openDirectory('sub').openFile('g.txt', reading);
    const bytes = new Uint8Array(8);
    expect([file.read(bytes, 0), file.stat().sizeBytes]).toEqual([4, 4n]);
    file.sync(true);
    file.close();
  });

  test('nothing is linked or moved between it and one that is not', () => {
    const directory = makeDirectory();
    const readOnly = readOnlyDirectory(directory.openDirectory('sub'));
    for (const [from, name, to] of [
      [readOnly, 'g.txt', directory],
      [directory, 'f.txt', readOnly],
    ] as const) {
      expect(() => from.createLink(name, to, 'new')).toThrow(HostError);
      expect(() => from.rename(name, to, 'new')).toThrow(HostError);
    }
    expect(directory.readFile('f.txt')).toBeDefined();
    expect(directory.readFile('sub/g.txt')).toBeDefined();
  });

  test('read-only twice is read-only', () => {
    const readOnly = readOnlyDirectory(makeDirectory());
    expect(readOnlyDirectory(readOnly)).toBe(readOnly);
  });
});
