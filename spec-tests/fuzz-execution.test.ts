/** A short run of the execution fuzz; npm run long has the long one. */
import { expect, test } from 'vitest';
import { fuzzExecution } from './generate/fuzz-execution.ts';

test('random modules run alike in fast code, clear code and the host', () => {
  const { calls, traps, compared } = fuzzExecution(300, 4711);
  expect(calls).toBeGreaterThan(200);
  expect(traps).toBeGreaterThan(20);
  expect(compared).toBeGreaterThan(80);
});
