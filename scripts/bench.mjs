/**
 * `npm run bench`: Glassbox beside other engines; see docs/benchmarks.md.
 *
 *   node scripts/bench.mjs [--suites kernels,coremark,real,start,memory,threads] [--host jitless|quickjs|hermes]
 *     [--peers A,B] [--loop LOOP|all] [--rounds N] [--json FILE] [--commit]
 *     [NAME…]     only the kernels, programs or tasks of threads named
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { missingAdvice as coremarkAdvice } from '../coremark/source.mjs';
import { say } from './project.mjs';
import { ensureReady } from './ready.mjs';

const LOOPS = ['switch', 'halves', 'handlers'];
const SUITES = ['kernels', 'coremark', 'real', 'start', 'memory', 'threads'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    suites: { type: 'string' },
    host: { type: 'string', default: 'node' },
    peers: { type: 'string' },
    loop: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'string' },
    commit: { type: 'boolean', default: false },
  },
});

await ensureReady();
const { iterationsRun } = await import('../coremark/task.mjs');
const { findHost, timeInHost } = await import('../bench/hosts/hosts.mjs');
const { copyBuild } = await import('../bench/library.mjs');
const { usualPeers } = await import('../bench/peer.mjs');
const { ratioTable, timeTasks } = await import('../bench/rounds.mjs');
const { comparisonText, commitReport, committedReport } = await import('../bench/results.mjs');
const { tableText } = await import('../bench/statistics.mjs');
const { measureMemory, memoryRows } = await import('../bench/suites/memory.mjs');
const { timePrograms } = await import('../bench/suites/real.mjs');
const { startRows, timeStart } = await import('../bench/suites/start.mjs');
const { threadRows, timeThreads } = await import('../bench/suites/threads.mjs');
const { findCoremarkTask, kernelTasks } = await import('../bench/tasks.mjs');

/** @typedef {import('../bench/rounds.mjs').Task} Task */
/** @typedef {import('../bench/results.mjs').Report} Report */

const { host } = values;
const isNode = host === 'node';
const hasModule = isNode || host === 'jitless';
const suites = values.suites?.split(',') ?? (isNode ? SUITES : ['kernels', 'coremark']);
const rounds = Number(values.rounds ?? (hasModule ? 7 : 5));
const wrong = suites.filter((name) => !SUITES.includes(name) || (!isNode && !['kernels', 'coremark'].includes(name)));
if (wrong.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  say(
    wrong.length > 0
      ? `Here is no suite ${wrong.join(', ')}: ${isNode ? SUITES.join(', ') : 'kernels, coremark'}.`
      : '--rounds takes a number from 1.',
  );
  process.exit(2);
}

/** Glassbox and its peers on this host: its loops only when asked for. */
function enginesHere() {
  const loops = values.loop === 'all' ? LOOPS : (values.loop?.split(',') ?? []);
  const own = ['glassbox', ...loops.map((loop) => `glassbox-${loop}`)];
  const here = isNode ? usualPeers : host === 'jitless' ? ['naive', 'polywasm', 'wasm2js'] : ['naive'];
  return [...own, ...(values.peers?.split(',') ?? here).filter((name) => !own.includes(name))];
}

const build = copyBuild();
const engines = enginesHere();
const sizeName = isNode ? 'full' : 'small';
/** @type {Report} */
const report = {
  date: new Date().toISOString(),
  host,
  machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, node ${process.version}`,
  load: [loadavg()[0] ?? 0],
  rounds,
  missing: [],
};

/** @param {Task[]} tasks */
async function timeHere(tasks) {
  if (hasModule) {
    const nodeFlags = host === 'jitless' ? ['--jitless'] : [];
    const { times, missing } = await timeTasks(tasks, {
      rounds,
      peerNames: engines,
      nodeFlags,
      library: build.library,
      say,
    });
    report.missing = [...new Set([...report.missing, ...missing])];
    return times;
  }
  const found = findHost(host);
  if ('missing' in found) {
    say(found.missing);
    process.exit(1);
  }
  say(found.about);
  report.machine += `, ${found.about}`;
  return timeInHost(tasks, { run: found.run, rounds, engines, library: build.library, say });
}

async function runCoremark() {
  const task = findCoremarkTask(sizeName, await import(build.library));
  if (task === undefined) return console.log(`\ncoremark: ${coremarkAdvice}`);
  report.coremark = await timeHere([task]);
  const iterations = iterationsRun(task.size.n);
  const rows = Object.entries(report.coremark[0]?.peers ?? {}).map(([name, { median, spread }]) => [
    name,
    `${((iterations / median) * 1000).toFixed(iterations / median < 0.01 ? 1 : 0)}`,
    `±${(spread * 100).toFixed(0)}%`,
  ]);
  console.log(`\nCoreMark, iterations a second; all CRCs right\n${tableText([['', '1/s', ''], ...rows])}\n`);
  console.log(ratioTable(report.coremark));
}

/** @type {Record<string, () => Promise<void>>} */
const runs = {
  async kernels() {
    report.kernels = await timeHere(kernelTasks(sizeName, positionals));
    console.log(`\nkernels\n${ratioTable(report.kernels)}`);
  },
  coremark: runCoremark,
  async real() {
    const peers = values.peers === undefined ? {} : { peerNames: engines };
    report.real = await timePrograms({ ...peers, rounds, only: positionals, program: build.program, say });
    console.log(
      report.real.length === 0
        ? '\nreal: no programs here; GLASSBOX_PROGRAMS names a folder with a manifest.json'
        : `\nreal programs, whole processes\n${ratioTable(report.real)}`,
    );
  },
  async start() {
    report.start = timeStart({ rounds: Math.max(rounds, 11), library: build.library, program: build.program });
    console.log(`\nstart\n${tableText(startRows(report.start))}`);
  },
  async memory() {
    const peers = values.peers === undefined ? {} : { peerNames: engines };
    report.memory = await measureMemory({ ...peers, ...build, only: positionals, say });
    console.log(`\nmemory\n${tableText(memoryRows(report.memory))}`);
  },
  async threads() {
    report.threads = await timeThreads({ rounds, only: positionals, library: build.library, node: build.node, say });
    console.log(`\nthreads\n${tableText(threadRows(report.threads))}`);
  },
};

console.log(
  `${report.machine}; load ${report.load[0]?.toFixed(1)}; medians of ${rounds} rounds ± half the quartiles' distance`,
);
try {
  for (const suite of suites) await runs[suite]?.();
} finally {
  build.remove();
}
report.load = [...report.load, loadavg()[0] ?? 0];
const committed = committedReport(host);
if (committed !== undefined) console.log(`\n${comparisonText(report, committed)}`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
if (values.commit) {
  commitReport(report);
  say('The results are in bench/results; npm run gen puts them into docs/benchmarks.md.');
}
