;; A table in memory, bytes, shifts: CRC-32 of 64 KiB of pseudo-random bytes, n times over.
(module
  (memory 2)
  (func $prepare
    (local $i i32) (local $k i32) (local $value i32)
    (loop $entry
      (local.set $value (local.get $i))
      (local.set $k (i32.const 8))
      (loop $bit
        (local.set $value
          (i32.xor
            (i32.shr_u (local.get $value) (i32.const 1))
            (i32.and
              (i32.sub (i32.const 0) (i32.and (local.get $value) (i32.const 1)))
              (i32.const 0xedb88320))))
        (br_if $bit (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
      (i32.store (i32.shl (local.get $i) (i32.const 2)) (local.get $value))
      (br_if $entry
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 256))))
    (local.set $i (i32.const 0))
    (local.set $value (i32.const 12345))
    (loop $fill
      (local.set $value
        (i32.add (i32.mul (local.get $value) (i32.const 1103515245)) (i32.const 12345)))
      (i32.store8 offset=4096 (local.get $i) (i32.shr_u (local.get $value) (i32.const 16)))
      (br_if $fill
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 65536)))))
  (func $run (export "run") (param $n i32) (result i32)
    (local $crc i32) (local $at i32)
    (call $prepare)
    (local.set $crc (i32.const -1))
    (loop $round
      (local.set $at (i32.const 4096))
      (loop $byte
        (local.set $crc
          (i32.xor
            (i32.load
              (i32.shl
                (i32.and (i32.xor (local.get $crc) (i32.load8_u (local.get $at))) (i32.const 255))
                (i32.const 2)))
            (i32.shr_u (local.get $crc) (i32.const 8))))
        (br_if $byte
          (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 69632))))
      (br_if $round (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.xor (local.get $crc) (i32.const -1))))
