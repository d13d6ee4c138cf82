/**
 * The installed programs: the command line and the worker of a thread group, each a bundle that is run from V8's code
 * cache, which the build leaves beside it. Parsing and compiling the bundle anew would double what Glassbox adds to
 * Node's start. V8 itself refuses a cache of another version or other flags, and then compiles.
 */
import { createRequire } from 'node:module';

// By `require`, and not imported: the named exports of an imported built-in module cost 3 ms.
const require = createRequire(import.meta.url);
const { readFileSync } = require('node:fs') as typeof import('node:fs');
const { Script } = require('node:vm') as typeof import('node:vm');
const { setFlagsFromString } = require('node:v8') as typeof import('node:v8');

/** Put in by the build: `glassbox` or `thread-worker`. */
declare const BUNDLE_NAME: string;
/** The digest of the bundle names its cache, so that an old cache is never used. */
declare const BUNDLE_DIGEST: string;

function readCache(): Buffer | undefined {
  try {
    return readFileSync(new URL(`${BUNDLE_NAME}-${BUNDLE_DIGEST}.cache`, import.meta.url));
  } catch {
    return undefined;
  }
}

// The bundle is ASCII: latin1 is read the fastest and is what V8 keeps in memory.
const source = readFileSync(new URL(`${BUNDLE_NAME}.cjs`, import.meta.url), 'latin1');
const cachedData = readCache();
// V8 takes a cache only under the flags that it was made with; another thread may have set this one.
setFlagsFromString('--use-osr');
const script = new Script(`(function(require,importModule){${source}\n})`, {
  filename: `${BUNDLE_NAME}.cjs`,
  ...(cachedData === undefined ? {} : { cachedData }),
});
// The dispatch loop is entered anew every millisecond. Replaced while it runs, it gets code that is slower and that
// V8 then keeps to: real programs take 0.7 to 0.9 of the time without (docs/rationale.md).
setFlagsFromString('--no-use-osr');
// A script from a cache cannot import by itself; threads may load an embedder's module.
script.runInThisContext()(require, (url: string) => import(url));
