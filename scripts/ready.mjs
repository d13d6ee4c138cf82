/**
 * Makes a checkout ready to work: installs what package-lock.json asks for when it is not there, builds what is stale.
 * Every npm script that needs the project calls it, so that each of them works alone on a fresh clone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { durationText, readText, root, run, say } from './project.mjs';

/**
 * Installs the locked packages when any is missing or of another version. Contents are compared, not times: a
 * checkout of another branch touches files without changing them.
 */
export async function ensureInstalled() {
  const reason = whyInstall();
  if (reason === undefined) return;
  say(`Installing packages (${reason}) …`);
  const start = performance.now();
  const isWindows = process.platform === 'win32';
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  // `prepare` would build; what is built here is built below, once.
  const env = { ...process.env, GLASSBOX_SKIP_PREPARE: '1' };
  /** @type {import('node:child_process').SpawnOptions} */
  const options = { env, stdio: ['ignore', 2, 2], shell: isWindows && npm === undefined };
  const code = npm?.endsWith('.js')
    ? await run(process.execPath, [npm, ...args], options)
    : await run('npm', args, options);
  if (code !== 0) {
    say(`npm ci failed with exit code ${code}. Run it by hand to see why; it needs a package registry within reach.`);
    process.exit(1);
  }
  say(`Packages installed in ${durationText(performance.now() - start)}.`);
}

/** @returns {string | undefined} why an install is needed; `undefined` when it is not */
function whyInstall() {
  const installedPath = join('node_modules', '.package-lock.json');
  if (!existsSync(join(root, installedPath))) return 'node_modules is missing';
  /** @typedef {Record<string, { version?: string, optional?: boolean, peer?: boolean }>} LockedPackages */
  /** @type {LockedPackages} */
  const locked = JSON.parse(readText('package-lock.json')).packages;
  /** @type {LockedPackages} */
  const installed = JSON.parse(readText(installedPath)).packages;
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const present = installed[path];
    if (present === undefined && !entry.optional && !entry.peer) return `${path} is missing`;
    if (present !== undefined && present.version !== entry.version) return `${path} is not at ${entry.version}`;
  }
  return undefined;
}

/** Installs and builds what is missing or stale. */
export async function ensureReady() {
  await ensureInstalled();
  const { build } = await import('./build.mjs');
  await build({ types: false });
}
