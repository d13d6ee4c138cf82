/** Locks, conditions and tables of handles that several agents use at once, and what becomes of a dead one's. */
import { describe, expect, test } from 'vitest';
import { LOCK_WORDS, lockText, SharedCondition, SharedHandleTable, SharedLock } from '../src/atomics/index.ts';
import { agentProgram, startAgent } from './locks/agents.ts';

const newWords = (more = 0) => new Int32Array(new SharedArrayBuffer(4 * (LOCK_WORDS + more)));

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
});

describe('B1.1: agents at one table', () => {
  const program = agentProgram(
    `import { SharedHandleTable } from './handle-table.ts';`,
    `const table = new SharedHandleTable(data.buffer, data.owner);
     let wrong = 0;
     const all = [];
     let kept = [];
     for (let i = 0; i < data.rounds; i++) {
       const handle = table.create(i, data.owner, [data.owner, i]);
       all.push(handle);
       kept.push([handle, i]);
       if (kept.length < 10) continue;
       for (const [each, value] of kept) {
         const { owner, payload } = table.get(each) ?? { payload: [] };
         if (owner !== data.owner || payload[0] !== data.owner || payload[1] !== value) wrong++;
         if (table.drop(each) === undefined || table.drop(each) !== undefined) wrong++;
       }
       kept = [];
     }
     report({ wrong, left: kept.length });`,
  );

  test('8 × 1000 handles: none twice at a time, none left', async () => {
    const table = SharedHandleTable.create({}, 100);
    const agents = Array.from({ length: 8 }, (_, i) =>
      startAgent(program, { buffer: table.buffer, owner: i + 1, rounds: 1000 }),
    );
    const reports = await Promise.all(agents.map(({ report }) => report));
    expect(reports).toEqual(Array(8).fill({ wrong: 0, left: 0 }));
    expect(table.count).toBe(0);
  });

  test('6 of which are terminated at any moment: the others go on, and nothing is left', async () => {
    const endless = agentProgram(
      `import { SharedHandleTable } from './handle-table.ts';`,
      `const table = new SharedHandleTable(data.buffer, data.owner);
       report('begun');
       for (;;) {
         const handles = Array.from({ length: 5 }, (_, i) => table.create(i, data.owner));
         for (const handle of handles.slice(1)) table.drop(handle);
       }`,
    );
    const table = SharedHandleTable.create({}, 100);
    const { buffer } = table;
    const survivors = [1, 2].map((owner) => startAgent(program, { buffer, owner, rounds: 2000 }));
    const victims = [11, 12, 13, 14, 15, 16].map((owner) => ({ owner, ...startAgent(endless, { buffer, owner }) }));
    const ends = victims.map(async ({ owner, worker, report }, i) => {
      await report;
      await new Promise((resolve) => setTimeout(resolve, 3 * i));
      await worker.terminate();
      while (table.dropDead(owner) === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    });
    await Promise.all(ends);
    expect(await Promise.all(survivors.map(({ report }) => report))).toEqual(Array(2).fill({ wrong: 0, left: 0 }));
    expect(table.count).toBe(0);
    expect(table.lockState()).toMatchObject({ owner: 0, waiters: [] });
  });
});
