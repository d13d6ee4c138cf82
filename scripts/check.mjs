/**
 * `npm run check`: everything about the sources that can be told without running the tests, in under a minute.
 *
 *   node scripts/check.mjs [NAME…]     only the checks named
 */
import { checkFiles } from './check-files.mjs';
import { checkLayers } from './check-layers.mjs';
import { checkLoop } from './check-loop.mjs';
import { capture, durationText, listFiles, root, say, toolPath } from './project.mjs';
import { ensureInstalled, ensureReady } from './ready.mjs';

/**
 * Outcome of a check: what is wrong, a text for each, and a few words on what was looked at.
 *
 * @typedef {{ problems: readonly string[], note?: string }} CheckResult
 */

/** @type {Record<string, () => CheckResult | Promise<CheckResult>>} */
const checks = {
  types: () => checkTool([toolPath('typescript', 'tsc'), '-p', '.'], 'sources, tests, scripts'),
  page: () => checkTool([toolPath('typescript', 'tsc'), '-p', 'docs/playground'], 'the playground, with a document'),
  core: () => checkTool([toolPath('typescript', 'tsc'), '-p', 'tsconfig.core.json'], 'ES2020 and nothing of a host'),
  lint: () => checkTool([toolPath('@biomejs/biome', 'biome'), 'check', '--error-on-warnings', '--colors=off'], 'biome'),
  layers: checkLayers,
  files: checkFiles,
  generated: checkGenerated,
  loop: checkLoop,
};

/**
 * @param {readonly string[]} args
 * @param {string} note
 * @returns {Promise<CheckResult>}
 */
async function checkTool(args, note) {
  const { code, stdout, stderr } = await capture(process.execPath, args);
  return { problems: code === 0 ? [] : [(stdout + stderr).trim()], note };
}

/** Every `scripts/gen-*.mjs` writes files; with `--check` it exits with 1 when one is not what it would write. */
async function checkGenerated() {
  const generators = listFiles('scripts', (path) => /\/gen-[^/]+\.mjs$/.test(path));
  const problems = [];
  for (const path of generators) {
    const { code, stdout, stderr } = await capture(process.execPath, [path, '--check']);
    if (code !== 0) problems.push(`${path} --check: ${(stdout + stderr).trim()} (npm run gen writes it anew)`);
  }
  return { problems, note: `${generators.length} generators` };
}

process.chdir(root);
const named = process.argv.slice(2);
// Only the loop is looked at as it was built.
await (named.length === 0 || named.includes('loop') ? ensureReady() : ensureInstalled());
const start = performance.now();
const unknown = named.filter((name) => checks[name] === undefined);
if (unknown.length > 0) {
  say(`No check is called ${unknown.join(', ')}. There are: ${Object.keys(checks).join(', ')}.`);
  process.exit(1);
}
const chosen = Object.entries(checks).filter(([name]) => named.length === 0 || named.includes(name));
const results = await Promise.all(
  chosen.map(async ([name, check]) => {
    const began = performance.now();
    const { problems, note } = await check();
    const time = durationText(performance.now() - began);
    console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${note ?? ''} (${time})`);
    for (const problem of problems) console.log(problem.replace(/^/gm, '  '));
    return problems.length;
  }),
);
const failed = results.filter((count) => count > 0).length;
console.log(
  `npm run check: ${results.length - failed} passed, ${failed} failed in ${durationText(performance.now() - start)}`,
);
process.exitCode = failed === 0 ? 0 : 1;
