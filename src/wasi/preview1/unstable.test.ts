/** The version before preview 1, where it differs: the bytes stored between guard bytes, and the errno answered. */
import { describe, expect, test } from 'vitest';
import { compile, instantiate } from '../../api/index.ts';
import { memoryDirectory, memoryHost } from '../host/memory.ts';
import { Wasi } from './index.ts';
import { type Case, named, runCase, tree } from './test-cases.ts';
import { TestGuest } from './test-guest.ts';

const isUnstable = true;

/** A file of 5 bytes, inode 2 on device 1, one link, no times. */
const hello = [
  '? 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 04 00 00 00 01 00 00 00 05 00 00 00 00 00 00 00',
  `${'00 '.repeat(24)}?`,
].join(' ');

const cases: Case[] = [
  {
    name: 'a file: links take 4 bytes',
    function: 'fd_filestat_get',
    options: { tree, isUnstable },
    act: (guest) => guest.call('fd_filestat_get', guest.open('hello.txt'), 8),
    errno: 'success',
    at: 7,
    picture: hello,
  },
  {
    name: 'a path: links take 4 bytes',
    function: 'path_filestat_get',
    options: { tree, isUnstable },
    act: (guest) => guest.call('path_filestat_get', 3, 0, ...guest.text('hello.txt'), 8),
    errno: 'success',
    at: 7,
    picture: hello,
  },
  ...(
    [
      ['0: the current offset', 0, '03'],
      ['1: the end', 1, '06'],
      ['2: the start', 2, '01'],
    ] as const
  ).map(
    ([name, whence, offset]): Case => ({
      name: `from ${name}`,
      function: 'fd_seek',
      options: { tree, isUnstable },
      act: (guest) => {
        const fd = guest.open('hello.txt');
        guest.call('fd_seek', fd, 2n, 2, 8);
        return guest.call('fd_seek', fd, 1n, whence, 8);
      },
      errno: 'success',
      at: 7,
      picture: `? ${offset} 00 00 00 00 00 00 00 ?`,
    }),
  ),
  ...[3, -1].map(
    (whence): Case => ({
      name: `from nowhere (${whence})`,
      function: 'fd_seek',
      options: { tree, isUnstable },
      act: (guest) => guest.call('fd_seek', guest.open('hello.txt'), 0n, whence, 8),
      errno: 'inval',
      at: 8,
      picture: '? ?',
    }),
  ),
  {
    name: 'a directory: there is no right to accept connections',
    function: 'fd_fdstat_get',
    options: { tree: { d: {} }, isUnstable },
    act: (guest) => guest.call('fd_fdstat_get', guest.open('d', { oflags: 2, rights: 2n }), 8),
    errno: 'success',
    at: 16,
    picture: 'bb ff b7 1f 00 00 00 00 bb ff b7 1f 00 00 00 00 ?',
  },
];

describe('wasi_unstable', () => {
  test.each(named(cases))('%s', (_, each) => {
    const { errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
  });

  test('a link count that does not fit is overflow', () => {
    const directory = memoryDirectory();
    const stat = () => ({ ...memoryDirectory().stat(), linkCount: 2n ** 32n });
    const guest = new TestGuest({ directory: Object.assign(directory, { stat }), isUnstable });
    expect(guest.call('fd_filestat_get', 3, 8)).toBe('overflow');
    expect(guest.picture(8, 10)).toBe('? ?');
  });

  test('subscriptions take 56 bytes, and a clock stands behind an identifier', async () => {
    const guest = new TestGuest({ maySuspend: true, isUnstable });
    guest.memory.bytes.fill(0, 64, 176);
    // A day by the realtime clock, and 1000 ns by the monotonic one.
    guest.words(64, 7, 0, 0, 0, 99, 99, 0, 0, 0, 0xf0000000);
    guest.words(120, 8, 0, 0, 0, 99, 99, 1, 0, 1000);
    expect(await guest.callAsync('poll_oneoff', 64, 8, 2, 48)).toBe('success');
    expect(guest.picture(8, 10)).toBe('08 00');
    expect(guest.picture(48, 52)).toBe('01 00 00 00');
  });

  test('a program chooses its version by the name that it imports from', () => {
    const source = (name: string) => `(module
      (import "${name}" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (import "${name}" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 16) "hello.txt")
      (func $seekTwo (drop (call $seek (i32.load (i32.const 0)) (i64.const 2) (i32.const 0) (i32.const 8))))
      (func (export "seekTwice") (result i32)
        (drop (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 9) (i32.const 0)
          (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
        (call $seekTwo) (call $seekTwo)
        (i32.load (i32.const 8))))`;
    const call = (name: string) => {
      const wasi = new Wasi({ host: memoryHost(), preopens: { '/': memoryDirectory(tree) } });
      return instantiate(compile(source(name)), wasi.imports).call('seekTwice');
    };
    expect([call('wasi_snapshot_preview1'), call('wasi_unstable')]).toEqual([2, 4]);
    expect(Object.keys(new Wasi().imports.wasi_unstable)).toHaveLength(45);
  });
});
