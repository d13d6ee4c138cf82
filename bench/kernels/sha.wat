;; i64 rotates, loads and stores: n blocks of SHA-512's message schedule and rounds, with made-up constants.
(module
  (memory 1)
  ;; 0: 80 words of schedule; 1024: 80 constants.
  (func $prepare
    (local $i i32) (local $x i64)
    (local.set $x (i64.const 0x6a09e667f3bcc908))
    (loop $word
      (local.set $x
        (i64.add
          (i64.mul (local.get $x) (i64.const 6364136223846793005))
          (i64.const 1442695040888963407)))
      (i64.store (local.get $i) (local.get $x))
      (i64.store offset=1024 (local.get $i) (i64.rotr (local.get $x) (i64.const 29)))
      (br_if $word
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 640)))))
  (func $sigma (param $x i64) (param $r1 i64) (param $r2 i64) (param $s i64) (result i64)
    (i64.xor
      (i64.xor (i64.rotr (local.get $x) (local.get $r1)) (i64.rotr (local.get $x) (local.get $r2)))
      (i64.shr_u (local.get $x) (local.get $s))))
  (func $block (param $a i64) (result i64)
    (local $b i64) (local $c i64) (local $d i64) (local $e i64) (local $f i64) (local $g i64) (local $h i64)
    (local $t1 i64) (local $t2 i64) (local $at i32) (local $w i64)
    (local.set $at (i32.const 128))
    (loop $schedule
      (i64.store (local.get $at)
        (i64.add
          (i64.add
            (i64.load (i32.sub (local.get $at) (i32.const 128)))
            (call $sigma (i64.load (i32.sub (local.get $at) (i32.const 120)))
              (i64.const 1) (i64.const 8) (i64.const 7)))
          (i64.add
            (i64.load (i32.sub (local.get $at) (i32.const 56)))
            (call $sigma (i64.load (i32.sub (local.get $at) (i32.const 16)))
              (i64.const 19) (i64.const 61) (i64.const 6)))))
      (br_if $schedule
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 640))))
    (local.set $b (i64.const 0xbb67ae8584caa73b))
    (local.set $c (i64.const 0x3c6ef372fe94f82b))
    (local.set $d (i64.const 0xa54ff53a5f1d36f1))
    (local.set $e (i64.const 0x510e527fade682d1))
    (local.set $f (i64.const 0x9b05688c2b3e6c1f))
    (local.set $g (i64.const 0x1f83d9abfb41bd6b))
    (local.set $h (i64.const 0x5be0cd19137e2179))
    (local.set $at (i32.const 0))
    (loop $round
      (local.set $t1
        (i64.add
          (i64.add
            (i64.add
              (local.get $h)
              (i64.xor
                (i64.xor (i64.rotr (local.get $e) (i64.const 14)) (i64.rotr (local.get $e) (i64.const 18)))
                (i64.rotr (local.get $e) (i64.const 41))))
            (i64.xor
              (i64.and (local.get $e) (local.get $f))
              (i64.and (i64.xor (local.get $e) (i64.const -1)) (local.get $g))))
          (i64.add (i64.load (local.get $at)) (i64.load offset=1024 (local.get $at)))))
      (local.set $t2
        (i64.add
          (i64.xor
            (i64.xor (i64.rotr (local.get $a) (i64.const 28)) (i64.rotr (local.get $a) (i64.const 34)))
            (i64.rotr (local.get $a) (i64.const 39)))
          (i64.xor
            (i64.xor
              (i64.and (local.get $a) (local.get $b))
              (i64.and (local.get $a) (local.get $c)))
            (i64.and (local.get $b) (local.get $c)))))
      (local.set $h (local.get $g))
      (local.set $g (local.get $f))
      (local.set $f (local.get $e))
      (local.set $e (i64.add (local.get $d) (local.get $t1)))
      (local.set $d (local.get $c))
      (local.set $c (local.get $b))
      (local.set $b (local.get $a))
      (local.set $a (i64.add (local.get $t1) (local.get $t2)))
      (br_if $round
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 640))))
    (i64.add (local.get $a) (i64.xor (local.get $e) (local.get $h))))
  (func $run (export "run") (param $n i32) (result i64)
    (local $state i64)
    (call $prepare)
    (local.set $state (i64.const 0x6a09e667f3bcc908))
    (loop $next
      (i64.store (i32.shl (i32.and (local.get $n) (i32.const 15)) (i32.const 3)) (local.get $state))
      (local.set $state (call $block (local.get $state)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $state)))
