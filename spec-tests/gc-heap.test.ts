/**
 * What a guest drops, the host's collector frees: a million structures behind a global, in locals of frames
 * that returned, and while the guest goes on. Runs on the built library, in a process that may ask for a
 * collection.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const library = new URL('../dist/index.js', import.meta.url).href;
const COUNT = 1_000_000;
/** A structure and its two slots take more than this each. */
const LEAST_BYTES = 32;
/** What a heap may grow by without a million structures. */
const SLACK_BYTES = 4 * 2 ** 20;

const guest = `(module
  (import "host" "look" (func $look))
  (type $node (struct (field (ref null $node)) (field i32)))
  (global $kept (mut (ref null $node)) (ref.null $node))
  (func $list (param $count i32) (result (ref null $node)) (local $list (ref null $node))
    (loop $next
      (local.set $list (struct.new $node (local.get $list) (local.get $count)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $list))
  (func (export "keep") (param $count i32) (global.set $kept (call $list (local.get $count))))
  (func (export "drop") (global.set $kept (ref.null $node)))
  ;; Every frame holds a part of the list when the deepest is reached.
  (func $nested (param $depth i32) (param $each i32) (result i32) (local $own (ref null $node))
    (local.set $own (call $list (local.get $each)))
    (if (local.get $depth)
      (then (drop (call $nested (i32.sub (local.get $depth) (i32.const 1)) (local.get $each))))
      (else (call $look)))
    (struct.get $node 1 (local.get $own)))
  (func (export "frames") (drop (call $nested (i32.const 999) (i32.const ${COUNT / 1000}))))
  ;; Leaves a list in frames that have returned, and looks after as many instructions as a slice of fuel has.
  (func (export "goOn") (local $i i32)
    (drop (call $nested (i32.const 999) (i32.const ${COUNT / 1000})))
    (loop $next
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2000000))))
    (call $look))
  (func (export "trap") (drop (call $nested (i32.const 999) (i32.const ${COUNT / 1000}))) unreachable))`;

/** Prints the bytes on the heap at each look, relative to the first. */
const script = (lowering: string) => `
  const { compile, instantiate } = await import(${JSON.stringify(library)});
  const heap = () => { gc(); gc(); return process.memoryUsage().heapUsed; };
  const looks = [];
  let start = 0;
  const look = () => looks.push(heap() - start);
  const { exports } = instantiate(compile(${JSON.stringify(guest)}, { lowering: '${lowering}' }), { host: { look } });
  exports.keep(1); exports.drop();
  start = heap();
  looks.length = 0;
  exports.keep(${COUNT}); look();
  exports.drop(); look();
  exports.frames(); look();
  exports.goOn(); look();
  try { exports.trap(); } catch {} look();
  console.log(JSON.stringify(looks));
`;

const names = [
  'kept by a global',
  'dropped from the global',
  'in live frames',
  'after the frames returned',
  'in live frames once more',
  'while the guest goes on',
  'after it returned',
  'in live frames before a trap',
  'after the trap',
] as const;

test.each(['fast', 'clear'])('a million structures come and go in %s code', async (lowering) => {
  const args = ['--expose-gc', '--input-type=module', '-e', script(lowering)];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  const looks = JSON.parse(stdout) as number[];
  expect(looks).toHaveLength(names.length);
  const held = names.filter((_, i) => looks[i]! > COUNT * LEAST_BYTES);
  const free = names.filter((_, i) => looks[i]! < SLACK_BYTES);
  expect(held).toEqual(names.filter((name) => /^(kept|in live)/.test(name)));
  expect(free).toEqual(names.filter((name) => !/^(kept|in live)/.test(name)));
});

/** What an instance holds is free when nobody has the instance any more, however it was run. */
const retention = (loop: string) => `
import { compile, instantiate, Store } from './dist/index.js';
function run() {
  const store = new Store({ loop: ${loop} });
  const module = compile('(module (memory 1) (func (export "f") (loop (br 0))))');
  const instance = instantiate(module, {}, { store });
  store.fuel = 1000;
  try {
    instance.call('f');
  } catch {}
  return new WeakRef(instance.exports.f);
}
const ref = run();
await new Promise((resolve) => setTimeout(resolve));
gc();
console.log(ref.deref() === undefined ? 'free' : 'held');
`;

test.each(['undefined', "'switch'", "'halves'", "'handlers'"])(
  'an instance that ran in the loop %s is free',
  async (loop) => {
    const args = ['--expose-gc', '--input-type=module', '-e', retention(loop)];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    });
    expect(stdout).toBe('free\n');
  },
);
