/** Guests stopped at any instruction go on from their snapshot as if nothing had happened, whichever code runs. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../api/index.ts';
import { call, finish, load, runTo, save } from '../../api/test-guest.ts';
import { guests } from './test-guests.ts';

describe.each(guests.map(({ name, text }) => [name, text] as const))('%s', (_, text) => {
  const fast = compile(text);
  const clear = compile(fast.bytes, { lowering: 'clear' });
  const whole = call(fast, {}, 'main');
  const results = finish(whole);
  const total = whole.store.instructionCount;

  test('every instruction', () => {
    for (let count = 0; count < total; count++) {
      const guest = call(fast, {}, 'main');
      expect(runTo(guest, count)).toBe(false);
      const bytes = save(guest);
      const twin = call(clear, {}, 'main');
      runTo(twin, count);
      expect(save(twin), `clear code at ${count}`).toEqual(bytes);
      const again = load(bytes, {}, { lowering: count % 2 === 0 ? 'fast' : 'clear' });
      expect(save(again), `read at ${count}`).toEqual(bytes);
      expect(finish(again), `from ${count}`).toEqual(results);
      expect(again.store.instructionCount).toBe(total);
      expect(again.store.callCount).toBe(whole.store.callCount);
    }
  });

  test('the original goes on undisturbed', () => {
    const guest = call(fast, {}, 'main');
    runTo(guest, Math.floor(total / 2));
    save(guest);
    expect(finish(guest)).toEqual(results);
    expect(guest.store.instructionCount).toBe(total);
  });
});
