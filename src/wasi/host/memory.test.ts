/** The host without effects: equal runs are equal to the byte, and its files behave as POSIX has it. */
import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../../api/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import { HostError, type OpenOptions } from './host.ts';
import { loadMemoryDirectory, memoryDirectory, memoryHost } from './memory.ts';

const readWrite: OpenOptions = { read: true, write: true, create: true, exclusive: false, truncate: false };

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'success';
  } catch (error) {
    return (error as HostError).code;
  }
}

describe('determinism', () => {
  test('two hosts give the same times and bytes', () => {
    const observe = () => {
      const { clock, random } = memoryHost();
      const bytes = new Uint8Array(16);
      random(bytes);
      clock.sleep(5_000_000n);
      return [clock.realtimeNs(), clock.monotonicNs(), clock.monotonicNs(), ...bytes];
    };
    expect(observe()).toEqual(observe());
  });

  test('another seed gives other bytes, none the constant zero', () => {
    const bytesOf = (seed: number) => {
      const bytes = new Uint8Array(16);
      memoryHost({ seed }).random(bytes);
      return [...bytes];
    };
    expect(bytesOf(2)).not.toEqual(bytesOf(3));
    expect(bytesOf(0).some((byte) => byte !== 0)).toBe(true);
  });

  test('equal trees have equal inode numbers', () => {
    const inodes = () =>
      memoryDirectory({ a: '', d: { b: '' } })
        .list()
        .map(({ inode }) => inode);
    expect(inodes()).toEqual(inodes());
  });
});

describe('files', () => {
  test('what was cut off does not come back', () => {
    const root = memoryDirectory({ f: 'secret' });
    const file = root.openFile('f', readWrite);
    file.setSize(1);
    file.setSize(6);
    expect([...root.readFile('f')!]).toEqual([0x73, 0, 0, 0, 0, 0]);
  });

  test('an open file outlives its name', () => {
    const root = memoryDirectory({ f: 'text' });
    const file = root.openFile('f', readWrite);
    root.removeFile('f');
    expect(file.read(new Uint8Array(8), 0)).toBe(4);
    expect(file.stat().linkCount).toBe(0n);
    expect(root.readFile('f')).toBeUndefined();
  });

  test('a removed directory that is still open takes no new entries', () => {
    const root = memoryDirectory({ d: {} });
    const directory = root.openDirectory('d');
    root.removeDirectory('d');
    expect(codeOf(() => directory.createDirectory('x'))).toBe('ENOENT');
    expect(codeOf(() => directory.openFile('x', readWrite))).toBe('ENOENT');
  });

  test('a write far behind the end is refused, not allocated', () => {
    const file = memoryDirectory().openFile('f', readWrite);
    expect(codeOf(() => file.write(new Uint8Array(1), 2 ** 40))).toBe('EFBIG');
    expect(codeOf(() => file.setSize(2 ** 40))).toBe('EFBIG');
  });

  test.each([
    ['a directory below itself', 'd', 'd', 'x', 'EINVAL'],
    ['a directory onto a file', 'd', '', 'f', 'ENOTDIR'],
    ['a file onto a directory', 'f', '', 'd', 'EISDIR'],
    ['a directory onto one with entries', 'e', '', 'd', 'ENOTEMPTY'],
    ['a directory onto an empty one', 'd', '', 'e', 'success'],
    ['a file onto a file', 'f', '', 'g', 'success'],
    ['a file onto itself', 'f', '', 'f', 'success'],
    ['what is missing', 'x', '', 'y', 'ENOENT'],
  ] as const)('rename %s', (_, from, into, to, code) => {
    const root = memoryDirectory({ f: 'f', g: 'g', d: { x: '' }, e: {} });
    const target = into === '' ? root : root.openDirectory(into);
    expect(codeOf(() => root.rename(from, target, to))).toBe(code);
  });

  test('rename and links stay within one file system', () => {
    const root = memoryDirectory({ f: 'f' });
    expect(codeOf(() => root.rename('f', memoryDirectory(), 'f'))).toBe('EXDEV');
    expect(codeOf(() => root.createLink('f', memoryDirectory(), 'f'))).toBe('EXDEV');
  });

  test('files together have a budget, which removed ones give back', () => {
    const root = memoryDirectory();
    const fill = (name: string) => {
      const file = root.openFile(name, readWrite);
      file.setSize(2 ** 29);
      file.close();
    };
    fill('a');
    fill('b');
    expect(codeOf(() => fill('c'))).toBe('ENOSPC');
    root.removeFile('a');
    expect(codeOf(() => fill('c'))).toBe('success');
  });

  test('a removed file that is open still counts', () => {
    const root = memoryDirectory();
    const file = root.openFile('a', readWrite);
    file.setSize(2 ** 30);
    root.removeFile('a');
    expect(codeOf(() => root.openFile('b', readWrite).setSize(1))).toBe('ENOSPC');
    file.close();
    expect(codeOf(() => root.openFile('b', readWrite).setSize(1))).toBe('success');
  });

  test('directories nested deeper than calls can be are renamed all the same', () => {
    const root = memoryDirectory({ d: {}, other: {} });
    let directory = root.openDirectory('d');
    for (let depth = 0; depth < 100_000; depth++) {
      directory.createDirectory('d');
      directory = directory.openDirectory('d');
    }
    expect(codeOf(() => root.rename('d', directory, 'x'))).toBe('EINVAL');
    expect(codeOf(() => root.rename('d', root.openDirectory('other'), 'x'))).toBe('success');
  });

  test('failures are HostErrors', () => {
    expect(() => memoryDirectory().statEntry('x')).toThrow(HostError);
  });
});

describe('saving', () => {
  const take = (host: ReturnType<typeof memoryHost>) => {
    const random = new Uint8Array(5);
    const input = new Uint8Array(3);
    host.random(random);
    return [random, host.stdin.read(input), input, host.clock.monotonicNs(), host.clock.realtimeNs()];
  };

  test('clock, randomness and input go on where they stood', () => {
    const host = memoryHost({ stdin: 'abcdefgh', seed: 5 });
    take(host);
    host.clock.sleep(BigInt(2) ** BigInt(70));
    const again = memoryHost({ stdin: 'abcdefgh', seed: 5 });
    again.restore(host.save());
    expect(again.save()).toEqual(host.save());
    expect(take(again)).toEqual(take(host));
  });

  test.each(['', '{}', '[1,"2"]', '[-1,"2",3]', '[1,"x",3]', '[1,"2",3,4]'])('%s is no saved host', (text) => {
    expect(() => memoryHost().restore(encodeUtf8(text))).toThrow(SnapshotError);
  });

  test('a directory whole: contents, two names of one file, links, times, inodes', () => {
    const directory = memoryDirectory({ a: { 'x.txt': 'xyz', empty: '' }, z: Uint8Array.of(0, 10, 255) });
    const a = directory.openDirectory('a');
    a.createLink('x.txt', directory, 'second');
    directory.createSymbolicLink('link', 'a/x.txt');
    directory.removeFile('z');
    directory.openFile('new', readWrite).write(Uint8Array.of(1, 2), 3);
    directory.setEntryTimes('new', { accessTimeNs: BigInt(5), modifyTimeNs: BigInt(7) });
    const again = loadMemoryDirectory(directory.save());
    expect(again.save()).toEqual(directory.save());
    expect(again.list()).toEqual(directory.list());
    expect(again.readFile('new')).toEqual(Uint8Array.of(0, 0, 0, 1, 2));
    expect(again.statEntry('new')).toEqual(directory.statEntry('new'));
    expect(again.readLink('link')).toBe('a/x.txt');
    again.openFile('second', readWrite).write(Uint8Array.of(0x41), 0);
    expect(again.readFile('a/x.txt')).toEqual(Uint8Array.of(0x41, 0x79, 0x7a));
    expect(again.statEntry('second').linkCount).toBe(BigInt(2));
    const names = (made: typeof again) => made.openFile('later', readWrite).stat().inode;
    expect(names(again)).toBe(names(directory));
  });

  const node = { inode: 1, times: ['0', '0'] };
  test.each<[string, unknown, string?]>([
    ['nothing', undefined],
    ['no root', [1, []]],
    ['a file as root', [1, [{ ...node, size: 0 }]]],
    ['a ring', [1, [{ ...node, entries: [['a', 0]] }]]],
    [
      'a directory with two names',
      [
        1,
        [
          {
            ...node,
            entries: [
              ['a', 1],
              ['b', 1],
            ],
          },
          { ...node, entries: [] },
        ],
      ],
    ],
    [
      'a node that nothing leads to',
      [
        1,
        [
          { ...node, entries: [] },
          { ...node, size: 0 },
        ],
      ],
    ],
    [
      'a way as name',
      [
        1,
        [
          { ...node, entries: [['a/b', 1]] },
          { ...node, size: 0 },
        ],
      ],
    ],
    ['more contents', [1, [{ ...node, entries: [] }]], 'x'],
    [
      'less contents',
      [
        1,
        [
          { ...node, entries: [['a', 1]] },
          { ...node, size: 9 },
        ],
      ],
      'x',
    ],
    ['two kinds', [1, [{ ...node, entries: [], size: 0 }]]],
    ['a time', [1, [{ inode: 1, times: ['0', '-1'], entries: [] }]]],
  ])('%s is no saved directory', (_, state, contents = '') => {
    const bytes = encodeUtf8(state === undefined ? '' : `${JSON.stringify(state)}\n${contents}`);
    expect(() => loadMemoryDirectory(bytes)).toThrow(SnapshotError);
  });
});
