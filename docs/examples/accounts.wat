;; Two accounts of 16 bytes each, as a C compiler would lay them out: 12 bytes of name, 4 of balance.
;; `copy_name` copies a name that is too long, and nobody has told it where to stop.
(module
  (memory (export "memory") 1)
  (data (i32.const 256) "Ada\00")
  (data (i32.const 272) "Wilhelmina !\00")
  (global $accounts i32 (i32.const 1024))

  (func $account (param $i i32) (result i32)
    (i32.add (global.get $accounts) (i32.mul (local.get $i) (i32.const 16))))

  (func $copy_name (param $to i32) (param $from i32)
    (loop $next
      (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (br_if $next (i32.load8_u (i32.sub (local.get $from) (i32.const 1))))))

  (func $open (param $i i32) (param $name i32) (param $balance i32)
    (i32.store offset=12 (call $account (local.get $i)) (local.get $balance))
    (call $copy_name (call $account (local.get $i)) (local.get $name)))

  (func (export "run") (result i32)
    (call $open (i32.const 0) (i32.const 256) (i32.const 500))
    (call $open (i32.const 1) (i32.const 272) (i32.const 300))
    (i32.load offset=12 (call $account (i32.const 1)))))
