/** Files of a guest with threads: whoever answers, threads or host agent, the guest sees the same. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CALL_COUNT, fileGuest, type ListedCall, listOutcome, routes, runInFolder } from './threads/files.ts';

const loop = (count: number, body: string) => `
  (local.set $i (i32.const 0))
  (loop $next ${body}
    (br_if $next (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${count}))))`;

/** Starts two threads with the arguments 1 and 2, and waits for them. */
const two = '(call $must_spawn (i32.const 1)) (call $must_spawn (i32.const 2)) (call $await (i32.const 2))';
/** A vector of 8 bytes at 1024 + 64 · $arg, in which `$arg` is repeated; the vector stands at 32 + 8 · $arg. */
const ownRecord = `
  (i64.store (i32.add (i32.const 1024) (i32.shl (local.get $arg) (i32.const 6)))
    (i64.mul (i64.extend_i32_u (i32.add (local.get $arg) (i32.const 48))) (i64.const 0x0101010101010101)))
  (i32.store (i32.add (i32.const 32) (i32.shl (local.get $arg) (i32.const 3)))
    (i32.add (i32.const 1024) (i32.shl (local.get $arg) (i32.const 6))))
  (i32.store (i32.add (i32.const 36) (i32.shl (local.get $arg) (i32.const 3))) (i32.const 8))`;
/** Lets neither of two threads begin before the other. */
const together = `
  (drop (i32.atomic.rmw.add (i32.const 12) (i32.const 1)))
  (loop $both (br_if $both (i32.lt_s (i32.atomic.load (i32.const 12)) (i32.const 2))))`;
const vector = '(i32.add (i32.const 32) (i32.shl (local.get $arg) (i32.const 3)))';
const count = '(i32.add (i32.const 320) (i32.shl (local.get $arg) (i32.const 2)))';
const writeOwn = (fd: string) => `(call $must (call $write ${fd} ${vector} (i32.const 1) ${count}))`;

/** How often each record of 8 equal bytes is in a text; anything else is under `?`. */
function records(text: string): Record<string, number> {
  const seen: Record<string, number> = {};
  for (const record of text.match(/.{1,8}/gs) ?? []) {
    const name = /^(.)\1{7}$/.test(record) ? record[0]! : '?';
    seen[name] = (seen[name] ?? 0) + 1;
  }
  return seen;
}

describe.each(routes)('B1.1: descriptors of a group, answered %s', (_, wasiOptions) => {
  const run = (main: string, thread: string, files: Record<string, string> = {}, more = {}) =>
    runInFolder(fileGuest(main, thread), files, { wasiOptions: { ...wasiOptions, ...more } });

  test('two threads that write by one descriptor write one after the other', async () => {
    const { end, files, leftOpen } = await run(
      `(call $must (call $open_at (i32.const 200) (i32.const 0) (i32.const 300))) ${two}
      (call $must (call $tell (i32.const 4) (i32.const 304))) (i32.load (i32.const 304))`,
      `${ownRecord} ${together} ${loop(1500, writeOwn('(i32.const 4)'))}`,
    );
    expect({ end, leftOpen, records: records(files.a!) }).toEqual({
      end: 2 * 1500 * 8,
      leftOpen: 0,
      records: { 1: 1500, 2: 1500 },
    });
  });

  test('two threads that append, each by a descriptor of its own, lose nothing', async () => {
    const { end, files, leftOpen } = await run(
      `${two} (call $must (call $open_at (i32.const 200) (i32.const 1) (i32.const 300)))
      (call $must (call $write (i32.const 6) (i32.const 40) (i32.const 1) (i32.const 300)))
      (call $must (call $tell (i32.const 6) (i32.const 304))) (i32.load (i32.const 304))`,
      `${ownRecord} (call $must (call $open_at (i32.const 200) (i32.const 1) ${count}))
      (local.set $e (i32.load ${count})) ${together} ${loop(200, writeOwn('(local.get $e)'))}`,
      { a: '00000000' },
    );
    expect({ end, leftOpen, records: records(files.a!) }).toEqual({
      end: 8 * 402,
      leftOpen: 0,
      records: { 0: 1, 1: 201, 2: 200 },
    });
  });

  test('two threads that read by one descriptor see each part once', async () => {
    const texts = Array.from({ length: 900 }, (_, i) => `${String(i).padStart(7, '0')}\n`);
    const { end } = await run(
      `(call $must (call $open_at (i32.const 200) (i32.const 0) (i32.const 300))) ${two} (i32.load (i32.const 8))`,
      `${ownRecord} ${together}
      (loop $next
        (call $must (call $read (i32.const 4) ${vector} (i32.const 1) ${count}))
        (if (i32.load ${count})
          (then
            (if (i32.ne (i32.load ${count}) (i32.const 8)) (then unreachable))
            ;; The last three digits.
            (local.set $e (i32.load ${vector}))
            (drop (i32.atomic.rmw.add (i32.const 8) (i32.add (i32.add
              (i32.mul (i32.sub (i32.load8_u offset=4 (local.get $e)) (i32.const 48)) (i32.const 100))
              (i32.mul (i32.sub (i32.load8_u offset=5 (local.get $e)) (i32.const 48)) (i32.const 10)))
              (i32.sub (i32.load8_u offset=6 (local.get $e)) (i32.const 48)))))
            (br $next))))`,
      { a: texts.join('') },
    );
    expect(end).toBe((899 * 900) / 2);
  });

  test('a file that another thread closes is read whole, or is no descriptor: never another file in between', async () => {
    const { end, leftOpen } = await run(
      `(call $must_spawn (i32.const 1)) (call $must_spawn (i32.const 2))
      ${loop(
        200,
        `(call $must (call $open_at (i32.add (i32.const 200) (i32.and (local.get $i) (i32.const 1))) (i32.const 0) (i32.const 300)))
        (if (i32.ne (i32.load (i32.const 300)) (i32.const 4)) (then unreachable))
        (call $must (call $close (i32.const 4)))`,
      )}
      (i32.atomic.store (i32.const 12) (i32.const 1)) (call $await (i32.const 2)) (i32.load (i32.const 8))`,
      `${ownRecord} (local.set $i (i32.load ${vector}))
      (loop $next
        (local.set $e (call $pread (i32.const 4) ${vector} (i32.const 1) (i64.const 0) ${count}))
        (if (i32.eqz (local.get $e)) (then
          (if (i32.or (i32.ne (i32.load ${count}) (i32.const 8)) (i64.ne (i64.load (local.get $i))
              (i64.mul (i64.load8_u (local.get $i)) (i64.const 0x0101010101010101))))
            (then (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1))))))
        (else
          (if (i32.ne (local.get $e) (i32.const 8)) (then (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))))))
        (br_if $next (i32.eqz (i32.atomic.load (i32.const 12)))))`,
      { a: 'aaaaaaaa', b: 'bbbbbbbb' },
    );
    expect({ end, leftOpen }).toEqual({ end: 0, leftOpen: 0 });
  });

  test('a number that gets another meaning stands for something all the time', async () => {
    const { end, files, leftOpen } = await run(
      `(call $must (call $open_at (i32.const 200) (i32.const 0) (i32.const 300)))
      (call $must_spawn (i32.const 1)) (call $must_spawn (i32.const 2))
      ${loop(
        150,
        `(call $must (call $open_at (i32.const 201) (i32.const 1) (i32.const 300)))
        (call $must (call $renumber (i32.load (i32.const 300)) (i32.const 4)))`,
      )}
      (i32.atomic.store (i32.const 12) (i32.const 1)) (call $await (i32.const 2)) (i32.load (i32.const 8))`,
      `${ownRecord}
      (loop $next ${writeOwn('(i32.const 4)')}
        (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 8)))
        (br_if $next (i32.eqz (i32.atomic.load (i32.const 12)))))`,
    );
    expect({ leftOpen, byteCount: files.a!.length + files.b!.length }).toEqual({ leftOpen: 0, byteCount: end });
    expect(records(files.a! + files.b!)).not.toHaveProperty('?');
  });

  test('two threads that close one number: one does, the other finds nothing', async () => {
    const { end, leftOpen } = await run(
      `${loop(
        50,
        `(i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 12) (i32.const 0))
        (call $must (call $open_at (i32.const 200) (i32.const 0) (i32.const 300))) ${two}`,
      )} (i32.load (i32.const 8))`,
      `${together}
      (drop (i32.atomic.rmw.add (i32.const 8) (call $close (i32.const 4))))`,
    );
    expect({ end, leftOpen }).toEqual({ end: 50 * 8, leftOpen: 0 });
  });

  test('beyond the limit is mfile, for every thread, until one is closed', async () => {
    const { end } = await run(
      `${loop(3, '(call $must (call $open_at (i32.const 200) (i32.const 0) (i32.const 300)))')} ${two}
      (if (i32.ne (i32.load (i32.const 8)) (i32.const 66)) (then unreachable))
      (call $must (call $close (i32.const 5))) (i32.store (i32.const 0) (i32.const 0))
      (call $must_spawn (i32.const 1)) (call $await (i32.const 1)) (i32.load (i32.const 324))`,
      `(drop (i32.atomic.rmw.add (i32.const 8) (call $open_at (i32.const 201) (i32.const 0) ${count})))`,
      {},
      { maxDescriptors: 7 },
    );
    expect(end).toBe(5);
  });
});

const call: fc.Arbitrary<ListedCall> = fc.tuple(
  fc.integer({ min: 0, max: CALL_COUNT - 1 }),
  fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 7 }) }, { weight: 1, arbitrary: fc.integer() }),
  fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 31 }) }, { weight: 1, arbitrary: fc.integer() }),
  fc.oneof(
    { weight: 6, arbitrary: fc.bigInt(-200n, 200n) },
    { weight: 1, arbitrary: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) },
  ),
);

test('B1.1: lists of calls have the same outcome in a thread, in one whose calls are told, and without threads', async () => {
  const open: ListedCall[] = [0, 1, 0].map((name, i) => [0, name, 1 + 16 * (i >> 1), 1n]);
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 100, maxLength: 300 }), async (list) => {
      const whole = [
        ...open,
        ...list.map((each) => (each[0] === 0 ? ([0, each[1] & 1, each[2], each[3]] as const) : each)),
      ];
      const expected = await listOutcome(whole, 'plain');
      expect(await listOutcome(whole, {})).toEqual(expected);
      expect(await listOutcome(whole, { trace: () => undefined })).toEqual(expected);
    }),
    { numRuns: 6 },
  );
});
