/**
 * The official suite with interruptions: before instructions at random, and at calls, returns and branches of fast
 * code, guests are taken as data and put elsewhere, copied through a snapshot's bytes, and looked at by sessions that
 * come and go, with probes everywhere or none. Everything must come out as in an undisturbed run, to the backtraces
 * and the number of instructions. Each run takes every other script, which ones by its seed; `npm run long pauses`
 * takes all, and those of the other suites. `GLASSBOX_SEED` repeats a run.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../src/diff/random.ts';
import { type DisturbedRuns, runBoth } from './pauses/disturbed-script.ts';
import { addDisturbances, noDisturbances } from './pauses/disturber.ts';
import { findSuites, scriptsOf, suites } from './suites.ts';

const root = findSuites();
const seed = Number(process.env.GLASSBOX_SEED ?? Math.floor(Math.random() * 2 ** 32));
const TIMEOUT_MS = 300_000;
/** Wasm 3.0. `npm run long` takes the other suites, too. */
const [suite] = suites;
const disturbance = { distance: 5, bytesEvery: 30, sessionEvery: 10 };
const total = noDisturbances();

describe.runIf(root !== undefined)(`interrupted guests (GLASSBOX_SEED=${seed})`, () => {
  const scripts = root === undefined ? [] : scriptsOf(root, suite!);

  it.each(scripts.map((script, i) => [script, i] as const).filter(([, i]) => (seed + i) % 2 === 0))(
    '%s',
    { timeout: TIMEOUT_MS },
    (script, i) => {
      const source = readFileSync(join(root!, script), 'utf8');
      const { plain, disturbed, counts }: DisturbedRuns = runBoth(source, {}, new Random(seed + i), disturbance);
      addDisturbances(total, counts);
      expect(disturbed).toEqual(plain);
    },
  );

  afterAll(() => {
    console.log(`interrupted: ${JSON.stringify(total)}`);
  });
});
