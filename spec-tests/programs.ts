/**
 * The real programs and which of them a test run takes: all in `npm run long`, those that end within seconds in
 * `npm test`. They are not part of the project. Without the folder `GLASSBOX_PROGRAMS`, or `../shared/programs` beside
 * the project, there are none.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Program {
  readonly name: string;
  readonly kind: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly stdin: string | null;
  /** Guest path → path below the folder; `TMP` is a new, empty one. */
  readonly preopens: Readonly<Record<string, string>>;
  readonly exit_code: number;
  /** About as many as there are; null: the program is short. */
  readonly approx_instructions: number | null;
  readonly stdout_sha256: string;
}

/** Instructions that programs of `npm test` may have. */
const MAX_INSTRUCTIONS = 50_000_000;

export const folder = process.env.GLASSBOX_PROGRAMS ?? resolve(import.meta.dirname, '../../shared/programs');
const manifest = join(folder, 'manifest.json');
const all: Program[] = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).programs : [];

/** None where the folder is not there. */
export const programs: readonly Program[] = all.filter(({ kind, approx_instructions }) => {
  const isTaken = process.env.GLASSBOX_ALL_PROGRAMS === '1' || (approx_instructions ?? 0) <= MAX_INSTRUCTIONS;
  return kind === 'p1' && isTaken;
});
