/** Turns and timers of the host's event loop, where it has them; QuickJS and Hermes may not. */

interface HostTimers {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly setTimeout?: (callback: () => void, delayMs: number) => unknown;
  readonly clearTimeout?: (timer: unknown) => void;
}

const host = globalThis as unknown as HostTimers;

/** Resolves after timers and I/O had their turn; after the pending promises where the host has no timers. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (host.setImmediate !== undefined) host.setImmediate(resolve);
    else if (host.setTimeout !== undefined) host.setTimeout(resolve, 0);
    else resolve();
  });
}

/** Timers keep their delay in 31 bits; a longer one would end at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Calls back after `delayMs`; the result cancels it. Without timers nothing happens. */
export function startTimer(delayMs: number, callback: () => void): () => void {
  if (host.setTimeout === undefined || delayMs === Number.POSITIVE_INFINITY) return () => undefined;
  let timer: unknown;
  const wait = (leftMs: number): void => {
    const rest = leftMs - LONGEST_DELAY_MS;
    timer = rest <= 0 ? host.setTimeout?.(callback, leftMs) : host.setTimeout?.(() => wait(rest), LONGEST_DELAY_MS);
  };
  wait(delayMs);
  return () => host.clearTimeout?.(timer);
}
