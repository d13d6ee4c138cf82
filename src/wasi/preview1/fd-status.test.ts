/** Tests of `fd-status.ts`: the bytes stored between guard bytes, and the errno answered. */
import { describe, expect, test } from 'vitest';
import { type Case, named, runCase, tree } from './test-cases.ts';

const cases: Case[] = [
  {
    name: 'a file for reading and appending',
    function: 'fd_fdstat_get',
    options: { tree },
    act: (guest) => guest.call('fd_fdstat_get', guest.open('hello.txt', { rights: 2n, fdflags: 1 }), 8),
    errno: 'success',
    at: 7,
    picture: '? 04 00 01 00 00 00 00 00 bf ff ff ? 00 00 00 00 bf ff ff ? 00 00 00 00 ?',
  },
  {
    name: 'a file for writing',
    function: 'fd_fdstat_get',
    options: { tree },
    act: (guest) => guest.call('fd_fdstat_get', guest.open('hello.txt', { rights: 0x40n }), 8),
    errno: 'success',
    at: 7,
    picture: '? 04 00 00 00 00 00 00 00 fd bf ff ? 00 00 00 00 fd bf ff ? 00 00 00 00 ?',
  },
  {
    name: 'a preopened directory',
    function: 'fd_fdstat_get',
    act: (guest) => guest.call('fd_fdstat_get', 3, 8),
    errno: 'success',
    at: 7,
    picture: '? 03 00 00 00 00 00 00 00 00 fe b7 07 00 00 00 00 ff ff f7 0f 00 00 00 00 ?',
  },
  {
    name: 'a directory that was opened',
    function: 'fd_fdstat_get',
    options: { tree },
    act: (guest) => guest.call('fd_fdstat_get', guest.open('sub', { rights: 2n }), 8),
    errno: 'success',
    at: 7,
    picture: '? 03 00 00 00 00 00 00 00 bb ff b7 ? 00 00 00 00 bb ff b7 ? 00 00 00 00 ?',
  },
  {
    name: 'standard output',
    function: 'fd_fdstat_get',
    act: (guest) => guest.call('fd_fdstat_get', 1, 8),
    errno: 'success',
    at: 7,
    picture: '? 00 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 ?',
  },
  {
    name: 'nothing there',
    function: 'fd_fdstat_get',
    act: (guest) => guest.call('fd_fdstat_get', 9, 8),
    errno: 'badf',
  },
  {
    name: 'append',
    function: 'fd_fdstat_set_flags',
    options: { tree },
    act: (guest) => guest.call('fd_fdstat_set_flags', guest.open('hello.txt'), 1),
    errno: 'success',
    check: (guest) => {
      guest.words(8, 128, 2);
      guest.text('!!');
      guest.memory.bytes.set([0x21, 0x21], 128);
      expect(guest.call('fd_write', 4, 8, 1, 16)).toBe('success');
      expect(guest.call('fd_filestat_get', 4, 24)).toBe('success');
      expect(guest.picture(56, 64)).toBe('07 00 00 00 00 00 00 00');
      expect(guest.call('fd_tell', 4, 24)).toBe('success');
      expect(guest.picture(24, 32)).toBe('07 00 00 00 00 00 00 00');
    },
  },
  {
    name: 'synchronous writes cannot be switched on',
    function: 'fd_fdstat_set_flags',
    options: { tree },
    act: (guest) => guest.call('fd_fdstat_set_flags', guest.open('hello.txt'), 2),
    errno: 'inval',
  },
  {
    name: 'a stream',
    function: 'fd_fdstat_set_flags',
    act: (guest) => guest.call('fd_fdstat_set_flags', 1, 1),
    errno: 'badf',
  },
  {
    name: 'rights are not kept',
    function: 'fd_fdstat_set_rights',
    act: (guest) => guest.call('fd_fdstat_set_rights', 3, 0n, 0n),
    errno: 'notsup',
  },
];

describe('what a descriptor is', () => {
  test.each(named(cases))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });
});
