/**
 * What runs inside a host without a JIT: all engines take turns at each task, in one thread. Nothing there is compiled
 * while it runs, so they do not spoil each other's code. The host has a clock and nothing else that is used.
 */
import { instantiate as instantiateNaive } from '../peers/naive/interpreter.mjs';

/** @typedef {{ name: string, hex: string, n: number, result: string }} HostTask */
/**
 * @typedef {{ name: string, engine: string, roundsMs?: number[], instructions?: number, error?: string }} HostSeries
 */

/** @param {string} hex */
function bytesOf(hex) {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.substr(2 * i, 2), 16);
  return bytes;
}

/** @typedef {{ run: (n: number) => unknown, instructions: () => number }} Loaded */

/**
 * @param {any} library Glassbox
 * @param {string} engine `naive`, `glassbox`, or `glassbox-` and a loop's name
 * @param {Uint8Array} bytes
 * @returns {Loaded}
 */
function load(library, engine, bytes) {
  if (engine === 'naive') {
    const { run } = instantiateNaive(bytes).exports;
    if (run === undefined) throw new Error('no function is exported as run');
    return { run, instructions: () => 0 };
  }
  const loop = engine.split('-')[1];
  const store = new library.Store(loop === undefined ? {} : { loop });
  const instance = library.instantiate(library.compile(bytes), {}, { store });
  return { run: (n) => instance.call('run', n), instructions: () => store.instructionCount };
}

/**
 * @param {any} library
 * @param {HostTask} task
 * @param {readonly string[]} engines
 * @param {number} rounds
 * @param {(left: string, right: string) => boolean} isSame
 * @returns {HostSeries[]}
 */
export function timeTask(library, task, engines, rounds, isSame) {
  const bytes = bytesOf(task.hex);
  /** @type {HostSeries[]} */
  const all = [];
  /** @type {{ series: HostSeries, times: number[], loaded: Loaded }[]} */
  const running = [];
  for (const engine of engines) {
    /** @type {HostSeries} */
    const series = { name: task.name, engine };
    all.push(series);
    try {
      const loaded = load(library, engine, bytes);
      const result = String(loaded.run(task.n));
      if (isSame(result, task.result)) running.push({ series, times: [], loaded });
      else series.error = `it gives ${result}, not ${task.result}`;
      series.instructions = loaded.instructions();
    } catch (error) {
      series.error = String(error instanceof Error ? error.message : error);
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const { times, loaded } of running) {
      const start = Date.now();
      loaded.run(task.n);
      times.push(Date.now() - start);
    }
  }
  for (const { series, times } of running) series.roundsMs = times;
  return all;
}

/**
 * Old hosts have BigInt but no literals of it: as `isSameResult` of kernels.mjs, without them.
 *
 * @param {string} left
 * @param {string} right
 */
export function isSameNumber(left, right) {
  if (left === right || Number(left) === Number(right)) return true;
  const integer = /^-?[0-9]+$/;
  if (!integer.test(left) || !integer.test(right)) return false;
  return BigInt.asUintN(64, BigInt(left)) === BigInt.asUintN(64, BigInt(right));
}
