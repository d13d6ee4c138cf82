/** Locks and conditions, as one agent sees them. What several do with them is in spec-tests/locks.test.ts. */
import { describe, expect, test } from 'vitest';
import { SharedCondition } from './condition.ts';
import { findDeadlock, LOCK_WORDS, type LockState, lockText, SharedLock } from './lock.ts';

const newWords = (more = 0) => new Int32Array(new SharedArrayBuffer(4 * (LOCK_WORDS + more)));

describe('B1.1: a shared lock', () => {
  test('hands on what the work returns', () => {
    expect(new SharedLock(newWords(), { owner: 1 }).withLock(() => 7)).toBe(7);
  });

  test('is free again after a failure', () => {
    const lock = new SharedLock(newWords(), { owner: 1 });
    const fail = () => {
      throw new Error('no');
    };
    expect(() => lock.withLock(fail)).toThrow('no');
    expect(lock.withLock(() => 'free')).toBe('free');
  });
});

describe('B1.1: a shared lock refuses', () => {
  test('its owner, who has it already', () => {
    const lock = new SharedLock(newWords(), { owner: 5, name: 'the table' });
    expect(() => lock.withLock(() => lock.withLock(() => 0))).toThrow('agent 5 already holds the table');
    expect(lock.state().owner).toBe(0);
  });

  test('to be held over a promise', () => {
    const lock = new SharedLock(newWords(), { owner: 1 });
    expect(() => lock.withLock(() => Promise.resolve())).toThrow('not over a promise');
    expect(lock.state().owner).toBe(0);
  });

  test.each([0, -1, 2 ** 30])('agent %d', (owner) => {
    expect(() => new SharedLock(newWords(), { owner })).toThrow(`no agent has the number ${owner}`);
  });

  test('who waits too long, and says who has it', () => {
    const words = newWords();
    const holder = new SharedLock(words, { owner: 1, name: 'the table' });
    const waiter = new SharedLock(words, { owner: 2, name: 'the table', timeoutMs: 10 });
    const wait = () => waiter.withLock(() => 0);
    expect(() => holder.withLock(wait)).toThrow(
      /^agent 2 has waited too long for the table \(held by agent 1 for \d+ ms/,
    );
    expect(waiter.withLock(() => 'free')).toBe('free');
  });
});

describe('B1.1: a report of locks', () => {
  const state = (name: string, owner: number, waiters: number[]): LockState => ({ name, owner, heldMs: 3, waiters });
  test.each([
    ['nobody waits', [state('a', 1, []), state('b', 2, [])], undefined],
    ['a chain', [state('a', 1, [2]), state('b', 2, [3]), state('c', 3, [])], undefined],
    ['two wait for each other', [state('a', 1, [2]), state('b', 2, [1])], ['a', 'b']],
    [
      'a circle of three, and one outside',
      [state('z', 9, [4]), state('a', 1, [3]), state('b', 2, [1]), state('c', 3, [2])],
      ['a', 'b', 'c'],
    ],
    ['a free lock with a waiter on its way', [state('a', 0, [2]), state('b', 2, [])], undefined],
  ] as const)('%s', (_, states, expected) => {
    expect(findDeadlock(states)?.map(({ name }) => name)).toEqual(expected);
  });

  test('says what each is doing', () => {
    expect([state('a', 1, [2, 4]), state('b', 0, [])].map(lockText)).toEqual([
      'a (held by agent 1 for 3 ms; waiting: 2, 4)',
      'b (free)',
    ]);
  });
});

describe('B1.1: a lock of a dead agent', () => {
  test('leaves the lock with the next one that has it when the repair fails', () => {
    const words = newWords();
    new SharedLock(words, { owner: 7 }).tryAcquire(0);
    const repair = () => {
      throw new Error('beyond repair');
    };
    const lock = new SharedLock(words, { owner: 1, repair });
    lock.releaseDead(7);
    expect(() => lock.withLock(() => 0)).toThrow('beyond repair');
    expect(new SharedLock(words, { owner: 2 }).withLock(() => 'free')).toBe('free');
  });
});

describe('B1.1: a condition', () => {
  test('says when time ran out, and has the lock again', () => {
    const lock = new SharedLock(newWords(1), { owner: 1 });
    const condition = new SharedCondition(newWords(), 0, lock);
    lock.withLock(() => {
      expect(condition.wait(1)).toBe(false);
      expect(lock.state().owner).toBe(1);
    });
    expect(lock.state().owner).toBe(0);
  });
});
