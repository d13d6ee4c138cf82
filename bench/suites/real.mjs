/** *real*: whole runs of real programs, as a user sees them, from the start of the process to its end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathStyles, programEngines, realPrograms, runProgram } from '../programs.mjs';
import { estimate } from '../statistics.mjs';

/** @typedef {import('../rounds.mjs').TaskTimes} TaskTimes */

/**
 * @param {object} options
 * @param {number} options.rounds
 * @param {readonly string[]} [options.peerNames]
 * @param {readonly string[]} [options.only]
 * @param {string} options.program Glassbox's
 * @param {(text: string) => void} options.say
 * @returns {Promise<TaskTimes[]>} none where the programs are not
 */
export async function timePrograms({ rounds, peerNames, only = [], program: glassbox, say }) {
  const cacheFolder = mkdtempSync(join(tmpdir(), 'glassbox-bench-'));
  const engines = Object.entries(programEngines(glassbox, cacheFolder)).filter(
    ([name]) => peerNames?.includes(name) ?? true,
  );
  for (const [name, engine] of engines) if (engine === undefined) say(`missing: ${name}`);
  const times = [];
  for (const program of realPrograms().filter(({ name }) => only.length === 0 || only.includes(name))) {
    say(program.name);
    /** @type {Record<string, import('../rounds.mjs').Series>} */
    const peers = {};
    /** @type {(() => Promise<void>)[]} */
    const turns = [];
    for (const [name, engine] of engines) {
      if (engine === undefined) continue;
      const options = await firstRun(program, name, engine, say);
      if (options === undefined) continue;
      for (let i = 0; i < (engine.warmUps ?? 0); i++) await runProgram(program, engine, options);
      /** @type {number[]} */
      const roundsMs = [];
      peers[name] = { median: 0, spread: 0, roundsMs };
      turns.push(async () => {
        roundsMs.push(Math.round((await runProgram(program, engine, options)).ms * 10) / 10);
      });
    }
    for (let round = 0; round < rounds; round++) for (const turn of turns) await turn();
    for (const series of Object.values(peers)) Object.assign(series, estimate(series.roundsMs));
    times.push({ name: program.name, about: program.file, n: 1, peers });
  }
  rmSync(cacheFolder, { recursive: true });
  return times;
}

/**
 * @param {import('../programs.mjs').Program} program
 * @param {string} name
 * @param {import('../programs.mjs').Engine} engine
 * @param {(text: string) => void} say
 * @returns {Promise<{ style: import('../programs.mjs').PathStyle } | undefined>} how it runs, if it does
 */
async function firstRun(program, name, engine, say) {
  let reason = '';
  for (const style of engine.guestPaths ? pathStyles.slice(0, 1) : pathStyles) {
    const { error } = await runProgram(program, engine, { style });
    if (error === undefined) return { style };
    reason = error;
  }
  if (name.startsWith('glassbox')) throw new Error(`glassbox fails at ${program.name}: ${reason}`);
  say(`  ${name} is left out of ${program.name}: ${reason}`);
  return undefined;
}
