/**
 * `npm run suites`: fills ./suites (git-ignored) with the official tests, from upstream repositories at pinned commits.
 *
 * `GLASSBOX_SUITES_UPSTREAM` names where to fetch from instead of GitHub: a local clone, used for each repository
 * whose pinned commit it has, or a URL or path with `{repo}` in it, which stands for `owner/name`.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { capture, root, say } from './project.mjs';
import { suiteSources } from './suite-sources.mjs';

const upstream = process.env.GLASSBOX_SUITES_UPSTREAM ?? 'https://github.com/{repo}';

/**
 * Runs git; its output on success.
 *
 * @param {string} folder
 * @param {readonly string[]} args
 */
async function git(folder, args) {
  const { code, stdout, stderr } = await capture('git', ['-C', folder, ...args]);
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

/**
 * Fetches one repository's pinned commit and copies its tests.
 *
 * @param {import('./suite-sources.mjs').Source} source
 * @returns {Promise<number>} how many files were copied
 */
async function fetchSource({ repository, commit, copies }) {
  const url = upstream.replace('{repo}', repository);
  const work = mkdtempSync(join(tmpdir(), 'glassbox-suites-'));
  try {
    await git(work, ['init', '-q']);
    // Only the commit and, where the server can, only the blobs that are looked at.
    await git(work, ['remote', 'add', 'origin', url]);
    await git(work, ['sparse-checkout', 'set', '--no-cone', ...copies.map(({ from }) => `/${from}/`), '/LICENSE*']);
    await git(work, ['fetch', '-q', '--depth=1', '--filter=blob:none', 'origin', commit]);
    await git(work, ['checkout', '-q', 'FETCH_HEAD']);
    let count = 0;
    for (const copy of copies) count += copyTests(work, copy);
    if (existsSync(join(work, 'LICENSE'))) {
      const folder = (copies[0]?.to ?? '').split('/')[0] ?? '';
      cpSync(join(work, 'LICENSE'), join(root, 'suites', folder, 'LICENSE'));
    }
    return count;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {string} work the upstream's checkout
 * @param {import('./suite-sources.mjs').Copy} copy
 */
function copyTests(work, { from, to, firstLine, without }) {
  const target = join(root, 'suites', to);
  rmSync(target, { recursive: true, force: true });
  let count = 0;
  for (const entry of readdirSync(join(work, from), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.was?t$/.test(entry.name)) continue;
    const source = join(entry.parentPath, entry.name);
    const path = relative(join(work, from), source).replaceAll('\\', '/');
    if (without?.test(path)) continue;
    if (firstLine !== undefined && !firstLine.test(readFileSync(source, 'utf8'))) continue;
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(source, join(target, path));
    count++;
  }
  return count;
}

/** Whether the named upstream is one clone, which serves only the repository that it is of. */
const isOneClone = !upstream.includes('{repo}') && existsSync(upstream) && statSync(upstream).isDirectory();

/** @param {string} commit */
async function hasCommit(commit) {
  if (!isOneClone) return true;
  return (await capture('git', ['-C', upstream, 'cat-file', '-e', `${commit}^{commit}`])).code === 0;
}

let failed = 0;
for (const source of suiteSources) {
  if (!(await hasCommit(source.commit))) {
    say(`${source.repository}: not in ${upstream}, left out`);
    continue;
  }
  try {
    const count = await fetchSource(source);
    say(`${source.repository}: ${count} files`);
  } catch (error) {
    failed++;
    say(`${source.repository}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
if (failed > 0) {
  say(
    `${failed} of ${suiteSources.length} repositories were not fetched: see above. GLASSBOX_SUITES_UPSTREAM may name a clone.`,
  );
  process.exitCode = 1;
}
