/** All official suites with interruptions, from one before every instruction to a few in a long run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src/diff/random.ts';
import type { ScriptOptions } from '../../src/script/index.ts';
import { runBoth } from '../pauses/disturbed-script.ts';
import { addDisturbances, type DisturberOptions, noDisturbances } from '../pauses/disturber.ts';
import { findSuites, groupsOf, suites } from '../suites.ts';

const FOREVER = Number.POSITIVE_INFINITY;

const disturbances: readonly DisturberOptions[] = [
  { distance: 1, bytesEvery: FOREVER, sessionEvery: FOREVER },
  { distance: 1, bytesEvery: 4, sessionEvery: 4 },
  { distance: 3, bytesEvery: 40, sessionEvery: 3 },
  { distance: 40, bytesEvery: 10, sessionEvery: 5 },
  { distance: 2000, bytesEvery: 4, sessionEvery: 2 },
];

/** What options of `glassbox wast` mean to the script runner. */
function optionsOf(options: readonly string[]): ScriptOptions {
  const switches = options.flatMap((text) => (text.startsWith('-W') ? text.slice(2).split(',') : []));
  const features = Object.fromEntries(
    switches.filter((text) => text !== '').map((text) => [text.replace(/=n$/, ''), !text.endsWith('=n')]),
  );
  return { features, dialect: options.includes('--dialect=wasmtime') ? 'wasmtime' : 'spec' };
}

export async function main(progress: (text: string) => void): Promise<string> {
  const root = findSuites();
  if (root === undefined) return 'NOT RUN: the official suites are not here';
  let seed = Number(process.env.GLASSBOX_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const first = seed;
  const total = noDisturbances();
  let scripts = 0;
  for (const disturbance of disturbances) {
    for (const { options, scripts: paths } of suites.flatMap((suite) => groupsOf(root, suite))) {
      for (const path of paths) {
        progress(`${path}, every ${disturbance.distance} instructions, GLASSBOX_SEED=${seed}`);
        const source = readFileSync(join(root, path), 'utf8');
        const { plain, disturbed, counts } = runBoth(source, optionsOf(options), new Random(seed), disturbance);
        addDisturbances(total, counts);
        const at = plain.findIndex((line, i) => line !== disturbed[i]);
        if (at >= 0 || plain.length !== disturbed.length) {
          throw new Error(`${path}, seed ${seed}, ${JSON.stringify(disturbance)}:\n${plain[at]}\n${disturbed[at]}`);
        }
        seed++;
        scripts++;
      }
    }
  }
  return `${scripts} scripts from seed ${first}: ${JSON.stringify(total)}`;
}
