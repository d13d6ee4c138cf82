/**
 * The kernels: what each is for, and how often it goes round. `full` keeps an interpreter under a JIT busy for 50 to
 * 300 ms, `small` one without, `tiny` is for tests. The results are written down, so that no engine is trusted to be
 * right.
 */
import { readFileSync } from 'node:fs';

/** @typedef {{ n: number, result: string }} Size */
/** @typedef {'full' | 'small' | 'tiny'} SizeName */
/** @typedef {{ name: string, about: string, sizes: Readonly<Record<SizeName, Size>> }} Kernel */

/** @type {readonly Kernel[]} */
export const kernels = [
  {
    name: 'fib',
    about: 'recursive calls',
    sizes: { full: { n: 32, result: '2178309' }, small: { n: 26, result: '121393' }, tiny: { n: 5, result: '5' } },
  },
  {
    name: 'sieve',
    about: 'i32, bytes in memory',
    sizes: { full: { n: 150, result: '981300' }, small: { n: 1, result: '6542' }, tiny: { n: 1, result: '6542' } },
  },
  {
    name: 'crc32',
    about: 'i32, a table in memory',
    sizes: {
      full: { n: 250, result: '-457089429' },
      small: { n: 2, result: '1481742341' },
      tiny: { n: 1, result: '179779785' },
    },
  },
  {
    name: 'mix64',
    about: 'i64 in locals',
    sizes: {
      full: { n: 3000000, result: '-4419509696479917031' },
      small: { n: 70000, result: '5096466604387961286' },
      tiny: { n: 20, result: '-3688118931862396604' },
    },
  },
  {
    name: 'sha',
    about: 'i64 rotates and loads',
    sizes: {
      full: { n: 8000, result: '-3468369429990232405' },
      small: { n: 400, result: '-7038092241998265538' },
      tiny: { n: 2, result: '5566276085238911894' },
    },
  },
  {
    name: 'mandelbrot',
    about: 'f64 in locals',
    sizes: { full: { n: 600, result: '7523099' }, small: { n: 72, result: '109460' }, tiny: { n: 6, result: '975' } },
  },
  {
    name: 'nbody',
    about: 'f64 in memory',
    sizes: {
      full: { n: 80000, result: '0.5389197966241907' },
      small: { n: 3000, result: '0.4537365741607272' },
      tiny: { n: 3, result: '0.0018021303717913476' },
    },
  },
  {
    name: 'f32',
    about: 'f32 in locals and memory',
    sizes: {
      full: { n: 1200, result: '480.96075439453125' },
      small: { n: 20, result: '480.96075439453125' },
      tiny: { n: 1, result: '472.9692077636719' },
    },
  },
  {
    name: 'call_indirect',
    about: 'calls through a table',
    sizes: {
      full: { n: 4000000, result: '-1151810266' },
      small: { n: 200000, result: '1646907219' },
      tiny: { n: 50, result: '1921838414' },
    },
  },
  {
    name: 'br_table',
    about: 'a dispatch of eight ways',
    sizes: {
      full: { n: 8000000, result: '-1477392595' },
      small: { n: 140000, result: '921294' },
      tiny: { n: 50, result: '406109455' },
    },
  },
  {
    name: 'simd_f32',
    about: 'f32x4 in memory',
    sizes: {
      full: { n: 600, result: '1976.0985107421875' },
      small: { n: 60, result: '1251.041748046875' },
      tiny: { n: 1, result: '1171.82177734375' },
    },
  },
  {
    name: 'simd_bytes',
    about: 'lanes of 8 and 16 bits',
    sizes: { full: { n: 150, result: '1634400' }, small: { n: 30, result: '326880' }, tiny: { n: 1, result: '10896' } },
  },
  {
    name: 'simd_i32',
    about: 'i32x4 and i64x2 in locals',
    sizes: {
      full: { n: 400000, result: '6656939236923356128' },
      small: { n: 40000, result: '6884652565551502693' },
      tiny: { n: 20, result: '1825271607012684220' },
    },
  },
  {
    name: 'gc-trees',
    about: 'allocation of structures',
    sizes: { full: { n: 10, result: '45' }, small: { n: 4, result: '6' }, tiny: { n: 1, result: '0' } },
  },
  {
    name: 'exceptions',
    about: 'exceptions caught one call up',
    sizes: { full: { n: 5000, result: '387971' }, small: { n: 500, result: '26146' }, tiny: { n: 5, result: '18' } },
  },
  {
    name: 'memory_copy',
    about: 'memory.copy and memory.fill',
    sizes: {
      full: { n: 1000, result: '831832856' },
      small: { n: 100, result: '-1835718756' },
      tiny: { n: 1, result: '16843010' },
    },
  },
  {
    name: 'globals',
    about: 'mutable globals',
    sizes: {
      full: { n: 3000000, result: '6440358444582857' },
      small: { n: 120000, result: '257849919215196' },
      tiny: { n: 20, result: '42467311899' },
    },
  },
];

/** A kernel's text: a module that exports `run`, which takes `n` and imports nothing. */
export function kernelText(/** @type {string} */ name) {
  return readFileSync(new URL(`kernels/${name}.wat`, import.meta.url), 'utf8');
}

/**
 * Whether two texts are the same number: engines write integers signed or unsigned, floats with more or fewer digits.
 *
 * @param {string} left
 * @param {string} right
 */
export function isSameResult(left, right) {
  const integer = /^-?\d+$/;
  if (integer.test(left) && integer.test(right))
    return BigInt.asUintN(64, BigInt(left) - BigInt(right)) === 0n || (BigInt(left) - BigInt(right)) % 2n ** 32n === 0n;
  return Number(left) === Number(right);
}
