/** Each function of preview 1: the bytes it stores between guard bytes, and the errno it answers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeUtf8 } from '../../api/index.ts';
import { HostExit, Trap } from '../../syntax/index.ts';
import { signatures } from './signatures.ts';
import { type Case, named, runCase, tree } from './test-cases.ts';
import { TestGuest } from './test-guest.ts';

const stdoutOf = (guest: TestGuest) => {
  const bytes = guest.host.output.stdout;
  return decodeUtf8(bytes, 0, bytes.length);
};

const cases: Case[] = [
  {
    name: 'two arguments',
    function: 'args_get',
    options: { args: ['a', 'bc'] },
    act: (guest) => guest.call('args_get', 4, 13),
    errno: 'success',
    at: 3,
    picture: '? 0d 00 00 00 0f 00 00 00 ? 61 00 62 63 00 ?',
  },
  {
    name: 'no arguments, pointers not looked at',
    function: 'args_get',
    act: (guest) => guest.call('args_get', -1, -1),
    errno: 'success',
  },
  {
    name: 'two arguments',
    function: 'args_sizes_get',
    options: { args: ['a', 'bc'] },
    act: (guest) => guest.call('args_sizes_get', 4, 8),
    errno: 'success',
    at: 3,
    picture: '? 02 00 00 00 05 00 00 00 ?',
  },
  {
    name: 'one variable',
    function: 'environ_get',
    options: { environ: ['A=b'] },
    act: (guest) => guest.call('environ_get', 4, 9),
    errno: 'success',
    at: 3,
    picture: '? 09 00 00 00 ? 41 3d 62 00 ?',
  },
  {
    name: 'one variable',
    function: 'environ_sizes_get',
    options: { environ: ['A=b'] },
    act: (guest) => guest.call('environ_sizes_get', 4, 8),
    errno: 'success',
    at: 3,
    picture: '? 01 00 00 00 04 00 00 00 ?',
  },
  {
    name: 'realtime',
    function: 'clock_res_get',
    options: { tickNs: 1000n },
    act: (guest) => guest.call('clock_res_get', 0, 8),
    errno: 'success',
    at: 7,
    picture: '? e8 03 00 00 00 00 00 00 ?',
  },
  {
    name: 'process CPU time is not offered',
    function: 'clock_res_get',
    act: (guest) => guest.call('clock_res_get', 2, 8),
    errno: 'inval',
    at: 7,
    picture: '? ? ? ? ? ? ? ? ? ?',
  },
  {
    name: 'realtime at 258 ns',
    function: 'clock_time_get',
    act: (guest) => guest.call('clock_time_get', 0, 1n, 8),
    errno: 'success',
    at: 7,
    picture: '? 02 01 00 00 00 00 00 00 ?',
  },
  {
    name: 'monotonic at 0',
    function: 'clock_time_get',
    act: (guest) => guest.call('clock_time_get', 1, 1n, 8),
    errno: 'success',
    at: 7,
    picture: '? 00 00 00 00 00 00 00 00 ?',
  },
  {
    name: 'unknown clock',
    function: 'clock_time_get',
    act: (guest) => guest.call('clock_time_get', 77, 1n, 8),
    errno: 'inval',
    at: 7,
    picture: '? ? ? ? ? ? ? ? ? ?',
  },
  {
    name: 'there are no signals',
    function: 'proc_raise',
    act: (guest) => guest.call('proc_raise', 6),
    errno: 'notsup',
  },
  {
    name: 'fills all and no more',
    function: 'random_get',
    act: (guest) => guest.call('random_get', 4, 3),
    errno: 'success',
    check: (guest) => {
      expect(guest.picture(3, 4) + guest.picture(7, 8)).toBe('??');
      expect(guest.picture(4, 7)).not.toContain('?');
    },
  },
  {
    name: 'no bytes, wherever',
    function: 'random_get',
    act: (guest) => guest.call('random_get', -1, 0),
    errno: 'success',
  },
  { name: 'always', function: 'sched_yield', act: (guest) => guest.call('sched_yield'), errno: 'success' },
];

describe('functions of preview 1', () => {
  test.each(named(cases))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });

  test('proc_exit ends the guest with its exit code', () => {
    const guest = new TestGuest();
    expect(() => guest.call('proc_exit', -1)).toThrow(new HostExit(0xffffffff));
  });

  test('every function has a case', () => {
    const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
    const texts = files.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('');
    // Those that take paths have tables of their own form.
    const names = Object.keys(signatures).filter((name) => name !== 'proc_exit' && !name.startsWith('path_'));
    expect(names.filter((name) => !texts.includes(`function: '${name}'`))).toEqual([]);
  });
});

describe('bad pointers trap and have no effect', () => {
  const rows: [string, (guest: TestGuest) => unknown][] = [
    ['clock_time_get behind the end', (guest) => guest.call('clock_time_get', 0, 0n, 256)],
    ['clock_time_get across the end', (guest) => guest.call('clock_time_get', 0, 0n, 252)],
    ['clock_time_get at -8', (guest) => guest.call('clock_time_get', 0, 0n, -8)],
    ['clock_time_get misaligned', (guest) => guest.call('clock_time_get', 0, 0n, 4)],
    ['fd_write with iovecs behind the end', (guest) => guest.call('fd_write', 1, 252, 1, 0)],
    ['fd_write with a buffer behind the end', (guest) => guest.call('fd_write', 1, 16, 1, 0)],
    ['fd_write with misaligned iovecs', (guest) => guest.call('fd_write', 1, 9, 1, 0)],
    ['fd_write with a misaligned result', (guest) => guest.call('fd_write', 1, 24, 1, 17)],
    ['fd_write with 2^29 iovecs', (guest) => guest.call('fd_write', 1, 8, 1 << 29, 0)],
    ['fd_write to nothing, with iovecs behind the end', (guest) => guest.call('fd_write', 9, 252, 1, 0)],
    ['args_get behind the end', (guest) => guest.call('args_get', 4, 255)],
    ['args_get misaligned', (guest) => guest.call('args_get', 5, 16)],
    ['random_get across the end', (guest) => guest.call('random_get', 250, 7)],
    ['random_get of 2^32 - 1 bytes', (guest) => guest.call('random_get', 1, -1)],
    ['path_open with a path behind the end', (guest) => guest.call('path_open', 3, 0, 255, 2, 0, 0n, 0n, 0, 0)],
    ['poll_oneoff misaligned', (guest) => guest.call('poll_oneoff', 4, 64, 1, 0)],
    ['poll_oneoff of 2^31 subscriptions', (guest) => guest.call('poll_oneoff', 0, 0, -(2 ** 31), 0)],
  ];
  test.each(rows)('%s', (_, act) => {
    const guest = new TestGuest({ args: ['a', 'bc'], tree });
    guest.words(16, 250, 7, 40, 1);
    const prepared = guest.memory.bytes.slice(8);
    expect(() => act(guest)).toThrow(Trap);
    expect(guest.memory.bytes.slice(8)).toEqual(prepared);
    expect(stdoutOf(guest)).toBe('');
  });
});
