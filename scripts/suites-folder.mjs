/** Finds the official tests: `GLASSBOX_SUITES`, then ../shared/suites, then ./suites, which `npm run suites` fills. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './project.mjs';

/** @returns {string | undefined} the folder; `undefined` when there is none */
export function findSuites() {
  const named = process.env.GLASSBOX_SUITES;
  if (named !== undefined && named !== '') return existsSync(named) ? resolve(named) : undefined;
  const places = [join(root, '..', 'shared', 'suites'), join(root, 'suites')];
  return places.find((place) => existsSync(join(place, 'core', 'spec')));
}
