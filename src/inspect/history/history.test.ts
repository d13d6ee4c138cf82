/** Histories of guests that are changed, interrupted, limited, or too large; what cannot be recorded says so. */
import { describe, expect, test } from 'vitest';
import {
  compile,
  type Imports,
  inspect,
  instantiate,
  openRecording,
  type Session,
  Store,
  type StoreOptions,
} from '../../api/index.ts';
import { Exhaustion, SnapshotError, UsageError } from '../../syntax/index.ts';
import type { HistoryOptions } from './history.ts';

interface Options {
  readonly args?: readonly unknown[];
  readonly imports?: Imports;
  readonly store?: StoreOptions;
  readonly history?: HistoryOptions;
}

function record(wat: string, { args = [], imports = {}, store = {}, history = {} }: Options = {}): Session {
  const session = inspect(instantiate(compile(`(module ${wat})`), imports, { store: new Store(store) }));
  session.call('run', ...args);
  session.record(history);
  return session;
}

/** Sums up `n`, `n - 1`, …, 1, in 12 instructions a round. */
const sum = `(memory (export "memory") 1) (global $step (export "step") (mut i32) (i32.const 1))
  (func (export "other") (global.set $step (i32.const 2)))
  (func (export "run") (param $n i32) (result i32) (local $sum i32)
    (loop
      (local.set $sum (i32.add (local.get $sum) (i32.add (local.get $n) (i32.load (i32.const 0)))))
      (br_if 0 (local.tee $n (i32.sub (local.get $n) (global.get $step)))))
    (local.get $sum))`;

describe('changes by the user', () => {
  const changes: readonly [string, (session: Session) => void, number][] = [
    ['a local', (session) => session.frame.locals[1]!.set(1000), 1000 + 8 + 7 + 6 + 5 + 4 + 3 + 2 + 1],
    ['memory, by the embedding API', (session) => session.instance.exports.memory.bytes.fill(1, 0, 1), 55 + 8],
    [
      'a global, by the embedding API',
      (session) => Object.assign(session.instance.exports.step, { value: 2 }),
      10 + 9 + 8 + 6 + 4 + 2,
    ],
    ['a call of another function', (session) => void session.instance.call('other'), 10 + 9 + 8 + 6 + 4 + 2],
  ];
  /** The third round begins. */
  const AT = 25;

  test.each(changes)('%s, where the call stands: the way back and forth goes over it', (_, change, result) => {
    const session = record(sum, { args: [10] });
    session.run({ budget: AT });
    change(session);
    expect(session.run().results).toEqual([result]);
    const end = session.instructionCount;
    for (const moment of [0, AT - 1, AT, AT + 3, end - 1]) {
      session.goTo(moment);
      expect(session.run(), `from ${moment}`).toMatchObject({ reason: 'exit', results: [result] });
      expect(session.instructionCount).toBe(end);
    }
    session.goTo(AT - 1);
    expect(session.instance.entry.globals[0]!.words[0]).toBe(1);
    expect(session.instance.exports.memory.bytes[0]).toBe(0);
    session.stepBack();
    expect(session.instructionCount).toBe(AT - 2);
  });

  test.each(changes)('%s, in the past: another future', (_, change, result) => {
    const session = record(sum, { args: [10], history: { distance: 1 } });
    expect(session.run().results).toEqual([55]);
    session.goTo(AT);
    change(session);
    expect(session.run().results).toEqual([result]);
    session.goTo(3);
    expect(session.run().results).toEqual([result]);
  });

  test.each(changes)('%s: a file begins after it', (_, change, result) => {
    const session = record(sum, { args: [10] });
    session.run({ budget: AT });
    change(session);
    session.run();
    const opened = openRecording(session.history!.save());
    expect(opened.history!.startCount).toBeGreaterThanOrEqual(AT);
    expect(opened.run().results).toEqual([result]);
  });

  test('looking changes nothing', () => {
    const session = record(sum, { args: [10] });
    session.run();
    const end = session.history!.endCount;
    session.goTo(AT);
    expect(session.instance.exports.memory.bytes[0]).toBe(0);
    expect(session.frame.locals[0]!.value).toBe(8);
    session.step();
    expect(session.history!.endCount).toBe(end);
  });

  test('while the guest runs, they are refused', () => {
    const session = record(sum, { args: [10] });
    const errors: unknown[] = [];
    session.addBreakpoint({
      func: 'run',
      byteOffset: session.frame.byteOffset,
      condition: ({ frame }) => {
        try {
          frame.locals[0]!.set(3);
        } catch (error) {
          errors.push(error);
        }
        return false;
      },
    });
    session.run({ budget: 1 });
    session.goTo(0);
    session.run({ budget: 5 });
    for (const error of errors) expect(error).toBeInstanceOf(UsageError);
    expect(session.run().results).toEqual([55]);
  });
});

describe('bounds', () => {
  const writer = `(import "host" "fill" (func $fill)) (memory (export "memory") 4)
    (func (export "run") (param $n i32) (local $at i32)
      (loop
        (i32.store (local.get $at) (local.get $n))
        (local.set $at (i32.and (i32.add (local.get $at) (i32.const 4)) (i32.const 0x3ffff)))
        (if (i32.eqz (i32.and (local.get $n) (i32.const 0xfff))) (then (call $fill)))
        (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))`;

  function recordWriter(maxBytes: number): Session {
    let value = 0;
    let session: Session | undefined;
    const fill = () => void session!.instance.exports.memory.range(8, 20_000).fill(++value);
    session = record(writer, {
      args: [600_000],
      imports: { host: { fill } },
      history: { maxBytes, distance: 1 },
    });
    session.run();
    return session;
  }

  test('oldest moments are forgotten, and those that are left are right', () => {
    const small = recordWriter(1_000_000);
    const large = recordWriter(2 ** 30);
    const { history } = small;
    expect(history!.startCount).toBeGreaterThan(0);
    expect(history!.byteLength).toBeLessThan(2_000_000);
    expect(small.goTo(0).reason).toBe('start-of-history');
    expect(small.instructionCount).toBe(history!.startCount);
    const { startCount, endCount } = history!;
    for (const share of [0, 0.3, 0.9]) {
      const moment = Math.floor(startCount + share * (endCount - startCount));
      small.goTo(moment);
      large.goTo(moment);
      expect(small.frame.locals.map(({ text }) => text)).toEqual(large.frame.locals.map(({ text }) => text));
      const [a, b] = [small, large].map(({ instance }) => instance.entry.memories[0]!.bytes);
      expect(Buffer.compare(a!, b!)).toBe(0);
    }
    const opened = openRecording(history!.save());
    expect(opened.history!.startCount).toBe(startCount);
    expect(opened.run().reason).toBe('exit');
  });

  test('a heap of many objects', () => {
    const session = record(
      `(type $cell (struct (field (mut i32)) (field (ref null $cell))))
      (func (export "run") (param $n i32) (result i32) (local $list (ref null $cell)) (local $sum i32)
        (loop (local.set $list (struct.new $cell (local.get $n) (local.get $list)))
          (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (loop (local.set $sum (i32.add (local.get $sum) (struct.get $cell 0 (local.get $list))))
          (struct.set $cell 0 (local.get $list) (i32.const 0))
          (br_if 0 (i32.eqz (ref.is_null (local.tee $list (struct.get $cell 1 (local.get $list)))))))
        (local.get $sum))`,
      { args: [200_000] },
    );
    const { results } = session.run();
    expect(results).toEqual([((200_000 * 200_001) / 2) | 0]);
    const end = session.instructionCount;
    for (const share of [0.9, 0.2, 0.6]) {
      session.goTo(Math.floor(end * share));
      expect(session.run().results).toEqual(results);
    }
  });

  test('fuel that has run out is there again in the past, and not used up by going there', () => {
    const session = record(sum, { args: [100], store: { fuel: 300 } });
    expect(session.run()).toMatchObject({ reason: 'trap', error: { kind: 'fuel' } });
    for (const moment of [10, 299, 0, 150]) {
      session.goTo(moment);
      expect(session.instructionCount).toBe(moment);
      expect(session.run().error, `from ${moment}`).toBeInstanceOf(Exhaustion);
      expect(session.instructionCount).toBe(300);
    }
    expect(openRecording(session.history!.save()).run()).toMatchObject({ reason: 'trap', error: { kind: 'fuel' } });
    session.goTo(100);
    session.frame.locals[0]!.set(1);
    expect(session.run().reason).toBe('exit');
    expect(session.instance.store.fuel).toBe(300 - session.instructionCount);
    const { fuel } = session.instance.store;
    session.goTo(5);
    session.close();
    expect(session.instance.store.fuel).toBe(fuel);
  });
});

test('turns that are over at once change no moment', () => {
  let timeMs = 0;
  const hurried = record(sum, { args: [30], store: { clock: () => (timeMs += 10) }, history: { checkpoints: false } });
  const calm = record(sum, { args: [30] });
  hurried.run();
  for (let moment = 100; moment >= 0; moment--) {
    hurried.goTo(moment);
    calm.goTo(0);
    calm.run({ budget: moment });
    expect([hurried.frame.byteOffset, hurried.instructionCount]).toEqual([calm.frame.byteOffset, moment]);
    const [a, b] = [hurried, calm].map(({ frame }) => [...frame.locals, ...frame.operands].map(({ text }) => text));
    expect(a, `at ${moment}`).toEqual(b);
  }
});

describe('hosts that answer later', () => {
  const wat = `(import "host" "ask" (func $ask (param i32) (result i32))) (global $g (export "g") (mut i32) (i32.const 0))
    (func (export "other") (global.set $g (i32.add (global.get $g) (i32.const 100))))
    (func (export "run") (param $n i32) (result i32) (local $sum i32)
      (loop (local.set $sum (i32.add (local.get $sum) (call $ask (local.get $n))))
        (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.add (local.get $sum) (global.get $g)))`;

  test('are recorded, and asked no more', async () => {
    let asked = 0;
    const ask = async (x: number) => x * 10 + ++asked;
    const session = record(wat, { args: [3], imports: { host: { ask } as never } });
    const stop = await session.runAsync();
    expect(stop.results).toEqual([66]);
    session.goTo(0);
    expect(session.run().results).toEqual([66]);
    expect(openRecording(session.history!.save()).run().results).toEqual([66]);
    expect(asked).toBe(3);
  });

  test('cannot be gone back from before they have', async () => {
    const session = record(wat, { args: [1], imports: { host: { ask: async () => 1 } as never } });
    expect(session.run().reason).toBe('waiting');
    expect(() => session.stepBack()).toThrow(/waits for the host: go on with runAsync/);
    const opened = openRecording(session.history!.save());
    expect(opened.run().reason).toBe('end-of-history');
    expect(opened.frame.instruction).toBe('call $ask');
    expect((await session.runAsync()).results).toEqual([1]);
    session.stepBack();
    expect(session.run().results).toEqual([1]);
  });

  test('meanwhile another guest ran: a gap that has a name', async () => {
    const session = record(wat, {
      args: [2],
      imports: {
        host: {
          ask: (async (x: number) => (x === 2 ? session.instance.callAsync('other').then(() => 1) : 2)) as never,
        },
      },
    });
    const { results } = await session.runAsync();
    expect(results).toEqual([103]);
    const problem = /another guest ran in the same store/;
    expect(session.history!.problem).toMatch(problem);
    expect(() => session.stepBack()).toThrow(SnapshotError);
    expect(() => session.stepBack()).toThrow(problem);
    expect(() => session.history!.save()).toThrow(problem);
    expect(session.goTo(2).reason).toBe('step');
    expect(() => session.run()).toThrow(problem);
  });
});

describe('files', () => {
  test('a call that has not ended goes on to where it was known, then wants its host', () => {
    const wat = `(import "host" "ask" (func $ask (result i32)))
      (func (export "run") (result i32) (drop (call $ask)) (drop (call $ask)) (call $ask))`;
    const session = record(wat, { imports: { host: { ask: () => 5 } } });
    session.run({ budget: 3 });
    const opened = openRecording(session.history!.save());
    expect(opened.run().reason).toBe('end-of-history');
    expect(opened.instructionCount).toBe(3);
    expect(opened.run().error).toMatchObject({ message: expect.stringMatching(/no host.*"host" "ask"/) });
  });

  test('values of the host by a hook, or not at all', () => {
    const wat = `(import "host" "ask" (func $ask (result externref)))
      (func (export "run") (result externref) (drop (call $ask)) (call $ask))`;
    const value = { secret: 5 };
    const session = record(wat, { imports: { host: { ask: () => value as never } } });
    session.run();
    expect(() => session.history!.save()).toThrow(
      /host call to "host" "ask" at instruction 1: it gave the guest an? Object, which cannot be saved without a hook/,
    );
    const saveExtern = (saved: unknown) => Uint8Array.of((saved as typeof value).secret);
    const bytes = session.history!.save({ saveExtern });
    expect(() => openRecording(bytes)).toThrow(/a hook must load it/);
    const loadExtern = ([secret]: Uint8Array) => ({ secret });
    expect(openRecording(bytes, { loadExtern }).run().results).toEqual([{ secret: 5 }]);
  });

  test('parts are kept', () => {
    const session = record(sum, { args: [2] });
    const bytes = session.history!.save({ parts: { note: Uint8Array.of(1, 2) } });
    expect([...openRecording(bytes).history!.savedParts]).toEqual([['note', Uint8Array.of(1, 2)]]);
  });

  test('saving leaves the guest as it stands', () => {
    const session = record(sum, { args: [10] });
    session.run({ budget: 30 });
    const before = session.frame.locals.map(({ text }) => text);
    session.history!.save();
    expect(session.frame.locals.map(({ text }) => text)).toEqual(before);
    expect(session.run().results).toEqual([55]);
  });
});
