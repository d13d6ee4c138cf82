/**
 * Typed arrays over a memory for `Atomics.*`, one set for each of its views: fixed-length ones, as fast as
 * over a plain buffer (length-tracking ones are 60× slower, docs/rationale.md).
 */
import type { AtomicViews, Memory } from '../runtime/index.ts';

/** The atomic views of a memory as it is now. Borrowed: they die when it grows. */
export function atomicViews(memory: Memory): AtomicViews {
  return memory.atomicViews ?? makeViews(memory);
}

function makeViews(memory: Memory): AtomicViews {
  const { byteLength } = memory;
  const { buffer } = memory.view;
  const made: AtomicViews = {
    i8: new Uint8Array(buffer, 0, byteLength),
    i16: new Uint16Array(buffer, 0, Math.floor(byteLength / 2)),
    i32: new Int32Array(buffer, 0, Math.floor(byteLength / 4)),
    i64: new BigInt64Array(buffer, 0, Math.floor(byteLength / 8)),
  };
  memory.atomicViews = made;
  return made;
}
