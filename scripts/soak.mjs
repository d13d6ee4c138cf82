/**
 * `npm run soak -- threads --seconds N`: guests with threads that do what they can at random, until the time is over.
 * With `--seed N` from a seed that an earlier run has named.
 */
import { parseArgs } from 'node:util';
import { loadTs } from './load-ts.mjs';
import { say } from './project.mjs';
import { ensureReady } from './ready.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});

const soaks = ['threads'];
if (positionals.length !== 1 || !soaks.includes(positionals[0] ?? '') || !(Number(values.seconds) > 0)) {
  console.error(`usage: npm run soak -- ${soaks.join('|')} [--seconds N] [--seed N]`);
  process.exit(2);
}

await ensureReady();
const { soak } = await loadTs('spec-tests/threads/soak.ts');
let latest = '';
const heartbeat = setInterval(() => say(`  ${latest}`), 15_000);
heartbeat.unref();
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? undefined : Number(values.seed);
const progress = (/** @type {string} */ text) => {
  latest = text;
};
console.log(await soak({ seconds, ...(seed === undefined ? {} : { seed }), progress }));
