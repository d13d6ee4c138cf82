;; i32x4 and i64x2 in locals: four xorshift generators side by side, shuffled into a 64-bit checksum; n steps.
(module
  (func $run (export "run") (param $n i32) (result i64)
    (local $x v128) (local $sum v128)
    (local.set $x (v128.const i32x4 0x12345678 0x9abcdef1 0x0fedcba9 0x87654321))
    (loop $step
      (local.set $x (v128.xor (local.get $x) (i32x4.shl (local.get $x) (i32.const 13))))
      (local.set $x (v128.xor (local.get $x) (i32x4.shr_u (local.get $x) (i32.const 17))))
      (local.set $x (v128.xor (local.get $x) (i32x4.shl (local.get $x) (i32.const 5))))
      (local.set $sum
        (i64x2.add (local.get $sum)
          (i64x2.extmul_low_i32x4_u
            (local.get $x)
            (i8x16.shuffle 12 13 14 15 8 9 10 11 4 5 6 7 0 1 2 3 (local.get $x) (local.get $x)))))
      (local.set $sum
        (v128.bitselect (local.get $sum) (i32x4.max_s (local.get $sum) (local.get $x)) (i32x4.gt_s (local.get $sum) (local.get $x))))
      (br_if $step (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i64.xor (i64x2.extract_lane 0 (local.get $sum)) (i64x2.extract_lane 1 (local.get $sum)))))
