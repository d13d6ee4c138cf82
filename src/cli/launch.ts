/**
 * The installed programs: the command line and the worker of a thread group. Each is a few scripts in a folder of its
 * name, run from V8's code caches, which the build leaves beside them; those that a command loads later have none.
 * Parsing and compiling all anew would double what Glassbox adds to Node's start. V8 itself refuses a cache of another
 * version or other flags, and then compiles.
 *
 * The build makes this CommonJS: Node needs 6 ms more to start an ES module.
 */
const { readFileSync } = require('node:fs') as typeof import('node:fs');
const { Script } = require('node:vm') as typeof import('node:vm');
const { setFlagsFromString } = require('node:v8') as typeof import('node:v8');

/** Put in by the build: `glassbox` or `thread-worker`. */
declare const PROGRAM_NAME: string;
/** The digest of the scripts names their caches, so that an old cache is never used. */
declare const PROGRAM_DIGEST: string;

const folder = `${__dirname}/${PROGRAM_NAME}`;
const loaded = new Map<string, { exports: unknown }>();

function readCache(name: string): Buffer | undefined {
  try {
    return readFileSync(`${folder}/${name}-${PROGRAM_DIGEST}.cache`);
  } catch {
    return undefined;
  }
}

function load(name: string): unknown {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(name, module);
  // Scripts are ASCII: latin1 is read the fastest and is what V8 keeps in memory.
  const source = readFileSync(`${folder}/${name}`, 'latin1');
  const cachedData = readCache(name);
  // V8 takes a cache only under the flags that it was made with.
  setFlagsFromString('--use-osr');
  const script = new Script(source, { filename: name, ...(cachedData === undefined ? {} : { cachedData }) });
  // The dispatch loop is entered anew every millisecond. Replaced while it runs, it gets code that is slower and that
  // V8 then keeps to: real programs take 0.7 to 0.9 of the time without (docs/rationale.md).
  setFlagsFromString('--no-use-osr');
  // A script from a cache cannot import by itself; threads may load an embedder's module.
  script.runInThisContext()(requireFor, module, (url: string) => import(url));
  return module.exports;
}

/** What scripts get: they name each other by `./`, beside which stand only built-in modules. */
const requireFor = Object.assign((name: string) => (name.startsWith('./') ? load(name.slice(2)) : require(name)), {
  resolve: require.resolve,
});

load('main.cjs');
