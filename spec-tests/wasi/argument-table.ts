/**
 * Every function with arguments of interest: from one call that makes sense, each argument in turn takes each value
 * that its kind suggests, and some functions have lists of their own.
 */
import type { FunctionName } from '../../src/wasi/index.ts';
import {
  BUFFER,
  BUFFER_BYTES,
  type ClockWish,
  EVENTS,
  epilogue,
  FD_READ,
  FD_WRITE,
  Fd,
  type FdWish,
  FIRST_TEXT,
  IOVECS,
  placeIovecs,
  placeText,
  prelude,
  RESULT,
  SECOND_RESULT,
  SECOND_TEXT,
  SUBSCRIPTIONS,
  subscriptionBytes,
} from './layout.ts';
import {
  functionNames,
  MEMORY_BYTES,
  type Placed,
  parametersOf,
  type Sequence,
  type Step,
  stepText,
} from './sequence.ts';

const fds = [...Object.values(Fd), 12, 1000, -1, 0x7fffffff, -0x80000000];

/** The last place for 64, 24, 8 and 4 bytes, just behind it, and numbers that are no multiples of 8, 4 or 2. */
const pointers = [
  0,
  MEMORY_BYTES - 64,
  MEMORY_BYTES - 56,
  MEMORY_BYTES - 24,
  MEMORY_BYTES - 16,
  MEMORY_BYTES - 8,
  MEMORY_BYTES - 4,
  MEMORY_BYTES - 1,
  MEMORY_BYTES,
  -1,
  -4,
  -8,
  -0x80000000,
  RESULT + 1,
  RESULT + 2,
  RESULT + 4,
];

const sizes = [0, 1, 2, 3, 5, 255, 4096, 4097, MEMORY_BYTES - BUFFER, MEMORY_BYTES, 70000, 0x20000000, 0x7fffffff, -1];

const u64s = [
  0n,
  1n,
  4n,
  5n,
  6n,
  70_000n,
  0x8000_0000n,
  2n ** 41n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  -2n,
  -1n,
];

/** None, each bit, neighbours, bits that nothing knows. */
const flagSets = [0, 1, 2, 3, 4, 5, 6, 8, 9, 12, 15, 16, 17, 31, 32, 64, 0x100, 0x8000, 0x10000, 0x10001, -1];

const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 255, 256, 65536, -1];

export const paths: readonly (string | Uint8Array)[] = [
  'hello.txt',
  'missing',
  'new/missing',
  'empty',
  'sub',
  'sub/',
  'sub//',
  'sub/.',
  'sub/..',
  'sub/../hello.txt',
  'sub/../../outside.txt',
  'sub/x.txt',
  'sub/x.txt/',
  'sub/x.txt/.',
  'sub/x.txt/..',
  'sub/deep',
  'sub/ümläut',
  'sub/up',
  'full',
  'full/',
  'bare',
  'bare/',
  'bare/new',
  'link',
  'link/',
  'link/x',
  'sublink',
  'sublink/',
  'sublink/x.txt',
  'sublink/..',
  'sublink/../hello.txt',
  'dangling',
  'dangling/',
  'dangling/x',
  'loop',
  'loop/',
  'loop/x',
  'out',
  'out/',
  'hello2',
  '',
  '.',
  './',
  '..',
  '../',
  '../outside.txt',
  '../other/data.bin',
  '../granted/hello.txt',
  '/',
  '//',
  '/hello.txt',
  '/etc/passwd',
  './hello.txt',
  './/hello.txt',
  'hello.txt/.',
  'hello.txt/..',
  'hello.txt/x',
  'new',
  'new/',
  'new/.',
  'new//',
  '...',
  ' ',
  '\\',
  'sub\\x.txt',
  'a\nb',
  'é',
  'hello.txt\0',
  '\0',
  'sub\0/x.txt',
  'x'.repeat(255),
  'x'.repeat(256),
  `${'sub/../'.repeat(100)}hello.txt`,
  './'.repeat(480),
  new Uint8Array([0xff]),
  new Uint8Array([0x68, 0xc3]),
  new Uint8Array([0xed, 0xa0, 0x80]),
  new Uint8Array([0xf4, 0x90, 0x80, 0x80]),
  new Uint8Array([0xc0, 0x80]),
];

interface Call {
  readonly args: readonly (number | bigint)[];
  readonly bytes?: readonly Placed[];
}

const oneText = (text: string | Uint8Array) => placeText(text, FIRST_TEXT);
const twoTexts = (first: string | Uint8Array, second: string | Uint8Array) => {
  const [a, b] = [placeText(first, FIRST_TEXT), placeText(second, SECOND_TEXT)];
  return { a: a.args, b: b.args, bytes: [...a.bytes, ...b.bytes] };
};

/** The second one is the first with room: the one that wasmtime uses. */
const iovecs = placeIovecs([
  [BUFFER + 64, 0],
  [BUFFER, 16],
  [BUFFER + 128, 0],
]);
const content: Placed = [BUFFER, Buffer.from('abcdefgh'.repeat(40)).toString('hex')];

const clock = (timeoutNs: bigint, { id = 1, flags = 0 } = {}): ClockWish => ({ kind: 'clock', id, timeoutNs, flags });
const readable = (fd: number): FdWish => ({ kind: 'fd', tag: 1, fd });
const writable = (fd: number): FdWish => ({ kind: 'fd', tag: 2, fd });

function poll(...wishes: readonly (ClockWish | FdWish)[]): Call {
  const list = Buffer.concat(wishes.map((wish, index) => subscriptionBytes(BigInt(index + 70), wish)));
  const bytes: Placed[] = list.length === 0 ? [] : [[SUBSCRIPTIONS, list.toString('hex')]];
  return { args: [SUBSCRIPTIONS, EVENTS, wishes.length, RESULT], bytes };
}

const times = [1_000_000_000n, 2_000_000_000n] as const;

/** A call of each function that makes sense. */
const sensible: { readonly [N in FunctionName]: () => Call } = {
  args_get: () => ({ args: [SECOND_TEXT, BUFFER] }),
  args_sizes_get: () => ({ args: [RESULT, SECOND_RESULT] }),
  environ_get: () => ({ args: [SECOND_TEXT, BUFFER] }),
  environ_sizes_get: () => ({ args: [RESULT, SECOND_RESULT] }),
  clock_res_get: () => ({ args: [1, RESULT] }),
  clock_time_get: () => ({ args: [1, 0n, RESULT] }),
  fd_advise: () => ({ args: [Fd.file, 0n, 0n, 0] }),
  fd_allocate: () => ({ args: [Fd.file, 0n, 10n] }),
  fd_close: () => ({ args: [Fd.file] }),
  fd_datasync: () => ({ args: [Fd.file] }),
  fd_fdstat_get: () => ({ args: [Fd.file, RESULT] }),
  fd_fdstat_set_flags: () => ({ args: [Fd.file, 0] }),
  fd_fdstat_set_rights: () => ({ args: [Fd.file, 0n, 0n] }),
  fd_filestat_get: () => ({ args: [Fd.file, RESULT] }),
  fd_filestat_set_size: () => ({ args: [Fd.file, 3n] }),
  fd_filestat_set_times: () => ({ args: [Fd.file, ...times, 5] }),
  fd_pread: () => ({ args: [Fd.file, IOVECS, 3, 1n, RESULT], bytes: iovecs }),
  fd_prestat_get: () => ({ args: [Fd.granted, RESULT] }),
  fd_prestat_dir_name: () => ({ args: [Fd.granted, BUFFER, 7] }),
  fd_pwrite: () => ({ args: [Fd.file, IOVECS, 3, 1n, RESULT], bytes: [...iovecs, content] }),
  fd_read: () => ({ args: [Fd.file, IOVECS, 3, RESULT], bytes: iovecs }),
  fd_readdir: () => ({ args: [Fd.granted, BUFFER, BUFFER_BYTES, 0n, RESULT] }),
  fd_renumber: () => ({ args: [Fd.file, Fd.readOnly] }),
  fd_seek: () => ({ args: [Fd.file, 1n, 1, RESULT] }),
  fd_sync: () => ({ args: [Fd.file] }),
  fd_tell: () => ({ args: [Fd.file, RESULT] }),
  fd_write: () => ({ args: [Fd.file, IOVECS, 3, RESULT], bytes: [...iovecs, content] }),
  path_create_directory: () => withPath('new', (path) => [Fd.granted, ...path]),
  path_filestat_get: () => withPath('link', (path) => [Fd.granted, 1, ...path, RESULT]),
  path_filestat_set_times: () => withPath('hello.txt', (path) => [Fd.granted, 0, ...path, ...times, 5]),
  path_link: () => withPaths('hello.txt', 'new', (from, to) => [Fd.granted, 0, ...from, Fd.other, ...to]),
  path_open: () => withPath('hello.txt', (path) => [Fd.granted, 1, ...path, 0, FD_READ, 0n, 0, RESULT]),
  path_readlink: () => withPath('link', (path) => [Fd.granted, ...path, BUFFER, BUFFER_BYTES, RESULT]),
  path_remove_directory: () => withPath('bare', (path) => [Fd.granted, ...path]),
  path_rename: () => withPaths('hello.txt', 'new', (from, to) => [Fd.granted, ...from, Fd.other, ...to]),
  path_symlink: () => withPaths('sub', 'new', (target, path) => [...target, Fd.granted, ...path]),
  path_unlink_file: () => withPath('hello.txt', (path) => [Fd.granted, ...path]),
  poll_oneoff: () => poll(clock(0n)),
  proc_exit: () => ({ args: [0] }),
  proc_raise: () => ({ args: [6] }),
  random_get: () => ({ args: [BUFFER, 16] }),
  sched_yield: () => ({ args: [] }),
  sock_accept: () => ({ args: [Fd.file, 0, RESULT] }),
  sock_recv: () => ({ args: [Fd.file, IOVECS, 3, 0, RESULT, SECOND_RESULT], bytes: iovecs }),
  sock_send: () => ({ args: [Fd.file, IOVECS, 3, 0, RESULT], bytes: iovecs }),
  sock_shutdown: () => ({ args: [Fd.file, 3] }),
};

function withPath(path: string | Uint8Array, args: (path: [number, number]) => (number | bigint)[]): Call {
  const placed = oneText(path);
  return { args: args(placed.args), bytes: placed.bytes };
}

function withPaths(
  first: string | Uint8Array,
  second: string | Uint8Array,
  args: (first: [number, number], second: [number, number]) => (number | bigint)[],
): Call {
  const { a, b, bytes } = twoTexts(first, second);
  return { args: args(a, b), bytes };
}

/** Values that one argument takes while the others stay. */
function valuesOf(call: FunctionName, name: string, kind: string): readonly (number | bigint)[] {
  switch (kind) {
    case 'fd':
      return fds;
    case 'pointer':
    case 'text':
    case 'result':
      return pointers;
    case 'size':
      return sizes;
    case 'flags':
      return flagSets;
    case 'i64':
    case 'u64':
      return name.startsWith('rights')
        ? [0n, FD_READ, FD_WRITE, FD_READ | FD_WRITE, -1n, 2n ** 63n - 1n, 1n << 40n]
        : u64s;
    default:
      return call === 'proc_exit' ? [0, 1, 125, 126] : numbers;
  }
}

/** Calls whose arguments are of interest together. */
function furtherCalls(): [FunctionName, Call][] {
  const calls: [FunctionName, Call][] = [];
  const add = (call: FunctionName, ...each: readonly Call[]) => {
    for (const one of each) calls.push([call, one]);
  };
  for (const path of paths) {
    add(
      'path_create_directory',
      withPath(path, (at) => [Fd.granted, ...at]),
    );
    add(
      'path_remove_directory',
      withPath(path, (at) => [Fd.granted, ...at]),
    );
    add(
      'path_unlink_file',
      withPath(path, (at) => [Fd.granted, ...at]),
    );
    add(
      'path_readlink',
      withPath(path, (at) => [Fd.granted, ...at, BUFFER, BUFFER_BYTES, RESULT]),
    );
    for (const follow of [0, 1]) {
      add(
        'path_filestat_get',
        withPath(path, (at) => [Fd.granted, follow, ...at, RESULT]),
      );
      add(
        'path_filestat_set_times',
        withPath(path, (at) => [Fd.granted, follow, ...at, ...times, 5]),
      );
      for (const oflags of [0, 1, 2, 5, 8, 9]) {
        const rights = FD_READ | FD_WRITE;
        add(
          'path_open',
          withPath(path, (at) => [Fd.granted, follow, ...at, oflags, rights, 0n, 0, RESULT]),
        );
      }
      add(
        'path_open',
        withPath(path, (at) => [Fd.granted, follow, ...at, 0, FD_READ, 0n, 0, RESULT]),
      );
      add(
        'path_open',
        withPath(path, (at) => [Fd.granted, follow, ...at, 2, FD_READ, 0n, 0, RESULT]),
      );
    }
    add(
      'path_link',
      withPaths(path, 'new', (from, to) => [Fd.granted, 0, ...from, Fd.granted, ...to]),
    );
    add(
      'path_link',
      withPaths('hello.txt', path, (from, to) => [Fd.granted, 0, ...from, Fd.granted, ...to]),
    );
    add(
      'path_rename',
      withPaths(path, 'new', (from, to) => [Fd.granted, ...from, Fd.granted, ...to]),
    );
    add(
      'path_rename',
      withPaths('hello.txt', path, (from, to) => [Fd.granted, ...from, Fd.granted, ...to]),
    );
    add(
      'path_rename',
      withPaths('bare', path, (from, to) => [Fd.granted, ...from, Fd.granted, ...to]),
    );
    add(
      'path_symlink',
      withPaths('sub', path, (target, at) => [...target, Fd.granted, ...at]),
    );
    add(
      'path_symlink',
      withPaths(path, 'new', (target, at) => [...target, Fd.granted, ...at]),
    );
  }
  for (const oflags of flagSets.slice(0, 14)) {
    for (const fdflags of [0, 1, 2, 4, 8, 16, 32]) {
      for (const [path, rights] of [
        ['hello.txt', FD_READ],
        ['new', FD_WRITE],
        ['sub', 0n],
      ] as const) {
        add(
          'path_open',
          withPath(path, (at) => [Fd.granted, 1, ...at, oflags, rights, 0n, fdflags, RESULT]),
        );
      }
    }
  }
  for (const fd of Object.values(Fd)) {
    for (const offset of [0n, 3n, 200n, 201n, -1n, -6n, 2n ** 53n]) {
      for (const whence of [0, 1, 2, 3]) add('fd_seek', { args: [fd, offset, whence, RESULT] });
    }
    for (const flags of flagSets) {
      add('fd_fdstat_set_flags', { args: [fd, flags] });
      add('fd_filestat_set_times', { args: [fd, ...times, flags] });
    }
    for (const to of Object.values(Fd)) add('fd_renumber', { args: [fd, to] });
    for (const offset of [0n, 4n, 5n, 1000n, -1n]) {
      add('fd_pread', { args: [fd, IOVECS, 3, offset, RESULT], bytes: iovecs });
      add('fd_pwrite', { args: [fd, IOVECS, 3, offset, RESULT], bytes: [...iovecs, content] });
    }
    for (const size of u64s) add('fd_filestat_set_size', { args: [fd, size] });
    add('poll_oneoff', poll(readable(fd)), poll(writable(fd)), poll(clock(1000n), readable(fd)));
    add('fd_readdir', { args: [fd, BUFFER, BUFFER_BYTES, 0n, RESULT] });
    add('fd_advise', ...numbers.map((advice) => ({ args: [fd, 0n, 0n, advice] })));
    add(
      'path_open',
      withPath('x.txt', (at) => [fd, 1, ...at, 0, FD_READ, 0n, 0, RESULT]),
    );
  }
  addIovecs(add);
  addPolls(add);
  for (const room of [0, 1, 23, 24, 25, 26, 49, 50, 60, 100]) {
    add('fd_readdir', { args: [Fd.directory, BUFFER, room, 0n, RESULT] });
  }
  for (const cookie of [1n, 2n, 3n, 5n, 6n, 7n, 100n, -1n]) {
    add('fd_readdir', { args: [Fd.directory, BUFFER, BUFFER_BYTES, cookie, RESULT] });
  }
  for (const room of [0, 1, 6, 7, 8, -1]) add('fd_prestat_dir_name', { args: [Fd.granted, BUFFER, room] });
  for (const room of [0, 1, 8, 9, 10]) {
    add(
      'path_readlink',
      withPath('link', (at) => [Fd.granted, ...at, BUFFER, room, RESULT]),
    );
  }
  return calls;
}

type Add = (call: FunctionName, ...each: readonly Call[]) => void;

function addIovecs(add: Add): void {
  const lists: readonly (readonly (readonly [number, number])[])[] = [
    [],
    [[BUFFER, 0]],
    [[-1, 0]],
    [[MEMORY_BYTES, 0]],
    [[MEMORY_BYTES + 1, 0]],
    [[MEMORY_BYTES - 1, 1]],
    [[MEMORY_BYTES, 1]],
    [[MEMORY_BYTES - 4, 5]],
    [[-1, 1]],
    [[-4, 8]],
    [[BUFFER, -1]],
    [[0, MEMORY_BYTES]],
    [
      [BUFFER, 4],
      [MEMORY_BYTES, 1],
    ],
    [
      [BUFFER, 0],
      [BUFFER, 3],
    ],
    [
      [BUFFER, 4],
      [BUFFER + 2, 4],
    ],
    [
      [BUFFER, 1],
      [BUFFER + 1, 1],
      [BUFFER + 2, 1],
      [BUFFER + 3, 100],
    ],
    Array.from({ length: 20 }, (_, index) => [BUFFER + index * 8, 1] as const),
  ];
  for (const list of lists) {
    const bytes = placeIovecs(list);
    for (const fd of [Fd.stdin, Fd.stdout, Fd.file, Fd.readOnly, Fd.writeOnly, Fd.appending, Fd.directory, Fd.closed]) {
      const count = list.length;
      add('fd_read', { args: [fd, IOVECS, count, RESULT], bytes });
      add('fd_write', { args: [fd, IOVECS, count, RESULT], bytes: [...bytes, content] });
      add('fd_pread', { args: [fd, IOVECS, count, 0n, RESULT], bytes });
      add('fd_pwrite', { args: [fd, IOVECS, count, 0n, RESULT], bytes: [...bytes, content] });
    }
  }
}

function addPolls(add: Add): void {
  add('poll_oneoff', poll());
  for (const id of [0, 1, 2, 3, 4, -1]) {
    for (const flags of [0, 1, 2, 3, 0x8000]) add('poll_oneoff', poll(clock(0n, { id, flags })));
    add('poll_oneoff', poll(clock(1n, { id, flags: 1 })));
  }
  add('poll_oneoff', poll(clock(0n), clock(0n)), poll(clock(1000n), clock(2_000_000_000n)));
  add('poll_oneoff', poll({ kind: 'fd', tag: 3, fd: Fd.file }), poll({ kind: 'fd', tag: 255, fd: Fd.file }));
  add('poll_oneoff', poll(writable(Fd.stdout), readable(Fd.file)), poll(writable(Fd.stdout), readable(Fd.closed)));
  add('poll_oneoff', poll(readable(Fd.file), readable(Fd.otherFile), writable(Fd.file)));
}

function sequenceOf(call: FunctionName, { args, bytes }: Call): Sequence {
  const step: Step = bytes === undefined ? { call, args } : { call, args, bytes };
  return {
    name: stepText(step),
    args: ['program', 'süß', ''],
    env: [
      ['A', 'b'],
      ['EMPTY', ''],
    ],
    stdin: 'standard input',
    steps: stepsAround(step),
  };
}

/** What a call may use is opened before it, and what it may have changed is asked for. */
function stepsAround(step: Step): Step[] {
  const usesOpened = parametersOf(step.call).some(
    ([, kind], index) => kind === 'fd' && (Number(step.args[index]) > Fd.other || step.call.startsWith('fd_')),
  );
  if (usesOpened || step.call === 'poll_oneoff') return [...prelude, step, ...epilogue];
  if (step.call === 'path_open') return [step, { call: 'fd_fdstat_get', args: [Fd.file, RESULT] }];
  return [step];
}

/** All of the table, without repetitions. */
export function argumentTable(): Sequence[] {
  const table = new Map<string, Sequence>();
  const add = (call: FunctionName, each: Call) => {
    const sequence = sequenceOf(call, each);
    table.set(sequence.name, sequence);
  };
  for (const call of functionNames) {
    const base = sensible[call]();
    add(call, base);
    for (const [index, [name, kind]] of parametersOf(call).entries()) {
      for (const value of valuesOf(call, name, kind)) {
        add(call, { ...base, args: base.args.map((arg, at) => (at === index ? value : arg)) });
      }
    }
  }
  for (const [call, each] of furtherCalls()) add(call, each);
  return [...table.values()];
}
