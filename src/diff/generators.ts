/** The generators by name. */
import type { Generator } from './case.ts';
import { randomGenerators } from './generate/index.ts';
import { instructionSweep } from './sweep/index.ts';

/** Every generator; those that are missing say what they need. */
export function findGenerators(): Promise<Generator[]> {
  return Promise.resolve([instructionSweep(), ...randomGenerators()]);
}
