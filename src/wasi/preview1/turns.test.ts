/** Tests of turns between calls that do not wait. */
import { expect, test } from 'vitest';
import { memoryHost } from '../host/memory.ts';
import { Errno } from './errno.ts';
import { suspend } from './suspension.ts';
import { TURN_MS, Turns } from './turns.ts';

test('a call answers at once until a turn is due, then after it, and at once again', async () => {
  let nowMs = 1000;
  const turns = new Turns(memoryHost().clock, () => nowMs);
  expect(turns.after(8)).toBe(8);
  nowMs += TURN_MS - 1;
  expect(turns.after(8)).toBe(8);
  nowMs += 1;
  let hadTurn = false;
  setImmediate(() => {
    hadTurn = true;
  });
  const outcome = turns.after(8);
  expect(outcome).toBeInstanceOf(Promise);
  expect(await outcome).toBe(8);
  expect(hadTurn).toBe(true);
  expect(turns.after(0)).toBe(0);
});

test('a call that waits is a turn', () => {
  let nowMs = 1000;
  const turns = new Turns(memoryHost().clock, () => nowMs);
  nowMs += TURN_MS;
  const waiting = suspend(async () => Errno.success);
  expect(turns.after(waiting)).toBe(waiting);
  expect(turns.after(0)).toBe(0);
});
