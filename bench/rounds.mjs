/**
 * Runs tasks on peers in interleaved rounds: what slows the machine slows them all. The suites *kernels* and *coremark*
 * are such tasks.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSameResult } from './kernels.mjs';
import { missingAdvice, startPeer } from './peer.mjs';
import { commandText } from './process-peer.mjs';
import { estimate, meanEstimate, msText, ratioOf, ratioText, tableText } from './statistics.mjs';

/** @typedef {import('./statistics.mjs').Estimate} Estimate */
/** What is run: a module's text with `run`, how often it goes round, and what comes out then and for once. */
/** @typedef {import('./kernels.mjs').Size} Size */
/** @typedef {{ name: string, about: string, text: string, size: Size, least: Size }} Task */
/** @typedef {Estimate & { roundsMs: number[], instructions?: number }} Series */
/** @typedef {{ name: string, about: string, n: number, peers: Record<string, Series> }} TaskTimes */

/**
 * @param {readonly Task[]} tasks
 * @param {object} options
 * @param {number} options.rounds
 * @param {readonly string[]} options.peerNames
 * @param {readonly string[]} [options.nodeFlags]
 * @param {string} options.library the built library's address
 * @param {(text: string) => void} options.say
 * @returns {Promise<{ times: TaskTimes[], missing: string[] }>} what took how long, and which peers are not there
 */
export async function timeTasks(tasks, { rounds, peerNames, nodeFlags = [], library, say }) {
  const glassbox = await import(library);
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-bench-'));
  const peers = peerNames.map((name) => startPeer(name, nodeFlags));
  /** @type {Map<string, string>} */
  const missing = new Map();
  const times = [];
  try {
    for (const task of tasks) {
      say(task.name);
      const question = writeTask(task, folder, glassbox);
      /** @type {Record<string, Series>} */
      const series = {};
      for (const peer of peers) {
        if (missing.has(peer.name)) continue;
        const error = await firstRun(peer, question, task);
        if (error === undefined) series[peer.name] = { median: 0, spread: 0, roundsMs: [] };
        else if (isAbsent(error)) missing.set(peer.name, missingAdvice(peer.name));
        else if (peer.name.startsWith('glassbox')) throw new Error(`${peer.name} fails at ${task.name}: ${error}`);
        else say(`  ${peer.name} is left out of ${task.name}: ${error}`);
      }
      await timeRounds(peers, series, task.size.n, rounds, say);
      times.push({ name: task.name, about: task.about, n: task.size.n, peers: series });
    }
  } finally {
    for (const peer of peers) peer.stop();
    rmSync(folder, { recursive: true });
  }
  for (const [name, advice] of missing) say(`missing: ${name} (${advice})`);
  return { times, missing: [...missing.keys()] };
}

/** Whether a peer could not be started at all. */
function isAbsent(/** @type {string} */ error) {
  return /^it is missing$|ENOENT|ERR_MODULE_NOT_FOUND|Cannot find (?:module|package)|No module named/.test(error);
}

/**
 * Writes a task's module, and the two commands for peers that only run processes.
 *
 * @param {Task} task
 * @param {string} folder
 * @param {{ compile: any, instantiate: any, Store: any }} glassbox
 * @returns {import('./peer.mjs').Question}
 */
function writeTask({ name, text, size, least }, folder, { compile, instantiate, Store }) {
  const write = (/** @type {string} */ suffix, /** @type {string} */ source) => {
    const path = join(folder, `${name}${suffix}.wasm`);
    writeFileSync(path, compile(source).bytes);
    return path;
  };
  const count = (/** @type {number} */ n) => {
    const store = new Store();
    instantiate(compile(text), {}, { store }).exports.run(n);
    return store.instructionCount;
  };
  const all = count(size.n);
  const commands = {
    full: write('-full', commandText(text, size)),
    least: write('-least', commandText(text, least)),
    result: size.result,
    scale: all / Math.max(1, all - count(least.n)),
  };
  return { load: write('', text), commands };
}

/**
 * The first run is not counted: it compiles and warms up.
 *
 * @param {import('./peer.mjs').Peer} peer
 * @param {import('./peer.mjs').Question} question
 * @param {Task} task
 * @returns {Promise<string | undefined>} why this peer does not take part
 */
async function firstRun(peer, question, { size }) {
  const loaded = await peer.ask(question);
  if (loaded.error !== undefined) return loaded.error;
  const { error, result = '' } = await peer.ask({ run: size.n });
  if (error !== undefined) return error;
  return isSameResult(result, size.result) ? undefined : `it gives ${result}, not ${size.result}`;
}

/**
 * @param {readonly import('./peer.mjs').Peer[]} peers
 * @param {Record<string, Series>} series
 * @param {number} n
 * @param {number} rounds
 * @param {(text: string) => void} say
 */
async function timeRounds(peers, series, n, rounds, say) {
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const own = series[peer.name];
      if (own === undefined) continue;
      const { ms, instructions, error } = await peer.ask({ run: n });
      if (ms === undefined) {
        say(`  ${peer.name} failed in a later round: ${error}`);
        delete series[peer.name];
        continue;
      }
      own.roundsMs.push(Math.round(ms * 1000) / 1000);
      if (instructions !== undefined) own.instructions = instructions;
    }
  }
  for (const own of Object.values(series)) Object.assign(own, estimate(own.roundsMs));
}

/**
 * Glassbox's time by another's for each task that both ran, and the mean.
 *
 * @param {readonly TaskTimes[]} times
 * @param {string} other
 * @param {string} [own]
 * @returns {{ each: Record<string, Estimate>, mean: Estimate }}
 */
export function ratiosTo(times, other, own = 'glassbox') {
  /** @type {Record<string, Estimate>} */
  const each = {};
  for (const { name, peers } of times) {
    const [ours, theirs] = [peers[own], peers[other]];
    if (ours !== undefined && theirs !== undefined) each[name] = ratioOf(ours.roundsMs, theirs.roundsMs);
  }
  return { each, mean: meanEstimate(Object.values(each)) };
}

/**
 * @param {readonly TaskTimes[]} times
 * @param {string} [own]
 * @returns {string[][]} a row a task: its time, and that by each peer's
 */
export function ratioRows(times, own = 'glassbox') {
  const names = [...new Set(times.flatMap(({ peers }) => Object.keys(peers)))].filter((name) => name !== own);
  const ratios = names.map((name) => ratiosTo(times, name, own));
  const rows = times.map(({ name, peers }) => {
    const ours = peers[own];
    const each = ours?.instructions === undefined ? '' : ((ours.median * 1e6) / ours.instructions).toFixed(2);
    return [name, msText(ours), each, ...ratios.map((ratio) => ratioText(ratio.each[name]))];
  });
  const header = ['', own, 'ns/instr', ...names.map((name) => `÷ ${name}`)];
  return [header, ...rows, ['geometric mean', '', '', ...ratios.map(({ mean }) => ratioText(mean))]];
}

/** @param {readonly TaskTimes[]} times */
export function ratioTable(times) {
  return tableText(ratioRows(times));
}
