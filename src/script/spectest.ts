/**
 * The host modules that scripts import, written as modules of their own: `spectest` of the official
 * scripts, and `wasmtime` of wasmtime's. Their functions take what they are given and do nothing.
 *
 * @see https://github.com/WebAssembly/spec/tree/main/interpreter#scripts
 */
export const spectestSource = `(module $spectest
  (func (export "print"))
  (func (export "print_i32") (param i32))
  (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32))
  (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32))
  (func (export "print_f64_f64") (param f64 f64))
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (table (export "table64") i64 10 20 funcref)
  (memory (export "memory") 1 2)
  (memory (export "shared_memory") 1 2 shared))`;

/** `gc` asks for a collection; here the host collects when it likes, and no script can tell. */
export const wasmtimeSource = '(module $wasmtime (func (export "gc")))';
