;; f32x4 in memory and locals: y = a*x + y over 4,096 floats, then the dot product of x and y; n times. The last dot product.
(module
  (memory 1)
  (func $prepare
    (local $i i32)
    (loop $next
      (f32.store (local.get $i)
        (f32.div (f32.convert_i32_s (i32.rem_u (local.get $i) (i32.const 97))) (f32.const 97)))
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 32768)))))
  (func $run (export "run") (param $n i32) (result f32)
    (local $at i32) (local $a v128) (local $x v128) (local $y v128) (local $sum v128)
    (call $prepare)
    (loop $round
      (local.set $at (i32.const 0))
      (local.set $a (f32x4.splat (f32.const 0.001)))
      (local.set $sum (v128.const f32x4 0 0 0 0))
      (loop $four
        (local.set $x (v128.load (local.get $at)))
        (local.set $y (f32x4.add (f32x4.mul (local.get $a) (local.get $x)) (v128.load offset=16384 (local.get $at))))
        (v128.store offset=16384 (local.get $at) (local.get $y))
        (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul (local.get $x) (local.get $y))))
        (br_if $four
          (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (i32.const 16384))))
      (br_if $round (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $sum)) (f32x4.extract_lane 1 (local.get $sum)))
      (f32.add (f32x4.extract_lane 2 (local.get $sum)) (f32x4.extract_lane 3 (local.get $sum))))))
