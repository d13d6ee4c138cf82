/** Guests that the debugger's scripts are about. */

/** By file name: texts. `fac.wasm` is assembled of `fac.wat`. */
export const guests: Readonly<Record<string, string>> = {
  'fac.wat': `(module $fac
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func $fac (export "fac") (param $n i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 1))
      (else
        (i32.mul
          (local.get $n)
          (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
  (func $main (export "_start")
    (i32.store (i32.const 16) (call $fac (i32.const 5)))
    (i32.store8 (i32.const 20) (i32.const 65)))
  (data (i32.const 32) "hello\\00world"))
`,
  'write.wat': `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\08\\00\\00\\00\\03\\00\\00\\00hi\\n")
  (func $say
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12))))
  (func $main (export "_start") (local $i i32)
    (loop $again
      (call $say)
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 2))))
    (call $proc_exit (i32.const 3))))
`,
  'trap.wat': `(module
  (func $divide (param $a i32) (param $b i32) (result i32)
    local.get $a
    local.get $b
    i32.div_s)
  (func $main (export "_start")
    i32.const 7
    i32.const 0
    call $divide
    drop))
`,
  'kinds.wat': `(module
  (type $point (struct (field $x (mut i32)) (field $y f64)))
  (tag $oops (param i32))
  (memory 1 4)
  (table $t 3 funcref)
  (elem (i32.const 1) $twice)
  (global $count (mut i64) (i64.const -1))
  (global $limit f32 (f32.const 1.5))
  (func $twice (param $n i32) (result i32)
    (i32.mul (local.get $n) (i32.const 2)))
  (func $main (export "main") (param $a i64) (param $b f64) (result i32)
    (local $p (ref null $point)) (local v128) (local $r i32)
    (local.set $p (struct.new $point (i32.const 3) (f64.const 0.5)))
    (local.set 3 (v128.const i32x4 1 2 3 4))
    (block $caught (result i32)
      (try_table (result i32) (catch $oops $caught)
        (drop (memory.grow (i32.const 1)))
        (throw $oops (i32.const 42))))
    (local.set $r)
    (table.set $t (i32.const 2) (table.get $t (i32.const 1)))
    (local.set $r (i32.add (local.get $r) (call_indirect $t (param i32) (result i32) (i32.const 4) (i32.const 1))))
    (local.get $r)))
`,
  'start.wat': `(module
  (global $ready (mut i32) (i32.const 0))
  (start $init)
  (func $init (global.set $ready (i32.const 1)))
  (func (export "_initialize") (global.set $ready (i32.add (global.get $ready) (i32.const 1))))
  (func $get (export "get") (result i32) (global.get $ready))
  (func (export "other")))
`,
  'overflow.wat': `(module
  (memory 1)
  ;; struct account { char name[8]; i32 balance; } at 64
  (global $account i32 (i32.const 64))
  (data (i32.const 128) "Ada")
  (data (i32.const 144) "Augusta A")
  (func $set_name (param $to i32) (param $from i32)
    (local $i i32) (local $byte i32)
    (loop $copy
      (local.set $byte (i32.load8_u (i32.add (local.get $from) (local.get $i))))
      (i32.store8 (i32.add (local.get $to) (local.get $i)) (local.get $byte))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $copy (local.get $byte))))
  (func $deposit (param $amount i32)
    (i32.store offset=8 (global.get $account)
      (i32.add (i32.load offset=8 (global.get $account)) (local.get $amount))))
  (func $audit
    (if (i32.ne (i32.load offset=8 (global.get $account)) (i32.const 100))
      (then unreachable)))
  (func $main (export "_start")
    (call $set_name (global.get $account) (i32.const 128))
    (call $deposit (i32.const 60))
    (call $deposit (i32.const 40))
    (call $set_name (global.get $account) (i32.const 144))
    (call $audit)))
`,
  'last.wat': `(module
  (memory 1)
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 5))))
`,
  'two.wat': `(module
  (memory 1)
  (memory $second 1)
  (data (memory $second) (i32.const 0) "\\01\\02\\03\\04")
  (func (export "_start")
    (i32.store8 $second (i32.const 1) (i32.const 7))
    nop))
`,
};
