/**
 * CoreMark as a task of the benchmark. The module takes the time from an import and finds out itself how many
 * iterations take ten seconds; here the clock is part of the module and tells what leads to a number of iterations
 * that is known beforehand. So all engines do the same work, within a second, and the time is taken from outside.
 * What runs between two looks at the clock is CoreMark's code as it is.
 */

/**
 * CRCs of a performance run, which CoreMark publishes: of list, matrix and state, whatever the number of iterations.
 */
const CRC_LIST = 0xe714;
const CRC_MATRIX = 0x1fd7;
const CRC_STATE = 0x8e3a;

/** The CRC over all iterations, by their number. */
/** @type {Readonly<Record<number, number>>} */
const finalCrcs = { 20: 0x4983, 110: 0x0134, 1100: 0x33ff };

/** The results lie in the frame of CoreMark's own main function, which is the first on its stack. */
const FRAME_BYTES = 80;
const CRCS_OFFSET = 56;

/** Iterations of the task, and those with which CoreMark looks how fast it is. */
export function iterationsRun(/** @type {number} */ n) {
  let all = n;
  for (let trial = 10; trial * 11 <= n || trial === 10; trial *= 10) all += trial;
  return all;
}

/**
 * What `run(n)` gives: the four CRCs, 16 bits each.
 *
 * @param {number} n
 */
export function expectedCrcs(n) {
  const final = finalCrcs[n];
  if (final === undefined) throw new Error(`the final CRC of ${n} iterations is not written down`);
  const words = [final, CRC_LIST, CRC_MATRIX, CRC_STATE];
  const bits = words.reduce((sum, crc, i) => sum | (BigInt(crc) << BigInt(16 * i)), 0n);
  return String(BigInt.asIntN(64, bits));
}

/**
 * CoreMark with a clock of its own and a `run` that takes the number of iterations: 10, 100 … times 2, 3, 4, 6 or 11.
 * CoreMark itself compares its CRCs, and has no score when they are wrong; then the result is 0.
 *
 * @param {string} text of CoreMark's module, printed
 */
export function withOwnClock(text) {
  const clock = /\(import "env" "clock_ms" \(func \(;0;\) (\(type \d+\)) \(result i64\)\)\)/;
  const entry = /\(export "run" \(func (\d+)\)\)/;
  const stack = /\(global \(;0;\) \(mut i32\) \(i32\.const \d+\)\)/;
  const main = entry.exec(text)?.[1];
  if (!clock.test(text) || !stack.test(text) || main === undefined)
    throw new Error('this is not the CoreMark module that is known: it imports env.clock_ms and exports run');
  const end = text.lastIndexOf(')');
  const clockFunction = `(func $clock $1 (result i64)
    ;; Every second look ends a trial: none or some seconds later by it, ten at the end.
    (global.set $looks (i32.add (global.get $looks) (i32.const 1)))
    (if (i32.eqz (i32.and (global.get $looks) (i32.const 1)))
      (then
        (if (i32.eqz (global.get $trials))
          (then (global.set $now (i64.add (global.get $now) (i64.mul (global.get $seconds) (i64.const 1000))))
                (global.set $seconds (i64.const 10)))
          (else (global.set $trials (i32.sub (global.get $trials) (i32.const 1)))))))
    (global.get $now))`;
  const globals = `(global $looks (mut i32) (i32.const 0))
  (global $trials (mut i32) (i32.const 0))
  (global $seconds (mut i64) (i64.const 0))
  (global $now (mut i64) (i64.const 0))`;
  const run = `(func $run (export "run") (param $n i32) (result i64)
    (local $times i32)
    (global.set $looks (i32.const 0))
    (global.set $trials (i32.const 0))
    (global.set $now (i64.const 0))
    (local.set $times (i32.div_u (local.get $n) (i32.const 10)))
    (loop $ten
      (if (i32.gt_u (local.get $times) (i32.const 11))
        (then
          (local.set $times (i32.div_u (local.get $times) (i32.const 10)))
          (global.set $trials (i32.add (global.get $trials) (i32.const 1)))
          (br $ten))))
    (global.set $seconds
      (i64.extend_i32_u (i32.div_u (i32.const 10) (i32.sub (local.get $times) (i32.const 1)))))
    (if (f32.gt (call ${main}) (f32.const 0))
      (then
        (return (i64.load offset=${CRCS_OFFSET} (i32.sub (global.get 0) (i32.const ${FRAME_BYTES}))))))
    (i64.const 0))`;
  return `${text.slice(0, end)}\n${run})\n`
    .replace(entry, '')
    .replace(stack, `$&\n  ${globals}`)
    .replace(clock, '')
    .replace(/\(func \(;1;\)/, `${clockFunction.replace('$1', clock.exec(text)?.[1] ?? '')}\n  $&`);
}

/**
 * @param {string} text of CoreMark's module, printed
 * @param {'full' | 'small'} size
 * @returns {import('../bench/rounds.mjs').Task}
 */
export function coremarkTask(text, size = 'full') {
  const n = size === 'full' ? 1100 : 20;
  return {
    name: 'coremark',
    about: 'CoreMark 1.0',
    text: withOwnClock(text),
    size: { n, result: expectedCrcs(n) },
    least: { n: 20, result: expectedCrcs(20) },
  };
}
