/**
 * Times operations of the library inside one process, with the package `benchmark`: it finds out how often something
 * short must be repeated to be measured, and repeats that until the spread is small. The results are put where the
 * compiler cannot know that nobody reads them.
 *
 *   node bench/in-process.mjs LIBRARY SECONDS [MODULE…]     prints JSON
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import Benchmark from 'benchmark';
import { isMain } from '../scripts/project.mjs';
import { median } from './statistics.mjs';

/** @typedef {{ name: string, unit: 'MB/s' | 'ns', value: number, spread: number, samples: number }} Figure */

const calls = `(module
  (import "host" "next" (func $next (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "loop") (param $n i32) (result i32)
    (local $x i32)
    (loop $again
      (local.set $x (call $next (local.get $x)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x)))`;

const CALLS_IN_LOOP = 1000;

/** What operations gave: written to, and read at the end. @type {unknown[]} */
const sink = [undefined];

/**
 * @param {{ compile: any, instantiate: any }} library
 * @param {readonly string[]} modules paths
 * @returns {{ name: string, unit: Figure['unit'], amount: number, run: () => unknown }[]} `amount`: bytes, or how
 *   often what is timed happens in one `run`
 */
function operations({ compile, instantiate }, modules) {
  const instance = instantiate(compile(calls), { host: { next: (/** @type {number} */ x) => x + 1 } });
  const { bytes } = compile(calls);
  return [
    ...modules.map((path) => {
      const module = new Uint8Array(readFileSync(path));
      const name = `decode and validate ${basename(path)}`;
      return { name, unit: /** @type {const} */ ('MB/s'), amount: module.length, run: () => compile(module) };
    }),
    { name: 'compile and instantiate 200 bytes', unit: 'ns', amount: 1, run: () => compile(bytes) },
    { name: 'call guest from host', unit: 'ns', amount: 1, run: () => instance.call('add', 1, 2) },
    {
      name: 'call host from guest',
      unit: 'ns',
      amount: CALLS_IN_LOOP,
      run: () => instance.call('loop', CALLS_IN_LOOP),
    },
    { name: 'look at memory', unit: 'ns', amount: 1, run: () => instance.exports.memory.bytes },
  ];
}

/**
 * @param {{ compile: any, instantiate: any }} library
 * @param {{ seconds: number, modules: readonly string[] }} options seconds for each operation
 * @returns {Figure[]}
 */
export function timeOperations(library, { seconds, modules }) {
  return operations(library, modules).map(({ name, unit, amount, run }) => {
    const suite = new Benchmark(
      name,
      () => {
        sink[0] = run();
      },
      { maxTime: seconds, minSamples: 5 },
    );
    suite.run({ async: false });
    const { error, stats } = /** @type {{ error?: Error, stats: Benchmark.Stats }} */ (suite);
    if (error) throw error;
    const samples = stats.sample;
    const secondsEach = median(samples);
    const value = unit === 'ns' ? (secondsEach * 1e9) / amount : amount / 1e6 / secondsEach;
    return { name, unit, value, spread: stats.rme / 100, samples: samples.length };
  });
}

if (isMain(import.meta.url)) {
  const [address = '', seconds = '2', ...modules] = process.argv.slice(2);
  console.log(JSON.stringify(timeOperations(await import(address), { seconds: Number(seconds), modules })));
  process.exitCode = sink.length === 1 ? 0 : 1;
}
