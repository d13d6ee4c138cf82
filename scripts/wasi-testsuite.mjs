/**
 * `npm run wasi-testsuite -- DIR`: the preview 1 tests of a checkout of WebAssembly/wasi-testsuite, on the built
 * program, each on a fresh copy of its fixture folder and with a fixed time limit. The checkout is no part of the
 * project.
 *
 *   node scripts/wasi-testsuite.mjs DIR [NAME…]      only the tests whose name contains one of these
 *
 * @see https://github.com/WebAssembly/wasi-testsuite/blob/main/doc/specification.md
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { durationText, root, say } from './project.mjs';
import { ensureReady } from './ready.mjs';

/** A program that takes longer has failed. Most take a tenth of a second on a quiet machine. */
const TIME_LIMIT_MS = 30_000;
const SLOWEST_SHOWN = 5;
const HOW_TO_GET_IT = `The tests are not part of the project. Their prebuilt programs are on one branch:

  git clone --depth 1 --branch prod/testsuite-base https://github.com/WebAssembly/wasi-testsuite
  npm run wasi-testsuite -- wasi-testsuite
`;

/**
 * One test: the program, what it is given, and what it must answer.
 *
 * @typedef {object} Test
 * @property {string} name
 * @property {string} path of the program
 * @property {readonly string[]} args
 * @property {Readonly<Record<string, string>>} env
 * @property {string | undefined} fixture the folder that it may use, copied
 * @property {number} exitCode
 * @property {Readonly<Record<'stdout' | 'stderr', string | undefined>>} output undefined: not looked at
 * @property {string | undefined} skipped why it is not run
 */

/** @typedef {{ test: Test, problem: string | undefined, durationMs: number }} Result */

/** @param {string} folder */
function findTests(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.wasm') && basename(entry.parentPath) === 'wasm32-wasip1')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => readTest(folder, path));
}

/**
 * @param {string} folder
 * @param {string} path
 * @returns {Test}
 */
function readTest(folder, path) {
  const specification = path.replace(/\.wasm$/, '.json');
  const given = existsSync(specification) ? JSON.parse(readFileSync(specification, 'utf8')) : {};
  /** @type {Operation[]} */
  const operations = given.operations ?? [];
  const run = operations.find(({ type }) => type === 'run') ?? given;
  const unknown = operations.find(({ type }) => !['run', 'wait', 'read'].includes(type));
  return {
    name: relative(join(folder, 'tests'), path)
      .replace('/testsuite/wasm32-wasip1', '')
      .replace(/\.wasm$/, ''),
    path,
    args: run.args ?? [],
    env: run.env ?? {},
    fixture: run.root ? join(dirname(path), run.root) : undefined,
    exitCode: operations.find(({ type }) => type === 'wait')?.exit_code ?? given.exit_code ?? 0,
    output: { stdout: outputOf('stdout', operations, given), stderr: outputOf('stderr', operations, given) },
    skipped: unknown === undefined ? undefined : `the operation '${unknown.type}' is for network tests`,
  };
}

/**
 * @typedef {{
 *   type: string, id?: string, payload?: string, exit_code?: number,
 *   args?: string[], env?: Record<string, string>, root?: string
 * }} Operation
 */

/**
 * What a test must write, by either form of specification.
 *
 * @param {'stdout' | 'stderr'} id
 * @param {readonly Operation[]} operations
 * @param {Readonly<Record<string, string>>} legacy
 */
function outputOf(id, operations, legacy) {
  const reads = operations.filter((each) => each.type === 'read' && (each.id ?? 'stdout') === id);
  return reads.length > 0 ? reads.map(({ payload }) => payload ?? '').join('') : legacy[id];
}

/**
 * @param {Test} test
 * @returns {Promise<Result>}
 */
async function runTest(test) {
  const start = performance.now();
  const work = mkdtempSync(join(tmpdir(), 'glassbox-wasi-testsuite-'));
  try {
    const problem = await outcomeOf(test, grantedIn(test, work));
    return { test, problem, durationMs: performance.now() - start };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The fixture's copy, without what an earlier run of another runner has left.
 *
 * @param {Test} test
 * @param {string} work
 */
function grantedIn({ fixture }, work) {
  if (fixture === undefined) return [];
  const copy = join(work, basename(fixture));
  cpSync(fixture, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.cleanup') });
  return ['--dir', `${copy}::/`];
}

/**
 * @param {Test} test
 * @param {readonly string[]} granted
 * @returns {Promise<string | undefined>} what is wrong
 */
function outcomeOf(test, granted) {
  const env = Object.entries(test.env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const program = join(root, 'dist', 'glassbox.cjs');
  const child = spawn(process.execPath, [program, 'run', ...granted, ...env, test.path, ...test.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    output.stderr += text;
  });
  // Standard input stays open, without a byte, for as long as the program runs: as upstream's runner does it.
  return new Promise((settle) => {
    child.on('error', (error) => settle(error.message));
    child.on('close', (code, signal) => settle(problemOf(test, code ?? signal, output)));
  });
}

/**
 * @param {Test} test
 * @param {number | string | null} status exit code, or the signal that ended it
 * @param {Readonly<Record<'stdout' | 'stderr', string>>} output
 */
function problemOf({ exitCode, output: expected }, status, output) {
  if (status === 'SIGKILL') return `longer than ${durationText(TIME_LIMIT_MS)}`;
  const written = `${output.stdout}${output.stderr}`.trimEnd();
  if (status !== exitCode) return `exit code ${status}, not ${exitCode}\n${written}`;
  for (const id of /** @type {const} */ (['stdout', 'stderr'])) {
    const text = expected[id];
    if (text !== undefined && output[id] !== text) {
      return `${id} is ${JSON.stringify(output[id])}, not ${JSON.stringify(text)}`;
    }
  }
  return undefined;
}

/** @param {readonly Test[]} tests */
async function runAll(tests) {
  /** @type {Result[]} */
  const results = [];
  const waiting = [...tests];
  const work = async () => {
    for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
      const result = await runTest(test);
      results.push(result);
      const { problem, durationMs } = result;
      console.log(
        `${problem === undefined ? 'ok    ' : 'FAILED'} ${durationText(durationMs).padStart(7)}  ${test.name}`,
      );
      if (problem !== undefined) console.log(problem.replaceAll(/^/gm, '       '));
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, work));
  return results;
}

/** @param {string} folder */
function isCheckout(folder) {
  return statSync(join(folder, 'tests'), { throwIfNoEntry: false })?.isDirectory() === true;
}

const [given, ...named] = process.argv.slice(2);
if (given === undefined || !isCheckout(given)) {
  say(given === undefined ? 'No folder was given.' : `There is no checkout of wasi-testsuite in '${given}'.`);
  say(HOW_TO_GET_IT);
  process.exit(2);
}
await ensureReady();
const start = performance.now();
const all = findTests(resolve(given)).filter(
  ({ name }) => named.length === 0 || named.some((part) => name.includes(part)),
);
if (all.length === 0) {
  say(`There are no tests in '${given}'${named.length === 0 ? ': is it the branch prod/testsuite-base?' : ''}`);
  process.exit(2);
}
const skipped = all.filter((test) => test.skipped !== undefined);
for (const { name, skipped: why } of skipped) console.log(`skipped          ${name}: ${why}`);
const results = await runAll(all.filter((test) => test.skipped === undefined));
const slowest = [...results].sort((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST_SHOWN);
console.log(`slowest: ${slowest.map(({ test, durationMs }) => `${test.name} ${durationText(durationMs)}`).join(', ')}`);
const failed = results.filter(({ problem }) => problem !== undefined);
console.log(
  `wasi-testsuite: ${results.length - failed.length} passed, ${failed.length} failed, ${skipped.length} skipped ` +
    `in ${durationText(performance.now() - start)}`,
);
if (failed.length > 0) process.exitCode = 1;
