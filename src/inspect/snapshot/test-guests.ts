/** For tests: small guests that between them have every kind of state. Each exports `main` without parameters. */

export interface TestGuest {
  readonly name: string;
  readonly text: string;
}

const fib = `(func $fib (param i32) (result i32)
  (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
    (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                   (call $fib (i32.sub (local.get 0) (i32.const 2)))))))`;

export const guests: readonly TestGuest[] = [
  {
    name: 'recursion, a memory, a global',
    text: `(module (memory 1 3) (global $g (mut i64) (i64.const 7)) ${fib}
      (func (export "main") (result i64)
        (i32.store (i32.const 65532) (call $fib (i32.const 5)))
        (drop (memory.grow (i32.const 1)))
        (i32.store offset=65536 (i32.const 8) (i32.add (i32.const 2) (call $fib (i32.const 4))))
        (global.set $g (i64.add (global.get $g) (i64.load (i32.const 65532))))
        (global.get $g)))`,
  },
  {
    name: 'every number type among locals and operands',
    text: `(module (func (export "main") (result i32 i64 f32 f64 i32)
      (local $a i32) (local $b i64) (local $c f32) (local $d f64) (local $e v128) (local $n i32)
      (loop $again
        (local.set $a (i32.add (local.get $a) (i32.const -3)))
        (local.set $b (i64.sub (local.get $b) (i64.const 0x123456789)))
        (local.set $c (f32.div (f32.const 1) (f32.convert_i32_s (local.get $a))))
        (local.set $d (f64.mul (f64.const -0.3) (f64.convert_i64_s (local.get $b))))
        (local.set $e (i32x4.add (local.get $e) (i32x4.splat (local.get $n))))
        (br_if $again (i32.lt_s (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 5))))
      (local.get $a) (local.get $b) (local.get $c) (f64.add (local.get $d) (f64.const nan:0x4))
      (i32x4.extract_lane 2 (i32x4.add (local.get $e) (v128.const i32x4 1 2 3 4)))))`,
  },
  {
    name: 'exceptions: exnref, and what legacy catch blocks keep',
    text: `(module (tag $t (param i32 i64)) (tag $u)
      (func $throw (param i32) (throw $t (local.get 0) (i64.const -5)))
      (func $legacy (param i32) (result i64) (local i64)
        (try (do (call $throw (local.get 0)))
          (catch $t (local.set 1) (drop)
            (try (do (try (do (throw $u)) (catch $u (nop) (rethrow 2))))
              (catch_all (local.set 1 (i64.add (local.get 1) (i64.const 1)))))))
        (local.get 1))
      (func (export "main") (result i64) (local $e exnref)
        (block $b (result i32 i64 exnref)
          (try_table (result i32 i64 exnref) (catch_ref $t $b) (call $throw (i32.const 3)) (unreachable)))
        (local.set $e) (drop) (drop)
        (block $c (result i32 i64)
          (try_table (result i32 i64) (catch $t $c) (throw_ref (local.get $e))))
        (drop)
        (i64.extend_i32_u)
        (i64.add (call $legacy (i32.const 9)))))`,
  },
  {
    name: 'structures, arrays, i31, cycles, casts',
    text: `(module
      (rec (type $node (sub (struct (field $next (mut (ref null $node))) (field $v (mut i8)) (field (mut f64)))))
           (type $leaf (sub $node (struct (field (mut (ref null $node))) (field (mut i8)) (field (mut f64)) (field anyref)))))
      (type $bytes (array (mut i16))) (type $refs (array (mut anyref))) (type $vectors (array (mut v128)))
      (global $keep (mut anyref) (ref.i31 (i32.const -7)))
      (table $t 3 10 anyref)
      (func (export "main") (result i32) (local $n (ref null $node)) (local $i i32) (local $a (ref $refs))
        (local.set $a (array.new $refs (ref.null any) (i32.const 6)))
        (loop $again
          (local.set $n (struct.new $leaf (local.get $n) (local.get $i) (f64.const 0.5) (global.get $keep)))
          (array.set $refs (local.get $a) (local.get $i) (local.get $n))
          (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
        (struct.set $node 0 (ref.cast (ref $node) (array.get $refs (local.get $a) (i32.const 0))) (local.get $n))
        (array.set $refs (local.get $a) (i32.const 5) (local.get $a))
        (global.set $keep (local.get $a))
        (table.set $t (i32.const 1) (array.new_fixed $bytes 3 (i32.const 1) (i32.const -2) (i32.const 65535)))
        (table.set $t (i32.const 2) (array.new $vectors (v128.const i64x2 1 -1) (i32.const 2)))
        (drop (table.grow $t (local.get $n) (i32.const 2)))
        (local.set $i (i32.const 0))
        (block $out (loop $walk
          (local.set $n (struct.get $node 0 (local.get $n)))
          (br_if $out (i32.gt_u (local.tee $i (i32.add (local.get $i) (struct.get_s $node 1 (local.get $n)))) (i32.const 30)))
          (br $walk)))
        (i32.add (local.get $i) (array.get_u $bytes (ref.cast (ref $bytes) (table.get $t (i32.const 1))) (i32.const 2)))))`,
  },
  {
    name: 'functions by reference, tail calls, dropped segments',
    text: `(module (type $f (func (param i32) (result i32))) (table $t 4 funcref) (memory 1)
      (elem $e (i32.const 1) func $even $odd) (elem $p func $odd $odd) (elem $d declare func $even)
      (data $x "abc") (data $y "defg")
      (func $even (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
        (return_call_indirect $t (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const 2)))
      (func $odd (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
        (return_call_ref $f (i32.sub (local.get 0) (i32.const 1)) (ref.func $even)))
      (func (export "main") (result i32) (local $r (ref $f))
        (memory.init $x (i32.const 10) (i32.const 0) (i32.const 3))
        (data.drop $x)
        (table.init $t $p (i32.const 0) (i32.const 0) (i32.const 1))
        (elem.drop $p)
        (memory.init $y (i32.const 20) (i32.const 1) (i32.const 2))
        (local.set $r (ref.func $even))
        (i32.add (call_ref $f (i32.const 5) (local.get $r))
          (i32.add (i32.load (i32.const 9)) (call_indirect $t (type $f) (i32.const 6) (i32.const 0))))))`,
  },
  {
    name: 'memories of 64-bit addresses and single bytes',
    text: `(module (memory $a i64 1) (memory $b 5 9 (pagesize 1)) (table $t i64 2 externref)
      (func (export "main") (result i64)
        (i64.store $a (i64.const 40000) (i64.const 77))
        (i32.store8 $b (i32.const 4) (i32.const 200))
        (drop (memory.grow $b (i32.const 2)))
        (i32.store8 $b (i32.const 6) (i32.const 100))
        (drop (table.grow $t (ref.null extern) (i64.const 3)))
        (i64.add (i64.load $a (i64.const 40000)) (i64.add (table.size $t) (i64.load8_u $b (i32.const 6))))))`,
  },
];
