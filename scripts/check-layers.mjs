/**
 * Checks who imports whom: folders of src/ depend in one direction, enter each other by index.ts only, and the core
 * knows nothing of its host. Type-only imports count: a type is knowledge too. Tests are free.
 */
import { dirname, posix } from 'node:path';
import { listFiles, readText } from './project.mjs';
import { codeOnly, importsOf, lineAt } from './source-text.mjs';

/**
 * What each folder may import. Core folders run on every host, so nothing of node may be in them.
 *
 * @type {Record<string, { core: boolean, may: readonly string[] }>}
 */
const layers = {
  syntax: { core: true, may: [] },
  decoder: { core: true, may: ['syntax'] },
  encoder: { core: true, may: ['syntax', 'decoder'] },
  text: { core: true, may: ['syntax', 'decoder', 'encoder'] },
  validator: { core: true, may: ['syntax', 'decoder'] },
  runtime: { core: true, may: ['syntax', 'decoder', 'validator'] },
  atomics: { core: true, may: ['syntax', 'runtime'] },
  interpreter: { core: true, may: ['syntax', 'decoder', 'validator', 'runtime', 'atomics'] },
  inspect: {
    core: true,
    may: ['syntax', 'decoder', 'encoder', 'text', 'validator', 'runtime', 'atomics', 'interpreter'],
  },
  api: {
    core: true,
    may: ['syntax', 'decoder', 'encoder', 'text', 'validator', 'runtime', 'atomics', 'interpreter', 'inspect'],
  },
  script: { core: true, may: ['syntax', 'decoder', 'encoder', 'text', 'validator', 'runtime', 'api'] },
  // WASI shows that the embedding API is enough: it sees nothing beneath it but the errors' names.
  wasi: { core: true, may: ['syntax', 'atomics', 'api'] },
  diff: { core: false, may: ['syntax', 'decoder', 'encoder', 'text', 'validator', 'api', 'script', 'wasi'] },
  cli: {
    core: false,
    may: ['syntax', 'decoder', 'encoder', 'text', 'validator', 'inspect', 'api', 'script', 'wasi', 'diff'],
  },
  // The files directly in src/ are the package's entries.
  '.': { core: true, may: ['syntax', 'decoder', 'text', 'validator', 'inspect', 'api', 'script', 'wasi'] },
};

/** The entries of what touches the host although its layer does not, and the folder behind the first. */
const hostFiles = new Set(['src/wasi/host/node/index.ts', 'src/node.ts']);
const hostFolder = 'src/wasi/host/node/';

/** @type {readonly [RegExp, string][]} */
const forbiddenInCore = [
  [/\b(?:0[xob])?[\da-f_]*\dn\b/gi, 'a BigInt literal: QuickJS builds and older hosts parse none'],
  [/\bnew Function\b|\beval\(/g, 'code generation: many hosts forbid it'],
];

/**
 * @returns {{ problems: string[], note: string }}
 */
export function checkLayers() {
  const files = listFiles('src', (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  return { problems: files.flatMap(problemsOf), note: `${files.length} files` };
}

/** @param {string} path */
function layerOf(path) {
  const parts = path.split('/');
  return parts.length === 2 ? '.' : (parts[1] ?? '.');
}

/** @param {string} path */
function problemsOf(path) {
  const layerName = layerOf(path);
  const layer = layers[layerName];
  if (layer === undefined) return [`${path}: src/${layerName} is not in the list of scripts/check-layers.mjs`];
  const text = readText(path);
  const isCore = layer.core && !hostFiles.has(path) && !path.startsWith(hostFolder);
  const problems = importsOf(text).flatMap(({ specifier, line }) => {
    const problem = problemOfImport(path, layerName, specifier, isCore);
    return problem === undefined ? [] : [`${path}:${line}: ${problem}`];
  });
  if (!isCore) return problems;
  const code = codeOnly(text);
  for (const [pattern, what] of forbiddenInCore) {
    for (const match of code.matchAll(pattern)) {
      problems.push(`${path}:${lineAt(code, match.index)}: '${match[0]}' is ${what}`);
    }
  }
  return problems;
}

/**
 * @param {string} path the importing file
 * @param {string} layerName
 * @param {string} specifier
 * @param {boolean} isCore
 * @returns {string | undefined}
 */
function problemOfImport(path, layerName, specifier, isCore) {
  if (!specifier.startsWith('.')) {
    if (!isCore && specifier.startsWith('node:')) return undefined;
    return isCore ? `the core imports no package: '${specifier}'` : `'${specifier}' is no run-time dependency`;
  }
  if (!specifier.endsWith('.ts')) return `'${specifier}' does not end in .ts`;
  const target = posix.normalize(posix.join(dirname(path), specifier));
  if (!target.startsWith('src/')) return `'${specifier}' lies outside of src/`;
  const targetLayer = layerOf(target);
  if (targetLayer === layerName) return undefined;
  if (!layers[layerName]?.may.includes(targetLayer)) return `${layerName} must not import ${targetLayer}`;
  const isEntry = target === `src/${targetLayer}/index.ts` || hostFiles.has(target);
  return isEntry ? undefined : `'${specifier}' goes past ${targetLayer}/index.ts`;
}
