/**
 * A barrier in guests' code: nobody goes on before all have come. Who comes too early spins for a while, so that
 * agents on different cores go on at the same moment, and then sleeps, for those that share a core.
 */

/** The barrier's words begin here, in the memory's first page: arrivals, and how often all have come. */
const ARRIVED = 64;
const PASSED = 128;

/** `(call $barrier N)`: N agents take part. */
export const barrierFunction = `
  (func $barrier (param $count i32) (local $passed i32) (local $turns i32)
    (local.set $passed (i32.atomic.load (i32.const ${PASSED})))
    (if (i32.eq (i32.atomic.rmw.add (i32.const ${ARRIVED}) (i32.const 1)) (i32.sub (local.get $count) (i32.const 1)))
      (then
        (i32.atomic.store (i32.const ${ARRIVED}) (i32.const 0))
        (i32.atomic.store (i32.const ${PASSED}) (i32.add (local.get $passed) (i32.const 1)))
        (drop (memory.atomic.notify (i32.const ${PASSED}) (i32.const -1)))
        (return)))
    (loop $spin
      (br_if 1 (i32.ne (i32.atomic.load (i32.const ${PASSED})) (local.get $passed)))
      (br_if $spin (i32.lt_u (local.tee $turns (i32.add (local.get $turns) (i32.const 1))) (i32.const 1000))))
    (loop $sleep
      (drop (memory.atomic.wait32 (i32.const ${PASSED}) (local.get $passed) (i64.const -1)))
      (br_if $sleep (i32.eq (i32.atomic.load (i32.const ${PASSED})) (local.get $passed)))))`;
