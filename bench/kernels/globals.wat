;; Mutable globals read and written in a loop of calls: n rounds of a generator whose state is global.
(module
  (global $state (mut i32) (i32.const 2463534242))
  (global $count (mut i32) (i32.const 0))
  (global $sum (mut i64) (i64.const 0))
  (func $draw
    (global.set $state (i32.xor (global.get $state) (i32.shl (global.get $state) (i32.const 13))))
    (global.set $state (i32.xor (global.get $state) (i32.shr_u (global.get $state) (i32.const 17))))
    (global.set $state (i32.xor (global.get $state) (i32.shl (global.get $state) (i32.const 5))))
    (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (func $run (export "run") (param $n i32) (result i64)
    (global.set $state (i32.const 2463534242))
    (global.set $count (i32.const 0))
    (global.set $sum (i64.const 0))
    (loop $next
      (call $draw)
      (global.set $sum (i64.add (global.get $sum) (i64.extend_i32_u (global.get $state))))
      (br_if $next (i32.lt_u (global.get $count) (local.get $n))))
    (global.get $sum)))
