/** The clocks of this machine, and two ways to wait: holding up the thread, or by a timer. */
import type { Clock } from '../host.ts';

const NS_PER_MS = 1_000_000n;
/** Longest wait of `setTimeout`, in ms. */
const MAX_TIMEOUT_MS = 0x7fffffff;

export const nodeClock: Clock = {
  resolutionNs: 1n,
  realtimeNs: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n,
  monotonicNs: () => process.hrtime.bigint(),
  sleep(durationNs) {
    blockThread(Number(durationNs) / Number(NS_PER_MS));
  },
  async sleepAsync(durationNs) {
    let leftMs = Number(durationNs) / Number(NS_PER_MS);
    while (leftMs > 0) {
      const stepMs = Math.min(leftMs, MAX_TIMEOUT_MS);
      await new Promise((resolve) => setTimeout(resolve, stepMs));
      leftMs -= stepMs;
    }
  },
};

const neverWoken = new Int32Array(new SharedArrayBuffer(4));

export function blockThread(durationMs: number): void {
  Atomics.wait(neverWoken, 0, 0, durationMs);
}
