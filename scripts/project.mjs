/**
 * What every script knows about the project: where it is, how a command is run, what a file list is.
 * It depends on node alone, so that it works before anything is installed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A folder for what may be thrown away; made when missing. */
export function cacheFolder() {
  const folder = join(root, 'node_modules', '.cache', 'glassbox');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Every file under `folder` (relative to the project), sorted, as project-relative paths with `/`.
 *
 * @param {string} folder
 * @param {(path: string) => boolean} [accept]
 * @returns {string[]}
 */
export function listFiles(folder, accept = () => true) {
  const start = join(root, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter(accept)
    .sort();
}

/**
 * Reads a project file as text.
 *
 * @param {string} path relative to the project
 */
export function readText(path) {
  return readFileSync(join(root, path), 'utf8');
}

/**
 * One digest over the names and contents of files.
 *
 * @param {readonly string[]} paths relative to the project; a missing file counts as empty
 */
export function digestOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const full = join(root, path);
    hash.update(`${path}\0`);
    if (existsSync(full)) hash.update(readFileSync(full));
    hash.update('\0');
  }
  return hash.digest('hex');
}

/**
 * Runs a command in the project's folder and resolves to its exit code (128 when a signal ended it).
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 128));
  });
}

/**
 * Runs a command and resolves to its exit code and all that it printed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
export function capture(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 128, stdout, stderr }));
  });
}

/**
 * The path of an installed tool's own script, to be run by `process.execPath`: no shell, no npx start-up.
 *
 * @param {string} packageName
 * @param {string} [binName] when it is not the package's name
 */
export function toolPath(packageName, binName = packageName) {
  const folder = join('node_modules', ...packageName.split('/'));
  /** @type {{ bin: string | Record<string, string> }} */
  const manifest = JSON.parse(readText(join(folder, 'package.json')));
  const bin = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[binName];
  if (bin === undefined) throw new Error(`${packageName} has no program called ${binName}`);
  return join(root, folder, bin);
}

/**
 * Whether this file is the program that was started, not a module that another one imports.
 *
 * @param {string} moduleUrl the caller's `import.meta.url`
 */
export function isMain(moduleUrl) {
  return process.argv[1] !== undefined && fileURLToPath(moduleUrl) === process.argv[1];
}

/**
 * Says a thing on standard error, where it does not mix with a program's output.
 *
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Milliseconds as a short text: `340 ms`, `12.3 s`, `4 min 05 s`.
 *
 * @param {number} durationMs
 */
export function durationText(durationMs) {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
