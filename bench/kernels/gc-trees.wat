;; Binary trees on the garbage-collected heap: one of depth 14 is built, walked and dropped; n times.
(module
  (type $tree (struct (field $left (ref null $tree)) (field $right (ref null $tree)) (field $value i32)))
  (func $build (param $depth i32) (param $value i32) (result (ref $tree))
    (if (result (ref $tree)) (local.get $depth)
      (then
        (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
        (struct.new $tree
          (call $build (local.get $depth) (i32.shl (local.get $value) (i32.const 1)))
          (call $build (local.get $depth) (i32.or (i32.shl (local.get $value) (i32.const 1)) (i32.const 1)))
          (local.get $value)))
      (else (struct.new $tree (ref.null $tree) (ref.null $tree) (local.get $value)))))
  (func $sum (param $tree (ref null $tree)) (result i32)
    (if (result i32) (ref.is_null (local.get $tree))
      (then (i32.const 0))
      (else
        (i32.add
          (struct.get $tree $value (local.get $tree))
          (i32.sub
            (call $sum (struct.get $tree $left (local.get $tree)))
            (call $sum (struct.get $tree $right (local.get $tree))))))))
  (func $run (export "run") (param $n i32) (result i32)
    (local $checksum i32)
    (loop $next
      (local.set $checksum
        (i32.add (local.get $checksum) (call $sum (call $build (i32.const 14) (local.get $n)))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $checksum)))
