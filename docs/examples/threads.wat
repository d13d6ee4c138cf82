;; Four threads count to 1000 each, in one memory. The number that they have counted to is the exit code, divided by 100.
;; With any argument, the third one lets the others end, and traps.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "env" "memory" (memory 1 1 shared))
  (export "memory" (memory 0))
  ;; Word 0 counts threads that have ended, word 4 is the sum.
  (func $work (param $left i32)
    (loop $next
      (drop (i32.atomic.rmw.add (i32.const 4) (i32.const 1)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
  (func $fail unreachable)
  (func (export "wasi_thread_start") (param $tid i32) (param $number i32)
    (drop (call $args_sizes_get (i32.const 8) (i32.const 12)))
    (if (i32.and (i32.gt_u (i32.load (i32.const 8)) (i32.const 1)) (i32.eq (local.get $number) (i32.const 3)))
      (then
        (call $join (i32.const 3))
        ;; Gives the main thread the time to wait.
        (drop (memory.atomic.wait32 (i32.const 16) (i32.const 0) (i64.const 300_000_000)))
        (call $fail)))
    (call $work (i32.const 1000))
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const -1))))
  (func $join (param $count i32) (local $seen i32)
    (loop $again
      (local.set $seen (i32.atomic.load (i32.const 0)))
      (if (i32.lt_s (local.get $seen) (local.get $count))
        (then
          (drop (memory.atomic.wait32 (i32.const 0) (local.get $seen) (i64.const -1)))
          (br $again)))))
  (func (export "_start") (local $number i32)
    (loop $next
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (drop (call $spawn (local.get $number)))
      (br_if $next (i32.lt_s (local.get $number) (i32.const 4))))
    (call $join (i32.const 4))
    (call $proc_exit (i32.div_s (i32.load (i32.const 4)) (i32.const 100)))))
