;; A text in memory, turned round in place: two addresses walk
;; towards each other and swap what they meet.
(module
  (import "host" "print"
    (func $print (param $address i32) (param $byte_count i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "stressed")

  (func $swap (param $a i32) (param $b i32)
    (local $kept i32)
    (local.set $kept (i32.load8_u (local.get $a)))
    (i32.store8 (local.get $a) (i32.load8_u (local.get $b)))
    (i32.store8 (local.get $b) (local.get $kept)))

  (func (export "main")
    (local $first i32)
    (local $last i32)
    (local.set $first (i32.const 32))
    (local.set $last (i32.const 39))
    (call $print (i32.const 32) (i32.const 8))
    (loop $inward
      (call $swap (local.get $first) (local.get $last))
      (local.set $first (i32.add (local.get $first) (i32.const 1)))
      (local.set $last (i32.sub (local.get $last) (i32.const 1)))
      (br_if $inward (i32.lt_u (local.get $first) (local.get $last))))
    (call $print (i32.const 32) (i32.const 8))))
