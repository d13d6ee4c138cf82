/** Finds the official tests: `GLASSBOX_SUITES`, then ../shared/suites, then ./suites, which `npm run suites` fills. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './project.mjs';

/**
 * @returns {string | undefined} the folder; `undefined` when there is none
 * @throws {Error} when `GLASSBOX_SUITES` names a folder that does not exist
 */
export function findSuites() {
  const named = process.env.GLASSBOX_SUITES;
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`GLASSBOX_SUITES names '${named}', which does not exist`);
    return resolve(named);
  }
  const places = [join(root, '..', 'shared', 'suites'), join(root, 'suites')];
  return places.find((place) => existsSync(join(place, 'core', 'spec')));
}
