/** The functions that take paths, on both hosts: their answers, and the bytes they store. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { HostDirectory } from '../host/host.ts';
import { openDirectory } from '../host/node/index.ts';
import type { ErrnoName } from './errno.ts';
import type { FunctionName } from './signatures.ts';
import { type Case, named, runCase, tree } from './test-cases.ts';
import { TestGuest } from './test-guest.ts';

type HostKind = 'memory' | 'node';

const temporaryDirectories: string[] = [];

afterAll(() => {
  for (const path of temporaryDirectories) rmSync(path, { recursive: true });
});

/** The files of `tree` in a new directory of this machine. */
function nodeTree(): HostDirectory {
  const path = mkdtempSync(join(tmpdir(), 'glassbox-wasi-'));
  temporaryDirectories.push(path);
  mkdirSync(join(path, 'sub', 'deep'), { recursive: true });
  writeFileSync(join(path, 'hello.txt'), 'hello');
  writeFileSync(join(path, 'sub', 'x.txt'), 'x');
  return openDirectory(path);
}

/** `tree` and links, which only calls can make. */
function guestWithLinks(kind: HostKind): TestGuest {
  const guest = new TestGuest({ byteCount: 2048, ...(kind === 'memory' ? { tree } : { directory: nodeTree() }) });
  const link = (target: string, path: string) =>
    guest.call('path_symlink', ...guest.text(target), 3, ...guest.text(path));
  link('hello.txt', 'link');
  link('sub', 'sublink');
  link('nowhere', 'dangling');
  return guest;
}

/** Cases that only look at the answer: function, what is done, answer. */
function pathCases(): Case[] {
  type Act = (guest: TestGuest) => ErrnoName;
  const open =
    (path: string, { follow = 1, oflags = 0, rights = 2n, fdflags = 0 } = {}): Act =>
    (guest) =>
      guest.call('path_open', 3, follow, ...guest.text(path), oflags, rights, 0n, fdflags, 8);
  const mkdir =
    (path: string): Act =>
    (guest) =>
      guest.call('path_create_directory', 3, ...guest.text(path));
  const stat =
    (path: string, follow: number): Act =>
    (guest) =>
      guest.call('path_filestat_get', 3, follow, ...guest.text(path), 8);
  const times =
    (path: string, fstflags: number): Act =>
    (guest) =>
      guest.call('path_filestat_set_times', 3, 0, ...guest.text(path), 1n, 2n, fstflags);
  const link =
    (from: string, to: string, flags = 0): Act =>
    (guest) =>
      guest.call('path_link', 3, flags, ...guest.text(from), 3, ...guest.text(to));
  const readlink =
    (path: string, room = 3): Act =>
    (guest) =>
      guest.call('path_readlink', 3, ...guest.text(path), 4, room, 8);
  const rmdir =
    (path: string): Act =>
    (guest) =>
      guest.call('path_remove_directory', 3, ...guest.text(path));
  const rename =
    (from: string, to: string): Act =>
    (guest) =>
      guest.call('path_rename', 3, ...guest.text(from), 3, ...guest.text(to));
  const symlink =
    (target: string, path: string): Act =>
    (guest) =>
      guest.call('path_symlink', ...guest.text(target), 3, ...guest.text(path));
  const unlink =
    (path: string): Act =>
    (guest) =>
      guest.call('path_unlink_file', 3, ...guest.text(path));

  const rows: [FunctionName, string, Act, ErrnoName][] = [
    ['path_open', 'a file', open('hello.txt'), 'success'],
    [
      'path_unlink_file',
      'no UTF-8, below what is no directory',
      (guest) => guest.call('path_unlink_file', 1, ...guest.text(new Uint8Array([0xff]))),
      'badf',
    ],
    ['path_open', 'without rights, for reading', open('hello.txt', { rights: 0n }), 'success'],
    ['path_open', 'missing', open('new'), 'noent'],
    ['path_open', 'made', open('new', { oflags: 1 }), 'success'],
    ['path_open', 'made through a dangling link', open('dangling', { oflags: 1 }), 'success'],
    ['path_open', 'must be new, dangling link', open('dangling', { oflags: 5 }), 'exist'],
    ['path_open', 'must be new, directory', open('sub', { oflags: 5 }), 'exist'],
    ['path_open', 'must be new', open('hello.txt', { oflags: 5, rights: 0x42n }), 'exist'],
    ['path_open', 'link not to be followed', open('link', { follow: 0 }), 'loop'],
    ['path_open', 'link to a directory not to be followed', open('sublink', { follow: 0, oflags: 2 }), 'loop'],
    ['path_open', 'link to a directory with a slash', open('sublink/', { follow: 0 }), 'success'],
    ['path_open', 'link in the middle', open('sublink/x.txt', { follow: 0 }), 'success'],
    ['path_open', 'directory for writing', open('sub', { rights: 0x40n }), 'isdir'],
    ['path_open', 'directory to be cut', open('sub', { oflags: 8 }), 'isdir'],
    ['path_open', 'directory to be made', open('sub', { oflags: 1 }), 'isdir'],
    ['path_open', 'file that must be a directory', open('hello.txt', { oflags: 2 }), 'notdir'],
    ['path_open', 'file with a slash', open('hello.txt/'), 'notdir'],
    ['path_open', 'new file with a slash', open('new/', { oflags: 1 }), 'isdir'],
    ['path_open', 'file with a slash, to be made', open('hello.txt/', { oflags: 1 }), 'isdir'],
    ['path_open', 'missing with a slash', open('new/'), 'noent'],
    ['path_open', 'make a directory', open('new', { oflags: 3 }), 'inval'],
    ['path_open', 'unknown oflag', open('hello.txt', { oflags: 16 }), 'inval'],
    ['path_open', 'unknown fdflag', open('hello.txt', { fdflags: 32 }), 'inval'],
    ['path_open', 'unknown lookup flag', open('hello.txt', { follow: 2 }), 'inval'],
    ['path_open', 'synchronous writes', open('hello.txt', { fdflags: 16 }), 'notsup'],
    [
      'path_open',
      'stream as base',
      (guest) => guest.call('path_open', 1, 0, ...guest.text('x'), 0, 0n, 0n, 0, 8),
      'badf',
    ],
    [
      'path_open',
      'file as base',
      (guest) => {
        const fd = guest.open('hello.txt');
        return guest.call('path_open', fd, 0, ...guest.text('x'), 0, 0n, 0n, 0, 8);
      },
      'notdir',
    ],
    ['path_create_directory', 'new', mkdir('new'), 'success'],
    ['path_create_directory', 'new with a slash', mkdir('new/'), 'success'],
    ['path_create_directory', 'taken', mkdir('sub'), 'exist'],
    ['path_create_directory', 'taken by a dangling link', mkdir('dangling'), 'exist'],
    ['path_create_directory', 'the base', mkdir('.'), 'exist'],
    ['path_create_directory', 'below a missing one', mkdir('nope/x'), 'noent'],
    ['path_filestat_get', 'a file', stat('hello.txt', 0), 'success'],
    ['path_filestat_get', 'dangling link itself', stat('dangling', 0), 'success'],
    ['path_filestat_get', 'dangling link followed', stat('dangling', 1), 'noent'],
    ['path_filestat_get', 'file with a slash', stat('link/', 1), 'notdir'],
    ['path_filestat_set_times', 'a file', times('hello.txt', 5), 'success'],
    ['path_filestat_set_times', 'the base', times('.', 5), 'success'],
    ['path_filestat_set_times', 'unknown flag', times('hello.txt', 16), 'inval'],
    ['path_filestat_set_times', 'missing', times('nope', 5), 'noent'],
    ['path_link', 'a file', link('hello.txt', 'new'), 'success'],
    ['path_link', 'a link itself', link('dangling', 'new'), 'success'],
    ['path_link', 'a directory', link('sub', 'new'), 'perm'],
    ['path_link', 'the base', link('.', 'new'), 'perm'],
    ['path_link', 'the base, taken', link('.', 'sub'), 'exist'],
    ['path_link', 'a directory, taken', link('sub', 'hello.txt'), 'exist'],
    ['path_link', 'a link to a directory with a slash', link('sublink/', 'new'), 'perm'],
    ['path_link', 'missing', link('nope', 'new'), 'noent'],
    ['path_link', 'taken', link('hello.txt', 'sub'), 'exist'],
    ['path_link', 'new name with a slash', link('hello.txt', 'new/'), 'noent'],
    ['path_link', 'old name with a slash', link('hello.txt/', 'new'), 'notdir'],
    ['path_link', 'following links is not offered', link('link', 'new', 1), 'inval'],
    ['path_readlink', 'no link', readlink('hello.txt'), 'inval'],
    ['path_readlink', 'the base', readlink('.'), 'inval'],
    ['path_readlink', 'missing', readlink('nope'), 'noent'],
    ['path_readlink', 'no room', readlink('link', 0), 'success'],
    ['path_remove_directory', 'empty', rmdir('sub/deep'), 'success'],
    ['path_remove_directory', 'with entries', rmdir('sub'), 'notempty'],
    ['path_remove_directory', 'a file', rmdir('hello.txt'), 'notdir'],
    ['path_remove_directory', 'a link to a directory', rmdir('sublink'), 'notdir'],
    ['path_remove_directory', 'a link to a directory with a slash', rmdir('sublink/'), 'notdir'],
    ['path_remove_directory', 'the base', rmdir('.'), 'inval'],
    ['path_rename', 'a file', rename('hello.txt', 'new'), 'success'],
    ['path_rename', 'onto itself', rename('hello.txt', 'hello.txt'), 'success'],
    ['path_rename', 'a file with a slash behind the new name', rename('hello.txt', 'new/'), 'notdir'],
    ['path_rename', 'a file onto a directory', rename('hello.txt', 'sub'), 'isdir'],
    ['path_rename', 'a directory onto a file', rename('sub', 'hello.txt'), 'notdir'],
    ['path_rename', 'a directory onto an empty one', rename('sub', 'sub/deep'), 'inval'],
    ['path_rename', 'a directory with a slash behind the new name', rename('sub', 'new/'), 'success'],
    ['path_rename', 'the base', rename('.', 'new'), 'busy'],
    ['path_rename', 'missing', rename('nope', 'new'), 'noent'],
    ['path_symlink', 'to nowhere', symlink('t', 'new'), 'success'],
    ['path_symlink', 'to a text with a zero', symlink('a\0b', 'new'), 'inval'],
    ['path_symlink', 'to a text with a zero, in a folder that is not there', symlink('a\0b', 'no/new'), 'noent'],
    ['path_symlink', 'out of the base, which following will refuse', symlink('../..', 'new'), 'success'],
    ['path_symlink', 'absolute', symlink('/t', 'new'), 'perm'],
    ['path_symlink', 'empty', symlink('', 'new'), 'noent'],
    ['path_symlink', 'taken', symlink('t', 'hello.txt'), 'exist'],
    ['path_symlink', 'taken, with a slash', symlink('t', 'sub/'), 'exist'],
    ['path_symlink', 'taken by a file, with a slash', symlink('t', 'hello.txt/'), 'notdir'],
    ['path_symlink', 'taken by a link to a directory, with a slash', symlink('t', 'sublink/'), 'exist'],
    ['path_symlink', 'with a slash', symlink('t', 'new/'), 'noent'],
    ['path_unlink_file', 'a file', unlink('hello.txt'), 'success'],
    ['path_unlink_file', 'a link, not what it leads to', unlink('sublink'), 'success'],
    ['path_unlink_file', 'a directory', unlink('sub'), 'isdir'],
    ['path_unlink_file', 'a file with a slash', unlink('hello.txt/'), 'notdir'],
    ['path_unlink_file', 'the base', unlink('.'), 'isdir'],
  ];
  const plain = (['memory', 'node'] as const).flatMap((kind) =>
    rows.map(([name, title, act, errno]) => ({
      name: `${title} (${kind})`,
      function: name,
      guest: () => guestWithLinks(kind),
      act,
      errno,
    })),
  );
  const withBytes: Case[] = [
    {
      name: 'the lowest free number',
      function: 'path_open',
      options: { tree },
      act: (guest) => guest.call('path_open', 3, 0, ...guest.text('hello.txt'), 0, 2n, 0n, 0, 4),
      errno: 'success',
      at: 3,
      picture: '? 04 00 00 00 ?',
    },
    {
      name: 'a cut of a file opened for reading',
      function: 'path_open',
      options: { tree },
      act: (guest) => guest.call('path_open', 3, 0, ...guest.text('hello.txt'), 8, 2n, 0n, 0, 4),
      errno: 'success',
      check: (guest) => {
        guest.call('fd_filestat_get', 4, 8);
        expect(guest.picture(40, 42)).toBe('00 00');
      },
    },
    {
      name: 'what the first buffer has room for',
      function: 'path_readlink',
      guest: () => guestWithLinks('memory'),
      act: readlink('link'),
      errno: 'success',
      at: 3,
      picture: '? 68 65 6c ? 03 00 00 00 ?',
    },
    {
      name: 'a second name counts',
      function: 'path_link',
      options: { tree },
      act: link('hello.txt', 'new'),
      errno: 'success',
      check: (guest) => {
        expect(stat('new', 0)(guest)).toBe('success');
        expect(guest.picture(24, 33)).toBe('04 00 00 00 00 00 00 00 02');
      },
    },
  ];
  return [...plain, ...withBytes];
}

describe('functions that take paths', () => {
  test.each(named(pathCases()))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });
});

test('the memory host answers as the node host does', { skip: process.platform !== 'linux' }, () => {
  const names = ['hello.txt', 'sub', 'sub/deep', 'sub/x.txt', 'link', 'sublink', 'dangling', 'new', 'sub/new', 'new/a'];
  const path = fc.constantFrom(
    ...names,
    'sublink/x.txt',
    '.',
    '..',
    '',
    'sub/..',
    'new/',
    'sub/',
    'hello.txt/',
    'sublink/',
  );
  const base = fc.constantFrom(3, 3, 3, 4);
  const step: fc.Arbitrary<(guest: TestGuest) => ErrnoName> = fc.oneof(
    fc
      .tuple(base, path, fc.constantFrom(0, 1), fc.constantFrom(0, 1, 2, 4, 5, 8, 9), fc.constantFrom(2, 0x40, 0x42))
      .map(([fd, name, follow, oflags, rights]) => (guest: TestGuest) => {
        return guest.call('path_open', fd, follow, ...guest.text(name), oflags, BigInt(rights), 0n, 0, 8);
      }),
    fc.tuple(base, path).map(
      ([fd, name]) =>
        (guest: TestGuest) =>
          guest.call('path_create_directory', fd, ...guest.text(name)),
    ),
    fc.tuple(base, path).map(
      ([fd, name]) =>
        (guest: TestGuest) =>
          guest.call('path_remove_directory', fd, ...guest.text(name)),
    ),
    fc.tuple(base, path).map(
      ([fd, name]) =>
        (guest: TestGuest) =>
          guest.call('path_unlink_file', fd, ...guest.text(name)),
    ),
    fc.tuple(base, path, path).map(([fd, from, to]) => (guest: TestGuest) => {
      return guest.call('path_rename', fd, ...guest.text(from), 3, ...guest.text(to));
    }),
    fc.tuple(base, path, path).map(([fd, from, to]) => (guest: TestGuest) => {
      return guest.call('path_link', fd, 0, ...guest.text(from), 3, ...guest.text(to));
    }),
    fc.tuple(base, path, path).map(([fd, target, name]) => (guest: TestGuest) => {
      return guest.call('path_symlink', ...guest.text(target), fd, ...guest.text(name));
    }),
    fc.tuple(base, path).map(([fd, name]) => (guest: TestGuest) => {
      return guest.call('path_readlink', fd, ...guest.text(name), 16, 16, 8);
    }),
    fc.tuple(base, path, fc.constantFrom(0, 1)).map(([fd, name, follow]) => (guest: TestGuest) => {
      return guest.call('path_filestat_get', fd, follow, ...guest.text(name), 16);
    }),
    fc.constant((guest: TestGuest) => guest.call('fd_close', 4)),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
      const [inMemory, onNode] = [guestWithLinks('memory'), guestWithLinks('node')];
      expect(steps.map((act) => act(inMemory))).toEqual(steps.map((act) => act(onNode)));
      onNode.context.descriptors.closeAll();
    }),
    { numRuns: 300 },
  );
});
