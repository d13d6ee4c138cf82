/** Where the official test suites are, and which of them are run. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export { findSuites } from '../scripts/suites-folder.mjs';

export interface Suite {
  readonly name: string;
  /** Below the suites' folder. */
  readonly folder: string;
  /** How many scripts it has, so that a half-filled folder is noticed. */
  readonly scripts: number;
}

/** The suites that must pass, whole. */
export const suites: readonly Suite[] = [
  { name: 'core', folder: 'core/spec', scripts: 97 },
  { name: 'bulk-memory', folder: 'core/spec/bulk-memory', scripts: 8 },
  { name: 'multi-memory', folder: 'core/spec/multi-memory', scripts: 41 },
  { name: 'exceptions', folder: 'core/spec/exceptions', scripts: 4 },
  { name: 'legacy-exceptions', folder: 'core/legacy-exceptions', scripts: 4 },
];

/** The scripts of a suite, not of its subfolders, as paths below the suites' folder. */
export function scriptsOf(root: string, { folder }: Suite): string[] {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.wast'));
  return names.sort().map((name) => `${folder}/${name}`);
}
