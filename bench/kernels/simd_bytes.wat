;; Bytes and 16-bit lanes: two images of 16 KiB blended with an alpha of 96/256, then thresholded and counted; n times.
(module
  (memory 1)
  (func $prepare
    (local $i i32)
    (loop $next
      (i32.store8 (local.get $i) (i32.mul (local.get $i) (i32.const 7)))
      (i32.store8 offset=16384 (local.get $i) (i32.shr_u (i32.mul (local.get $i) (i32.const 13)) (i32.const 3)))
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16384)))))
  (func $run (export "run") (param $n i32) (result i32)
    (local $at i32) (local $x v128) (local $y v128) (local $alpha v128) (local $rest v128) (local $blend v128)
    (local $count i32)
    (call $prepare)
    (local.set $alpha (i16x8.splat (i32.const 96)))
    (local.set $rest (i16x8.splat (i32.const 160)))
    (loop $round
      (local.set $at (i32.const 0))
      (loop $sixteen
        (local.set $x (v128.load (local.get $at)))
        (local.set $y (v128.load offset=16384 (local.get $at)))
        (local.set $blend
          (i8x16.narrow_i16x8_u
            (i16x8.shr_u
              (i16x8.add
                (i16x8.mul (i16x8.extend_low_i8x16_u (local.get $x)) (local.get $alpha))
                (i16x8.mul (i16x8.extend_low_i8x16_u (local.get $y)) (local.get $rest)))
              (i32.const 8))
            (i16x8.shr_u
              (i16x8.add
                (i16x8.mul (i16x8.extend_high_i8x16_u (local.get $x)) (local.get $alpha))
                (i16x8.mul (i16x8.extend_high_i8x16_u (local.get $y)) (local.get $rest)))
              (i32.const 8))))
        (v128.store offset=32768 (local.get $at) (i8x16.avgr_u (local.get $blend) (i8x16.max_u (local.get $x) (local.get $y))))
        (local.set $count
          (i32.add (local.get $count)
            (i32.popcnt (i8x16.bitmask (i8x16.gt_u (local.get $blend) (v128.const i8x16 100 100 100 100 100 100 100 100 100 100 100 100 100 100 100 100))))))
        (br_if $sixteen
          (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (i32.const 16384))))
      (br_if $round (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $count)))
