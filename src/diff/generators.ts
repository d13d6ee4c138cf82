/** The generators by name. */
import { GlassboxError } from '../syntax/index.ts';
import type { Generator } from './case.ts';
import { randomGenerators } from './generate/index.ts';
import { moduleFilesAt, modulesIn } from './module-files.ts';
import { instructionSweep } from './sweep/index.ts';

/**
 * Names a file or folder whose modules `mutate` changes, beside those that it makes up; such as the official suites.
 */
const MODULES_VARIABLE = 'GLASSBOX_DIFF_MODULES';

function modulesToChange(): Uint8Array[] {
  const path = process.env[MODULES_VARIABLE];
  if (path === undefined || path === '') return [];
  return moduleFilesAt(path).flatMap((file) => {
    try {
      return modulesIn(file).map(({ bytes }) => bytes);
    } catch (error) {
      // A folder may hold what is no module.
      if (error instanceof GlassboxError) return [];
      throw error;
    }
  });
}

/** Every generator; those that are missing say what they need. */
export function findGenerators(): Promise<Generator[]> {
  return Promise.resolve([instructionSweep(), ...randomGenerators(modulesToChange)]);
}
