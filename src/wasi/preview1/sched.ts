/** Scheduling: `sched_yield`. */
import type { Outcome, WasiContext } from './context.ts';
import { Errno } from './errno.ts';
import { suspend } from './suspension.ts';

/**
 * `sched_yield() -> errno` — gives other threads a chance to run.
 *
 * A guest that runs asynchronously is suspended for one turn of the event loop, in which others of its process run.
 * Otherwise nothing happens: the scheduler of the host's threads needs no hint.
 *
 * @returns errno
 *   - `success` (0)
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#sched_yield
 */
export function schedYield({ clock, maySuspend }: WasiContext): Outcome {
  if (!maySuspend) return Errno.success;
  return suspend(async (until) => {
    await until(clock.timer(BigInt(0)));
    return Errno.success;
  });
}
