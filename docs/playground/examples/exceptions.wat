;; An exception on its way: thrown two calls deep, it passes
;; through $middle and lands in the handler of main with its
;; payload on the operand stack.
(module
  (tag $too_large (param i32))

  (func $check (param $n i32) (result i32)
    (if (i32.gt_s (local.get $n) (i32.const 100))
      (then
        (throw $too_large (local.get $n))))
    (local.get $n))

  (func $middle (param $n i32) (result i32)
    (i32.mul (call $check (local.get $n)) (i32.const 2)))

  ;; Twice $n; or, when $n is too large, minus $n.
  (func (export "main") (param $n i32) (result i32)
    (block $caught (result i32)
      (try_table (catch $too_large $caught)
        (return (call $middle (local.get $n))))
      (unreachable))
    (local.set $n)
    (i32.sub (i32.const 0) (local.get $n))))
