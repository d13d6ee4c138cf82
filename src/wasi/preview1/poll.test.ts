/** Tests of `poll.ts`: the bytes stored between guard bytes, and the errno answered. */
import { describe, expect, test } from 'vitest';
import { HostError } from '../host/host.ts';
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

/** Subscriptions of 48 bytes from 64 on; events from 320, their count at 8. */
function subscribed(guest: TestGuest, ...subscriptions: readonly (readonly number[])[]): TestGuest {
  guest.memory.bytes.fill(0, 64, 64 + 48 * subscriptions.length);
  for (const [index, words] of subscriptions.entries()) guest.words(64 + 48 * index, ...words);
  return guest;
}

const [REALTIME, MONOTONIC, ABSOLUTE] = [0, 1, 1];
const clock = (userdata: number, id: number, ns: number, flags = 0) => [
  userdata,
  ...[0, 0, 0, id, 0, ns, 0, 0, 0, flags],
];
const descriptor = (userdata: number, type: number, fd: number) => [userdata, 0, type, 0, fd];

/** Userdata of the events, in order. */
function due(guest: TestGuest): number[] {
  const count = guest.memory.bytes[8]!;
  return Array.from({ length: count }, (_, index) => guest.memory.bytes[320 + 32 * index]!);
}

describe('several subscriptions', () => {
  // The realtime clock of the guest begins at 258 ns, the monotonic one at 0.
  test.each([
    ['the shorter of two durations', [clock(1, MONOTONIC, 900), clock(2, MONOTONIC, 500)], [2], 500],
    ['both of two that are equal', [clock(1, MONOTONIC, 500), clock(2, REALTIME, 500)], [1, 2], 500],
    [
      'a point in time of each clock',
      [clock(1, REALTIME, 300, ABSOLUTE), clock(2, MONOTONIC, 42, ABSOLUTE)],
      [1, 2],
      42,
    ],
    ['a point that is over', [clock(1, REALTIME, 257, ABSOLUTE), clock(2, MONOTONIC, 1)], [1], 0],
    ['no time at all', [clock(1, MONOTONIC, 0), clock(2, MONOTONIC, 1)], [1], 0],
    ['outputs, which are always ready', [descriptor(1, 2, 1), clock(2, MONOTONIC, 1), descriptor(3, 2, 2)], [1, 3], 0],
  ] as const)('%s: asynchronously and not', async (_, subscriptions, expected, elapsedNs) => {
    for (const maySuspend of [false, true]) {
      const guest = subscribed(new TestGuest({ maySuspend, byteCount: 512 }), ...subscriptions);
      const poll = [64, 320, subscriptions.length, 8] as const;
      const waits = maySuspend && elapsedNs > 0;
      const errno = waits ? await guest.callAsync('poll_oneoff', ...poll) : guest.call('poll_oneoff', ...poll);
      expect({ errno, due: due(guest) }).toEqual({ errno: 'success', due: expected });
      expect(guest.host.clock.monotonicNs()).toBe(BigInt(elapsedNs));
    }
  });

  test.each([
    ['a duration of centuries', [0xffffffff, 0xffffffff]],
    ['an input that has come', [7, 0]],
  ])('%s does not keep those that are due', (_, [low, high]) => {
    const guest = new TestGuest({ stdin: 'abc', byteCount: 512 });
    subscribed(guest, [1, 0, 0, 0, MONOTONIC, 0, low!, high!], descriptor(2, 1, 0));
    expect(guest.call('poll_oneoff', 64, 320, 2, 8)).toBe('success');
    // 3 bytes, and nobody has closed.
    expect([due(guest), guest.picture(320 + 16, 320 + 26)]).toEqual([[2], '03 00 00 00 00 00 00 00 00 00']);
  });

  test('one that is wrong spoils all, and nothing is stored', () => {
    const guest = subscribed(new TestGuest({ byteCount: 512 }), descriptor(1, 2, 1), descriptor(2, 1, 9));
    expect(guest.call('poll_oneoff', 64, 320, 2, 8)).toBe('badf');
    expect(guest.picture(320, 324)).toBe('? ? ? ?');
    expect(guest.picture(8, 12)).toBe('? ? ? ?');
  });

  test.each([
    ['an unknown kind', [1, 0, 3]],
    ['an unknown flag', clock(1, MONOTONIC, 1, 2)],
  ])('%s is inval', (_, words) => {
    expect(subscribed(new TestGuest({ byteCount: 512 }), words).call('poll_oneoff', 64, 320, 1, 8)).toBe('inval');
  });
});

describe('the hangup flag', () => {
  test.each([
    ['a file at its end', (guest: TestGuest) => guest.open('empty')],
    ['an input at its end', () => 0],
  ])('tells of %s', (_, fdOf) => {
    const guest = new TestGuest({ tree: { empty: '' }, byteCount: 512 });
    subscribed(guest, descriptor(1, 1, fdOf(guest)));
    expect(guest.call('poll_oneoff', 64, 320, 1, 8)).toBe('success');
    expect(guest.picture(320 + 16, 320 + 26)).toBe('00 00 00 00 00 00 00 00 01 00');
  });
});

test('a descriptor that fails is told by its own errno', () => {
  const guest = new TestGuest({ byteCount: 512 });
  const readable = () => {
    throw new HostError('EIO');
  };
  guest.context.descriptors.close(0);
  guest.context.descriptors.add({ kind: 'input', stream: Object.assign(guest.host.stdin, { readable }), readCount: 0 });
  subscribed(guest, descriptor(1, 1, 0), descriptor(2, 2, 1));
  expect(guest.call('poll_oneoff', 64, 320, 2, 8)).toBe('success');
  expect([due(guest), guest.picture(328, 331), guest.picture(360, 363)]).toEqual([[1, 2], '1d 00 01', '00 00 02']);
});
