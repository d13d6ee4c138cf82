/**
 * The installed programs: the command line and the worker of a thread group. Each is a script or two in a folder of
 * its name, run from V8's code cache, which the build leaves beside it. Parsing and compiling it anew would double what
 * Glassbox adds to Node's start. V8 itself refuses a cache of another version or other flags, and then compiles.
 *
 * The build makes this CommonJS: Node needs 6 ms more to start an ES module.
 */
const { readFileSync } = require('node:fs') as typeof import('node:fs');
const { Script } = require('node:vm') as typeof import('node:vm');

/** Put in by the build: `glassbox` or `thread-worker`. */
declare const PROGRAM_NAME: string;
/** In the names of the scripts and their caches, so that none is taken for another build's. */
declare const PROGRAM_DIGEST: string;

/** Options of `run` for which it loads more; as a guest's argument such a word costs some milliseconds. */
const loadsMore = /^--(monitor|record|snapshot|stop-after)\b/;

/** When V8 has to know: the loops' turns reach the switch after half a second, and a run rests every 8 ms. */
const FLAG_MS = 300;

const [, , command, ...line] = process.argv;
const isCommandLine = PROGRAM_NAME === 'glassbox';
const isRun = isCommandLine && command === 'run' && !line.some((word) => loadsMore.test(word));
const path = `${__dirname}/${PROGRAM_NAME}/${isRun ? 'main-run' : 'main'}-${PROGRAM_DIGEST}.cjs`;

function readCache(): Buffer | undefined {
  try {
    return readFileSync(`${path}.cache`);
  } catch {
    return undefined;
  }
}

/** Loads `node:v8` for it, 2.5 ms. */
function setFlag(flag: string): void {
  const { setFlagsFromString } = require('node:v8') as typeof import('node:v8');
  setFlagsFromString(flag);
}

/**
 * The switch loop is entered anew for each slice. Replaced while it runs, it gets code that is slower and that V8 then
 * keeps to: real programs take 0.7 to 0.9 of the time without (docs/rationale.md).
 */
function forbidReplacement(): void {
  setFlag('--no-use-osr');
}

// Scripts are ASCII: latin1 is read the fastest and is what V8 keeps in memory.
const source = readFileSync(path, 'latin1');
const cachedData = readCache();
// V8 takes a cache only under the flags that it was made with; another thread may have set this one.
if (!isCommandLine) setFlag('--use-osr');
const script = new Script(source, { filename: path, ...(cachedData === undefined ? {} : { cachedData }) });
// Who names the loop has it from the beginning.
if (isRun && !line.some((word) => word.startsWith('--loop'))) setTimeout(forbidReplacement, FLAG_MS).unref();
else forbidReplacement();
// A script from a cache cannot import by itself; threads may load an embedder's module.
script.runInThisContext()(require, (url: string) => import(url));
