;; i64 in locals: a xoshiro256** generator and a multiplying mixer, n steps.
(module
  (func $run (export "run") (param $n i32) (result i64)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64) (local $t i64) (local $sum i64)
    (local.set $a (i64.const 0x9e3779b97f4a7c15))
    (local.set $b (i64.const 0xbf58476d1ce4e5b9))
    (local.set $c (i64.const 0x94d049bb133111eb))
    (local.set $d (i64.const 0x2545f4914f6cdd1d))
    (loop $step
      (local.set $sum
        (i64.add
          (i64.rotl (local.get $sum) (i64.const 5))
          (i64.mul
            (i64.rotl (i64.mul (local.get $b) (i64.const 5)) (i64.const 7))
            (i64.const 9))))
      (local.set $t (i64.shl (local.get $b) (i64.const 17)))
      (local.set $c (i64.xor (local.get $c) (local.get $a)))
      (local.set $d (i64.xor (local.get $d) (local.get $b)))
      (local.set $b (i64.xor (local.get $b) (local.get $c)))
      (local.set $a (i64.xor (local.get $a) (local.get $d)))
      (local.set $c (i64.xor (local.get $c) (local.get $t)))
      (local.set $d (i64.rotl (local.get $d) (i64.const 45)))
      (local.set $t (i64.xor (local.get $sum) (i64.shr_u (local.get $sum) (i64.const 33))))
      (local.set $sum (i64.sub (i64.mul (local.get $t) (i64.const 0xff51afd7ed558ccd)) (local.get $a)))
      (br_if $step (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
