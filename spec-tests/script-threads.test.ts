/** `glassbox wast` with threads: each runs in a worker, and its report is part of the script's. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from './run-program.ts';

async function wast(source: string, ...options: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-script-'));
  writeFileSync(join(folder, 'threads.wast'), source);
  return runProgram(folder, ['wast', ...options, 'threads.wast']);
}

const memory = '(module $M (memory (export "m") 1 1 shared))';
const importing = '(memory (import "m" "m") 1 1 shared)';

test('B1.3: what fails in a thread is told with its line', async () => {
  const { code, stdout } = await wast(`(thread $T
    (module (func (export "f") (result i32) (i32.const 1)) (func (export "trap") (unreachable)))
    (assert_return (invoke "f") (i32.const 2))
    (assert_trap (invoke "trap") "unreachable")
    (thread $Inner
      (module quote "(nonsense)")))
    (module)`);
  expect(code).toBe(1);
  expect(stdout.split('\n')).toEqual([
    'FAIL threads.wast: 5 passed, 2 failed, 0 skipped',
    '     threads.wast:3: assert_return failed: expected (i32.const 2), got (i32.const 1)',
    expect.stringMatching(/^ {5}threads\.wast:6: module failed: ParseError: unknown operator nonsense/),
    '5 passed, 2 failed, 0 skipped',
    '',
  ]);
});

test.each(['fast', 'clear'])('B1.3: threads wait for each other, in %s code', async (lowering) => {
  const turn = (from: number, to: number) => `(thread $T${from} (shared (module $M))
    (register "m" $M)
    (module ${importing}
      (func (export "turn") (result i32)
        (loop $again
          (if (i32.ne (i32.atomic.load (i32.const 0)) (i32.const ${from}))
            (then
              (drop (memory.atomic.wait32 (i32.const 0) (i32.atomic.load (i32.const 0)) (i64.const 1000000)))
              (br $again))))
        (i32.atomic.store (i32.const 0) (i32.const ${to}))
        (memory.atomic.notify (i32.const 0) (i32.const -1))))
    (invoke "turn"))`;
  // Each can only go on after the one that is started later.
  const { stdout } = await wast(
    `${memory} ${turn(3, 4)} ${turn(2, 3)} ${turn(1, 2)} ${turn(0, 1)} (wait $T3)
     (register "m" $M) (module ${importing} (func (export "at") (result i32) (i32.load (i32.const 0))))
     (assert_return (invoke "at") (i32.const 4))`,
    `--lowering=${lowering}`,
  );
  expect(stdout).toMatch(/\n21 passed, 0 failed, 0 skipped\n$/);
});
