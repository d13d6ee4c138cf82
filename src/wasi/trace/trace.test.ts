/** Tests of traces: the line and the data of each kind of call, and that looking on changes nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, instantiate } from '../../api/index.ts';
import { memoryDirectory } from '../host/memory.ts';
import { Errno } from '../preview1/errno.ts';
import { callFunction } from '../preview1/functions.ts';
import { Wasi } from '../preview1/index.ts';
import { type ArgumentsOf, coreTypeOf, type FunctionName, signatures } from '../preview1/signatures.ts';
import { TestGuest, type TestGuestOptions } from '../preview1/test-guest.ts';
import { Audit, auditText, callJson, callText, Tracer, type WasiCall } from './index.ts';

/** A guest under eyes. */
class TracedGuest extends TestGuest {
  readonly calls: WasiCall[] = [];
  private now = 0;
  private readonly tracer: Tracer;

  constructor(options: TestGuestOptions = {}) {
    super({ byteCount: 4096, ...options });
    const clock = () => {
      this.now += 250;
      return this.now;
    };
    this.tracer = new Tracer(this.context, (call) => this.calls.push(call), { clock });
  }

  traced<N extends FunctionName>(name: N, ...args: ArgumentsOf<N>): unknown {
    return this.tracer.call(name, this.memory, args as unknown as (number | bigint)[], () =>
      callFunction(name, this.context, this.memory, args),
    );
  }

  get lines(): string[] {
    return this.calls.map((call) => callText(call));
  }
}

const tree = { 'in.txt': 'hello, world', folder: { 'a.txt': 'a', 'b.txt': 'b' } };
const NONE = BigInt(0);

function lineOf(act: (guest: TracedGuest) => unknown, options: TestGuestOptions = {}): string {
  const guest = new TracedGuest({ tree, ...options });
  act(guest);
  expect(guest.calls).toHaveLength(1);
  return guest.lines[0]!;
}

/** Two buffers, of 3 and of `length` bytes. */
function iovecs(guest: TestGuest, length: number): [pointer: number, count: number] {
  guest.words(64, 128, 3, 256, length);
  return [64, 2];
}

const lines: readonly (readonly [string, (guest: TracedGuest) => unknown, string, TestGuestOptions?])[] = [
  [
    'a path and its new descriptor',
    (guest) => guest.traced('path_open', 3, 1, ...guest.text('in.txt'), 0, BigInt(2), NONE, 0, 8),
    'path_open(3</tmp>, symlink_follow, "in.txt", 0, fd_read, 0, 0) = 0 [fd 4]',
  ],
  [
    'flags by name, and an error by number, name and meaning',
    (guest) => guest.traced('path_open', 3, 0, ...guest.text('in.txt'), 5, BigInt(66), NONE, 5, 8),
    'path_open(3</tmp>, 0, "in.txt", creat|excl, fd_read|fd_write, 0, append|nonblock) = 20 exist (the name exists already)',
  ],
  [
    'bits without a name',
    (guest) => guest.traced('fd_fdstat_set_flags', 1, 0x42),
    expect.stringContaining('fd_fdstat_set_flags(1<stdout>, dsync|0x40) = '),
  ],
  [
    'what is written, cut',
    (guest) => {
      guest.memory.bytes.fill(0x61, 128, 131);
      guest.memory.bytes.fill(0x62, 256, 356);
      return guest.traced('fd_write', 1, ...iovecs(guest, 100), 8);
    },
    `fd_write(1<stdout>, ["aaa", "${'b'.repeat(32)}"...]) = 0 [nwritten 103]`,
  ],
  [
    'control characters and quotes',
    (guest) => {
      guest.words(64, ...guest.text('"\\\n\t\u001b[2J\u009b'));
      return guest.traced('fd_write', 2, 64, 1, 8);
    },
    'fd_write(2<stderr>, ["\\"\\\\\\n\\t\\x1b[2J\\x9b"]) = 0 [nwritten 10]',
  ],
  [
    'bytes that are no text',
    (guest) => {
      guest.words(64, ...guest.text(new Uint8Array([0xff, 0x00, 0x41])));
      return guest.traced('fd_write', 1, 64, 1, 8);
    },
    'fd_write(1<stdout>, ["\\xff\\x00\\x41"]) = 0 [nwritten 3]',
  ],
  [
    'what is read, as far as buffers are filled',
    (guest) => guest.traced('fd_read', 0, ...iovecs(guest, 100), 8),
    'fd_read(0<stdin>, ["hel", "lo"]) = 0 [nread 5]',
    { stdin: 'hello' },
  ],
  [
    'the end of the input',
    (guest) => guest.traced('fd_read', 0, ...iovecs(guest, 100), 8),
    'fd_read(0<stdin>, []) = 0 [nread 0]',
  ],
  [
    'room where nothing was read',
    (guest) => guest.traced('fd_read', 9, ...iovecs(guest, 100), 8),
    'fd_read(9<closed>, [3 bytes, 100 bytes]) = 8 badf (no such descriptor, or not one for this use)',
  ],
  [
    'a pointer that leads nowhere',
    (guest) => expect(() => guest.traced('fd_write', 1, 0xffff_fff0, 2, 8)).toThrow(/out of bounds/),
    'fd_write(1<stdout>, 0xfffffff0) = ? (out of bounds memory access: 16 bytes at 4294967280, memory has 4096 bytes)',
  ],
  [
    'the status of a file',
    (guest) => guest.traced('path_filestat_get', 3, 1, ...guest.text('in.txt'), 64),
    'path_filestat_get(3</tmp>, symlink_follow, "in.txt") = 0 [stat {type=regular_file, size=12, nlink=1, dev=1, ' +
      'ino=2, atim=1970-01-01T00:00:00.000000000Z, mtim=1970-01-01T00:00:00.000000000Z, ' +
      'ctim=1970-01-01T00:00:00.000000000Z}]',
  ],
  [
    'the status of a descriptor',
    (guest) => guest.traced('fd_fdstat_get', 1, 64),
    'fd_fdstat_get(1<stdout>) = 0 [stat {type=unknown, flags=0, rights_base=fd_write, rights_inheriting=fd_write}]',
  ],
  [
    'a preopened directory',
    (guest) => guest.traced('fd_prestat_get', 3, 64),
    'fd_prestat_get(3</tmp>) = 0 [prestat {type=dir, name_len=4}]',
  ],
  ['its name', (guest) => guest.traced('fd_prestat_dir_name', 3, 64, 4), 'fd_prestat_dir_name(3</tmp>, "/tmp") = 0'],
  [
    'entries of a directory',
    (guest) => guest.traced('fd_readdir', 3, 1024, 512, NONE, 8),
    'fd_readdir(3</tmp>, [".", "..", "folder", "in.txt"], 0) = 0 [bufused 111]',
  ],
  [
    'arguments',
    (guest) => guest.traced('args_get', 64, 128),
    'args_get(["app", "two words"]) = 0',
    { args: ['app', 'two words'] },
  ],
  [
    'their sizes',
    (guest) => guest.traced('args_sizes_get', 64, 68),
    'args_sizes_get() = 0 [argc 1, argv_buf_size 4]',
    { args: ['app'] },
  ],
  ['variables', (guest) => guest.traced('environ_get', 64, 128), 'environ_get(["A=b"]) = 0', { environ: ['A=b'] }],
  ['a clock', (guest) => guest.traced('clock_time_get', 0, NONE, 8), 'clock_time_get(realtime, 0) = 0 [time 258]'],
  [
    'a clock that is none',
    (guest) => guest.traced('clock_time_get', 7, NONE, 8),
    'clock_time_get(7, 0) = 28 inval (an argument makes no sense)',
  ],
  [
    'an offset below zero',
    (guest) => guest.traced('fd_seek', 1, BigInt(-4), 1, 8),
    'fd_seek(1<stdout>, -4, cur) = 70 spipe (it cannot seek)',
  ],
  ['advice', (guest) => guest.traced('fd_advise', 1, NONE, NONE, 3), expect.stringContaining('0, 0, willneed) = ')],
  ['random bytes', (guest) => guest.traced('random_get', 64, 0), 'random_get("") = 0'],
  ['an exit', (guest) => expect(() => guest.traced('proc_exit', 3)).toThrow(), 'proc_exit(3) = ?'],
  [
    'a clock and a descriptor to wait for',
    (guest) => {
      guest.memory.bytes.fill(0, 64, 160);
      guest.words(64, 7, 0, 0, 0, 1, 0, 1000, 0);
      guest.words(112, 9, 0, 2, 0, 1, 0);
      return guest.traced('poll_oneoff', 64, 1024, 2, 8);
    },
    expect.stringMatching(
      /^poll_oneoff\(\[clock monotonic in 1000 ns, fd_write 1<stdout>\], \[fd_write \d+ bytes?\]\) = 0 \[nevents 1\]$/,
    ),
  ],
];

describe('lines', () => {
  test.each(lines.map(([title, ...rest]) => [title, rest] as const))('%s', (_, [act, expected, options]) => {
    expect(lineOf(act, options)).toEqual(expected);
  });

  test('time, when it is asked for', () => {
    const guest = new TracedGuest();
    guest.traced('sched_yield');
    expect(callText(guest.calls[0]!, { withTime: true })).toBe('sched_yield() = 0 <0.250000>');
  });

  test('names of what is open do nothing to a terminal', () => {
    const guest = new TracedGuest({ tree: { '\u001b[2J': 'a' } });
    guest.call('path_open', 3, 0, ...guest.text('\u001b[2J'), 0, BigInt(2), NONE, 0, 8);
    guest.traced('fd_tell', 4, 8);
    expect(guest.lines).toEqual(['fd_tell(4</tmp/\\x1b[2J>) = 0 [offset 0]']);
  });

  test('many flags, many buffers', () => {
    const guest = new TracedGuest();
    guest.traced('fd_fdstat_set_rights', 3, BigInt(0x1fffffff), NONE);
    guest.memory.bytes.fill(0, 64, 64 + 40 * 8);
    guest.traced('fd_write', 1, 64, 40, 8);
    expect(guest.lines[0]).toContain('fd_datasync|fd_read|fd_seek|fd_fdstat_set_flags|25 more');
    expect(guest.lines[1]).toMatch(/, "", and 8 more\]\) = 0 \[nwritten 0\]$/);
  });
});

test('a program of wasi_unstable is read by its own forms', () => {
  const lines: string[] = [];
  const wasi = new Wasi({
    preopens: { '/': memoryDirectory({ 'in.txt': 'hello' }) },
    trace: (call) => lines.push(callText(call)),
  });
  const guest = instantiate(
    compile(`(module
      (import "wasi_unstable" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
      (import "wasi_unstable" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 8) "in.txt")
      (func (export "_start")
        (drop (call $stat (i32.const 3) (i32.const 1) (i32.const 8) (i32.const 6) (i32.const 64)))
        (drop (call $fd_seek (i32.const 0) (i64.const 1) (i32.const 2) (i32.const 16)))))`),
    wasi.imports,
  );
  guest.call('_start');
  expect(lines[0]).toContain('= 0 [stat {type=regular_file, size=5, nlink=1, ');
  expect(lines[1]).toMatch(/^fd_seek\(0<stdin>, 1, set\) = /);
});

describe('a call that suspends', () => {
  const waitFor = (guest: TracedGuest) => {
    guest.memory.bytes.fill(0, 64, 112);
    guest.words(64, 7, 0, 0, 0, 1, 0, 1000, 0);
    return guest.traced('poll_oneoff', 64, 1024, 1, 8) as Promise<unknown> & { cancel?: () => void };
  };

  test('is told twice', async () => {
    const guest = new TracedGuest({ maySuspend: true });
    await waitFor(guest);
    expect(guest.lines).toEqual([
      'poll_oneoff([clock monotonic in 1000 ns], 32 bytes <unfinished ...>',
      '<... poll_oneoff resumed> [clock]) = 0 [nevents 1] <0.500000>',
    ]);
    expect(guest.calls.map(({ id, state }) => [id, state])).toEqual([
      [1, 'suspended'],
      [1, 'returned'],
    ]);
  });

  test('and is given up', () => {
    const guest = new TracedGuest({ maySuspend: true });
    waitFor(guest).cancel!();
    expect(guest.lines[1]).toMatch(/^<\.\.\. poll_oneoff resumed>\) = \? \(the guest was ended\)/);
  });

  test('and is given up when the listener throws', () => {
    const { context, memory } = new TestGuest({ maySuspend: true });
    const tracer = new Tracer(context, () => {
      throw new Error('the disk is full');
    });
    let isCancelled = false;
    const outcome = Object.assign(Promise.resolve(Errno.success), {
      cancel: () => {
        isCancelled = true;
      },
    });
    expect(() => tracer.call('sched_yield', memory, [], () => outcome)).toThrow('the disk is full');
    expect(isCancelled).toBe(true);
  });
});

describe('data', () => {
  test('a path that was opened', () => {
    const guest = new TracedGuest({ tree });
    guest.traced('path_open', 3, 1, ...guest.text('in.txt'), 0, BigInt(2), NONE, 0, 8);
    expect(callJson(guest.calls[0]!)).toEqual({
      id: 1,
      call: 'path_open',
      state: 'returned',
      args: {
        fd: 3,
        dirflags: ['symlink_follow'],
        path: 'in.txt',
        oflags: [],
        rights_base: ['fd_read'],
        rights_inheriting: [],
        fdflags: [],
      },
      errno: 'success',
      results: { opened_fd: 4 },
      paths: { fd: '/tmp', opened_fd: '/tmp/in.txt' },
      startMs: 250,
      durationMs: 250,
    });
  });

  test('times are texts, sizes numbers, bytes hexadecimal, and a cut has its length', () => {
    const guest = new TracedGuest({ tree });
    guest.traced('path_filestat_get', 3, 1, ...guest.text('in.txt'), 64);
    guest.memory.bytes.fill(0xff, 2048, 2148);
    guest.words(64, 2048, 2, 2048, 100);
    guest.traced('fd_write', 1, 64, 2, 8);
    expect(guest.calls.map(callJson)).toMatchObject([
      { results: { stat: { size: 12, mtim: '0', type: 'regular_file' } } },
      {
        args: {
          iovs: [
            { length: 2, hex: 'ffff' },
            { length: 100, hex: 'ff'.repeat(32) },
          ],
        },
      },
    ]);
  });
});

describe('looking on changes nothing', () => {
  const names = Object.keys(signatures) as FunctionName[];
  const anyCall = fc.constantFrom(...names).chain((name) => {
    const values = signatures[name].parameters.map(([, kind]) =>
      coreTypeOf(kind) === 'i64'
        ? fc.oneof(
            fc.bigInt(NONE, BigInt(255)),
            fc.bigInt({ min: -(BigInt(2) ** BigInt(63)), max: BigInt(2) ** BigInt(63) - BigInt(1) }),
          )
        : fc.oneof(fc.nat(8), fc.nat(600), fc.integer()),
    );
    return fc.tuple(fc.constant(name), fc.tuple(...(values as fc.Arbitrary<number | bigint>[])));
  });
  const anyMemory = fc
    .array(fc.oneof(fc.constant(0), fc.nat(512), fc.integer()), { minLength: 16, maxLength: 16 })
    .map((words) => new Uint8Array(Int32Array.from({ length: 128 }, (_, index) => words[index % 16]!).buffer));

  function outcomeOf(run: () => unknown): string {
    try {
      const outcome = run();
      return outcome instanceof Promise ? 'suspended' : String(outcome);
    } catch (error) {
      return String(error);
    }
  }

  test('whatever a guest passes', () => {
    fc.assert(
      fc.property(anyMemory, fc.array(anyCall, { minLength: 1, maxLength: 8 }), (bytes, calls) => {
        const options = { tree, byteCount: 512, stdin: 'input', args: ['app'], environ: ['A=b'] };
        const [plain, traced] = [new TestGuest(options), new TracedGuest(options)];
        for (const guest of [plain, traced]) guest.memory.bytes.set(bytes);
        for (const [name, values] of calls) {
          const args = values as unknown as ArgumentsOf<typeof name>;
          const expected = outcomeOf(() => callFunction(name, plain.context, plain.memory, args));
          expect(outcomeOf(() => traced.traced(name, ...args))).toBe(expected);
          expect(traced.memory.bytes).toEqual(plain.memory.bytes);
        }
        const audit = new Audit();
        for (const call of traced.calls) {
          expect(callText(call)).toMatch(/^[a-z_0-9]+\(.*\) = /);
          expect(() => JSON.stringify(callJson(call))).not.toThrow();
          audit.note(call);
        }
        expect(auditText(audit.report([]))).toContain('exit code');
      }),
      { numRuns: 100 },
    );
  });
});

describe('the report', () => {
  function audited(act: (guest: TracedGuest) => void, options: TestGuestOptions = {}) {
    const guest = new TracedGuest({ tree, ...options });
    act(guest);
    const audit = new Audit();
    for (const call of guest.calls) audit.note(call);
    return audit;
  }

  const use = audited(
    (guest) => {
      guest.traced('path_open', 3, 1, ...guest.text('in.txt'), 0, BigInt(66), NONE, 0, 8);
      guest.traced('fd_read', 4, ...iovecs(guest, 4), 8);
      guest.traced('fd_read', 4, ...iovecs(guest, 1), 8);
      guest.traced('fd_write', 4, ...iovecs(guest, 1), 8);
      guest.traced('path_open', 3, 1, ...guest.text('new.txt'), 1, BigInt(64), NONE, 0, 8);
      guest.traced('path_open', 3, 1, ...guest.text('../secret'), 0, BigInt(2), NONE, 0, 8);
      guest.traced('path_open', 3, 1, ...guest.text('missing'), 0, BigInt(2), NONE, 0, 8);
      guest.traced('path_open', 3, 1, ...guest.text('missing'), 0, BigInt(2), NONE, 0, 8);
      guest.traced('path_rename', 3, ...guest.text('new.txt'), 3, ...guest.text('newer.txt'));
      guest.traced('path_unlink_file', 3, ...guest.text('newer.txt'));
      guest.traced('path_symlink', ...guest.text('in.txt'), 3, ...guest.text('link'));
      guest.traced('path_create_directory', 3, ...guest.text('folder/sub'));
      guest.traced('path_filestat_get', 3, 1, ...guest.text('folder'), 1024);
      guest.traced('fd_readdir', 3, 1024, 512, NONE, 8);
      guest.traced('environ_get', 1024, 1100);
      guest.traced('args_get', 1024, 1100);
      guest.traced('clock_time_get', 1, NONE, 8);
      guest.traced('clock_time_get', 1, NONE, 8);
      guest.traced('random_get', 1024, 100);
      guest.traced('fd_write', 1, ...iovecs(guest, 4), 8);
      guest.traced('fd_read', 0, ...iovecs(guest, 4), 8);
      expect(() => guest.traced('proc_exit', 7)).toThrow();
    },
    { environ: ['HOME=/', 'SECRET=x=y'], args: ['app', '-v'], stdin: 'ab' },
  ).report(['fd_read', 'sock_accept']);

  test('names what was used, and how', () => {
    expect(use).toMatchObject({
      imports: { fd_read: 3, fd_write: 2, path_open: 5, sock_accept: 0, proc_exit: 1 },
      args: ['app', '-v'],
      env: ['HOME', 'SECRET'],
      clocks: { monotonic: 2 },
      randomBytes: 100,
      streams: { stdinBytes: 2, stdoutBytes: 7, stderrBytes: 0 },
      exitCode: 7,
    });
    expect(Object.fromEntries(use.paths.map(({ path, ...rest }) => [path, rest]))).toEqual({
      '/tmp': { uses: { listed: 1 }, bytesRead: 0, bytesWritten: 0, errors: {} },
      '/tmp/../secret': { uses: {}, bytesRead: 0, bytesWritten: 0, errors: { perm: 1 } },
      '/tmp/folder': { uses: { lookedAt: 1 }, bytesRead: 0, bytesWritten: 0, errors: {} },
      '/tmp/folder/sub': { uses: { created: 1 }, bytesRead: 0, bytesWritten: 0, errors: {} },
      '/tmp/in.txt': { uses: { opened: 1, read: 2, written: 1 }, bytesRead: 11, bytesWritten: 4, errors: {} },
      '/tmp/link': { uses: { created: 1 }, bytesRead: 0, bytesWritten: 0, errors: {} },
      '/tmp/missing': { uses: {}, bytesRead: 0, bytesWritten: 0, errors: { noent: 2 } },
      '/tmp/new.txt': { uses: { openedOrCreated: 1, renamed: 1 }, bytesRead: 0, bytesWritten: 0, errors: {} },
      '/tmp/newer.txt': { uses: { created: 1, removed: 1 }, bytesRead: 0, bytesWritten: 0, errors: {} },
    });
  });

  test.each([
    ['counts', 'imports      15 linked, 14 called, 22 calls'],
    ['functions', '\n  sock_accept            never called\n'],
    ['what was refused', '\n  /tmp/../secret   REFUSED once (perm)\n'],
    ['what was not there', '\n  /tmp/missing     failed 2 times (noent)\n'],
    ['bytes', '\n  /tmp/in.txt      opened, read 11 bytes, written 4 bytes\n'],
    ['names of variables', '\nenvironment  HOME, SECRET\n'],
    ['clocks', '\nclocks       monotonic 2 times\n'],
    ['the exit', '\nexit code    7\n'],
  ])('as text: %s', (_, line) => {
    expect(auditText(use)).toContain(line);
  });

  test('of more paths than a call takes arguments', () => {
    const report = new Audit().report([]);
    const use = { uses: {}, bytesRead: 0, bytesWritten: 0, errors: { noent: 1 } };
    const paths = Array.from({ length: 150_000 }, (_, index) => ({ ...use, path: `/${index}` }));
    expect(auditText({ ...report, paths })).toContain('  /149999  failed once (noent)\n');
  });

  test('of a guest that used nothing', () => {
    const audit = new Audit();
    audit.ended(0);
    expect(auditText(audit.report([]))).toBe(
      [
        'imports      0 linked, 0 called, 0 calls',
        'paths        none',
        'arguments    not read',
        'environment  not read',
        'clocks       not read',
        'polls        none',
        'random       0 bytes',
        'streams      stdin 0 bytes read, stdout 0 bytes and stderr 0 bytes written',
        'sockets      0 accepted, 0 bytes received, 0 bytes sent',
        'exit code    0',
        '',
      ].join('\n'),
    );
  });
});
