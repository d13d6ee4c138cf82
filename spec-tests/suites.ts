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
  { name: 'gc', folder: 'core/spec/gc', scripts: 17 },
  { name: 'memory64', folder: 'core/spec/memory64', scripts: 25 },
  { name: 'simd', folder: 'core/spec/simd', scripts: 59 },
  { name: 'relaxed-simd', folder: 'core/spec/relaxed-simd', scripts: 7 },
  { name: 'legacy-exceptions', folder: 'core/legacy-exceptions', scripts: 4 },
  { name: 'custom annotations', folder: 'core/custom/custom', scripts: 1 },
  { name: 'branch hints', folder: 'core/custom/metadata.code.branch_hint', scripts: 1 },
  { name: 'name annotations', folder: 'core/custom/name', scripts: 1 },
  { name: 'custom-page-sizes', folder: 'core/proposals/custom-page-sizes', scripts: 5 },
  { name: 'wide-arithmetic', folder: 'core/proposals/wide-arithmetic', scripts: 1 },
  { name: 'threads', folder: 'core/proposals/threads', scripts: 4 },
];

/** The scripts of a suite, not of its subfolders, as paths below the suites' folder. */
export function scriptsOf(root: string, { folder }: Suite): string[] {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.wast'));
  return names.sort().map((name) => `${folder}/${name}`);
}
