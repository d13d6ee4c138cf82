;; memory.copy and memory.fill: a 64 KiB buffer is filled, shifted over itself, copied whole and in small pieces; n times.
(module
  (memory 4)
  (func $run (export "run") (param $n i32) (result i32)
    (local $at i32) (local $checksum i32)
    (loop $round
      (memory.fill (i32.const 0) (local.get $n) (i32.const 0x8000))
      (i32.store (i32.const 0x100) (local.get $n))
      (memory.copy (i32.const 0x103) (i32.const 0) (i32.const 0x8000))
      (memory.copy (i32.const 0x10000) (i32.const 0) (i32.const 0x10000))
      (local.set $at (i32.const 0))
      (loop $piece
        (memory.copy
          (i32.add (i32.const 0x20000) (local.get $at))
          (i32.sub (i32.const 0x1ffe0) (local.get $at))
          (i32.and (local.get $at) (i32.const 0x3f)))
        (br_if $piece
          (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 28))) (i32.const 0xff00))))
      (local.set $checksum
        (i32.add
          (i32.mul (local.get $checksum) (i32.const 31))
          (i32.add (i32.load (i32.const 0x10203)) (i32.load (i32.const 0x2ff00)))))
      (br_if $round (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $checksum)))
