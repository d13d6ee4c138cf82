/** The descriptor table: numbers, limits, and who hears of a descriptor's end. */
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../syntax/index.ts';
import { HostError } from '../host/host.ts';
import { memoryDirectory, memoryHost } from '../host/memory.ts';
import { type Descriptor, DescriptorTable } from './descriptors.ts';
import { Wasi } from './index.ts';
import { tree } from './test-cases.ts';
import { TestGuest } from './test-guest.ts';

const output = (): Descriptor => ({ kind: 'output', stream: memoryHost().stdout });

describe('limits', () => {
  test('beyond them a path is not opened: mfile, and a number that is freed is given again', () => {
    const guest = new TestGuest({ tree, maxDescriptors: 5 });
    const fd = guest.open('hello.txt');
    const open = () => guest.call('path_open', 3, 0, ...guest.text('hello.txt'), 0, 2n, 0n, 0, 248);
    expect([fd, open()]).toEqual([4, 'mfile']);
    guest.call('fd_close', fd);
    expect(open()).toBe('success');
  });

  test('leave room for what the guest begins with', () => {
    const preopens = { '/': memoryDirectory() };
    expect(() => new Wasi({ preopens, maxDescriptors: 3 })).toThrow(UsageError);
    expect(() => new Wasi({ preopens, maxDescriptors: Number.NaN })).toThrow(UsageError);
    expect(() => new Wasi({ preopens, maxDescriptors: 4 })).not.toThrow();
  });

  test.each([
    ['EMFILE', 'mfile'],
    ['ENFILE', 'nfile'],
  ] as const)('of the host itself are told as they are: %s', (code, errno) => {
    const openFile = () => {
      throw new HostError(code);
    };
    const guest = new TestGuest({ directory: Object.assign(memoryDirectory(tree), { openFile }) });
    expect(guest.call('path_open', 3, 0, ...guest.text('hello.txt'), 0, 2n, 0n, 0, 248)).toBe(errno);
  });
});

describe('closing', () => {
  test('wakes those who wait for it, whichever number it has by then', async () => {
    const table = new DescriptorTable();
    const descriptor = output();
    table.add(descriptor);
    table.add(output());
    const closed = table.untilClosed(descriptor).done.then(() => 'closed');
    table.renumber(0, 1);
    expect(table.isOpen(descriptor)).toBe(true);
    table.close(1);
    expect(table.isOpen(descriptor)).toBe(false);
    expect(await closed).toBe('closed');
  });
});

test('what is open is what a number stands for', () => {
  const table = new DescriptorTable();
  const [first, second, third] = [output(), output(), output()];
  table.add(first);
  table.add(second);
  const open = () => [first, second, third].map((each) => table.isOpen(each));
  expect(open()).toEqual([true, true, false]);
  table.renumber(0, 1);
  expect(open()).toEqual([true, false, false]);
  table.renumber(1, 1);
  expect(open()).toEqual([true, false, false]);
  table.replaceAll(new Map([[5, third]]));
  expect(open()).toEqual([false, false, true]);
  table.closeAll();
  expect(open()).toEqual([false, false, false]);
});
