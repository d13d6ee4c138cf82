/** Guests with threads, by the built library: what they may rely on, how they end, and that nothing is left. */
import { describe, expect, test } from 'vitest';
import { guest, prelude } from './threads/fixtures.ts';
import { type GroupOptions, library, runGroup } from './threads/run-group.ts';
import { soak } from './threads/soak.ts';

/** The outcome; nothing may be left. */
async function endOf(text: string, options: GroupOptions = {}): Promise<unknown> {
  const { end, workers, threads } = await runGroup(text, { entry: 'main', ...options });
  expect({ workers, threads }).toEqual({ workers: 0, threads: 0 });
  return end;
}

/** A main function that starts `count` threads with arguments from 0 and waits for all. */
const startAll = (count: number) => `
  (loop $next
    (drop (call $must_spawn (local.get $i)))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $next (i32.lt_s (local.get $i) (i32.const ${count}))))
  (call $await (i32.const ${count}))`;

describe('B1.2: threads share memory', () => {
  test.each([
    [2, 1],
    [4, 1],
    [8, 1_000_000],
  ])('%i threads add 1 %i times', async (threads, rounds) => {
    const text = guest(
      `${startAll(threads)} (i32.atomic.load (i32.const 8))`,
      `(loop $next
        (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.lt_s (local.get $i) (i32.const ${rounds}))))
      (call $done)`,
    );
    expect(await endOf(text)).toBe(threads * rounds);
  });

  test('arguments arrive: 10 + 20', async () => {
    const text = guest(
      `(drop (call $must_spawn (i32.const 10))) (drop (call $must_spawn (i32.const 20)))
      (call $await (i32.const 2)) (i32.atomic.load (i32.const 8))`,
      '(drop (i32.atomic.rmw.add (i32.const 8) (local.get $arg))) (call $done)',
    );
    expect(await endOf(text)).toBe(30);
  });

  test('growth in one is seen in all', async () => {
    const text = guest(
      `(drop (call $must_spawn (i32.const 0))) (call $await (i32.const 1))
      (i32.add (i32.load (i32.const 65540)) (i32.shl (memory.size) (i32.const 8)))`,
      '(drop (memory.grow (i32.const 2))) (i32.store (i32.const 65540) (i32.const 7)) (call $done)',
    );
    expect(await endOf(text)).toBe(7 + 3 * 256);
  });

  test('globals and tables are each thread’s own', async () => {
    const text = guest(
      `(global.set $own (i32.const 100)) ${startAll(4)}
      (i32.add (i32.load (i32.const 8)) (global.get $own))`,
      `(global.set $own (i32.add (global.get $own) (i32.const 1)))
      (drop (table.grow $functions (ref.null func) (i32.const 2047)))
      (drop (i32.atomic.rmw.add (i32.const 8) (global.get $own)))
      (if (i32.ne (table.size $functions) (i32.const 2048)) (then unreachable))
      (call $done)`,
      '(global $own (mut i32) (i32.const 0)) (table $functions 1 funcref)',
    );
    expect(await endOf(text)).toBe(104);
  });

  test.each(['"foo" "bar"', '"" ""', '"__proto__" "constructor"'])('a memory imported as %s', async (names) => {
    const text = guest('(i32.load (i32.const 8))', '', '').replace('"env" "memory"', names);
    expect(await endOf(text)).toBe(0);
  });

  test('a memory that may be larger than any is capped', async () => {
    const text = `(module (import "env" "memory" (memory i64 1 0x1000000 shared))
      (func (export "main") (result i64) (memory.grow (i64.const 65536))))`;
    expect(await endOf(text)).toBe(-1n);
  });
});

describe('B1.4: thread-spawn', () => {
  test('300 threads after each other, and some that threads start', async () => {
    const text = guest(
      `(loop $next
        (local.set $tid (call $must_spawn (i32.const 1)))
        ;; In range, and another one than the last.
        (if (i32.ge_s (local.get $tid) (i32.const 536870912)) (then unreachable))
        (if (i32.eq (local.get $tid) (i32.load (i32.const 16))) (then unreachable))
        (i32.store (i32.const 16) (local.get $tid))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (call $await (local.get $i))
        (br_if $next (i32.lt_s (local.get $i) (i32.const 300))))
      (drop (call $must_spawn (i32.const 2))) (drop (call $must_spawn (i32.const 2)))
      (call $await (i32.const 304)) (i32.load (i32.const 0))`,
      `(if (i32.eq (local.get $arg) (i32.const 2)) (then (drop (call $must_spawn (i32.const 1)))))
      (call $done)`,
    );
    expect(await endOf(text)).toBe(304);
  });

  test('tells the thread its tid, and each has another', async () => {
    const text = guest(
      `${startAll(8)} (i32.load (i32.const 8))`,
      // Each marks the byte of its tid.
      `(drop (i32.atomic.rmw.add (i32.const 8)
        (i32.eqz (i32.atomic.rmw8.xchg_u (i32.add (i32.const 1000) (local.get $tid)) (i32.const 1)))))
      (call $done)`,
    );
    expect(await endOf(text)).toBe(8);
  });

  const alone = guest('(call $spawn (i32.const 0))', '(call $park)');
  test.each([
    ['no wasi_thread_start', alone.replace('wasi_thread_start', 'start'), {}, -58],
    ['one of another type', alone.replace('(param $arg i32)', '(param $arg i64)'), {}, -58],
    ['one that is no function', alone.replace('(func (export "wasi_thread_start")', '(func'), {}, -58],
    ['threads switched off', alone, { maxThreads: 0 }, -58],
    [
      'the limit reached',
      guest('(drop (call $spawn (i32.const 0))) (call $spawn (i32.const 0))', '(call $park)'),
      { maxThreads: 1 },
      -6,
    ],
  ] as const)('is refused at once: %s', async (_, text, options, expected) => {
    expect(await endOf(text, options)).toBe(expected);
  });

  test('a limit counts only threads that live', async () => {
    const text = guest(
      `(loop $next
        (loop $again (br_if $again (i32.lt_s (call $spawn (i32.const 1)) (i32.const 0))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (call $await (local.get $i))
        (br_if $next (i32.lt_s (local.get $i) (i32.const 20))))
      (i32.load (i32.const 0))`,
      '(call $done)',
    );
    expect(await endOf(text, { maxThreads: 1 })).toBe(20);
  });
});

describe('B1.2: an instance of a further thread leaves memory as it is', () => {
  const main = `(i32.store8 (i32.const 4096) (i32.const 90)) ${startAll(1)} (i32.load8_u (i32.const 4096))`;
  test.each([
    ['active segments', '(data (i32.const 4096) "A")', 'Z'],
    ['passive segments', '(data $d "P")', 'Z'],
    ['both', '(data (i32.const 4096) "A") (data $d "P")', 'Z'],
    [
      'a start function with a guard',
      `(data $d "P") (start $init)
      (func $init
        (if (i32.atomic.rmw.cmpxchg (i32.const 12) (i32.const 0) (i32.const 1)) (then (return)))
        (memory.init $d (i32.const 4096) (i32.const 0) (i32.const 1)))`,
      'Z',
    ],
    ['vectors in memory', `(data (i32.const 4096) "AAAAAAAAAAAAAAAA")`, 'Z'],
  ])('%s', async (_, more, expected) => {
    expect(String.fromCharCode((await endOf(guest(main, '(call $done)', more))) as number)).toBe(expected);
  });
});

describe('B1.5: the first outcome ends all', () => {
  const ways = ['spin', 'park', 'poll', 'recurse_and_spin', 'read'] as const;
  const more =
    '(func $recurse_and_spin (call $deep (i32.const 5000))) (func $deep (param i32) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)))) (else (call $spin))) (call $done))';
  /** What never ends. */
  const stdin = { isTerminal: false, read: () => new Promise<number>(() => undefined) };
  const wasiOptions = { stdin };

  test.each(ways)('main leaves with 7 while a thread is in: %s', async (way) => {
    const text = guest(
      '(drop (call $must_spawn (i32.const 0))) (call $await (i32.const 1)) (call $sleep (i32.const 20)) (call $exit (i32.const 7)) (i32.const 0)',
      `(call $done) (call $${way})`,
      more,
    );
    expect(await endOf(text, { wasiOptions })).toBe('exit 7');
  });

  test.each(ways)('a thread leaves with 5 while main is in: %s', async (way) => {
    const text = guest(
      `(drop (call $must_spawn (i32.const 0))) (call $${way}) (i32.const 0)`,
      '(call $sleep (i32.const 30)) (call $exit (i32.const 5))',
      more,
    );
    expect(await endOf(text, { wasiOptions })).toBe('exit 5');
  });

  test.each(ways)('main returns while a thread is in: %s', async (way) => {
    const text = guest(
      '(drop (call $must_spawn (i32.const 0))) (call $await (i32.const 1)) (call $sleep (i32.const 20)) (i32.const 3)',
      `(call $done) (call $${way})`,
      more,
    );
    expect(await endOf(text, { wasiOptions })).toBe(3);
  });

  test.each(ways)('a thread traps while main is in: %s', async (way) => {
    const text = guest(
      `(drop (call $must_spawn (i32.const 0))) (call $${way}) (i32.const 0)`,
      '(call $sleep (i32.const 30)) unreachable',
      more,
    );
    expect(await endOf(text, { wasiOptions })).toBe('unreachable');
  });

  test.each(ways)('main traps while a thread is in: %s', async (way) => {
    const text = guest(
      '(drop (call $must_spawn (i32.const 0))) (call $await (i32.const 1)) (call $sleep (i32.const 20)) unreachable',
      `(call $done) (call $${way})`,
      more,
    );
    expect(await endOf(text, { wasiOptions })).toBe('unreachable');
  });

  test.each(ways)('the embedder calls it off while both are in: %s', async (way) => {
    const text = guest(`(drop (call $must_spawn (i32.const 0))) (call $${way}) (i32.const 0)`, `(call $${way})`, more);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    expect(await endOf(text, { wasiOptions, signal: controller.signal })).toBe('execution aborted');
  });

  test('time ends it', async () => {
    expect(await endOf(guest('(call $park) (i32.const 0)', ''), { timeoutMs: 50 })).toBe('deadline exceeded');
  });

  test('an exit beats a trap that comes later', async () => {
    const text = guest(
      '(drop (call $must_spawn (i32.const 0))) (call $exit (i32.const 6)) (i32.const 0)',
      '(call $sleep (i32.const 20)) unreachable',
    );
    expect(await endOf(text)).toBe('exit 6');
  });

  test('a trap beats an exit that comes later', async () => {
    const text = guest(
      '(drop (call $must_spawn (i32.const 0))) (call $await (i32.const 1)) (call $sleep (i32.const 20)) (call $exit (i32.const 6)) (i32.const 0)',
      '(call $done) unreachable',
    );
    expect(await endOf(text)).toBe('unreachable');
  });

  test('a recursion without end is a failure of its thread', async () => {
    const text = guest('(drop (call $must_spawn (i32.const 0))) (call $park) (i32.const 0)', '(call $recurse)');
    expect(await endOf(text)).toBe('call stack exhausted');
  });

  test('an import that is missing is told', async () => {
    const text =
      '(module (import "env" "memory" (memory 1 1 shared)) (import "env" "f" (func)) (func (export "main")))';
    expect(await endOf(text)).toMatch('unknown import: "env" "f"');
  });
});

describe('B1.3: traps of atomics in threads', () => {
  const unaligned = 'unaligned atomic';
  const outside = 'out of bounds memory access';
  test.each([
    ['load', '(drop (i32.atomic.load (i32.const 1)))', unaligned],
    ['store', '(i32.atomic.store (i32.const 1) (i32.const 0))', unaligned],
    ['rmw', '(drop (i64.atomic.rmw.add (i32.const 4) (i64.const 0)))', unaligned],
    ['cmpxchg', '(drop (i32.atomic.rmw16.cmpxchg_u (i32.const 1) (i32.const 0) (i32.const 0)))', unaligned],
    ['wait32', '(drop (memory.atomic.wait32 (i32.const 2) (i32.const 0) (i64.const 0)))', unaligned],
    ['wait64', '(drop (memory.atomic.wait64 (i32.const 4) (i64.const 0) (i64.const 0)))', unaligned],
    ['notify', '(drop (memory.atomic.notify (i32.const 2) (i32.const 0)))', unaligned],
    ['notify outside', '(drop (memory.atomic.notify (i32.const 65536) (i32.const 0)))', outside],
    ['wait32 outside', '(drop (memory.atomic.wait32 (i32.const 65536) (i32.const 0) (i64.const 0)))', outside],
    ['wait64 outside', '(drop (memory.atomic.wait64 (i32.const 65536) (i64.const 0) (i64.const 0)))', outside],
    ['unaligned and outside', '(drop (i32.atomic.rmw.add (i32.const 65537) (i32.const 0)))', unaligned],
    ['beyond 32 bits', '(drop (i32.atomic.load offset=0xfffffffc (i32.const 8)))', outside],
  ])('%s', async (_, act, expected) => {
    const text = guest('(drop (call $must_spawn (i32.const 0))) (call $park) (i32.const 0)', act);
    expect(await endOf(text)).toBe(expected);
  });
});

describe('B1.6: one environment, a context each', () => {
  test('descriptors are the process’s: a thread writes to and closes what main has opened', async () => {
    const text = `(module ${prelude}
      (data (i32.const 100) "file") (data (i32.const 200) "\\00\\01\\00\\00\\05\\00\\00\\00") (data (i32.const 256) "hello")
      (func (export "wasi_thread_start") (param $tid i32) (param $fd i32)
        (drop (call $fd_write (local.get $fd) (i32.const 200) (i32.const 1) (i32.const 300)))
        (drop (call $fd_close (local.get $fd)))
        (call $done))
      (func (export "main") (result i32)
        (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 4) (i32.const 1)
          (i64.const 0x40) (i64.const 0) (i32.const 0) (i32.const 308)))
        (drop (call $must_spawn (i32.load (i32.const 308))))
        (call $await (i32.const 1))
        ;; badf
        (call $fd_write (i32.load (i32.const 308)) (i32.const 200) (i32.const 1) (i32.const 300))))`;
    const root = library.memoryDirectory({});
    expect(await endOf(text, { wasiOptions: { preopens: { '/': root } } })).toBe(8);
    const bytes = new Uint8Array(8);
    const file = root.openFile('file', { read: true, write: false, create: false, exclusive: false, truncate: false });
    expect(Buffer.from(bytes.subarray(0, file.read(bytes, 0))).toString()).toBe('hello');
  });

  test('a pointer that leads nowhere is a trap of the thread that passed it', async () => {
    const text = guest(
      '(drop (call $must_spawn (i32.const 0))) (call $park) (i32.const 0)',
      '(drop (call $fd_write (i32.const 1) (i32.const 65532) (i32.const 1) (i32.const 0)))',
    );
    expect(await endOf(text)).toBe('out of bounds memory access: 8 bytes at 65532, memory has 65536 bytes');
  });

  test('functions of a module that each worker loads', async () => {
    const text = guest(
      `${startAll(3)} (i32.load (i32.const 8))`,
      '(drop (i32.atomic.rmw.add (i32.const 8) (call $twice (local.get $arg)))) (call $done)',
    ).replace('(module', '(module (import "own" "twice" (func $twice (param i32) (result i32)))');
    const importsUrl = 'data:text/javascript,export const imports = { own: { twice: (value) => 2 * value } }';
    expect(await endOf(text, { importsUrl })).toBe(6);
    const noImports = { importsUrl: 'data:text/javascript,export const other = 1' };
    expect(await endOf(text, noImports)).toMatch(/exports no object 'imports'/);
  });

  test('functions of the embedder’s answer threads, also with promises', async () => {
    const text = guest(
      `${startAll(3)} (i32.load (i32.const 8))`,
      `(drop (i32.atomic.rmw.add (i32.const 8) (i32.trunc_f64_s (call $twice (f64.convert_i32_s (local.get $arg)))))) (call $done)`,
      '',
    ).replace('(module', '(module (import "own" "twice" (func $twice (param f64) (result f64)))');
    const imports = { own: { twice: async (value: number) => 2 * value } };
    expect(await endOf(text, { imports })).toBe(6);
  });
});

test('B1.5: whatever threads do at random, the group ends, and nothing is left', async () => {
  expect(await soak({ seconds: 2, seed: 1 })).toMatch(/^\d+ groups from seed 1/);
});
