/**
 * `npm run playground`: builds docs/playground/index.html, one file that holds the whole page and needs no server.
 *
 *   node scripts/playground.mjs [FILE]     writes FILE instead
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { durationText, isMain, readText, root, say } from './project.mjs';
import { ensureInstalled } from './ready.mjs';

const folder = 'docs/playground';

/**
 * The page as one text.
 *
 * @returns {Promise<string>}
 */
export async function renderPlayground() {
  const esbuild = await import('esbuild');
  /** @type {import('esbuild').BuildOptions} */
  const options = {
    absWorkingDir: root,
    bundle: true,
    write: false,
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'error',
    loader: { '.wat': 'text' },
  };
  const [script, style] = await Promise.all([
    esbuild.build({ ...options, entryPoints: [`${folder}/src/main.ts`], format: 'iife', target: 'es2022' }),
    esbuild.build({ ...options, entryPoints: [`${folder}/style.css`] }),
  ]);
  const code = escaped(script.outputFiles?.[0]?.text ?? '', 'script').trim();
  const digest = createHash('sha256').update(code).digest('base64');
  /** @type {Record<string, string>} */
  const parts = {
    SCRIPT: code,
    STYLE: escaped(style.outputFiles?.[0]?.text ?? '', 'style').trim(),
    SCRIPT_DIGEST: `sha256-${digest}`,
  };
  return readText(`${folder}/template.html`).replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name] ?? '');
}

/**
 * Keeps an element from ending inside of its text.
 *
 * @param {string} text
 * @param {'script' | 'style'} tag
 */
function escaped(text, tag) {
  return text.replace(new RegExp(`</(?=${tag})`, 'gi'), '<\\/');
}

/**
 * Builds the page into a file.
 *
 * @param {string} [file]
 * @returns {Promise<string>} the file
 */
export async function buildPlayground(file = join(root, folder, 'index.html')) {
  const page = await renderPlayground();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
  return file;
}

if (isMain(import.meta.url)) {
  await ensureInstalled();
  const start = performance.now();
  const named = process.argv[2];
  const file = await buildPlayground(named === undefined ? undefined : resolve(named));
  const page = readFileSync(file);
  const size = `${Math.round(page.length / 1000)} kB, ${Math.round(gzipSync(page).length / 1000)} kB compressed`;
  say(`Wrote ${file} (${size}) in ${durationText(performance.now() - start)}.`);
}
