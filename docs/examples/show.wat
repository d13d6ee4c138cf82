;; Writes the file that its one argument names to standard output, and exits with the errno of what fails.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)

  (func $check (param $errno i32)
    (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))

  (func (export "_start") (local $path i32) (local $length i32)
    ;; 0: number of arguments, 4: bytes of all of them; 16: their addresses, 1024: their texts.
    (call $check (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (call $check (call $args_get (i32.const 16) (i32.const 1024)))
    (local.set $path (i32.load (i32.const 20)))
    ;; The last argument ends at the last zero byte.
    (local.set $length
      (i32.sub
        (i32.sub (i32.add (i32.const 1024) (i32.load (i32.const 4))) (local.get $path))
        (i32.const 1)))
    ;; 8: the new descriptor. 2 is the right to read.
    (call $check
      (call $path_open (i32.const 3) (i32.const 1) (local.get $path) (local.get $length) (i32.const 0)
        (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
    (loop $next
      ;; 32: one buffer, of 4096 bytes at 8192; 40: how many of them were read or written.
      (i32.store (i32.const 32) (i32.const 8192))
      (i32.store (i32.const 36) (i32.const 4096))
      (call $check (call $fd_read (i32.load (i32.const 8)) (i32.const 32) (i32.const 1) (i32.const 40)))
      (i32.store (i32.const 36) (i32.load (i32.const 40)))
      (if (i32.load (i32.const 40))
        (then
          (call $check (call $fd_write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 40)))
          (br $next))))))
