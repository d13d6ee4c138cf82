/**
 * `npm test`: installs and builds what is missing, then runs the unit tests and the official suites.
 *
 *   node scripts/test.mjs [VITEST ARGUMENT…]
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findChromium } from './find-chromium.mjs';
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
if (findChromium() === undefined) {
  say(`
!!! THE PLAYGROUND, SNAPSHOTS AND THREADS IN CHROMIUM WERE NOT TESTED: there is no Chromium on this machine.
!!! Looked for chromium and google-chrome on the path; GLASSBOX_CHROMIUM may name the program.
`);
}
console.log(`npm test: ${code === 0 ? 'PASSED' : 'FAILED'} ${counts()}; official suites ${suitesNote()}${notRun()}`);
process.exitCode = code;

function counts() {
  const time = durationText(performance.now() - start);
  if (!existsSync(report)) return `without a report in ${time}`;
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
  return `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped in ${time}`;
}

/** As spec-tests/programs.ts looks for them. */
function hasPrograms() {
  const folder = process.env.GLASSBOX_PROGRAMS ?? join(root, '..', 'shared', 'programs');
  return existsSync(join(folder, 'manifest.json'));
}

function notRun() {
  const programs = hasPrograms() ? '' : '; real programs NOT RUN';
  return programs + (findChromium() === undefined ? '; playground, snapshots and threads in Chromium NOT TESTED' : '');
}

function suitesNote() {
  return suites === undefined ? 'NOT RUN (npm run suites fetches them)' : `from ${suites}`;
}
