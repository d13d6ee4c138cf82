/** The clocks of this machine, and two ways to wait: holding up the thread, or by a timer. */
import { timeOut } from '../event-loop.ts';
import type { Clock } from '../host.ts';

const NS_PER_MS = 1_000_000n;
export const nodeClock: Clock = {
  resolutionNs: 1n,
  isMachines: true,
  realtimeNs: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n,
  monotonicNs: () => process.hrtime.bigint(),
  sleep(durationNs) {
    blockThread(Number(durationNs) / Number(NS_PER_MS));
  },
  timer(durationNs) {
    const dueNs = process.hrtime.bigint() + durationNs;
    return timeOut(() => dueNs - process.hrtime.bigint());
  },
};

const neverWoken = new Int32Array(new SharedArrayBuffer(4));

export function blockThread(durationMs: number): void {
  Atomics.wait(neverWoken, 0, 0, durationMs);
}
