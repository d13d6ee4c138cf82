/** Directories and files of the node host. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HostError, type OpenOptions } from '../host.ts';
import { openDirectory } from './index.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-node-host-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('files', () => {
  const readWrite: OpenOptions = { read: true, write: true, create: true, exclusive: false, truncate: false };

  function newFolder(): string {
    return mkdtempSync(join(folder, 'files-'));
  }

  test('a pipe takes what it has room for', { skip: process.platform !== 'linux' }, () => {
    const path = newFolder();
    execFileSync('mkfifo', [join(path, 'pipe')]);
    const root = openDirectory(path);
    const reader = root.openFile('pipe', { ...readWrite, write: false, create: false });
    const writer = root.openFile('pipe', { ...readWrite, read: false, create: false });
    const pipeBytes = writer.append(new Uint8Array(200_000));
    expect(pipeBytes).toBeGreaterThan(0);
    expect(pipeBytes).toBeLessThan(200_000);
    expect(() => writer.append(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
    expect(reader.read(new Uint8Array(10), 0)).toBe(10);
    for (const each of [reader, writer, root]) each.close();
  });

  test('are read into shared memory and written from it', () => {
    const root = openDirectory(newFolder());
    const file = root.openFile('f', readWrite);
    const bytes = new Uint8Array(new SharedArrayBuffer(4));
    bytes.set([1, 2, 3, 4]);
    file.write(bytes, 2);
    bytes.fill(9);
    expect(file.read(bytes, 1)).toBe(4);
    expect([...bytes]).toEqual([0, 1, 2, 3]);
    file.close();
    root.close();
  });

  test('a directory stays itself when it is renamed and a link takes its name', {
    skip: process.platform !== 'linux',
  }, () => {
    const path = newFolder();
    mkdirSync(join(path, 'root', 'd'), { recursive: true });
    mkdirSync(join(path, 'elsewhere'));
    writeFileSync(join(path, 'root', 'd', 'mine'), '');
    const root = openDirectory(join(path, 'root'));
    const directory = root.openDirectory('d');
    renameSync(join(path, 'root', 'd'), join(path, 'root', 'moved'));
    symlinkSync('../elsewhere', join(path, 'root', 'd'));
    expect(directory.list().map(({ name }) => name)).toEqual(['mine']);
    expect(
      directory
        .reopen()
        .list()
        .map(({ name }) => name),
    ).toEqual(['mine']);
    directory.openFile('new', readWrite).close();
    expect(readFileSync(join(path, 'root', 'moved', 'new'), 'utf8')).toBe('');
    directory.close();
    root.close();
  });

  test.each([
    ['openDirectory of a link', (root) => root.openDirectory('link'), ['ENOTDIR', 'ELOOP']],
    ['openFile of a link', (root) => root.openFile('link', readWrite), ['ELOOP']],
    ['openFile of a directory', (root) => root.openFile('d', readWrite), ['EISDIR']],
    ['openFile of what is missing', (root) => root.openFile('x', { ...readWrite, create: false }), ['ENOENT']],
    ['openFile that must be new', (root) => root.openFile('f', { ...readWrite, exclusive: true }), ['EEXIST']],
    ['removeDirectory with entries', (root) => root.removeDirectory('d'), ['ENOTEMPTY']],
    ['createLink to another host', (root) => root.createLink('f', {} as never, 'x'), ['EXDEV']],
  ] as [string, (root: ReturnType<typeof openDirectory>) => unknown, string[]][])(
    '%s fails with its code',
    (_, act, codes) => {
      const path = newFolder();
      mkdirSync(join(path, 'd'));
      writeFileSync(join(path, 'd', 'x'), '');
      writeFileSync(join(path, 'f'), '');
      symlinkSync('d', join(path, 'link'));
      const root = openDirectory(path);
      try {
        act(root);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(HostError);
        expect(codes).toContain((error as HostError).code);
      }
      root.close();
    },
  );

  test('times are told as they were set, to the nanosecond, one without the other', () => {
    const path = newFolder();
    closeSync(openSync(join(path, 'f'), 'w'));
    const root = openDirectory(path);
    root.setEntryTimes('f', { accessTimeNs: 1_000_000_123_456_789n, modifyTimeNs: 2_000_000_000_000_001n });
    root.setEntryTimes('f', { modifyTimeNs: 1_795_270_303_968_490_011n });
    expect(root.statEntry('f')).toMatchObject({
      accessTimeNs: 1_000_000_123_456_789n,
      modifyTimeNs: 1_795_270_303_968_490_011n,
    });
    root.close();
  });

  test('what others make of a time is told, not what was set before', () => {
    const path = newFolder();
    const file = join(path, 'f');
    closeSync(openSync(file, 'w'));
    const root = openDirectory(path);
    root.setEntryTimes('f', { accessTimeNs: 1_000_000_123_456_789n, modifyTimeNs: 2_000_000_000_000_001n });
    utimesSync(file, 5, 6);
    expect(root.statEntry('f')).toMatchObject({ accessTimeNs: 5_000_000_000n, modifyTimeNs: 6_000_000_000n });
    root.close();
  });

  test('what is missing or no directory cannot be granted', () => {
    const path = newFolder();
    writeFileSync(join(path, 'f'), '');
    expect(() => openDirectory(join(path, 'nope'))).toThrow(HostError);
    expect(() => openDirectory(join(path, 'f'))).toThrow(HostError);
  });
});
