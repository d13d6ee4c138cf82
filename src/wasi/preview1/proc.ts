/** The guest's own process: `proc_exit`, `proc_raise`. */
import { HostExit } from '../../syntax/index.ts';
import { HostError } from '../host/host.ts';
import type { GuestMemory } from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import { Errno } from './errno.ts';
import { flushed, flushNow } from './streaming.ts';
import { suspend } from './suspension.ts';

/**
 * `proc_exit(rval: i32)` — ends the guest; it does not return.
 *
 * @param exitCode u32; 0 means success. What a host's shell can pass on is the embedder's matter.
 * @throws {HostExit} always, with `exitCode`; buffered output is handed on before, waiting for room if need be, and
 *   lost when nobody takes it any more
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#proc_exit
 */
export function procExit(context: WasiContext, _memory: GuestMemory, exitCode: number): Outcome {
  const exit = (): never => {
    throw new HostExit(exitCode >>> 0);
  };
  try {
    if (flushNow(context)) exit();
  } catch (error) {
    exitUnlessOther(error, exit);
  }
  return suspend(async (until) => {
    await flushed(context, until).catch((error: unknown) => exitUnlessOther(error, exit));
    return exit();
  });
}

/** Output that a host refuses does not keep the guest from ending. */
function exitUnlessOther(error: unknown, exit: () => never): never {
  if (error instanceof HostError) exit();
  throw error;
}

/**
 * `proc_raise(sig: i32) -> errno` — would send the guest a signal; there are none in preview 1.
 *
 * @returns errno
 *   - `notsup` (58): always, as in wasmtime
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#proc_raise
 */
export function procRaise(_context: WasiContext, _memory: GuestMemory, _signal: number): Errno {
  return Errno.notsup;
}
