/**
 * Guests with threads for long: the suite's programs 50 times in a row each, 10,000 threads after each other, and ten
 * minutes of groups that do what they can at random. `GLASSBOX_THREADS_ROUNDS`, `GLASSBOX_THREADS_SPAWNS` and
 * `GLASSBOX_SOAK_SECONDS` say how many.
 */
import { guest } from '../threads/fixtures.ts';
import { runGroup } from '../threads/run-group.ts';
import { soak } from '../threads/soak.ts';
import { runBlocked, suitePrograms } from '../threads/suite.ts';

const rounds = Number(process.env.GLASSBOX_THREADS_ROUNDS ?? 50);
const spawns = Number(process.env.GLASSBOX_THREADS_SPAWNS ?? 10_000);
const seconds = Number(process.env.GLASSBOX_SOAK_SECONDS ?? 600);

export async function main(progress: (text: string) => void): Promise<string> {
  const programs = suitePrograms();
  for (const { name, path, exitCode: expected } of programs) {
    for (let round = 1; round <= rounds; round++) {
      progress(`${name} ${round} of ${rounds}`);
      const { exitCode, stderr } = await runBlocked([path]);
      if (exitCode !== expected)
        throw new Error(`${name}, round ${round}: ${exitCode} in place of ${expected} ${stderr}`);
    }
  }
  progress(`${spawns} threads after each other`);
  await spawnMany();
  const summary = await soak({ seconds, progress });
  return `${programs.length} programs × ${rounds}, ${spawns} threads; ${summary}`;
}

async function spawnMany(): Promise<void> {
  const text = guest(
    `(loop $next
      (drop (call $must_spawn (i32.const 0)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (call $await (local.get $i))
      (br_if $next (i32.lt_s (local.get $i) (i32.const ${spawns}))))
    (i32.load (i32.const 0))`,
    '(call $done)',
  );
  const { end, workers, threads } = await runGroup(text, { entry: 'main' });
  if (end !== spawns || workers !== 0 || threads !== 0) {
    throw new Error(`${spawns} threads: ended by ${String(end)}, left ${workers} workers, ${threads} threads`);
  }
}
