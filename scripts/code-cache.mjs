/**
 * Runs a built program once, as src/cli/launch.ts does, and writes V8's code cache of all that each of its scripts
 * compiled. A process of its own, because the program sets the exit code and writes to standard output.
 *
 *   node scripts/code-cache.mjs FOLDER DIGEST ARGS…    the arguments are the program's
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { isMain } from './project.mjs';

/**
 * Runs a program. Returns what writes its caches.
 *
 * @param {string} folder
 * @param {string} digest
 */
export function runProgram(folder, digest) {
  /** @type {Map<string, { script: Script, exports: unknown }>} */
  const loaded = new Map();
  const fromNode = createRequire(join(folder, 'main.cjs'));
  /** @param {string} name */
  const load = (name) => {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const script = new Script(readFileSync(join(folder, name), 'latin1'), { filename: name });
    const module = { script, exports: {} };
    loaded.set(name, module);
    script.runInThisContext()(requireFor, module);
    return module.exports;
  };
  const requireFor = (/** @type {string} */ name) => (name.startsWith('./') ? load(name.slice(2)) : fromNode(name));
  load('main.cjs');
  return () => {
    for (const [name, { script }] of loaded) {
      writeFileSync(join(folder, `${name}-${digest}.cache`), script.createCachedData());
    }
  };
}

if (isMain(import.meta.url)) {
  const [folder = '', digest = '', ...args] = process.argv.slice(2);
  process.argv.splice(2, Infinity, ...args);
  process.on('exit', runProgram(folder, digest));
}
