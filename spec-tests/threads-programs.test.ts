/** Programs with threads, in the built command line: the proposal's own, and real ones. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, type Program } from './programs.ts';
import { runBlocked, suitePrograms } from './threads/suite.ts';

/** `npm run long` runs each 50 times. */
const ROUNDS = 3;

const programs = suitePrograms();

describe.skipIf(programs.length === 0)('B1.4: the wasi-threads suite', () => {
  test('is whole', () => {
    expect(programs).toHaveLength(14);
  });

  test.each(programs.map((each) => [each.name, each] as const))('%s', async (_, { path, exitCode }) => {
    const outcomes = await Promise.all(Array.from({ length: ROUNDS }, () => runBlocked([path])));
    expect(outcomes.map((outcome) => outcome.exitCode)).toEqual(Array(ROUNDS).fill(exitCode));
    expect(outcomes.map(({ stderr }) => stderr)).toEqual(Array(ROUNDS).fill(''));
  });
});

const manifest = join(folder, 'manifest.json');
const all: Program[] = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).programs : [];
const threaded = all.filter(({ kind }) => kind === 'p1-threads');

describe.skipIf(threaded.length === 0)('B1.4: programs with threads', () => {
  test.each(threaded.map((each) => [each.name, each] as const))('%s', async (_, program) => {
    const granted = Object.entries(program.preopens).flatMap(([guestPath, path]) => [
      '--dir',
      `${join(folder, path)}::${guestPath}`,
    ]);
    const { exitCode, stdout } = await runBlocked([...granted, join(folder, program.file), ...program.args]);
    expect(createHash('sha256').update(stdout).digest('hex')).toBe(program.stdout_sha256);
    expect(exitCode).toBe(program.exit_code);
  });
});
