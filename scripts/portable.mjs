/**
 * `npm run portable`: the library as one script for hosts without modules, such as QuickJS and Hermes. esbuild puts the
 * sources into one function; swc lowers that to ES5, as old Hermes wants it, but for what no lowering can give: typed
 * arrays, Map, WeakMap, Symbol, BigInt values. The script sets the global `glassbox` to what the package exports.
 *
 *   node scripts/portable.mjs [--es2020] [--to FILE]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isMain, root, say } from './project.mjs';
import { ensureInstalled } from './ready.mjs';

/**
 * What swc may assume of the sources, so that classes become plain functions and objects: no class extends a function
 * that cannot be called, nothing reads a function's name or length, nobody looks for private fields.
 */
const assumptions = {
  constantSuper: true,
  ignoreFunctionLength: true,
  ignoreFunctionName: true,
  noDocumentAll: true,
  privateFieldsAsProperties: true,
  setPublicClassFields: true,
  superIsCallableConstructor: true,
};

/**
 * @param {object} options
 * @param {string} options.entry relative to the project; its exports become the global
 * @param {string} options.globalName
 * @param {boolean} [options.isLowered] to ES5
 * @returns {Promise<string>}
 */
export async function portableScript({ entry, globalName, isLowered = true }) {
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    globalName,
    platform: 'neutral',
    target: 'es2020',
    // Old Hermes does not read `import()`, which threads use; without workers there are none.
    supported: { 'dynamic-import': false },
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'error',
  });
  const script = outputFiles[0]?.text ?? '';
  if (!isLowered) return script;
  const swc = await import('@swc/core');
  const { code } = await swc.transform(script, {
    configFile: false,
    swcrc: false,
    isModule: false,
    jsc: { parser: { syntax: 'ecmascript' }, target: 'es5', externalHelpers: false, assumptions },
  });
  return code;
}

/** The library. */
export function portableLibrary(isLowered = true) {
  return portableScript({ entry: 'src/index.ts', globalName: 'glassbox', isLowered });
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({ options: { es2020: { type: 'boolean', default: false }, to: { type: 'string' } } });
  await ensureInstalled();
  const path = values.to === undefined ? resolve(root, 'dist', 'glassbox.portable.js') : resolve(values.to);
  const script = await portableLibrary(!values.es2020);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, script);
  say(`${path}: ${(script.length / 1e6).toFixed(2)} MB, ${values.es2020 ? 'ES2020' : 'ES5'}`);
}
