/** Locks: what they return, that they open again after a failure, and that agents exclude one another. */
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { noLock, SharedLock } from './lock.ts';

describe.each([
  ['no lock', () => noLock],
  ['a shared lock', () => new SharedLock(new Int32Array(new SharedArrayBuffer(4)))],
] as const)('%s', (_, make) => {
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

test('agents that add without atomics lose nothing', async () => {
  const source = buildSync({
    stdin: {
      contents: `import { parentPort, workerData } from 'node:worker_threads';
        import { SharedLock } from './lock.ts';
        const words = new Int32Array(workerData.buffer);
        const lock = new SharedLock(words, 0);
        for (let i = 0; i < workerData.rounds; i++) {
          lock.withLock(() => { const seen = words[1]; for (let j = 0; j < 20; j++) Math.sqrt(j); words[1] = seen + 1; });
        }
        parentPort.postMessage('done');`,
      resolveDir: import.meta.dirname,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  }).outputFiles[0]!.text;
  const buffer = new SharedArrayBuffer(8);
  const [agents, rounds] = [3, 20_000];
  const ends = Array.from({ length: agents }, () => {
    const worker = new Worker(source, { eval: true, workerData: { buffer, rounds } });
    return new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  await Promise.all(ends);
  expect([...new Int32Array(buffer)]).toEqual([0, agents * rounds]);
});
