/** The built library and program, copied away: a build during the run changes nothing of what is measured. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../scripts/project.mjs';

/**
 * Peers find the copy by GLASSBOX_LIBRARY.
 *
 * @returns {{ library: string, node: string, program: string, remove: () => void }} addresses of the library and of its
 *   part for node, the path of the program
 */
export function copyBuild() {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-build-'));
  const dist = join(folder, 'dist');
  const isCode = (/** @type {string} */ path) => !path.endsWith('types');
  cpSync(join(root, 'dist'), dist, { recursive: true, filter: isCode });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const library = pathToFileURL(join(dist, 'index.js')).href;
  process.env.GLASSBOX_LIBRARY = library;
  return {
    library,
    node: pathToFileURL(join(dist, 'node.js')).href,
    program: join(dist, 'glassbox.cjs'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
