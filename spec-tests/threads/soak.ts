/**
 * Guests whose threads do at random what threads can do, one group after the other: they start threads, grow memory,
 * wait, notify, call the host, open, close, read and write a file, trap, leave, and are called off. Afterwards nothing
 * may be left of them.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prelude } from './fixtures.ts';
import { nodeLibrary, runGroup } from './run-group.ts';

/** What ends a group; the guest is told by a number. */
const ways = ['return', 'trap', 'exit', 'cancel'] as const;
type Way = (typeof ways)[number];

const ends: Readonly<Record<Way, readonly unknown[]>> = {
  return: [0],
  trap: ['unreachable'],
  exit: ['exit 9'],
  cancel: ['execution aborted'],
};

/** Threads act until the group ends. The one that draws the lot ends it, if the group is to end by itself. */
const guest = `(module ${prelude}
  (global $random (mut i32) (i32.const 0))
  (global $way (mut i32) (i32.const 0))
  (func $draw (param $below i32) (result i32)
    ;; xorshift32
    (global.set $random (i32.xor (global.get $random) (i32.shl (global.get $random) (i32.const 13))))
    (global.set $random (i32.xor (global.get $random) (i32.shr_u (global.get $random) (i32.const 17))))
    (global.set $random (i32.xor (global.get $random) (i32.shl (global.get $random) (i32.const 5))))
    (i32.rem_u (global.get $random) (local.get $below)))
  (func $add (param $left i32)
    (loop $next
      (drop (i32.atomic.rmw.add (i32.const 2048) (i32.const 1)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
  (func $lot
    (if (call $draw (i32.const 50)) (then (return)))
    (if (i32.eq (global.get $way) (i32.const 1)) (then unreachable))
    (if (i32.eq (global.get $way) (i32.const 2)) (then (call $exit (i32.const 9)))))
  (func $act
    (block $11 (block $10 (block $9 (block $8
    (block $7 (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
      (br_table $0 $1 $2 $3 $4 $5 $6 $7 $8 $9 $10 $11 (call $draw (i32.const 12))))
      (drop (call $spawn (global.get $random))) (return))
      (drop (memory.grow (i32.const 1))) (return))
      (drop (memory.atomic.wait32 (i32.const 1024) (i32.const 0)
        (i64.extend_i32_u (call $draw (i32.const 3000000))))) (return))
      (drop (memory.atomic.notify (i32.const 1024) (call $draw (i32.const 3)))) (return))
      (call $add (i32.add (i32.const 1) (call $draw (i32.const 100000)))) (return))
      (drop (call $yield)) (return))
      (drop (call $fd_write (i32.const 1) (i32.const 3000) (i32.const 1) (i32.const 3008))) (return))
    (call $lot) (return))
      (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 3032) (i32.const 1) (i32.const 1) (i64.const 0x42)
        (i64.const 0) (call $draw (i32.const 2)) (i32.const 3012))) (return))
      (drop (call $fd_close (call $any_file))) (return))
      (drop (call $fd_write (call $any_file) (i32.const 3000) (i32.const 1) (i32.const 3008))) (return))
    (drop (call $fd_read (call $any_file) (i32.const 3000) (i32.const 1) (i32.const 3008))))
  (func $any_file (result i32) (i32.add (i32.const 4) (call $draw (i32.const 4))))
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32)
    (global.set $random (i32.or (i32.xor (local.get $arg) (i32.mul (local.get $tid) (i32.const 40503))) (i32.const 1)))
    (global.set $way (i32.load (i32.const 16)))
    (loop $next
      (call $act)
      (br_if $next (call $draw (i32.const 40)))))
  (func (export "main") (param $seed i32) (param $way i32) (param $ms i32) (result i32)
    (i32.store (i32.const 16) (local.get $way))
    (global.set $way (local.get $way))
    (global.set $random (local.get $seed))
    ;; A buffer of 5 bytes, for fd_write.
    (i32.store (i32.const 3000) (i32.const 3016))
    (i32.store (i32.const 3004) (i32.const 5))
    ;; A file's name.
    (i32.store8 (i32.const 3032) (i32.const 97))
    (if (i32.eqz (local.get $way))
      (then
        (drop (call $spawn (i32.const 77))) (drop (call $spawn (i32.const 78)))
        (call $sleep (local.get $ms))
        (return (i32.const 0))))
    (loop $next (drop (call $spawn (global.get $random))) (call $act) (br $next))
    (i32.const 0)))`;

export interface SoakOptions {
  readonly seconds: number;
  readonly seed?: number;
  readonly progress?: (text: string) => void;
}

/** Most threads at once: more would only wait for the machine. */
const MAX_THREADS = 12;

/** @throws {Error} when a group ends otherwise than it should, hangs, or leaves something behind */
export async function soak({ seconds, seed = Date.now() % 100_000, progress }: SoakOptions): Promise<string> {
  const endMs = performance.now() + 1000 * seconds;
  const counts: Record<Way, number> = { return: 0, trap: 0, exit: 0, cancel: 0 };
  let before: Left | undefined;
  let groups = 0;
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-soak-'));
  for (let number = seed; performance.now() < endMs || groups < ways.length; number++, groups++) {
    const way = ways[number % ways.length]!;
    await runOne(way, number, folder);
    counts[way]++;
    // The first groups load what stays.
    if (groups === 2 * ways.length) before = left();
    progress?.(`${groups} groups, from seed ${seed}`);
  }
  rmSync(folder, { recursive: true });
  const after = left();
  if (before !== undefined) compare(before, after);
  return `${groups} groups from seed ${seed}: ${JSON.stringify(counts)}; left: ${JSON.stringify(after)}`;
}

/** Far more than any group takes. */
const HANG_MS = 120_000;

async function runOne(way: Way, seed: number, folder: string): Promise<void> {
  const controller = new AbortController();
  const ms = 5 + (seed % 60);
  const values = [seed | 1, ways.indexOf(way), ms];
  const { startWorker, deaths } = watchedWorkers();
  const wasiOptions = { preopens: { '/': nodeLibrary.openDirectory(folder) }, maxDescriptors: 10 };
  const options = { entry: 'main', values, maxThreads: MAX_THREADS, signal: controller.signal, startWorker };
  const running = runGroup(guest, { ...options, wasiOptions });
  // Others end by a lot, which may be drawn late.
  const timer = setTimeout(() => controller.abort(), way === 'cancel' ? ms : HANG_MS / 2);
  const outcome = await Promise.race([running, hang(way, seed)]);
  clearTimeout(timer);
  clearTimeout(hangTimer);
  const { end, workers, threads } = outcome;
  const isRight = ends[way].includes(end);
  if (!isRight || workers !== 0 || threads !== 0) {
    throw new Error(`seed ${seed}, ${way}: ended by ${String(end)}, left ${workers} workers, ${threads} threads`);
  }
  if (deaths.started !== deaths.ended) throw new Error(`seed ${seed}: ${deaths.started - deaths.ended} workers live`);
}

let hangTimer: NodeJS.Timeout | undefined;

function hang(way: Way, seed: number): Promise<never> {
  return new Promise((_, reject) => {
    hangTimer = setTimeout(() => reject(new Error(`seed ${seed}, ${way}: the group does not end`)), HANG_MS);
  });
}

/** Counts workers that were made, and those whose end was told. */
function watchedWorkers() {
  const deaths = { started: 0, ended: 0 };
  const start = nodeLibrary.nodeWorkers();
  const startWorker: typeof start = (boot, events) => {
    deaths.started++;
    const exited = () => {
      deaths.ended++;
      events.exited();
    };
    return start(boot, { ...events, message: events.message, failed: events.failed, exited });
  };
  return { startWorker, deaths };
}

interface Left {
  readonly descriptors: number;
  readonly resources: number;
  readonly residentMiB: number;
}

function left(): Left {
  globalThis.gc?.();
  const resources = process.getActiveResourcesInfo().filter((name) => name !== 'Timeout' && name !== 'TTYWrap');
  return {
    descriptors: openDescriptors(),
    resources: resources.length,
    residentMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
}

/** Not known on systems without /proc. */
function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

/** Memory that the allocator keeps. */
const SPARE_MIB = 300;

function compare(before: Left, after: Left): void {
  const grew = after.descriptors > before.descriptors + 2 || after.resources > before.resources + 2;
  if (grew || after.residentMiB > before.residentMiB + SPARE_MIB) {
    throw new Error(`something is left: ${JSON.stringify(before)} before, ${JSON.stringify(after)} after`);
  }
}
