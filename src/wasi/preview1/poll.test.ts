/** Tests of `poll.ts`: the bytes stored between guard bytes, and the errno answered. */
import { describe, expect, test } from 'vitest';
import { type Case, named, runCase, tree } from './test-cases.ts';
import { TestGuest } from './test-guest.ts';

const cases: Case[] = [
  {
    name: 'a clock whose time comes',
    function: 'poll_oneoff',
    act: (guest) => {
      guest.memory.bytes.fill(0, 64, 112);
      guest.words(64, 7, 0, 0, 0, 1, 0, 1000);
      return guest.call('poll_oneoff', 64, 8, 1, 44);
    },
    errno: 'success',
    at: 7,
    picture: `? 07 ${'00 '.repeat(31)}? ? ? ? 01 00 00 00 ?`,
    check: (guest) => {
      guest.call('clock_time_get', 1, 0n, 8);
      expect(guest.picture(8, 16)).toBe('e8 03 00 00 00 00 00 00');
    },
  },
  {
    name: 'what is ready comes before a clock, whose time has not come',
    function: 'poll_oneoff',
    options: { tree },
    act: (guest) => {
      const fd = guest.open('hello.txt');
      guest.memory.bytes.fill(0, 80, 176);
      guest.words(80, 7, 0, 0, 0, 1, 0, 1000);
      guest.words(128, 9, 0, 1, 0, fd);
      return guest.call('poll_oneoff', 80, 8, 2, 72);
    },
    errno: 'success',
    at: 7,
    picture: `? 09 ${'00 '.repeat(9)}01 00 00 00 00 00 05 ${'00 '.repeat(15)}?`,
    check: (guest) => expect(guest.picture(71, 77)).toBe('? 01 00 00 00 ?'),
  },
  {
    name: 'nothing to wait for',
    function: 'poll_oneoff',
    act: (guest) => guest.call('poll_oneoff', 64, 8, 0, 44),
    errno: 'inval',
  },
  {
    name: 'a clock that is not offered',
    function: 'poll_oneoff',
    act: (guest) => {
      guest.memory.bytes.fill(0, 64, 112);
      guest.words(64, 7, 0, 0, 0, 2);
      return guest.call('poll_oneoff', 64, 8, 1, 44);
    },
    errno: 'inval',
  },
  {
    name: 'reading from standard output',
    function: 'poll_oneoff',
    act: (guest) => {
      guest.memory.bytes.fill(0, 64, 112);
      guest.words(64, 7, 0, 1, 0, 1);
      return guest.call('poll_oneoff', 64, 8, 1, 44);
    },
    errno: 'badf',
  },
];

describe('poll_oneoff', () => {
  test.each(named(cases))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });
});

describe('asynchronous guests', () => {
  test('poll_oneoff suspends for a clock', async () => {
    const guest = new TestGuest({ maySuspend: true });
    guest.memory.bytes.fill(0, 64, 112);
    guest.words(64, 7, 0, 0, 0, 1, 0, 1000);
    expect(await guest.callAsync('poll_oneoff', 64, 8, 1, 44)).toBe('success');
    expect(guest.picture(7, 9)).toBe('? 07');
  });
});
