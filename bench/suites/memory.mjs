/** *memory*: the peak of a whole process, and what stays on the heap for the code that ran. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pathStyles, programEngines, programFolder, realPrograms, runProgram } from '../programs.mjs';

/** @typedef {{ name: string, peakBytes: Record<string, number>, live?: LiveBytes }} ProgramMemory */
/** @typedef {{ liveBytes: number, executedBytes: number, perByte: number }} LiveBytes */

/** Programs that need no standard input: these also run inside one process, to look at the heap. */
const looked = ['lua-script', 'duktape-script', 'sqlite3-file-db', 'rhai-script', 'gofmt-file', 'rg-search-tree'];

/**
 * @param {object} options
 * @param {readonly string[]} [options.only]
 * @param {readonly string[]} [options.peerNames]
 * @param {string} options.library
 * @param {string} options.node
 * @param {string} options.program
 * @param {(text: string) => void} options.say
 * @returns {Promise<ProgramMemory[]>}
 */
export async function measureMemory({ only = [], peerNames, library, node, program: glassbox, say }) {
  const engines = Object.entries(programEngines(glassbox)).filter(([name]) => peerNames?.includes(name) ?? true);
  const all = [];
  for (const program of realPrograms().filter(({ name }) => looked.includes(name))) {
    if (only.length > 0 && !only.includes(program.name)) continue;
    say(program.name);
    /** @type {Record<string, number>} */
    const peakBytes = {};
    for (const [name, engine] of engines) {
      if (engine === undefined) continue;
      for (const style of engine.guestPaths ? pathStyles.slice(0, 1) : pathStyles) {
        const { error, peakBytes: peak } = await runProgram(program, engine, { watchesMemory: true, style });
        if (error === undefined && peak !== undefined) peakBytes[name] ??= peak;
      }
    }
    all.push({ name: program.name, peakBytes, live: measureLive(program, { library, node, glassbox }) });
  }
  return all;
}

/**
 * @param {import('../programs.mjs').Program} program
 * @param {{ library: string, node: string, glassbox: string }} build
 * @returns {LiveBytes}
 */
function measureLive({ file, args, preopens }, { library, node, glassbox }) {
  const scratch = mkdtempSync(join(tmpdir(), 'glassbox-bench-'));
  /** Each run has a folder of its own: a program may find what another run has left. */
  const folders = (/** @type {string} */ own) => {
    mkdirSync(join(scratch, own));
    return Object.entries(preopens).map(([guest, path]) => [
      guest,
      path === 'TMP' ? join(scratch, own) : join(programFolder, path),
    ]);
  };
  const path = join(programFolder, file);
  const job = JSON.stringify({ args: [file, ...args], preopens: Object.fromEntries(folders('live')) });
  const script = fileURLToPath(new URL('../memory-run.mjs', import.meta.url));
  const { liveBytes } = JSON.parse(nodeOutput(['--expose-gc', script, library, node, path, job]));
  const report = join(scratch, 'coverage.txt');
  const dirs = folders('coverage').flatMap(([guest, host]) => ['--dir', `${host}::${guest}`]);
  nodeOutput([glassbox, 'run', ...dirs, `--monitor=coverage:once=yes,out=${report}`, path, ...args]);
  const executedBytes = executedIn(readFileSync(report, 'utf8'), nodeOutput([glassbox, 'dump', path]));
  rmSync(scratch, { recursive: true });
  return { liveBytes, executedBytes, perByte: liveBytes / executedBytes };
}

/** What a program of node printed, however it ended. */
function nodeOutput(/** @type {readonly string[]} */ args) {
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (stdout === '' && stderr !== '') throw new Error(stderr);
  return stdout;
}

/**
 * Bytes of the functions that ran: their part of all instructions, by the code section's size.
 *
 * @param {string} coverage the report, which lists the functions that ran
 * @param {string} dump
 */
export function executedIn(coverage, dump) {
  const number = (/** @type {string | undefined} */ text) => Number((text ?? '').replaceAll(',', ''));
  const all = number(/^instructions\s+[\d,]+ of ([\d,]+)/m.exec(coverage)?.[1]);
  const ran = [...coverage.matchAll(/^\s+[\d,]+ of ([\d,]+)\s+[\d.]+ %/gm)].reduce(
    (sum, row) => sum + number(row[1]),
    0,
  );
  const codeBytes = number(/^\s+code\s+0x[\da-f]+\s+([\d,]+) bytes/m.exec(dump)?.[1]);
  return (codeBytes * ran) / all;
}

/** @param {readonly ProgramMemory[]} all */
export function memoryRows(all) {
  const names = [...new Set(all.flatMap(({ peakBytes }) => Object.keys(peakBytes)))];
  const megabytes = (/** @type {number | undefined} */ bytes) =>
    bytes === undefined ? '' : `${(bytes / 1e6).toFixed(0)} MB`;
  return [
    ['', ...names.map((name) => `peak of ${name}`), 'live bytes per byte of code that ran'],
    ...all.map(({ name, peakBytes, live }) => [
      name,
      ...names.map((engine) => megabytes(peakBytes[engine])),
      live === undefined
        ? ''
        : `${live.perByte.toFixed(1)} (${megabytes(live.liveBytes)}, ${(live.executedBytes / 1e3).toFixed(0)} KB)`,
    ]),
  ];
}
