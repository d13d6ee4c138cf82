;; A linked list of structures that the garbage collector owns.
;; No address, no memory: references stand on the operand
;; stack.
(module
  (rec
    (type $list (struct (field $head i32) (field $tail (ref null $list)))))

  ;; The list $n, $n - 1, … 1.
  (func $down_from (param $n i32) (result (ref null $list))
    (local $list (ref null $list))
    (local $i i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (local.get $i) (local.get $n)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (local.set $list
          (struct.new $list (local.get $i) (local.get $list)))
        (br $next)))
    (local.get $list))

  (func $sum (param $list (ref null $list)) (result i32)
    (local $sum i32)
    (block $end
      (loop $next
        (br_if $end (ref.is_null (local.get $list)))
        (local.set $sum
          (i32.add
            (local.get $sum)
            (struct.get $list $head (local.get $list))))
        (local.set $list (struct.get $list $tail (local.get $list)))
        (br $next)))
    (local.get $sum))

  (func (export "main") (param $n i32) (result i32)
    (call $sum (call $down_from (local.get $n)))))
