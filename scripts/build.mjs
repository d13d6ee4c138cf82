/**
 * Builds `dist/` from `src/`: index.js (the library, for any host), node.js (what is Node's of it), glassbox.cjs (the
 * command line) and thread-worker.cjs, which start the scripts in folders of their names from V8's code caches,
 * script-worker.js, and types/ (declarations). It does nothing when the sources are those of the last build.
 *
 *   node scripts/build.mjs [--force]
 */

import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kernels, kernelText } from '../bench/kernels.mjs';
import { capture, digestOf, durationText, isMain, listFiles, root, say, toolPath } from './project.mjs';

/**
 * Programs that a launcher of their name starts from code caches: the command line, and the worker of a thread group.
 *
 * @type {readonly Program[]}
 */
const programs = [
  {
    name: 'glassbox',
    scripts: { main: 'src/cli/main.ts', 'main-run': 'src/cli/main-run.ts' },
    isExecutable: true,
    train: trainProgram,
  },
  {
    name: 'thread-worker',
    scripts: { main: 'src/wasi/host/node/thread-worker.ts' },
    isExecutable: false,
    train: trainWorker,
  },
];

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {Readonly<Record<string, string>>} scripts their sources by their names
 * @property {boolean} isExecutable
 * @property {(script: string, cache: string) => Promise<{ code: number, stderr: string }>} train writes a cache
 */

/**
 * What is bundled into what.
 *
 * @type {readonly { source: string, target: string, platform: 'neutral' | 'node', minify: boolean }[]}
 */
const bundles = [
  { source: 'src/index.ts', target: 'dist/index.js', platform: 'neutral', minify: false },
  { source: 'src/node.ts', target: 'dist/node.js', platform: 'node', minify: false },
  { source: 'src/cli/script-worker.ts', target: 'dist/script-worker.js', platform: 'node', minify: true },
];

const targets = [...bundles.map(({ target }) => target), ...programs.map(({ name }) => `dist/${name}.cjs`)];
/** What older builds have left, which would be published. */
const isStray = (/** @type {string} */ file) => /^(glassbox|thread-worker)(\.js|-.*\.cache)$/.test(file);

/**
 * `glassbox/node` takes the host's interface from `glassbox`: a second copy of its error class would be another class.
 *
 * @type {import('esbuild').Plugin}
 */
const sharedInterface = {
  name: 'shared-interface',
  setup(build) {
    build.onResolve({ filter: /\/host\.ts$/ }, () => ({ path: './index.js', external: true }));
  },
};

/** @type {import('esbuild').Plugin} */
const nothingLater = {
  name: 'nothing-later',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

const stampPath = join(root, 'dist', '.stamp.json');

/** @typedef {{ bundles?: string, types?: string }} Stamp */

/** Digest of everything that decides what a build gives. */
function sourceDigest() {
  const sources = listFiles('src', (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  const caches = ['scripts/code-cache.mjs', 'scripts/thread-code-cache.mjs'];
  const training = [
    'bench/kernels.mjs',
    'examples/word-count.wat',
    ...trainingKernels.map((name) => `bench/kernels/${name}.wat`),
  ];
  const inputs = ['scripts/build.mjs', ...caches, ...training, 'tsconfig.json', 'tsconfig.build.json'];
  return digestOf([...sources, ...inputs, 'package.json', 'package-lock.json']);
}

/**
 * Brings `dist/` up to date.
 *
 * @param {{ types?: boolean, force?: boolean }} [options] `types: false` leaves the declarations as they are: nothing
 *   that runs needs them
 */
export async function build({ types = true, force = false } = {}) {
  const digest = sourceDigest();
  /** @type {Stamp} */
  const stamp = !force && existsSync(stampPath) ? JSON.parse(readFileSync(stampPath, 'utf8')) : {};
  const isPresent = targets.every((target) => existsSync(join(root, target)));
  const start = performance.now();
  const did = [];

  if (stamp.bundles !== digest || !isPresent) {
    await buildBundles(digest);
    stamp.bundles = digest;
    did.push('bundles');
  }
  if (types && (stamp.types !== digest || !existsSync(join(root, 'dist', 'types')))) {
    await buildTypes();
    stamp.types = digest;
    did.push('declarations');
  }
  if (did.length === 0) return;
  writeWhole(stampPath, JSON.stringify(stamp));
  say(`Built ${did.join(' and ')} in ${durationText(performance.now() - start)}.`);
}

/** @param {string} digest of the sources */
async function buildBundles(digest) {
  const define = {
    PACKAGE_VERSION: JSON.stringify(packageVersion()),
    BUILD_VERSION: JSON.stringify(`${packageVersion()}+${digest}`),
  };
  await Promise.all(bundles.map((bundle) => buildBundle(bundle, define)));
  for (const program of programs) await buildProgram(program, define);
  for (const file of readdirSync(join(root, 'dist')).filter(isStray)) rmSync(join(root, 'dist', file));
}

/**
 * @param {(typeof bundles)[number]} bundle
 * @param {Readonly<Record<string, string>>} define
 */
async function buildBundle({ source, target, platform, minify }, define) {
  const files = await bundled({
    ...{ entryPoints: [source], outfile: target, format: 'esm', platform, charset: 'utf8', define },
    minifySyntax: minify,
    minifyWhitespace: minify,
    plugins: source === 'src/node.ts' ? [sharedInterface] : [],
  });
  for (const { path, contents } of files) writeWhole(path, contents);
}

/**
 * @param {import('esbuild').BuildOptions} options
 * @returns {Promise<import('esbuild').OutputFile[]>}
 */
async function bundled(options) {
  const { build } = await import('esbuild');
  const settings = {
    ...{ absWorkingDir: root, bundle: true, write: false, target: 'es2020', logLevel: /** @type {const} */ ('error') },
    // The dispatch loop's name is how `npm run check` finds its bytecode.
    ...{ keepNames: false, legalComments: /** @type {const} */ ('none') },
  };
  const { outputFiles = [] } = await build({ ...settings, ...options })
    // esbuild has printed its messages.
    .catch(() => process.exit(1));
  return outputFiles;
}

/** @returns {string} */
function packageVersion() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
}

/**
 * A program's scripts and their caches in a folder, and last the launcher, which begins to use them: the digest is in
 * their names, so that no launcher reads a script with another's cache.
 *
 * @param {Program} program
 * @param {Readonly<Record<string, string>>} define
 */
async function buildProgram({ name, scripts, isExecutable, train }, define) {
  const folder = join(root, 'dist', name);
  const texts = new Map();
  for (const [script, source] of Object.entries(scripts)) texts.set(script, await scriptOf(source, define));
  const digest = digestOfTexts([...texts.values()]);
  for (const [script, text] of texts) {
    const path = join(folder, `${script}-${digest}.cjs`);
    writeWhole(path, text);
    await writeCache(path, train);
  }
  await writeLauncher(name, digest, isExecutable);
  for (const file of readdirSync(folder))
    if (!file.includes(`-${digest}.`)) rmSync(join(folder, file), { force: true });
}

/**
 * Writes what a run of a script compiles. Without it the program starts slower, and that is all.
 *
 * @param {string} path
 * @param {Program['train']} train
 */
async function writeCache(path, train) {
  const temporary = `${path}.cache.${process.pid}`;
  const { code, stderr } = await train(path, temporary);
  if (code === 0 && existsSync(temporary)) renameSync(temporary, `${path}.cache`);
  else say(`The code cache of ${path} was not written, so it will start slower: ${stderr}`);
}

/** @param {readonly string[]} texts */
function digestOfTexts(texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest('hex').slice(0, 16);
}

/**
 * A program as a function of what the launcher gives it. What `main-run` would load later is left out of it: the
 * launcher starts `main` for that.
 *
 * @param {string} source
 * @param {Readonly<Record<string, string>>} define
 * @returns {Promise<string>}
 */
async function scriptOf(source, define) {
  const [file] = await bundled({
    // The launcher reads scripts as latin1.
    ...{ entryPoints: [source], outdir: 'dist', format: 'cjs', platform: 'node', charset: 'ascii', define },
    ...{ minifySyntax: true, minifyWhitespace: true, plugins: source === 'src/cli/main-run.ts' ? [nothingLater] : [] },
  });
  // Otherwise all that a built-in module has is copied, which takes 0.3 ms for each import of `node:fs`.
  const direct = (file?.text ?? '').replace(/__toESM\((require\("node:[\w/]+"\))(?:,1)?\)/g, '$1');
  const [wrong] = /[\u0080-\uffff]|\bimport_node_\w+\.default\b/.exec(direct) ?? [];
  if (wrong !== undefined) throw new Error(`${source}: the launcher cannot have '${wrong}' in a script`);
  return `(function(require,importModule){${direct}\n})`;
}

/**
 * @param {string} name
 * @param {string} digest
 * @param {boolean} isExecutable
 */
async function writeLauncher(name, digest, isExecutable) {
  const path = join(root, 'dist', `${name}.cjs`);
  const files = await bundled({
    ...{ entryPoints: ['src/cli/launch.ts'], outfile: `dist/${name}.cjs`, format: 'cjs', platform: 'node' },
    ...{ minify: true, banner: { js: isExecutable ? '#!/usr/bin/env node' : '' } },
    define: { PROGRAM_NAME: JSON.stringify(name), PROGRAM_DIGEST: JSON.stringify(digest) },
  });
  for (const { contents } of files) writeWhole(path, contents);
  if (isExecutable) chmodSync(path, 0o755);
}

/** What of the kernels' instructions no program of a compiler's is without. */
const trainingKernels = [
  'fib',
  'sieve',
  'crc32',
  'mix64',
  'mandelbrot',
  'nbody',
  'call_indirect',
  'br_table',
  'globals',
];

/**
 * Lets the command line run an empty module, kernels, and a program three times: decoded, from the module cache, and
 * with its code from there too. What runs no sooner than in a user's process is parsed and compiled there: short
 * programs take 0.91 to 0.96 of the time with this, and an empty one no longer (measured).
 *
 * @type {Program['train']}
 */
async function trainProgram(script, cache) {
  const scratch = mkdtempSync(join(tmpdir(), 'glassbox-build-'));
  const { compile } = await import(pathToFileURL(join(root, 'dist', 'index.js')).href);
  const assembled = (/** @type {string} */ text, /** @type {string} */ name) => {
    const path = join(scratch, `${name}.wasm`);
    writeFileSync(path, compile(text).bytes);
    return path;
  };
  const program = assembled(readFileSync(join(root, 'examples', 'word-count.wat'), 'utf8'), 'word-count');
  const text = 'examples/inside-the-box.txt';
  const runs = [
    ['run', assembled('(module)', 'empty')],
    ...trainingKernels.map((name) => {
      const n = String(kernels.find((kernel) => kernel.name === name)?.sizes.tiny.n);
      return ['run', '--invoke', 'run', assembled(kernelText(name), name), n];
    }),
    ...Array(3).fill(['run', '--cache-dir', join(scratch, 'cache'), '--dir', root, program, text]),
  ];
  const training = join(root, 'scripts', 'code-cache.mjs');
  const outcome = await capture(process.execPath, [training, script, cache, JSON.stringify(runs)]);
  rmSync(scratch, { recursive: true });
  return outcome;
}

/**
 * Lets a worker run a thread.
 *
 * @type {Program['train']}
 */
function trainWorker(script, cache) {
  return capture(process.execPath, [join(root, 'scripts', 'thread-code-cache.mjs'), script, cache]);
}

async function buildTypes() {
  // Into a fresh folder, moved when whole: a declaration of a file that is gone must not stay.
  const fresh = join(root, 'dist', `types.${process.pid}`);
  const args = ['-p', 'tsconfig.build.json', '--outDir', fresh];
  const { code, stdout } = await capture(process.execPath, [toolPath('typescript', 'tsc'), ...args]);
  if (code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    say(stdout);
    say('The declarations were not built: see the type errors above.');
    process.exit(1);
  }
  for (const entry of readdirSync(fresh, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // tsc rewrites the endings of imports in code, not in declarations.
    const text = readFileSync(path, 'utf8').replace(/((?:from|import)\s*\(?\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2');
    writeFileSync(path, text);
  }
  const target = join(root, 'dist', 'types');
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
}

/**
 * Writes a file so that a reader sees the old one or the new one, never half of it.
 *
 * @param {string} path
 * @param {string | Uint8Array} contents
 */
function writeWhole(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

if (isMain(import.meta.url)) {
  // npm runs `prepare` after `npm ci`; a script that called npm ci builds by itself.
  const skip = process.env.GLASSBOX_SKIP_PREPARE === '1' && process.env.npm_lifecycle_event === 'prepare';
  if (!skip) await build({ force: process.argv.includes('--force') });
}
