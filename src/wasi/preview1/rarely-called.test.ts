/**
 * What test suites and programs hardly ever call, on files in memory and of this machine: syncing, renumbering, advice,
 * times, reading and writing at the edges, much randomness, odd command lines, several subscriptions at once.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { HostDirectory, HostFile } from '../host/host.ts';
import { memoryDirectory } from '../host/memory.ts';
import { openDirectory } from '../host/node/index.ts';
import { replacing } from './failing-host.ts';
import { TestGuest, type TestGuestOptions } from './test-guest.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-rarely-'));
afterAll(() => rmSync(folder, { recursive: true }));

const backEnds: readonly (readonly [string, () => HostDirectory])[] = [
  ['in memory', () => memoryDirectory({ 'hello.txt': 'hello', 'b.txt': 'b' })],
  [
    'of this machine',
    () => {
      const path = mkdtempSync(join(folder, 'x'));
      writeFileSync(join(path, 'hello.txt'), 'hello');
      writeFileSync(join(path, 'b.txt'), 'b');
      return openDirectory(path);
    },
  ],
];

const u32 = (guest: TestGuest, at: number) => new DataView(guest.memory.bytes.buffer).getUint32(at, true);
const u64 = (guest: TestGuest, at: number) => new DataView(guest.memory.bytes.buffer).getBigUint64(at, true);
const textAt = (guest: TestGuest, start: number, end: number) =>
  Buffer.from(guest.memory.bytes.subarray(start, end)).toString();

const BUFFER = 64;

/** Lists one buffer, at 64, with `content` in it; where the list is. */
function withBuffer(guest: TestGuest, byteLength: number, content = ''): number {
  guest.words(16, BUFFER, byteLength);
  guest.memory.bytes.set(Buffer.from(content), BUFFER);
  return 16;
}

describe.each(backEnds)('files %s', (_, make) => {
  const makeGuest = (options: TestGuestOptions = {}) =>
    new TestGuest({ directory: make(), byteCount: 65536, ...options });

  test.each(['fd_sync', 'fd_datasync'] as const)('%s keeps content and offset', (name) => {
    const guest = makeGuest();
    const fd = guest.open('hello.txt', { at: 400 });
    expect(guest.call('fd_write', fd, withBuffer(guest, 2, 'HE'), 1, 8)).toBe('success');
    expect(guest.call(name, fd)).toBe('success');
    expect(guest.call('fd_tell', fd, 8)).toBe('success');
    expect(u64(guest, 8)).toBe(2n);
    expect(guest.call('fd_pread', fd, withBuffer(guest, 8), 1, 0n, 8)).toBe('success');
    expect(textAt(guest, BUFFER, BUFFER + 5)).toBe('HEllo');
  });

  test('fd_renumber takes offset and flags along, closes what was there and frees the number', () => {
    const guest = makeGuest();
    const [first, second] = [guest.open('hello.txt', { at: 400, fdflags: 4 }), guest.open('b.txt', { at: 400 })];
    guest.call('fd_seek', first, 3n, 0, 8);
    expect(guest.call('fd_renumber', first, second)).toBe('success');
    expect(guest.call('fd_tell', first, 8)).toBe('badf');
    guest.call('fd_tell', second, 8);
    expect(u64(guest, 8)).toBe(3n);
    guest.call('fd_fdstat_get', second, 8);
    expect(guest.memory.bytes[10]).toBe(4);
    expect(guest.open('b.txt', { at: 400 })).toBe(first);
    expect(guest.call('fd_renumber', second, second)).toBe('success');
    expect(guest.call('fd_tell', second, 8)).toBe('success');
  });

  test('fd_renumber moves a directory over a standard stream', () => {
    const guest = makeGuest();
    expect(guest.call('fd_renumber', 3, 0)).toBe('success');
    expect(guest.call('fd_prestat_get', 0, 8)).toBe('success');
    expect(guest.call('path_open', 0, 0, ...guest.text('b.txt'), 0, 2n, 0n, 0, 8)).toBe('success');
    expect(u32(guest, 8)).toBe(3);
  });

  test('fd_advise changes neither content nor offset, whatever it is told', () => {
    const guest = makeGuest();
    const fd = guest.open('hello.txt', { at: 400 });
    for (const advice of [0, 1, 2, 3, 4, 5]) {
      expect(guest.call('fd_advise', fd, 2n, 2n ** 40n, advice)).toBe('success');
    }
    guest.call('fd_filestat_get', fd, 64);
    expect(u64(guest, 96)).toBe(5n);
    guest.call('fd_tell', fd, 8);
    expect(u64(guest, 8)).toBe(0n);
  });

  test.each([
    ['both', 5, 1_000_000_000n, 2_000_000_000n],
    ['access alone', 1, 1_000_000_000n, undefined],
    ['modification alone', 4, undefined, 2_000_000_000n],
  ])('path_filestat_set_times sets %s', (_, flags, access, modify) => {
    const guest = makeGuest();
    const path = guest.text('hello.txt');
    guest.call('path_filestat_get', 3, 0, ...path, 64);
    const before = [u64(guest, 104), u64(guest, 112)];
    expect(guest.call('path_filestat_set_times', 3, 0, ...path, 1_000_000_000n, 2_000_000_000n, flags)).toBe('success');
    guest.call('path_filestat_get', 3, 0, ...path, 64);
    expect([u64(guest, 104), u64(guest, 112)]).toEqual([access ?? before[0], modify ?? before[1]]);
  });

  test('path_filestat_set_times sets a link or what it leads to', () => {
    const guest = makeGuest();
    const link = guest.text('link');
    guest.call('path_symlink', ...guest.text('hello.txt'), 3, ...link);
    guest.call('path_filestat_set_times', 3, 0, ...link, 0n, 5_000_000_000n, 4);
    guest.call('path_filestat_set_times', 3, 1, ...link, 0n, 7_000_000_000n, 4);
    const modified = (follow: number) => {
      guest.call('path_filestat_get', 3, follow, ...link, 64);
      return u64(guest, 112);
    };
    expect([modified(0), modified(1)]).toEqual([5_000_000_000n, 7_000_000_000n]);
  });

  test.each([
    ['at the end', 5n, 8, 0, ''],
    ['behind the end', 1000n, 8, 0, ''],
    ['the last byte', 4n, 8, 1, 'o'],
    ['nothing', 0n, 0, 0, ''],
  ])('fd_pread reads %s', (_, offset, byteLength, count, content) => {
    const guest = makeGuest();
    const fd = guest.open('hello.txt', { at: 400 });
    expect(guest.call('fd_pread', fd, withBuffer(guest, byteLength), 1, offset, 8)).toBe('success');
    expect(u32(guest, 8)).toBe(count);
    expect(textAt(guest, BUFFER, BUFFER + count + 1)).toBe(`${content}?`);
  });

  test.each([
    ['in the middle', 1n, 'EL', 'hELlo'],
    ['over the end', 4n, 'OW', 'hellOW'],
    ['behind the end', 7n, 'x', 'hello\0\0x'],
    ['nothing behind the end', 9n, '', 'hello'],
  ])('fd_pwrite writes %s, and leaves the offset', (_, offset, content, expected) => {
    const guest = makeGuest();
    const fd = guest.open('hello.txt', { at: 400 });
    expect(guest.call('fd_pwrite', fd, withBuffer(guest, content.length, content), 1, offset, 8)).toBe('success');
    expect(u32(guest, 8)).toBe(content.length);
    guest.call('fd_tell', fd, 8);
    expect(u64(guest, 8)).toBe(0n);
    guest.call('fd_read', fd, withBuffer(guest, 100), 1, 8);
    expect(textAt(guest, BUFFER, BUFFER + u32(guest, 8))).toBe(expected);
  });
});

test.each([
  ['fd_sync', false],
  ['fd_datasync', true],
] as const)('%s asks the host for as much as it says', (name, dataOnly) => {
  const asked: boolean[] = [];
  const directory: HostDirectory = memoryDirectory({ 'hello.txt': 'hello' });
  const openFile: HostDirectory['openFile'] = (path, options) => {
    const file: HostFile = directory.openFile(path, options);
    return replacing(file, { sync: (only) => void asked.push(only) });
  };
  const guest = new TestGuest({ directory: replacing(directory, { openFile }) });
  expect(guest.call(name, guest.open('hello.txt'))).toBe('success');
  expect(asked).toEqual([dataOnly]);
});

describe('signals, randomness, command lines', () => {
  test('no signal is ever sent', () => {
    for (let signal = 0; signal <= 31; signal++) expect(new TestGuest().call('proc_raise', signal)).toBe('notsup');
  });

  test('a megabyte of randomness is filled to its last byte, and nothing else is', () => {
    const guest = new TestGuest({ byteCount: 2 ** 20 + 16 });
    expect(guest.call('random_get', 8, 2 ** 20)).toBe('success');
    expect(new Set(guest.memory.bytes.subarray(2 ** 20 - 1000, 2 ** 20 + 8)).size).toBeGreaterThan(100);
    expect(guest.picture(0, 8)).toBe('? ? ? ? ? ? ? ?');
    expect(guest.picture(2 ** 20 + 8, 2 ** 20 + 16)).toBe('? ? ? ? ? ? ? ?');
  });

  test.each([
    ['none', []],
    ['an empty one', ['']],
    ['thousands', Array.from({ length: 3000 }, (_, index) => `argument ${index}`)],
    ['in all planes of Unicode', ['süß', '日本語', '👩‍🚀', '\u{10ffff}', '\ud7ff\ue000']],
    ['long', ['x'.repeat(20_000), 'y']],
  ])('arguments and variables: %s', (_, texts) => {
    for (const [sizes, get, options] of [
      ['args_sizes_get', 'args_get', { args: texts }],
      ['environ_sizes_get', 'environ_get', { environ: texts }],
    ] as const) {
      const guest = new TestGuest({ byteCount: 2 ** 17, ...options });
      expect(guest.call(sizes, 0, 4)).toBe('success');
      const [count, byteCount] = [u32(guest, 0), u32(guest, 4)];
      expect(count).toBe(texts.length);
      const bufferPtr = 8 + count * 4;
      expect(guest.call(get, 8, bufferPtr)).toBe('success');
      expect(guest.memory.bytes[bufferPtr + byteCount]).toBe(0x3f);
      const read = Array.from({ length: count }, (_, index) => {
        const start = u32(guest, 8 + index * 4);
        return textAt(guest, start, guest.memory.bytes.indexOf(0, start));
      });
      expect(read).toEqual(texts);
    }
  });
});

describe('poll_oneoff with several subscriptions', () => {
  /** Subscriptions to the monotonic clock, of userdata 1, 2, …; the userdata of the events. */
  function pollClocks(timeoutsNs: readonly bigint[], options: TestGuestOptions = {}) {
    const guest = new TestGuest({ byteCount: 4096, ...options });
    const view = new DataView(guest.memory.bytes.buffer);
    guest.memory.bytes.fill(0, 0, timeoutsNs.length * 48);
    for (const [index, timeoutNs] of timeoutsNs.entries()) {
      view.setBigUint64(index * 48, BigInt(index + 1), true);
      view.setUint32(index * 48 + 16, 1, true);
      view.setBigUint64(index * 48 + 24, timeoutNs, true);
    }
    const ready = () => Array.from({ length: u32(guest, 4000) }, (_, index) => Number(u64(guest, 2048 + index * 32)));
    return { guest, args: [0, 2048, timeoutsNs.length, 4000] as const, ready };
  }

  test.each([
    ['the shortest', [3000n, 1000n, 2000n], [2]],
    ['all that are due at once', [5000n, 1000n, 1000n], [2, 3]],
    ['those that are over', [0n, 9000n, 0n], [1, 3]],
  ])('waits for %s, whether it suspends or not', async (_, timeouts, expected) => {
    const blocking = pollClocks(timeouts);
    expect(blocking.guest.call('poll_oneoff', ...blocking.args)).toBe('success');
    expect(blocking.ready()).toEqual(expected);
    const suspending = pollClocks(timeouts, { maySuspend: true });
    if (timeouts.includes(0n)) expect(suspending.guest.call('poll_oneoff', ...suspending.args)).toBe('success');
    else expect(await suspending.guest.callAsync('poll_oneoff', ...suspending.args)).toBe('success');
    expect(suspending.ready()).toEqual(expected);
  });

  test('forty subscriptions leave nothing behind the last event', () => {
    const { guest, args, ready } = pollClocks(Array.from({ length: 40 }, () => 0n));
    expect(guest.call('poll_oneoff', ...args)).toBe('success');
    expect(ready()).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(guest.picture(2048 + 40 * 32, 2052 + 40 * 32)).toBe('? ? ? ?');
  });
});
