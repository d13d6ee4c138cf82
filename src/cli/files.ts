/** Writing the files that `-o` names. */
import { writeFileSync } from 'node:fs';
import { Failure } from './failure.ts';

/** @throws {Failure} when it cannot be written */
export function writeFile(path: string, contents: string | Uint8Array): void {
  try {
    writeFileSync(path, contents);
  } catch (error) {
    throw new Failure(`cannot write '${path}': ${(error as Error).message}`);
  }
}
