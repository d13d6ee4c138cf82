/**
 * `npm run coverage`: which places of decoder and validator refuse a module in the tests, and how often.
 * Needs the official suites. spec-tests/refusals.test.ts holds that no place is left out.
 *
 *   node scripts/coverage.mjs [PART OF A FILE'S NAME]
 */
import { loadTs } from './load-ts.mjs';
import { root, say } from './project.mjs';
import { ensureReady } from './ready.mjs';
import { findSuites } from './suites-folder.mjs';

await ensureReady();
const suites = findSuites();
if (suites === undefined) {
  say('The official suites are not here; npm run suites fetches them.');
  process.exit(1);
}
// The places are read from stacks.
process.setSourceMapsEnabled(true);
const { reportRefusals } = await loadTs('spec-tests/generate/refusals.ts');
/** @type {{ sites: { place: string, text: string, count: number }[], refused: number }} */
const { sites, refused } = reportRefusals(root, suites);
const wanted = process.argv[2] ?? '';
for (const { place, text, count } of sites.filter(({ place }) => place.includes(wanted))) {
  console.log(`${String(count).padStart(5)}  ${place}  ${text}`);
}
const missed = sites.filter(({ count }) => count === 0);
console.log(`${refused} modules refused at ${sites.length - missed.length} of ${sites.length} places`);
if (missed.length > 0) process.exitCode = 1;
