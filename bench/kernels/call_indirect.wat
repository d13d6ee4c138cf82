;; Calls through a table in an order that does not repeat soon: eight small functions, n calls.
(module
  (type $op (func (param i32 i32) (result i32)))
  (table 8 8 funcref)
  (elem (i32.const 0) func $add $sub $xor $or $rotl $mul $shr $swap)
  (func $add (type $op) (i32.add (local.get 0) (local.get 1)))
  (func $sub (type $op) (i32.sub (local.get 0) (local.get 1)))
  (func $xor (type $op) (i32.xor (local.get 0) (local.get 1)))
  (func $or (type $op) (i32.or (local.get 0) (local.get 1)))
  (func $rotl (type $op) (i32.rotl (local.get 0) (local.get 1)))
  (func $mul (type $op) (i32.mul (local.get 0) (i32.or (local.get 1) (i32.const 1))))
  (func $shr (type $op) (i32.shr_u (local.get 0) (i32.const 1)))
  (func $swap (type $op) (i32.sub (local.get 1) (local.get 0)))
  (func $run (export "run") (param $n i32) (result i32)
    (local $seed i32) (local $value i32)
    (local.set $seed (i32.const 1))
    (loop $next
      (local.set $seed
        (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
      (local.set $value
        (call_indirect (type $op)
          (local.get $value)
          (local.get $seed)
          (i32.shr_u (local.get $seed) (i32.const 29))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $value)))
