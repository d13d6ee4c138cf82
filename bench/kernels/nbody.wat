;; f64 in memory: five bodies that pull each other, n steps; the kinetic energy at the end.
(module
  (memory 1)
  ;; A body is 56 bytes: x y z, vx vy vz, mass.
  (func $prepare
    (local $at i32) (local $k f64)
    (local.set $k (f64.const 1))
    (loop $body
      (f64.store (local.get $at) (f64.mul (local.get $k) (f64.const 1.25)))
      (f64.store offset=8 (local.get $at) (f64.sub (f64.const 3) (f64.mul (local.get $k) (local.get $k))))
      (f64.store offset=16 (local.get $at) (f64.div (f64.const 0.5) (local.get $k)))
      (f64.store offset=24 (local.get $at) (f64.mul (local.get $k) (f64.const 0.01)))
      (f64.store offset=32 (local.get $at) (f64.sub (f64.const 0.02) (f64.mul (local.get $k) (f64.const 0.005))))
      (f64.store offset=40 (local.get $at) (f64.const -0.003))
      (f64.store offset=48 (local.get $at) (f64.div (f64.const 2) (local.get $k)))
      (local.set $k (f64.add (local.get $k) (f64.const 1)))
      (br_if $body
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 56))) (i32.const 280)))))
  (func $step (param $dt f64)
    (local $i i32) (local $j i32) (local $dx f64) (local $dy f64) (local $dz f64) (local $d2 f64) (local $mag f64)
    (local $mi f64) (local $mj f64)
    (loop $outer
      (local.set $j (i32.add (local.get $i) (i32.const 56)))
      (block $last
        (br_if $last (i32.ge_u (local.get $j) (i32.const 280)))
        (loop $inner
          (local.set $dx (f64.sub (f64.load (local.get $i)) (f64.load (local.get $j))))
          (local.set $dy (f64.sub (f64.load offset=8 (local.get $i)) (f64.load offset=8 (local.get $j))))
          (local.set $dz (f64.sub (f64.load offset=16 (local.get $i)) (f64.load offset=16 (local.get $j))))
          (local.set $d2
            (f64.add
              (f64.add
                (f64.mul (local.get $dx) (local.get $dx))
                (f64.mul (local.get $dy) (local.get $dy)))
              (f64.add (f64.mul (local.get $dz) (local.get $dz)) (f64.const 0.01))))
          (local.set $mag
            (f64.div (local.get $dt) (f64.mul (local.get $d2) (f64.sqrt (local.get $d2)))))
          (local.set $mi (f64.mul (f64.load offset=48 (local.get $i)) (local.get $mag)))
          (local.set $mj (f64.mul (f64.load offset=48 (local.get $j)) (local.get $mag)))
          (f64.store offset=24 (local.get $i)
            (f64.sub (f64.load offset=24 (local.get $i)) (f64.mul (local.get $dx) (local.get $mj))))
          (f64.store offset=32 (local.get $i)
            (f64.sub (f64.load offset=32 (local.get $i)) (f64.mul (local.get $dy) (local.get $mj))))
          (f64.store offset=40 (local.get $i)
            (f64.sub (f64.load offset=40 (local.get $i)) (f64.mul (local.get $dz) (local.get $mj))))
          (f64.store offset=24 (local.get $j)
            (f64.add (f64.load offset=24 (local.get $j)) (f64.mul (local.get $dx) (local.get $mi))))
          (f64.store offset=32 (local.get $j)
            (f64.add (f64.load offset=32 (local.get $j)) (f64.mul (local.get $dy) (local.get $mi))))
          (f64.store offset=40 (local.get $j)
            (f64.add (f64.load offset=40 (local.get $j)) (f64.mul (local.get $dz) (local.get $mi))))
          (br_if $inner
            (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 56))) (i32.const 280)))))
      (f64.store (local.get $i)
        (f64.add (f64.load (local.get $i)) (f64.mul (local.get $dt) (f64.load offset=24 (local.get $i)))))
      (f64.store offset=8 (local.get $i)
        (f64.add (f64.load offset=8 (local.get $i)) (f64.mul (local.get $dt) (f64.load offset=32 (local.get $i)))))
      (f64.store offset=16 (local.get $i)
        (f64.add (f64.load offset=16 (local.get $i)) (f64.mul (local.get $dt) (f64.load offset=40 (local.get $i)))))
      (br_if $outer
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 56))) (i32.const 280)))))
  (func $energy (result f64)
    (local $at i32) (local $sum f64)
    (loop $body
      (local.set $sum
        (f64.add
          (local.get $sum)
          (f64.mul
            (f64.mul (f64.const 0.5) (f64.load offset=48 (local.get $at)))
            (f64.add
              (f64.add
                (f64.mul (f64.load offset=24 (local.get $at)) (f64.load offset=24 (local.get $at)))
                (f64.mul (f64.load offset=32 (local.get $at)) (f64.load offset=32 (local.get $at))))
              (f64.mul (f64.load offset=40 (local.get $at)) (f64.load offset=40 (local.get $at)))))))
      (br_if $body
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 56))) (i32.const 280))))
    (local.get $sum))
  (func $run (export "run") (param $n i32) (result f64)
    (call $prepare)
    (loop $next
      (call $step (f64.const 0.001))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $energy)))
