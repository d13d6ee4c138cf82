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

/** Calls back after `delayMs`; the result cancels it. Without timers nothing happens. */
export function startTimer(delayMs: number, callback: () => void): () => void {
  if (host.setTimeout === undefined) return () => undefined;
  const timer = host.setTimeout(callback, delayMs);
  return () => host.clearTimeout?.(timer);
}
