/** Times what a user waits for before the guest runs: the program's start, and decoding and validating a big module. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, spread } from './statistics.mjs';

/**
 * `glassbox run` of an empty module beside bare `node -e 0`, in turn.
 *
 * @param {number} rounds
 */
export function timeStart(rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-bench-'));
  const empty = join(folder, 'empty.wasm');
  writeFileSync(empty, new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  const program = fileURLToPath(new URL('../dist/glassbox.js', import.meta.url));
  const bareMs = [];
  const glassboxMs = [];
  for (let round = 0; round <= rounds; round++) {
    const bare = timeProcess(['-e', '0']);
    const own = timeProcess([program, 'run', empty]);
    // The first round finds cold files.
    if (round === 0) continue;
    bareMs.push(bare);
    glassboxMs.push(own);
  }
  rmSync(folder, { recursive: true });
  const [bare, own] = [median(bareMs), median(glassboxMs)];
  return { rounds, bareMs: bare, bareSpread: spread(bareMs), glassboxMs: own, glassboxSpread: spread(glassboxMs) };
}

/** @param {readonly string[]} args of node */
function timeProcess(args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return ms;
}

const timeCompile = `
import { readFileSync } from 'node:fs';
const { compile } = await import(process.argv[1]);
const bytes = new Uint8Array(readFileSync(process.argv[2]));
const times = [];
for (let round = 0; round < 7; round++) {
  const start = performance.now();
  compile(bytes);
  times.push(performance.now() - start);
}
console.log(JSON.stringify(times));
`;

/**
 * Decode and validate, in a process of its own: the first time, and the median of those that follow.
 *
 * @param {string} path of a module
 */
export function timeLoad(path) {
  if (!existsSync(path)) return undefined;
  const library = new URL('../dist/index.js', import.meta.url).href;
  const args = ['--input-type=module', '-e', timeCompile, library, path];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`compiling ${path}: ${stderr}`);
  const [firstMs = Number.NaN, ...laterMs] = JSON.parse(stdout);
  const megabytes = readFileSync(path).length / 1e6;
  return {
    path,
    megabytes,
    firstMs,
    medianMs: median(laterMs),
    megabytesPerSecond: megabytes / (median(laterMs) / 1000),
  };
}
