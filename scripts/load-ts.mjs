/**
 * Lets a script import TypeScript of the project: the file and what it imports are bundled and imported as one module.
 * Packages stay outside of the bundle.
 */

import { createHash } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheFolder, root } from './project.mjs';

/**
 * Imports a TypeScript file.
 *
 * @param {string} path relative to the project
 * @returns {Promise<any>} its exports; the caller says their type
 */
export async function loadTs(path) {
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'error',
  });
  const code = result.outputFiles[0]?.text ?? '';
  // Under node_modules, so that packages are found; named by contents, so that it is imported once.
  const name = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const file = join(cacheFolder(), `${name}.mjs`);
  if (!existsSync(file)) {
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  }
  return import(pathToFileURL(file).href);
}
