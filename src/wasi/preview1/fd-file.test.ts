/** Tests of `fd-file.ts`: the bytes stored between guard bytes, and the errno answered. */
import { describe, expect, test } from 'vitest';
import { type Case, named, runCase, tree } from './test-cases.ts';

const cases: Case[] = [
  {
    name: 'known advice on a file',
    function: 'fd_advise',
    options: { tree },
    act: (guest) => guest.call('fd_advise', guest.open('hello.txt'), 0n, 0n, 5),
    errno: 'success',
  },
  {
    name: 'unknown advice',
    function: 'fd_advise',
    options: { tree },
    act: (guest) => guest.call('fd_advise', guest.open('hello.txt'), 0n, 0n, 6),
    errno: 'inval',
  },
  { name: 'a directory', function: 'fd_advise', act: (guest) => guest.call('fd_advise', 3, 0n, 0n, 0), errno: 'badf' },
  {
    name: 'is not offered',
    function: 'fd_allocate',
    options: { tree },
    act: (guest) => guest.call('fd_allocate', guest.open('hello.txt'), 0n, 1n),
    errno: 'notsup',
  },
  {
    name: 'a file',
    function: 'fd_datasync',
    options: { tree },
    act: (guest) => guest.call('fd_datasync', guest.open('hello.txt')),
    errno: 'success',
  },
  { name: 'a stream', function: 'fd_datasync', act: (guest) => guest.call('fd_datasync', 1), errno: 'badf' },
  {
    name: 'a file',
    function: 'fd_sync',
    options: { tree },
    act: (guest) => guest.call('fd_sync', guest.open('hello.txt')),
    errno: 'success',
  },
  { name: 'a directory', function: 'fd_sync', act: (guest) => guest.call('fd_sync', 3), errno: 'badf' },
  {
    name: 'a file of 5 bytes',
    function: 'fd_filestat_get',
    options: { tree },
    act: (guest) => {
      const fd = guest.open('hello.txt');
      guest.call('fd_filestat_set_times', fd, 3n, 7n, 5);
      return guest.call('fd_filestat_get', fd, 8);
    },
    errno: 'success',
    at: 7,
    picture:
      '? 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 ' +
      '05 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ?',
  },
  {
    name: 'a stream has zeros',
    function: 'fd_filestat_get',
    act: (guest) => guest.call('fd_filestat_get', 0, 8),
    errno: 'success',
    at: 7,
    picture: `? ${'00 '.repeat(64)}?`,
  },
  {
    name: 'cut to 2 bytes',
    function: 'fd_filestat_set_size',
    options: { tree },
    act: (guest) => guest.call('fd_filestat_set_size', guest.open('hello.txt'), 2n),
    errno: 'success',
    check: (guest) => {
      guest.call('fd_filestat_get', 4, 8);
      expect(guest.picture(40, 48)).toBe('02 00 00 00 00 00 00 00');
    },
  },
  {
    name: 'not open for writing',
    function: 'fd_filestat_set_size',
    options: { tree },
    act: (guest) => guest.call('fd_filestat_set_size', guest.open('hello.txt', { rights: 2n }), 2n),
    errno: 'inval',
  },
  {
    name: 'too large for the host',
    function: 'fd_filestat_set_size',
    options: { tree },
    act: (guest) => guest.call('fd_filestat_set_size', guest.open('hello.txt'), 1n << 40n),
    errno: 'fbig',
  },
  {
    name: 'now, from the clock',
    function: 'fd_filestat_set_times',
    act: (guest) => guest.call('fd_filestat_set_times', 3, 0n, 0n, 8),
    errno: 'success',
    check: (guest) => {
      guest.call('fd_filestat_get', 3, 8);
      expect(guest.picture(48, 64)).toBe('00 00 00 00 00 00 00 00 02 01 00 00 00 00 00 00');
    },
  },
  {
    name: 'both given and now',
    function: 'fd_filestat_set_times',
    act: (guest) => guest.call('fd_filestat_set_times', 3, 0n, 0n, 3),
    errno: 'inval',
  },
  {
    name: 'a stream',
    function: 'fd_filestat_set_times',
    act: (guest) => guest.call('fd_filestat_set_times', 1, 0n, 0n, 5),
    errno: 'badf',
  },
];

describe("files' size, times and sync", () => {
  test.each(named(cases))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });
});
