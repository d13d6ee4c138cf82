/** The parts of a thread group that need no worker; spec-tests/threads.test.ts runs whole groups. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Exhaustion, HostExit, LinkError, Trap, UncaughtException, UsageError } from '../../syntax/index.ts';
import { FIRST_OWN, functionOf, numberOf, readValues, SPAWN, writeValues } from './calls.ts';
import { ControlBlock, HOST, type OutcomeKind } from './control.ts';
import { failureData, failureError } from './failure.ts';
import type { WorkerEvents } from './messages.ts';
import { type Member, Pool } from './pool.ts';
import { Slot } from './slot.ts';

describe('B1.5: the control block', () => {
  test.each<[OutcomeKind, { isTrapped: boolean; isCancelled: boolean }]>([
    ['trap', { isTrapped: true, isCancelled: false }],
    ['exit', { isTrapped: true, isCancelled: false }],
    ['return', { isTrapped: true, isCancelled: false }],
    ['cancel', { isTrapped: false, isCancelled: true }],
  ])('the first outcome stays: %s', (kind, flags) => {
    const block = new ControlBlock();
    const other = new ControlBlock(block.buffer);
    expect([other.isOver, other.kind]).toEqual([false, undefined]);
    expect(block.decide(kind, 3, 2 ** 31)).toBe(true);
    for (const late of ['trap', 'exit', 'return', 'cancel'] as const) expect(other.decide(late, HOST, 1)).toBe(false);
    const { isOver, decider, exitCode, isTrapped, isCancelled } = other;
    expect({ isOver, kind: other.kind, decider, exitCode }).toEqual({
      isOver: true,
      kind,
      decider: 3,
      exitCode: 2 ** 31,
    });
    expect({ isTrapped, isCancelled }).toEqual(flags);
  });
});

describe('B1.2: the slot of a worker', () => {
  test('starts threads, one after the other, and closes', () => {
    const host = new Slot();
    const worker = new Slot(host.buffer);
    for (const tid of [1, 2 ** 29 - 1]) {
      host.start({ tid, startArgument: -tid });
      expect(worker.next()).toEqual({ tid, startArgument: -tid });
      worker.rest();
    }
    host.start({ tid: 5, startArgument: 0 });
    host.close();
    worker.rest();
    expect(worker.next()).toBeUndefined();
  });

  test.each([
    ['a value', 'value', true],
    ['the end', 'over', false],
  ] as const)('a call is answered by %s', (_, answer, expected) => {
    const host = new Slot();
    const worker = new Slot(host.buffer);
    const asked = worker.request(7, -1, () => {
      expect(host.call).toMatchObject({ func: 7, memory: -1 });
      host.answer(answer);
    });
    expect(asked).toBe(expected);
    expect(host.call).toBeUndefined();
  });

  test.each([new Trap('unaligned-pointer', '5 is no multiple of 8'), new Trap('memory-out-of-bounds')])(
    'a call is answered by a trap: %s',
    (trap) => {
      const host = new Slot();
      const worker = new Slot(host.buffer);
      const act = () => worker.request(1, 0, () => host.answer(trap));
      expect(act).toThrow(expect.objectContaining({ name: 'Trap', kind: trap.kind, message: trap.message }));
    },
  );

  test('a trap of many words is cut', () => {
    const slot = new Slot();
    const trap = new Trap('unaligned-pointer', 'x'.repeat(10_000));
    expect(() => slot.request(1, 0, () => slot.answer(trap))).toThrow(/^unaligned pointer: x{512}$/);
  });

  test('tells where its thread is parked', () => {
    const slot = new Slot();
    expect(slot.parked).toBeUndefined();
    slot.park(2, 2 ** 32 - 4);
    expect(slot.parked).toEqual({ memory: 2, wordIndex: 2 ** 30 - 1 });
    slot.unpark();
    expect(slot.parked).toBeUndefined();
  });

  test('values keep their bits', () => {
    const types = ['i32', 'i64', 'f32', 'f64'];
    const view = new DataView(new ArrayBuffer(72));
    const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(i32, i64, fc.float(), fc.double(), (...values) => {
        writeValues(view, types, values);
        expect(readValues(view, types)).toEqual(values);
      }),
    );
  });

  test('no reference stands in it', () => {
    expect(() => writeValues(new DataView(new ArrayBuffer(72)), ['externref'], [null])).toThrow(UsageError);
  });
});

test.each([
  ['wasi', 'thread-spawn', SPAWN, undefined],
  ['wasi_snapshot_preview1', 'fd_read', undefined, { name: 'fd_read', isUnstable: false }],
  ['wasi_unstable', 'fd_read', undefined, { name: 'fd_read', isUnstable: true }],
  ['wasi_snapshot_preview1', 'sock_accept', undefined, { name: 'sock_accept', isUnstable: false }],
] as const)('functions have numbers: %s %s', (module, name, number, expected) => {
  const found = numberOf(module, name)!;
  if (number !== undefined) expect(found).toBe(number);
  expect(found).toBeLessThan(FIRST_OWN);
  expect(functionOf(found)).toEqual(expected);
});

test.each([
  ['wasi', 'thread_spawn'],
  ['wasi_unstable', 'sock_accept'],
  ['env', 'fd_read'],
  ['wasi_snapshot_preview1', 'constructor'],
])('and others have none: %s %s', (module, name) => {
  expect(numberOf(module, name)).toBeUndefined();
});

describe('failures go from agent to agent', () => {
  const frame = { funcidx: 3, funcName: 'f', moduleName: undefined, byteOffset: 77 };
  const withFrames = <E extends { backtrace: readonly unknown[] }>(error: E): E =>
    Object.assign(error, { backtrace: [frame] });
  test.each([
    withFrames(new Trap('unreachable')),
    withFrames(new Trap('unaligned-pointer', 'detail')),
    withFrames(new Exhaustion('call-stack')),
    withFrames(new UncaughtException(undefined, undefined)),
    withFrames(new UncaughtException(undefined, 'oops')),
    new HostExit(7),
    new LinkError('unknown import'),
    new UsageError('wrong'),
  ])('%s', (error) => {
    const back = failureError(structuredClone(failureData(error)));
    expect(back).toBeInstanceOf(error.constructor);
    expect({ ...back, message: back.message }).toEqual({ ...error, message: error.message });
  });

  test.each([
    [new TypeError('x is no function'), 'TypeError: x is no function'],
    ['text', 'text'],
  ])('what is no error of a guest: %s', (error, message) => {
    expect(failureError(failureData(error))).toMatchObject({ name: 'ThreadError', message });
  });
});

/** A pool whose workers do what the test says. */
function fakePool() {
  const workers: { readonly slot: Slot; readonly events: WorkerEvents; isTerminated: boolean }[] = [];
  const failures: string[] = [];
  const pool = new Pool(
    ({ slot: { buffer } }, events) => {
      const made = { slot: new Slot(buffer), events, isTerminated: false };
      workers.push(made);
      return {
        terminate() {
          made.isTerminated = true;
          events.exited();
        },
      };
    },
    {
      message: (member: Member, message) => message === 'ended' && pool.ended(member),
      failed: (_, error) => failures.push((error as Error).message),
      ended: () => undefined,
    },
  );
  return { pool, workers, failures };
}

describe('B1.2: the pool', () => {
  test('makes few workers at a time, and uses them again', () => {
    const { pool, workers } = fakePool();
    for (let tid = 1; tid <= 300; tid++) pool.run({ tid, startArgument: 0 });
    expect(workers).toHaveLength(2);
    const ran: number[] = [];
    workers[0]!.events.message('ready');
    while (ran.length < 300) {
      ran.push(workers[0]!.slot.next()!.tid);
      workers[0]!.slot.rest();
      workers[0]!.events.message('ended');
    }
    expect(ran).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(workers.length).toBeLessThanOrEqual(4);
  });

  test('a worker that dies is told, and what it counted is kept', () => {
    const { pool, workers, failures } = fakePool();
    pool.run({ tid: 0, startArgument: 0 });
    workers[0]!.events.message('ready');
    workers[0]!.slot.addCounts(5, 2);
    workers[0]!.events.failed(new Error('out of memory'));
    workers[0]!.events.exited();
    expect(failures).toEqual(['out of memory']);
    expect(pool.members.size).toBe(0);
    expect(pool.counts).toEqual({ instructions: 5, calls: 2 });
  });

  test('closed, it lets workers end, and those that still load too', () => {
    const { pool, workers, failures } = fakePool();
    pool.run({ tid: 0, startArgument: 0 });
    pool.warm(1);
    workers[0]!.events.message('ready');
    pool.close();
    for (const { slot, events, isTerminated } of workers) {
      expect(isTerminated).toBe(false);
      events.message('ready');
      expect(slot.next()).toBeUndefined();
      events.exited();
    }
    expect([pool.members.size, failures]).toEqual([0, []]);
  });
});
