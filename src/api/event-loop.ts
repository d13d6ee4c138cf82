/** Turns and timers of the host's event loop, where it has them; QuickJS and Hermes may not. */

interface HostTimers {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly clearImmediate?: (handle: unknown) => void;
  readonly setTimeout?: (callback: () => void, delayMs: number) => unknown;
  readonly clearTimeout?: (timer: unknown) => void;
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port };
}

interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

const host = globalThis as unknown as HostTimers;

/** Resolves after timers and I/O had their turn; after the pending promises where the host has no timers. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    beginTurn(resolve);
  });
}

/** @internal Calls back in the next turn; the result prevents it. */
export function beginTurn(callback: () => void): () => void {
  const { setImmediate, clearImmediate, setTimeout, clearTimeout, MessageChannel } = host;
  if (setImmediate !== undefined) {
    const handle = setImmediate(callback);
    return () => clearImmediate?.(handle);
  }
  // Browsers make timers in a row wait 4 ms each.
  if (MessageChannel !== undefined) {
    const { port1, port2 } = new MessageChannel();
    const close = () => port1.close();
    port1.onmessage = () => {
      close();
      callback();
    };
    port2.postMessage(null);
    return close;
  }
  if (setTimeout !== undefined) {
    const handle = setTimeout(callback, 0);
    return () => clearTimeout?.(handle);
  }
  Promise.resolve().then(callback);
  return () => undefined;
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
