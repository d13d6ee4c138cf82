/** *start*: what a user waits for before the guest does anything. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programFolder, realPrograms } from '../programs.mjs';
import { estimate } from '../statistics.mjs';

/** @typedef {import('../statistics.mjs').Estimate} Estimate */
/** @typedef {{ name: string, bytes: number, beyondEmptyMs: Estimate }} FirstInstruction */
/**
 * @typedef {object} StartTimes
 * @property {number} rounds
 * @property {Estimate} bareMs `node -e 0`
 * @property {Estimate} emptyMs `glassbox run` of an empty module
 * @property {Estimate} beyondMs the difference, round by round
 * @property {FirstInstruction[]} firstInstruction how much longer until a big module's first instruction
 * @property {import('../in-process.mjs').Figure[]} operations
 */

const EMPTY_MODULE = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** The code that `glassbox run` ends with when its fuel is used up. */
const OUT_OF_FUEL = 134;

/** The biggest modules of the real programs; none where they are not. */
function bigModules() {
  const files = [...new Set(realPrograms().map(({ file }) => join(programFolder, file)))];
  const sizes = new Map(files.map((path) => [path, readFileSync(path).length]));
  return files.sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0)).slice(0, 3);
}

/**
 * @param {{ rounds: number, seconds?: number, library: string, program: string, modules?: readonly string[] }} options
 *   seconds for each operation in the process
 * @returns {StartTimes}
 */
export function timeStart({ rounds, seconds = 3, library, program, modules = bigModules() }) {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-bench-'));
  const empty = join(folder, 'empty.wasm');
  writeFileSync(empty, EMPTY_MODULE);
  const commands = [
    { args: ['-e', '0'], code: 0 },
    { args: [program, 'run', empty], code: 0 },
    ...modules.map((path) => ({ args: [program, 'run', '--fuel', '1', path], code: OUT_OF_FUEL })),
  ];
  /** @type {number[][]} */
  const times = commands.map(() => []);
  for (let round = -1; round < rounds; round++) {
    commands.forEach(({ args, code }, i) => {
      const ms = timeNode(args, code);
      // The first round finds cold files.
      if (round >= 0) times[i]?.push(ms);
    });
  }
  rmSync(folder, { recursive: true });
  const [bare = [], own = [], ...big] = times;
  const beyond = (/** @type {readonly number[]} */ all, /** @type {readonly number[]} */ base) =>
    estimate(all.map((ms, round) => ms - (base[round] ?? Number.NaN)));
  return {
    rounds,
    bareMs: estimate(bare),
    emptyMs: estimate(own),
    beyondMs: beyond(own, bare),
    firstInstruction: modules.map((path, i) => ({
      name: basename(path),
      bytes: readFileSync(path).length,
      beyondEmptyMs: beyond(big[i] ?? [], own),
    })),
    operations: timeInProcess(library, seconds, modules),
  };
}

/**
 * @param {readonly string[]} args of node
 * @param {number} code that it must end with
 */
function timeNode(args, code) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const ms = performance.now() - start;
  if (status !== code) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return ms;
}

/**
 * @param {string} library
 * @param {number} seconds
 * @param {readonly string[]} modules
 * @returns {import('../in-process.mjs').Figure[]}
 */
function timeInProcess(library, seconds, modules) {
  const script = fileURLToPath(new URL('../in-process.mjs', import.meta.url));
  const args = [script, library, String(seconds), ...modules];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** @param {StartTimes} times */
export function startRows({ beyondMs, bareMs, emptyMs, firstInstruction, operations }) {
  const ms = (/** @type {Estimate} */ one) =>
    `${one.median.toFixed(1)} ms ±${(Math.abs(one.spread) * 100).toFixed(0)}%`;
  return [
    ['', 'time or rate'],
    ['node -e 0', ms(bareMs)],
    ['glassbox run of an empty module', ms(emptyMs)],
    ['… beyond node', ms(beyondMs)],
    ...firstInstruction.map(({ name, bytes, beyondEmptyMs }) => [
      `first instruction of ${name}, ${(bytes / 1e6).toFixed(1)} MB, beyond that`,
      ms(beyondEmptyMs),
    ]),
    ...operations.map(({ name, unit, value, spread }) => [
      name,
      `${value.toFixed(value < 100 ? 1 : 0)} ${unit} ±${(spread * 100).toFixed(0)}%`,
    ]),
  ];
}
