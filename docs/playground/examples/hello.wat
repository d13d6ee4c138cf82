;; A WASI program: the host's fd_write reads a list of buffers
;; from memory and says how many bytes it wrote. The host here
;; lives in this page.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write
      (param $fd i32) (param $iovs i32)
      (param $iovs_len i32) (param $nwritten i32)
      (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "hello, glass box\n")

  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 64)) ;; the buffer's address
    (i32.store (i32.const 4) (i32.const 17)) ;; its length in bytes
    (drop
      (call $fd_write
        (i32.const 1)     ;; standard output
        (i32.const 0)     ;; one buffer, described at address 0
        (i32.const 1)
        (i32.const 8))))) ;; where the count goes
