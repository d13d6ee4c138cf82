/** What a thread answers for itself, and what keeps the host agent from taking a file away; all in one agent here. */
import { expect, test, vi } from 'vitest';
import { HostError, type HostFile } from '../host/host.ts';
import { memoryHost } from '../host/memory.ts';
import type { WasiContext } from '../preview1/context.ts';
import { DescriptorTable } from '../preview1/descriptors.ts';
import { Errno } from '../preview1/errno.ts';
import { DescriptorCell, lockOf } from '../preview1/shared-descriptors.ts';
import type { FunctionName } from '../preview1/signatures.ts';
import type { Suspended } from '../preview1/suspension.ts';
import { Fdflags } from '../preview1/types.ts';
import { ControlBlock } from './control.ts';
import { GROUP_OVER, OwnFiles } from './own-files.ts';
import { Slot } from './slot.ts';

/** A file of the system's, whose bytes are its descriptor, and what it is told. */
function systemFile(fd: number, log: string[]): HostFile {
  const refuse = () => {
    throw new HostError('EIO');
  };
  return {
    stat: refuse,
    read: (buffer, offset) => {
      log.push(`read ${fd} at ${offset}`);
      buffer.fill(fd);
      return buffer.length;
    },
    write: refuse,
    append: refuse,
    setSize: refuse,
    setTimes: refuse,
    sync: refuse,
    close: () => log.push(`close ${fd}`),
    systemDescriptors: () => ({ fd, appendFd: undefined }),
  };
}

/** A table with a stream as 0 and a file as 1, and a thread that uses it. */
function setUp() {
  const log: string[] = [];
  const descriptors = new DescriptorTable();
  const slot = new Slot();
  const control = new ControlBlock();
  const shared = descriptors.share({ isUsed: (fd) => slot.isUsing(fd) });
  descriptors.add({ kind: 'input', stream: memoryHost().stdin, readCount: 0 });
  const addFile = (fd: number, { writable, flags } = { writable: false, flags: 0 }) =>
    descriptors.add({
      kind: 'file',
      file: systemFile(fd, log),
      readable: true,
      writable,
      origin: { preopenName: '/', names: ['a'] },
      flags,
      offset: 0,
    });
  addFile(77);
  const share = shared.newShare();
  const { clock, random } = memoryHost();
  const context: WasiContext = { args: [], environ: [], descriptors, clock, random, maySuspend: false };
  let reading: (() => void) | undefined;
  const files = new OwnFiles(share, {
    slot,
    control,
    context,
    fileOf: ({ fd }) => {
      reading?.();
      return systemFile(fd, log);
    },
    release: () => shared.released(),
  });
  const bytes = new Uint8Array(64);
  // A vector of 4 bytes at 16 stands at 0.
  bytes.set([16, 0, 0, 0, 4, 0, 0, 0]);
  const memory = {
    byteLength: bytes.length,
    range: (byteOffset: number, byteLength: number) => bytes.subarray(byteOffset, byteOffset + byteLength),
  };
  const call = (name: FunctionName, ...args: (number | bigint)[]) =>
    files.answer({ name, isUnstable: false }, memory, args);
  const during = (act: () => void) => {
    reading = () => {
      reading = undefined;
      act();
    };
  };
  return { log, descriptors, shared, share, control, slot, bytes, call, during, addFile };
}

const close = ({ descriptors }: ReturnType<typeof setUp>, fd: number) =>
  descriptors.change([fd], () => {
    descriptors.close(fd);
    return Errno.success;
  });

test('B1.1: a thread reads a file, and asks the host agent about a stream', () => {
  const { call, bytes, log } = setUp();
  expect([call('fd_read', 1, 0, 1, 8), call('fd_read', 1, 0, 1, 8), call('fd_read', 0, 0, 1, 8)]).toEqual([
    Errno.success,
    Errno.success,
    undefined,
  ]);
  expect([log, [...bytes.subarray(16, 20)]]).toEqual([
    ['read 77 at 0', 'read 77 at 4'],
    [77, 77, 77, 77],
  ]);
});

test('B1.1: what stands for nothing is badf, after what is wrong with pointers', () => {
  const { call } = setUp();
  for (const fd of [2, 63, 64, 2 ** 20, -1]) expect(call('fd_tell', fd, 8)).toBe(Errno.badf);
  expect([call('fd_close', 5), call('fd_renumber', 5, 1)]).toEqual([Errno.badf, Errno.badf]);
  expect(() => call('fd_read', 5, 62, 1, 8)).toThrow('out of bounds memory access');
  expect([call('fd_close', 1), call('fd_prestat_get', 1, 8)]).toEqual([undefined, undefined]);
});

test('B1.1: what is being used is closed afterwards, and its number is free only then', async () => {
  const all = setUp();
  let closing: unknown;
  all.during(() => {
    closing = close(all, 1);
    expect(closing).toBeInstanceOf(Promise);
    expect(all.addFile(88)).toBe(2);
  });
  expect(all.call('fd_read', 1, 0, 1, 8)).toBe(Errno.success);
  expect(all.log).toEqual(['read 77 at 0']);
  expect(await closing).toBe(Errno.success);
  expect([all.log, all.call('fd_tell', 1, 8), all.addFile(99)]).toEqual([['read 77 at 0', 'close 77'], Errno.badf, 1]);
});

test('B1.1: two who close one number: the second finds nothing', async () => {
  const all = setUp();
  const closings: unknown[] = [];
  all.during(() => closings.push(close(all, 1), close(all, 1)));
  all.call('fd_read', 1, 0, 1, 8);
  expect(await closings[0]).toBe(Errno.success);
  await expect(closings[1]).rejects.toThrow('EBADF');
});

test('B1.1: a thread that dies while it uses a file holds up nobody', async () => {
  const all = setUp();
  // As far as it gets: its number is in the slot, and it has the lock of the offset.
  all.slot.use(1);
  const { locks, agent } = all.share;
  expect(lockOf(locks, 1, agent).tryAcquire(0)).toBe(true);
  const closing = close(all, 1);
  all.slot.use(-1);
  all.shared.agentEnded(agent);
  expect(await closing).toBe(Errno.success);
  expect(lockOf(locks, 1, agent + 1).tryAcquire(0)).toBe(true);
});

test('B1.1: a thread that comes when a number is about to be closed does not use what it stood for', () => {
  const all = setUp();
  // The host agent has looked into the slot before, and is done between the thread's two looks at the entry.
  const look = vi.spyOn(DescriptorCell.prototype, 'isChanging', 'get').mockImplementationOnce(() => {
    all.descriptors.close(1);
    return false;
  });
  expect(all.call('fd_read', 1, 0, 1, 8)).toBe(Errno.badf);
  expect(all.log).toEqual(['close 77']);
  look.mockRestore();
});

test('B1.1: a free number that somebody waits to close is given away, and closed then', async () => {
  const all = setUp();
  all.slot.use(2);
  const closing = close(all, 2);
  expect(all.addFile(88)).toBe(2);
  // The thread sees that the host agent waits, and tells that it has left.
  all.control.decide('exit', 1, 3);
  expect(all.call('fd_tell', 2, 8)).toBe(GROUP_OVER);
  expect(await closing).toBe(Errno.success);
  expect(all.log).toEqual(['close 88']);
});

test('B1.5: closing that is given up keeps nobody waiting', () => {
  const all = setUp();
  all.slot.use(1);
  (close(all, 1) as Suspended).cancel();
  all.slot.use(-1);
  expect([close(all, 1), all.log]).toEqual([Errno.success, ['close 77']]);
});

test('B1.1: the host agent appends where the system has nothing to append by', () => {
  const { addFile, call, descriptors } = setUp();
  const fd = addFile(88, { writable: true, flags: Fdflags.append });
  expect(call('fd_write', fd, 0, 1, 8)).toBeUndefined();
  descriptors.file(fd).flags = 0;
  expect(call('fd_write', fd, 0, 1, 8)).toBe(Errno.io);
  descriptors.file(fd).flags = Fdflags.append;
  expect(call('fd_write', fd, 0, 1, 8)).toBeUndefined();
});

test('B1.5: a thread that waits for an offset leaves when its group is over', () => {
  const { share, call, control } = setUp();
  lockOf(share.locks, 1, share.agent + 1).tryAcquire(0);
  control.decide('exit', 1, 3);
  expect([call('fd_read', 1, 0, 1, 8), call('fd_tell', 1, 8)]).toEqual([GROUP_OVER, Errno.success]);
});

test('B1.5: a thread that waits for a change leaves when its group is over, and the table goes on', async () => {
  const all = setUp();
  all.slot.use(1);
  void close(all, 1);
  all.control.decide('exit', 1, 3);
  expect(all.call('fd_tell', 1, 8)).toBe(GROUP_OVER);
});
