/** Clocks: `clock_res_get`, `clock_time_get`. */
import { addressOf, type GuestMemory, storeU64 } from './abi.ts';
import type { WasiContext } from './context.ts';
import { Errno } from './errno.ts';
import { ClockId } from './types.ts';

/**
 * `clock_res_get(id: i32, resolution: i32) -> errno` — tells how finely a clock ticks.
 *
 * @param clockId       0 realtime, 1 monotonic; the CPU-time clocks 2 and 3 are not offered
 * @param resolutionPtr guest byte address of the result, a multiple of 8: ns, u64
 * @returns errno
 *   - `success` (0): the 8 bytes at `resolutionPtr` hold the resolution
 *   - `inval` (28): no such clock, or one that is not offered; memory untouched
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For `resolutionPtr = 8` and a clock that ticks every 1000 ns:
 *
 *     byte      7  8  9 10 11 12 13 14 15 16
 *     memory    ?  e8 03 00 00 00 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#clock_res_get
 * @see docs/rationale.md#why-does-an-unknown-clock-answer-inval
 */
export function clockResGet(context: WasiContext, memory: GuestMemory, clockId: number, resolutionPtr: number): Errno {
  if (!isOffered(clockId)) return Errno.inval;
  storeU64(memory, resolutionPtr, context.clock.resolutionNs);
  return Errno.success;
}

/**
 * `clock_time_get(id: i32, precision: i64, time: i32) -> errno` — reads a clock.
 *
 * @param clockId    0 realtime, 1 monotonic; the CPU-time clocks 2 and 3 are not offered
 * @param _precision lag the guest accepts, in ns; unused, the host's clock is read at its full resolution
 * @param timePtr    guest byte address of the result, a multiple of 8: ns, u64
 * @returns errno
 *   - `success` (0): the 8 bytes at `timePtr` hold the time
 *   - `inval` (28): no such clock, or one that is not offered; memory untouched
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For `timePtr = 8` and a realtime clock standing at 258 ns:
 *
 *     byte      7  8  9 10 11 12 13 14 15 16
 *     memory    ?  02 01 00 00 00 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#clock_time_get
 * @see docs/rationale.md#why-do-bad-wasi-pointers-trap
 */
export function clockTimeGet(
  context: WasiContext,
  memory: GuestMemory,
  clockId: number,
  _precision: bigint,
  timePtr: number,
): Errno {
  if (!isOffered(clockId)) return Errno.inval;
  addressOf(memory, timePtr, 8, 8);
  const { clock } = context;
  storeU64(memory, timePtr, clockId === ClockId.realtime ? clock.realtimeNs() : clock.monotonicNs());
  return Errno.success;
}

function isOffered(clockId: number): boolean {
  return clockId === ClockId.realtime || clockId === ClockId.monotonic;
}
