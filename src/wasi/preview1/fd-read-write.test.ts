/** Tests of `fd-read-write.ts`: the bytes stored between guard bytes, and the errno answered. */
import { describe, expect, test } from 'vitest';
import { decodeUtf8 } from '../../api/index.ts';
import { type HostDirectory, HostError } from '../host/host.ts';
import { memoryDirectory } from '../host/memory.ts';
import { replacing } from './failing-host.ts';
import { type Case, named, runCase, tree } from './test-cases.ts';
import { TestGuest } from './test-guest.ts';

const stdoutOf = (guest: TestGuest) => {
  const bytes = guest.host.output.stdout;
  return decodeUtf8(bytes, 0, bytes.length);
};

const cases: Case[] = [
  ...(
    [
      ['fd_pread', 0, 'spipe'],
      ['fd_pread', 1, 'badf'],
      ['fd_pwrite', 0, 'badf'],
      ['fd_pwrite', 2, 'spipe'],
    ] as const
  ).map(
    ([name, fd, errno]): Case => ({
      name: `stream ${fd}`,
      function: name,
      act: (guest) => guest.call(name, fd, 0, 0, 0n, 8),
      errno,
    }),
  ),
  {
    name: 'buffers outside of memory, nothing to read from',
    function: 'fd_read',
    act: (guest) => {
      guest.words(64, 250, 100);
      return guest.call('fd_read', 1, 64, 1, -1);
    },
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
];

describe('reading and writing', () => {
  test.each(named(cases))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });
});

describe('a file that has room for little', () => {
  /** Takes so many bytes, and then fails. */
  function guestWithRoom(roomBytes: number) {
    const taken: number[] = [];
    const take = (bytes: Uint8Array) => {
      const count = Math.min(bytes.length, roomBytes - taken.length);
      if (count === 0) throw new HostError('ENOSPC');
      taken.push(...bytes.subarray(0, count));
      return count;
    };
    const directory = memoryDirectory(tree);
    const openFile: typeof directory.openFile = (name, options) =>
      replacing(directory.openFile(name, options), { write: take, append: take });
    const guest = new TestGuest({ directory: replacing<HostDirectory>(directory, { openFile }) });
    guest.words(8, ...guest.text('abc'), ...guest.text('defg'), ...guest.text('h'));
    return { guest, taken };
  }

  test.each([
    [3, '03', 'abc'],
    [5, '05', 'abcde'],
    [8, '08', 'abcdefgh'],
  ])('tells that %i bytes were written, and the next call fails', (roomBytes, count, content) => {
    for (const fdflags of [0, 1]) {
      const { guest, taken } = guestWithRoom(roomBytes);
      const fd = guest.open('hello.txt', { fdflags });
      expect(guest.call('fd_write', fd, 8, 3, 48)).toBe('success');
      expect(guest.picture(47, 53)).toBe(`? ${count} 00 00 00 ?`);
      expect(String.fromCharCode(...taken)).toBe(content);
      expect(guest.call('fd_write', fd, 8, 3, 48)).toBe('nospc');
    }
  });
});

describe('asynchronous guests', () => {
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
