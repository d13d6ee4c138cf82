/**
 * `npm test`: installs and builds what is missing, then runs the unit tests and the official suites.
 *
 *   node scripts/test.mjs [VITEST ARGUMENT…]
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, durationText, root, run, say, toolPath } from './project.mjs';
import { ensureReady } from './ready.mjs';
import { findSuites } from './suites-folder.mjs';

const start = performance.now();
await ensureReady();
const suites = findSuites();
const report = join(cacheFolder(), `test-${process.pid}.json`);
const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)];
const env = { ...process.env, ...(suites === undefined ? {} : { GLASSBOX_SUITES: suites }) };
const code = await run(process.execPath, [toolPath('vitest'), ...args], { env });

if (suites === undefined) {
  say(`
!!! THE OFFICIAL TEST SUITES DID NOT RUN: they are not on this machine.
!!! Looked for ../shared/suites and ./suites; GLASSBOX_SUITES may name the folder.
!!! \`npm run suites\` fetches them. Only our own tests were run.
`);
}
if (!hasPrograms()) {
  say(`
!!! THE REAL PROGRAMS DID NOT RUN: they are not on this machine.
!!! Looked for ../shared/programs; GLASSBOX_PROGRAMS may name the folder.
`);
}
console.log(
  `npm test: ${code === 0 ? 'PASSED' : 'FAILED'} ${counts()}; official suites ${suitesNote()}${hasPrograms() ? '' : '; real programs NOT RUN'}`,
);
process.exitCode = code;

function counts() {
  const time = durationText(performance.now() - start);
  if (!existsSync(report)) return `without a report in ${time}`;
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
  return `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped in ${time}`;
}

/** As src/wasi/programs.test.ts looks for them. */
function hasPrograms() {
  const folder = process.env.GLASSBOX_PROGRAMS ?? join(root, '..', 'shared', 'programs');
  return existsSync(join(folder, 'manifest.json'));
}

function suitesNote() {
  return suites === undefined ? 'NOT RUN (npm run suites fetches them)' : `from ${suites}`;
}
