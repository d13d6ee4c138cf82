/**
 * Runs a built script once, as src/cli/launch.ts does, and writes V8's code cache of all that it compiled. A process
 * of its own, because the program sets the exit code and writes to standard output.
 *
 *   node scripts/code-cache.mjs SCRIPT CACHE ARGS…    the arguments are the program's
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Script } from 'node:vm';
import { isMain } from './project.mjs';

/**
 * Runs a script. Returns what writes its cache.
 *
 * @param {string} path
 * @param {string} cache
 */
export function runScript(path, cache) {
  const script = new Script(readFileSync(path, 'latin1'), { filename: path });
  script.runInThisContext()(createRequire(resolve(path)));
  return () => writeFileSync(cache, script.createCachedData());
}

if (isMain(import.meta.url)) {
  const [path = '', cache = '', ...args] = process.argv.slice(2);
  process.argv.splice(2, Infinity, ...args);
  process.on('exit', runScript(path, cache));
}
