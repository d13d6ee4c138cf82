/**
 * Builds `dist/` from `src/`: index.js (the library, for any host), node.js (what is Node's of it), glassbox.js (the
 * command line) and thread-worker.js, which start bundles of their names from V8's code cache, and types/
 * (declarations). It does nothing when the sources are those of the last build.
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
import { capture, digestOf, durationText, isMain, listFiles, root, say, toolPath } from './project.mjs';

/**
 * Programs that a launcher of their name starts from a code cache: the command line, and the worker of a thread group.
 *
 * @type {readonly { name: string, isExecutable: boolean, train: (bundle: string, cache: string) => Training }[]}
 */
const programs = [
  { name: 'glassbox', isExecutable: true, train: trainProgram },
  { name: 'thread-worker', isExecutable: false, train: trainWorker },
];

/** @typedef {Promise<{ code: number, stderr: string }>} Training */

/** @param {string} target */
const isProgram = (target) => programs.some(({ name }) => target === `dist/${name}.cjs`);
const launchers = programs.map(({ name }) => `dist/${name}.js`);

/**
 * What is bundled into what. A source that does not exist is left out.
 *
 * @type {readonly { source: string, target: string, platform: 'neutral' | 'node', minify: boolean }[]}
 */
const bundles = [
  { source: 'src/index.ts', target: 'dist/index.js', platform: 'neutral', minify: false },
  { source: 'src/node.ts', target: 'dist/node.js', platform: 'node', minify: false },
  {
    source: 'src/wasi/host/node/thread-worker.ts',
    target: 'dist/thread-worker.cjs',
    platform: 'node',
    minify: true,
  },
  { source: 'src/cli/script-worker.ts', target: 'dist/script-worker.js', platform: 'node', minify: true },
  { source: 'src/cli/main.ts', target: 'dist/glassbox.cjs', platform: 'node', minify: true },
];

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

const stampPath = join(root, 'dist', '.stamp.json');

/** @typedef {{ bundles?: string, types?: string }} Stamp */

/** Digest of everything that decides what a build gives. */
function sourceDigest() {
  const sources = listFiles('src', (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  const caches = ['scripts/code-cache.mjs', 'scripts/thread-code-cache.mjs'];
  const inputs = ['scripts/build.mjs', ...caches, 'tsconfig.json', 'tsconfig.build.json'];
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
  const present =
    launchers.every((target) => existsSync(join(root, target))) &&
    bundles.every(({ source, target }) => !existsSync(join(root, source)) || existsSync(join(root, target)));
  const start = performance.now();
  const did = [];

  if (stamp.bundles !== digest || !present) {
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
  const esbuild = await import('esbuild');
  const present = bundles.filter(({ source }) => existsSync(join(root, source)));
  await Promise.all(
    present.map(async ({ source, target, platform, minify }) => {
      const result = await esbuild
        .build({
          absWorkingDir: root,
          entryPoints: [source],
          outfile: target,
          bundle: true,
          write: false,
          format: isProgram(target) ? 'cjs' : 'esm',
          platform,
          target: 'es2020',
          minifySyntax: minify,
          minifyWhitespace: minify,
          // The dispatch loop's name is how `npm run check` finds its bytecode.
          keepNames: false,
          legalComments: 'none',
          // The launcher reads the program as latin1.
          charset: isProgram(target) ? 'ascii' : 'utf8',
          define: {
            PACKAGE_VERSION: JSON.stringify(packageVersion()),
            BUILD_VERSION: JSON.stringify(`${packageVersion()}+${digest}`),
          },
          plugins: source === 'src/node.ts' ? [sharedInterface] : [],
          logLevel: 'error',
        })
        // esbuild has printed its messages.
        .catch(() => process.exit(1));
      for (const file of result.outputFiles) writeWhole(file.path, file.contents);
    }),
  );
  for (const program of programs) await buildLauncher(program);
}

/** @returns {string} */
function packageVersion() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
}

/**
 * A few lines that start a program from V8's code cache, and that cache.
 *
 * @param {(typeof programs)[number]} program
 */
async function buildLauncher({ name, isExecutable, train }) {
  const program = join(root, `dist/${name}.cjs`);
  const digest = createHash('sha256').update(readFileSync(program)).digest('hex').slice(0, 16);
  const esbuild = await import('esbuild');
  const result = await esbuild
    .build({
      absWorkingDir: root,
      entryPoints: ['src/cli/launch.ts'],
      outfile: `dist/${name}.js`,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'es2020',
      minify: true,
      banner: { js: isExecutable ? '#!/usr/bin/env node' : '' },
      define: { BUNDLE_DIGEST: JSON.stringify(digest), BUNDLE_NAME: JSON.stringify(name) },
      logLevel: 'error',
    })
    .catch(() => process.exit(1));
  for (const file of result.outputFiles) writeWhole(file.path, file.contents);
  if (isExecutable) chmodSync(join(root, `dist/${name}.js`), 0o755);
  await writeCodeCache(name, `${name}-${digest}.cache`, (cache) => train(program, cache));
}

/**
 * Writes the cache of a program, which holds what a run compiles. Without a cache it starts slower, and that is all.
 *
 * @param {string} program
 * @param {string} name
 * @param {(cache: string) => Training} train
 */
async function writeCodeCache(program, name, train) {
  const folder = join(root, 'dist');
  for (const old of readdirSync(folder)) {
    const isOld = old.startsWith(`${program}-`) && old.endsWith('.cache') && old !== name;
    if (isOld) rmSync(join(folder, old), { force: true });
  }
  const cache = join(folder, name);
  const temporary = `${cache}.${process.pid}`;
  const { code, stderr } = await train(temporary);
  if (code === 0 && existsSync(temporary)) renameSync(temporary, cache);
  else say(`The code cache of ${program} was not written, so it will start slower: ${stderr}`);
}

/**
 * Lets the command line run a tiny module.
 *
 * @param {string} bundle
 * @param {string} cache
 * @returns {Training}
 */
async function trainProgram(bundle, cache) {
  const scratch = mkdtempSync(join(tmpdir(), 'glassbox-build-'));
  const module = join(scratch, 'empty.wasm');
  writeFileSync(module, new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  const script = join(root, 'scripts', 'code-cache.mjs');
  const outcome = await capture(process.execPath, [script, bundle, cache, 'run', module]);
  rmSync(scratch, { recursive: true });
  return outcome;
}

/**
 * Lets a worker run a thread.
 *
 * @param {string} bundle
 * @param {string} cache
 * @returns {Training}
 */
function trainWorker(bundle, cache) {
  return capture(process.execPath, [join(root, 'scripts', 'thread-code-cache.mjs'), bundle, cache]);
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
