/**
 * The real programs of a folder with a manifest.json, and how each engine runs one as a process. The folder is the
 * one that GLASSBOX_PROGRAMS names, or `../shared/programs`; the project has none of its own.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../scripts/project.mjs';
import { findProgram } from './find-program.mjs';
import { runProcess } from './process-peer.mjs';

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} kind
 * @property {string} file
 * @property {readonly string[]} args
 * @property {string | null} stdin
 * @property {Readonly<Record<string, string>>} preopens guest path → path below the folder; `TMP` is a new, empty one
 * @property {number} exit_code
 * @property {string} stdout_sha256
 * @property {string} [stderr]
 */

/** @typedef {{ guest: string, host: string }} Preopen */
/** @typedef {{ file: string, args: readonly string[], preopens: readonly Preopen[] }} Job */
/**
 * What an engine is given; `guestPaths: false` when it grants folders under their host names only. `warmUps`: runs
 * after which it has what it keeps.
 *
 * @typedef {{ command: string, args: (job: Job) => string[], guestPaths: boolean, warmUps?: number }} Engine
 */

export const programFolder = process.env.GLASSBOX_PROGRAMS ?? resolve(root, '..', 'shared', 'programs');

/** @returns {Program[]} none where the folder is not there */
export function realPrograms() {
  const manifest = join(programFolder, 'manifest.json');
  if (!existsSync(manifest)) return [];
  /** @type {Program[]} */
  const all = JSON.parse(readFileSync(manifest, 'utf8')).programs;
  return all.filter(({ kind }) => kind === 'p1');
}

/** @param {string} file */
const peerFile = (file) => fileURLToPath(new URL(`peers/${file}`, import.meta.url));

/**
 * The engines that are here, by name; the others are `undefined`.
 *
 * @param {string} glassbox the program
 * @param {string} [cacheFolder] for `glassbox-kept`, which has modules and their code from earlier runs
 * @returns {Record<string, Engine | undefined>}
 */
export function programEngines(glassbox, cacheFolder) {
  const node = process.execPath;
  /** @type {(options: readonly string[]) => Engine} */
  const own = (options) => ({
    command: node,
    args: ({ file, args, preopens }) => [
      ...[glassbox, 'run', ...options],
      ...preopens.flatMap(({ guest, host }) => ['--dir', `${host}::${guest}`]),
      ...[file, ...args],
    ],
    guestPaths: true,
  });
  const wasmi = findProgram('wasmi');
  const wazero = findProgram('wazero');
  const mounts = (/** @type {Job} */ job) => job.preopens.map(({ guest, host }) => `-mount=${host}:${guest}`);
  const asJson = (/** @type {Job} */ job) => [JSON.stringify(job)];
  return {
    glassbox: own(['--no-cache']),
    // The first run keeps the module, the second its code.
    ...(cacheFolder === undefined ? {} : { 'glassbox-kept': { ...own(['--cache-dir', cacheFolder]), warmUps: 2 } }),
    wasmi:
      wasmi === undefined
        ? undefined
        : {
            command: wasmi,
            args: ({ file, args, preopens }) => [
              ...preopens.flatMap(({ host }) => ['--dir', host]),
              '--',
              file,
              ...args,
            ],
            guestPaths: false,
          },
    'wazero-int':
      wazero === undefined
        ? undefined
        : {
            command: wazero,
            args: (job) => ['run', '-interpreter', ...mounts(job), job.file, '--', ...job.args],
            guestPaths: true,
          },
    pulley: {
      command: 'python3',
      args: (job) => [peerFile('run_wasmtime.py'), ...asJson(job), 'pulley64'],
      guestPaths: true,
    },
    host: {
      command: node,
      args: (job) => ['--no-warnings', peerFile('run-host.mjs'), ...asJson(job)],
      guestPaths: true,
    },
    wasmtime: { command: 'python3', args: (job) => [peerFile('run_wasmtime.py'), ...asJson(job)], guestPaths: true },
    wazero:
      wazero === undefined
        ? undefined
        : {
            command: wazero,
            args: (job) => ['run', ...mounts(job), job.file, '--', ...job.args],
            guestPaths: true,
          },
  };
}

/**
 * How an engine that knows no guest paths is shown files: under the host's paths, or from the folder that it is
 * granted. Not every program takes both.
 *
 * @typedef {'host' | 'relative'} PathStyle
 */

/** @type {readonly PathStyle[]} */
export const pathStyles = ['host', 'relative'];

/**
 * Runs a program once and checks its exit code and what it printed; of one that fails, also the end of what it
 * complained of, for an engine that cannot run it fails too.
 *
 * @param {Program} program
 * @param {Engine} engine
 * @param {{ watchesMemory?: boolean, style?: PathStyle }} [options]
 * @returns {Promise<{ ms: number, peakBytes: number | undefined, error?: string }>}
 */
export async function runProgram(program, engine, { watchesMemory = false, style = 'host' } = {}) {
  const scratch = mkdtempSync(join(tmpdir(), 'glassbox-bench-'));
  const granted = Object.entries(program.preopens).map(([guest, path]) => ({
    guest,
    host: path === 'TMP' ? scratch : join(programFolder, path),
  }));
  const isRelative = !engine.guestPaths && style === 'relative';
  const shown = isRelative ? granted.map(({ guest }) => ({ guest, host: '.' })) : granted;
  const args = engine.guestPaths ? program.args : program.args.map((arg) => withPaths(arg, shown));
  const stdin = program.stdin === null ? undefined : new Uint8Array(readFileSync(join(programFolder, program.stdin)));
  const { ms, code, stdout, stderr, peakBytes } = await runProcess(
    engine.command,
    engine.args({ file: join(programFolder, program.file), args, preopens: shown }),
    {
      watchesMemory,
      ...(stdin === undefined ? {} : { stdin }),
      ...(isRelative && granted[0] !== undefined ? { cwd: granted[0].host } : {}),
    },
  );
  rmSync(scratch, { recursive: true });
  const printed = engine.guestPaths || isRelative ? stdout : Buffer.from(withoutPaths(stdout, shown), 'latin1');
  const digest = createHash('sha256').update(printed).digest('hex');
  const complaint = program.exit_code === 0 ? '' : lastLine(program.stderr ?? '');
  const hasFailedSo = stderr.includes(complaint);
  if (digest === program.stdout_sha256 && code === program.exit_code && hasFailedSo) return { ms, peakBytes };
  const said = lastLine(stderr);
  const error = digest !== program.stdout_sha256 ? `other output (exit code ${code})` : `exit code ${code}`;
  return { ms, peakBytes, error: said ? `${error}: ${said}` : error };
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? '';
}

/**
 * An argument that begins with a guest path, with the host's: for engines that know no other names.
 *
 * @param {string} arg
 * @param {readonly Preopen[]} preopens
 */
export function withPaths(arg, preopens) {
  for (const { guest, host } of preopens) {
    if (arg === guest) return host;
    const prefix = guest === '/' ? '/' : `${guest}/`;
    if (arg.startsWith(prefix)) return `${host}/${arg.slice(prefix.length)}`;
  }
  return arg;
}

/**
 * @param {Buffer} stdout
 * @param {readonly Preopen[]} preopens
 */
function withoutPaths(stdout, preopens) {
  return preopens.reduce(
    (text, { guest, host }) => text.replaceAll(`${host}/`, guest === '/' ? '/' : `${guest}/`).replaceAll(host, guest),
    stdout.toString('latin1'),
  );
}
