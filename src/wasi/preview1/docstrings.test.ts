/**
 * Every errno that a docstring promises is reached: the docstrings are read, and for each function and errno in them
 * there is a case here that ends in it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type HostDirectory, HostError, type HostErrorCode } from '../host/host.ts';
import { LoopbackListener } from '../host/loopback.ts';
import { memoryDirectory } from '../host/memory.ts';
import { readOnlyDirectory } from '../host/read-only.ts';
import { type ErrnoName, errnoRows } from './errno.ts';
import {
  directoryOfFailingFiles,
  failing,
  failingDirectory,
  failingInput,
  failingOutput,
  replacing,
} from './failing-host.ts';
import { type FunctionName, signatures } from './signatures.ts';
import { tree } from './test-cases.ts';
import { TestGuest, type TestGuestOptions } from './test-guest.ts';

/** How to call a function so that it ends in an errno. */
type Act = (guest: TestGuest) => ErrnoName | Promise<ErrnoName>;
type Row = readonly [name: FunctionName, errno: ErrnoName, act: Act, options?: TestGuestOptions];

const error = (code: HostErrorCode) => new HostError(code);
const functionNames = Object.keys(signatures) as FunctionName[];

// Calls by function, where only the descriptor or the path matters

type FdFunction = Extract<FunctionName, `fd_${string}`>;

/** The function on descriptor `fd`; one buffer of 4 bytes at 40 for those that take buffers. */
const onFd: { readonly [N in Exclude<FdFunction, 'fd_renumber'>]: (guest: TestGuest, fd: number) => ErrnoName } = {
  fd_advise: (guest, fd) => guest.call('fd_advise', fd, 0n, 0n, 0),
  fd_allocate: (guest, fd) => guest.call('fd_allocate', fd, 0n, 1n),
  fd_close: (guest, fd) => guest.call('fd_close', fd),
  fd_datasync: (guest, fd) => guest.call('fd_datasync', fd),
  fd_fdstat_get: (guest, fd) => guest.call('fd_fdstat_get', fd, 8),
  fd_fdstat_set_flags: (guest, fd) => guest.call('fd_fdstat_set_flags', fd, 0),
  fd_fdstat_set_rights: (guest, fd) => guest.call('fd_fdstat_set_rights', fd, 0n, 0n),
  fd_filestat_get: (guest, fd) => guest.call('fd_filestat_get', fd, 8),
  fd_filestat_set_size: (guest, fd) => guest.call('fd_filestat_set_size', fd, 1n),
  fd_filestat_set_times: (guest, fd) => guest.call('fd_filestat_set_times', fd, 1n, 2n, 5),
  fd_pread: (guest, fd) => guest.call('fd_pread', fd, buffer(guest), 1, 0n, 8),
  fd_prestat_get: (guest, fd) => guest.call('fd_prestat_get', fd, 8),
  fd_prestat_dir_name: (guest, fd) => guest.call('fd_prestat_dir_name', fd, 8, 4),
  fd_pwrite: (guest, fd) => guest.call('fd_pwrite', fd, buffer(guest), 1, 0n, 8),
  fd_read: (guest, fd) => guest.call('fd_read', fd, buffer(guest), 1, 8),
  fd_readdir: (guest, fd) => guest.call('fd_readdir', fd, 40, 40, 0n, 8),
  fd_seek: (guest, fd) => guest.call('fd_seek', fd, 0n, 0, 8),
  fd_sync: (guest, fd) => guest.call('fd_sync', fd),
  fd_tell: (guest, fd) => guest.call('fd_tell', fd, 8),
  fd_write: (guest, fd) => guest.call('fd_write', fd, buffer(guest), 1, 8),
};

function buffer(guest: TestGuest, byteLength = 4): number {
  guest.words(16, 40, byteLength);
  return 16;
}

/** Buffers that hold more than 2^32 - 1 bytes together, in a memory of 65536. */
function manyBuffers(guest: TestGuest): [pointer: number, count: number] {
  const count = 7000;
  for (let index = 0; index < count; index++) guest.words(index * 8, 0, 0xffff0000);
  for (let index = 0; index < count; index++) guest.words(index * 8 + 4, 65536 * 16);
  return [0, count];
}

type PathFunction = Extract<FunctionName, `path_${string}`>;
type Path = string | Uint8Array;

/** The function on `path` below `base`. */
const onPath: { readonly [N in PathFunction]: (guest: TestGuest, path: Path, base?: number) => ErrnoName } = {
  path_create_directory: (guest, path, base = 3) => guest.call('path_create_directory', base, ...guest.text(path)),
  path_filestat_get: (guest, path, base = 3) => guest.call('path_filestat_get', base, 1, ...guest.text(path), 8),
  path_filestat_set_times: (guest, path, base = 3) =>
    guest.call('path_filestat_set_times', base, 1, ...guest.text(path), 1n, 2n, 5),
  path_link: (guest, path, base = 3) =>
    guest.call('path_link', base, 0, ...guest.text(path), base, ...guest.text('second')),
  path_open: (guest, path, base = 3) => guest.call('path_open', base, 1, ...guest.text(path), 0, 2n, 0n, 0, 8),
  path_readlink: (guest, path, base = 3) => guest.call('path_readlink', base, ...guest.text(path), 40, 40, 8),
  path_remove_directory: (guest, path, base = 3) => guest.call('path_remove_directory', base, ...guest.text(path)),
  path_rename: (guest, path, base = 3) =>
    guest.call('path_rename', base, ...guest.text(path), base, ...guest.text('second')),
  path_symlink: (guest, path, base = 3) =>
    guest.call('path_symlink', ...guest.text('target'), base, ...guest.text(path)),
  path_unlink_file: (guest, path, base = 3) => guest.call('path_unlink_file', base, ...guest.text(path)),
};

const pathFunctions = Object.keys(onPath) as PathFunction[];

/** What every function that takes a path may answer. */
const anyPathRows: Row[] = pathFunctions.flatMap((name): Row[] => [
  [name, 'badf', (guest) => onPath[name](guest, 'hello.txt', 1)],
  [name, 'ilseq', (guest) => onPath[name](guest, new Uint8Array([0xff]))],
  [name, 'inval', (guest) => onPath[name](guest, 'a\0b')],
  [name, 'noent', (guest) => onPath[name](guest, '')],
  [name, 'noent', (guest) => onPath[name](guest, 'missing/new')],
  [name, 'notdir', (guest) => onPath[name](guest, 'hello.txt/new')],
  [
    name,
    'loop',
    (guest) => {
      guest.call('path_symlink', ...guest.text('loop'), 3, ...guest.text('loop'));
      return onPath[name](guest, 'loop/new');
    },
  ],
  [name, 'nametoolong', (guest) => onPath[name](guest, 'x/'.repeat(3000)), { byteCount: 65536 }],
  [name, 'perm', (guest) => onPath[name](guest, '../new')],
  ...(['EACCES', 'EROFS', 'ENOSPC', 'EIO'] as const).map(
    (code): Row => [
      name,
      code.slice(1).toLowerCase() as ErrnoName,
      (guest) => onPath[name](guest, 'hello.txt'),
      { directory: failingDirectory(error(code)) },
    ],
  ),
]);

const changingPathRows: Row[] = pathFunctions
  .filter((name) => !['path_filestat_get', 'path_open', 'path_readlink'].includes(name))
  .map((name) => [
    name,
    'perm',
    (guest) => onPath[name](guest, 'hello.txt'),
    { directory: readOnlyDirectory(memoryDirectory(tree)) },
  ]);

// Descriptors of failing things

/** Calls on the file `hello.txt` whose methods throw. */
const failingFileRow = (name: Exclude<FdFunction, 'fd_renumber'>, code: HostErrorCode): Row => [
  name,
  code.slice(1).toLowerCase() as ErrnoName,
  (guest) => onFd[name](guest, guest.open('hello.txt')),
  { directory: directoryOfFailingFiles(error(code)) },
];

const usableOnFiles = [
  'fd_advise',
  'fd_close',
  'fd_datasync',
  'fd_sync',
  'fd_fdstat_get',
  'fd_fdstat_set_flags',
  'fd_filestat_get',
  'fd_filestat_set_size',
  'fd_filestat_set_times',
  'fd_pread',
  'fd_pwrite',
  'fd_read',
  'fd_write',
  'fd_seek',
  'fd_tell',
] as const;

const fileOnlyFunctions = ['fd_advise', 'fd_allocate', 'fd_datasync', 'fd_sync', 'fd_filestat_set_size'] as const;

const LISTENER = 4;
const CONNECTION = 5;
const NONBLOCK = 4;

/** A guest with a connection; the client's side is left alone. */
function connect(guest: TestGuest, listener: LoopbackListener) {
  const client = listener.connect();
  guest.call('sock_accept', LISTENER, 0, 8);
  return client;
}

/** Runs with a listener, and with a connection that is given to `act`. */
function withSocket(act: (guest: TestGuest) => ErrnoName): Act {
  return () => {
    const listener = new LoopbackListener();
    const guest = new TestGuest({ listeners: [listener], maySuspend: true, tree });
    connect(guest, listener);
    return act(guest);
  };
}

/** As `withSocket`, where the connection throws. */
function withFailingSocket(code: HostErrorCode, act: (guest: TestGuest) => ErrnoName): Act {
  return withSocket((guest) => {
    const { descriptors } = guest.context;
    const open = new Map(descriptors.open);
    const descriptor = open.get(CONNECTION);
    if (descriptor?.kind !== 'socket') throw new Error('there is no connection');
    const socket = failing(descriptor.socket, error(code), ['tryRead', 'tryPeek', 'tryWrite']);
    descriptors.replaceAll(open.set(CONNECTION, { ...descriptor, socket }));
    return act(guest);
  });
}

function nonblocking(guest: TestGuest): TestGuest {
  guest.call('fd_fdstat_set_flags', CONNECTION, NONBLOCK);
  return guest;
}

function withStream(guest: TestGuest, fd: 0 | 1, thrown: unknown): TestGuest {
  const { descriptors } = guest.context;
  const open = new Map(descriptors.open);
  if (fd === 0) open.set(0, { kind: 'input', stream: failingInput(thrown), readCount: 0 });
  else open.set(1, { kind: 'output', stream: failingOutput(thrown) });
  descriptors.replaceAll(open);
  return guest;
}

const recv = (guest: TestGuest, fd: number, flags = 0) => guest.call('sock_recv', fd, buffer(guest), 1, flags, 8, 12);
const send = (guest: TestGuest, fd: number, flags = 0) => guest.call('sock_send', fd, buffer(guest), 1, flags, 8);

/** With a connection that has no room. */
function filled(guest: TestGuest): TestGuest {
  nonblocking(guest);
  while (send(guest, CONNECTION) === 'success');
  return guest;
}

/** One subscription of a kind, to a clock or a descriptor. */
function poll(guest: TestGuest, tag: number, id: number, count = 1): ErrnoName {
  guest.memory.bytes.fill(0, 64, 112);
  guest.words(64, 7, 0, tag, 0, id);
  return guest.call('poll_oneoff', 64, 8, count, 44);
}

const symlink = (guest: TestGuest, target: string, path: string) =>
  guest.call('path_symlink', ...guest.text(target), 3, ...guest.text(path));
const openWith = (
  guest: TestGuest,
  path: string,
  { follow = 1, oflags = 0, rights = 2n, fdflags = 0, base = 3 } = {},
) => guest.call('path_open', base, follow, ...guest.text(path), oflags, rights, 0n, fdflags, 8);
const rename = (guest: TestGuest, from: string, to: string, toBase = 3) =>
  guest.call('path_rename', 3, ...guest.text(from), toBase, ...guest.text(to));
const link = (guest: TestGuest, from: string, to: string, { flags = 0, toBase = 3 } = {}) =>
  guest.call('path_link', 3, flags, ...guest.text(from), toBase, ...guest.text(to));

/** A second volume as descriptor 4. */
function withSecond(guest: TestGuest): TestGuest {
  guest.context.descriptors.addPreopen('/second', memoryDirectory());
  return guest;
}

/** A directory whose files have more links than 32 bits can count. */
function manyLinks(): HostDirectory {
  const directory: HostDirectory = memoryDirectory(tree);
  const stat = { ...directory.statEntry('hello.txt'), linkCount: 2n ** 32n };
  return replacing(directory, {
    statEntry: () => stat,
    openFile: (name, options) => replacing(directory.openFile(name, options), { stat: () => stat }),
  });
}

/** A directory where everything is a link to `/etc`. */
function absoluteLinks(): HostDirectory {
  const directory: HostDirectory = memoryDirectory();
  return replacing(directory, { readLink: () => '/etc' });
}

const rows: Row[] = [
  ['args_get', 'success', (guest) => guest.call('args_get', 8, 16), { args: ['a'] }],
  ['args_sizes_get', 'success', (guest) => guest.call('args_sizes_get', 8, 16)],
  ['environ_get', 'success', (guest) => guest.call('environ_get', 8, 16), { environ: ['A=b'] }],
  ['environ_sizes_get', 'success', (guest) => guest.call('environ_sizes_get', 8, 16)],
  ['clock_res_get', 'success', (guest) => guest.call('clock_res_get', 1, 8)],
  ['clock_res_get', 'inval', (guest) => guest.call('clock_res_get', 3, 8)],
  ['clock_time_get', 'success', (guest) => guest.call('clock_time_get', 0, 0n, 8)],
  ['clock_time_get', 'inval', (guest) => guest.call('clock_time_get', 4, 0n, 8)],
  ['random_get', 'success', (guest) => guest.call('random_get', 8, 4)],
  ['sched_yield', 'success', (guest) => guest.call('sched_yield')],
  ['proc_raise', 'notsup', (guest) => guest.call('proc_raise', 6)],
  ['poll_oneoff', 'success', (guest) => poll(guest, 0, 1)],
  ['poll_oneoff', 'badf', (guest) => poll(guest, 1, 9)],
  ['poll_oneoff', 'inval', (guest) => poll(guest, 0, 1, 0)],

  ...fileOnlyFunctions.map((name): Row => [name, 'badf', (guest) => onFd[name](guest, 3)]),
  ...(Object.keys(onFd) as (keyof typeof onFd)[]).map((name): Row => [name, 'badf', (guest) => onFd[name](guest, 9)]),
  ...usableOnFiles.map(
    (name): Row => [name, 'success', (guest) => onFd[name](guest, guest.open('hello.txt')), { tree }],
  ),
  ...(['fd_prestat_get', 'fd_prestat_dir_name', 'fd_readdir'] as const).map(
    (name): Row => [name, 'success', (guest) => onFd[name](guest, 3)],
  ),
  ['fd_advise', 'inval', (guest) => guest.call('fd_advise', guest.open('hello.txt'), 0n, 0n, 6), { tree }],
  ['fd_allocate', 'notsup', (guest) => onFd.fd_allocate(guest, guest.open('hello.txt')), { tree }],
  ['fd_fdstat_set_flags', 'inval', (guest) => guest.call('fd_fdstat_set_flags', guest.open('hello.txt'), 16), { tree }],
  ['fd_fdstat_set_rights', 'notsup', (guest) => onFd.fd_fdstat_set_rights(guest, 3)],
  ['fd_renumber', 'success', (guest) => guest.call('fd_renumber', guest.open('hello.txt'), 0), { tree }],
  ['fd_renumber', 'badf', (guest) => guest.call('fd_renumber', 0, 9)],
  ['fd_prestat_dir_name', 'notdir', (guest) => onFd.fd_prestat_dir_name(guest, 0)],
  ['fd_prestat_dir_name', 'nametoolong', (guest) => guest.call('fd_prestat_dir_name', 3, 8, 3)],
  ...(['fd_seek', 'fd_tell', 'fd_pread'] as const).map((name): Row => [name, 'spipe', (guest) => onFd[name](guest, 0)]),
  ['fd_pwrite', 'spipe', (guest) => onFd.fd_pwrite(guest, 1)],
  ['fd_seek', 'inval', (guest) => guest.call('fd_seek', guest.open('hello.txt'), -1n, 0, 8), { tree }],
  ...(['fd_datasync', 'fd_sync', 'fd_close', 'fd_read', 'fd_pread', 'fd_write', 'fd_pwrite'] as const).map((name) =>
    failingFileRow(name, 'EIO'),
  ),
  ...(['EFBIG', 'ENOSPC'] as const).flatMap((code) => [
    failingFileRow('fd_write', code),
    failingFileRow('fd_pwrite', code),
    failingFileRow('fd_filestat_set_size', code),
  ]),
  failingFileRow('fd_filestat_set_times', 'EACCES'),
  [
    'fd_filestat_set_size',
    'perm',
    (guest) => onFd.fd_filestat_set_size(guest, guest.open('hello.txt', { rights: 2n })),
    { directory: readOnlyDirectory(memoryDirectory(tree)) },
  ],
  [
    'fd_filestat_set_times',
    'perm',
    (guest) => onFd.fd_filestat_set_times(guest, guest.open('hello.txt', { rights: 2n })),
    { directory: readOnlyDirectory(memoryDirectory(tree)) },
  ],
  [
    'fd_filestat_set_size',
    'inval',
    (guest) => onFd.fd_filestat_set_size(guest, guest.open('hello.txt', { rights: 2n })),
    { tree },
  ],
  ['fd_filestat_set_times', 'inval', (guest) => guest.call('fd_filestat_set_times', 3, 1n, 2n, 3)],
  ...(['fd_read', 'fd_write'] as const).map(
    (name): Row => [
      name,
      'inval',
      (guest) => guest.call(name, guest.open('hello.txt', { at: 60000 }), ...manyBuffers(guest), 60000),
      { tree, byteCount: 2 ** 21 },
    ],
  ),
  ...(['fd_pread', 'fd_pwrite'] as const).map(
    (name): Row => [
      name,
      'inval',
      (guest) => guest.call(name, guest.open('hello.txt'), buffer(guest), 1, 2n ** 63n, 8),
      { tree },
    ],
  ),
  ['fd_write', 'pipe', (guest) => onFd.fd_write(withStream(guest, 1, error('EPIPE')), 1)],
  ['fd_read', 'io', (guest) => onFd.fd_read(withStream(guest, 0, error('EIO')), 0)],
  ['fd_read', 'again', withSocket((guest) => onFd.fd_read(nonblocking(guest), CONNECTION))],
  ['fd_read', 'connreset', withFailingSocket('ECONNRESET', (guest) => onFd.fd_read(guest, CONNECTION))],
  ['fd_write', 'again', withSocket((guest) => onFd.fd_write(filled(guest), CONNECTION))],

  ['path_create_directory', 'success', (guest) => onPath.path_create_directory(guest, 'new')],
  ['path_create_directory', 'exist', (guest) => onPath.path_create_directory(guest, 'sub'), { tree }],
  ['path_filestat_get', 'success', (guest) => onPath.path_filestat_get(guest, 'sub'), { tree }],
  ['path_filestat_get', 'inval', (guest) => guest.call('path_filestat_get', 3, 2, ...guest.text('sub'), 8), { tree }],
  ['path_filestat_set_times', 'success', (guest) => onPath.path_filestat_set_times(guest, 'sub'), { tree }],
  [
    'path_filestat_set_times',
    'inval',
    (guest) => guest.call('path_filestat_set_times', 3, 0, ...guest.text('sub'), 1n, 2n, 12),
    { tree },
  ],
  ['path_link', 'success', (guest) => link(guest, 'hello.txt', 'new'), { tree }],
  ['path_link', 'exist', (guest) => link(guest, 'hello.txt', 'sub'), { tree }],
  ['path_link', 'inval', (guest) => link(guest, 'hello.txt', 'new', { flags: 1 }), { tree }],
  ['path_link', 'perm', (guest) => link(guest, 'sub', 'new'), { tree }],
  ['path_link', 'xdev', (guest) => link(withSecond(guest), 'hello.txt', 'new', { toBase: 4 }), { tree }],
  ['path_open', 'success', (guest) => openWith(guest, 'hello.txt'), { tree }],
  ['path_open', 'exist', (guest) => openWith(guest, 'hello.txt', { oflags: 5 }), { tree }],
  ['path_open', 'isdir', (guest) => openWith(guest, 'sub', { rights: 64n }), { tree }],
  ['path_open', 'notdir', (guest) => openWith(guest, 'hello.txt', { oflags: 2 }), { tree }],
  ['path_open', 'notdir', (guest) => openWith(guest, 'x', { base: guest.open('hello.txt') }), { tree }],
  [
    'path_open',
    'loop',
    (guest) => {
      symlink(guest, 'hello.txt', 'link');
      return openWith(guest, 'link', { follow: 0 });
    },
    { tree },
  ],
  ['path_open', 'inval', (guest) => openWith(guest, 'hello.txt', { oflags: 16 }), { tree }],
  ['path_open', 'notsup', (guest) => openWith(guest, 'hello.txt', { fdflags: 16 }), { tree }],
  ['path_open', 'mfile', (guest) => openWith(guest, 'hello.txt'), { tree, maxDescriptors: 4 }],
  [
    'path_readlink',
    'success',
    (guest) => {
      symlink(guest, 'hello.txt', 'link');
      return onPath.path_readlink(guest, 'link');
    },
  ],
  ['path_readlink', 'inval', (guest) => onPath.path_readlink(guest, 'hello.txt'), { tree }],
  ['path_readlink', 'perm', (guest) => onPath.path_readlink(guest, 'link'), { directory: absoluteLinks() }],
  ['path_remove_directory', 'success', (guest) => onPath.path_remove_directory(guest, 'sub/deep'), { tree }],
  ['path_remove_directory', 'notempty', (guest) => onPath.path_remove_directory(guest, 'sub'), { tree }],
  ['path_remove_directory', 'notdir', (guest) => onPath.path_remove_directory(guest, 'hello.txt'), { tree }],
  ['path_remove_directory', 'inval', (guest) => onPath.path_remove_directory(guest, '.'), { tree }],
  ['path_rename', 'success', (guest) => rename(guest, 'hello.txt', 'new'), { tree }],
  ['path_rename', 'isdir', (guest) => rename(guest, 'hello.txt', 'sub'), { tree }],
  ['path_rename', 'notdir', (guest) => rename(guest, 'sub', 'hello.txt'), { tree }],
  ['path_rename', 'notempty', (guest) => rename(guest, 'sub/deep', 'sub'), { tree }],
  ['path_rename', 'inval', (guest) => rename(guest, 'sub', 'sub/deep/new'), { tree }],
  ['path_rename', 'busy', (guest) => rename(guest, '.', 'new'), { tree }],
  ['path_rename', 'xdev', (guest) => rename(withSecond(guest), 'hello.txt', 'new', 4), { tree }],
  ['path_symlink', 'success', (guest) => symlink(guest, 'sub', 'new')],
  ['path_symlink', 'exist', (guest) => symlink(guest, 'sub', 'hello.txt'), { tree }],
  ['path_symlink', 'perm', (guest) => symlink(guest, '/etc', 'new')],
  ['path_unlink_file', 'success', (guest) => onPath.path_unlink_file(guest, 'hello.txt'), { tree }],
  ['path_unlink_file', 'isdir', (guest) => onPath.path_unlink_file(guest, 'sub'), { tree }],
  ['path_unlink_file', 'notdir', (guest) => onPath.path_unlink_file(guest, 'hello.txt/'), { tree }],

  [
    'sock_accept',
    'success',
    () => {
      const listener = new LoopbackListener();
      listener.connect();
      return new TestGuest({ listeners: [listener] }).call('sock_accept', LISTENER, 0, 8);
    },
  ],
  [
    'sock_accept',
    'again',
    (guest) => {
      guest.call('fd_fdstat_set_flags', LISTENER, NONBLOCK);
      return guest.call('sock_accept', LISTENER, 0, 8);
    },
    { listeners: [new LoopbackListener()] },
  ],
  ['sock_accept', 'badf', (guest) => guest.call('sock_accept', 9, 0, 8)],
  ['sock_accept', 'inval', withSocket((guest) => guest.call('sock_accept', CONNECTION, 0, 8))],
  [
    'sock_accept',
    'mfile',
    () => {
      const listener = new LoopbackListener();
      listener.connect();
      return new TestGuest({ listeners: [listener], maxDescriptors: 5 }).call('sock_accept', LISTENER, 0, 8);
    },
  ],
  ['sock_accept', 'notsock', (guest) => guest.call('sock_accept', 3, 0, 8)],
  [
    'sock_recv',
    'success',
    withSocket((guest) => {
      guest.call('sock_shutdown', CONNECTION, 1);
      return recv(guest, CONNECTION);
    }),
  ],
  ['sock_recv', 'again', withSocket((guest) => recv(nonblocking(guest), CONNECTION))],
  ['sock_recv', 'badf', (guest) => recv(guest, 9)],
  ['sock_recv', 'connreset', withFailingSocket('ECONNRESET', (guest) => recv(guest, CONNECTION))],
  ['sock_recv', 'inval', withSocket((guest) => recv(guest, CONNECTION, 4))],
  ['sock_recv', 'notconn', withSocket((guest) => recv(guest, LISTENER))],
  ['sock_recv', 'notsock', (guest) => recv(guest, 0)],
  ['sock_send', 'success', withSocket((guest) => send(guest, CONNECTION))],
  ['sock_send', 'again', withSocket((guest) => send(filled(guest), CONNECTION))],
  ['sock_send', 'badf', (guest) => send(guest, 9)],
  ['sock_send', 'connreset', withFailingSocket('ECONNRESET', (guest) => send(guest, CONNECTION))],
  ['sock_send', 'inval', withSocket((guest) => send(guest, CONNECTION, 1))],
  ['sock_send', 'notconn', withSocket((guest) => send(guest, LISTENER))],
  ['sock_send', 'notsock', (guest) => send(guest, 1)],
  [
    'sock_send',
    'pipe',
    withSocket((guest) => {
      guest.call('sock_shutdown', CONNECTION, 2);
      return send(guest, CONNECTION);
    }),
  ],
  ['sock_shutdown', 'success', withSocket((guest) => guest.call('sock_shutdown', CONNECTION, 3))],
  ['sock_shutdown', 'badf', (guest) => guest.call('sock_shutdown', 9, 3)],
  ['sock_shutdown', 'inval', withSocket((guest) => guest.call('sock_shutdown', CONNECTION, 0))],
  ['sock_shutdown', 'notconn', withSocket((guest) => guest.call('sock_shutdown', LISTENER, 3))],
  ['sock_shutdown', 'notsock', (guest) => guest.call('sock_shutdown', 1, 3)],

  ...(['fd_filestat_get', 'path_filestat_get'] as const).map(
    (name): Row => [
      name,
      'overflow',
      (guest) =>
        name === 'fd_filestat_get'
          ? onFd.fd_filestat_get(guest, guest.open('hello.txt'))
          : onPath.path_filestat_get(guest, 'hello.txt'),
      { directory: manyLinks(), isUnstable: true },
    ],
  ),
  ...anyPathRows,
  ...changingPathRows,
];

// What the docstrings say

const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const nameByCamel = new Map(functionNames.map((name) => [camel(name), name]));

/** Function and errno of every docstring in this folder; `path_*` for what the head of path.ts says of all of them. */
function promises(): string[] {
  const found = new Set<string>();
  for (const file of readdirSync(import.meta.dirname)) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const source = readFileSync(join(import.meta.dirname, file), 'utf8');
    for (const [, text, identifier] of source.matchAll(/\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*export function (\w+)/g)) {
      const name = nameByCamel.get(identifier!.replace(/Unstable$/, ''));
      for (const errno of errnosIn(text!)) if (name !== undefined) found.add(`${name} ${errno}`);
    }
    if (file !== 'path.ts') continue;
    for (const errno of errnosIn(source.slice(0, source.indexOf('*/')))) {
      for (const name of pathFunctions) found.add(`${name} ${errno}`);
    }
  }
  return [...found];
}

function errnosIn(docstring: string): string[] {
  return [...docstring.matchAll(/`([a-z0-9]+)` \((\d+)\)/g)].map(([, name, number]) => {
    expect(errnoRows[Number(number)]?.name, `${name} (${number})`).toBe(name);
    return name!;
  });
}

describe('errnos that docstrings promise', () => {
  test.each(rows.map((row): [string, Row] => [`${row[0]} -> ${row[1]}`, row]))(
    '%s',
    async (_, [, errno, act, options]) => {
      expect(await act(new TestGuest({ tree, byteCount: 1024, ...options }))).toBe(errno);
    },
  );

  test('are all among these', () => {
    const reached = new Set(rows.map(([name, errno]) => `${name} ${errno}`));
    const promised = promises();
    expect(promised.length).toBeGreaterThan(200);
    expect(promised.filter((each) => !reached.has(each))).toEqual([]);
  });
});
