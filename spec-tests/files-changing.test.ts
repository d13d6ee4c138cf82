/** Files that change while a guest uses them, and files that are none: pipes, sockets, names that are no UTF-8. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDirectory } from '../src/wasi/host/node/directory.ts';
import { type HostDirectory, memoryDirectory } from '../src/wasi/index.ts';
import { StepGuest } from './files/backends.ts';
import { entriesIn } from './files/steps.ts';
import { makeTree, special, type Tree } from './files/trees.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-changing-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function onMachine(tree: Tree): { path: string; guest: StepGuest } {
  const path = mkdtempSync(join(folder, 'granted-'));
  makeTree(path, tree);
  return { path, guest: new StepGuest([openDirectory(path)]) };
}

/** One `fd_readdir`: the entries, and whether there may be more. */
function readEntries(guest: StepGuest, cookie: bigint, byteCount: number, fd = 3) {
  guest.step('fd_readdir', fd, byteCount, cookie);
  const { bytes } = guest.guest.memory;
  const used = new DataView(bytes.buffer).getUint32(64, true);
  return { entries: entriesIn(bytes, used), isFull: used === byteCount };
}

/** All names, as a guest lists them; `between` is called after each part. */
function listAll(guest: StepGuest, byteCount: number, between: (part: number) => void = () => {}): string[] {
  const names: string[] = [];
  let cookie = 0n;
  for (let part = 0; ; part++) {
    const { entries, isFull } = readEntries(guest, cookie, byteCount);
    names.push(...entries.map(({ name }) => name));
    if (!isFull) return names;
    cookie = entries.length === 0 ? cookie : entries[entries.length - 1]!.next;
    between(part);
  }
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `entry-${String(i).padStart(6, '0')}`);

interface Changing {
  readonly guest: StepGuest;
  readonly add: (name: string) => void;
  readonly remove: (name: string) => void;
}

const changing: readonly (readonly [name: string, make: (names: readonly string[]) => Changing])[] = [
  [
    'this machine',
    (names) => {
      const { path, guest } = onMachine(Object.fromEntries(names.map((name) => [name, ''])));
      return {
        guest,
        add: (name) => writeFileSync(join(path, name), ''),
        remove: (name) => unlinkSync(join(path, name)),
      };
    },
  ],
  [
    'memory',
    (names) => {
      const directory: HostDirectory = memoryDirectory(Object.fromEntries(names.map((name) => [name, ''])));
      return {
        guest: new StepGuest([directory]),
        add: (name) => directory.createDirectory(name),
        remove: (name) => directory.removeFile(name),
      };
    },
  ],
];

describe.each(changing)('listing a directory of %s', (_, make) => {
  test('what stays is listed once, whatever is added and removed between two parts', () => {
    const names = numbered(100);
    const { guest, add, remove } = make(names);
    const gone = new Set<string>();
    const listed = listAll(guest, 256, (part) => {
      const name = names[(part * 37) % 100]!;
      if (!gone.has(name)) remove(name);
      gone.add(name);
      add(`aaa-${part}`);
      add(`zzz-${part}`);
    });
    expect(gone.size).toBeGreaterThan(10);
    expect(new Set(listed).size).toBe(listed.length);
    for (const name of names) if (!gone.has(name)) expect(listed).toContain(name);
  });

  test('from the start again, it is as it is by then', () => {
    const { guest, add, remove } = make(['a', 'b']);
    expect(listAll(guest, 1000)).toEqual(['.', '..', 'a', 'b']);
    remove('a');
    add('c');
    expect(readEntries(guest, 3n, 1000).entries.map(({ name }) => name)).toEqual(['b']);
    expect(listAll(guest, 1000)).toEqual(['.', '..', 'b', 'c']);
  });

  test('each cookie leads to the entry behind it', () => {
    const { guest } = make(numbered(20));
    const whole = readEntries(guest, 0n, 5000).entries;
    for (const [i, { next }] of whole.entries()) {
      const [first] = readEntries(guest, next, 5000).entries;
      expect(first?.name).toBe(whole[i + 1]?.name);
    }
  });

  test('. and .. are the directory itself', () => {
    const { guest } = make([]);
    const { entries } = readEntries(guest, 0n, 1000);
    expect(entries.map(({ name, type }) => `${name} ${type}`)).toEqual(['. directory', '.. directory']);
    expect(entries[0]!.inode).toBe(entries[1]!.inode);
  });

  test('inodes are those of the files', () => {
    const { guest } = make(['a']);
    const { entries } = readEntries(guest, 0n, 1000);
    guest.step('path_filestat_get', 3, 0, 'a');
    expect(new DataView(guest.guest.memory.bytes.buffer).getBigUint64(64 + 8, true)).toBe(entries[2]!.inode);
  });
});

test('a directory of 10^5 entries is listed by one look at each', () => {
  const names = numbered(100_000);
  const calls = { list: 0, other: 0 };
  const directory = memoryDirectory(Object.fromEntries(names.map((name) => [name, ''])));
  const counted = new Proxy(directory, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        calls[key === 'list' ? 'list' : 'other']++;
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  const guest = new StepGuest([counted]);
  expect(listAll(guest, 4096)).toEqual(['.', '..', ...names]);
  expect(calls.list).toBe(1);
  expect(calls.other).toBeLessThan(5);
});

describe('special files', { skip: process.platform !== 'linux' }, () => {
  test('what is no file is told by its type, and a pipe does not hold up the guest', () => {
    const { guest } = onMachine({ pipe: special('fifo'), socket: special('socket') });
    expect(guest.step('path_filestat_get', 3, 0, 'pipe')).toBe('success unknown size=0 links=1');
    expect(guest.step('path_filestat_get', 3, 0, 'socket')).toBe('success socket size=0 links=1');
    expect(guest.step('path_open', 3, 0, 'socket', 0, 2n, 0n, 0)).toBe('nxio');
    expect(guest.step('path_open', 3, 0, 'pipe', 0, 64n, 0n, 0)).toBe('nxio');
    expect(guest.step('path_open', 3, 0, 'pipe', 0, 2n, 0n, 0)).toBe('success 4');
    expect(guest.step('fd_read', 4, 10)).toBe('success ""');
    expect(guest.step('path_open', 3, 0, 'pipe', 0, 64n, 0n, 0)).toBe('success 5');
    expect(guest.step('fd_read', 4, 10)).toBe('again');
    expect(guest.step('fd_write', 5, 'through')).toBe('success 7');
    expect(guest.step('fd_read', 4, 10)).toBe('success "through"');
    guest.close();
  });

  test('the devices of a granted /dev are opened as what they are', () => {
    const guest = new StepGuest([openDirectory('/dev', { readOnly: true })]);
    expect(guest.step('path_filestat_get', 3, 0, 'null')).toBe('success character size=0 links=1');
    expect(guest.step('path_open', 3, 0, 'null', 0, 2n, 0n, 0)).toBe('success 4');
    expect(guest.step('fd_read', 4, 10)).toBe('success ""');
    expect(guest.step('path_open', 3, 0, 'null', 0, 64n, 0n, 0)).toBe('perm');
    guest.close();
  });

  test('names that are no UTF-8 are not listed, links that are none cannot be read or followed', () => {
    const { path, guest } = onMachine({ 'a.txt': '', '\ufffd': 'replacement' });
    writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0xff])]), 'hidden');
    symlinkSync(Buffer.from([0x61, 0xff]), join(path, 'link'));
    mkdirSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0x62, 0xff])]));
    expect(guest.step('fd_readdir', 3, 1000, 0n)).toBe(
      'success ..:directory .:directory a.txt:file link:link \ufffd:file',
    );
    expect(guest.step('path_readlink', 3, 'link', 100)).toBe('ilseq');
    expect(guest.step('path_open', 3, 1, 'link', 0, 2n, 0n, 0)).toBe('ilseq');
    expect(guest.step('path_unlink_file', 3, 'link')).toBe('success');
    guest.close();
  });
});

test('two descriptors that append, each with its own handle, lose nothing', () => {
  const { path, guest } = onMachine({ log: '' });
  const other = new StepGuest([openDirectory(path)]);
  for (const each of [guest, other]) each.step('path_open', 3, 0, 'log', 0, 66n, 0n, 1);
  for (let i = 0; i < 50; i++) {
    guest.step('fd_write', 4, 'a');
    other.step('fd_write', 4, 'b');
  }
  expect(guest.step('fd_pread', 4, 99, 0n)).toBe(`success "${'ab'.repeat(49)}a"`);
  guest.close();
  other.close();
});

describe('times', () => {
  const timesOf = (guest: StepGuest, path: string) => {
    guest.step('path_filestat_get', 3, 0, path);
    const view = new DataView(guest.guest.memory.bytes.buffer);
    return { access: view.getBigUint64(64 + 40, true), modify: view.getBigUint64(64 + 48, true) };
  };

  test.each([
    0n,
    1_000n,
    1_000_000_000n,
    1_600_000_000_000_001_000n,
    1_700_000_000_999_999_000n,
    4_102_444_800_123_457_000n,
  ])('of %d ns are kept to the microsecond on this machine', (timeNs) => {
    const { guest } = onMachine({ f: '' });
    guest.step('path_filestat_set_times', 3, 0, 'f', timeNs, timeNs + 2_000n, 5);
    expect(timesOf(guest, 'f')).toEqual({ access: timeNs, modify: timeNs + 2_000n });
    // Of what is not set, less than a microsecond is lost, also when that is done often.
    for (let i = 0; i < 10; i++) guest.step('path_filestat_set_times', 3, 0, 'f', timeNs, 0n, 1);
    expect(timesOf(guest, 'f')).toEqual({ access: timeNs, modify: timeNs + 2_000n });
    guest.close();
  });

  test('are kept to the nanosecond in memory', () => {
    const guest = new StepGuest([memoryDirectory({ f: '' })]);
    guest.step('path_filestat_set_times', 3, 0, 'f', 1_600_000_000_123_456_789n, 7n, 5);
    expect(timesOf(guest, 'f')).toEqual({ access: 1_600_000_000_123_456_789n, modify: 7n });
  });
});
