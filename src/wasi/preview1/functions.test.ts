/** Each function of preview 1: the bytes it stores between guard bytes, and the errno it answers. */
import { describe, expect, test } from 'vitest';
import { decodeUtf8 } from '../../api/index.ts';
import { HostExit, Trap } from '../../syntax/index.ts';
import { HostError } from '../host/host.ts';
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
    name: 'frees the number',
    function: 'fd_close',
    options: { tree },
    act: (guest) => guest.call('fd_close', guest.open('hello.txt')),
    errno: 'success',
    check: (guest) => expect(guest.open('hello.txt')).toBe(4),
  },
  { name: 'nothing there', function: 'fd_close', act: (guest) => guest.call('fd_close', -1), errno: 'badf' },
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
      '05 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 ?',
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
  {
    name: 'from offset 3, short at the end',
    function: 'fd_pread',
    options: { tree },
    act: (guest) => {
      guest.words(8, 40, 8);
      return guest.call('fd_pread', guest.open('hello.txt'), 8, 1, 3n, 48);
    },
    errno: 'success',
    at: 39,
    picture: '? 6c 6f ? ? ? ? ? ? 02 00 00 00 ?',
  },
  {
    name: 'a negative offset is a huge one',
    function: 'fd_pread',
    options: { tree },
    act: (guest) => guest.call('fd_pread', guest.open('hello.txt'), 8, 0, -1n, 48),
    errno: 'inval',
  },
  { name: 'a stream', function: 'fd_pread', act: (guest) => guest.call('fd_pread', 0, 8, 0, 0n, 48), errno: 'spipe' },
  {
    name: 'into the middle, the offset stays',
    function: 'fd_pwrite',
    options: { tree },
    act: (guest) => {
      guest.words(8, ...guest.text('EL'));
      return guest.call('fd_pwrite', guest.open('hello.txt'), 8, 1, 1n, 48);
    },
    errno: 'success',
    at: 47,
    picture: '? 02 00 00 00 ?',
    check: (guest) => {
      guest.words(8, 64, 8);
      guest.call('fd_read', 4, 8, 1, 48);
      expect(guest.picture(63, 70)).toBe('? 68 45 4c 6c 6f ?');
    },
  },
  { name: 'a stream', function: 'fd_pwrite', act: (guest) => guest.call('fd_pwrite', 1, 8, 0, 0n, 48), errno: 'spipe' },
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
    name: 'a file into two buffers',
    function: 'fd_read',
    options: { tree },
    act: (guest) => {
      guest.words(8, 40, 2, 50, 8);
      return guest.call('fd_read', guest.open('hello.txt'), 8, 2, 60);
    },
    errno: 'success',
    at: 39,
    picture: '? 68 65 ? ? ? ? ? ? ? ? 6c 6c 6f ? ? ? ? ? ? ? 05 00 00 00 ?',
  },
  {
    name: 'standard input into two buffers',
    function: 'fd_read',
    options: { stdin: 'abcdef' },
    act: (guest) => {
      guest.words(8, 40, 2, 44, 3);
      return guest.call('fd_read', 0, 8, 2, 48);
    },
    errno: 'success',
    at: 39,
    picture: '? 61 62 ? ? 63 64 65 ? 05 00 00 00 ?',
  },
  {
    name: 'the end of the input',
    function: 'fd_read',
    act: (guest) => {
      guest.words(8, 40, 2);
      return guest.call('fd_read', 0, 8, 1, 48);
    },
    errno: 'success',
    at: 39,
    picture: '? ? ? ? ? ? ? ? ? 00 00 00 00 ?',
  },
  {
    name: 'open for writing only',
    function: 'fd_read',
    options: { tree },
    act: (guest) => guest.call('fd_read', guest.open('hello.txt', { rights: 0x40n }), 8, 0, 48),
    errno: 'badf',
  },
  { name: 'a directory', function: 'fd_read', act: (guest) => guest.call('fd_read', 3, 8, 0, 48), errno: 'badf' },
  {
    name: 'more than 2^32 - 1 bytes',
    function: 'fd_read',
    options: { byteCount: 65536 * 17 },
    act: (guest) => {
      for (let index = 0; index < 4096; index++) guest.words(64 + index * 8, 0, 65536 * 17);
      return guest.call('fd_read', 0, 64, 4096, 48);
    },
    errno: 'inval',
  },
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
  {
    name: 'two buffers to standard output',
    function: 'fd_write',
    act: (guest) => {
      guest.words(8, ...guest.text('hel'), ...guest.text('lo'));
      return guest.call('fd_write', 1, 8, 2, 60);
    },
    errno: 'success',
    at: 59,
    picture: '? 05 00 00 00 ?',
    check: (guest) => expect(stdoutOf(guest)).toBe('hello'),
  },
  {
    name: 'behind the end of a file leaves zeros',
    function: 'fd_write',
    options: { tree },
    act: (guest) => {
      const fd = guest.open('hello.txt');
      guest.call('fd_seek', fd, 7n, 0, 16);
      guest.words(8, ...guest.text('!'));
      return guest.call('fd_write', fd, 8, 1, 60);
    },
    errno: 'success',
    check: (guest) => {
      guest.words(8, 80, 32);
      guest.call('fd_pread', 4, 8, 1, 0n, 48);
      expect(guest.picture(79, 89)).toBe('? 68 65 6c 6c 6f 00 00 21 ?');
    },
  },
  { name: 'standard input', function: 'fd_write', act: (guest) => guest.call('fd_write', 0, 8, 0, 60), errno: 'badf' },
  {
    name: 'open for reading only',
    function: 'fd_write',
    options: { tree },
    act: (guest) => guest.call('fd_write', guest.open('hello.txt', { rights: 2n }), 8, 0, 60),
    errno: 'badf',
  },
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
    const covered = new Set<string>([...cases.map((each) => each.function), 'proc_exit']);
    // Those that take paths are in path.test.ts.
    const others = Object.keys(signatures).filter((name) => !name.startsWith('path_'));
    expect(others.filter((name) => !covered.has(name))).toEqual([]);
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

describe('asynchronous guests', () => {
  test('poll_oneoff suspends for a clock', async () => {
    const guest = new TestGuest({ maySuspend: true });
    guest.memory.bytes.fill(0, 64, 112);
    guest.words(64, 7, 0, 0, 0, 1, 0, 1000);
    expect(await guest.callAsync('poll_oneoff', 64, 8, 1, 44)).toBe('success');
    expect(guest.picture(7, 9)).toBe('? 07');
  });

  test('fd_read waits for an input that is a promise, and finds memory that has grown meanwhile', async () => {
    const guest = new TestGuest({ maySuspend: true });
    const later = {
      isTerminal: false,
      read: (buffer: Uint8Array) => {
        guest.memory.bytes = Uint8Array.from([...guest.memory.bytes, 0]);
        buffer.set([0x61, 0x62]);
        return Promise.resolve(2);
      },
    };
    guest.context.descriptors.close(0);
    guest.context.descriptors.add({ kind: 'input', stream: later, readCount: 0 });
    guest.words(8, 40, 8);
    expect(await guest.callAsync('fd_read', 0, 8, 1, 48)).toBe('success');
    expect(guest.picture(39, 53)).toBe('? 61 62 ? ? ? ? ? ? 02 00 00 00 ?');
  });

  test('a failed promise is an errno', async () => {
    const guest = new TestGuest({ maySuspend: true });
    guest.context.descriptors.close(0);
    const broken = { isTerminal: false, read: () => Promise.reject(new HostError('EIO')) };
    guest.context.descriptors.add({ kind: 'input', stream: broken, readCount: 0 });
    guest.words(8, 40, 8);
    expect(await guest.callAsync('fd_read', 0, 8, 1, 48)).toBe('io');
  });
});
