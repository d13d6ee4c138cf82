;; f64 in locals: iterations of z = z² + c, of 100 at most, summed over a grid of n × n points.
(module
  (func $escape (param $cr f64) (param $ci f64) (result i32)
    (local $zr f64) (local $zi f64) (local $rr f64) (local $ii f64) (local $count i32)
    (block $out
      (loop $again
        (local.set $rr (f64.mul (local.get $zr) (local.get $zr)))
        (local.set $ii (f64.mul (local.get $zi) (local.get $zi)))
        (br_if $out (f64.gt (f64.add (local.get $rr) (local.get $ii)) (f64.const 4)))
        (local.set $zi
          (f64.add
            (f64.mul (f64.mul (f64.const 2) (local.get $zr)) (local.get $zi))
            (local.get $ci)))
        (local.set $zr (f64.add (f64.sub (local.get $rr) (local.get $ii)) (local.get $cr)))
        (br_if $again
          (i32.lt_u (local.tee $count (i32.add (local.get $count) (i32.const 1))) (i32.const 100)))))
    (local.get $count))
  (func $run (export "run") (param $n i32) (result i32)
    (local $x i32) (local $y i32) (local $total i32) (local $step f64)
    (local.set $step (f64.div (f64.const 3) (f64.convert_i32_s (local.get $n))))
    (loop $row
      (local.set $x (i32.const 0))
      (loop $column
        (local.set $total
          (i32.add
            (local.get $total)
            (call $escape
              (f64.sub (f64.mul (f64.convert_i32_s (local.get $x)) (local.get $step)) (f64.const 2.25))
              (f64.sub (f64.mul (f64.convert_i32_s (local.get $y)) (local.get $step)) (f64.const 1.5)))))
        (br_if $column
          (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $n))))
      (br_if $row
        (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $n))))
    (local.get $total)))
