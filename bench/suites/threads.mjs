/**
 * *threads*: how long the same work takes 1, 2, 4 and 8 threads. A guest takes the time itself, from when its threads
 * are ready to when all are done, so that starting workers is only in what measures that.
 */
import { findCoremark } from '../../coremark/source.mjs';
import { estimate } from '../statistics.mjs';

/** @typedef {import('../statistics.mjs').Estimate & { roundsMs: number[] }} Series */
/**
 * @typedef {object} ThreadTimes
 * @property {string} name
 * @property {string} about
 * @property {boolean} isShared whether the work is shared out among the threads; otherwise each does all of it
 * @property {number} n pieces of work
 * @property {Record<string, Series>} threads by their number
 */

export const threadCounts = [1, 2, 4, 8];
/** More CoreMarks at once than cores would only take turns. */
const coremarkCounts = [1, 2];

/**
 * Work of threads: `each` is the number of rounds of one of them, in `$left`; its number is `$me`, from 0.
 *
 * @type {readonly { name: string, about: string, n: number, work: string }[]}
 */
const tasks = [
  {
    name: 'compute',
    about: 'rounds of a loop in locals, shared out',
    n: 20_000_000,
    work: `(loop $next
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (drop (i32.atomic.rmw.xor (i32.const 24) (local.get $x)))`,
  },
  {
    name: 'atomic',
    about: 'additions to one word, shared out',
    n: 2_000_000,
    work: `(loop $next
      (drop (i32.atomic.rmw.add (i32.const 24) (i32.const 1)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))`,
  },
  {
    name: 'wait-notify',
    about: 'turns that are handed on in a ring of the threads and the main one, all but one asleep',
    n: 8_000,
    work: '(call $ring (local.get $left) (local.get $me))',
  },
];

/**
 * `main(threads, each)` gives the ns that its threads took for `each` rounds each.
 *
 * @param {string} work
 * @param {boolean} isRing whether the main thread takes part
 */
function guestText(work, isRing) {
  return `(module
    (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
    (import "env" "memory" (memory 1 1 shared))
    (export "memory" (memory 0))
    ;; Words: 0 threads that are ready, 4 the start, 8 threads that are done, 16 members, 20 rounds, 24 a sum, 32 the time.
    (func $now (result i64) (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 32))) (i64.load (i32.const 32)))
    (func $raise (param $at i32)
      (drop (i32.atomic.rmw.add (local.get $at) (i32.const 1)))
      (drop (memory.atomic.notify (local.get $at) (i32.const -1))))
    (func $await (param $at i32) (param $count i32) (local $seen i32)
      (loop $again
        (local.set $seen (i32.atomic.load (local.get $at)))
        (if (i32.lt_s (local.get $seen) (local.get $count))
          (then
            (drop (memory.atomic.wait32 (local.get $at) (local.get $seen) (i64.const -1)))
            (br $again)))))
    ;; Each member has a word of its own, a cache line apart, which counts the turns that it was given.
    (func $place (param $member i32) (result i32)
      (i32.add (i32.const 1024)
        (i32.shl (i32.rem_u (local.get $member) (i32.load (i32.const 16))) (i32.const 6))))
    (func $ring (param $turns i32) (param $me i32) (local $turn i32)
      (loop $next
        (call $await (call $place (local.get $me)) (local.tee $turn (i32.add (local.get $turn) (i32.const 1))))
        (call $raise (call $place (i32.add (local.get $me) (i32.const 1))))
        (br_if $next (i32.lt_s (local.get $turn) (local.get $turns)))))
    (func (export "wasi_thread_start") (param $tid i32) (param $me i32) (local $left i32) (local $x i32)
      (call $raise (i32.const 0))
      (call $await (i32.const 4) (i32.const 1))
      (local.set $left (i32.load (i32.const 20)))
      ${work}
      (call $raise (i32.const 8)))
    (func (export "main") (param $threads i32) (param $each i32) (result i64) (local $i i32) (local $begin i64)
      (i32.store (i32.const 16) (i32.add (local.get $threads) (i32.const 1)))
      (i32.store (i32.const 20) (local.get $each))
      (loop $next
        (if (i32.le_s (call $spawn (local.get $i)) (i32.const 0)) (then unreachable))
        (br_if $next (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $threads))))
      (call $await (i32.const 0) (local.get $threads))
      (local.set $begin (call $now))
      (call $raise (i32.const 4))
      ${isRing ? '(call $raise (i32.const 1024)) (call $ring (local.get $each) (local.get $threads))' : ''}
      (call $await (i32.const 8) (local.get $threads))
      (i64.sub (call $now) (local.get $begin))))`;
}

/** `main(threads, all)` starts as many threads at a time and waits for them, until all have been. */
const spawnText = `(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "env" "memory" (memory 1 1 shared))
  (export "memory" (memory 0))
  (func $now (result i64) (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 32))) (i64.load (i32.const 32)))
  (func (export "wasi_thread_start") (param i32 i32)
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const -1))))
  (func $start_and_join (param $all i32) (param $threads i32) (local $i i32) (local $seen i32) (local $ended i32)
    (loop $group
      (i32.atomic.store (i32.const 0) (i32.const 0))
      (local.set $i (i32.const 0))
      (loop $next
        (if (i32.le_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable))
        (br_if $next (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $threads))))
      (loop $again
        (local.set $seen (i32.atomic.load (i32.const 0)))
        (if (i32.lt_s (local.get $seen) (local.get $threads))
          (then
            (drop (memory.atomic.wait32 (i32.const 0) (local.get $seen) (i64.const -1)))
            (br $again))))
      (local.set $ended (i32.add (local.get $ended) (local.get $threads)))
      (br_if $group (i32.lt_s (local.get $ended) (local.get $all)))))
  (func (export "main") (param $threads i32) (param $all i32) (result i64) (local $begin i64)
    ;; Workers start with the first threads, and are used again.
    (call $start_and_join (i32.mul (local.get $threads) (i32.const 2)) (local.get $threads))
    (local.set $begin (call $now))
    (call $start_and_join (local.get $all) (local.get $threads))
    (i64.sub (call $now) (local.get $begin))))`;

const SPAWNS = 400;

/**
 * @typedef {(threads: number) => Promise<number>} Timed ms of one round
 * @typedef {{ name: string, about: string, isShared: boolean, n: number, counts: readonly number[], run: Timed }} Task
 */

/**
 * @param {object} options
 * @param {number} options.rounds
 * @param {string} options.library the built library's address
 * @param {string} options.node that of its part for node
 * @param {readonly string[]} [options.only]
 * @param {number} [options.part] of the work, for tests
 * @param {(text: string) => void} options.say
 * @returns {Promise<ThreadTimes[]>}
 */
export async function timeThreads({ rounds, library, node, only = [], part = 1, say }) {
  const glassbox = { ...(await import(library)), ...(await import(node)) };
  const all = [...guestTasks(glassbox, part), ...coremarkTasks(glassbox, part)];
  const chosen = all.filter(({ name }) => only.length === 0 || only.includes(name));
  const times = chosen.map(({ run: _, counts, ...about }) => ({
    ...about,
    threads: /** @type {Record<string, Series>} */ (
      Object.fromEntries(counts.map((count) => [count, { median: 0, spread: 0, roundsMs: [] }]))
    ),
  }));
  for (let round = 0; round < rounds; round++) {
    say(`threads: round ${round + 1} of ${rounds}`);
    for (const [i, { counts, run }] of chosen.entries()) {
      for (const count of counts) times[i]?.threads[count]?.roundsMs.push(Math.round((await run(count)) * 1000) / 1000);
    }
  }
  for (const { threads } of times) {
    for (const series of Object.values(threads)) Object.assign(series, estimate(series.roundsMs));
  }
  return times;
}

/**
 * @param {any} glassbox
 * @param {number} part
 * @returns {Task[]}
 */
function guestTasks(glassbox, part) {
  /** @type {(text: string) => (threads: number, n: number) => Promise<number>} */
  const timed = (text) => {
    const module = glassbox.compile(text);
    return async (threads, n) => Number(await runGroup(glassbox, module, 'main', [threads, n])) / 1e6;
  };
  const shared = tasks.map(({ name, about, n, work }) => {
    const isRing = name === 'wait-notify';
    const run = timed(guestText(work, isRing));
    const all = Math.max(72, Math.round(n * part));
    /** @param {number} threads */
    const timeOf = (threads) => run(threads, Math.round(all / (isRing ? threads + 1 : threads)));
    return { name, about, isShared: true, n: all, counts: threadCounts, run: timeOf };
  });
  const spawn = timed(spawnText);
  const n = Math.max(8, Math.round(SPAWNS * part));
  const about = 'threads that are started, as many at a time, and waited for';
  return [
    ...shared,
    { name: 'spawn-join', about, isShared: true, n, counts: threadCounts, run: (threads) => spawn(threads, n) },
  ];
}

/**
 * @param {any} glassbox
 * @param {any} module
 * @param {string} entry
 * @param {readonly unknown[]} values
 * @param {object} [options]
 */
async function runGroup({ ThreadGroup, Wasi, nodeHost, nodeWorkers }, module, entry, values, options = {}) {
  const wasi = new Wasi({ host: nodeHost(), isAsync: true });
  try {
    return await new ThreadGroup(module, { wasi, startWorker: nodeWorkers(), ...options }).run(entry, values);
  } finally {
    wasi.close();
  }
}

/** A number of iterations, and what tells CoreMark to do them: it multiplies the last trial by 1 + 10 / seconds. */
const COREMARK = { n: 4000, trials: 3, seconds: 3 };
const SMALL_COREMARK = { n: 20, trials: 1, seconds: 10 };

/**
 * CoreMark in each thread. Its memory has one user, so each is the main thread of a group of its own.
 *
 * @param {any} glassbox
 * @param {number} part
 * @returns {Task[]}
 */
function coremarkTasks(glassbox, part) {
  const source = findCoremark();
  if (source === undefined) return [];
  const module = glassbox.compile(source.bytes);
  const size = part < 1 ? SMALL_COREMARK : COREMARK;
  /** @param {number} count */
  const run = async (count) => {
    const start = meetingOf(count);
    const all = await Promise.all(Array.from({ length: count }, () => timeCoremark(glassbox, module, size, start)));
    return Math.max(...all);
  };
  const about = 'CoreMark 1.0, one in each thread';
  return [{ name: 'coremark', about, isShared: false, n: size.n, counts: coremarkCounts, run }];
}

/**
 * Settles for all once all have come.
 *
 * @param {number} count
 * @returns {() => Promise<void>}
 */
function meetingOf(count) {
  let left = count;
  let open = () => {};
  const met = new Promise((resolve) => {
    open = () => resolve(undefined);
  });
  return async () => {
    left--;
    if (left === 0) open();
    await met;
  };
}

/**
 * Answers CoreMark's looks at the clock, which begin and end its trials and at last the run that counts.
 *
 * @param {any} glassbox
 * @param {any} module
 * @param {{ trials: number, seconds: number }} size
 * @param {() => Promise<void>} start
 * @returns {Promise<number>} ms of the run that counts
 */
async function timeCoremark(glassbox, module, { trials, seconds }, start) {
  let looks = 0;
  let toldMs = 0;
  let begunMs = 0;
  let ms = 0;
  const clock = async () => {
    looks++;
    const isEnd = looks % 2 === 0;
    const trial = Math.ceil(looks / 2);
    if (isEnd && trial === trials) toldMs += seconds * 1000;
    if (isEnd && trial > trials) {
      ms = performance.now() - begunMs;
      toldMs += 10_000;
    }
    if (!isEnd && trial > trials) {
      await start();
      begunMs = performance.now();
    }
    return BigInt(toldMs);
  };
  const score = await runGroup(glassbox, module, 'run', [], { imports: { env: { clock_ms: clock } } });
  // CoreMark compares its CRCs itself, and has no score when they are wrong.
  if (!(Number(score) > 0)) throw new Error('CoreMark says that its results are wrong');
  return ms;
}

/**
 * @param {readonly ThreadTimes[]} all
 * @returns {string[][]} a row a task: its times, and by how much more is done in a time than by one thread
 */
export function threadRows(all) {
  const rows = all.map(({ name, isShared, threads }) => {
    const one = threads[1]?.median ?? Number.NaN;
    const cells = threadCounts.map((count) => {
      const series = threads[count];
      if (series === undefined) return '';
      const gain = ((isShared ? 1 : count) * one) / series.median;
      const ms = `${series.median.toFixed(series.median < 10 ? 2 : 0)} ms ±${(series.spread * 100).toFixed(0)}%`;
      return count === 1 ? ms : `${ms}, ${gain.toFixed(2)}×`;
    });
    return [name, ...cells];
  });
  const header = threadCounts.map((count) => (count === 1 ? '1 thread' : `${count} threads`));
  return [['', ...header], ...rows];
}
