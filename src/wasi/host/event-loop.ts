/** Turns and timers of whatever event loop there is, as waits that can be given up. */
import { beginTurn } from '../../api/index.ts';
import type { Wait } from './waiting.ts';

interface HostTimers {
  readonly setTimeout?: (callback: () => void, delayMs: number) => unknown;
  readonly clearTimeout?: (handle: unknown) => void;
}

const timers = globalThis as unknown as HostTimers;

/** Longest delay that timers keep: they have 31 bits for it, and a longer one ends at once. */
const MAX_DELAY_MS = 0x7fffffff;

/** Ends after timers and I/O had their turn; after the pending promises where the host has no timers. */
export function nextTurn(): Wait {
  let cancel = () => {};
  const done = new Promise<void>((resolve) => {
    cancel = beginTurn(resolve);
  });
  return { done, cancel };
}

/**
 * Ends when `leftNs` gives 0 or less, to the precision of `leftNs` itself: timers count milliseconds, so the last one
 * passes in turns of the event loop.
 */
export function timeOut(leftNs: () => bigint): Wait {
  let cancel = () => {};
  const done = new Promise<void>((resolve) => {
    const step = () => {
      const left = leftNs();
      if (left <= 0) {
        resolve();
        return;
      }
      const wholeMs = left / BigInt(1e6);
      if (wholeMs > 0) cancel = delay(wholeMs < MAX_DELAY_MS ? Number(wholeMs) : MAX_DELAY_MS, step);
      else cancel = beginTurn(step);
    };
    cancel = beginTurn(step);
  });
  return { done, cancel: () => cancel() };
}

/** Calls back after so many milliseconds; the result prevents it. */
export function delay(delayMs: number, callback: () => void): () => void {
  if (timers.setTimeout === undefined) return beginTurn(callback);
  const handle = timers.setTimeout(callback, delayMs);
  return () => timers.clearTimeout?.(handle);
}
