/**
 * A process that goes on with snapshots of one program: from each to the instruction of the next, whose bytes must
 * then be the same, and from the last to the end. It uses the built library. One JSON object on standard output
 * tells what came of it.
 *
 *   node spec-tests/resume-snapshots.mjs ORDER.json
 */
import { readFileSync } from 'node:fs';

// Not by name: what is built is not checked with the sources.
const built = (/** @type {string} */ name) => import(new URL(`../dist/${name}`, import.meta.url).href);
const { compile, HostExit, loadMemoryDirectory, memoryHost, restoreSnapshot, saveSnapshot, Wasi } =
  await built('index.js');
const { openDirectory } = await built('node.js');

/**
 * What the test asks for.
 *
 * @typedef {{ module: string, stdin: string | null, stages: readonly Stage[] }} Order
 * @typedef {Readonly<Record<string, string | null>>} Preopens
 * @typedef {{ snapshot: string, files: string, preopens: Preopens, instructions: number | null }} Stage
 *   `preopens`: paths on this machine; null: those in `files`, a saved directory
 *   `instructions`: how many to run; null: to the end
 */

/** @type {Order} */
const order = JSON.parse(readFileSync(String(process.argv[2]), 'utf8'));
const module = compile(readFileSync(order.module));
const stdin = order.stdin === null ? '' : readFileSync(order.stdin);
/** @type {Buffer[]} */
const outputs = [];
/** @type {number[]} Stages that did not come to the state of the next snapshot. */
const different = [];
let exitCode = 0;
let instructionCount = 0;
let callCount = 0;

for (const [i, { snapshot, files: saved, preopens, instructions }] of order.stages.entries()) {
  const host = memoryHost({ stdin });
  const files = loadMemoryDirectory(readFileSync(saved));
  const directories = Object.entries(preopens).map(([name, path]) => [
    name,
    path === null ? files : openDirectory(path),
  ]);
  const wasi = new Wasi({ host, preopens: Object.fromEntries(directories) });
  // The first one brings its module along.
  const modules = i === 0 ? [] : [module];
  const { call, instances, parts, store } = restoreSnapshot(readFileSync(snapshot), wasi.imports, { modules });
  host.restore(/** @type {Uint8Array} */ (parts.get('host')));
  wasi.restore(/** @type {Uint8Array} */ (parts.get('wasi')));
  try {
    const hasEnded = await call?.run(instructions === null ? {} : { instructions });
    if (hasEnded === false) {
      const here = { wasi: wasi.save(), host: host.save(), files: files.save() };
      const reached = saveSnapshot(instances, call, { parts: here });
      const next = order.stages[i + 1];
      if (next === undefined || !readFileSync(next.snapshot).equals(reached)) different.push(i);
    }
  } catch (error) {
    if (!(error instanceof HostExit)) throw error;
    ({ exitCode } = /** @type {{ exitCode: number }} */ (error));
  }
  instructionCount = store.instructionCount;
  callCount = store.callCount;
  outputs.push(Buffer.from(host.output.stdout));
  wasi.close();
}
const stdout = Buffer.concat(outputs).toString('base64');
console.log(JSON.stringify({ different, stdout, exitCode, instructionCount, callCount }));
