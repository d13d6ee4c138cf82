/** Tests of `fd-table.ts`: the bytes stored between guard bytes, and the errno answered. */
import { describe, expect, test } from 'vitest';
import { type Case, named, runCase, tree } from './test-cases.ts';

const cases: Case[] = [
  {
    name: 'frees the number',
    function: 'fd_close',
    options: { tree },
    act: (guest) => guest.call('fd_close', guest.open('hello.txt')),
    errno: 'success',
    check: (guest) => expect(guest.open('hello.txt')).toBe(4),
  },
  { name: 'nothing there', function: 'fd_close', act: (guest) => guest.call('fd_close', -1), errno: 'badf' },
  {
    name: 'the name without a zero byte',
    function: 'fd_prestat_dir_name',
    act: (guest) => guest.call('fd_prestat_dir_name', 3, 4, 5),
    errno: 'success',
    at: 3,
    picture: '? 2f 74 6d 70 ?',
  },
  {
    name: 'too little room',
    function: 'fd_prestat_dir_name',
    act: (guest) => guest.call('fd_prestat_dir_name', 3, 4, 3),
    errno: 'nametoolong',
    at: 3,
    picture: '? ? ? ? ?',
  },
  {
    name: 'a name of 4 bytes',
    function: 'fd_prestat_get',
    act: (guest) => guest.call('fd_prestat_get', 3, 4),
    errno: 'success',
    at: 3,
    picture: '? 00 00 00 00 04 00 00 00 ?',
  },
  {
    name: 'no more of them',
    function: 'fd_prestat_get',
    act: (guest) => guest.call('fd_prestat_get', 4, 4),
    errno: 'badf',
  },
  {
    name: 'a directory that was opened',
    function: 'fd_prestat_get',
    options: { tree },
    act: (guest) => guest.call('fd_prestat_get', guest.open('sub', { rights: 2n }), 4),
    errno: 'badf',
  },
  {
    name: 'a file in place of standard output',
    function: 'fd_renumber',
    options: { tree },
    act: (guest) => guest.call('fd_renumber', guest.open('hello.txt'), 1),
    errno: 'success',
    check: (guest) => {
      expect(guest.call('fd_close', 4)).toBe('badf');
      expect(guest.call('fd_seek', 1, 1n, 0, 8)).toBe('success');
    },
  },
  { name: 'to a free number', function: 'fd_renumber', act: (guest) => guest.call('fd_renumber', 1, 7), errno: 'badf' },
  { name: 'to itself', function: 'fd_renumber', act: (guest) => guest.call('fd_renumber', 1, 1), errno: 'success' },
];

describe('the descriptor table', () => {
  test.each(named(cases))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });
});
