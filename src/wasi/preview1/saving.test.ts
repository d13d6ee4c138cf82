/** State of preview 1 saved and taken on by another environment: descriptors, arguments, variables, clock. */
import { mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeUtf8 } from '../../api/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import type { HostDirectory } from '../host/host.ts';
import { memoryDirectory } from '../host/memory.ts';
import { openDirectory } from '../host/node/index.ts';
import { restoreContext, saveContext } from './saving.ts';
import { SteadyClock } from './steady-clock.ts';
import { TestGuest, type TestGuestOptions } from './test-guest.ts';

/** A guest whose clock is steady, as that of `Wasi` is. */
function guestOf(options: TestGuestOptions) {
  const guest = new TestGuest(options);
  const context = { ...guest.context, clock: new SteadyClock(guest.host.clock) };
  return Object.assign(guest, { context });
}

type Guest = ReturnType<typeof guestOf>;

const save = (guest: Guest) => saveContext(guest.context, guest.host);
const restore = (guest: Guest, json: string, skipInput = false) =>
  restoreContext(guest.context, guest.host, json, { skipInput });

/** What the next 4 bytes of a descriptor are. */
function readFour(guest: Guest, fd: number): string {
  guest.words(8, 40, 4);
  if (guest.call('fd_read', fd, 8, 1, 48) !== 'success') throw new Error('cannot read');
  const count = new DataView(guest.memory.bytes.buffer).getUint32(48, true);
  return decodeUtf8(guest.memory.bytes, 40, 40 + count)!;
}

function seek(guest: Guest, fd: number, offset: number): void {
  guest.call('fd_seek', fd, BigInt(offset), 0, 56);
}

const tree = { a: { 'x.txt': '0123456789', 'y.txt': 'abcdefgh' }, z: 'zzzz' };

/** The same tests on files of memory and of this machine. */
const places: readonly [string, (use: (directory: () => HostDirectory, change: FileChange) => void) => void][] = [
  [
    'in memory',
    (use) => {
      const directory = memoryDirectory(tree);
      use(() => directory.reopen(), {
        remove: () => directory.openDirectory('a').removeFile('x.txt'),
        replace: () => {
          const a = directory.openDirectory('a');
          a.rename('y.txt', a, 'x.txt');
        },
      });
    },
  ],
  [
    'on this machine',
    (use) => {
      const folder = mkdtempSync(join(tmpdir(), 'glassbox-saving-'));
      const a = memoryDirectory(tree);
      try {
        openDirectory(folder).createDirectory('a');
        for (const path of ['a/x.txt', 'a/y.txt', 'z']) writeFileSync(join(folder, path), a.readFile(path)!);
        use(() => openDirectory(folder), {
          remove: () => unlinkSync(join(folder, 'a/x.txt')),
          replace: () => renameSync(join(folder, 'a/y.txt'), join(folder, 'a/x.txt')),
        });
        expect(readFileSync(join(folder, 'z'), 'utf8')).toBe('zzzz');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  ],
];

interface FileChange {
  remove(): void;
  replace(): void;
}

describe.each(places)('%s', (_, withDirectory) => {
  test('files go on where they stood, also below a directory and through a link', () => {
    withDirectory((directory) => {
      const guest = guestOf({ directory: directory() });
      guest.call('path_symlink', ...guest.text('a'), 3, ...guest.text('link'));
      const x = guest.open('link/x.txt');
      const a = guest.open('a', { rights: BigInt(0), oflags: 2 });
      const y = guest.open('./a/../a/y.txt', { rights: BigInt(2), fdflags: 1 });
      seek(guest, x, 3);
      expect(guest.call('fd_close', 3)).toBe('success');
      const json = save(guest);
      expect(JSON.parse(json).descriptors[3]).toEqual({
        fd: x,
        file: { preopen: '/tmp', names: ['a', 'x.txt'] },
        readable: true,
        writable: true,
        flags: 0,
        offset: 3,
      });

      const again = guestOf({ directory: directory() });
      restore(again, json);
      expect(save(again)).toBe(json);
      expect(again.call('fd_close', 3)).toBe('badf');
      expect(readFour(again, x)).toBe('3456');
      expect(readFour(again, y)).toBe('abcd');
      expect(again.call('fd_write', y, 8, 1, 48)).toBe('badf');
      expect(again.context.descriptors.directory(a).preopenName).toBe(undefined);
      expect(again.context.descriptors.directory(a).directory.statEntry('y.txt').sizeBytes).toBe(BigInt(8));
      guest.context.descriptors.closeAll();
      again.context.descriptors.closeAll();
    });
  });

  test('a file that is gone, and one that another has replaced', () => {
    for (const [change, words] of [
      ['remove', 'descriptor 4 (/tmp/a/x.txt) cannot be opened again: it is no longer there (ENOENT)'],
      ['replace', 'descriptor 4 (/tmp/a/x.txt) cannot be opened again: another file has its name now'],
    ] as const) {
      withDirectory((directory, changes) => {
        const guest = guestOf({ directory: directory() });
        guest.open('a/x.txt');
        const json = save(guest);
        changes[change]();
        expect(() => save(guest)).toThrow(words);
        const again = guestOf({ directory: directory() });
        if (change === 'remove') expect(() => restore(again, json)).toThrow(/\/tmp\/a\/x\.txt.*ENOENT/);
        else restore(again, json);
      });
    }
  });

  test('the cookies of a directory that is being listed stay true', () => {
    withDirectory((directory) => {
      const guest = guestOf({ directory: directory() });
      guest.call('fd_readdir', 3, 100, 20, BigInt(0), 48);
      const again = guestOf({ directory: memoryDirectory({}) });
      restore(again, save(guest));
      for (const each of [guest, again]) each.call('fd_readdir', 3, 100, 27, BigInt(2), 48);
      expect(again.picture(100, 127)).toBe(guest.picture(100, 127));
    });
  });
});

test('arguments, variables, the clock; variables given anew win', () => {
  const guest = guestOf({ args: ['p', 'ü'], environ: ['A=1', 'B=2'] });
  guest.context.clock.sleep(BigInt(5000));
  guest.context.clock.monotonicNs();
  const again = guestOf({ args: ['other'], environ: ['B=3'] });
  restore(again, save(guest));
  expect(again.context.args).toEqual(guest.context.args);
  expect(again.context.environ.map((entry) => decodeUtf8(entry, 0, entry.length))).toEqual(['A=1', 'B=3']);
  expect(again.context.clock.monotonicNs()).toBeGreaterThanOrEqual(BigInt(5000));
});

test('standard input goes on, or is read over', () => {
  const guest = guestOf({ stdin: 'abcdefgh' });
  expect(readFour(guest, 0)).toBe('abcd');
  for (const [skip, next] of [
    [true, 'efgh'],
    [false, 'abcd'],
  ] as const) {
    const again = guestOf({ stdin: 'abcdefgh' });
    restore(again, save(guest), skip);
    expect(readFour(again, 0)).toBe(next);
  }
});

test('streams under other numbers', () => {
  const guest = guestOf({});
  guest.call('fd_renumber', 1, 3);
  const again = guestOf({});
  restore(again, save(guest));
  again.memory.bytes.set([0x68, 0x69], 40);
  again.words(8, 40, 2);
  expect(again.call('fd_write', 3, 8, 1, 48)).toBe('success');
  expect(decodeUtf8(again.host.output.stdout, 0, 2)).toBe('hi');
  expect(again.call('fd_write', 1, 8, 1, 48)).toBe('badf');
});

const place = { preopen: '/tmp', names: ['z'] };
const file = { fd: 4, file: place, readable: true, writable: false, flags: 0, offset: 0 };
const whole = { format: 'wasi-preview1', args: [], environ: [], monotonicNs: '0', descriptors: [] as unknown[] };

test.each<[string, unknown, RegExp]>([
  ['no JSON', undefined, /no JSON/],
  ['a list', [], /no object/],
  ['another format', { ...whole, format: 'x' }, /format/],
  ['an argument with a zero', { ...whole, args: ['a\0b'] }, /an argument/],
  ['a number as argument', { ...whole, args: [1] }, /an argument/],
  ['a clock that runs backwards', { ...whole, monotonicNs: '-1' }, /monotonicNs/],
  ['a number too large', { ...whole, descriptors: [{ ...file, fd: 1e9 }] }, /number of a descriptor/],
  ['one number twice', { ...whole, descriptors: [file, file] }, /there twice/],
  ['a way up', { ...whole, descriptors: [{ ...file, file: { ...place, names: ['..', 'z'] } }] }, /names no file/],
  [
    'a way in one name',
    { ...whole, descriptors: [{ ...file, file: { ...place, names: ['a/../../x'] } }] },
    /names no file/,
  ],
  ['no name', { ...whole, descriptors: [{ ...file, file: { ...place, names: [] } }] }, /without a name/],
  ['not granted', { ...whole, descriptors: [{ ...file, file: { ...place, preopen: '/etc' } }] }, /not granted \/etc/],
  ['a directory as file', { ...whole, descriptors: [{ ...file, file: { ...place, names: ['a'] } }] }, /EISDIR/],
  ['an offset', { ...whole, descriptors: [{ ...file, offset: -1 }] }, /offset/],
  ['flags', { ...whole, descriptors: [{ ...file, flags: 255 }] }, /flags/],
])('%s is refused', (_, state, words) => {
  const guest = guestOf({ tree });
  const former = save(guest);
  const json = state === undefined ? '{' : JSON.stringify(state);
  expect(() => restore(guest, json)).toThrow(SnapshotError);
  expect(() => restore(guest, json)).toThrow(words);
  expect(save(guest)).toBe(former);
});
