/** Scheduling: `sched_yield`. */
import type { WasiContext } from './context.ts';
import { Errno } from './errno.ts';

/**
 * `sched_yield() -> errno` — gives other threads a chance to run.
 *
 * Threads of a guest are threads of the host, whose scheduler needs no hint, so nothing happens.
 *
 * @returns errno
 *   - `success` (0)
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#sched_yield
 */
export function schedYield(_context: WasiContext): Errno {
  return Errno.success;
}
