/**
 * Runs the bundled program once and writes V8's code cache of all that it compiled, for src/cli/launch.ts.
 * A process of its own, because the program sets the exit code and writes to standard output.
 *
 *   node scripts/code-cache.mjs BUNDLE CACHE ARGS…    the arguments are the program's
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';

const [bundle = '', cache = '', ...args] = process.argv.slice(2);
process.argv.splice(2, Infinity, ...args);
// The same text to the letter as in the launcher, or V8 refuses the cache.
const script = new Script(`(function(require,importModule){${readFileSync(bundle, 'latin1')}\n})`, {
  filename: 'glassbox.cjs',
});
script.runInThisContext()(createRequire(import.meta.url));
process.on('exit', () => writeFileSync(cache, script.createCachedData()));
