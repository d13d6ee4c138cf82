/**
 * Committed results, one file a kind of run: what the documents show, and what a later run is compared with. Times of
 * two runs say little about each other, for machines differ and are busy; ratios to the same peers do.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { ratiosTo } from './rounds.mjs';
import { meanEstimate, median } from './statistics.mjs';

/** @typedef {import('./statistics.mjs').Estimate} Estimate */
/** @typedef {import('./rounds.mjs').TaskTimes} TaskTimes */
/** @typedef {Record<string, Record<string, Estimate>>} Ratios Glassbox's time by a peer's: task → peer → ratio */
/**
 * @typedef {object} Report
 * @property {string} date
 * @property {string} host `node`, `jitless` …
 * @property {string} machine
 * @property {readonly number[]} load how busy the machine was when the run began and ended
 * @property {number} rounds
 * @property {readonly string[]} missing peers that are not there
 * @property {readonly TaskTimes[]} [kernels]
 * @property {readonly TaskTimes[]} [coremark]
 * @property {readonly TaskTimes[]} [real]
 * @property {import('./suites/start.mjs').StartTimes} [start]
 * @property {readonly import('./suites/memory.mjs').ProgramMemory[]} [memory]
 * @property {readonly import('./suites/threads.mjs').ThreadTimes[]} [threads]
 */

/** Suites of tasks with peers. */
export const taskSuites = /** @type {const} */ (['kernels', 'coremark', 'real']);

/** A change that is smaller than this is not told, however small the spreads are. */
const LEAST_CHANGE = 0.08;

/** @param {string} host */
function resultsUrl(host) {
  return new URL(`results/${host}.json`, import.meta.url);
}

/**
 * @param {string} host
 * @returns {Report | undefined}
 */
export function committedReport(host) {
  const url = resultsUrl(host);
  return existsSync(url) ? JSON.parse(readFileSync(url, 'utf8')) : undefined;
}

/**
 * Writes a report over the committed one. Suites that it does not have stay as they were.
 *
 * @param {Report} report
 */
export function commitReport(report) {
  const before = committedReport(report.host);
  const text = JSON.stringify({ ...before, ...report }, undefined, 1);
  mkdirSync(new URL('.', resultsUrl(report.host)), { recursive: true });
  // Rounds stand on one line, so that a change of results can be read.
  writeFileSync(
    resultsUrl(report.host),
    `${text.replaceAll(/\[[-\d.,\s]*\]/g, (list) => list.replaceAll(/\s+/g, ' '))}\n`,
  );
}

/**
 * @param {readonly TaskTimes[]} times
 * @returns {Ratios}
 */
export function ratiosIn(times) {
  const names = [...new Set(times.flatMap(({ peers }) => Object.keys(peers)))].filter((name) => name !== 'glassbox');
  /** @type {Ratios} */
  const ratios = {};
  for (const other of names) {
    for (const [task, ratio] of Object.entries(ratiosTo(times, other).each)) {
      ratios[task] = { ...ratios[task], [other]: ratio };
    }
  }
  return ratios;
}

/**
 * Time now by time then, beside the peers.
 *
 * @typedef {{ task: string, change: number, spread: number, peers: number }} Change
 */

/**
 * How Glassbox's time has changed for each task, beside the peers that both runs had. The median over peers is taken:
 * one that has itself changed does not count.
 *
 * @param {readonly TaskTimes[]} now
 * @param {readonly TaskTimes[]} then
 * @returns {Change[]}
 */
export function changesOf(now, then) {
  const before = ratiosIn(then);
  return Object.entries(ratiosIn(now)).flatMap(([task, peers]) => {
    const both = Object.entries(peers).flatMap(([peer, ratio]) => {
      const old = before[task]?.[peer];
      // Glassbox's other loops change with it.
      if (old === undefined || peer.startsWith('glassbox')) return [];
      return [{ change: ratio.median / old.median, spread: ratio.spread + old.spread }];
    });
    if (both.length === 0) return [];
    const change = median(both.map((one) => one.change));
    return [{ task, change, spread: median(both.map((one) => one.spread)), peers: both.length }];
  });
}

/**
 * Those that are slower by more than the runs' spreads.
 *
 * @param {readonly Change[]} changes
 */
export function regressionsIn(changes) {
  return changes.filter(({ change, spread }) => change > 1 + Math.max(LEAST_CHANGE, spread));
}

/**
 * What to say of a run beside the committed one.
 *
 * @param {Report} report
 * @param {Report} committed
 */
export function comparisonText(report, committed) {
  const lines = [];
  for (const suite of taskSuites) {
    const changes = changesOf(report[suite] ?? [], committed[suite] ?? []);
    if (changes.length === 0) continue;
    const percent = (/** @type {number} */ part) => `${part < 0 ? '−' : '+'}${Math.abs(part * 100).toFixed(0)} %`;
    const mean = meanEstimate(changes.map(({ change, spread }) => ({ median: change, spread })));
    lines.push(
      `${suite}: time ${percent(mean.median - 1)} beside the results of ${committed.date.slice(0, 10)}, ` +
        `spread ${(mean.spread * 100).toFixed(0)} %`,
    );
    for (const { task, change, spread, peers } of regressionsIn(changes))
      lines.push(
        `  SLOWER ${task}: ${percent(change - 1)}, spread ${(spread * 100).toFixed(0)} %, beside ${peers} peers`,
      );
  }
  return lines.join('\n');
}
