/**
 * All real programs run, stopped, saved, resumed, recorded, replayed and looked at: `npm test` takes the shorter ones,
 * and stops and goes back in them less often.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const files = ['programs', 'snapshots', 'recordings', 'pauses-programs'].map((name) => `spec-tests/${name}.test.ts`);
/** A program takes seconds on a quiet machine, minutes on a busy one. */
const TIMEOUT_MS = 1_800_000;

export function main(): string {
  const vitest = resolve('node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', `--testTimeout=${TIMEOUT_MS}`, ...files];
  const env = { GLASSBOX_STOPS: '20', GLASSBOX_MOMENTS: '100', ...process.env, GLASSBOX_ALL_PROGRAMS: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  return /Tests .*/.exec(stdout)?.[0] ?? '';
}
