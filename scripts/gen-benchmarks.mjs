/**
 * Writes what docs/benchmarks.md says of committed results, between `<!-- generated: NAME -->` and `<!-- end -->`,
 * and the charts beside it. `--check` only compares.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { barsOf, ratioChart } from '../bench/chart.mjs';
import { committedReport, ratiosIn, taskSuites } from '../bench/results.mjs';
import { ratioRows } from '../bench/rounds.mjs';
import { tableMarkdown } from '../bench/statistics.mjs';
import { memoryRows } from '../bench/suites/memory.mjs';
import { startRows } from '../bench/suites/start.mjs';
import { threadRows } from '../bench/suites/threads.mjs';
import { iterationsRun } from '../coremark/task.mjs';
import { root, say } from './project.mjs';

const DOCUMENT = 'docs/benchmarks.md';
const KEPT = 'glassbox-kept';

/** @typedef {import('../bench/results.mjs').Report} Report */

/** @type {Readonly<Record<string, string>>} */
const hostTitles = {
  node: 'Node',
  jitless: '`node --jitless`',
  quickjs: 'QuickJS',
  hermes: 'Hermes',
};

/** @param {Report} report */
function runNote({ date, machine, load, rounds, missing }) {
  const absent = missing.length === 0 ? '' : ` Missing: ${missing.join(', ')}.`;
  return (
    `${date.slice(0, 10)}; ${machine}; ${rounds} rounds; load average ${load.map((one) => one.toFixed(1)).join(' at the beginning, ')}` +
    ` at the end.${absent}`
  );
}

/** @param {Report} report */
function coremarkTable({ coremark }) {
  const [task] = coremark ?? [];
  if (task === undefined) return undefined;
  const rows = Object.entries(task.peers)
    .map(([name, { median, spread }]) => ({ name, rate: (iterationsRun(task.n) / median) * 1000, spread }))
    .sort((a, b) => b.rate - a.rate)
    .map(({ name, rate, spread }) => [name, rate.toFixed(rate < 100 ? 1 : 0), `±${(spread * 100).toFixed(0)} %`]);
  return tableMarkdown([['CoreMark', 'iterations/s', 'spread'], ...rows]);
}

/** @param {string} host */
function part(host) {
  const report = committedReport(host);
  if (report === undefined) return `Nothing is committed for ${hostTitles[host]}.`;
  const { kernels, real, start, memory, threads } = report;
  const blocks = [
    kernels && `![Kernels on ${hostTitles[host]?.replaceAll('`', '')}](benchmarks-${host}.svg)`,
    runNote(report),
    kernels && `Kernels, Glassbox's time by each peer's:\n\n${tableMarkdown(ratioRows(kernels))}`,
    coremarkTable(report),
    real?.length ? `Real programs, whole processes:\n\n${tableMarkdown(ratioRows(real))}` : undefined,
    real?.some(({ peers }) => KEPT in peers)
      ? `The same with their modules and code in the module cache:\n\n${tableMarkdown(ratioRows(real, KEPT))}`
      : undefined,
    start && tableMarkdown(startRows(start)),
    memory?.length ? tableMarkdown(memoryRows(memory)) : undefined,
    threads?.length
      ? `Threads, and what they do in a time beside one:\n\n${tableMarkdown(threadRows(threads))}`
      : undefined,
  ];
  return blocks.filter((block) => block !== undefined).join('\n\n');
}

/** @param {string} host */
function chart(host) {
  const report = committedReport(host);
  const ratios = report === undefined ? {} : ratiosIn(taskSuites.slice(0, 1).flatMap((suite) => report[suite] ?? []));
  return ratioChart({
    title: `Kernels on ${hostTitles[host]?.replaceAll('`', '')}: Glassbox's time by that of each engine`,
    axis: 'bar: geometric mean, from 1; line: least to greatest kernel; left of 1 Glassbox is faster',
    bars: barsOf(ratios),
  });
}

/** @param {string} path */
function currentText(path) {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
}

/** @type {Record<string, string>} */
const written = {
  [DOCUMENT]: currentText(DOCUMENT).replaceAll(
    /(<!-- generated: ([\w ]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start, name, end) => `${start}${part(name)}\n${end}`,
  ),
};
for (const host of Object.keys(hostTitles)) {
  if (committedReport(host) !== undefined) written[`docs/benchmarks-${host}.svg`] = chart(host);
}
const stale = Object.entries(written).filter(([path, text]) => text !== currentText(path));
if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    say(`${stale.map(([path]) => path).join(', ')} would change`);
    process.exitCode = 1;
  }
} else for (const [path, text] of stale) writeFileSync(join(root, path), text);
