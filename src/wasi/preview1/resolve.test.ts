/** Path resolution: where paths lead, that none leads out, on both hosts. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type HostDirectory, HostError } from '../host/host.ts';
import { memoryDirectory } from '../host/memory.ts';
import { openDirectory } from '../host/node/index.ts';
import { atPath, type LastLink } from './resolve.ts';

const links: Readonly<Record<string, string>> = {
  up: '../outside.txt',
  absolute: '/etc/passwd',
  link: 'hello.txt',
  sublink: 'sub',
  loop: 'loop',
  ping: 'pong',
  pong: 'ping',
  dangling: 'nowhere',
  far: 'sub/../sublink/./deep/../x.txt',
  'slash-link': 'sub/',
};

/** A directory beside which there is a secret: `outside.txt` one level above. */
function onNode(): HostDirectory {
  const outside = mkdtempSync(join(tmpdir(), 'glassbox-resolve-'));
  temporaryDirectories.push(outside);
  const root = join(outside, 'root');
  mkdirSync(join(root, 'sub', 'deep'), { recursive: true });
  writeFileSync(join(outside, 'outside.txt'), 'secret');
  writeFileSync(join(root, 'hello.txt'), 'hello');
  writeFileSync(join(root, 'sub', 'x.txt'), 'x');
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name));
  symlinkSync('../hello.txt', join(root, 'sub', 'back'));
  symlinkSync('../../outside.txt', join(root, 'sub', 'out'));
  return openDirectory(root);
}

function inMemory(): HostDirectory {
  const top = memoryDirectory({
    'outside.txt': 'secret',
    root: { 'hello.txt': 'hello', sub: { deep: {}, 'x.txt': 'x' } },
  });
  const root = top.openDirectory('root');
  for (const [name, target] of Object.entries(links)) root.createSymbolicLink(name, target);
  const sub = root.openDirectory('sub');
  sub.createSymbolicLink('back', '../hello.txt');
  sub.createSymbolicLink('out', '../../outside.txt');
  return root;
}

const temporaryDirectories: string[] = [];

afterAll(() => {
  for (const path of temporaryDirectories) rmSync(path, { recursive: true });
});

/** What the path leads to: a name and its type, `/` for the directory itself, or the error. */
function describePlace(root: HostDirectory, path: string, lastLink: LastLink): string {
  try {
    return atPath(root, path, lastLink, ({ directory, name, mustBeDirectory }) => {
      const slash = mustBeDirectory ? '/' : '';
      if (name === undefined) return `directory of ${directory.stat().inode === root.stat().inode ? 'root' : 'below'}`;
      try {
        return `${directory.statEntry(name).type} ${name}${slash}`;
      } catch (error) {
        return `${(error as HostError).code} ${name}${slash}`;
      }
    });
  } catch (error) {
    if (error instanceof HostError) return error.code;
    throw error;
  }
}

const rows: [path: string, follow: string, keep: string][] = [
  ['hello.txt', 'file hello.txt', 'file hello.txt'],
  ['./hello.txt', 'file hello.txt', 'file hello.txt'],
  ['sub//x.txt', 'file x.txt', 'file x.txt'],
  ['sub/../hello.txt', 'file hello.txt', 'file hello.txt'],
  ['sub/deep/../../hello.txt', 'file hello.txt', 'file hello.txt'],
  ['.', 'directory of root', 'directory of root'],
  ['sub/..', 'directory of root', 'directory of root'],
  ['sub/.', 'directory of below', 'directory of below'],
  ['sub', 'directory sub', 'directory sub'],
  ['sub/', 'directory sub/', 'directory sub/'],
  ['nope', 'ENOENT nope', 'ENOENT nope'],
  ['', 'ENOENT', 'ENOENT'],
  ['nope/x', 'ENOENT', 'ENOENT'],
  ['hello.txt/x', 'ENOTDIR', 'ENOTDIR'],
  ['hello.txt/.', 'ENOTDIR', 'ENOTDIR'],
  ['hello.txt/..', 'ENOTDIR', 'ENOTDIR'],
  ['link', 'file hello.txt', 'symbolic-link link'],
  ['sublink', 'directory sub', 'symbolic-link sublink'],
  ['sublink/', 'directory sub/', 'directory sub/'],
  ['slash-link', 'directory sub/', 'symbolic-link slash-link'],
  ['sublink/x.txt', 'file x.txt', 'file x.txt'],
  ['sublink/../hello.txt', 'file hello.txt', 'file hello.txt'],
  ['sub/back', 'file hello.txt', 'symbolic-link back'],
  ['far', 'file x.txt', 'symbolic-link far'],
  ['dangling', 'ENOENT nowhere', 'symbolic-link dangling'],
  ['loop', 'ELOOP', 'symbolic-link loop'],
  ['ping', 'ELOOP', 'symbolic-link ping'],
  ['loop/x', 'ELOOP', 'ELOOP'],
  // Ways out, each of which is refused.
  ['..', 'EPERM', 'EPERM'],
  ['/', 'EPERM', 'EPERM'],
  ['/hello.txt', 'EPERM', 'EPERM'],
  ['//hello.txt', 'EPERM', 'EPERM'],
  ['../outside.txt', 'EPERM', 'EPERM'],
  ['../root/hello.txt', 'EPERM', 'EPERM'],
  ['sub/../../outside.txt', 'EPERM', 'EPERM'],
  ['./../outside.txt', 'EPERM', 'EPERM'],
  ['sublink/../../outside.txt', 'EPERM', 'EPERM'],
  ['up', 'EPERM', 'symbolic-link up'],
  ['up/', 'EPERM', 'EPERM'],
  ['absolute', 'EPERM', 'symbolic-link absolute'],
  ['absolute/x', 'EPERM', 'EPERM'],
  ['sub/out', 'EPERM', 'symbolic-link out'],
  ['hello\0.txt', 'EINVAL', 'EINVAL'],
  ['sub/\0/../..', 'EINVAL', 'EINVAL'],
  ['a'.repeat(4097), 'ENAMETOOLONG', 'ENAMETOOLONG'],
  // What other systems take for separators, drives and variables are names.
  ['..\\outside.txt', 'ENOENT ..\\outside.txt', 'ENOENT ..\\outside.txt'],
  ['C:', 'ENOENT C:', 'ENOENT C:'],
  ['...', 'ENOENT ...', 'ENOENT ...'],
];

describe.each([
  ['memory', inMemory],
  ['node', onNode],
] as const)('resolution on the %s host', (_, makeRoot) => {
  const root = makeRoot();

  test.each(rows)('%j -> followed %s, kept %s', (path, follow, keep) => {
    expect(describePlace(root, path, 'follow')).toBe(follow);
    expect(describePlace(root, path, 'keep')).toBe(keep);
  });

  test('a link is removed by its name, even with a slash behind it', () => {
    expect(describePlace(root, 'sublink/', 'keep-always')).toBe('symbolic-link sublink/');
  });

  test('no path of any shape reaches the secret', () => {
    const component = fc.constantFrom(
      '..',
      '.',
      '',
      'sub',
      'deep',
      'up',
      'out',
      'sublink',
      'root',
      'outside.txt',
      'far',
    );
    fc.assert(
      fc.property(fc.array(component, { maxLength: 8 }), fc.constantFrom('follow', 'keep'), (names, lastLink) => {
        expect(describePlace(root, names.join('/'), lastLink as LastLink)).not.toMatch(/^file outside/);
      }),
      { numRuns: 300 },
    );
  });
});

test('a walk closes what it opened, however it ends', { skip: process.platform !== 'linux' }, () => {
  const root = onNode();
  const openCount = () => readdirSync('/proc/self/fd').length;
  const before = openCount();
  for (const [path] of rows) describePlace(root, path, 'follow');
  expect(openCount()).toBe(before);
});
