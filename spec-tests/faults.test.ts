/** Differential testing can fail: some faults of each kind, found and placed. `npm run long` has all of them. */
import { expect, test } from 'vitest';
import { readFaults } from './faults/fault.ts';
import { changeCount } from './faults/faulty-engine.ts';
import { findFault } from './faults/find-fault.ts';
import { faults } from './faults/table.ts';

const some = ['i32.sub with its operands swapped', 'f64.abs leaves a NaN as it is', 'select takes the other operand'];

test.each(some)('%s', { timeout: 110_000 }, async (name) => {
  const fault = faults.find((each) => each.name.startsWith(name))!;
  const found = await findFault(fault, 60);
  expect(found?.instruction).toMatch(fault.instructions);
  expect(found?.script).toMatch(/assert_|invoke/);
});

test('there are enough faults, each with a name of its own', () => {
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
  expect(faults.length).toBeGreaterThanOrEqual(40);
});

test('every fault finds its place in the sources', () => {
  expect(faults.filter((fault) => changeCount(fault) === 0).map(({ name }) => name)).toEqual([]);
});

test('faults can be read from a file', () => {
  const [fault] = readFaults(
    JSON.stringify([
      {
        name: 'x',
        against: 'v8',
        instructions: '^i32\\.add$',
        changes: [{ ops: '^i32\\.add$', from: '+', to: '-' }],
      },
    ]),
  );
  expect(fault!.instructions.test('i32.add')).toBe(true);
});
