/** Tests of `sock.ts`: the bytes stored between guard bytes, and the errno answered. */
import { describe, expect, test } from 'vitest';
import { type Case, named, runCase } from './test-cases.ts';

const cases: Case[] = [
  { name: 'a stream', function: 'sock_accept', act: (guest) => guest.call('sock_accept', 1, 0, 8), errno: 'notsock' },
  { name: 'nothing there', function: 'sock_accept', act: (guest) => guest.call('sock_accept', 9, 0, 8), errno: 'badf' },
  {
    name: 'a stream',
    function: 'sock_recv',
    act: (guest) => guest.call('sock_recv', 0, 0, 0, 0, 8, 8),
    errno: 'notsock',
  },
  {
    name: 'a directory',
    function: 'sock_send',
    act: (guest) => guest.call('sock_send', 3, 0, 0, 0, 8),
    errno: 'notsock',
  },
  { name: 'a stream', function: 'sock_shutdown', act: (guest) => guest.call('sock_shutdown', 2, 1), errno: 'notsock' },
];

describe('sockets', () => {
  test.each(named(cases))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });
});
