/**
 * Random modules under a session that does what users of a debugger do: steps, breakpoints, watchpoints, edits that
 * are taken back, probes, snapshots, going back and forth. Everything comes out as in a plain run. `GLASSBOX_SEED`
 * repeats a run.
 */
import { expect, test } from 'vitest';
import { debugSeed } from './pauses/random-debugger.ts';

const seed = Number(process.env.GLASSBOX_SEED ?? Math.floor(Math.random() * 2 ** 31));
const SEEDS = 300;

test(`debugged guests (GLASSBOX_SEED=${seed})`, { timeout: 300_000 }, async () => {
  const counts: Record<string, number> = {};
  let debuggedCount = 0;
  for (let i = 0; i < SEEDS; i++) {
    const lines = await debugSeed(seed + i, counts).catch((error: unknown) => {
      throw new Error(`seed ${seed + i}`, { cause: error });
    });
    if (lines === undefined) continue;
    debuggedCount++;
    expect(lines.debugged, `seed ${seed + i}`).toEqual(lines.plain);
  }
  expect(debuggedCount).toBeGreaterThan(SEEDS / 3);
  for (const action of ['step', 'over', 'out', 'run', 'break', 'watch', 'edit', 'probe', 'snapshots', 'back', 'goTo']) {
    expect(counts[action], action).toBeGreaterThan(20);
  }
});
