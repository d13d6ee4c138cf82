;; f32 in locals and memory: a resonant filter run over 4,096 samples of a saw, n times; the sum of its output.
(module
  (memory 1)
  (func $prepare
    (local $i i32)
    (loop $next
      (f32.store (i32.shl (local.get $i) (i32.const 2))
        (f32.sub
          (f32.div (f32.convert_i32_s (i32.rem_u (local.get $i) (i32.const 100))) (f32.const 50))
          (f32.const 1)))
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4096)))))
  (func $run (export "run") (param $n i32) (result f32)
    (local $at i32) (local $x f32) (local $x1 f32) (local $x2 f32) (local $y f32) (local $y1 f32) (local $y2 f32)
    (local $sum f32)
    (call $prepare)
    (loop $round
      (local.set $at (i32.const 0))
      (loop $sample
        (local.set $x (f32.load (local.get $at)))
        (local.set $y
          (f32.sub
            (f32.add
              (f32.add
                (f32.mul (f32.const 0.0675) (local.get $x))
                (f32.mul (f32.const 0.135) (local.get $x1)))
              (f32.mul (f32.const 0.0675) (local.get $x2)))
            (f32.add
              (f32.mul (f32.const -1.143) (local.get $y1))
              (f32.mul (f32.const 0.4128) (local.get $y2)))))
        (local.set $x2 (local.get $x1))
        (local.set $x1 (local.get $x))
        (local.set $y2 (local.get $y1))
        (local.set $y1 (local.get $y))
        (f32.store offset=16384 (local.get $at) (local.get $y))
        (local.set $sum (f32.add (f32.mul (local.get $sum) (f32.const 0.999)) (f32.abs (local.get $y))))
        (br_if $sample
          (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 16384))))
      (br_if $round (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
