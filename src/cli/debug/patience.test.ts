/** Steps in portions against the session's own, at every moment of a run. */
import { describe, expect, it } from 'vitest';
import { compile, inspect, instantiate, type Session } from '../../api/index.ts';
import { stepOut, stepOver } from './patience.ts';

/** Recursion, an exception that passes frames, and functions without locals. */
const guest = `(module
  (tag $oops)
  (func $throws (throw $oops))
  (func $passes (call $throws))
  (func $fac (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 1))
      (else (i32.mul (local.get $n) (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
  (func $tail (param $n i32) (if (local.get $n) (then (return_call $tail (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "run") (result i32)
    (block $caught
      (try_table (catch $oops $caught) (call $passes)))
    (call $tail (i32.const 2))
    (call $fac (i32.const 3))))`;

const module = compile(guest);

/** A session that stands after so many instructions. */
function sessionAt(instructionCount: number): Session {
  const session = inspect(instantiate(module));
  session.call('run');
  if (instructionCount > 0) session.run({ budget: instructionCount });
  return session;
}

function picture(session: Session, { reason }: { reason: string }): unknown {
  return [reason, session.instructionCount, session.depth];
}

const session = inspect(instantiate(module));
session.call('run');
session.run();
const total = session.instructionCount;

describe.each([1, 5])('in portions of %i', (portion) => {
  it('they arrive where the whole steps do', async () => {
    for (let count = 0; count < total; count++) {
      const [overWhole, over, outWhole, out] = Array.from({ length: 4 }, () => sessionAt(count)) as [
        Session,
        Session,
        Session,
        Session,
      ];
      const isInterrupted = () => false;
      expect(picture(over, await stepOver(over, isInterrupted, portion))).toEqual(
        picture(overWhole, overWhole.stepOver()),
      );
      expect(picture(out, await stepOut(out, isInterrupted, portion))).toEqual(picture(outWhole, outWhole.stepOut()));
    }
  });
});

it('an interruption ends them between portions', async () => {
  const standing = sessionAt(0);
  const stop = await stepOut(standing, () => true, 3);
  expect(picture(standing, stop)).toEqual(['pause', 3, standing.depth]);
});
