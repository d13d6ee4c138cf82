/**
 * Ways out of a granted directory, tried with every function that takes a path, on the files of this machine: nothing
 * outside is read, found, changed, made, linked or removed.
 */
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDirectory, openDirectoryByPath } from '../src/wasi/host/node/directory.ts';
import { StepGuest } from './files/backends.ts';
import { fingerprint, inodesOutside, makeSurroundings, SECRET } from './files/outside.ts';
import { entriesIn, type Step } from './files/steps.ts';
import { link, type Tree } from './files/trees.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-escapes-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** What is granted. `TOP` in a link is the folder above. */
function granted(top: string): Tree {
  const chain = Array.from({ length: 39 }, (_, i) => [`chain${i + 1}`, link(`chain${i}`)] as const);
  return {
    'file.txt': 'inside',
    folder: { 'file.txt': 'inside', out: link('../../secret.txt'), deep: { 'file.txt': 'inside' } },
    empty: {},
    up: link('../secret.txt'),
    'up-folder': link('..'),
    'up-slash': link('../'),
    'up-outside': link('../outside'),
    'absolute-file': link(`${top}/secret.txt`),
    'absolute-folder': link(`${top}/outside`),
    root: link('/'),
    here: link('.'),
    'folder-link': link('folder'),
    'twice-up': link('folder/../../secret.txt'),
    'by-link-up': link('up-folder/secret.txt'),
    'by-here': link('here/here/../secret.txt'),
    'back-in': link('../granted/file.txt'),
    'new-outside': link('../made'),
    'new-absolute': link(`${top}/made`),
    'process-root': link('/proc/self/root'),
    'process-folder': link('/proc/self/cwd'),
    'process-handle': link('/proc/self/fd/0'),
    chain0: link('../secret.txt'),
    ...Object.fromEntries(chain),
  };
}

/** What an attempt starts from; `TOP` is the real path of the folder above. */
const paths: readonly [name: string, path: string | Uint8Array][] = [
  ['above', '..'],
  ['above with a slash', '../'],
  ['above and a name', '../secret.txt'],
  ['above and a folder', '../outside'],
  ['above and below', '../outside/secret.txt'],
  ['above in two steps', 'folder/../../secret.txt'],
  ['above in three steps', 'folder/deep/../../../secret.txt'],
  ['above far', '../../../../../../../../../../etc/hostname'],
  ['above after a dot', './../secret.txt'],
  ['above with doubled slashes', './/..//secret.txt'],
  ['above at the end', 'folder/../..'],
  ['above at the end with a slash', 'folder/../../'],
  ['above and back', '../granted/file.txt'],
  ['above, back and above', '../granted/../secret.txt'],
  ['above through a file', 'file.txt/../../secret.txt'],
  ['above through what is missing', 'missing/../../secret.txt'],
  ['above through an empty folder', 'empty/../../secret.txt'],
  ['above by a new name', '../made'],
  ['absolute', 'TOP/secret.txt'],
  ['absolute with two slashes', '/TOP/secret.txt'],
  ['absolute new name', 'TOP/made'],
  ['absolute into what is granted', 'TOP/granted/file.txt'],
  ['the root', '/'],
  ['link above', 'up'],
  ['link above with a slash', 'up/'],
  ['link to the folder above', 'up-folder'],
  ['link to the folder above and a name', 'up-folder/secret.txt'],
  ['link to the folder above and a new name', 'up-folder/made'],
  ['link that ends in a slash', 'up-slash'],
  ['link that ends in a slash and a name', 'up-slash/secret.txt'],
  ['link to a folder beside', 'up-outside'],
  ['link to a folder beside with a slash', 'up-outside/'],
  ['link to a folder beside and a name', 'up-outside/file.txt'],
  ['link to a folder beside and an empty folder', 'up-outside/empty'],
  ['absolute link to a file', 'absolute-file'],
  ['absolute link to a folder', 'absolute-folder'],
  ['absolute link to a folder and a name', 'absolute-folder/file.txt'],
  ['absolute link to a folder and above', 'absolute-folder/../secret.txt'],
  ['link to the root', 'root'],
  ['link to the root and a name', 'root/etc/hostname'],
  ['link to itself and above', 'here/../secret.txt'],
  ['link to itself twice and above', 'here/here/../secret.txt'],
  ['link to a folder and above twice', 'folder-link/../../secret.txt'],
  ['link below that leads above', 'folder/out'],
  ['link below through a link', 'folder-link/out'],
  ['link that goes above in two steps', 'twice-up'],
  ['link through a link above', 'by-link-up'],
  ['link through links to itself', 'by-here'],
  ['link out and back in', 'back-in'],
  ['link to a new name above', 'new-outside'],
  ['absolute link to a new name', 'new-absolute'],
  ['chain of links that ends above', 'chain5'],
  ['chain of 40 links that ends above', 'chain39'],
  ["link to the process's root", 'process-root'],
  ["link to the process's root and a name", 'process-root/etc/hostname'],
  ["link to the process's folder", 'process-folder'],
  ["link to the process's handle", 'process-handle'],
  ['back slashes', '..\\secret.txt'],
  ['back slashes in two steps', 'folder\\..\\..\\secret.txt'],
  ['a drive', 'C:\\secret.txt'],
  ['a drive with slashes', 'C:/secret.txt'],
  ['a share', '\\\\localhost\\C$\\secret.txt'],
  ['a zero byte behind', '../secret.txt\0'],
  ['a zero byte before a suffix', '../secret.txt\0.txt'],
  ['a zero byte between', 'folder/\0/../../secret.txt'],
  ['dots in other letters', '\uff0e\uff0e/secret.txt'],
  ['dots in two bytes', Uint8Array.from([0xc0, 0xae, 0xc0, 0xae, 0x2f, 0x73])],
  ['a slash in two bytes', Uint8Array.from([0x2e, 0x2e, 0xc0, 0xaf, 0x73])],
  ['percent signs', '%2e%2e/secret.txt'],
  ['three dots', '.../secret.txt'],
  ['dots and a blank', '.. /secret.txt'],
  ['a home', '~/secret.txt'],
  ['a variable', '$HOME/secret.txt'],
  ['nothing', ''],
];

const RW = 66n;

/** Every function that takes a path, with all that makes a difference to where it leads. */
const attempts: readonly [name: string, step: (path: string | Uint8Array) => Step][] = [
  ['path_open to read', (path) => ['path_open', 3, 1, path, 0, 2n, 0n, 0]],
  ['path_open a link itself', (path) => ['path_open', 3, 0, path, 0, 2n, 0n, 0]],
  ['path_open to write', (path) => ['path_open', 3, 1, path, 0, RW, 0n, 0]],
  ['path_open to make', (path) => ['path_open', 3, 1, path, 1, RW, 0n, 0]],
  ['path_open to make anew', (path) => ['path_open', 3, 1, path, 5, RW, 0n, 0]],
  ['path_open to cut', (path) => ['path_open', 3, 1, path, 8, RW, 0n, 0]],
  ['path_open a directory', (path) => ['path_open', 3, 1, path, 2, 2n, 0n, 0]],
  ['path_create_directory', (path) => ['path_create_directory', 3, path]],
  ['path_filestat_get', (path) => ['path_filestat_get', 3, 1, path]],
  ['path_filestat_get of a link', (path) => ['path_filestat_get', 3, 0, path]],
  ['path_filestat_set_times', (path) => ['path_filestat_set_times', 3, 1, path, 1n, 1n, 5]],
  ['path_link from', (path) => ['path_link', 3, 0, path, 3, 'taken']],
  ['path_link to', (path) => ['path_link', 3, 0, 'file.txt', 3, path]],
  ['path_readlink', (path) => ['path_readlink', 3, path, 100]],
  ['path_remove_directory', (path) => ['path_remove_directory', 3, path]],
  ['path_rename from', (path) => ['path_rename', 3, path, 3, 'taken']],
  ['path_rename to', (path) => ['path_rename', 3, 'file.txt', 3, path]],
  ['path_symlink', (path) => ['path_symlink', 'file.txt', 3, path]],
  ['path_unlink_file', (path) => ['path_unlink_file', 3, path]],
];

let count = 0;

/** A guest that is granted a directory, and what tells whether it got out. */
class Prisoner {
  readonly top: string;
  readonly granted: string;
  readonly guest: StepGuest;
  readonly #before: readonly string[];
  readonly #inodes: ReadonlySet<bigint>;

  constructor(open: typeof openDirectory) {
    this.top = join(folder, String(count++));
    this.granted = makeSurroundings(this.top, granted(this.top)).granted;
    this.#before = fingerprint(this.top, this.granted);
    this.#inodes = inodesOutside(this.top, this.granted);
    this.guest = new StepGuest([open(this.granted)]);
  }

  /** Makes the attempt, then reads and lists whatever it opened, and throws when any of it is outside. */
  attempt(...step: Step): string {
    const path = step.map((part) => (typeof part === 'string' ? part.replace('TOP', this.top) : part));
    const answer = this.guest.step(...(path as unknown as Step));
    if (answer.startsWith('trap')) throw new Error(answer);
    if (answer.startsWith('success')) this.#look(step[0]);
    const opened = /^success (\d+)$/.exec(answer);
    if (step[0] === 'path_open' && opened !== null) this.#use(Number(opened[1]));
    return answer;
  }

  /** Whether an inode that was told is one of outside, or bytes are. */
  #look(name: string): void {
    const { bytes } = this.guest.guest.memory;
    if (Buffer.from(bytes).includes(SECRET)) throw new Error(`${name} tells the secret`);
    if (!name.includes('filestat_get')) return;
    const inode = new DataView(bytes.buffer).getBigUint64(64 + 8, true);
    if (this.#inodes.has(inode)) throw new Error(`${name} tells of a file outside`);
  }

  #use(fd: number): void {
    this.guest.step('fd_filestat_get', fd);
    this.#look('fd_filestat_get');
    this.guest.step('fd_read', fd, 100);
    this.#look('fd_read');
    const { memory } = this.guest.guest;
    const listed = this.guest.step('fd_readdir', fd, 10_000, 0n);
    if (listed.startsWith('success')) {
      const used = new DataView(memory.bytes.buffer).getUint32(64, true);
      for (const { name, inode } of entriesIn(memory.bytes, used)) {
        if (this.#inodes.has(inode)) throw new Error(`fd_readdir tells of ${name} outside`);
      }
    }
    this.guest.step('fd_write', fd, 'changed');
    this.guest.step('fd_filestat_set_times', fd, 1n, 1n, 5);
  }

  /** All outside is as it was. */
  check(): void {
    expect(fingerprint(this.top, this.granted)).toEqual(this.#before);
    this.guest.close();
    rmSync(this.top, { recursive: true });
  }
}

const ways = [
  ['by handles', openDirectory],
  ['by paths', openDirectoryByPath],
] as const;

describe.each(ways)('directories reached %s', (_, open) => {
  test.each(attempts)('%s leads out by no path', (_name, step) => {
    const prisoner = new Prisoner(open);
    for (const [name, path] of paths) {
      try {
        prisoner.attempt(...step(path));
      } catch (error) {
        throw new Error(`by ${name}`, { cause: error });
      }
    }
    prisoner.check();
  });

  test.each(paths)('%s is no way for any function', (_name, path) => {
    const prisoner = new Prisoner(open);
    for (const [, step] of attempts) prisoner.attempt(...step(path));
    prisoner.check();
  });
});

/** Several calls, after which a path leads elsewhere than it did. Answers are of the last call. */
const sequences: readonly [name: string, answer: string | RegExp, ...steps: Step[]][] = [
  [
    'a link made and followed',
    'perm',
    ['path_symlink', '../secret.txt', 3, 'made'],
    ['path_open', 3, 1, 'made', 0, RW, 0n, 0],
  ],
  ['an absolute link', 'perm', ['path_symlink', 'TOP/secret.txt', 3, 'made']],
  [
    'a file made through a dangling link',
    'perm',
    ['path_symlink', '../made', 3, 'dangling'],
    ['path_open', 3, 1, 'dangling', 1, RW, 0n, 0],
  ],
  [
    'a link that led inside, moved up with its folder',
    'perm',
    ['path_symlink', '../../file.txt', 3, 'folder/deep/link'],
    ['path_rename', 3, 'folder/deep', 3, 'moved'],
    ['path_open', 3, 1, 'moved/link', 0, RW, 0n, 0],
  ],
  [
    'a link that led inside, moved up itself',
    'perm',
    ['path_symlink', '../file.txt', 3, 'folder/link'],
    ['path_rename', 3, 'folder/link', 3, 'link'],
    ['path_open', 3, 1, 'link', 0, RW, 0n, 0],
  ],
  [
    'a second name for a link that led inside',
    'perm',
    ['path_symlink', '../file.txt', 3, 'folder/link'],
    ['path_link', 3, 0, 'folder/link', 3, 'second'],
    ['path_open', 3, 1, 'second', 0, RW, 0n, 0],
  ],
  [
    'above from an opened folder',
    'perm',
    ['path_open', 3, 0, 'folder/deep', 2, 2n, 0n, 0],
    ['path_open', 4, 1, '../file.txt', 0, RW, 0n, 0],
  ],
  [
    'above from a folder that was moved up meanwhile',
    'perm',
    ['path_open', 3, 0, 'folder/deep', 2, 2n, 0n, 0],
    ['path_rename', 3, 'folder/deep', 3, 'moved'],
    ['path_open', 4, 1, '../../secret.txt', 0, RW, 0n, 0],
  ],
  [
    'above from a folder that was removed',
    'perm',
    ['path_open', 3, 0, 'empty', 2, 2n, 0n, 0],
    ['path_remove_directory', 3, 'empty'],
    ['path_open', 4, 1, '../../secret.txt', 0, RW, 0n, 0],
  ],
  [
    'above from the granted folder under another number',
    'perm',
    ['path_open', 3, 0, 'file.txt', 0, 2n, 0n, 0],
    ['fd_renumber', 3, 4],
    ['path_open', 4, 1, '../secret.txt', 0, RW, 0n, 0],
  ],
  [
    'above from the granted folder opened again',
    'perm',
    ['path_open', 3, 0, '.', 2, 2n, 0n, 0],
    ['path_open', 4, 1, '../secret.txt', 0, RW, 0n, 0],
  ],
  [
    'a folder replaced by a link to outside',
    'perm',
    ['path_remove_directory', 3, 'empty'],
    ['path_symlink', '../outside', 3, 'empty'],
    ['path_unlink_file', 3, 'empty/secret.txt'],
  ],
  ['a rename onto a link above', 'success', ['path_rename', 3, 'file.txt', 3, 'up']],
  ['a rename onto a link to a folder above', 'success', ['path_rename', 3, 'file.txt', 3, 'up-folder']],
  ['a rename of a link above', 'success', ['path_rename', 3, 'up', 3, 'other']],
  ['a link above removed', 'success', ['path_unlink_file', 3, 'absolute-folder']],
  ['a link above removed as a folder', 'notdir', ['path_remove_directory', 3, 'up-outside/']],
  ['times of what a link above leads to', 'perm', ['path_filestat_set_times', 3, 1, 'up', 1n, 1n, 5]],
  ['times of the link itself', 'success', ['path_filestat_set_times', 3, 0, 'up', 1n, 1n, 5]],
  ['an old name that follows links', 'inval', ['path_link', 3, 1, 'up', 3, 'taken']],
  ['the target of an absolute link', 'perm', ['path_readlink', 3, 'absolute-file', 100]],
];

describe.each(ways)('sequences, directories reached %s', (_, open) => {
  test.each(sequences)('%s: %s', (_name, answer, ...steps) => {
    const prisoner = new Prisoner(open);
    expect(steps.map((step) => prisoner.attempt(...step)).pop()).toMatch(answer);
    prisoner.check();
  });
});

describe('directories that others move', () => {
  test('a folder moved out stays what it is, and has nothing above', () => {
    const prisoner = new Prisoner(openDirectory);
    prisoner.attempt('path_open', 3, 0, 'folder/deep', 2, 2n, 0n, 0);
    renameSync(join(prisoner.granted, 'folder'), join(prisoner.top, 'outside', 'moved'));
    expect(prisoner.attempt('path_open', 4, 1, '../../secret.txt', 0, 2n, 0n, 0)).toBe('perm');
    expect(prisoner.attempt('path_filestat_get', 4, 0, '..')).toBe('perm');
    expect(prisoner.attempt('path_filestat_get', 3, 0, 'folder')).toBe('noent');
    renameSync(join(prisoner.top, 'outside', 'moved'), join(prisoner.granted, 'folder'));
    prisoner.guest.close();
  });

  test('a granted folder that another takes the place of is not reached by its path', () => {
    const prisoner = new Prisoner(openDirectoryByPath);
    renameSync(prisoner.granted, join(prisoner.top, 'moved'));
    renameSync(join(prisoner.top, 'outside'), prisoner.granted);
    expect(prisoner.attempt('path_open', 3, 0, 'secret.txt', 0, 2n, 0n, 0)).toBe('stale');
    expect(prisoner.attempt('path_create_directory', 3, 'made')).toBe('stale');
    prisoner.guest.close();
  });
});
