/**
 * `npm run long`: what takes longer than `npm test` may, such as fuzzing. Each spec-tests/long/*.ts exports
 * `main(progress)`, which resolves to a line of summary and throws on a failure; it runs in a process of its own.
 *
 *   node scripts/long.mjs [NAME…]      only the files whose name contains one of these
 */
import { basename } from 'node:path';
import { loadTs } from './load-ts.mjs';
import { durationText, listFiles, run, say } from './project.mjs';
import { ensureReady } from './ready.mjs';
import { findSuites } from './suites-folder.mjs';

/** @param {string} path */
async function runOne(path) {
  const name = basename(path, '.ts');
  const start = performance.now();
  let latest = '';
  const heartbeat = setInterval(() => say(`  ${name} ${durationText(performance.now() - start)} ${latest}`), 15_000);
  heartbeat.unref();
  try {
    const { main } = await loadTs(path);
    const summary = await main((/** @type {string} */ text) => {
      latest = text;
    });
    console.log(`passed ${name} (${durationText(performance.now() - start)}) ${summary ?? ''}`);
  } catch (error) {
    console.log(`FAILED ${name} (${durationText(performance.now() - start)})`);
    console.log(error instanceof Error ? error.stack : String(error));
    process.exitCode = 1;
  }
  clearInterval(heartbeat);
}

async function runAll() {
  await ensureReady();
  const start = performance.now();
  const named = process.argv.slice(2);
  const files = listFiles('spec-tests/long', (path) => path.endsWith('.ts') && !path.endsWith('.test.ts')).filter(
    (path) => named.length === 0 || named.some((name) => basename(path).includes(name)),
  );
  const suites = findSuites();
  if (suites === undefined)
    say('The official suites are not here (npm run suites fetches them): what uses them as seeds goes without.');
  const env = { ...process.env, ...(suites === undefined ? {} : { GLASSBOX_SUITES: suites }) };
  const failed = [];
  for (const path of files) {
    const code = await run(process.execPath, ['scripts/long.mjs', '--one', path], { env });
    if (code !== 0) failed.push(basename(path, '.ts'));
  }
  const time = durationText(performance.now() - start);
  console.log(
    `npm run long: ${files.length - failed.length} passed, ${failed.length} failed ${failed.join(' ')} in ${time}`,
  );
  if (failed.length > 0) process.exitCode = 1;
}

if (process.argv[2] === '--one') await runOne(process.argv[3] ?? '');
else await runAll();
