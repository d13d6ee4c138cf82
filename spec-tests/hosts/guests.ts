/** Guests that are stopped in one host and go on in another: plain memory, objects and references, WASI. */

/** Round constants of SHA-256: fractions of the cube roots of the first primes, as data of little-endian words. */
function roundConstants(): string {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes
    .map((prime) => Math.floor((Math.cbrt(prime) % 1) * 2 ** 32))
    .flatMap((word) => [word, word >>> 8, word >>> 16, word >>> 24])
    .map((byte) => `\\${(byte & 255).toString(16).padStart(2, '0')}`)
    .join('');
}

/** `run n` hashes n blocks of 64 bytes; the digest is at 256, as eight words. Byte j of block i is 31 i + 7 j. */
const sha256 = `(module (memory (export "memory") 1)
  (data (i32.const 0) "${roundConstants()}")
  (data (i32.const 256) "\\67\\e6\\09\\6a\\85\\ae\\67\\bb\\72\\f3\\6e\\3c\\3a\\f5\\4f\\a5\\7f\\52\\0e\\51\\8c\\68\\05\\9b\\ab\\d9\\83\\1f\\19\\cd\\e0\\5b")
  (func $word (param $at i32) (result i32)
    (i32.or
      (i32.or (i32.shl (i32.load8_u (local.get $at)) (i32.const 24)) (i32.shl (i32.load8_u offset=1 (local.get $at)) (i32.const 16)))
      (i32.or (i32.shl (i32.load8_u offset=2 (local.get $at)) (i32.const 8)) (i32.load8_u offset=3 (local.get $at)))))
  (func $schedule (local $i i32) (local $p i32) (local $x i32) (local $y i32)
    (loop $first
      (i32.store offset=512 (i32.shl (local.get $i) (i32.const 2)) (call $word (i32.add (i32.const 1024) (i32.shl (local.get $i) (i32.const 2)))))
      (br_if $first (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16))))
    (loop $rest
      (local.set $p (i32.shl (local.get $i) (i32.const 2)))
      (local.set $x (i32.load offset=452 (local.get $p)))
      (local.set $y (i32.load offset=504 (local.get $p)))
      (i32.store offset=512 (local.get $p)
        (i32.add (i32.add (i32.load offset=448 (local.get $p)) (i32.load offset=484 (local.get $p)))
          (i32.add
            (i32.xor (i32.xor (i32.rotr (local.get $x) (i32.const 7)) (i32.rotr (local.get $x) (i32.const 18))) (i32.shr_u (local.get $x) (i32.const 3)))
            (i32.xor (i32.xor (i32.rotr (local.get $y) (i32.const 17)) (i32.rotr (local.get $y) (i32.const 19))) (i32.shr_u (local.get $y) (i32.const 10))))))
      (br_if $rest (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64)))))
  (func $add (param $at i32) (param $x i32)
    (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $x))))
  (func $block (local $i i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local $e i32) (local $f i32) (local $g i32) (local $h i32) (local $t i32) (local $u i32)
    (call $schedule)
    (local.set $a (i32.load (i32.const 256))) (local.set $b (i32.load (i32.const 260)))
    (local.set $c (i32.load (i32.const 264))) (local.set $d (i32.load (i32.const 268)))
    (local.set $e (i32.load (i32.const 272))) (local.set $f (i32.load (i32.const 276)))
    (local.set $g (i32.load (i32.const 280))) (local.set $h (i32.load (i32.const 284)))
    (loop $round
      (local.set $t (i32.add (local.get $h) (i32.add
        (i32.xor (i32.xor (i32.rotr (local.get $e) (i32.const 6)) (i32.rotr (local.get $e) (i32.const 11))) (i32.rotr (local.get $e) (i32.const 25)))
        (i32.add (i32.xor (local.get $g) (i32.and (local.get $e) (i32.xor (local.get $f) (local.get $g))))
          (i32.add (i32.load (i32.shl (local.get $i) (i32.const 2))) (i32.load offset=512 (i32.shl (local.get $i) (i32.const 2))))))))
      (local.set $u (i32.add
        (i32.xor (i32.xor (i32.rotr (local.get $a) (i32.const 2)) (i32.rotr (local.get $a) (i32.const 13))) (i32.rotr (local.get $a) (i32.const 22)))
        (i32.or (i32.and (local.get $a) (local.get $b)) (i32.and (local.get $c) (i32.or (local.get $a) (local.get $b))))))
      (local.set $h (local.get $g)) (local.set $g (local.get $f)) (local.set $f (local.get $e))
      (local.set $e (i32.add (local.get $d) (local.get $t)))
      (local.set $d (local.get $c)) (local.set $c (local.get $b)) (local.set $b (local.get $a))
      (local.set $a (i32.add (local.get $t) (local.get $u)))
      (br_if $round (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64))))
    (call $add (i32.const 256) (local.get $a)) (call $add (i32.const 260) (local.get $b))
    (call $add (i32.const 264) (local.get $c)) (call $add (i32.const 268) (local.get $d))
    (call $add (i32.const 272) (local.get $e)) (call $add (i32.const 276) (local.get $f))
    (call $add (i32.const 280) (local.get $g)) (call $add (i32.const 284) (local.get $h)))
  (func (export "run") (param $blocks i32) (result i32) (local $i i32) (local $j i32)
    (loop $next
      (local.set $j (i32.const 0))
      (loop $fill
        (i32.store8 offset=1024 (local.get $j) (i32.add (i32.mul (local.get $i) (i32.const 31)) (i32.mul (local.get $j) (i32.const 7))))
        (br_if $fill (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 64))))
      (call $block)
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $blocks))))
    (memory.fill (i32.const 1024) (i32.const 0) (i32.const 64))
    (i32.store8 (i32.const 1024) (i32.const 0x80))
    (i32.store8 (i32.const 1086) (i32.shl (local.get $blocks) (i32.const 1)))
    (call $block)
    (i32.load (i32.const 256))))`;

/** Lists, arrays, numbers as references, functions in tables, exceptions that carry objects, values of the host. */
const objects = `(module
  (type $node (struct (field $next (mut (ref null $node))) (field $value (mut i64)) (field $kind i8)))
  (type $row (array (mut f32)))
  (type $step (func (param i64) (result i64)))
  (tag $found (param (ref $node) i32))
  (global $list (mut (ref null $node)) (ref.null $node))
  (global $odds (export "odds") (mut anyref) (ref.i31 (i32.const -7)))
  (global $given (export "given") (mut externref) (ref.null extern))
  (table $steps 3 funcref) (table $any (export "any") 4 anyref)
  (elem (i32.const 0) $twice $again $less)
  (func $twice (type $step) (i64.mul (local.get 0) (i64.const 2)))
  (func $less (type $step) (i64.sub (local.get 0) (i64.const 3)))
  (func $again (type $step) (return_call_indirect $steps (type $step) (i64.add (local.get 0) (i64.const 5)) (i32.const 2)))
  (func $find (param $kind i32) (local $at (ref null $node))
    (local.set $at (global.get $list))
    (loop $next
      (if (ref.is_null (local.get $at)) (then (return)))
      (if (i32.eq (struct.get_u $node $kind (local.get $at)) (local.get $kind))
        (then (throw $found (ref.as_non_null (local.get $at)) (local.get $kind))))
      (local.set $at (struct.get $node $next (local.get $at)))
      (br $next)))
  (func (export "run") (param $n i32) (result i64) (local $i i32) (local $sum i64) (local $row (ref null $row)) (local $hit (ref null $node))
    (local.set $row (array.new $row (f32.const 0.5) (i32.const 16)))
    (loop $next
      (global.set $list (struct.new $node (global.get $list)
        (call_indirect $steps (type $step) (i64.extend_i32_u (local.get $i)) (i32.rem_u (local.get $i) (i32.const 3))) (local.get $i)))
      (array.set $row (local.get $row) (i32.and (local.get $i) (i32.const 15))
        (f32.add (f32.mul (array.get $row (local.get $row) (i32.and (local.get $i) (i32.const 15))) (f32.const 1.25)) (f32.convert_i32_u (local.get $i))))
      (table.set $any (i32.and (local.get $i) (i32.const 3)) (global.get $list))
      (global.set $odds (ref.i31 (i32.add (i31.get_s (ref.cast (ref i31) (global.get $odds))) (i32.const 2))))
      (block $caught (result (ref $node) i32)
        (try_table (catch $found $caught) (call $find (i32.and (i32.mul (local.get $i) (i32.const 3)) (i32.const 31))))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))
        (return (i64.xor (local.get $sum) (i64.extend_i32_s (i32.trunc_sat_f32_s (array.get $row (local.get $row) (i32.const 3)))))))
      (drop)
      (local.set $hit)
      (local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 7)) (struct.get $node $value (local.get $hit))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i64.xor (local.get $sum) (i64.extend_i32_s (i32.trunc_sat_f32_s (array.get $row (local.get $row) (i32.const 3)))))))`;

/** Reads its input, the clock and randomness, writes a line for each round, and leaves with 3. */
const command = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\40\\00\\00\\00\\12\\00\\00\\00\\60\\00\\00\\00\\03\\00\\00\\00")
  (data (i32.const 0x70) "0123456789abcdef")
  (global $hash (mut i64) (i64.const 0x6a09e667f3bcc908))
  (func $mix (param i64)
    (global.set $hash (i64.mul (i64.xor (i64.rotl (global.get $hash) (i64.const 13)) (local.get 0)) (i64.const 0x9e3779b97f4a7c15))))
  (func $line (local $i i32) (local $x i64)
    (local.set $x (global.get $hash))
    (loop $next
      (i32.store8 offset=0x40 (local.get $i) (i32.load8_u offset=0x70 (i32.wrap_i64 (i64.and (local.get $x) (i64.const 15)))))
      (local.set $x (i64.shr_u (local.get $x) (i64.const 4)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16))))
    (i32.store8 (i32.const 0x50) (i32.const 32))
    (i32.store8 (i32.const 0x51) (i32.const 10))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0x30))))
  (func (export "_start") (local $i i32)
    (loop $next
      (drop (call $random_get (i32.const 0x38) (i32.const 8)))
      (call $mix (i64.load (i32.const 0x38)))
      (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0x38)))
      (call $mix (i64.load (i32.const 0x38)))
      (i32.store (i32.const 0x60) (i32.const 0))
      (drop (call $fd_read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 0x30)))
      (call $mix (i64.load32_u (i32.const 0x60)))
      (call $line)
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 30))))
    (call $proc_exit (i32.const 3))))`;

export interface HostGuest {
  readonly wat: string;
  readonly func: string;
  readonly args: readonly unknown[];
  readonly isCommand: boolean;
}

export const guests = {
  'SHA-256': { wat: sha256, func: 'run', args: [5], isCommand: false },
  objects: { wat: objects, func: 'run', args: [60], isCommand: false },
  'a command': { wat: command, func: '_start', args: [], isCommand: true },
} as const satisfies Record<string, HostGuest>;

export type GuestName = keyof typeof guests;
