/** Tests of `fd-readdir.ts`: the bytes stored between guard bytes, and the errno answered. */
import { describe, expect, test } from 'vitest';
import { type Case, named, runCase, tree } from './test-cases.ts';

const cases: Case[] = [
  {
    name: 'the entry . cut off behind its name',
    function: 'fd_readdir',
    act: (guest) => guest.call('fd_readdir', 3, 8, 25, 0n, 36),
    errno: 'success',
    at: 7,
    picture: '? 01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00 03 00 00 00 2e ? ? ? 19 00 00 00 ?',
  },
  {
    name: 'from a cookie, whole entries',
    function: 'fd_readdir',
    options: { tree },
    act: (guest) => guest.call('fd_readdir', 3, 8, 100, 2n, 108),
    errno: 'success',
    at: 7,
    picture:
      '? 03 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 09 00 00 00 04 00 00 00 68 65 6c 6c 6f 2e 74 78 74 ' +
      '04 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 03 00 00 00 03 00 00 00 73 75 62 ?',
    check: (guest) => expect(guest.picture(108, 113)).toBe('3c 00 00 00 ?'),
  },
  {
    name: 'behind the end',
    function: 'fd_readdir',
    act: (guest) => guest.call('fd_readdir', 3, 8, 100, -1n, 108),
    errno: 'success',
    at: 107,
    picture: '? 00 00 00 00 ?',
  },
  {
    name: 'a file',
    function: 'fd_readdir',
    options: { tree },
    act: (guest) => guest.call('fd_readdir', guest.open('hello.txt'), 8, 100, 0n, 108),
    errno: 'badf',
  },
];

describe('listing a directory', () => {
  test.each(named(cases))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });
});
