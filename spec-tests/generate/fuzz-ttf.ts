/**
 * A batch of binaryen's random modules run in fast code, in clear code and in the host. A batch runs in a
 * process of its own: a guest that the host cannot stop must not take the others with it.
 */
import { writeSync } from 'node:fs';
import type { Generator, Profile } from '../../src/diff/case.ts';
import { ttfGenerator } from '../../src/diff/generate/index.ts';
import { type CompareCounts, compareEngines, noCounts } from './compare-engines.ts';
import { ExecutionDifference, exportEverything } from './engine-sides.ts';
import { Random } from './tape.ts';

/** Its loops and calls count down to an end of their own; these bound what one module may take. */
const limits = { fuel: 3_000_000, maxFrames: 10_000, maxMemoryBytes: 2 ** 27 };
const ROUNDS = 2;

/** Runs one case. @throws {ExecutionDifference} naming what differed */
export function runTtf(bytes: Uint8Array, seed: number, profile: Profile, counts: CompareCounts): void {
  const host = profile === 'host' ? 'state' : 'none';
  compareEngines(exportEverything(bytes, true), { limits, random: new Random(seed), rounds: ROUNDS, host }, counts);
}

/**
 * Runs cases `from` to before `to`; writes each case's number to standard output before it runs, and the
 * counts as JSON at the end.
 */
export async function runBatch(from: number, to: number, profile: Profile): Promise<void> {
  const generator: Generator = ttfGenerator();
  const counts = noCounts();
  try {
    for (let seed = from; seed < to; seed++) {
      const bytes = await generator.next(seed, profile);
      writeSync(1, `${seed}\n`);
      try {
        runTtf(bytes, seed, profile, counts);
      } catch (error) {
        const place = `case ${seed} (${profile})`;
        if (error instanceof ExecutionDifference) throw new ExecutionDifference(`${place}: ${error.message}`);
        throw new Error(`${place}: ${error}`, { cause: error });
      }
    }
  } finally {
    generator.close?.();
  }
  writeSync(1, `${JSON.stringify(counts)}\n`);
}
