/**
 * Where CoreMark's module comes from: the file that COREMARK_WASM names, or what `npm run coremark:fetch` has
 * brought. It is not part of the project: its licence asks that results name the official source.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../scripts/project.mjs';

/** CoreMark 1.0 as https://github.com/wasm3/wasm-coremark compiled it: it imports a clock and exports `run`. */
export const pinned = {
  address:
    'https://raw.githubusercontent.com/wasm3/wasm-coremark/5ee3ca1f10a7d25067b3bef6fae4df9fa8c3d512/coremark-minimal.wasm',
  sha256: '77da1d88a16d432a6c74d3e60d1e239003f2adc1e50b31125507bb8e175af05a',
};

export const missingAdvice =
  'CoreMark is not here: name its module with COREMARK_WASM, or bring it with npm run coremark:fetch.';

/** Where `npm run coremark:fetch` puts it. */
export function fetchedPath() {
  return join(cacheFolder(), 'coremark-minimal.wasm');
}

/** @param {Uint8Array} bytes */
export function digestOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ path: string, bytes: Uint8Array, isPinned: boolean } | undefined} nothing when it is nowhere
 */
export function findCoremark(env = process.env) {
  const named = env.COREMARK_WASM;
  const path = named ?? fetchedPath();
  if (!existsSync(path)) {
    if (named !== undefined) throw new Error(`COREMARK_WASM names ${named}, which does not exist`);
    return undefined;
  }
  const bytes = new Uint8Array(readFileSync(path));
  return { path, bytes, isPinned: digestOf(bytes) === pinned.sha256 };
}
