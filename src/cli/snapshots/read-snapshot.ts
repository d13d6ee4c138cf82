/** Snapshots and recordings as files, and what is wrong with them. */
import { readFileSync } from 'node:fs';
import type { SnapshotError } from '../../syntax/index.ts';
import { Failure } from '../failure.ts';
import { printable } from '../output.ts';

/** @throws {Failure} */
export function readSnapshot(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Failure(isMissing ? `there is no file '${path}'` : `cannot read '${path}': ${(error as Error).message}`);
  }
}

/** What is wrong with a snapshot, and what to do about it where that is known. */
export function snapshotFailure(path: string, { message }: SnapshotError): Failure {
  const help = /not granted/.test(message) ? 'grant the folder under the name it had: --dir HOST::GUEST' : undefined;
  return new Failure(`${path}: ${printable(message)}`, help);
}
