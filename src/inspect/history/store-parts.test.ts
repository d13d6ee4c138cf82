/** What a recording holds of a store. */
import { expect, test } from 'vitest';
import { compile, inspect, instantiate } from '../../api/index.ts';

test('objects of immutable globals go back, and stay the same ones as elsewhere', () => {
  const wat = `(module (type $s (struct (field (mut i32)))) (global $g (ref $s) (struct.new $s (i32.const 5)))
    (global $h (export "h") (mut (ref null $s)) (ref.null $s))
    (func (export "run") (result i32) (global.set $h (global.get $g))
      (struct.set $s 0 (global.get $g) (i32.const 6))
      (i32.add (struct.get $s 0 (global.get $h)) (i32.mul (i32.const 100) (ref.eq (global.get $g) (global.get $h))))))`;
  const session = inspect(instantiate(compile(wat)));
  session.call('run');
  session.record();
  session.run({ budget: 5 });
  const { globals } = session.instance.entry;
  const valueOfG = () => (globals[0]!.ref as { slots: unknown[] }).slots[0];
  expect(valueOfG()).toBe(6);
  session.stepBack();
  expect([valueOfG(), globals[0]!.ref === globals[1]!.ref]).toEqual([5, true]);
  expect(session.run().results).toBeUndefined();
  expect(session.run().results).toEqual([106]);
});
