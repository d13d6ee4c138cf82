;; The sieve of Eratosthenes. Byte n of the memory becomes 1
;; when n is no prime; watch the multiples being struck out.
(module
  (memory (export "memory") 1)

  ;; Counts the primes below $limit.
  (func (export "count_primes") (param $limit i32) (result i32)
    (local $n i32)
    (local $count i32)
    (local.set $n (i32.const 2))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $n) (local.get $limit)))
        (if (i32.eqz (i32.load8_u (local.get $n)))
          (then
            (local.set $count (i32.add (local.get $count) (i32.const 1)))
            (call $strike_out (local.get $n) (local.get $limit))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $count))

  ;; Marks the multiples of $prime.
  (func $strike_out (param $prime i32) (param $limit i32)
    (local $multiple i32)
    (local.set $multiple (i32.mul (local.get $prime) (local.get $prime)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $multiple) (local.get $limit)))
        (i32.store8 (local.get $multiple) (i32.const 1))
        (local.set $multiple (i32.add (local.get $multiple) (local.get $prime)))
        (br $next)))))
