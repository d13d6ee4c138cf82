;; A small stack-less bytecode machine dispatched by br_table: n operations of a program of 64 in memory.
(module
  (memory 1)
  (func $prepare
    (local $i i32) (local $seed i32)
    (local.set $seed (i32.const 7))
    (loop $next
      (local.set $seed
        (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
      (i32.store8 (local.get $i) (i32.shr_u (local.get $seed) (i32.const 29)))
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64)))))
  (func $run (export "run") (param $n i32) (result i32)
    (local $pc i32) (local $a i32) (local $b i32)
    (call $prepare)
    (local.set $a (i32.const 1))
    (loop $dispatch
      (block $done
        (block $skip
          (block $mask
            (block $shift
              (block $swap
                (block $mul
                  (block $xor
                    (block $sub
                      (block $add
                        (br_table $add $sub $xor $mul $swap $shift $mask $skip
                          (i32.load8_u (i32.and (local.get $pc) (i32.const 63)))))
                      (local.set $a (i32.add (local.get $a) (local.get $b)))
                      (br $done))
                    (local.set $b (i32.sub (local.get $a) (local.get $b)))
                    (br $done))
                  (local.set $a (i32.xor (local.get $a) (local.get $pc)))
                  (br $done))
                (local.set $a (i32.add (i32.mul (local.get $a) (i32.const 31)) (i32.const 7)))
                (br $done))
              (local.set $b (local.get $a))
              (local.set $a (i32.rotl (local.get $a) (i32.const 11)))
              (br $done))
            (local.set $b (i32.shr_u (local.get $b) (i32.const 3)))
            (br $done))
          (local.set $b (i32.and (local.get $b) (i32.const 0xffffff)))
          (br $done))
        (local.set $pc (i32.add (local.get $pc) (i32.and (local.get $a) (i32.const 3)))))
      (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
      (br_if $dispatch (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.xor (local.get $a) (local.get $b))))
