/**
 * Lets a small guest with threads run, and writes V8's code cache of all that the worker of its main thread compiled,
 * for src/cli/launch.ts. This file is the worker's program too.
 *
 *   node scripts/thread-code-cache.mjs SCRIPT CACHE
 */
import { isMainThread } from 'node:worker_threads';
import { loadScript } from './code-cache.mjs';

const [path = '', cache = '', order] = process.argv.slice(2);

const guest = `(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (export "memory" (memory 0))
  (func $work (param $left i32) (result i32) (local $sum i64)
    (loop $next
      (local.set $sum (i64.add (local.get $sum) (i64.load (i32.and (local.get $left) (i32.const 0xff8)))))
      (i32.store (i32.const 4096) (local.get $left))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $next (local.get $left)))
    (i32.wrap_i64 (local.get $sum)))
  (func (export "wasi_thread_start") (param i32 i32)
    (drop (i32.atomic.rmw.add (i32.const 8192) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 8192) (i32.const 1))))
  (func (export "_start")
    (drop (call $work (i32.const 1000)))
    (drop (call $time (i32.const 1) (i64.const 0) (i32.const 8200)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 8208)))
    (drop (call $spawn (i32.const 0)))
    (drop (memory.atomic.wait32 (i32.const 8192) (i32.const 0) (i64.const 1000000000)))))`;

async function train() {
  const built = (/** @type {string} */ name) => import(new URL(`../dist/${name}`, import.meta.url).href);
  /** @type {typeof import('../src/index.ts')} */
  const { compile, memoryHost, ThreadGroup, Wasi } = await built('index.js');
  /** @type {typeof import('../src/node.ts')} */
  const { nodeWorkers } = await built('node.js');
  let count = 0;
  /** @type {import('../src/index.ts').StartWorker} */
  const startWorker = (boot, events) => {
    // The first worker is the main thread's.
    const argv = [path, cache, count++ === 0 ? 'write' : 'read'];
    return nodeWorkers(new URL(import.meta.url), { argv })(boot, events);
  };
  const wasi = new Wasi({ host: memoryHost(), isAsync: true });
  await new ThreadGroup(compile(guest), { wasi, startWorker, graceMs: 10_000 }).run();
}

function serve() {
  const { start, writeCache } = loadScript(path, cache);
  start();
  if (order === 'write') process.on('exit', writeCache);
}

if (isMainThread) await train();
else serve();
