;; A loop that runs for long with a large argument: the page
;; stays alive, and the history can be scrubbed afterwards.
(module
  (global $longest (export "longest") (mut i32) (i32.const 0))

  ;; Steps from $n down to 1, halving even numbers.
  (func $steps (param $n i64) (result i32)
    (local $count i32)
    (block $done
      (loop $next
        (br_if $done (i64.le_u (local.get $n) (i64.const 1)))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (if (i64.eqz (i64.and (local.get $n) (i64.const 1)))
          (then
            (local.set $n (i64.shr_u (local.get $n) (i64.const 1))))
          (else
            (local.set $n
              (i64.add (i64.mul (local.get $n) (i64.const 3)) (i64.const 1)))))
        (br $next)))
    (local.get $count))

  ;; The start below $limit with the most steps.
  (func (export "main") (param $limit i32) (result i32)
    (local $n i32)
    (local $count i32)
    (local $best i32)
    (loop $next
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (local.set $count (call $steps (i64.extend_i32_u (local.get $n))))
      (if (i32.gt_u (local.get $count) (global.get $longest))
        (then
          (global.set $longest (local.get $count))
          (local.set $best (local.get $n))))
      (br_if $next (i32.lt_u (local.get $n) (local.get $limit))))
    (local.get $best)))
