/**
 * Runs a built script as src/cli/launch.ts does, a number of times, and writes V8's code cache of all that it compiled.
 * In a process of its own, because the program sets the exit code and writes to standard output.
 *
 *   node scripts/code-cache.mjs SCRIPT CACHE RUNS    RUNS: a JSON list of lists of the program's arguments
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Script } from 'node:vm';
import { isMain } from './project.mjs';

/**
 * Loads a script. Returns what runs it and what writes its cache.
 *
 * @param {string} path
 * @param {string} cache
 */
export function loadScript(path, cache) {
  const script = new Script(readFileSync(path, 'latin1'), { filename: path });
  return {
    start: () => script.runInThisContext()(createRequire(resolve(path))),
    writeCache: () => writeFileSync(cache, script.createCachedData()),
  };
}

if (isMain(import.meta.url)) {
  const [path = '', cache = '', runs = '[]'] = process.argv.slice(2);
  const { start, writeCache } = loadScript(path, cache);
  /** @type {string[][]} */
  const waiting = JSON.parse(runs);
  const startNext = () => {
    const args = waiting.shift();
    if (args === undefined) return;
    process.argv.splice(2, Infinity, ...args);
    start();
  };
  // A run has ended when nothing is left to do.
  process.on('beforeExit', startNext);
  process.on('exit', writeCache);
  startNext();
}
