/** Parts of guests with threads, in the text format. */

/** A thread tells that it is done, and who waits for so many: word 0 counts them. */
export const counting = `(func $done
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const -1))))
  (func $await (param $count i32) (local $seen i32)
    (loop $again
      (local.set $seen (i32.atomic.load (i32.const 0)))
      (if (i32.lt_s (local.get $seen) (local.get $count))
        (then
          (drop (memory.atomic.wait32 (i32.const 0) (local.get $seen) (i64.const -1)))
          (br $again)))))`;

/** Imports, one page of shared memory, and ways to wait for other threads. Word 0 counts threads that have ended. */
export const prelude = `
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "env" "memory" (memory 1 16 shared))
  (export "memory" (memory 0))
  ${counting}
  (func $must_spawn (param $argument i32) (result i32) (local $tid i32)
    (local.tee $tid (call $spawn (local.get $argument)))
    (if (i32.le_s (local.get $tid) (i32.const 0)) (then unreachable)))
  (func $spin (loop (br 0)))
  (func $sleep (param $ms i32)
    (drop (memory.atomic.wait32 (i32.const 60000) (i32.const 0)
      (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000)))))
  (func $park (drop (memory.atomic.wait32 (i32.const 60004) (i32.const 0) (i64.const -1))))
  (func $recurse (call $recurse) (call $done))
  (func $poll
    ;; A clock, monotonic, in an hour.
    (i32.store (i32.const 50016) (i32.const 1))
    (i64.store (i32.const 50024) (i64.const 3600000000000))
    (drop (call $poll_oneoff (i32.const 50000) (i32.const 50104) (i32.const 1) (i32.const 50200))))
  (func $read
    (i32.store (i32.const 51000) (i32.const 51100))
    (i32.store (i32.const 51004) (i32.const 1))
    (drop (call $fd_read (i32.const 0) (i32.const 51000) (i32.const 1) (i32.const 51008))))`;

/** A module whose threads run `thread` with locals `$tid` and `$arg`, and whose `main` returns an i32. */
export function guest(main: string, thread: string, more = ''): string {
  return `(module ${prelude} ${more}
    (func (export "wasi_thread_start") (param $tid i32) (param $arg i32) (local $i i32) ${thread})
    (func (export "main") (result i32) (local $i i32) (local $tid i32) ${main}))`;
}
