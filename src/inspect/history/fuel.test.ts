/** Fuel in a recorded call: what is left at a moment of the past is what was left then. */
import { expect, test } from 'vitest';
import { compile, inspect, instantiate, restoreSnapshot, Store } from '../../api/index.ts';

test('a snapshot of the past has the fuel of then', () => {
  const wat = '(module (func (export "run") (loop (br_if 0 (i32.const 1)))))';
  const instance = instantiate(compile(wat), {}, { store: new Store({ fuel: 1000 }) });
  const session = inspect(instance);
  session.call('run');
  session.record();
  session.run({ budget: 500 });
  session.goTo(123);
  expect(restoreSnapshot(session.save()).store.fuel).toBe(877);
  session.goTo(500);
  expect(restoreSnapshot(session.save()).store.fuel).toBe(500);
  session.run({ budget: 100 });
  expect(restoreSnapshot(session.save()).store.fuel).toBe(400);
});
