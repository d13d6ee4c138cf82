/** Tests of `fd-seek.ts`: the bytes stored between guard bytes, and the errno answered. */
import { describe, expect, test } from 'vitest';
import { type Case, named, runCase, tree } from './test-cases.ts';

const cases: Case[] = [
  {
    name: 'from the end',
    function: 'fd_seek',
    options: { tree },
    act: (guest) => guest.call('fd_seek', guest.open('hello.txt'), -3n, 2, 8),
    errno: 'success',
    at: 7,
    picture: '? 02 00 00 00 00 00 00 00 ?',
  },
  {
    name: 'before the start',
    function: 'fd_seek',
    options: { tree },
    act: (guest) => guest.call('fd_seek', guest.open('hello.txt'), -1n, 1, 8),
    errno: 'inval',
    at: 7,
    picture: '? ? ? ? ? ? ? ? ? ?',
  },
  {
    name: 'unknown whence',
    function: 'fd_seek',
    options: { tree },
    act: (guest) => guest.call('fd_seek', guest.open('hello.txt'), 0n, 3, 8),
    errno: 'inval',
  },
  { name: 'a stream', function: 'fd_seek', act: (guest) => guest.call('fd_seek', 1, 0n, 1, 8), errno: 'spipe' },
  { name: 'a directory', function: 'fd_seek', act: (guest) => guest.call('fd_seek', 3, 0n, 1, 8), errno: 'badf' },
  {
    name: 'after seeking',
    function: 'fd_tell',
    options: { tree },
    act: (guest) => {
      const fd = guest.open('hello.txt');
      guest.call('fd_seek', fd, 1000n, 0, 8);
      return guest.call('fd_tell', fd, 16);
    },
    errno: 'success',
    at: 24,
    picture: '?',
    check: (guest) => expect(guest.picture(16, 24)).toBe('e8 03 00 00 00 00 00 00'),
  },
  { name: 'a stream', function: 'fd_tell', act: (guest) => guest.call('fd_tell', 0, 8), errno: 'spipe' },
];

describe("a file's offset", () => {
  test.each(named(cases))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });
});
