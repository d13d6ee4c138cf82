;; Exceptions thrown in a callee and caught in the loop that calls it: steps of the Collatz sequences from 1 to n.
(module
  (tag $odd (param i32))
  (func $halve (param $x i32) (result i32)
    (if (i32.and (local.get $x) (i32.const 1)) (then (throw $odd (local.get $x))))
    (i32.shr_u (local.get $x) (i32.const 1)))
  (func $step (param $x i32) (result i32)
    (block $caught (result i32)
      (return (try_table (result i32) (catch $odd $caught) (call $halve (local.get $x)))))
    (i32.add (i32.mul (i32.const 3)) (i32.const 1)))
  (func $run (export "run") (param $n i32) (result i32)
    (local $x i32) (local $steps i32)
    (loop $start
      (local.set $x (local.get $n))
      (loop $next
        (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
        (local.set $x (call $step (local.get $x)))
        (br_if $next (i32.ne (local.get $x) (i32.const 1))))
      (br_if $start (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $steps)))
