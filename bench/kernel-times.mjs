/** Times the kernels on Glassbox and its peers, in interleaved rounds: what slows the machine slows them all. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernels } from './kernels.mjs';
import { missingAdvice, startPeer } from './peer.mjs';
import { geometricMean, median, spread, tableText } from './statistics.mjs';

/** @typedef {{ medianMs: number, spread: number, roundsMs: number[], result: string, instructions?: number }} Series */
/** @typedef {{ name: string, about: string, n: number, peers: Record<string, Series> }} KernelTimes */

/**
 * @param {object} options
 * @param {number} options.rounds
 * @param {readonly string[]} options.only kernels; none means all
 * @param {readonly string[]} options.peerNames
 * @param {(text: string) => void} options.say
 * @returns {Promise<KernelTimes[]>}
 */
export async function timeKernels({ rounds, only, peerNames, say }) {
  const { compile } = await import(new URL('../dist/index.js', import.meta.url).href);
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-bench-'));
  const peers = peerNames.map(startPeer);
  const missing = new Set();
  const times = [];
  for (const { name, n, about } of kernels.filter((kernel) => only.length === 0 || only.includes(kernel.name))) {
    say(name);
    const text = readFileSync(new URL(`kernels/${name}.wat`, import.meta.url), 'utf8');
    const path = join(folder, `${name}.wasm`);
    writeFileSync(path, compile(text).bytes);
    /** @type {Record<string, Series>} */
    const series = {};
    for (const peer of peers) {
      if (missing.has(peer.name)) continue;
      // The first call is not counted: it compiles and warms up.
      const { error, result = '' } = await answered(peer, path, n);
      if (error === undefined) series[peer.name] = { medianMs: 0, spread: 0, roundsMs: [], result };
      else {
        say(`${peer.name} does not run ${name}: ${error} (${missingAdvice(peer.name)})`);
        if (times.length === 0) missing.add(peer.name);
      }
    }
    dropWrong(name, series, say);
    for (let round = 0; round < rounds; round++) {
      for (const peer of peers) {
        const own = series[peer.name];
        if (own === undefined) continue;
        const { ms = Number.NaN, instructions } = await peer.ask({ run: n });
        own.roundsMs.push(ms);
        if (instructions !== undefined) own.instructions = instructions;
      }
    }
    for (const own of Object.values(series)) {
      own.medianMs = median(own.roundsMs);
      own.spread = spread(own.roundsMs);
    }
    times.push({ name, about, n, peers: series });
  }
  for (const peer of peers) peer.stop();
  rmSync(folder, { recursive: true });
  return times;
}

/**
 * @param {ReturnType<typeof startPeer>} peer
 * @param {string} path
 * @param {number} n
 */
async function answered(peer, path, n) {
  const loaded = await peer.ask({ load: path });
  return loaded.error === undefined ? peer.ask({ run: n }) : loaded;
}

/**
 * A peer that computes something else is left out; when it is Glassbox, there is nothing to compare.
 *
 * @param {string} name
 * @param {Record<string, Series>} series
 * @param {(text: string) => void} say
 */
function dropWrong(name, series, say) {
  const expected = Number((series.host ?? series.glassbox)?.result);
  for (const [peer, { result }] of Object.entries(series)) {
    // Peers write numbers differently, never to another value.
    if (Number(result) === expected) continue;
    if (peer === 'glassbox') throw new Error(`${name} gives ${result}; the host's WebAssembly gives ${expected}`);
    say(`${peer} gives ${result} for ${name}, not ${expected}: left out`);
    delete series[peer];
  }
}

/**
 * @param {readonly KernelTimes[]} times
 * @param {readonly string[]} peerNames
 */
export function kernelTable(times, peerNames) {
  const others = peerNames.filter((name) => name !== 'glassbox');
  const present = others.filter((name) => times.some(({ peers }) => peers[name] !== undefined));
  const header = ['kernel', 'glassbox', 'ns/instr', ...present.flatMap((name) => [name, `÷ ${name}`]), ''];
  const rows = times.map(({ name, about, peers }) => {
    const own = peers.glassbox;
    const cells = present.flatMap((other) => [msText(peers[other]), ratioText(own, peers[other])]);
    const perInstruction = own?.instructions ? ((own.medianMs * 1e6) / own.instructions).toFixed(2) : '';
    return [name, msText(own), perInstruction, ...cells, `  ${about}`];
  });
  const means = present.flatMap((other) => ['', meanRatio(times, other).toFixed(2)]);
  return tableText([header, ...rows, ['geometric mean', '', '', ...means, '']]);
}

/**
 * Glassbox's time by another's, over the kernels that both ran.
 *
 * @param {readonly KernelTimes[]} times
 * @param {string} other
 */
export function meanRatio(times, other) {
  const ratios = times.flatMap(({ peers }) => {
    const [own, its] = [peers.glassbox, peers[other]];
    return own === undefined || its === undefined ? [] : [own.medianMs / its.medianMs];
  });
  return geometricMean(ratios);
}

/** @param {Series | undefined} series */
function msText(series) {
  return series === undefined ? 'none' : `${series.medianMs.toFixed(1)} ms ±${(series.spread * 100).toFixed(0)}%`;
}

/**
 * @param {Series | undefined} own
 * @param {Series | undefined} other
 */
function ratioText(own, other) {
  return own === undefined || other === undefined ? '' : (own.medianMs / other.medianMs).toFixed(2);
}
