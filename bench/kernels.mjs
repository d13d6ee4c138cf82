/** The kernels: what each is for, and the `n` that keeps an interpreter busy for 50 to 300 ms. */

/** @type {readonly { name: string, n: number, about: string }[]} */
export const kernels = [
  { name: 'fib', n: 32, about: 'recursive calls' },
  { name: 'sieve', n: 150, about: 'i32, bytes in memory' },
  { name: 'crc32', n: 250, about: 'i32, a table in memory' },
  { name: 'mix64', n: 3_000_000, about: 'i64 in locals' },
  { name: 'sha', n: 8_000, about: 'i64 rotates and loads' },
  { name: 'mandelbrot', n: 600, about: 'f64 in locals' },
  { name: 'nbody', n: 80_000, about: 'f64 in memory' },
  { name: 'f32', n: 1_200, about: 'f32 in locals and memory' },
  { name: 'call_indirect', n: 4_000_000, about: 'calls through a table' },
  { name: 'br_table', n: 8_000_000, about: 'a dispatch of eight ways' },
  { name: 'simd_f32', n: 600, about: 'f32x4 in memory' },
  { name: 'simd_bytes', n: 150, about: 'lanes of 8 and 16 bits' },
  { name: 'simd_i32', n: 400_000, about: 'i32x4 and i64x2 in locals' },
  { name: 'gc-trees', n: 10, about: 'allocation of structures' },
  { name: 'globals', n: 3_000_000, about: 'mutable globals' },
];
