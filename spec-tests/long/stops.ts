/**
 * Real programs stopped, saved, resumed and gone back in more often than in `npm test`: 20 stops, 100 moments of each.
 */
import { spawn } from 'node:child_process';

const files = ['spec-tests/snapshots.test.ts', 'spec-tests/recordings.test.ts', 'spec-tests/pauses-programs.test.ts'];

export async function main(): Promise<string> {
  const env = { GLASSBOX_STOPS: '20', GLASSBOX_MOMENTS: '100', ...process.env };
  const child = spawn('npx', ['vitest', 'run', ...files], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code !== 0) throw new Error(`the tests ended with ${String(code)}`);
  return `${env.GLASSBOX_STOPS} stops and ${env.GLASSBOX_MOMENTS} moments of each program`;
}
