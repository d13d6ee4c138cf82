/** Locks and conditions: what they return, that agents exclude one another, and what becomes of a dead one's lock. */
import { describe, expect, test } from 'vitest';
import { SharedCondition } from './condition.ts';
import { findDeadlock, LOCK_WORDS, type LockState, lockText, noLock, SharedLock } from './lock.ts';
import { agentProgram, startAgent } from './test-agents.ts';

const newWords = (more = 0) => new Int32Array(new SharedArrayBuffer(4 * (LOCK_WORDS + more)));

describe.each([
  ['no lock', () => noLock],
  ['a shared lock', () => new SharedLock(newWords(), { owner: 1 })],
] as const)('B1.1: %s', (_, make) => {
  test('hands on what the work returns', () => {
    expect(make().withLock(() => 7)).toBe(7);
  });

  test('is free again after a failure', () => {
    const lock = make();
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

test('B1.1: agents that add without atomics lose nothing', async () => {
  const program = agentProgram(
    `import { SharedLock } from './lock.ts';`,
    `const words = new Int32Array(data.buffer);
     const lock = new SharedLock(words, { owner: data.owner });
     for (let i = 0; i < data.rounds; i++) {
       lock.withLock(() => { const seen = words[16]; for (let j = 0; j < 20; j++) Math.sqrt(j); words[16] = seen + 1; });
     }
     report('done');`,
  );
  const words = newWords(1);
  const [agents, rounds] = [3, 10_000];
  const started = Array.from({ length: agents }, (_, i) =>
    startAgent(program, { buffer: words.buffer, owner: i + 1, rounds }),
  );
  await Promise.all(started.map(({ report }) => report));
  expect(words[16]).toBe(agents * rounds);
  expect([...words.subarray(0, LOCK_WORDS)].filter((_, i) => i !== 1)).toEqual(Array(LOCK_WORDS - 1).fill(0));
});

describe('B1.1: a dead agent', () => {
  const holds = agentProgram(
    `import { SharedLock } from './lock.ts';`,
    `const words = new Int32Array(data.buffer);
     new SharedLock(words, { owner: 7 }).withLock(() => {
       report('has it');
       Atomics.wait(words, 16, 0);
     });`,
  );
  const waits = agentProgram(
    `import { SharedLock } from './lock.ts';`,
    `const words = new Int32Array(data.buffer);
     const repaired = [];
     const lock = new SharedLock(words, { owner: data.owner, repair: (dead) => repaired.push(dead) });
     report(lock.withLock(() => repaired));`,
  );

  test('leaves its lock to those who wait, once it is told dead', async () => {
    const words = newWords(1);
    const dead = startAgent(holds, { buffer: words.buffer });
    await dead.report;
    const waiters = [8, 9].map((owner) => startAgent(waits, { buffer: words.buffer, owner }));
    const lock = new SharedLock(words, { owner: 1, name: 'the lock' });
    while (lock.state().waiters.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(lockText(lock.state())).toMatch(/^the lock \(held by agent 7 for \d+ ms; waiting: [89], [89]\)$/);
    await dead.worker.terminate();

    expect(lock.releaseDead(3)).toBe(false);
    expect(lock.releaseDead(7)).toBe(true);
    const repaired = (await Promise.all(waiters.map(({ report }) => report))) as number[][];
    expect(repaired.flat()).toEqual([7]);
    expect(lock.state()).toMatchObject({ owner: 0, waiters: [] });
  });

  test('is no waiter any more', async () => {
    const words = newWords();
    const lock = new SharedLock(words, { owner: 1 });
    lock.tryAcquire(0);
    const waiter = startAgent(waits, { buffer: words.buffer, owner: 8 });
    while (lock.state().waiters.length < 1) await new Promise((resolve) => setTimeout(resolve, 1));
    await waiter.worker.terminate();
    expect(lock.releaseDead(8)).toBe(false);
    expect(lock.state()).toMatchObject({ owner: 1, waiters: [] });
    lock.release();
  });

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

describe('B1.1: a condition', () => {
  const consumer = agentProgram(
    `import { SharedCondition } from './condition.ts'; import { SharedLock } from './lock.ts';`,
    `const words = new Int32Array(data.buffer);
     const lock = new SharedLock(words, { owner: data.owner });
     const filled = new SharedCondition(words, 16, lock);
     const taken = [];
     for (let i = 0; i < data.count; i++) {
       lock.withLock(() => { while (words[17] === 0) filled.wait(); words[17]--; });
     }
     report('done');`,
  );

  test('wakes as many as there is something for: nothing is lost', async () => {
    const words = newWords(2);
    const lock = new SharedLock(words, { owner: 1 });
    const filled = new SharedCondition(words, 16, lock);
    const [agents, count] = [3, 500];
    const consumers = Array.from({ length: agents }, (_, i) =>
      startAgent(consumer, { buffer: words.buffer, owner: i + 2, count }),
    );
    for (let i = 0; i < agents * count; i++) {
      lock.withLock(() => void words[17]!++);
      filled.notifyOne();
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(consumers.map(({ report }) => report));
    expect(words[17]).toBe(0);
  });

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
