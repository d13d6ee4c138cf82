/**
 * Runs a program three times in one process and tells what the last run left on the heap: those before made the host
 * compile what it compiles, and the agent's value stack. Linear memory and the module's own bytes are not counted.
 *
 *   node --expose-gc bench/memory-run.mjs LIBRARY NODE_PART FILE JOB     JOB: args and preopens as JSON
 */
import { readFileSync } from 'node:fs';

const [library = '', nodePart = '', file = '', job = '{}'] = process.argv.slice(2);
const { compile, instantiate, HostExit, memoryHost, Wasi, Store } = await import(library);
const { openDirectory } = await import(nodePart);
const { args, preopens } = JSON.parse(job);
const bytes = new Uint8Array(readFileSync(file));

/** @type {any} */
const collect = globalThis;

/** A collection finds what the one before has let go of; in between the host has to rest. */
async function liveBytes() {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function run(/** @type {object} */ options) {
  const host = memoryHost();
  const folders = Object.entries(preopens).map(([guest, path]) => [guest, openDirectory(path)]);
  const wasi = new Wasi({ args, preopens: Object.fromEntries(folders), host });
  const store = new Store(options);
  const instance = instantiate(compile(bytes), wasi.imports, { store });
  try {
    instance.call('_start');
  } catch (error) {
    if (!(error instanceof HostExit)) throw error;
  }
  wasi.close();
  return { instance, linearBytes: instance.exports.memory.bytes.length };
}

run({});
run({ loop: 'switch' });
const before = await liveBytes();
const kept = run({});
const after = await liveBytes();
console.log(JSON.stringify({ liveBytes: after - before - kept.linearBytes, linearBytes: kept.linearBytes }));
