/**
 * Typed arrays over a memory for `Atomics.*`, one set for each of its views: fixed-length ones, as fast as
 * over a plain buffer (length-tracking ones are 60× slower, docs/rationale.md).
 */
import type { Memory } from '../runtime/index.ts';

export interface AtomicViews {
  readonly i8: Uint8Array;
  readonly i16: Uint16Array;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
}

const viewsOf = new WeakMap<DataView, AtomicViews>();

/** The atomic views of a memory as it is now. Borrowed: they die when it grows. */
export function atomicViews({ view, byteLength }: Memory): AtomicViews {
  const known = viewsOf.get(view);
  if (known !== undefined) return known;
  const { buffer } = view;
  const made: AtomicViews = {
    i8: new Uint8Array(buffer, 0, byteLength),
    i16: new Uint16Array(buffer, 0, byteLength >> 1),
    i32: new Int32Array(buffer, 0, Math.floor(byteLength / 4)),
    i64: new BigInt64Array(buffer, 0, Math.floor(byteLength / 8)),
  };
  viewsOf.set(view, made);
  return made;
}
